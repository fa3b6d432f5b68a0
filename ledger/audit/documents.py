"""Invoices: each body hashed again with its secret to the root that its seal bears, every column against its facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.audit.context import Audit
from ledger.audit.people import check_id
from ledger.audit.rows import count, place, read
from ledger.invoice import violations_of
from ledger.invoice.codes import currency_digits
from ledger.issue import buyer_id
from ledger.store.tables import invoices
from verifier.canonical import decode_json
from verifier.document import SECRET_SIZE, freeze
from verifier.errors import SceauError
from verifier.facts import Facts, facts_of
from verifier.records import InvoiceRecord, IssuerRecord, invoice_key
from verifier.seal import Seal, decode_seal_payload

STAGE = "invoices"
_BODY = 8 * 2**20
"""Bytes: more than any document that a seal was ever made for."""


@dataclass(frozen=True)
class Issued:
    """An invoice as its seal names it: what numbering and settlement compare with."""

    id: str
    issuer_id: str
    series_id: str
    map_key: bytes
    seq: int
    number: str
    issue_day: int
    currency: tuple[str, int]
    buyer_id: str | None


def check_invoices(audit: Audit, issuer_keys: dict[str, bytes]) -> list[Issued]:
    """Checks every invoice row.

    Args:
        audit: the run.
        issuer_keys: map key of each issuer by its id.
    """
    total = count(audit.connection, audit.findings, invoices)
    issued: list[Issued] = []
    missing = set(audit.shown.seals)
    done = 0
    for row in read(audit.connection, audit.findings, invoices):
        missing.discard(row.map_key)
        with audit.findings.guard("invoice-unreadable", place(invoices, row)):
            found = _invoice(audit, row, issuer_keys)
            if found is not None:
                issued.append(found)
        done += 1
        audit.step(STAGE, done, total)
    for key in missing:
        record = audit.shown.state.get(key)
        if not (isinstance(record, InvoiceRecord) and record.erased):
            where = f"invoices/map_key={key.hex()}"
            message = f"the seal in entry {audit.shown.seals[key].seq} has no invoice"
            audit.findings.add("row-missing", where, message)
    audit.counts["invoices"] = done
    return issued


def _invoice(audit: Audit, row: Any, issuer_keys: dict[str, bytes]) -> Issued | None:
    where, findings = place(invoices, row), audit.findings
    check_id(findings, row.id, "inv", row.created, where)
    sealed = audit.shown.seals.get(row.map_key)
    if sealed is None:
        if row.map_key not in audit.shown.damaged:
            findings.add("invoice-unsealed", f"{where}/map_key", "no entry seals this invoice")
        return None
    seal = decode_seal_payload(sealed.payload)
    record = audit.shown.state.get(row.map_key)
    if isinstance(record, InvoiceRecord):
        findings.equal(row.seal_digest, record.seal_digest, f"{where}/seal_digest", "the record")
        findings.equal(issuer_keys.get(row.issuer_id), record.issuer, f"{where}/issuer_id", "the record")
        _place(audit, row, seal, record, where)
        if record.erased:
            return None  # body and secret are destroyed, which is what erasure is
    document = _document(audit, row, seal, where)
    _columns(audit, row, seal, document, where)
    return Issued(
        row.id, row.issuer_id, row.series_id, row.map_key, sealed.seq, seal.number,
        seal.issue_day, seal.currency, row.buyer_id,
    )  # fmt: skip


def _place(audit: Audit, row: Any, seal: Seal, record: InvoiceRecord, where: str) -> None:
    issuer = audit.shown.state.get(record.issuer)
    if isinstance(issuer, IssuerRecord):
        key = invoice_key(issuer.pepper, record.issuer, seal.number)
        audit.findings.equal(row.map_key, key, f"{where}/map_key", "the seal's number")


def _document(audit: Audit, row: Any, seal: Seal, where: str) -> dict[str, Any] | None:
    """The document when body and secret hash to the root of the seal."""
    findings = audit.findings
    findings.check(len(row.secret) == SECRET_SIZE, "secret-size", f"{where}/secret", "a secret has 32 bytes")
    try:
        document = decode_json(row.body, limit=_BODY)
    except SceauError as error:
        findings.add("body-unreadable", f"{where}/body", f"the document is not in its one form: {error}")
        return None
    if not isinstance(document, dict):
        findings.add("body-unreadable", f"{where}/body", "the document is no object")
        return None
    body, root = freeze(document, row.secret)
    if body != row.body or root != seal.document_root:
        message = "body and secret do not hash to the document root of the seal: one of them was changed"
        findings.add("document-root", f"{where}/body", message)
        return document
    _amounts(audit, document, where)
    return document


def _amounts(audit: Audit, document: dict[str, Any], where: str) -> None:
    """Every amount computed again, every rule asked again."""
    for item in violations_of(document):
        audit.findings.add("totals" if item.rule == "SC-FORM" else "rule", f"{where}/body{item.pointer}", item.en)


def _columns(audit: Audit, row: Any, seal: Seal, document: dict[str, Any] | None, where: str) -> None:
    facts = seal.currency
    expected: dict[str, Any] = {
        "number": seal.number,
        "number_upper": seal.number.upper(),
        "type_code": seal.type_code,
        "issue_day": seal.issue_day,
        "due_day": seal.due_day,
        "currency": facts[0],
        "exponent": facts[1],
        "total": seal.total,
        "due": seal.due,
    }
    for name, value in expected.items():
        audit.findings.equal(getattr(row, name), value, f"{where}/{name}", "the seal")
    digits = currency_digits(facts[0])
    audit.findings.check(digits == facts[1], "currency-digits", f"{where}/exponent", "the currency has other digits")
    if document is None:
        return
    audit.findings.equal(row.buyer_id, buyer_id(document), f"{where}/buyer_id", "the document")
    audit.findings.equal(row.buyer_name, document["buyer"]["name"], f"{where}/buyer_name", "the document")
    _facts(audit, facts_of(document, facts[1]), seal, where)


def _facts(audit: Audit, facts: Facts, seal: Seal, where: str) -> None:
    for name in facts.__slots__:
        sealed: Any = getattr(seal, name)
        if name == "corrects":
            sealed = tuple(number for _, number in seal.corrects)
        audit.findings.equal(getattr(facts, name), sealed, f"{where}/body#{name}", "the seal")
