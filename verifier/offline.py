"""Steps 1 to 7 of PROTOCOL.md §8: what a bundle shows by itself, given the ledger's first key.

The ledger runs them too, on each bundle before it is handed out. A step that fails is a fault of the bundle and
says nothing about the seal. What speaks against the seal itself is an `Objection`: it is no error, the steps go
on, and it becomes *forged* only once the chain has confirmed the checkpoint under which it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from verifier.bundle import Bundle, LoggedEntry, ProvenRecord, check_form
from verifier.checklist import Checklist
from verifier.checkpoint import RULES_VERSION, StateEntry, decode_state_entry
from verifier.cose import check_signature, external_aad, thumbprint
from verifier.document import OpenedDocument, check_disclosure
from verifier.errors import Inconclusive, Refuted
from verifier.facts import open_facts
from verifier.invoice_fold import FoldedInvoice, fold_invoice, fold_keys
from verifier.keyed_map import check_absence, check_membership
from verifier.merkle import check_inclusion
from verifier.records import (
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    Record,
    SigningKey,
    VoidRecord,
    decode_record,
    invoice_key,
    issuer_key,
    ledger_key,
    payee_commitment,
)
from verifier.seal import Seal, seal_digest
from verifier.state import apply
from verifier.statement import EntryType
from verifier.status import PayTo, pay_to_of
from verifier.verdict import Outcome


@dataclass(frozen=True)
class Objection:
    """Something that speaks against the seal itself."""

    step: int
    code: str
    message: str
    lasting: bool = True
    """It holds at every later checkpoint too; one that does not counts at the head only."""


@dataclass(frozen=True)
class Offline:
    """What steps 1 to 7 found."""

    seal_digest: bytes
    issue_day: int
    """BT-2 of the seal, days since 1970-01-01."""
    opened: OpenedDocument | None
    ledger: LedgerRecord
    issuer: IssuerRecord | None
    """None: the map proves that no issuer is enrolled under the seal's legal id."""
    record: InvoiceRecord | VoidRecord | None
    """What stands under the seal's number; None when the map proves that nothing does."""
    key: SigningKey | None
    """The issuer's key that the seal's kid names."""
    seal_entry: LoggedEntry | None
    """The entry of the invoice that stands under the number, whether or not it is this seal."""
    grades: tuple[str, ...]
    pay_to: PayTo
    objections: tuple[Objection, ...]

    @property
    def held(self) -> InvoiceRecord | None:
        """The record when the ledger holds this very seal."""
        record = self.record
        same = isinstance(record, InvoiceRecord) and record.seal_digest == self.seal_digest
        return record if same and isinstance(record, InvoiceRecord) else None


def check_offline(bundle: Bundle, first_key: bytes, checklist: Checklist | None = None) -> Offline:
    """Carries out steps 1 to 7.

    Args:
        bundle: read or built.
        first_key: RFC 9679 thumbprint of the ledger's first key (32 bytes), as the contract has it.
        checklist: where the outcomes are noted.

    Raises:
        Malformed, Refuted: the bundle is damaged or inconsistent; never a proof against the seal.
        Inconclusive: `newer-version`.
    """
    done = checklist or Checklist()
    digest = seal_digest(bundle.seal.sign1, bundle.ledger_id)
    # (1) Bounds and order. Stops: entries repeated or reordered, two answers in one bundle.
    with done.step(1):
        check_form(bundle)
    # (2) Stops: a document shown beside a seal of other amounts, dates or accounts.
    with done.step(2):
        opened, objections = _check_document(bundle)
        if opened is None:
            done.note(2, Outcome.SKIPPED, "not-opened", "the bundle opens no document")
    # (3) Stops: keys that the ledger or the issuer never logged.
    with done.step(3):
        ledger, issuer = _check_keys(bundle, first_key)
    # (4) Stops: a seal made by anyone but the issuer, and one that was signed but damaged on its way.
    with done.step(4):
        seal_entry = _sealing_entry(bundle.entries)
        key, wrong = _check_seal_signature(bundle, digest, issuer, seal_entry)
        objections += wrong
    # (5) Stops: a status that the log does not lead to; another invoice under the same number.
    with done.step(5):
        folded = _check_invoice(bundle, ledger, issuer)
        objections += _against_record(digest, folded, key)
        pay_to = _check_payee(bundle, digest, folded)
    # (6) Stops: entries that are in no log, and a log of another size than the state entry's.
    with done.step(6):
        state = _check_log(bundle, ledger)
    # (7) Stops: records of another key, another number, another ledger, or an older state.
    with done.step(7):
        _check_map(bundle, state.state_root, issuer)
    for objection in objections:
        done.note(objection.step, Outcome.FAILED, objection.code, objection.message)
    return Offline(
        seal_digest=digest,
        issue_day=bundle.seal.seal.issue_day,
        opened=opened,
        ledger=ledger,
        issuer=issuer,
        record=folded.record,
        key=key,
        seal_entry=seal_entry,
        grades=folded.grades,
        pay_to=pay_to,
        objections=objections,
    )


def _check_document(bundle: Bundle) -> tuple[OpenedDocument | None, tuple[Objection, ...]]:
    if bundle.document is None:
        return None, ()
    seal = bundle.seal.seal
    # Another root is no contradiction: whoever made the bundle may have attached another document.
    opened = check_disclosure(bundle.document, seal.document_root)
    facts = open_facts(opened.document, opened.hidden, seal.currency[1])
    wrong = sorted(name for name, value in facts.items() if value != _sealed_fact(seal, name))
    if not wrong:
        return opened, ()
    message = f"the document under the seal's own root has another {', '.join(wrong)}"
    return opened, (Objection(2, "document-contradicts", message),)


def _sealed_fact(seal: Seal, name: str) -> object:
    if name == "corrects":
        return tuple(number for _, number in seal.corrects)
    return getattr(seal, name)


def _decoded(item: ProvenRecord | None) -> Record | None:
    return None if item is None or item.record is None else decode_record(item.record)


def _check_keys(bundle: Bundle, first_key: bytes) -> tuple[LedgerRecord, IssuerRecord | None]:
    shown, shown_issuer = _decoded(bundle.ledger), _decoded(bundle.issuer)
    if not isinstance(shown, LedgerRecord) or not shown.keys:
        raise Refuted("record-kind", "this is no record of a ledger", where="/records/ledger")
    # The contract keeps a thumbprint; the key itself comes from the record and must have that thumbprint.
    first = shown.keys[0][0]
    if thumbprint(first) != first_key:
        raise Refuted("ledger-first-key", "the ledger's first key is not the one named on the chain")
    ledger, issuer = fold_keys(bundle.ledger_id, first, bundle.seal.seal.seller_id, bundle.entries)
    if ledger != shown:
        raise Refuted("ledger-record", "the ledger's record does not follow from its key changes")
    if (issuer is None) != (shown_issuer is None):
        raise Refuted("issuer-record", "issuer record and control entries come together or not at all")
    if issuer is not None and shown_issuer is not None:
        if not isinstance(shown_issuer, IssuerRecord):
            raise Refuted("record-kind", "this is no record of an issuer", where="/records/issuer")
        # The commitment opens to the issuer and its auditors only: it is taken from the proven record.
        if replace(issuer, holdings=None, commitment=shown_issuer.commitment) != shown_issuer:
            raise Refuted("issuer-record", "the issuer's record does not follow from its control entries")
    return ledger, issuer


def _sealing_entry(entries: Sequence[LoggedEntry]) -> LoggedEntry | None:
    return next((item for item in entries if item.entry.type == EntryType.INVOICE_SEALED), None)


def _check_seal_signature(
    bundle: Bundle, digest: bytes, issuer: IssuerRecord | None, entry: LoggedEntry | None
) -> tuple[SigningKey | None, tuple[Objection, ...]]:
    """The key that the seal names, and the objection that it did not sign.

    When the log holds these very facts, a wrong signature or kid is damage: the facts are true all the same,
    and calling them forged would let whoever carries a seal discredit it by a flipped bit.
    """
    sign1 = bundle.seal.sign1
    if entry is not None and entry.entry.payload == sign1.payload:
        if seal_digest(entry.entry.signatures[0], bundle.ledger_id) != digest:
            raise Refuted("damaged-seal", "the ledger holds these facts under another key")
        held = True
    else:
        held = False
    key = None if issuer is None else issuer.key_by_kid(sign1.kid)
    if key is None:
        return None, ()
    try:
        check_signature(sign1, key.public_key, external_aad(bundle.ledger_id, EntryType.INVOICE_SEALED))
    except Refuted as error:
        if held:
            raise Refuted("damaged-seal", "the ledger holds this seal, but its signature is damaged") from error
        message = "the issuer's key did not sign these facts, and the ledger does not hold them"
        return key, (Objection(4, "signature", message, lasting=False),)
    return key, ()


def _check_invoice(bundle: Bundle, ledger: LedgerRecord, issuer: IssuerRecord | None) -> FoldedInvoice:
    if issuer is None:
        if any(EntryType.INVOICE_SEALED <= item.entry.type <= EntryType.ERASED for item in bundle.entries):
            raise Refuted("foreign-entry", "entries of an invoice whose issuer is not enrolled")
        return FoldedInvoice(None, None, None, False, ())
    key = invoice_key(issuer.pepper, issuer_key(issuer.legal_id), bundle.seal.seal.number)
    folded = fold_invoice(bundle.ledger_id, ledger, issuer, key, bundle.entries)
    if folded.record != _decoded(bundle.invoice):
        raise Refuted("invoice-record", "the invoice's record does not follow from its entries")
    return folded


def _against_record(digest: bytes, folded: FoldedInvoice, key: SigningKey | None) -> tuple[Objection, ...]:
    record = folded.record
    if isinstance(record, VoidRecord):
        return (Objection(5, "number-void", "this number was closed for good without an invoice"),)
    if isinstance(record, InvoiceRecord) and record.seal_digest != digest:
        if folded.void_key:
            raise Refuted("fold-key-void", "another seal under this number was made by a void key")
        return (Objection(5, "other-digest", "the ledger holds another invoice under this number"),)
    void_now = record is None and key is not None and key.void_from is not None
    if folded.void_key or void_now:
        # Void is for good: a seal that is not logged by then can never be.
        return (Objection(4, "key-void", "the key was declared compromised before this seal was logged"),)
    return ()


def _check_payee(bundle: Bundle, digest: bytes, folded: FoldedInvoice) -> PayTo:
    record = folded.record
    opening = bundle.payee
    if not isinstance(record, InvoiceRecord) or record.seal_digest != digest:
        if opening is not None:
            raise Refuted("payee-opening", "a payee is opened where this seal is not held", where="/payee")
        return PayTo(None, False)
    sealed = pay_to_of(record, bundle.seal.seal.account)
    if opening is None:
        return sealed
    # An opening that opens nothing, or is not needed, is refused: what a payer reads is the committed account.
    if not sealed.changed or payee_commitment(opening.salt, opening.account) != record.payee:
        raise Refuted("payee-opening", "the opened payee is not the record's", where="/payee")
    return PayTo(opening.account, True)


def _check_log(bundle: Bundle, ledger: LedgerRecord) -> StateEntry:
    point = bundle.checkpoint
    for item in (*bundle.entries, bundle.state):
        check_inclusion(item.entry.leaf_hash, item.index, point.size, item.path, point.root)
    apply({ledger_key(bundle.ledger_id): ledger}, bundle.ledger_id, bundle.state.index, bundle.state.entry)
    state = decode_state_entry(bundle.state.entry.payload)
    # A root does not bind its size: for a reader, the last leaf's own index does.
    if state.index != point.size - 1:
        raise Refuted("state-index", "the state entry stands at another index than it says")
    if state.rules != RULES_VERSION:
        raise Inconclusive("newer-version", f"rules version {state.rules}: a newer verifier is needed")
    return state


def _check_map(bundle: Bundle, root: bytes, issuer: IssuerRecord | None) -> None:
    issuer_place = issuer_key(bundle.seal.seal.seller_id)
    _check_place(root, ledger_key(bundle.ledger_id), bundle.ledger)
    _check_place(root, issuer_place, bundle.issuer)
    if issuer is not None and bundle.invoice is not None:
        place = invoice_key(issuer.pepper, issuer_place, bundle.seal.seal.number)
        _check_place(root, place, bundle.invoice)


def _check_place(root: bytes, key: bytes, item: ProvenRecord) -> None:
    if item.record is None:
        check_absence(root, key, item.proof)
    else:
        check_membership(root, key, sha256(item.record).digest(), item.proof)
