"""The fold of one bundle: the entries about a ledger, one issuer and one invoice, not the rest of the log.

`verifier.state.apply` does the work, so the verifier follows the very rules by which the ledger accepted.
Two things differ from the whole fold. *Credit applied* touches two invoices and the bundle is about one: its
own side is checked here, the other side by the other's bundle and by auditors. And entries come in two runs,
keys first: keys are judged by the log index of what they signed, so the order between the runs is immaterial.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from verifier.bundle import LoggedEntry
from verifier.cose import PublicKey
from verifier.errors import Refuted
from verifier.fold import Fold
from verifier.records import (
    EMPTY_CHAIN,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    Record,
    SigningKey,
    VoidRecord,
    issuer_key,
    ledger_key,
)
from verifier.settlement_rules import credit_side
from verifier.state import apply
from verifier.statement import CONTROL_TYPES, EntryType, decode_statement


@dataclass(frozen=True)
class FoldedInvoice:
    """What an invoice's entries come to."""

    record: InvoiceRecord | VoidRecord | None
    """None when there is no entry: nothing was ever logged under the number."""
    seal: LoggedEntry | None
    """The entry of type 6."""
    key: SigningKey | None
    """The key that signed it, as the issuer's record has it now."""
    void_key: bool
    """That key was void at the seal's index: no honest ledger logs such a seal."""
    grades: tuple[str, ...]
    """Grades of the open payments, without repetition, sorted."""


def fold_keys(
    ledger_id: bytes, first_key: PublicKey, legal_id: tuple[str, str], entries: Iterable[LoggedEntry]
) -> tuple[LedgerRecord, IssuerRecord | None]:
    """Folds type 21 and the issuer's types 1 to 5 from the ledger's first key; other types are left out.

    Raises:
        Refuted: a rule of the fold is broken (`fold-…`), or an entry is about something else (`foreign-entry`).
        Malformed: a payload is not of its type's form.
    """
    ledger, issuer = ledger_key(ledger_id), issuer_key(legal_id)
    first = LedgerRecord(((first_key, 0),), EMPTY_CHAIN)
    state: dict[bytes, Record] = {ledger: first}
    for item in entries:
        if item.entry.type in CONTROL_TYPES or item.entry.type == EntryType.LEDGER_KEY_CHANGED:
            changes = apply(state, ledger_id, item.index, item.entry)
            _only(changes.keys() <= {ledger, issuer}, item)
            state |= changes
    record, enrolled = state[ledger], state.get(issuer)
    assert isinstance(record, LedgerRecord)
    return record, enrolled if isinstance(enrolled, IssuerRecord) else None


def fold_invoice(
    ledger_id: bytes,
    ledger: LedgerRecord,
    issuer: IssuerRecord,
    key: bytes,
    entries: Sequence[LoggedEntry],
) -> FoldedInvoice:
    """Folds the entries of types 6 to 20, all of which must be about the invoice under `key`.

    Raises:
        Refuted, Malformed: as `fold_keys`.
    """
    own = [item for item in entries if EntryType.INVOICE_SEALED <= item.entry.type <= EntryType.ERASED]
    seal = next((item for item in own if item.entry.type == EntryType.INVOICE_SEALED), None)
    signer = None if seal is None else issuer.key_by_kid(seal.entry.signatures[0].kid)
    void = False
    if seal is not None and signer is not None and signer.void_from is not None:
        void = signer.void_from <= seal.index
    issuer_place = issuer_key(issuer.legal_id)
    state: dict[bytes, Record] = {ledger_key(ledger_id): ledger, issuer_place: issuer}
    grades: dict[bytes, str] = {}
    for item in own:
        # A void key's seal is folded as if it were valid, so that the record is still compared: that it
        # stands in the log is then a proof against the seal and not a fault of the bundle.
        lenient = void and item is seal and signer is not None
        judged = {**state, issuer_place: _without_void(issuer, signer)} if lenient and signer else state
        state[key] = _step(judged, ledger_id, key, item)
        if item.entry.type == EntryType.PAYMENT_RECEIVED:
            grades[item.entry.leaf_hash] = decode_statement(8, item.entry.payload).values["grade"]
    record = state.get(key)
    if not isinstance(record, InvoiceRecord):
        return FoldedInvoice(record if isinstance(record, VoidRecord) else None, seal, signer, void, ())
    shown = {grades[leaf] for leaf, _ in record.open_payments}
    return FoldedInvoice(record, seal, signer, void, tuple(sorted(shown)))


def _without_void(issuer: IssuerRecord, void: SigningKey) -> IssuerRecord:
    keys = (replace(key, void_from=None) if key is void else key for key in issuer.keys)
    return replace(issuer, keys=tuple(keys))


def _only(holds: bool, item: LoggedEntry) -> None:
    """Every entry must be about what the bundle is about: a foreign one would go unchecked."""
    if not holds:
        raise Refuted("foreign-entry", f"entry {item.index} is about something else")


def _step(state: dict[bytes, Record], ledger_id: bytes, key: bytes, item: LoggedEntry) -> Record:
    if item.entry.type == EntryType.CREDIT_APPLIED:
        statement = decode_statement(EntryType.CREDIT_APPLIED, item.entry.payload)
        places = [place for place, (named, _) in enumerate(statement.objects) if named == key]
        _only(len(places) == 1, item)
        return credit_side(Fold(ledger_id, state, item.index, item.entry), statement, places[0])[1]
    changes = apply(state, ledger_id, item.index, item.entry)
    _only(key in changes, item)
    return changes[key]
