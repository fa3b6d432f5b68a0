"""Attacks on the verdict: dishonest ledgers, stolen keys, forged seals, and attempts to discredit a true one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.verifier.small_ledger import (
    BAKERY,
    FARM,
    LEDGER_KEY,
    MAXIMUM_AGE,
    NEXT_LEDGER_KEY,
    START,
    STRANGER,
    Key,
    SmallLedger,
    document_of,
    seal_of,
)
from tests.verifier.test_verify import NOW, NUMBER, Scene, end, failed
from verifier.bundle import Bundle
from verifier.checkpoint import RULES_VERSION, StateEntry, encode_state_entry
from verifier.cose import external_aad, kid, protected_header, sig_structure, signature_from_der
from verifier.invoice_rules import first_record
from verifier.keyed_map import root_of
from verifier.records import InvoiceRecord, IssuerRecord, chain_next, record_hash
from verifier.seal import SignedSeal
from verifier.statement import Entry, Statement, encode_entry, encode_statement
from verifier.verdict import Authenticity, Verdict
from verifier.verify import verify


@pytest.fixture
def scene() -> Scene:
    return Scene()


def issuer(ledger: SmallLedger) -> IssuerRecord:
    record = ledger.state[BAKERY.key]
    assert isinstance(record, IssuerRecord)
    return record


def invoice(ledger: SmallLedger, number: str = NUMBER) -> InvoiceRecord:
    record = ledger.state[BAKERY.invoice(number)]
    assert isinstance(record, InvoiceRecord)
    return record


def anchor(scene: Scene) -> None:
    scene.ledger.checkpoint(START + 600 + len(scene.ledger.entries))


# --- a dishonest operator: log, map and contract agree with one another, but not with the rules ----


def push(scene: Scene, entry: Entry, **changes: Any) -> None:
    """Log an entry that the fold refuses, and write the record that it would have made."""
    place = BAKERY.invoice(NUMBER)
    record = invoice(scene.ledger)
    chain = chain_next(record.chain, entry.leaf_hash)
    index = scene.ledger.force(entry, {place})
    scene.ledger.state[place] = replace(record, chain=chain, latest=index, time=START, **changes)
    anchor(scene)


def payment(scene: Scene, *signers: Key, **options: Any) -> Entry:
    values = {
        "amount": 12_000, "day": 20_417, "means": "30", "grade": "declared", "reference": None,
        "payment_id": bytes(16),
    }  # fmt: skip
    place = options.pop("place", BAKERY.invoice(NUMBER))
    return scene.ledger.statement(8, [place], values, *(signers or (BAKERY.signing,)), **options)


def paid(scene: Scene, entry: Entry) -> None:
    push(scene, entry, received=12_000, open_payments=((entry.leaf_hash, 12_000),))


@pytest.mark.parametrize(
    ("name", "code", "make"),
    [
        ("signed-by-a-stranger", "fold-key-unknown", lambda s: payment(s, STRANGER)),
        ("signed-by-another-issuer", "fold-key-unknown", lambda s: payment(s, FARM.signing)),
        ("relabelled", "signature", lambda s: payment(s, label=9)),
        ("chained-elsewhere", "fold-prev", lambda s: payment(s, prev=b"\1" * 32)),
        ("about-another-invoice", "fold-no-invoice", lambda s: payment(s, place=FARM.invoice("A-1"))),
    ],
)
def test_a_payment_that_breaks_the_rules_cannot_tell(name: str, code: str, make: Callable[[Scene], Entry]) -> None:
    """Logged, in the map and anchored: still no paid invoice, and no forged one either."""
    scene = Scene()
    paid(scene, make(scene))
    verdict = scene.judge()
    assert end(verdict) == ("cannot_tell", "bad-evidence", "unknown", "bad-evidence", 3)
    assert failed(verdict) == [(5, code)]
    assert verdict.standing is None


def test_a_payment_that_is_replayed_cannot_tell(scene: Scene) -> None:
    entry = payment(scene)
    scene.ledger.offer(entry)
    push(scene, entry, received=24_000, open_payments=((entry.leaf_hash, 12_000),) * 2)
    assert failed(scene.judge()) == [(5, "fold-prev")]


@pytest.mark.parametrize(
    "changes",
    [
        {"received": 12_000}, {"due": 0}, {"credited": 1}, {"payee": b"\7" * 32}, {"seal_digest": b"\7" * 32},
        {"assignee": (b"\7" * 32, b"\7" * 32)}, {"dispute": ("price", "buyer")}, {"latest": 0}, {"time": 0},
        {"renditions": ((b"\7" * 32, "application/pdf"),)}, {"buyer_key": b"\7" * 32}, {"chain": b"\7" * 32},
        {"erased": True}, {"written_off": 12_000}, {"type_code": 381}, {"currency": ("CHF", 2)},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_record_that_is_not_the_fold_of_its_entries_cannot_tell(scene: Scene, changes: dict[str, Any]) -> None:
    """The operator writes a status of his own into the map: every field is recomputed."""
    scene.ledger.state[BAKERY.invoice(NUMBER)] = replace(invoice(scene.ledger), **changes)
    anchor(scene)
    verdict = scene.judge()
    assert end(verdict) == ("cannot_tell", "bad-evidence", "unknown", "bad-evidence", 3)
    assert failed(verdict) == [(5, "invoice-record")]


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, keys=(replace(r.keys[0], public_key=STRANGER.public),)),
        lambda r: replace(r, keys=(replace(r.keys[0], valid_from=0),)),
        lambda r: replace(r, keys=(replace(r.keys[0], custody="device"),)),
        lambda r: replace(r, control_keys=(STRANGER.public,)),
        lambda r: replace(r, name="Another"),
        lambda r: replace(r, zone="UTC"),
        lambda r: replace(r, country="DE"),
        lambda r: replace(r, control_chain=b"\7" * 32),
    ],
)
def test_keys_that_were_never_logged_cannot_tell(scene: Scene, change: Callable[[IssuerRecord], IssuerRecord]) -> None:
    scene.ledger.state[BAKERY.key] = change(issuer(scene.ledger))
    anchor(scene)
    assert failed(scene.judge()) == [(3, "issuer-record")]


def test_the_commitment_to_other_invoices_is_not_the_readers_business(scene: Scene) -> None:
    """It opens to the issuer and auditors: whatever it is, this invoice's verdict stands."""
    scene.ledger.issue(BAKERY, document_of(BAKERY, "F-8"))
    scene.ledger.state[BAKERY.key] = replace(issuer(scene.ledger), commitment=b"\7" * 32, holdings=None)
    anchor(scene)
    assert scene.judge().authenticity is Authenticity.AUTHENTIC


def _state(ledger: SmallLedger, key: Key = LEDGER_KEY, **changes: Any) -> None:
    """A state entry of the operator's own, anchored."""
    root = root_of({place: record_hash(record) for place, record in ledger.state.items()})
    index = len(ledger.entries)
    state = replace(StateEntry(index, root, RULES_VERSION, 0), **changes)
    ledger.force(encode_entry(0, key.sign(encode_state_entry(state), ledger.aad(0))), set())
    ledger.anchor_log(START + 1200)


@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        ({}, "authentic", ""),
        ({"index": 2}, "bad-evidence", "state-index"),
        ({"index": 99}, "bad-evidence", "state-index"),
        ({"state_root": bytes(32)}, "bad-evidence", "map-membership"),
        ({"rules": RULES_VERSION + 1}, "newer-version", "newer-version"),
        ({"key": STRANGER}, "bad-evidence", "signature"),
        ({"key": NEXT_LEDGER_KEY}, "bad-evidence", "signature"),
    ],
)
def test_a_state_entry_that_lies(scene: Scene, changes: dict[str, Any], reason: str, code: str) -> None:
    """A size that is not the log's, a state that is not the map's, rules unknown, a signer without right."""
    _state(scene.ledger, **changes)
    verdict = scene.judge()
    assert verdict.reason == reason
    assert [item[1] for item in failed(verdict)] == ([code] if code else [])


def test_a_ledger_key_that_was_replaced_signs_no_more(scene: Scene) -> None:
    ledger = scene.ledger
    place = next(iter(ledger.state))
    ledger.offer(ledger.statement(21, [place], {"public_key": NEXT_LEDGER_KEY.public}, LEDGER_KEY, NEXT_LEDGER_KEY))
    _state(ledger, key=LEDGER_KEY)
    assert failed(scene.judge()) == [(6, "signature")]
    _state(ledger, key=NEXT_LEDGER_KEY)
    assert scene.judge().authenticity is Authenticity.AUTHENTIC


@pytest.mark.parametrize(
    ("code", "objects", "amount", "signer"),
    [
        ("fold-credit-exceeds", ("A-1", NUMBER), 12_001, BAKERY.signing),
        ("fold-credit", (NUMBER, "A-1"), 1, BAKERY.signing),
        ("fold-key-unknown", ("A-1", NUMBER), 1, FARM.signing),
    ],
)
def test_a_credit_that_breaks_the_rules_cannot_tell(
    scene: Scene, code: str, objects: tuple[str, str], amount: int, signer: Key
) -> None:
    """One side of the statement is enough to see it."""
    scene.ledger.issue(BAKERY, document_of(BAKERY, "A-1", type_code="381"))
    places = [BAKERY.invoice(number) for number in objects]
    entry = scene.ledger.statement(10, places, {"amount": amount}, signer)
    push(scene, entry, credited=amount)
    assert failed(scene.judge()) == [(5, code)]


def test_a_credit_note_that_gives_more_than_it_has_cannot_tell(scene: Scene) -> None:
    document = document_of(BAKERY, "A-1", type_code="381")
    seal = scene.ledger.issue(BAKERY, document)
    pair = [BAKERY.invoice("A-1"), BAKERY.invoice(NUMBER)]
    entry = scene.ledger.statement(10, pair, {"amount": 12_001}, BAKERY.signing)
    note = invoice(scene.ledger, "A-1")
    index = scene.ledger.force(entry, {pair[0]})
    chain = chain_next(note.chain, entry.leaf_hash)
    scene.ledger.state[pair[0]] = replace(note, chain=chain, latest=index, time=START, credited=12_001)
    anchor(scene)
    verdict = scene.judge(scene.ledger.bundle(seal, document))
    assert failed(verdict) == [(5, "fold-credit-left")]


def test_a_credit_with_a_wrong_prev_or_about_others_cannot_tell(scene: Scene) -> None:
    scene.ledger.issue(BAKERY, document_of(BAKERY, "A-1", type_code="381"))
    pair = [BAKERY.invoice("A-1"), BAKERY.invoice(NUMBER)]
    entry = scene.ledger.statement(10, pair, {"amount": 1}, BAKERY.signing, prev=b"\1" * 32)
    push(scene, entry, credited=1)
    assert failed(scene.judge()) == [(5, "fold-prev")]
    other = Scene()
    pair = [FARM.invoice("A-1"), FARM.invoice("F-1")]
    push(other, other.ledger.statement(10, pair, {"amount": 1}, FARM.signing), credited=1)
    assert failed(other.judge()) == [(5, "foreign-entry")]


# --- keys ---------------------------------------------------------------------------------------


def compromise(scene: Scene, since: int | None) -> None:
    scene.ledger.control(BAKERY, 4, thumbprint=BAKERY.signing.thumbprint, since=since)
    anchor(scene)


def seal_index(scene: Scene) -> int:
    return next(n for n, entry in enumerate(scene.ledger.entries) if entry.type == 6)


@pytest.mark.parametrize(
    ("shift", "reason"), [(None, "authentic"), (1, "authentic"), (0, "disowned"), (-1, "disowned")]
)
def test_a_seal_before_the_compromise(scene: Scene, shift: int | None, reason: str) -> None:
    """The issuer cannot take a sold invoice back by crying *stolen*: disowned in the claimed span, no further."""
    compromise(scene, None if shift is None else seal_index(scene) + shift)
    verdict = scene.judge()
    assert verdict.reason == reason
    assert verdict.authenticity in (Authenticity.AUTHENTIC, Authenticity.CANNOT_TELL)
    assert verdict.standing is not None
    assert verdict.status_reason == "current"


def unlogged(scene: Scene, key: Key = BAKERY.signing, number: str = "F-7") -> Bundle:
    document = document_of(BAKERY, number)
    return scene.ledger.bundle(scene.ledger.sign_seal(seal_of(document), key), document)


def test_a_stolen_key_makes_no_seal_once_it_is_void(scene: Scene) -> None:
    """Whatever date the seal bears: it is not in the log before the key was void, and never will be."""
    fresh = unlogged(scene)
    assert scene.judge(fresh).reason == "not-in-this-ledger"
    compromise(scene, None)
    assert end(scene.judge(unlogged(scene))) == ("forged", "key-void", "unknown", "key-void", 1)


def test_void_is_for_good_so_an_old_checkpoint_proves_it_too(scene: Scene) -> None:
    compromise(scene, None)
    old = unlogged(scene)
    anchor(scene)
    anchor(scene)
    assert scene.judge(old).reason == "key-void"


def test_a_retired_key_on_an_unknown_number_cannot_tell(scene: Scene) -> None:
    """It was a true key once: the seal may be one that nobody logged."""
    scene.ledger.control(BAKERY, 3, thumbprint=BAKERY.signing.thumbprint)
    anchor(scene)
    assert end(scene.judge(unlogged(scene)))[:2] == ("cannot_tell", "not-in-this-ledger")
    assert scene.judge().reason == "authentic"


def test_a_key_that_the_issuer_never_had_cannot_tell(scene: Scene) -> None:
    assert end(scene.judge(unlogged(scene, STRANGER)))[:2] == ("cannot_tell", "not-in-this-ledger")


def _log_with_void_key(scene: Scene, number: str = "F-7") -> tuple[SignedSeal, dict[str, Any]]:
    """The operator logs a thief's seal although the key is void."""
    compromise(scene, None)
    document = document_of(BAKERY, number)
    seal = scene.ledger.sign_seal(seal_of(document), BAKERY.signing)
    entry = scene.ledger.seal_entry(seal)
    place = BAKERY.invoice(number)
    index = scene.ledger.force(entry, {place})
    digest = scene.ledger.digest(seal)
    scene.ledger.state[place] = first_record(seal.seal, digest, BAKERY.key, entry.leaf_hash, index)
    anchor(scene)
    return seal, document


def test_a_seal_logged_with_a_void_key_is_forged(scene: Scene) -> None:
    seal, document = _log_with_void_key(scene)
    verdict = scene.judge(scene.ledger.bundle(seal, document))
    assert end(verdict) == ("forged", "key-void", "unknown", "key-void", 1)
    assert failed(verdict) == [(4, "key-void")]


def test_a_thiefs_logged_seal_does_not_make_the_true_one_forged(scene: Scene) -> None:
    """Operator and thief squat the number: the ledger is broken, the issuer's other seal is not forged."""
    _log_with_void_key(scene)
    document = document_of(BAKERY, "F-7", buyer={"name": "Another"})
    true = scene.ledger.sign_seal(seal_of(document), BAKERY.signing)
    verdict = scene.judge(scene.ledger.bundle(true, document))
    assert end(verdict)[:2] == ("cannot_tell", "bad-evidence")
    assert failed(verdict) == [(5, "fold-key-void")]


# --- forged seals -------------------------------------------------------------------------------


def stranger_seal(scene: Scene, number: str, **changes: Any) -> SignedSeal:
    """Signed by a stranger under the bakery's kid."""
    made = scene.ledger.sign_seal(seal_of(document_of(BAKERY, number), **changes), STRANGER)
    return SignedSeal(made.seal, replace(made.sign1, protected=protected_header(kid(BAKERY.signing.public))))


def test_a_wrong_signature_over_what_the_ledger_does_not_hold_is_forged_at_the_head(scene: Scene) -> None:
    bundle = scene.ledger.bundle(stranger_seal(scene, "F-7"))
    assert end(scene.judge(bundle)) == ("forged", "signature", "unknown", "signature", 1)


def test_the_same_under_an_old_checkpoint_or_a_stale_head_cannot_tell(scene: Scene) -> None:
    """What the ledger did not hold then, it may hold now: a damaged copy of a fresh seal looks the same."""
    bundle = scene.ledger.bundle(stranger_seal(scene, "F-7"))
    stale = scene.judge(bundle, now=START + 600 + MAXIMUM_AGE + 1)
    assert end(stale)[:2] == ("cannot_tell", "not-in-this-ledger")
    anchor(scene)
    scene.ledger.issue(BAKERY, document_of(BAKERY, "F-7"))
    anchor(scene)
    assert end(scene.judge(bundle))[:2] == ("cannot_tell", "not-in-this-ledger")


def test_another_seal_under_a_used_number_is_forged_even_by_the_true_key(scene: Scene) -> None:
    """One number, one invoice: the second one is forged whoever signed it, in either case of letters."""
    for number in (NUMBER, NUMBER.lower()):
        document = document_of(BAKERY, number, buyer={"name": "Financier"})
        second = scene.ledger.sign_seal(seal_of(document), BAKERY.signing)
        verdict = scene.judge(scene.ledger.bundle(second, document))
        assert end(verdict) == ("forged", "other-digest", "unknown", "other-digest", 1)
        assert verdict.standing is None
        assert verdict.logged_between is None


def test_forged_needs_the_chain(scene: Scene) -> None:
    """The same seal under a checkpoint that the chain does not have: nobody can tell."""
    document = document_of(BAKERY, NUMBER, buyer={"name": "Financier"})
    bundle = scene.ledger.bundle(scene.ledger.sign_seal(seal_of(document), BAKERY.signing), document)
    assert scene.judge(bundle).reason == "other-digest"
    made_up = replace(bundle, checkpoint=replace(bundle.checkpoint, time=START + 601))
    assert end(scene.judge(made_up))[:2] == ("cannot_tell", "bad-evidence")
    point = replace(bundle.checkpoint, sequence=9)
    evidence = scene.ledger.evidence((1, 2, 9))
    verdict = verify(replace(bundle, checkpoint=point), evidence, scene.ledger.policy(), NOW)
    assert verdict.reason == "not-anchored"


def test_a_record_squatting_a_number_by_an_issuer_without_the_key_is_no_proof(scene: Scene) -> None:
    """Another digest in the map, without a seal entry that leads to it, makes nothing forged."""
    document = document_of(BAKERY, "F-7")
    seal = scene.ledger.sign_seal(seal_of(document), BAKERY.signing)
    squat = replace(invoice(scene.ledger), seal_digest=b"\7" * 32)
    scene.ledger.state[BAKERY.invoice("F-7")] = squat
    anchor(scene)
    verdict = scene.judge(replace(scene.ledger.bundle(seal, document), origin=None))
    assert end(verdict)[:2] == ("cannot_tell", "bad-evidence")
    assert failed(verdict) == [(5, "invoice-record")]


# --- a true seal is not discredited -------------------------------------------------------------


def damaged(scene: Scene, **changes: Any) -> Verdict:
    sign1 = replace(scene.seal.sign1, **changes)
    return scene.judge(replace(scene.bundle(), seal=replace(scene.seal, sign1=sign1)))


def test_a_damaged_signature_or_kid_over_facts_that_the_ledger_holds_cannot_tell(scene: Scene) -> None:
    """The facts are true; whoever flips a bit on the way must not make them look forged."""
    signature = scene.seal.sign1.signature
    for at in range(0, 64, 7):
        flipped = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        verdict = damaged(scene, signature=flipped)
        assert end(verdict) == ("cannot_tell", "damaged-seal", "unknown", "damaged-seal", 3)
    stranger = STRANGER.sign(scene.seal.sign1.payload, scene.ledger.aad(6)).signature
    assert damaged(scene, signature=stranger).reason == "damaged-seal"
    for other in (STRANGER, BAKERY.control):
        assert damaged(scene, protected=protected_header(kid(other.public))).reason == "damaged-seal"


def test_the_same_facts_signed_by_the_issuers_other_key_cannot_tell(scene: Scene) -> None:
    """Another digest, but no other facts: a second signature of the issuer over its own invoice."""
    second = Key(103)
    scene.ledger.control(BAKERY, 2, public_key=second.public, custody="client", scope="all")
    anchor(scene)
    again = scene.ledger.sign_seal(scene.seal.seal, second)
    assert scene.judge(replace(scene.bundle(), seal=again)).reason == "damaged-seal"


def test_a_second_signature_by_the_same_key_is_the_same_invoice(scene: Scene) -> None:
    """The digest does not depend on signature bytes: hedged signing gives another r and s."""
    sign1 = scene.seal.sign1
    message = sig_structure(sign1.protected, external_aad(scene.ledger.ledger_id, 6), sign1.payload)
    other = signature_from_der(BAKERY.signing.private.sign(message, ec.ECDSA(hashes.SHA256())))
    assert other != sign1.signature
    assert damaged(scene, signature=other).reason == "authentic"


def test_a_statement_with_other_signers_is_not_the_payload_alone(scene: Scene) -> None:
    """A second signature added to a logged statement is another entry: not in the log."""
    index = scene.ledger.pay(BAKERY, NUMBER, 12_000)
    anchor(scene)
    bundle = scene.bundle()
    entry = scene.ledger.entries[index]
    doubled = encode_entry(8, entry.signatures[0], entry.signatures[0])
    entries = tuple(replace(item, entry=doubled) if item.index == index else item for item in bundle.entries)
    assert failed(scene.judge(replace(bundle, entries=entries))) == [(5, "fold-signers")]


def test_a_statement_made_for_another_ledger_is_none_here(scene: Scene) -> None:
    """Signed facts carry the ledger in their context: copied over, even with the right chain, they are refused."""
    values = {
        "amount": 12_000, "day": 20_417, "means": "30", "grade": "declared", "reference": None,
        "payment_id": bytes(16),
    }  # fmt: skip
    pairs = ((BAKERY.invoice(NUMBER), invoice(scene.ledger).chain),)
    payload = encode_statement(Statement(8, pairs, bytes(16), START, values))
    elsewhere = SmallLedger(salt=b"\1" * 32)
    paid(scene, encode_entry(8, BAKERY.signing.sign(payload, elsewhere.aad(8))))
    assert failed(scene.judge()) == [(5, "signature")]
