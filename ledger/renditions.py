"""Renditions: the files that show an invoice, each with its hash logged (type 18) so that a copy can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, cast

from sqlalchemy import Connection, select

from ledger.accept import accept, chain_of, invoice_record, issuer_record, load_state, lock_issuers, state_signed
from ledger.context import Ledger
from ledger.errors import Invalid
from ledger.formats.pdf import render
from ledger.ids import new_id
from ledger.invoices import Invoice, get_invoice, seal_of, seal_url
from ledger.issue import signing_key
from ledger.issuers import get_issuer
from ledger.store.database import reading, writing
from ledger.store.tables import renditions
from verifier.statement import EntryType

PDF = "application/pdf"
Language = Literal["fr", "en"]


@dataclass(frozen=True)
class Rendition:
    """A stored file of an invoice."""

    id: str
    language: str
    media_type: str
    hash: bytes
    """SHA-256 of the content."""
    content: bytes


def pdf_of(ledger: Ledger, issuer_id: str, invoice_id: str, language: str) -> Rendition:
    """The invoice's PDF: rendered and logged once, the same bytes ever after (L1).

    Raises:
        NotFound: `invoice`.
        Invalid: `language`.
    """
    if language not in ("fr", "en"):
        raise Invalid("language", "fr or en", where="/language")
    with reading(ledger.engine) as connection:
        invoice = get_invoice(connection, issuer_id, invoice_id)
        found = _stored(connection, invoice.id, language)
        seal = seal_of(connection, invoice.map_key)
    if found is not None:
        return found
    content = render(
        invoice.document,
        seal_url=seal_url(ledger, seal),
        verify_address=verify_address(ledger),
        language=cast("Language", language),
        created=datetime.fromtimestamp(invoice.created, UTC),
    )
    return _register(ledger, issuer_id, invoice, language, content)


def verify_address(ledger: Ledger) -> str:
    """What the caption tells a reader to type."""
    return f"{ledger.settings.public_url.partition('://')[2]}/v"


def _stored(connection: Connection, invoice_id: str, language: str) -> Rendition | None:
    query = select(renditions).where(
        renditions.c.invoice_id == invoice_id, renditions.c.language == language, renditions.c.media_type == PDF
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Rendition(row.id, row.language, row.media_type, row.hash, row.content)


def _register(ledger: Ledger, issuer_id: str, invoice: Invoice, language: str, content: bytes) -> Rendition:
    digest = sha256(content).digest()
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        lock_issuers(connection, [issuer.map_key])
        again = _stored(connection, invoice.id, language)
        if again is not None:
            return again
        state = load_state(connection, ledger, [issuer.map_key, invoice.map_key])
        record = invoice_record(state, invoice.map_key)
        key = signing_key(connection, ledger, issuer_record(state, issuer.map_key))
        entry = state_signed(
            ledger,
            EntryType.RENDITION_REGISTERED,
            [(invoice.map_key, chain_of(record))],
            {"hash": digest, "media_type": PDF},
            [key],
        )
        seq = accept(connection, ledger, state, entry, [invoice.map_key], issuer.map_key)
        made = Rendition(new_id("ren", ledger.clock(), ledger.entropy), language, PDF, digest, content)
        connection.execute(
            renditions.insert().values(
                id=made.id,
                invoice_id=invoice.id,
                language=language,
                media_type=PDF,
                hash=digest,
                content=content,
                seq=seq,
                created=ledger.now(),
            )
        )
        return made
