"""Payments: recorded, spread over invoices, taken back; and the credit that is left of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from api.answers import BalanceShown, BalancesShown, PaymentPage, PaymentShown, PaymentsShown
from api.auth import Cashier, Reader
from api.body import read_body
from api.cursors import Cursor, Limit, decode_cursor, page
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import NewAllocation, NewPayment, Reversal, UseOfCredit
from api.show import payment_shown
from ledger.errors import NotFound
from ledger.invoices import Invoice, list_invoices, standings_of
from ledger.settle import (
    Receipt,
    allocate,
    apply_customer_credit,
    customer_credit,
    get_payment,
    list_payments,
    record_payment,
    reverse_payment,
)
from ledger.store.database import reading
from verifier.canonical import format_amount
from verifier.seal import CREDIT_NOTE_TYPES

router = APIRouter(tags=["payments"])

_MAX_OPEN = 10_000
"""Invoices of one buyer that a balance looks at."""


@router.post(
    "/payments", status_code=201, responses={201: {"model": PaymentShown}}, openapi_extra=takes(NewPayment, keyed=True)
)
def make_payment(caller: Cashier, raw: Raw, once: Idempotent) -> Response:
    """Records a payment and spreads it; what is too much stays the buyer's credit."""
    body = read_body(raw, NewPayment)
    receipt = Receipt(
        amount=body.amount,
        currency=body.currency,
        date=body.date,
        means=body.means,
        reference=body.reference,
        invoice_ids=tuple(body.invoice_ids),
        buyer_id=body.buyer_id,
    )

    def work() -> Answer:
        made = payment_shown(record_payment(caller.ledger, caller.issuer_id, receipt))
        return Answer(201, made.model_dump(), {"Location": f"/v1/payments/{made.id}"})

    return once.run(caller, work, required=True)


@router.get("/payments", responses={200: {"model": PaymentPage}})
def list_all(request: Request, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The issuer's payments in order of recording."""
    after = decode_cursor(cursor, "pay")
    with reading(caller.ledger.engine) as connection:
        found = list_payments(connection, caller.issuer_id, after=after, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return page(request, [payment_shown(item).model_dump() for item in found[:limit]], more)


@router.get("/payments/{payment_id}", responses={200: {"model": PaymentShown}})
def read_payment(payment_id: str, caller: Reader) -> Response:
    """One payment with its parts."""
    with reading(caller.ledger.engine) as connection:
        found = payment_shown(get_payment(connection, caller.issuer_id, payment_id))
    return Response(orjson.dumps(found.model_dump()), media_type="application/json")


@router.post(
    "/payments/{payment_id}/reverse",
    responses={200: {"model": PaymentShown}},
    openapi_extra=takes(Reversal, keyed=True),
)
def reverse(payment_id: str, caller: Cashier, raw: Raw, once: Idempotent) -> Response:
    """Takes a payment back (bounced, recorded by mistake): reversals are logged, nothing is deleted."""
    body = read_body(raw, Reversal)

    def work() -> Answer:
        made = reverse_payment(caller.ledger, caller.issuer_id, payment_id, body.reason)
        return Answer(200, payment_shown(made).model_dump())

    return once.run(caller, work, required=True)


@router.post(
    "/payments/{payment_id}/allocate",
    responses={200: {"model": PaymentShown}},
    openapi_extra=takes(NewAllocation, keyed=True),
)
def put_on_invoice(payment_id: str, caller: Cashier, raw: Raw, once: Idempotent) -> Response:
    """Puts what is left of a payment on an invoice of the same buyer."""
    body = read_body(raw, NewAllocation)

    def work() -> Answer:
        made = allocate(caller.ledger, caller.issuer_id, payment_id, body.invoice_id, body.amount)
        return Answer(200, payment_shown(made).model_dump())

    return once.run(caller, work, required=True)


@router.post(
    "/invoices/{invoice_id}/apply_credit",
    responses={200: {"model": PaymentsShown}},
    openapi_extra=takes(UseOfCredit, keyed=True),
)
def apply_credit(invoice_id: str, caller: Cashier, raw: Raw, once: Idempotent) -> Response:
    """Uses the buyer's credit on an invoice, oldest payment first."""
    body = read_body(raw, UseOfCredit)

    def work() -> Answer:
        used = apply_customer_credit(caller.ledger, caller.issuer_id, invoice_id, body.amount)
        return Answer(200, PaymentsShown(payments=[payment_shown(item) for item in used]).model_dump())

    return once.run(caller, work, required=True)


@router.get("/customers/{buyer_id}/balance", responses={200: {"model": BalancesShown}})
def read_balance(
    buyer_id: Annotated[str, Path(max_length=64, description="Legal id, SCHEME:VALUE.")], caller: Reader
) -> Response:
    """What a buyer owes this issuer and has too much, one balance a currency."""
    with reading(caller.ledger.engine) as connection:
        found = list_invoices(connection, caller.issuer_id, buyer=buyer_id, limit=_MAX_OPEN)
        if not found:
            raise NotFound("buyer", "this issuer has no invoice for this buyer")
        standings = standings_of(connection, caller.ledger, found)
        remaining = {item.id: standings[item.id].remaining for item in found}
        balances = []
        for currency in sorted({item.currency for item in found}):
            items = [item for item in found if item.currency == currency]
            credit = customer_credit(connection, caller.issuer_id, buyer_id, currency)
            balances.append(_balance(items, remaining, credit))
    return Response(
        orjson.dumps(BalancesShown(buyer_id=buyer_id, balances=balances).model_dump()),
        media_type="application/json",
    )


def _balance(items: list[Invoice], remaining: dict[str, int], credit: int) -> BalanceShown:
    digits = items[0].exponent

    def total(chosen: Iterable[Invoice]) -> str:
        return format_amount(sum(remaining[item.id] for item in chosen), digits)

    return BalanceShown(
        currency=items[0].currency,
        open=total(item for item in items if item.type_code not in CREDIT_NOTE_TYPES),
        credit=format_amount(credit, digits),
        credit_notes=total(item for item in items if item.type_code in CREDIT_NOTE_TYPES),
    )
