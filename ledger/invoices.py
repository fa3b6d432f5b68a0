"""Reading issued invoices: the document as stored, and how it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.accept import invoice_record, load_state
from ledger.context import Ledger
from ledger.errors import NotFound, Stopped
from ledger.issuers import get_issuer
from ledger.store.database import reading
from ledger.store.tables import checkpoints, entries, invoices, transactions
from verifier.canonical import b64url_encode
from verifier.cose import encode_sign1
from verifier.records import InvoiceRecord
from verifier.statement import EntryType, decode_entry
from verifier.status import pay_to_of, standing_of
from verifier.verdict import Standing


@dataclass(frozen=True)
class Invoice:
    """An issued invoice; amounts in minor units."""

    id: str
    issuer_id: str
    map_key: bytes
    number: str
    seal_digest: bytes
    type_code: int
    issue_day: int
    due_day: int | None
    currency: str
    exponent: int
    total: int
    due: int
    buyer_id: str | None
    buyer_name: str
    secret: bytes
    body: bytes
    """The document, RFC 8785."""
    created: int

    @property
    def document(self) -> dict[str, Any]:
        """The document."""
        value: dict[str, Any] = orjson.loads(self.body)
        return value


@dataclass(frozen=True)
class Event:
    """One entry about an invoice."""

    type: int
    log_index: int | None
    """None while it waits."""
    leaf_hash: bytes
    raw: bytes
    accepted: int


def invoice_of(row: Any) -> Invoice:
    """From a row of `invoices`."""
    return Invoice(
        row.id, row.issuer_id, row.map_key, row.number, row.seal_digest, row.type_code, row.issue_day, row.due_day,
        row.currency, row.exponent, row.total, row.due, row.buyer_id, row.buyer_name, row.secret, row.body, row.created,
    )  # fmt: skip


def get_invoice(connection: Connection, issuer_id: str, invoice_id: str) -> Invoice:
    """One invoice of this issuer; raises NotFound `invoice`, also for another issuer's."""
    query = select(invoices).where(invoices.c.id == invoice_id, invoices.c.issuer_id == issuer_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("invoice", "no such invoice")
    return invoice_of(row)


def find_invoice(ledger: Ledger, issuer_id: str, name: str) -> Invoice:
    """By id or number; raises NotFound `invoice`."""
    query = select(invoices).where(
        invoices.c.issuer_id == issuer_id, (invoices.c.id == name) | (invoices.c.number_upper == name.upper())
    )
    with reading(ledger.engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("invoice", f"this issuer has no invoice {name!r}")
    return invoice_of(row)


def list_invoices(
    connection: Connection,
    issuer_id: str,
    *,
    after: str | None = None,
    limit: int = 50,
    number: str | None = None,
    buyer: str | None = None,
    currency: str | None = None,
) -> list[Invoice]:
    """An issuer's invoices in order of issue, after an id."""
    query = select(invoices).where(invoices.c.issuer_id == issuer_id).order_by(invoices.c.id).limit(limit)
    if after is not None:
        query = query.where(invoices.c.id > after)
    if number is not None:
        query = query.where(invoices.c.number_upper == number.upper())
    if buyer is not None:
        query = query.where(invoices.c.buyer_id == buyer)
    if currency is not None:
        query = query.where(invoices.c.currency == currency)
    return [invoice_of(row) for row in connection.execute(query)]


def events_of(connection: Connection, map_key: bytes) -> list[Event]:
    """Every entry about an invoice, oldest first."""
    query = (
        select(entries)
        .where((entries.c.object == map_key) | (entries.c.second_object == map_key))
        .order_by(entries.c.seq)
    )
    return [Event(row.type, row.log_index, row.leaf_hash, row.raw, row.accepted) for row in connection.execute(query)]


def seal_of(connection: Connection, map_key: bytes) -> bytes:
    """The seal as a COSE_Sign1; raises Stopped when its entry is gone."""
    query = select(entries.c.raw).where(entries.c.object == map_key, entries.c.type == EntryType.INVOICE_SEALED)
    raw = connection.execute(query).scalar()
    if raw is None:
        raise Stopped("entry-missing", "the entry of a seal is missing", where=f"entries/{map_key.hex()}")
    return encode_sign1(decode_entry(raw).signatures[0])


def seal_url(ledger: Ledger, seal: bytes) -> str:
    """What the QR code holds; the fragment is not sent to the server."""
    return f"{ledger.settings.public_url}/v#{b64url_encode(seal)}"


def records_of(connection: Connection, ledger: Ledger, found: list[Invoice]) -> dict[str, InvoiceRecord]:
    """Present record of each invoice, waiting entries counted, by invoice id."""
    if not found:
        return {}
    issuer = get_issuer(connection, found[0].issuer_id)
    state = load_state(connection, ledger, [issuer.map_key, *(item.map_key for item in found)])
    return {item.id: invoice_record(state, item.map_key) for item in found}


def standings_of(connection: Connection, ledger: Ledger, found: list[Invoice]) -> dict[str, Standing]:
    """How each invoice stands now, waiting entries counted, by invoice id."""
    if not found:
        return {}
    zone = get_issuer(connection, found[0].issuer_id).zone
    records = records_of(connection, ledger, found)
    return {
        item.id: standing_of(
            records[item.id],
            item.due_day,
            zone,
            ledger.now(),
            pay_to=pay_to_of(records[item.id], account_of(item.document)),
        )
        for item in found
    }


def account_of(document: dict[str, Any]) -> str | None:
    """BT-84 as the seal has it: the first account of `payment`."""
    for means in document.get("payment", ()):
        account = means.get("iban") or means.get("account")
        if account is not None:
            return str(account)
    return None


def progress_of(connection: Connection, log_index: int | None) -> str:
    """How far an entry has come: accepted, logged, anchored or final."""
    if log_index is None:
        return "accepted"
    first = (
        select(checkpoints.c.sequence)
        .where(checkpoints.c.size > log_index)
        .order_by(checkpoints.c.sequence)
        .limit(1)
        .scalar_subquery()
    )
    states = set(
        connection.execute(
            select(transactions.c.state).where(transactions.c.kind == "anchor", transactions.c.sequence == first)
        ).scalars()
    )
    if "final" in states:
        return "final"
    return "anchored" if "mined" in states else "logged"
