"""Invoices: issued, read, proven. Nothing changes or deletes one: there is no PUT, PATCH or DELETE here."""

from __future__ import annotations

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.answers import BatchShown, EventPage, InvoicePage, InvoiceShown, IssuedShown
from api.auth import Caller, Reader, Writer
from api.body import prefixed, read_body
from api.cursors import Cursor, Limit, decode_cursor, page
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import NewInvoice, NewInvoices
from api.show import event_shown, invoice_shown, summaries
from ledger.invoice import InvoiceError
from ledger.invoices import events_of, get_invoice, list_invoices, seal_url
from ledger.issue import Item, issue
from ledger.prove import prove_invoice
from ledger.renditions import pdf_of
from ledger.store.database import reading

router = APIRouter(tags=["invoices"])

BUNDLE = "application/vnd.sceau.bundle+json"
MAX_LOOKED_AT = 2_000
"""Invoices that one page with a status filter looks at: a status is derived, so no index finds it."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@router.post(
    "/invoices", status_code=201, responses={201: {"model": InvoiceShown}}, openapi_extra=takes(NewInvoice, keyed=True)
)
def issue_one(caller: Writer, raw: Raw, once: Idempotent) -> Response:
    """Issues a draft at once."""
    body = read_body(raw, NewInvoice)

    def work() -> Answer:
        try:
            (made,) = issue(caller.ledger, caller.issuer_id, [Item(body.draft, body.series)])
        except InvoiceError as error:
            raise prefixed(error, "/draft") from None
        return issued_answer(caller, made.id)

    return once.run(caller, work, required=True)


@router.post(
    "/invoices/batch",
    status_code=201,
    responses={201: {"model": BatchShown}},
    openapi_extra=takes(NewInvoices, keyed=True),
)
def issue_many(caller: Writer, raw: Raw, once: Idempotent) -> Response:
    """Issues drafts in this order, all of them or none."""
    body = read_body(raw, NewInvoices)
    items = [Item(item.draft, item.series) for item in body.invoices]

    def work() -> Answer:
        try:
            made = issue(caller.ledger, caller.issuer_id, items)
        except InvoiceError as error:
            raise _in_batch(error, len(items)) from None
        shown = [
            IssuedShown(
                id=item.id,
                number=item.number,
                seal_digest=item.seal_digest.hex(),
                seal_url=seal_url(caller.ledger, item.seal),
            )
            for item in made
        ]
        return Answer(201, BatchShown(invoices=shown).model_dump())

    return once.run(caller, work, required=True)


def _in_batch(error: InvoiceError, count: int) -> InvoiceError:
    """Pointers `/N/…` of the use case as pointers into the request."""
    if count == 1:
        return prefixed(error, "/invoices/0/draft")
    found = prefixed(error, "/invoices")
    return InvoiceError(
        [
            type(item)(item.rule, re.sub(r"^/invoices/(\d+)", r"/invoices/\1/draft", item.pointer), item.params)
            for item in found.violations
        ]
    )


def issued_answer(caller: Caller, invoice_id: str) -> Answer:
    """The answer to an act that issued an invoice."""
    ledger = caller.ledger
    with reading(ledger.engine) as connection:
        shown = invoice_shown(connection, ledger, get_invoice(connection, caller.issuer_id, invoice_id))
    return Answer(201, shown.model_dump(), {"Location": f"/v1/invoices/{invoice_id}"})


@router.get("/invoices", responses={200: {"model": InvoicePage}})
def list_all(
    request: Request,
    caller: Reader,
    number: Annotated[str | None, Query(max_length=64)] = None,
    buyer: Annotated[str | None, Query(max_length=64, description="Legal id, SCHEME:VALUE.")] = None,
    status: Annotated[str | None, Query(max_length=32, description="Label of the standing.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The issuer's invoices in order of issue. With `status` a page may be short: go on while there is a cursor."""
    after = decode_cursor(cursor, "inv")
    data: list[dict[str, Any]] = []
    seen = 0
    with reading(caller.ledger.engine) as connection:
        while True:
            found = list_invoices(
                connection, caller.issuer_id, after=after, limit=limit + 1, number=number, buyer=buyer
            )
            for shown in summaries(connection, caller.ledger, found[:limit]):
                if status is None or shown.standing.label == status:
                    data.append(shown.model_dump())
                after = shown.id
                if len(data) == limit:
                    break
            seen += limit
            ended = len(found) <= limit and (not found or after == found[-1].id)
            if ended or len(data) == limit or seen >= MAX_LOOKED_AT:
                break
    return page(request, data, None if ended else after)


@router.get("/invoices/{invoice_id}", responses={200: {"model": InvoiceShown}})
def read_invoice(invoice_id: str, caller: Reader) -> Response:
    """One invoice: its document, its seal and how it stands now."""
    with reading(caller.ledger.engine) as connection:
        invoice = get_invoice(connection, caller.issuer_id, invoice_id)
        shown = invoice_shown(connection, caller.ledger, invoice)
    return Response(orjson.dumps(shown.model_dump()), media_type="application/json")


@router.get("/invoices/{invoice_id}/events", responses={200: {"model": EventPage}})
def read_events(request: Request, invoice_id: str, caller: Reader) -> Response:
    """Every entry about an invoice, oldest first: its seal, payments, reversals, credits, renditions."""
    with reading(caller.ledger.engine) as connection:
        invoice = get_invoice(connection, caller.issuer_id, invoice_id)
        found = events_of(connection, invoice.map_key)
        data = [event_shown(connection, item, invoice.exponent).model_dump() for item in found]
    return page(request, data, None)


@router.get(
    "/invoices/{invoice_id}/pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The PDF"}},
)
def read_pdf(
    invoice_id: str,
    caller: Reader,
    language: Annotated[str, Query(max_length=8, description="fr or en")] = "fr",
) -> Response:
    """The printed invoice with its seal as a QR code: rendered and logged once, the same bytes ever after."""
    rendition = pdf_of(caller.ledger, caller.issuer_id, invoice_id, language)
    headers = _download(_number(caller, invoice_id), "pdf", "inline")
    return Response(rendition.content, 200, headers, media_type="application/pdf")


@router.get(
    "/invoices/{invoice_id}/bundle",
    response_class=Response,
    responses={200: {"content": {BUNDLE: {}}, "description": "The bundle"}},
)
def read_bundle(invoice_id: str, caller: Reader) -> Response:
    """The proof file, as of the last final checkpoint, with every member of the document opened."""
    with reading(caller.ledger.engine) as connection:
        invoice = get_invoice(connection, caller.issuer_id, invoice_id)
    content = prove_invoice(caller.ledger, invoice).encode()
    return Response(content, 200, _download(invoice.number, "sceau", "attachment"), media_type=BUNDLE)


def _number(caller: Caller, invoice_id: str) -> str:
    with reading(caller.ledger.engine) as connection:
        return get_invoice(connection, caller.issuer_id, invoice_id).number


def _download(number: str, suffix: str, disposition: str) -> dict[str, str]:
    # A number may hold a slash: what remains is a file's name on every system.
    name = _UNSAFE.sub("_", number).lstrip(".") or "invoice"
    return {"Content-Disposition": f'{disposition}; filename="{name}.{suffix}"'}
