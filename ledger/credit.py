"""Credit notes: documents of their own (381), made from an invoice and applied to it by a statement (type 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.accept import accept, chain_of, invoice_record, issuer_record, load_state, lock_issuers, state_signed
from ledger.context import Ledger
from ledger.errors import Conflict, Invalid
from ledger.invoice.codes import amount_above_zero
from ledger.invoices import Invoice, get_invoice
from ledger.issue import Issued, Item, issue, signing_key
from ledger.issuers import get_issuer
from ledger.store.database import reading, writing
from verifier.seal import CREDIT_NOTE_TYPES
from verifier.statement import EntryType

_KEPT = (
    "currency", "tax_currency", "buyer_reference", "project_reference", "contract_reference", "order_reference",
    "buyer", "tax_representative", "delivery", "period", "allowances", "charges",
)  # fmt: skip
"""Members of an invoice that its credit note repeats."""

_CREDITED_BY = {"380": "381", "389": "261"}


@dataclass(frozen=True)
class Application:
    """How much of a credit note went to which invoice, minor units."""

    credit_note_id: str
    invoice_id: str
    amount: int


def credit_draft(invoice: Invoice, lines: Sequence[str] | None = None) -> dict[str, Any]:
    """A draft that credits an invoice, whole or some of its lines (by id).

    Raises:
        Invalid: `lines`, an id that the invoice lacks.
        Conflict: `credit-note`, the document is a credit note itself.
    """
    document = invoice.document
    if invoice.type_code in CREDIT_NOTE_TYPES:
        raise Conflict("credit-note", "a credit note is corrected by a new invoice")
    chosen = document["lines"]
    if lines is not None:
        known = {line["id"]: line for line in document["lines"]}
        unknown = [item for item in lines if item not in known]
        if unknown or not lines:
            raise Invalid("lines", f"no line {', '.join(unknown)}" if unknown else "no line named", where="/lines")
        chosen = [known[item] for item in dict.fromkeys(lines)]
    kept = {name: document[name] for name in _KEPT if name in document}
    if lines is not None:
        kept.pop("allowances", None)
        kept.pop("charges", None)
    stripped = [{name: value for name, value in line.items() if name != "net_amount"} for line in chosen]
    return kept | {
        "type_code": _CREDITED_BY.get(document["type_code"], "381"),
        "preceding": [{"number": invoice.number, "issue_date": document["issue_date"]}],
        # BR-CO-25 asks for a due date or terms, of credit notes too.
        "terms": f"Avoir sur la facture {invoice.number} / Credit for invoice {invoice.number}",
        "notes": document.get("notes") or None,
        "process": document.get("process"),
        "lines": stripped,
    }


def credit_invoice(
    ledger: Ledger, issuer_id: str, invoice_id: str, series: str, lines: Sequence[str] | None = None
) -> tuple[Issued, Application | None]:
    """Issues a credit note for an invoice and applies as much of it as is owed.

    Raises:
        As `credit_draft`, `issue` and `apply_credit_note`.
    """
    with reading(ledger.engine) as connection:
        invoice = get_invoice(connection, issuer_id, invoice_id)
    draft = {name: value for name, value in credit_draft(invoice, lines).items() if value is not None}
    _check_room(ledger, issuer_id, invoice)
    (issued,) = issue(ledger, issuer_id, [Item(draft, series)])
    # A stop between the two leaves a credit note that is issued and not applied: it is applied by the same call.
    return issued, apply_credit_note(ledger, issuer_id, issued.id, invoice_id)


def _check_room(ledger: Ledger, issuer_id: str, invoice: Invoice) -> None:
    with reading(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        record = invoice_record(load_state(connection, ledger, [issuer.map_key, invoice.map_key]), invoice.map_key)
    if record.credited >= record.due:
        raise Conflict("credited", "the invoice is credited already", where="/invoice")


def apply_credit_note(
    ledger: Ledger, issuer_id: str, credit_note_id: str, invoice_id: str, amount: str | None = None
) -> Application:
    """Applies a credit note to an invoice of the same currency: `amount`, or as much as both allow.

    Raises:
        Conflict: `fold-credit-left`, `fold-credit-exceeds` and the fold's other refusals; `credited`, `buyer-differs`.
        Invalid: `amount`.
    """
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        lock_issuers(connection, [issuer.map_key])
        note = get_invoice(connection, issuer_id, credit_note_id)
        invoice = get_invoice(connection, issuer_id, invoice_id)
        if note.buyer_id != invoice.buyer_id:
            raise Conflict("buyer-differs", "credit note and invoice are for different buyers")
        state = load_state(connection, ledger, [issuer.map_key, note.map_key, invoice.map_key])
        left, record = invoice_record(state, note.map_key), invoice_record(state, invoice.map_key)
        if amount is None:
            wanted = min(left.remaining, record.due - record.credited)
            if wanted <= 0:
                raise Conflict("credited", "nothing is left to credit", where="/amount")
        else:
            wanted = amount_above_zero(amount, note.exponent)
        objects = [(note.map_key, chain_of(left)), (invoice.map_key, chain_of(record))]
        key = signing_key(connection, ledger, issuer_record(state, issuer.map_key))
        entry = state_signed(ledger, EntryType.CREDIT_APPLIED, objects, {"amount": wanted}, [key])
        accept(connection, ledger, state, entry, [note.map_key, invoice.map_key], issuer.map_key)
        return Application(credit_note_id, invoice_id, wanted)
