"""Rules of the fold about money: types 8 to 10, 16 and 17."""

from __future__ import annotations

from verifier.fold import (
    Changes,
    Fold,
    about_invoice,
    check_party,
    check_signing_key,
    checked_amount,
    next_record,
    refused,
)
from verifier.records import InvoiceRecord
from verifier.seal import CREDIT_NOTE_TYPES
from verifier.statement import Statement

MAX_OPEN_PAYMENTS = 1_000
"""Open payments of one invoice: with 41 bytes each the record stays below an entry's size."""


def _settler(fold: Fold, statement: Statement, record: InvoiceRecord) -> None:
    """The issuer's signing key; once assigned, the assignee's: it alone says what it received."""
    sign1 = fold.signature(0, 1)
    if record.assignee is None:
        if statement.signer is not None:
            raise refused("signer", "the invoice is not assigned: its issuer settles it")
        check_signing_key(fold, sign1, fold.issuer(record.issuer))
    else:
        check_party(fold, sign1, statement.signer, record.assignee[0])


def payment_received(fold: Fold, statement: Statement) -> Changes:
    """Type 8."""
    key, record = about_invoice(fold, statement)
    _settler(fold, statement, record)
    if statement.values["grade"] != "declared":
        # A signature alone proves no bank statement and no transfer: a grade comes with its evidence or not at all.
        raise refused("grade", "rules version 1 knows no evidence for this grade")
    if len(record.open_payments) >= MAX_OPEN_PAYMENTS:
        raise refused("limit", f"an invoice has at most {MAX_OPEN_PAYMENTS} open payments")
    amount = statement.values["amount"]
    payments = (*record.open_payments, (fold.entry.leaf_hash, amount))
    received = checked_amount(record.received + amount)
    return {key: next_record(fold, statement, record, received=received, open_payments=payments)}


def payment_reversed(fold: Fold, statement: Statement) -> Changes:
    """Type 9: names an open payment, which is open no more."""
    key, record = about_invoice(fold, statement)
    _settler(fold, statement, record)
    amounts = dict(record.open_payments)
    leaf = statement.values["payment"]
    if leaf not in amounts:
        raise refused("payment", "no open payment of this leaf hash")
    payments = tuple(item for item in record.open_payments if item[0] != leaf)
    received = checked_amount(record.received - amounts[leaf])
    return {key: next_record(fold, statement, record, received=received, open_payments=payments)}


def credit_applied(fold: Fold, statement: Statement) -> Changes:
    """Type 10: both records at once, signed by both issuers concerned (once, when they are one)."""
    fold.signature(0, len({fold.invoice(key).issuer for key, _ in statement.objects}))
    note_key, note = credit_side(fold, statement, 0)
    key, record = credit_side(fold, statement, 1)
    if note.currency != record.currency:
        raise refused("currency", "credit note and invoice are in different currencies")
    return {note_key: note, key: record}


def credit_side(fold: Fold, statement: Statement, position: int) -> tuple[bytes, InvoiceRecord]:
    """What type 10 makes of one of its two objects: 0 the credit note, 1 the invoice.

    A bundle is about one of them and follows its side alone; the other's bundle and every auditor follow the other.
    """
    key, record = about_invoice(fold, statement, position)
    amount = statement.values["amount"]
    if (record.type_code in CREDIT_NOTE_TYPES) != (position == 0):
        raise refused("credit", "a credit note is applied to an invoice, in that order")
    if position == 0 and amount > record.remaining:
        raise refused("credit-left", "the credit note has less than that left")
    if position == 1 and record.credited + amount > record.due:
        raise refused("credit-exceeds", "credits exceed the invoice's amount due")
    signatures = fold.entry.signatures
    check_signing_key(fold, signatures[position if len(signatures) == 2 else 0], fold.issuer(record.issuer))
    return key, next_record(fold, statement, record, credited=checked_amount(record.credited + amount))


def written_off(fold: Fold, statement: Statement) -> Changes:
    """Type 16."""
    key, record = about_invoice(fold, statement)
    _settler(fold, statement, record)
    amount = statement.values["amount"]
    if amount > record.remaining:
        raise refused("write-off", "more than what remains")
    return {key: next_record(fold, statement, record, written_off=checked_amount(record.written_off + amount))}


def recovered(fold: Fold, statement: Statement) -> Changes:
    """Type 17: what was written off came after all."""
    key, record = about_invoice(fold, statement)
    _settler(fold, statement, record)
    amount = statement.values["amount"]
    if amount > record.written_off:
        raise refused("recovery", "more than what is written off")
    return {key: next_record(fold, statement, record, written_off=record.written_off - amount)}
