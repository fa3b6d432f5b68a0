"""From the ledger's objects to what answers hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection, select

from api.answers import (
    AllocationShown,
    ApplicationShown,
    EventShown,
    InvoiceShown,
    InvoiceSummary,
    PaymentShown,
    Progress,
    StandingShown,
)
from ledger.context import Ledger
from ledger.credit import Application
from ledger.invoices import Event, Invoice, progress_of, seal_of, seal_url, standings_of
from ledger.settle import Payment
from ledger.store.tables import entries
from verifier.canonical import b64url_encode, format_amount
from verifier.dates import iso_day, rfc3339
from verifier.seal import decode_seal_payload
from verifier.statement import EntryType, decode_entry, decode_statement
from verifier.verdict import Standing, seal_to_json


def instant_or_none(seconds: int | None) -> str | None:
    """RFC 3339 UTC, or None."""
    return None if seconds is None else rfc3339(seconds)


def day_or_none(day: int | None) -> str | None:
    """YYYY-MM-DD, or None."""
    return None if day is None else iso_day(day)


def standing_shown(standing: Standing, exponent: int) -> StandingShown:
    """Amounts as decimal strings."""
    return StandingShown(
        label=standing.label,
        flags=list(standing.flags),
        due=format_amount(standing.due, exponent),
        received=format_amount(standing.received, exponent),
        credited=format_amount(standing.credited, exponent),
        written_off=format_amount(standing.written_off, exponent),
        remaining=format_amount(standing.remaining, exponent),
        pay_to=standing.pay_to,
        pay_to_changed=standing.pay_to_changed,
        assigned=standing.assigned,
        disputed=None if standing.disputed is None else list(standing.disputed),
    )


def invoice_shown(connection: Connection, ledger: Ledger, invoice: Invoice) -> InvoiceShown:
    """One invoice, whole."""
    (summary,) = summaries(connection, ledger, [invoice])
    seal = seal_of(connection, invoice.map_key)
    return InvoiceShown(
        **summary.model_dump(),
        document=invoice.document,
        seal=b64url_encode(seal),
        seal_url=seal_url(ledger, seal),
    )


def summaries(connection: Connection, ledger: Ledger, found: Sequence[Invoice]) -> list[InvoiceSummary]:
    """Several invoices of one issuer."""
    standings = standings_of(connection, ledger, list(found))
    indexes = _seal_indexes(connection, [item.map_key for item in found])
    progress = {index: _progress(connection, index) for index in set(indexes.values())}
    return [
        InvoiceSummary(
            id=item.id,
            number=item.number,
            type_code=str(item.type_code),
            issue_date=iso_day(item.issue_day),
            due_date=day_or_none(item.due_day),
            currency=item.currency,
            total=format_amount(item.total, item.exponent),
            due=format_amount(item.due, item.exponent),
            buyer_id=item.buyer_id,
            buyer_name=item.buyer_name,
            seal_digest=item.seal_digest.hex(),
            standing=standing_shown(standings[item.id], item.exponent),
            progress=progress[indexes[item.map_key]],
            created=rfc3339(item.created),
        )
        for item in found
    ]


def _progress(connection: Connection, log_index: int | None) -> Progress:
    return cast("Progress", progress_of(connection, log_index))


def _seal_indexes(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, int | None]:
    query = select(entries.c.object, entries.c.log_index).where(
        entries.c.object.in_(keys), entries.c.type == EntryType.INVOICE_SEALED
    )
    return {row.object: row.log_index for row in connection.execute(query)}


def event_shown(connection: Connection, event: Event, exponent: int) -> EventShown:
    """One entry, its statement decoded."""
    return EventShown(
        type=EntryType(event.type).name.lower(),
        log_index=None if event.log_index is None else str(event.log_index),
        leaf_hash=event.leaf_hash.hex(),
        progress=_progress(connection, event.log_index),
        accepted=rfc3339(event.accepted),
        values=_values(event, exponent),
    )


def _values(event: Event, exponent: int) -> dict[str, Any]:
    payload = decode_entry(event.raw).payload
    if event.type == EntryType.INVOICE_SEALED:
        return seal_to_json(decode_seal_payload(payload))
    values = decode_statement(event.type, payload).values
    return {name: _plain(name, value, exponent) for name, value in values.items()}


def _plain(name: str, value: Any, exponent: int) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if name == "amount":
        return format_amount(value, exponent)
    if name == "day":
        return iso_day(value)
    return str(value) if isinstance(value, int) else value


def payment_shown(payment: Payment) -> PaymentShown:
    """One payment with its parts."""
    digits = payment.exponent
    return PaymentShown(
        id=payment.id,
        buyer_id=payment.buyer_id,
        currency=payment.currency,
        amount=format_amount(payment.amount, digits),
        date=iso_day(payment.day),
        means=payment.means,
        reference=payment.reference,
        reversed=instant_or_none(payment.reversed),
        reason=payment.reason,
        unallocated=format_amount(payment.unallocated, digits),
        allocations=[
            AllocationShown(
                id=part.id,
                invoice_id=part.invoice_id,
                amount=format_amount(part.amount, digits),
                reversed=part.reversed,
            )
            for part in payment.allocations
        ],
    )


def application_shown(made: Application, exponent: int) -> ApplicationShown:
    """What a credit note was used for."""
    return ApplicationShown(
        credit_note_id=made.credit_note_id,
        invoice_id=made.invoice_id,
        amount=format_amount(made.amount, exponent),
    )
