"""Issue: a list of drafts becomes fixed documents with numbers, seals and waiting entries, in one durable transaction.

No chain call, no rendering and no mail happens here: a crash before the commit leaves nothing, not even a gap in the
numbers; after it, everything.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from ledger.accept import entry_row, fold, issuer_record, load_state, lock_issuers
from ledger.context import Ledger
from ledger.errors import Conflict, Invalid
from ledger.formats.fonts import covers, uncovered
from ledger.ids import new_id
from ledger.invoice import InvoiceError, Prepared, Violation, parse_draft, prepare
from ledger.issuers import Issuer, get_issuer, today_of
from ledger.keys import SigningKeyPair, load_key
from ledger.series import Series, lock_series, save_series, take_number
from ledger.store.database import reading, writing
from ledger.store.tables import drafts, entries, invoices
from verifier.canonical import encode_json
from verifier.cose import Sign1, encode_sign1, external_aad, sig_structure
from verifier.dates import day_of
from verifier.document import SECRET_SIZE, freeze
from verifier.errors import Malformed
from verifier.facts import Facts, facts_of, seller_id
from verifier.records import IssuerRecord, invoice_key
from verifier.seal import MAX_SEAL, Seal, encode_seal_payload
from verifier.statement import EntryType, encode_entry

_ASCII = bytes(range(0x20, 0x7F))
MAX_BATCH = 10_000
"""Drafts of one call: the write lock is held for about a second."""


@dataclass(frozen=True)
class Item:
    """One draft to issue."""

    draft: Mapping[str, Any] | bytes
    series: str
    """Code of the series."""
    draft_id: str | None = None
    """A stored draft, deleted when it is issued."""
    draft_version: int | None = None


@dataclass(frozen=True)
class Issued:
    """What came of it."""

    id: str
    number: str
    map_key: bytes
    seal: bytes
    """COSE_Sign1 bytes, what the QR code carries."""
    seal_digest: bytes


def issue(ledger: Ledger, issuer_id: str, items: Sequence[Item]) -> list[Issued]:
    """Issues all of the drafts or none.

    Raises:
        InvoiceError: every violation of every draft; pointers begin with the item's place when there are several.
        Conflict: `chronology`, `series-closed`, `number-used`, `issuer-changed`, `draft-gone`, `fold-…`.
        Invalid: `batch`, `issue-date`.
    """
    if not 1 <= len(items) <= MAX_BATCH:
        raise Invalid("batch", f"1 to {MAX_BATCH} drafts", where="/drafts")
    with _collector_at_rest():
        return _issue(ledger, issuer_id, items)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """No garbage collection while a batch is made.

    A batch makes no cycles, but some thirty objects an invoice that live until the commit: the collector would walk
    them, and the whole program with them, once a thousand invoices or more often, a tenth of the price of each.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _issue(ledger: Ledger, issuer_id: str, items: Sequence[Item]) -> list[Issued]:
    with reading(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
    parsed = parse_all(issuer, [item.draft for item in items])
    try:
        with writing(ledger.engine) as connection:
            row = lock_issuers(connection, [issuer.map_key])[issuer.map_key]
            if row.version != issuer.version:
                raise Conflict("issuer-changed", "the issuer's details changed meanwhile; issue again")
            return _Batch(connection, ledger, issuer).run(items, parsed)
    except IntegrityError as error:
        raise Conflict("number-used", "a number of this series is used already") from error


def parse_all(issuer: Issuer, bodies: Sequence[Mapping[str, Any] | bytes]) -> list[Prepared]:
    """What the drafts come to, without violations and with a font for every character; all faults at once."""
    parsed: list[Prepared] = []
    found: list[Violation] = []
    for at, body in enumerate(bodies):
        prefix = f"/{at}" if len(bodies) > 1 else ""
        try:
            parsed.append(prepare(parse_draft(body, seller=issuer.seller)))
        except InvoiceError as error:
            found.extend(Violation(v.rule, prefix + v.pointer, v.params) for v in error.violations)
    if found:
        raise InvoiceError(found)
    return parsed


@dataclass(slots=True)
class _Work:
    """One draft on its way; each stage fills in what the next one reads."""

    where: str
    """Pointer of the draft among several."""
    number: str
    series_id: str
    document: dict[str, Any]
    exponent: int
    secret: bytes = b""
    body: bytes = b""
    root: bytes = b""
    facts: Facts | None = None
    payload: bytes = b""
    digest: bytes = b""


class _Batch:
    """One transaction's work: what it has read, and the rows that it will write.

    Stage by stage, not invoice by invoice: each stage's code stays in the processor's caches, which makes a large
    batch a quarter faster.
    """

    def __init__(self, connection: Connection, ledger: Ledger, issuer: Issuer) -> None:
        self.connection = connection
        self.ledger = ledger
        self.issuer = issuer
        self.state = load_state(connection, ledger, [issuer.map_key])
        self.record: IssuerRecord = issuer_record(self.state, issuer.map_key)
        self.key = signing_key(connection, ledger, self.record)
        self.aad = external_aad(ledger.ledger_id, EntryType.INVOICE_SEALED)
        self.today = today_of(ledger, issuer)
        self.series: dict[str, Series] = {}
        self.digests: dict[str, bytes | None] = {}

    def run(self, items: Sequence[Item], parsed: Sequence[Prepared]) -> list[Issued]:
        """Numbers, freezes, seals and signs the drafts, then writes."""
        where = [f"/{at}" if len(items) > 1 else "" for at in range(len(items))]
        batch = [self._number(*each) for each in zip(items, parsed, where, strict=True)]
        for work in batch:
            self._freeze(work)
        for work in batch:
            self._seal(work)
        signed = [self._sign(work) for work in batch]
        kept = [encode_entry(EntryType.INVOICE_SEALED, sign1) for sign1 in signed]
        for entry in kept:
            fold(self.ledger, self.state, entry)
        self._consume(items)
        issued: list[Issued] = []
        invoice_rows: list[dict[str, Any]] = []
        entry_rows: list[dict[str, Any]] = []
        now = self.ledger.now()
        for work, sign1, entry in zip(batch, signed, kept, strict=True):
            key = invoice_key(self.record.pepper, self.issuer.map_key, work.number)
            identifier = new_id("inv", self.ledger.clock(), self.ledger.entropy)
            issued.append(Issued(identifier, work.number, key, encode_sign1(sign1), work.digest))
            invoice_rows.append(self._row(work, identifier, key, now))
            entry_rows.append(entry_row(entry, [key], self.issuer.map_key, now))
        self.connection.execute(invoices.insert(), invoice_rows)
        self.connection.execute(entries.insert(), entry_rows)
        for current in self.series.values():
            save_series(self.connection, current)
        return issued

    def _number(self, item: Item, draft: Prepared, where: str) -> _Work:
        """The document, with its number and every computed amount."""
        day = draft.issue_date or self.today
        if day > self.today:
            raise Invalid("issue-date", "an invoice is not dated ahead", where=f"{where}/issue_date")
        current = self.series.get(item.series) or lock_series(self.connection, self.issuer.id, item.series)
        number, moved = take_number(current, day, day_of(day), f"{where}/issue_date")
        document = draft.finish(number, day)
        self.series[item.series] = moved
        return _Work(where, number, moved.id, document, draft.digits)

    def _freeze(self, work: _Work) -> None:
        """Body and document root under a fresh secret."""
        work.secret = self.ledger.entropy(SECRET_SIZE)
        work.body, work.root = freeze(work.document, work.secret)
        check_fonts(work.document, work.body, work.where)

    def _seal(self, work: _Work) -> None:
        """The seal's payload and its digest, which later invoices of the batch may name."""
        work.facts = facts_of(work.document, work.exponent)
        try:
            work.payload = encode_seal_payload(self._seal_of(work.facts, work.root))
        except Malformed as error:
            raise Invalid(error.code, error.message, where=f"{work.where}/{error.where}") from error
        work.digest = sha256(sig_structure(self.key.header, self.aad, work.payload)).digest()
        self.digests[work.number.upper()] = work.digest

    def _sign(self, work: _Work) -> Sign1:
        sign1 = self.key.sign(self.ledger.ledger_id, EntryType.INVOICE_SEALED, work.payload)
        size = len(encode_sign1(sign1))
        if size > MAX_SEAL:
            message = f"the seal would have {size} bytes of {MAX_SEAL}"
            raise Invalid("seal-size", message, where=work.where or "/")
        return sign1

    def _row(self, work: _Work, identifier: str, key: bytes, now: int) -> dict[str, Any]:
        facts = work.facts
        assert facts is not None
        return {
            "id": identifier,
            "issuer_id": self.issuer.id,
            "map_key": key,
            "series_id": work.series_id,
            "number": work.number,
            "number_upper": work.number.upper(),
            "seal_digest": work.digest,
            "type_code": facts.type_code,
            "issue_day": facts.issue_day,
            "due_day": facts.due_day,
            "currency": facts.currency[0],
            "exponent": facts.currency[1],
            "total": facts.total,
            "due": facts.due,
            "buyer_id": buyer_id(work.document),
            "buyer_name": work.document["buyer"]["name"],
            "secret": work.secret,
            "body": work.body,
            "created": now,
        }

    def _seal_of(self, facts: Facts, root: bytes) -> Seal:
        return Seal(
            seller_id=facts.seller_id,
            seller_name=facts.seller_name,
            number=facts.number,
            type_code=facts.type_code,
            issue_day=facts.issue_day,
            due_day=facts.due_day,
            currency=facts.currency,
            total=facts.total,
            total_vat=facts.total_vat,
            due=facts.due,
            account=facts.account,
            document_root=root,
            corrects=tuple((self._digest_of(number), number) for number in facts.corrects),
            buyer_key=None,
        )

    def _digest_of(self, number: str) -> bytes | None:
        """Seal digest of a preceding invoice when it is in this ledger."""
        upper = number.upper()
        if upper not in self.digests:
            query = select(invoices.c.seal_digest).where(
                invoices.c.issuer_id == self.issuer.id, invoices.c.number_upper == upper
            )
            self.digests[upper] = self.connection.execute(query).scalar()
        return self.digests[upper]

    def _consume(self, items: Sequence[Item]) -> None:
        """Deletes the stored drafts; one that changed or went meanwhile stops the batch."""
        for at, item in enumerate(items):
            if item.draft_id is None:
                continue
            gone = drafts.delete().where(drafts.c.id == item.draft_id, drafts.c.issuer_id == self.issuer.id)
            if item.draft_version is not None:
                gone = gone.where(drafts.c.version == item.draft_version)
            if self.connection.execute(gone).rowcount != 1:
                raise Conflict("draft-gone", "the draft was changed, issued or deleted meanwhile", where=f"/{at}")


def signing_key(connection: Connection, ledger: Ledger, record: IssuerRecord) -> SigningKeyPair:
    """A custodial key of the issuer that signs everything; raises Conflict `no-signing-key`."""
    for key in record.keys:
        if key.retired_at is None and key.void_from is None and key.scope == "all" and key.custody == "server":
            pair = load_key(connection, ledger.vault, key.thumbprint)
            if pair is not None:
                return pair
    raise Conflict("no-signing-key", "the server holds no valid signing key of this issuer")


def check_fonts(document: Mapping[str, Any], body: bytes, where: str) -> None:
    """Refuses a character that no typeface draws: never an empty box on an invoice."""
    # ASCII always has its glyph, and what is no ASCII in UTF-8 has no byte of it.
    rest = body.translate(None, _ASCII)
    if not rest or covers(rest.decode()):
        return
    missing = uncovered(document)
    if missing:
        raise InvoiceError([Violation("SC-FONT", where + pointer, {"value": char}) for pointer, char in missing])


def buyer_id(document: Mapping[str, Any]) -> str | None:
    """The buyer's legal id as SCHEME:VALUE, or None for a consumer."""
    try:
        scheme, value = seller_id(document["buyer"], "/buyer")
    except Malformed:
        return None
    return f"{scheme}:{value}"


def preview(ledger: Ledger, issuer_id: str, draft: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """The document as issuing it today would make it, with the number left open; writes nothing.

    Raises:
        InvoiceError: every violation.
    """
    with reading(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
    (parsed,) = parse_all(issuer, [draft])
    today = today_of(ledger, issuer)
    document = parsed.finish("DRAFT", parsed.issue_date or today)
    check_fonts(document, encode_json(document), "")
    return document | {"number": None}
