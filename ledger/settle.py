"""Payments: what a customer paid, spread over invoices as logged facts, oldest invoice first.

A payment that exceeds what is owed is not refused and makes no balance negative: the rest stays the customer's credit,
keyed by the buyer's legal id, and can be put on a later invoice (P1, P2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, select

from ledger.accept import State, accept, chain_of, invoice_record, issuer_record, load_state, lock_issuers, state_signed
from ledger.context import Ledger
from ledger.errors import Conflict, Invalid, NotFound
from ledger.ids import new_id, payload_of
from ledger.invoice.codes import amount_above_zero, currency_digits
from ledger.invoices import Invoice, get_invoice, invoice_of, list_invoices
from ledger.issue import signing_key
from ledger.issuers import Issuer, get_issuer
from ledger.store.database import writing
from ledger.store.tables import allocations, entries, invoices, payments
from verifier.errors import Malformed
from verifier.facts import day_number
from verifier.seal import CREDIT_NOTE_TYPES
from verifier.statement import EntryType

_MAX_OPEN = 100_000


@dataclass(frozen=True)
class Allocation:
    """A part of a payment on one invoice; minor units."""

    id: str
    invoice_id: str
    amount: int
    reversed: bool


@dataclass(frozen=True)
class Payment:
    """What a customer paid; minor units."""

    id: str
    issuer_id: str
    buyer_id: str | None
    currency: str
    exponent: int
    amount: int
    day: int
    means: str
    """UNTDID 4461 code."""
    reference: str | None
    reversed: int | None
    reason: str | None
    allocations: tuple[Allocation, ...]

    @property
    def unallocated(self) -> int:
        """The customer's credit that is left of it."""
        if self.reversed is not None:
            return 0
        return self.amount - sum(part.amount for part in self.allocations if not part.reversed)


@dataclass(frozen=True)
class Receipt:
    """What to record: a payment for one invoice, for several in this order, or for whatever a buyer owes."""

    amount: str
    """Decimal string with the currency's digits."""
    currency: str
    date: str
    """YYYY-MM-DD."""
    means: str = "30"
    """UNTDID 4461: 30 credit transfer, 48 card, 10 cash…"""
    reference: str | None = None
    invoice_ids: tuple[str, ...] = ()
    buyer_id: str | None = None
    """SCHEME:VALUE; needed when no invoice is named."""


def record_payment(ledger: Ledger, issuer_id: str, receipt: Receipt) -> Payment:
    """Records a payment and spreads it, in one transaction.

    Raises:
        Invalid: `amount`, `date`, `means`, `payment-target`, `currency`.
        NotFound: `invoice`.
        Conflict: `currency`, `credit-note`, `buyer-differs`, `fold-…`.
    """
    amount, exponent, day = _checked(receipt)
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        lock_issuers(connection, [issuer.map_key])
        targets, buyer = _targets(connection, issuer, receipt)
        payment_id = new_id("pay", ledger.clock(), ledger.entropy)
        row = {
            "id": payment_id,
            "issuer_id": issuer_id,
            "buyer_id": buyer,
            "currency": receipt.currency,
            "exponent": exponent,
            "amount": amount,
            "day": day,
            "means": receipt.means,
            "reference": receipt.reference,
            "created": ledger.now(),
        }
        connection.execute(payments.insert().values(row))
        settling = _Settling(connection, ledger, issuer, targets)
        left = amount
        for target in targets:
            left -= settling.receive(target, payment_id, left, day, receipt.means, receipt.reference)
        return get_payment(connection, issuer_id, payment_id)


def _checked(receipt: Receipt) -> tuple[int, int, int]:
    exponent = currency_digits(receipt.currency)
    if exponent is None:
        raise Invalid("currency", "an ISO 4217 code", where="/currency")
    amount = amount_above_zero(receipt.amount, exponent)
    try:
        day = day_number(receipt.date)
    except Malformed as error:
        raise Invalid("date", error.message, where="/date") from error
    if not (receipt.means.isascii() and receipt.means.isalnum() and len(receipt.means) <= 3):
        raise Invalid("means", "a code of UNTDID 4461", where="/means")
    if receipt.reference is not None and not 0 < len(receipt.reference) <= 140:
        raise Invalid("reference", "1 to 140 characters", where="/reference")
    return amount, exponent, day


def _targets(connection: Connection, issuer: Issuer, receipt: Receipt) -> tuple[list[Invoice], str | None]:
    if receipt.invoice_ids:
        found = [get_invoice(connection, issuer.id, item) for item in dict.fromkeys(receipt.invoice_ids)]
        buyers = {item.buyer_id for item in found}
        if len(buyers) > 1 or (receipt.buyer_id is not None and buyers != {receipt.buyer_id}):
            raise Conflict("buyer-differs", "one payment is one buyer's", where="/invoices")
        for item in found:
            _check_payable(item, receipt.currency)
        return found, buyers.pop()
    if receipt.buyer_id is None:
        raise Invalid("payment-target", "name the invoices or the buyer", where="/invoices")
    owed = list_invoices(connection, issuer.id, buyer=receipt.buyer_id, currency=receipt.currency, limit=_MAX_OPEN)
    if not owed:
        raise NotFound("buyer", "this issuer has no invoice for this buyer", where="/buyer_id")
    payable = [item for item in owed if item.type_code not in CREDIT_NOTE_TYPES]
    return sorted(payable, key=lambda item: (item.issue_day, item.id)), receipt.buyer_id


def _check_payable(invoice: Invoice, currency: str) -> None:
    if invoice.type_code in CREDIT_NOTE_TYPES:
        raise Conflict("credit-note", "a credit note is applied, not paid", where="/invoices")
    if invoice.currency != currency:
        raise Conflict("currency", f"invoice {invoice.number} is in {invoice.currency}", where="/currency")


class _Settling:
    """Statements about some invoices, in one transaction."""

    def __init__(self, connection: Connection, ledger: Ledger, issuer: Issuer, found: Sequence[Invoice]) -> None:
        self.connection = connection
        self.ledger = ledger
        self.issuer = issuer
        self.state: State = load_state(connection, ledger, [issuer.map_key, *(item.map_key for item in found)])
        self.key = signing_key(connection, ledger, issuer_record(self.state, issuer.map_key))

    def receive(
        self, invoice: Invoice, payment_id: str, available: int, day: int, means: str, reference: str | None
    ) -> int:
        """Puts at most what remains of the invoice on it; returns how much."""
        record = invoice_record(self.state, invoice.map_key)
        amount = min(available, record.remaining)
        if amount <= 0:
            return 0
        payment = payload_of(payment_id)
        # Salted by the payment's random id: a bank reference is guessable.
        hashed = None if reference is None else sha256(payment + reference.encode()).digest()
        values = {
            "amount": amount,
            "day": day,
            "means": means,
            "grade": "declared",
            "reference": hashed,
            "payment_id": payment,
        }
        seq = self.say(EntryType.PAYMENT_RECEIVED, invoice.map_key, values)
        self.connection.execute(
            allocations.insert().values(
                id=new_id("alc", self.ledger.clock(), self.ledger.entropy),
                payment_id=payment_id,
                invoice_id=invoice.id,
                amount=amount,
                seq=seq,
            )
        )
        return amount

    def say(self, entry_type: EntryType, key: bytes, values: dict[str, Any]) -> int:
        """One statement about one invoice, folded and stored."""
        objects = [(key, chain_of(invoice_record(self.state, key)))]
        entry = state_signed(self.ledger, entry_type, objects, values, [self.key])
        return accept(self.connection, self.ledger, self.state, entry, [key], self.issuer.map_key)


def allocate(ledger: Ledger, issuer_id: str, payment_id: str, invoice_id: str, amount: str | None = None) -> Payment:
    """Puts what is left of a payment (or `amount` of it) on an invoice of the same buyer.

    Raises:
        Conflict: `no-credit`, `credit-exceeds`, `buyer-differs`, `currency`, `credit-note`, `reversed`.
    """
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        lock_issuers(connection, [issuer.map_key])
        payment = get_payment(connection, issuer_id, payment_id)
        invoice = get_invoice(connection, issuer_id, invoice_id)
        if payment.reversed is not None:
            raise Conflict("reversed", "the payment was reversed")
        if payment.buyer_id != invoice.buyer_id or payment.buyer_id is None:
            raise Conflict("buyer-differs", "a credit is used on the same buyer's invoices")
        _check_payable(invoice, payment.currency)
        wanted = payment.unallocated if amount is None else amount_above_zero(amount, payment.exponent)
        if wanted > payment.unallocated or not wanted:
            raise Conflict("no-credit", "the payment has less than that left", where="/amount")
        settling = _Settling(connection, ledger, issuer, [invoice])
        used = settling.receive(invoice, payment_id, wanted, payment.day, payment.means, payment.reference)
        if amount is not None and used < wanted:
            raise Conflict("credit-exceeds", "more than what remains of the invoice", where="/amount")
        if not used:
            raise Conflict("settled", "nothing remains of this invoice", where="/invoice")
        return get_payment(connection, issuer_id, payment_id)


def apply_customer_credit(ledger: Ledger, issuer_id: str, invoice_id: str, amount: str | None = None) -> list[Payment]:
    """Uses the buyer's credit on an invoice, oldest payment first.

    Raises:
        Conflict: `no-credit`, the buyer has none, or less than `amount`; as `allocate`.
    """
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        lock_issuers(connection, [issuer.map_key])
        invoice = get_invoice(connection, issuer_id, invoice_id)
        _check_payable(invoice, invoice.currency)
        sources = _credits(connection, invoice)
        total = sum(item.unallocated for item in sources)
        wanted = total if amount is None else amount_above_zero(amount, invoice.exponent)
        if not total or wanted > total:
            raise Conflict("no-credit", "the buyer has less credit than that", where="/amount")
        settling = _Settling(connection, ledger, issuer, [invoice])
        left = wanted
        for item in sources:
            part = min(left, item.unallocated)
            left -= settling.receive(invoice, item.id, part, item.day, item.means, item.reference)
        if amount is not None and left:
            raise Conflict("credit-exceeds", "more than what remains of the invoice", where="/amount")
        return [get_payment(connection, issuer_id, item.id) for item in sources]


def _credits(connection: Connection, invoice: Invoice) -> list[Payment]:
    if invoice.buyer_id is None:
        return []
    query = select(payments.c.id).where(
        payments.c.issuer_id == invoice.issuer_id,
        payments.c.buyer_id == invoice.buyer_id,
        payments.c.currency == invoice.currency,
        payments.c.reversed.is_(None),
    )
    found = [
        get_payment(connection, invoice.issuer_id, item)
        for item in connection.execute(query.order_by(payments.c.id)).scalars()
    ]
    return [item for item in found if item.unallocated > 0]


def customer_credit(connection: Connection, issuer_id: str, buyer_id: str, currency: str) -> int:
    """What a buyer has paid and not used, minor units."""
    paid = select(func.coalesce(func.sum(payments.c.amount), 0)).where(
        payments.c.issuer_id == issuer_id,
        payments.c.buyer_id == buyer_id,
        payments.c.currency == currency,
        payments.c.reversed.is_(None),
    )
    used = (
        select(func.coalesce(func.sum(allocations.c.amount), 0))
        .join(payments, payments.c.id == allocations.c.payment_id)
        .where(
            payments.c.issuer_id == issuer_id,
            payments.c.buyer_id == buyer_id,
            payments.c.currency == currency,
            payments.c.reversed.is_(None),
            allocations.c.reversal_seq.is_(None),
        )
    )
    return int(connection.execute(paid).scalar_one()) - int(connection.execute(used).scalar_one())


def reverse_payment(ledger: Ledger, issuer_id: str, payment_id: str, reason: str) -> Payment:
    """Takes a payment back (bounced, recorded by mistake): each of its parts gets a logged reversal (L7).

    Raises:
        Conflict: `reversed`, it was taken back already.
        Invalid: `reason`.
    """
    if not 0 < len(reason.encode()) <= 64:
        raise Invalid("reason", "1 to 64 bytes", where="/reason")
    with writing(ledger.engine) as connection:
        issuer = get_issuer(connection, issuer_id)
        lock_issuers(connection, [issuer.map_key])
        payment = get_payment(connection, issuer_id, payment_id)
        if payment.reversed is not None:
            raise Conflict("reversed", "the payment was reversed already")
        query = (
            select(allocations.c.id.label("allocation_id"), entries.c.leaf_hash, invoices)
            .join(entries, entries.c.seq == allocations.c.seq)
            .join(invoices, invoices.c.id == allocations.c.invoice_id)
            .where(allocations.c.payment_id == payment_id, allocations.c.reversal_seq.is_(None))
            .order_by(allocations.c.id)
        )
        rows = connection.execute(query).all()
        settling = _Settling(connection, ledger, issuer, [invoice_of(row) for row in rows])
        for row in rows:
            values = {"payment": row.leaf_hash, "reason": reason}
            seq = settling.say(EntryType.PAYMENT_REVERSED, row.map_key, values)
            connection.execute(
                allocations.update().where(allocations.c.id == row.allocation_id).values(reversal_seq=seq)
            )
        connection.execute(
            payments.update().where(payments.c.id == payment_id).values(reversed=ledger.now(), reason=reason)
        )
        return get_payment(connection, issuer_id, payment_id)


def get_payment(connection: Connection, issuer_id: str, payment_id: str) -> Payment:
    """One payment of this issuer; raises NotFound `payment`."""
    query = select(payments).where(payments.c.id == payment_id, payments.c.issuer_id == issuer_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("payment", "no such payment")
    parts = connection.execute(
        select(allocations).where(allocations.c.payment_id == payment_id).order_by(allocations.c.id)
    )
    return Payment(
        row.id, row.issuer_id, row.buyer_id, row.currency, row.exponent, row.amount, row.day, row.means,
        row.reference, row.reversed, row.reason,
        tuple(Allocation(p.id, p.invoice_id, p.amount, p.reversal_seq is not None) for p in parts),
    )  # fmt: skip


def list_payments(connection: Connection, issuer_id: str, *, after: str | None, limit: int) -> list[Payment]:
    """An issuer's payments in order of recording, after an id."""
    query = select(payments.c.id).where(payments.c.issuer_id == issuer_id).order_by(payments.c.id).limit(limit)
    if after is not None:
        query = query.where(payments.c.id > after)
    return [get_payment(connection, issuer_id, item) for item in connection.execute(query).scalars()]
