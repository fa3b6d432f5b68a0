"""The golden bundles and their mutants, each with the verdict that it must get, written by hand.

A mutant is named for what was done to a bundle that verifies. `end` is the last word of each: authenticity,
reason, status; `refusal` the step and code of the check that refuses (step 0: the bundle is not even read).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

from tests.verifier.small_ledger import (
    BAKERY,
    FARM,
    LEDGER_KEY,
    NEXT_LEDGER_KEY,
    START,
    STRANGER,
    Firm,
    Key,
    SmallLedger,
    document_of,
    seal_of,
)
from verifier.bundle import Bundle, LoggedEntry, PayeeOpening, ProvenRecord
from verifier.canonical import b64url_decode, b64url_encode, decode_json, encode_cbor, encode_json
from verifier.cose import P256_ORDER, kid, protected_header
from verifier.document import Opening, disclose
from verifier.keyed_map import MapProof
from verifier.seal import SignedSeal
from verifier.statement import encode_entry

NOW = START + 5_000
"""Unix seconds at which the golden bundles are judged."""

SECOND_KEY = Key(103)
STOLEN = Firm("Atelier Volé SARL", "732829320", Key(301), Key(302))


@dataclass(frozen=True)
class World:
    """A ledger with its seals, by name."""

    ledger: SmallLedger
    documents: dict[str, dict[str, Any]]
    seals: dict[str, SignedSeal]

    def bundle(self, name: str, **options: Any) -> Bundle:
        """The bundle of a named invoice, all claims opened unless told."""
        return self.ledger.bundle(self.seals[name], self.documents[name], **options)


@cache
def world() -> World:
    """Five checkpoints: two firms and one whose key is stolen, invoices fresh, paid and credited."""
    ledger = SmallLedger()
    for firm in (BAKERY, FARM, STOLEN):
        ledger.enrol(firm)
    ledger.offer(ledger.statement(5, [BAKERY.key], _domain("boulangerie.example"), LEDGER_KEY))
    ledger.checkpoint(START + 60)
    documents = {
        "fresh": document_of(BAKERY, "F-2025-0003"),
        "paid": document_of(BAKERY, "F-2025-0001"),
        "credited": document_of(BAKERY, "F-2025-0002"),
        "credit-note": document_of(
            BAKERY, "A-2025-0001", type_code="381", due_date=None, preceding=[{"number": "F-2025-0002"}]
        ),
        "other-firm": document_of(FARM, "F-2025-0001"),
        "disowned": document_of(STOLEN, "S-1"),
        "void-number": document_of(FARM, "F-2025-0009"),
        "unknown-number": document_of(BAKERY, "F-2025-0099"),
        "unknown-issuer": document_of(Firm("Inconnu SA", "552100554", Key(401), Key(402)), "X-1"),
    }
    seals = {name: ledger.issue(BAKERY, documents[name]) for name in ("paid", "credited", "credit-note")}
    seals["other-firm"] = ledger.issue(FARM, documents["other-firm"])
    seals["disowned"] = ledger.issue(STOLEN, documents["disowned"])
    since = len(ledger.entries) - 1
    ledger.checkpoint(START + 600)
    file_hash = sha256(b"a PDF").digest()
    ledger.about_invoice(BAKERY, "F-2025-0001", 18, BAKERY.signing, hash=file_hash, media_type="application/pdf")
    ledger.pay(BAKERY, "F-2025-0001", 12_000)
    pair = [BAKERY.invoice("A-2025-0001"), BAKERY.invoice("F-2025-0002")]
    ledger.offer(ledger.statement(10, pair, {"amount": 12_000}, BAKERY.signing))
    ledger.control(STOLEN, 4, thumbprint=STOLEN.signing.thumbprint, since=since)
    ledger.checkpoint(START + 1200)
    ledger.offer(
        ledger.statement(
            21, [ledger_place(ledger)], {"public_key": NEXT_LEDGER_KEY.public}, LEDGER_KEY, NEXT_LEDGER_KEY
        )
    )
    ledger.ledger_signer = NEXT_LEDGER_KEY
    values = {"issuer": FARM.key, "number": "F-2025-0009", "reason": "never completed"}
    ledger.offer(ledger.statement(7, [FARM.invoice("F-2025-0009")], values, NEXT_LEDGER_KEY))
    ledger.control(BAKERY, 2, public_key=SECOND_KEY.public, custody="client", scope="all")
    ledger.checkpoint(START + 1800)
    seals["fresh"] = ledger.issue(BAKERY, documents["fresh"], SECOND_KEY)
    ledger.checkpoint(START + 2400)
    for name, signer in (("void-number", FARM.signing), ("unknown-number", BAKERY.signing)):
        seals[name] = ledger.sign_seal(seal_of(documents[name]), signer)
    seals["unknown-issuer"] = ledger.sign_seal(seal_of(documents["unknown-issuer"]), Key(402))
    return World(ledger, documents, seals)


def ledger_place(ledger: SmallLedger) -> bytes:
    """Map key of the ledger's own record."""
    return next(iter(ledger.state))


def _domain(name: str) -> dict[str, Any]:
    return {"kind": "domain", "value": name, "evidence": sha256(name.encode()).digest(), "checked": START}


@dataclass(frozen=True)
class Case:
    """One file and what must come of it."""

    name: str
    make: Callable[[World], bytes]
    end: str
    """authenticity, reason, status."""
    refusal: str = ""
    """Step and code of a check that refuses, or nothing."""


def _golden(name: str, invoice: str, end: str, refusal: str = "", **options: Any) -> Case:
    return Case(name, lambda w: w.bundle(invoice, **options).encode(), end, refusal)


GOLDEN: tuple[Case, ...] = (
    _golden("fresh-invoice", "fresh", "authentic authentic current"),
    _golden("paid-invoice", "paid", "authentic authentic current"),
    _golden(
        "paid-invoice-partly-open",
        "paid",
        "authentic authentic current",
        opened=frozenset({"number", "seller", "totals"}),
    ),
    _golden("paid-invoice-before-the-payment", "paid", "authentic authentic as_of", sequence=2),
    _golden("credited-invoice", "credited", "authentic authentic current"),
    _golden("credit-note", "credit-note", "authentic authentic current"),
    _golden("unknown-number", "unknown-number", "cannot_tell not-in-this-ledger unknown"),
    _golden("unknown-issuer", "unknown-issuer", "cannot_tell not-in-this-ledger unknown"),
    _golden("fresh-invoice-before-it-was-logged", "fresh", "cannot_tell not-in-this-ledger unknown", sequence=4),
    _golden("disowned-invoice", "disowned", "cannot_tell disowned current"),
    _golden("void-number", "void-number", "forged number-void unknown", "5 number-void"),
)

# --- seals that are forged ----------------------------------------------------------------------


def _forged(name: str, code: str, step: int, make: Callable[[World], Bundle]) -> Case:
    return Case(name, lambda w: make(w).encode(), f"forged {code} unknown", f"{step} {code}")


def _amount_changed(w: World) -> Bundle:
    document = w.documents["paid"] | {"totals": {"tax_inclusive": "120.00", "tax": "20.00", "due": "20.00"}}
    return w.ledger.bundle(_resealed(w, document, w.seals["paid"]), document)


def _account_changed(w: World) -> Bundle:
    document = w.documents["paid"] | {"payment": [{"means_code": "30", "iban": "FR7630001007941234567890185"}]}
    return w.ledger.bundle(_resealed(w, document, w.seals["paid"]), document)


def _resealed(w: World, document: dict[str, Any], true: SignedSeal) -> SignedSeal:
    """A seal of other facts under the true signature."""
    seal = seal_of(document)
    made = w.ledger.sign_seal(seal, STRANGER)
    sign1 = replace(made.sign1, protected=true.sign1.protected, signature=true.sign1.signature)
    return SignedSeal(seal, sign1)


def _by_stranger(w: World) -> Bundle:
    document = w.documents["unknown-number"]
    made = w.ledger.sign_seal(seal_of(document), STRANGER)
    sign1 = replace(made.sign1, protected=protected_header(kid(BAKERY.signing.public)))
    return w.ledger.bundle(SignedSeal(made.seal, sign1), document)


def _by_thief(w: World) -> Bundle:
    document = document_of(STOLEN, "S-2")
    return w.ledger.bundle(w.ledger.sign_seal(seal_of(document), STOLEN.signing), document)


def _contradicting(w: World) -> Bundle:
    document = w.documents["unknown-number"]
    return w.ledger.bundle(w.ledger.sign_seal(seal_of(document, due=1), BAKERY.signing), document)


FORGED: tuple[Case, ...] = (
    _forged("amount-changed-under-true-signature", "other-digest", 5, _amount_changed),
    _forged("account-changed-under-true-signature", "other-digest", 5, _account_changed),
    _forged("number-unknown-and-signed-by-a-stranger", "signature", 4, _by_stranger),
    _forged("signed-with-a-stolen-key-after-it-was-void", "key-void", 4, _by_thief),
    _forged("document-under-its-own-root-contradicts-the-seal", "document-contradicts", 2, _contradicting),
)

# --- bundles that are damaged -------------------------------------------------------------------


def _flip(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def _bad(
    name: str,
    refusal: str,
    mutate: Callable[[Bundle, World], Bundle],
    invoice: str = "paid",
    reason: str = "bad-evidence",
) -> Case:
    return Case(name, lambda w: mutate(w.bundle(invoice), w).encode(), f"cannot_tell {reason} unknown", refusal)


def _unreadable(
    name: str, code: str, mutate: Callable[[dict[str, Any], World], Any], reason: str = "bad-evidence"
) -> Case:
    def make(w: World) -> bytes:
        value: Any = decode_json(w.bundle("paid").encode(), limit=10**6)
        changed = mutate(value, w)
        return changed if isinstance(changed, bytes) else encode_json(value)

    return Case(name, make, f"cannot_tell {reason} unknown", f"0 {code}")


def _entry(b: Bundle, entry_type: int) -> int:
    """Position of the first entry of a type."""
    return next(n for n, item in enumerate(b.entries) if item.entry.type == entry_type)


def _with_entry(b: Bundle, position: int, item: LoggedEntry | None) -> Bundle:
    middle = () if item is None else (item,)
    return replace(b, entries=(*b.entries[:position], *middle, *b.entries[position + 1 :]))


def _dropped(entry_type: int) -> Callable[[Bundle, World], Bundle]:
    return lambda b, w: _with_entry(b, _entry(b, entry_type), None)


def _changed(entry_type: int, **changes: Callable[[LoggedEntry], Any]) -> Callable[[Bundle, World], Bundle]:
    def mutate(b: Bundle, w: World) -> Bundle:
        position = _entry(b, entry_type)
        item = b.entries[position]
        made = {name: change(item) for name, change in changes.items()}
        return _with_entry(b, position, replace(item, **made))

    return mutate


def _foreign(b: Bundle, w: World, invoice: str) -> Bundle:
    known = {item.index for item in b.entries}
    extra = [item for item in w.bundle(invoice).entries if item.index not in known]
    return replace(b, entries=tuple(sorted((*b.entries, *extra), key=lambda item: item.index)))


def _signature_damaged(b: Bundle, w: World) -> Bundle:
    sign1 = b.seal.sign1
    return replace(b, seal=replace(b.seal, sign1=replace(sign1, signature=_flip(sign1.signature, 5))))


def _kid_changed(b: Bundle, w: World) -> Bundle:
    sign1 = b.seal.sign1
    return replace(b, seal=replace(b.seal, sign1=replace(sign1, protected=_flip(sign1.protected))))


def _claim_changed(b: Bundle, w: World) -> Bundle:
    assert b.document is not None
    leaves = tuple(
        Opening(leaf.salt, {"name": "Café Autre"})
        if isinstance(leaf, Opening) and leaf.value == {"name": "Café Démo"}
        else leaf
        for leaf in b.document.leaves
    )
    return replace(b, document=replace(b.document, leaves=leaves))


def _lines_swapped(b: Bundle, w: World) -> Bundle:
    assert b.document is not None
    leaves = list(b.document.leaves)
    leaves[0], leaves[1] = leaves[1], leaves[0]
    return replace(b, document=replace(b.document, leaves=tuple(leaves)))


def _entry_forged(b: Bundle, w: World) -> Bundle:
    """A payment signed by a stranger in the place of the true one."""
    position = _entry(b, 8)
    payload = b.entries[position].entry.payload
    made = encode_entry(8, STRANGER.sign(payload, w.ledger.aad(8)))
    return _with_entry(b, position, replace(b.entries[position], entry=made))


def _state_at_two(b: Bundle, w: World) -> Bundle:
    old = w.bundle("paid", sequence=2)
    return replace(b, state=replace(b.state, entry=old.state.entry))


def _record_at_two(b: Bundle, w: World) -> Bundle:
    """The record and entries before the payment under the newest checkpoint."""
    old = w.bundle("paid", sequence=2)
    b = _with_entry(b, _entry(b, 8), None)
    return replace(_with_entry(b, _entry(b, 18), None), invoice=old.invoice)


def _no_control(b: Bundle, w: World) -> Bundle:
    return replace(b, entries=tuple(item for item in b.entries if item.entry.type == 21))


def _invoice_of_nobody(b: Bundle, w: World) -> Bundle:
    known = [item for item in w.bundle("paid").entries if item.entry.type in range(6, 21)]
    return replace(b, entries=tuple(sorted((*b.entries, *known), key=lambda item: item.index)))


def _payee_again(b: Bundle, w: World) -> Bundle:
    """Opens what the seal opens already: true, and superfluous."""
    return replace(b, payee=PayeeOpening(w.ledger.digest(b.seal), b.seal.seal.account))


def _hidden_invoice(b: Bundle, w: World) -> Bundle:
    """The invoice shown as absent: its entries left out, and an absence proof of a neighbour's."""
    assert b.invoice is not None
    absent = w.bundle("unknown-number").invoice
    assert absent is not None
    entries = tuple(item for item in b.entries if item.entry.type not in range(6, 21))
    return replace(b, entries=entries, invoice=absent, origin=None)


def _hidden_issuer(b: Bundle, w: World) -> Bundle:
    entries = tuple(item for item in b.entries if item.entry.type == 21)
    absent = w.bundle("unknown-issuer").issuer
    return replace(b, entries=entries, issuer=absent, invoice=None, origin=None)


def _point(**changes: Any) -> Callable[[Bundle, World], Bundle]:
    return lambda b, w: replace(b, checkpoint=replace(b.checkpoint, **changes))


def _unanchored(b: Bundle, w: World) -> Bundle:
    """A true continuation of the log that the chain does not have yet."""
    return replace(b, checkpoint=replace(b.checkpoint, sequence=len(w.ledger.anchored) + 1))


def _origin(**changes: Callable[[World], Any]) -> Callable[[Bundle, World], Bundle]:
    def mutate(b: Bundle, w: World) -> Bundle:
        assert b.origin is not None
        made = {name: change(w) for name, change in changes.items()}
        return replace(b, origin=replace(b.origin, **made))

    return mutate


def _origin_later(b: Bundle, w: World) -> Bundle:
    """A later pair of neighbours, to date the seal later than it was."""
    assert b.origin is not None
    before, first = (w.ledger.anchored[n].checkpoint for n in (1, 2))
    index = b.entries[_entry(b, 6)].index
    return replace(b, origin=replace(b.origin, checkpoint=first, before=before, path=w.ledger.path(index, first.size)))


def _origin_skips(b: Bundle, w: World) -> Bundle:
    """Two checkpoints that are no neighbours, to date the seal earlier than it can have been."""
    b = w.bundle("fresh")
    assert b.origin is not None
    return replace(b, origin=replace(b.origin, before=w.ledger.anchored[2].checkpoint))


def _map(name: str, change: Callable[[MapProof], MapProof]) -> Callable[[Bundle, World], Bundle]:
    def mutate(b: Bundle, w: World) -> Bundle:
        item: ProvenRecord = getattr(b, name)
        return replace(b, **{name: replace(item, proof=change(item.proof))})

    return mutate


DAMAGED: tuple[Case, ...] = (
    # (2)
    _bad("document-of-another-invoice", "2 document-root",
         lambda b, w: replace(b, document=w.bundle("fresh").document)),
    _bad("claim-value-changed", "2 document-root", _claim_changed),
    _bad("lines-swapped", "2 document-root", _lines_swapped),
    _bad(
        "claims-salted-anew", "2 document-root",
        lambda b, w: replace(b, document=disclose(w.documents["paid"], bytes(32))),
    ),
    # (3)
    _bad("first-ledger-key-replaced", "3 ledger-first-key", lambda b, w: replace(b, ledger=_own_ledger(w))),
    _bad("ledger-key-change-dropped", "3 ledger-record", _dropped(21)),
    _bad("enrolment-dropped", "3 fold-no-issuer", _dropped(1)),
    _bad("key-addition-dropped", "3 issuer-record", _dropped(2)),
    _bad("identity-dropped", "3 fold-prev", _dropped(5)),
    _bad("issuer-record-of-an-earlier-checkpoint", "3 issuer-record",
         lambda b, w: replace(b, issuer=w.bundle("paid", sequence=2).issuer)),
    _bad("all-control-entries-dropped", "3 issuer-record", _no_control),
    _bad("control-entry-of-another-issuer", "3 foreign-entry",
         lambda b, w: _foreign(b, w, "disowned"), "unknown-number"),
    # (4)
    _bad("seal-signature-damaged", "4 damaged-seal", _signature_damaged, reason="damaged-seal"),
    _bad("seal-kid-changed", "4 damaged-seal", _kid_changed, reason="damaged-seal"),
    # (5)
    _bad("payment-dropped", "5 invoice-record", _dropped(8)),
    _bad("rendition-dropped", "5 fold-prev", _dropped(18)),
    _bad("payment-signed-by-a-stranger", "5 fold-key-unknown", _entry_forged),
    _bad("entries-of-another-invoice-added", "5 foreign-entry", lambda b, w: _foreign(b, w, "fresh")),
    _bad("credit-dropped", "5 invoice-record", _dropped(10), "credited"),
    _bad("invoice-entries-under-an-unknown-issuer", "5 foreign-entry", _invoice_of_nobody, "unknown-issuer"),
    _bad("payee-opened-by-the-seals-own-commitment", "5 payee-opening", _payee_again),
    _bad("payee-opened-for-an-unknown-number", "5 payee-opening",
         lambda b, w: replace(b, payee=PayeeOpening(bytes(32), None)), "unknown-number"),
    _bad("payee-opened-without-need", "5 payee-opening",
         lambda b, w: replace(b, payee=PayeeOpening(bytes(32), "FR7630001007941234567890185"))),
    # (6)
    _bad("inclusion-hash-flipped", "6 inclusion", _changed(8, path=lambda i: (_flip(i.path[0]), *i.path[1:]))),
    _bad("inclusion-hash-dropped", "6 inclusion", _changed(8, path=lambda i: i.path[1:])),
    _bad("inclusion-hash-added", "6 inclusion", _changed(8, path=lambda i: (*i.path, bytes(32)))),
    _bad("payment-moved-up", "5 invoice-record", _changed(8, index=lambda i: i.index + 1)),
    _bad("seal-entry-moved-up", "6 inclusion", _changed(6, index=lambda i: i.index + 1)),
    _bad("rendition-moved-down", "6 inclusion", _changed(18, index=lambda i: i.index - 1)),
    _bad("state-entry-of-an-earlier-checkpoint", "6 inclusion", _state_at_two),
    _bad("size-understated", "6 inclusion", _point(size=99)),
    # (7)
    _bad("map-sibling-flipped", "7 map-membership",
         _map("invoice", lambda p: replace(p, siblings=(_flip(p.siblings[0]), *p.siblings[1:])))),
    _bad("map-sibling-dropped", "7 map-sibling-count", _map("issuer", lambda p: replace(p, siblings=p.siblings[1:]))),
    _bad("map-other-leaf-in-membership", "7 map-other-in-membership",
         _map("ledger", lambda p: replace(p, other=(bytes(32), bytes(32))))),
    _bad("record-before-the-payment", "7 map-membership", _record_at_two),
    _bad("invoice-shown-absent", "7 map-other-prefix", _hidden_invoice),
    _bad("issuer-shown-absent", "7 map-other-prefix", _hidden_issuer),
    # (8)
    _bad("checkpoint-time-changed", "8 checkpoint", _point(time=START + 2401)),
    _bad("checkpoint-sequence-changed", "8 checkpoint", _point(sequence=4)),
    _bad("checkpoint-not-anchored", "8 not-anchored", _unanchored, reason="not-anchored"),
    # (10)
    _bad("origin-missing", "10 origin", lambda b, w: replace(b, origin=None)),
    _bad("origin-of-a-later-pair", "10 origin", _origin_later),
    _bad("origin-of-no-neighbours", "10 origin", _origin_skips),
    _bad("origin-before-dropped", "10 origin", _origin(before=lambda w: None)),
    _bad("origin-time-changed", "10 checkpoint",
         _origin(checkpoint=lambda w: replace(w.ledger.anchored[1].checkpoint, time=START + 61))),
    _bad("origin-before-time-changed", "10 checkpoint",
         _origin(before=lambda w: replace(w.ledger.anchored[0].checkpoint, time=START))),
    _bad("origin-path-of-the-newest-checkpoint", "10 inclusion",
         _origin(path=lambda w: w.bundle("paid").entries[_entry(w.bundle("paid"), 6)].path)),
    _bad("origin-where-nothing-is-sealed", "10 origin",
         lambda b, w: replace(b, origin=w.bundle("paid").origin), "unknown-number"),
)  # fmt: skip


def _own_ledger(w: World) -> ProvenRecord:
    """The record of a ledger that a stranger opened."""
    at = w.ledger.anchored[-1]
    shown = w.ledger.proven(at, ledger_place(w.ledger))
    assert shown.record is not None
    return replace(shown, record=shown.record.replace(LEDGER_KEY.public, STRANGER.public))


# --- bundles that are not even read -------------------------------------------------------------


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any], World], None]:
    def mutate(value: dict[str, Any], w: World) -> None:
        inner: Any = value
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = to

    return mutate


def _swap_entries(value: dict[str, Any], w: World) -> None:
    value["entries"][0], value["entries"][1] = value["entries"][1], value["entries"][0]


def _repeat_entry(value: dict[str, Any], w: World) -> None:
    value["entries"].insert(0, value["entries"][0])


def _state_in_entries(value: dict[str, Any], w: World) -> None:
    value["entries"][-1]["entry"] = value["state"]["entry"]


def _newer_entry(value: dict[str, Any], w: World) -> None:
    body = w.bundle("paid").entries[0].entry.signatures[0]
    value["entries"][0]["entry"] = b64url_encode(encode_cbor([1, 22, body.payload]))


def _high_s(value: dict[str, Any], w: World) -> None:
    seal = b64url_decode(value["seal"])
    s = int.from_bytes(seal[-32:], "big")
    value["seal"] = b64url_encode(seal[:-32] + (P256_ORDER - s).to_bytes(32, "big"))


UNREADABLE: tuple[Case, ...] = (
    _unreadable("trailing-newline", "json-not-canonical", lambda v, w: encode_json(v) + b"\n"),
    _unreadable("truncated", "json-invalid", lambda v, w: encode_json(v)[:-1]),
    _unreadable("member-added", "bundle-shape", lambda v, w: v.update(evidence=None)),
    _unreadable("member-missing", "bundle-shape", lambda v, w: v.pop("payee") and None),
    _unreadable("newer-format", "newer-version", _set("format", to="sceau/bundle/2"), "newer-version"),
    _unreadable("foreign-format", "bundle-shape", _set("format", to="other/1")),
    _unreadable("number-for-string", "json-number",
                lambda v, w: encode_json(v).replace(b'"sequence":"5"', b'"sequence":5')),
    _unreadable("leading-zero", "bundle-number", _set("checkpoint", "sequence", to="05")),
    _unreadable("upper-case-hex", "hex", lambda v, w: v.update(ledger=v["ledger"].upper())),
    _unreadable("base64-padding", "base64url", lambda v, w: v.update(seal=v["seal"] + "=")),
    _unreadable("seal-with-high-s", "cose-signature-high-s", _high_s),
    _unreadable("seal-truncated", "cbor-invalid", lambda v, w: v.update(seal=v["seal"][:-4])),
    _unreadable("entries-swapped", "bundle-order", _swap_entries),
    _unreadable("entry-repeated", "bundle-order", _repeat_entry),
    _unreadable("state-entry-among-entries", "bundle-order", _state_in_entries),
    _unreadable("entry-beyond-the-state-entry", "bundle-order", _set("checkpoint", "size", to="3")),
    _unreadable("entry-of-a-newer-type", "newer-version", _newer_entry, "newer-version"),
    _unreadable("state-entry-replaced", "bundle-state",
                lambda v, w: v["state"].update(entry=v["entries"][0]["entry"])),
    _unreadable("ledger-record-missing", "bundle-records", _set("records", "ledger", "record", to=None)),
    _unreadable("issuer-absent-but-invoice-shown", "bundle-records", _set("records", "issuer", "record", to=None)),
    _unreadable("issuer-there-but-invoice-not-shown", "bundle-records", _set("records", "invoice", to=None)),
)  # fmt: skip

CASES: tuple[Case, ...] = (*GOLDEN, *FORGED, *DAMAGED, *UNREADABLE)
