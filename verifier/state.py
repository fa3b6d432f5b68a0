"""`apply(state, entry)`: the fold that makes the state map of the log (PROTOCOL.md §4, §5).

One pure function, used by the ledger to accept and to build, by the verifier for one invoice and by
the auditor for all. It returns the records that an entry changes, or refuses the entry: an entry
that is refused is never logged, and one found in a log makes the ledger *broken* at that index.

Each rule of the table in §4 is one function below, in the order of the type numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from verifier.cose import PublicKey, Sign1, check_signature, external_aad, kid, thumbprint
from verifier.errors import Refuted
from verifier.records import (
    EMPTY_CHAIN,
    Holdings,
    Identity,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    Record,
    SigningKey,
    VoidRecord,
    chain_next,
    invoice_key,
    issuer_key,
    ledger_key,
    payee_commitment,
)
from verifier.seal import CREDIT_NOTE_TYPES, MAX_AMOUNT, Seal, decode_seal_payload, seal_digest
from verifier.statement import (
    DOCUMENT_TYPES,
    SETTLE_TYPES,
    Entry,
    EntryType,
    Statement,
    decode_statement,
)

MAX_RENDITIONS = 64
"""Files of one invoice: a bound on the record's size."""

MAX_OPEN_PAYMENTS = 1_000
"""Open payments of one invoice: with 41 bytes each the record stays below an entry's size."""

Changes = dict[bytes, Record]


@dataclass(frozen=True)
class Fold:
    """What a rule sees: the state before, the entry, and its place."""

    ledger_id: bytes
    state: Mapping[bytes, Record]
    index: int
    entry: Entry

    def aad(self) -> bytes:
        """external_aad of the entry's signatures: binds ledger and type."""
        return external_aad(self.ledger_id, self.entry.type)

    def ledger(self) -> LedgerRecord:
        """The ledger's record; there from the start."""
        record = self.state.get(ledger_key(self.ledger_id))
        if not isinstance(record, LedgerRecord):
            raise _refused("no-ledger-record", "the state lacks the ledger's record")
        return record

    def issuer(self, key: bytes) -> IssuerRecord:
        """The issuer under a map key."""
        record = self.state.get(key)
        if not isinstance(record, IssuerRecord):
            raise _refused("no-issuer", "no issuer is enrolled under this id")
        return record

    def invoice(self, key: bytes) -> InvoiceRecord:
        """The invoice under a map key; an erased one is frozen."""
        record = self.state.get(key)
        if not isinstance(record, InvoiceRecord):
            raise _refused("no-invoice", "no invoice is sealed under this number")
        if record.erased:
            raise _refused("erased", "the invoice is erased and frozen")
        return record

    def signature(self, position: int, count: int) -> Sign1:
        """One of the entry's `count` signatures."""
        if len(self.entry.signatures) != count:
            raise _refused("signers", f"{count} signature(s) needed, {len(self.entry.signatures)} given")
        return self.entry.signatures[position]


def _refused(code: str, message: str) -> Refuted:
    return Refuted(f"fold-{code}", message)


def apply(state: Mapping[bytes, Record], ledger_id: bytes, index: int, entry: Entry) -> Changes:
    """Records that `entry`, at log index `index`, changes.

    Raises:
        Refuted: code `fold-…`, the rule that the entry breaks.
        Malformed: the payload is not of its type's form.
    """
    fold = Fold(ledger_id, state, index, entry)
    if entry.type == EntryType.STATE:
        fold.signature(0, 1)
        check_signature(entry.signatures[0], fold.ledger().key_at(index), fold.aad())
        return {}
    if entry.type == EntryType.INVOICE_SEALED:
        changes = _sealed(fold)
    else:
        statement = decode_statement(entry.type, entry.payload)
        changes = _RULES[EntryType(entry.type)](fold, statement)
    return changes | _document_chains(fold, changes)


def _document_chains(fold: Fold, changes: Changes) -> Changes:
    """Each issuer whose invoice an entry of types 6–20 is about gets it once in its document chain."""
    if fold.entry.type not in DOCUMENT_TYPES:
        return {}
    touched: Changes = {}
    for record in changes.values():
        if isinstance(record, InvoiceRecord | VoidRecord):
            issuer = fold.issuer(record.issuer)
            holdings = issuer.holdings
            if holdings is not None:
                chain = chain_next(holdings.chain, fold.entry.leaf_hash)
                holdings = Holdings(holdings.salt, holdings.count + 1, chain, fold.index)
                issuer = replace(issuer, holdings=holdings)
            touched[record.issuer] = issuer
    return touched


def check_signed_by(fold: Fold, sign1: Sign1, keys: tuple[PublicKey, ...]) -> PublicKey:
    """The one of `keys` that signed; kid picks it, the signature proves it."""
    for key in keys:
        if kid(key) == sign1.kid:
            check_signature(sign1, key, fold.aad())
            return key
    raise _refused("signer", "signed by a key that has no right to this statement")


def check_signing_key(fold: Fold, sign1: Sign1, issuer: IssuerRecord) -> SigningKey:
    """A signing key of the issuer, valid at this log index for this type, that made the signature."""
    key = issuer.key_by_kid(sign1.kid)
    if key is None:
        raise _refused("key-unknown", "the issuer's record has no such signing key")
    if key.void_from is not None and key.void_from <= fold.index:
        raise _refused("key-void", "the signing key is compromised and void")
    if key.retired_at is not None and key.retired_at <= fold.index:
        raise _refused("key-retired", "the signing key is retired")
    if fold.index < key.valid_from:
        raise _refused("key-early", "the signing key is not valid yet")
    if key.scope == "settle" and fold.entry.type not in SETTLE_TYPES:
        raise _refused("key-scope", "this key may only settle")
    check_signature(sign1, key.public_key, fold.aad())
    return key


def _prev(statement: Statement, position: int, key: bytes, chain: bytes) -> None:
    """`prev` chains the statement: nothing is repeated, dropped from the middle or reordered."""
    named, prev = statement.objects[position]
    if named != key:
        raise _refused("object", "the statement is about another object")
    if prev != chain:
        raise _refused("prev", "the statement does not follow the object's last one")


def _about_invoice(fold: Fold, statement: Statement, position: int = 0) -> tuple[bytes, InvoiceRecord]:
    key = statement.objects[position][0]
    record = fold.invoice(key)
    _prev(statement, position, key, record.chain)
    return key, record


def _next(fold: Fold, statement: Statement, record: InvoiceRecord, **changes: object) -> InvoiceRecord:
    chain = chain_next(record.chain, fold.entry.leaf_hash)
    return replace(record, chain=chain, latest=fold.index, time=statement.time, **changes)  # type: ignore[arg-type]


def _amount(value: int) -> int:
    if not 0 <= value <= MAX_AMOUNT:
        raise _refused("overflow", "an amount leaves 0 to 2^53-1 minor units")
    return value


# --- issuers and their keys: types 1 to 5 -------------------------------------------------------


def _enrolled(fold: Fold, statement: Statement) -> Changes:
    values = statement.values
    legal_id = (values["legal_id"][0], values["legal_id"][1])
    key = issuer_key(legal_id)
    if key in fold.state:
        raise _refused("issuer-exists", "this legal id is enrolled already")
    _prev(statement, 0, key, EMPTY_CHAIN)
    control = tuple(PublicKey(item) for item in values["control_keys"])
    first = PublicKey(values["signing_key"][0])
    kids = [kid(item) for item in (*control, first)]
    if len(set(kids)) != len(kids):
        raise _refused("kid-used", "control and signing keys are different keys")
    check_signed_by(fold, fold.signature(0, 2), control)
    check_signed_by(fold, fold.signature(1, 2), (fold.ledger().key_at(fold.index),))
    holdings = Holdings(values["salt"], 0, EMPTY_CHAIN, 0)
    signing = SigningKey(first, fold.index, values["signing_key"][1], values["signing_key"][2])
    record = IssuerRecord(
        legal_id=legal_id,
        name=values["name"],
        country=values["country"],
        zone=values["zone"],
        control_keys=control,
        keys=(signing,),
        identities=(),
        pepper=values["pepper"],
        control_chain=chain_next(EMPTY_CHAIN, fold.entry.leaf_hash),
        commitment=holdings.commitment(),
        holdings=holdings,
    )
    return {key: record}


def _control(fold: Fold, statement: Statement) -> tuple[bytes, IssuerRecord, IssuerRecord]:
    """An issuer's record before, and with its control chain grown."""
    key = statement.objects[0][0]
    record = fold.issuer(key)
    _prev(statement, 0, key, record.control_chain)
    grown = replace(record, control_chain=chain_next(record.control_chain, fold.entry.leaf_hash))
    return key, record, grown


def _key_added(fold: Fold, statement: Statement) -> Changes:
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), record.control_keys)
    public = PublicKey(statement.values["public_key"])
    used = {item.thumbprint[:8] for item in record.keys} | {kid(item) for item in record.control_keys}
    if kid(public) in used:
        raise _refused("kid-used", "a kid once used by an issuer is never used again")
    added = SigningKey(public, fold.index, statement.values["custody"], statement.values["scope"])
    return {key: replace(grown, keys=(*record.keys, added))}


def _known_key(record: IssuerRecord, wanted: bytes) -> SigningKey:
    for key in record.keys:
        if key.thumbprint == wanted:
            return key
    raise _refused("key-unknown", "the issuer's record has no such signing key")


def _replace_key(record: IssuerRecord, old: SigningKey, new: SigningKey) -> tuple[SigningKey, ...]:
    return tuple(new if key is old else key for key in record.keys)


def _key_retired(fold: Fold, statement: Statement) -> Changes:
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), record.control_keys)
    old = _known_key(record, statement.values["thumbprint"])
    if old.retired_at is not None or old.void_from is not None:
        raise _refused("key-ended", "the key has ended already")
    return {key: replace(grown, keys=_replace_key(record, old, replace(old, retired_at=fold.index)))}


def _key_compromised(fold: Fold, statement: Statement) -> Changes:
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), record.control_keys)
    old = _known_key(record, statement.values["thumbprint"])
    since = statement.values["since"]
    if old.void_from is not None:
        raise _refused("key-ended", "the key is void already")
    if since is not None and since > fold.index:
        raise _refused("since", "a compromise is not claimed for the future")
    # Never backwards: the key is void from here on; an earlier claim only makes seals *suspect*.
    return {
        key: replace(grown, keys=_replace_key(record, old, replace(old, void_from=fold.index, suspect_since=since)))
    }


def _identity_attested(fold: Fold, statement: Statement) -> Changes:
    key, record, grown = _control(fold, statement)
    check_signed_by(fold, fold.signature(0, 1), (fold.ledger().key_at(fold.index),))
    v = statement.values
    identity = Identity(v["kind"], v["value"], v["evidence"], v["checked"])
    return {key: replace(grown, identities=(*record.identities, identity))}


# --- invoices: types 6 and 7 --------------------------------------------------------------------


def _sealed(fold: Fold) -> Changes:
    seal = decode_seal_payload(fold.entry.payload)
    issuer_map_key = issuer_key(seal.seller_id)
    issuer = fold.issuer(issuer_map_key)
    if seal.seller_name != issuer.name:
        raise _refused("name", "the seal bears another name than the issuer's record")
    key = invoice_key(issuer.pepper, issuer_map_key, seal.number)
    if key in fold.state:
        raise _refused("number-used", "this number is sealed or void already")
    sign1 = fold.signature(0, 1)
    check_signing_key(fold, sign1, issuer)
    digest = seal_digest(sign1, fold.ledger_id)
    return {key: first_record(seal, digest, issuer_map_key, fold.entry.leaf_hash, fold.index)}


def first_record(seal: Seal, digest: bytes, issuer: bytes, leaf: bytes, index: int) -> InvoiceRecord:
    """An invoice's record as its seal makes it."""
    return InvoiceRecord(
        issuer=issuer,
        seal_digest=digest,
        type_code=seal.type_code,
        currency=seal.currency,
        due=seal.due,
        received=0,
        credited=0,
        written_off=0,
        open_payments=(),
        dispute=None,
        assignee=None,
        payee=payee_commitment(digest, seal.account),
        renditions=(),
        buyer_key=seal.buyer_key,
        chain=chain_next(EMPTY_CHAIN, leaf),
        latest=index,
        time=seal.issue_day * 86_400,
    )


def _number_void(fold: Fold, statement: Statement) -> Changes:
    issuer_map_key, number = statement.values["issuer"], statement.values["number"]
    issuer = fold.issuer(issuer_map_key)
    key = invoice_key(issuer.pepper, issuer_map_key, number)
    _prev(statement, 0, key, EMPTY_CHAIN)
    if key in fold.state:
        raise _refused("number-used", "this number is sealed or void already")
    check_signed_by(fold, fold.signature(0, 1), (fold.ledger().key_at(fold.index),))
    return {key: VoidRecord(issuer_map_key, number, statement.values["reason"])}


# --- settlement: types 8 to 10, 16, 17 ----------------------------------------------------------


def _settler(fold: Fold, statement: Statement, record: InvoiceRecord) -> None:
    """The issuer's signing key; once assigned, the assignee's: it alone says what it received."""
    sign1 = fold.signature(0, 1)
    if record.assignee is None:
        if statement.signer is not None:
            raise _refused("signer", "the invoice is not assigned: its issuer settles it")
        check_signing_key(fold, sign1, fold.issuer(record.issuer))
    else:
        _party(fold, sign1, statement.signer, record.assignee[0])


def _party(fold: Fold, sign1: Sign1, public: bytes | None, wanted: bytes) -> None:
    if public is None or thumbprint(PublicKey(public)) != wanted:
        raise _refused("signer", "signed by a key that has no right to this statement")
    check_signed_by(fold, sign1, (PublicKey(public),))


def _payment_received(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    _settler(fold, statement, record)
    if statement.values["grade"] != "declared":
        # A signature alone proves no bank statement and no transfer: a grade comes with its evidence or not at all.
        raise _refused("grade", "rules version 1 knows no evidence for this grade")
    if len(record.open_payments) >= MAX_OPEN_PAYMENTS:
        raise _refused("limit", f"an invoice has at most {MAX_OPEN_PAYMENTS} open payments")
    amount = statement.values["amount"]
    payments = (*record.open_payments, (fold.entry.leaf_hash, amount))
    received = _amount(record.received + amount)
    return {key: _next(fold, statement, record, received=received, open_payments=payments)}


def _payment_reversed(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    _settler(fold, statement, record)
    amounts = dict(record.open_payments)
    leaf = statement.values["payment"]
    if leaf not in amounts:
        raise _refused("payment", "no open payment of this leaf hash")
    payments = tuple(item for item in record.open_payments if item[0] != leaf)
    received = _amount(record.received - amounts[leaf])
    return {key: _next(fold, statement, record, received=received, open_payments=payments)}


def _credit_applied(fold: Fold, statement: Statement) -> Changes:
    note_key, note = _about_invoice(fold, statement, 0)
    key, record = _about_invoice(fold, statement, 1)
    if note.type_code not in CREDIT_NOTE_TYPES or record.type_code in CREDIT_NOTE_TYPES:
        raise _refused("credit", "a credit note is applied to an invoice, in that order")
    if note.currency != record.currency:
        raise _refused("currency", "credit note and invoice are in different currencies")
    amount = statement.values["amount"]
    if amount > note.remaining:
        raise _refused("credit-left", "the credit note has less than that left")
    if record.credited + amount > record.due:
        raise _refused("credit-exceeds", "credits exceed the invoice's amount due")
    if note.issuer == record.issuer:
        check_signing_key(fold, fold.signature(0, 1), fold.issuer(note.issuer))
    else:
        check_signing_key(fold, fold.signature(0, 2), fold.issuer(note.issuer))
        check_signing_key(fold, fold.signature(1, 2), fold.issuer(record.issuer))
    return {
        note_key: _next(fold, statement, note, credited=_amount(note.credited + amount)),
        key: _next(fold, statement, record, credited=_amount(record.credited + amount)),
    }


def _written_off(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    _settler(fold, statement, record)
    amount = statement.values["amount"]
    if amount > record.remaining:
        raise _refused("write-off", "more than what remains")
    return {key: _next(fold, statement, record, written_off=_amount(record.written_off + amount))}


def _recovered(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    _settler(fold, statement, record)
    amount = statement.values["amount"]
    if amount > record.written_off:
        raise _refused("recovery", "more than what is written off")
    return {key: _next(fold, statement, record, written_off=record.written_off - amount)}


# --- disputes, assignment, payee, parties, files, erasure: types 11 to 15, 18 to 21 --------------


def _disputant(fold: Fold, statement: Statement, record: InvoiceRecord) -> str:
    """Who disputes: the issuer, the buyer whose key is known, or a link-holder whom the ledger
    countersigns."""
    public = statement.values["signer"]
    if public is None:
        check_signing_key(fold, fold.signature(0, 1), fold.issuer(record.issuer))
        return "issuer"
    if record.buyer_key is not None and thumbprint(PublicKey(public)) == record.buyer_key:
        check_signed_by(fold, fold.signature(0, 1), (PublicKey(public),))
        return "buyer"
    check_signed_by(fold, fold.signature(0, 2), (PublicKey(public),))
    check_signed_by(fold, fold.signature(1, 2), (fold.ledger().key_at(fold.index),))
    return "link"


def _dispute_opened(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    who = _disputant(fold, statement, record)
    if record.dispute is not None:
        raise _refused("dispute", "a dispute is open already")
    return {key: _next(fold, statement, record, dispute=(statement.values["reason"], who))}


def _dispute_closed(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    _disputant(fold, statement, record)
    if record.dispute is None:
        raise _refused("dispute", "no dispute is open")
    return {key: _next(fold, statement, record, dispute=None)}


def _assigned(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    if record.assignee is not None:
        raise _refused("assigned", "the invoice is assigned already")
    assignee = PublicKey(statement.values["assignee"])
    check_signed_by(fold, fold.signature(0, 2), fold.issuer(record.issuer).control_keys)
    check_signed_by(fold, fold.signature(1, 2), (assignee,))
    holder = (thumbprint(assignee), record.payee)
    return {key: _next(fold, statement, record, assignee=holder, payee=statement.values["payee"])}


def _released(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    if record.assignee is None:
        raise _refused("not-assigned", "the invoice is not assigned")
    _party(fold, fold.signature(0, 1), statement.values["signer"], record.assignee[0])
    return {key: _next(fold, statement, record, assignee=None, payee=record.assignee[1])}


def _payee_changed(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    if record.assignee is not None:
        raise _refused("assigned", "the payee of an assigned invoice is its assignee's")
    check_signed_by(fold, fold.signature(0, 1), fold.issuer(record.issuer).control_keys)
    return {key: _next(fold, statement, record, payee=statement.values["payee"])}


def _rendition(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    check_signing_key(fold, fold.signature(0, 1), fold.issuer(record.issuer))
    item = (statement.values["hash"], statement.values["media_type"])
    if item[0] in dict(record.renditions):
        raise _refused("rendition", "this file is registered already")
    if len(record.renditions) >= MAX_RENDITIONS:
        raise _refused("limit", f"an invoice has at most {MAX_RENDITIONS} renditions")
    return {key: _next(fold, statement, record, renditions=(*record.renditions, item))}


def _party_bound(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    party = PublicKey(statement.values["party"])
    check_signing_key(fold, fold.signature(0, 2), fold.issuer(record.issuer))
    check_signed_by(fold, fold.signature(1, 2), (party,))
    return {key: _next(fold, statement, record, buyer_key=thumbprint(party))}


def _erased(fold: Fold, statement: Statement) -> Changes:
    key, record = _about_invoice(fold, statement)
    check_signed_by(fold, fold.signature(0, 2), (fold.ledger().key_at(fold.index),))
    check_signed_by(fold, fold.signature(1, 2), fold.issuer(record.issuer).control_keys)
    if statement.values["retention_end"] * 86_400 > statement.time:
        raise _refused("retention", "the retention time is not over")
    return {key: _next(fold, statement, record, erased=True)}


def _ledger_key_changed(fold: Fold, statement: Statement) -> Changes:
    key, record = ledger_key(fold.ledger_id), fold.ledger()
    _prev(statement, 0, key, record.chain)
    new = PublicKey(statement.values["public_key"])
    if new in {item for item, _ in record.keys}:
        raise _refused("kid-used", "a ledger key once used is never used again")
    check_signed_by(fold, fold.signature(0, 2), (record.key_at(fold.index),))
    check_signed_by(fold, fold.signature(1, 2), (new,))
    chain = chain_next(record.chain, fold.entry.leaf_hash)
    return {key: LedgerRecord((*record.keys, (new, fold.index)), chain)}


_RULES: Mapping[EntryType, Callable[[Fold, Statement], Changes]] = {
    EntryType.ISSUER_ENROLLED: _enrolled,
    EntryType.KEY_ADDED: _key_added,
    EntryType.KEY_RETIRED: _key_retired,
    EntryType.KEY_COMPROMISED: _key_compromised,
    EntryType.IDENTITY_ATTESTED: _identity_attested,
    EntryType.NUMBER_VOID: _number_void,
    EntryType.PAYMENT_RECEIVED: _payment_received,
    EntryType.PAYMENT_REVERSED: _payment_reversed,
    EntryType.CREDIT_APPLIED: _credit_applied,
    EntryType.DISPUTE_OPENED: _dispute_opened,
    EntryType.DISPUTE_CLOSED: _dispute_closed,
    EntryType.ASSIGNED: _assigned,
    EntryType.RELEASED: _released,
    EntryType.PAYEE_CHANGED: _payee_changed,
    EntryType.WRITTEN_OFF: _written_off,
    EntryType.RECOVERED: _recovered,
    EntryType.RENDITION_REGISTERED: _rendition,
    EntryType.PARTY_BOUND: _party_bound,
    EntryType.ERASED: _erased,
    EntryType.LEDGER_KEY_CHANGED: _ledger_key_changed,
}
