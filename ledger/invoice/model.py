"""The EN 16931 invoice or credit note before it is issued, as JSON.

Member names are readable, BT and BG numbers stand in the docstrings (and so in the JSON Schema). Every
number is a decimal string. A draft has no `number`; issuing gives it one, and every computed amount.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, StringConstraints

from ledger.invoice.line import Adjustment, InvoiceLine, Period, Totals, VatGroup
from ledger.invoice.party import (
    Delivery,
    OpenIdentifier,
    Part,
    Party,
    Payee,
    TaxRepresentative,
)
from ledger.invoice.scalars import (
    Code,
    Date,
    Line,
    Money,
    Name,
    Prose,
    Reference,
    Sha256,
    Token,
)

MAX_LINES = 10_000
"""More lines make documents that official validators take minutes over."""


class Note(Part):
    """BG-1: a note, such as a legal mention."""

    subject_code: Code | None = None
    """BT-21: UNTDID 4451 (PMT recovery indemnity, PMD late penalties, AAB early payment discount, BAR
    treatment)."""
    text: Prose
    """BT-22: the note."""


class Preceding(Part):
    """BG-3: an earlier invoice that this one corrects or refers to."""

    number: Token
    """BT-25: its number."""
    issue_date: Date | None = None
    """BT-26: its issue date."""


class Payment(Part):
    """BG-16 with BG-17, BG-18 or BG-19: one way to pay."""

    means_code: Code
    """BT-81: UNTDID 4461 (30 credit transfer, 58 SEPA transfer, 59 SEPA direct debit, 48 card)."""
    means_text: Name | None = None
    """BT-82: the means in words."""
    reference: Token | None = None
    """BT-83: remittance information; an RF reference is checked."""
    iban: Token | None = None
    """BT-84: account as an IBAN, without spaces."""
    account: Token | None = None
    """BT-84: account that is no IBAN."""
    account_name: Name | None = None
    """BT-85: name of the account."""
    bic: Token | None = None
    """BT-86: BIC of the bank."""
    card_number: Token | None = None
    """BT-87: last digits of the card."""
    card_holder: Name | None = None
    """BT-88: card holder."""
    mandate_reference: Token | None = None
    """BT-89: direct debit mandate."""
    creditor_id: Token | None = None
    """BT-90: creditor identifier."""
    debited_account: Token | None = None
    """BT-91: account that is debited."""


class Attachment(Part):
    """BG-24: a supporting document, by name and hash; its bytes are kept elsewhere."""

    id: Token
    """BT-122: reference of the document."""
    description: Line | None = None
    """BT-123: what it is."""
    url: Token | None = None
    """BT-124: where it is."""
    name: Name | None = None
    """BT-125: file name."""
    media_type: Token | None = None
    """BT-125: media type."""
    sha256: Sha256 | None = None
    """BT-125: SHA-256 of the bytes, lower-case hexadecimal."""


class DueTerms(Part):
    """When payment falls due, counted from the issue date; replaced by `due_date` when the draft is
    issued."""

    days: Annotated[str, StringConstraints(pattern=r"^(?:0|[1-9][0-9]{0,2})$")]
    """Days to add, 0 to 999, a string as every number here."""
    end_of_month: Literal["none", "before", "after"] = "none"
    """Go to the end of the month before the days are added, after, or not at all."""


class Draft(Part):
    """An EN 16931 invoice or credit note that is not issued yet."""

    type_code: Code = "380"
    """BT-3: UNTDID 1001 (380 invoice, 381 credit note, 384 corrected, 386 prepayment, 389 self-billed)."""
    number: None = None
    """BT-1: always null in a draft; given when it is issued."""
    issue_date: Date | None = None
    """BT-2: issue date; the day of issuing in the seller's zone when absent."""
    due_date: Date | None = None
    """BT-9: last day to pay."""
    due_terms: DueTerms | None = None
    """How `due_date` is computed at issue, instead of `due_date`."""
    terms: Line | None = None
    """BT-20: payment terms in words."""
    currency: Code
    """BT-5: ISO 4217 currency."""
    tax_currency: Code | None = None
    """BT-6: currency of VAT accounting, when it is another."""
    tax_total_in_tax_currency: Money | None = None
    """BT-111: total VAT in `tax_currency`."""
    tax_point_date: Date | None = None
    """BT-7: when VAT becomes due."""
    tax_point_code: Code | None = None
    """BT-8: event at which VAT becomes due (UNTDID 2005: 3, 35, 432)."""
    process: Token | None = None
    """BT-23: business process (French invoicing frame: B1, S1, M1...)."""
    buyer_reference: Reference | None = None
    """BT-10: buyer's reference, such as a service code."""
    project_reference: Reference | None = None
    """BT-11: project."""
    contract_reference: Reference | None = None
    """BT-12: contract."""
    order_reference: Reference | None = None
    """BT-13: purchase order."""
    sales_order_reference: Reference | None = None
    """BT-14: seller's order."""
    receiving_advice_reference: Reference | None = None
    """BT-15: receiving advice."""
    despatch_advice_reference: Reference | None = None
    """BT-16: despatch advice."""
    tender_reference: Reference | None = None
    """BT-17: tender or lot."""
    invoiced_object: OpenIdentifier | None = None
    """BT-18: the object invoiced."""
    accounting_reference: Reference | None = None
    """BT-19: buyer's account."""
    notes: Annotated[list[Note], Field(max_length=100)] | None = None
    """BG-1: notes and legal mentions."""
    preceding: Annotated[list[Preceding], Field(max_length=8)] | None = None
    """BG-3: preceding invoices; a seal names at most eight."""
    seller: Party
    """BG-4: seller."""
    buyer: Party
    """BG-7: buyer."""
    payee: Payee | None = None
    """BG-10: payee."""
    tax_representative: TaxRepresentative | None = None
    """BG-11: seller's tax representative."""
    delivery: Delivery | None = None
    """BG-13: delivery."""
    period: Period | None = None
    """BG-14: invoicing period."""
    payment: Annotated[list[Payment], Field(max_length=20)] | None = None
    """BG-16: ways to pay; the first account is the one that the seal names."""
    allowances: Annotated[list[Adjustment], Field(max_length=100)] | None = None
    """BG-20: allowances on the document."""
    charges: Annotated[list[Adjustment], Field(max_length=100)] | None = None
    """BG-21: charges on the document."""
    totals: Totals | None = None
    """BG-22: totals."""
    vat_breakdown: Annotated[list[VatGroup], Field(max_length=100)] | None = None
    """BG-23: VAT breakdown."""
    attachments: Annotated[list[Attachment], Field(max_length=100)] | None = None
    """BG-24: supporting documents."""
    lines: Annotated[list[InvoiceLine], Field(min_length=1, max_length=MAX_LINES)]
    """BG-25: lines."""

    _computed: Any = PrivateAttr(default=None)
    _source: Any = PrivateAttr(default=None)
    """The members as they were read, when dumping the model would give the same: nothing is null, nobody else has
    the object. Sparing the dump is a tenth of an invoice's price."""
