"""`apply(state, entry)`: the fold that makes the state map of the log (PROTOCOL.md §4, §5).

One pure function, used by the ledger to accept and to build, by the verifier for one invoice and by the auditor for
all. It returns the records that an entry changes, or refuses the entry: an entry that is refused is never logged, and
one found in a log makes the ledger *broken* at that index. Each rule of the table in §4 is one function of
`control_rules`, `invoice_rules` or `settlement_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from verifier import control_rules, invoice_rules, settlement_rules
from verifier.cose import check_signature
from verifier.fold import Changes, Fold
from verifier.records import Holdings, InvoiceRecord, Record, VoidRecord, chain_next
from verifier.statement import DOCUMENT_TYPES, Entry, EntryType, Statement, decode_statement

__all__ = ["Changes", "apply"]


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
        changes = invoice_rules.sealed(fold)
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


_RULES: Mapping[EntryType, Callable[[Fold, Statement], Changes]] = {
    EntryType.ISSUER_ENROLLED: control_rules.enrolled,
    EntryType.KEY_ADDED: control_rules.key_added,
    EntryType.KEY_RETIRED: control_rules.key_retired,
    EntryType.KEY_COMPROMISED: control_rules.key_compromised,
    EntryType.IDENTITY_ATTESTED: control_rules.identity_attested,
    EntryType.NUMBER_VOID: invoice_rules.number_void,
    EntryType.PAYMENT_RECEIVED: settlement_rules.payment_received,
    EntryType.PAYMENT_REVERSED: settlement_rules.payment_reversed,
    EntryType.CREDIT_APPLIED: settlement_rules.credit_applied,
    EntryType.DISPUTE_OPENED: invoice_rules.dispute_opened,
    EntryType.DISPUTE_CLOSED: invoice_rules.dispute_closed,
    EntryType.ASSIGNED: invoice_rules.assigned,
    EntryType.RELEASED: invoice_rules.released,
    EntryType.PAYEE_CHANGED: invoice_rules.payee_changed,
    EntryType.WRITTEN_OFF: settlement_rules.written_off,
    EntryType.RECOVERED: settlement_rules.recovered,
    EntryType.RENDITION_REGISTERED: invoice_rules.rendition_registered,
    EntryType.PARTY_BOUND: invoice_rules.party_bound,
    EntryType.ERASED: invoice_rules.erased,
    EntryType.LEDGER_KEY_CHANGED: control_rules.ledger_key_changed,
}
