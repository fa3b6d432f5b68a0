"""Credit notes: the only way to correct or cancel an issued invoice."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.answers import ApplicationShown, CreditNoteShown
from api.auth import Writer
from api.body import read_body
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import NewCreditNote, UseOfCreditNote
from api.show import application_shown, invoice_shown
from ledger.credit import apply_credit_note, credit_invoice
from ledger.invoices import get_invoice
from ledger.store.database import reading

router = APIRouter(tags=["credit_notes"])


@router.post(
    "/invoices/{invoice_id}/credit_notes",
    status_code=201,
    responses={201: {"model": CreditNoteShown}},
    openapi_extra=takes(NewCreditNote, keyed=True),
)
def credit(invoice_id: str, caller: Writer, raw: Raw, once: Idempotent) -> Response:
    """Issues a credit note for an invoice, whole or some of its lines, and applies it to the invoice."""
    body = read_body(raw, NewCreditNote)
    ledger = caller.ledger

    def work() -> Answer:
        issued, applied = credit_invoice(ledger, caller.issuer_id, invoice_id, body.series, body.lines)
        with reading(ledger.engine) as connection:
            note = get_invoice(connection, caller.issuer_id, issued.id)
            shown = CreditNoteShown(
                credit_note=invoice_shown(connection, ledger, note),
                application=None if applied is None else application_shown(applied, note.exponent),
            )
        return Answer(201, shown.model_dump(), {"Location": f"/v1/invoices/{issued.id}"})

    return once.run(caller, work, required=True)


@router.post(
    "/credit_notes/{credit_note_id}/apply",
    responses={200: {"model": ApplicationShown}},
    openapi_extra=takes(UseOfCreditNote, keyed=True),
)
def apply(credit_note_id: str, caller: Writer, raw: Raw, once: Idempotent) -> Response:
    """Applies what is left of a credit note to another invoice of the same buyer."""
    body = read_body(raw, UseOfCreditNote)

    def work() -> Answer:
        made = apply_credit_note(caller.ledger, caller.issuer_id, credit_note_id, body.invoice_id, body.amount)
        with reading(caller.ledger.engine) as connection:
            exponent = get_invoice(connection, caller.issuer_id, credit_note_id).exponent
        return Answer(200, application_shown(made, exponent).model_dump())

    return once.run(caller, work, required=True)
