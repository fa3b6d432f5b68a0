"""What: invoice lines, VAT, allowances and charges."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ledger.invoice.party import OpenIdentifier, Part
from ledger.invoice.scalars import (
    Code,
    Date,
    Decimal,
    Line,
    Money,
    Name,
    Percent,
    Prose,
    Reference,
    Token,
    Unit,
)


class Vat(Part):
    """BG-30, or the VAT of a document allowance or charge: category and rate."""

    category: Code
    """BT-151, BT-95, BT-102: S standard, Z zero, E exempt, AE reverse charge, K intra-EU, G export, O
    outside, L, M."""
    rate: Percent | None = None
    """BT-152, BT-96, BT-103: rate in per cent; absent exactly for category O."""
    exemption_reason: Line | None = None
    """BT-120: why no VAT is charged; copied to the VAT breakdown."""
    exemption_code: Code | None = None
    """BT-121: VATEX code of the reason; copied to the VAT breakdown."""


class Period(Part):
    """BG-14 or BG-26: the time that is invoiced."""

    start: Date | None = None
    """BT-73, BT-134: first day."""
    end: Date | None = None
    """BT-74, BT-135: last day."""


class LineAdjustment(Part):
    """BG-27 or BG-28: an allowance or charge on one line."""

    amount: Money | None = None
    """BT-136, BT-141: amount without VAT; computed when only a percentage is given."""
    base: Money | None = None
    """BT-137, BT-142: what the percentage is taken of; quantity times price when absent."""
    percent: Percent | None = None
    """BT-138, BT-143: percentage."""
    reason: Line | None = None
    """BT-139, BT-144: reason in words."""
    reason_code: Code | None = None
    """BT-140, BT-145: UNTDID 5189 (allowance) or 7161 (charge)."""


class Adjustment(LineAdjustment):
    """BG-20 or BG-21: an allowance or charge on the document (BT-92 to BT-98, BT-99 to BT-105)."""

    vat: Vat | None = None
    """BT-95/96, BT-102/103: the VAT it belongs to; absent, it is split over the VAT groups of the lines."""


class Attribute(Part):
    """BG-32: a property of the item."""

    name: Name
    """BT-160: its name."""
    value: Name
    """BT-161: its value."""


class InvoiceLine(Part):
    """BG-25: an invoice line."""

    id: Token | None = None
    """BT-126: line number; its place in the list when absent."""
    note: Prose | None = None
    """BT-127: note on the line."""
    invoiced_object: OpenIdentifier | None = None
    """BT-128: the object invoiced, such as a meter."""
    quantity: Decimal
    """BT-129: quantity in `unit`; negative for a return, zero is legal."""
    unit: Unit | None = None
    """BT-130: UN/ECE unit code or an everyday name of it; C62 (piece) when absent."""
    net_amount: Money | None = None
    """BT-131: line amount without VAT; computed, refused when it differs."""
    order_line: Token | None = None
    """BT-132: line of the purchase order."""
    accounting_reference: Reference | None = None
    """BT-133: buyer's account."""
    period: Period | None = None
    """BG-26: period of this line."""
    allowances: Annotated[list[LineAdjustment], Field(max_length=50)] | None = None
    """BG-27: allowances on this line."""
    charges: Annotated[list[LineAdjustment], Field(max_length=50)] | None = None
    """BG-28: charges on this line."""
    net_price: Decimal
    """BT-146: price of `price_base_quantity` units, without VAT; never negative."""
    price_discount: Decimal | None = None
    """BT-147: discount that the net price already contains."""
    gross_price: Decimal | None = None
    """BT-148: price before that discount."""
    price_base_quantity: Decimal | None = None
    """BT-149: number of units that the price is for; 1 when absent."""
    currency: Code | None = None
    """Must be the invoice's: said only to catch a price of another currency."""
    vat: Vat
    """BG-30: VAT of this line."""
    name: Name
    """BT-153: item name."""
    description: Prose | None = None
    """BT-154: item description."""
    seller_item_id: Token | None = None
    """BT-155: seller's article number."""
    buyer_item_id: Token | None = None
    """BT-156: buyer's article number."""
    standard_item_id: OpenIdentifier | None = None
    """BT-157: article number of a register (GTIN: scheme 0160)."""
    origin: Code | None = None
    """BT-159: country of origin."""
    attributes: Annotated[list[Attribute], Field(max_length=50)] | None = None
    """BG-32: properties of the item."""


class VatGroup(Part):
    """BG-23: one row of the VAT breakdown; computed, a given one that differs is refused."""

    category: Code
    """BT-118: VAT category."""
    rate: Percent | None = None
    """BT-119: rate in per cent."""
    taxable: Money
    """BT-116: taxable amount."""
    tax: Money
    """BT-117: VAT amount."""
    exemption_reason: Line | None = None
    """BT-120: why no VAT is charged."""
    exemption_code: Code | None = None
    """BT-121: VATEX code of the reason."""


class Totals(Part):
    """BG-22: document totals. `prepaid` and `rounding` are inputs; given computed ones that differ are
    refused."""

    lines: Money | None = None
    """BT-106: sum of line net amounts."""
    allowances: Money | None = None
    """BT-107: sum of document allowances."""
    charges: Money | None = None
    """BT-108: sum of document charges."""
    tax_exclusive: Money | None = None
    """BT-109: total without VAT."""
    tax: Money | None = None
    """BT-110: total VAT."""
    tax_inclusive: Money | None = None
    """BT-112: total with VAT."""
    prepaid: Money | None = None
    """BT-113: already paid; 0 when absent."""
    rounding: Money | None = None
    """BT-114: rounding of the amount due; 0 when absent."""
    due: Money | None = None
    """BT-115: amount due for payment."""
