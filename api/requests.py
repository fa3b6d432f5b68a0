"""What requests hold, beside drafts: unknown members are refused, nothing is coerced."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Id = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Decimal = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9.\-]*$")]
"""A decimal string with exactly the currency's digits; the use case knows them."""

DraftObject = Annotated[dict[str, Any], Field(description="A draft: the schema `Draft`.")]
PartyObject = Annotated[dict[str, Any], Field(description="BG-4: the schema `Party`.")]

MAX_BATCH = 1_000
"""Invoices of one request: other writers wait for it, for about a second."""


class Body(BaseModel):
    """A request's JSON object."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class NewIssuer(Body):
    """An issuer to enrol."""

    seller: PartyObject
    """What its invoices say about it: name, legal id, address."""
    zone: Text
    """IANA time zone in which its dates are, such as Europe/Paris."""


class SellerChange(Body):
    """What later invoices say about the seller."""

    seller: PartyObject
    """The whole party; name and legal id stay."""


class NewApiKey(Body):
    """An API key to make."""

    name: Text
    """What it is for."""
    scopes: Annotated[list[Text], Field(max_length=10)]
    """Some of operator, invoices:read, invoices:write, payments:write, settings:write, keys:write."""
    issuer_id: Id | None = None
    """Whose; the operator names it, an issuer's key makes its own issuer's."""
    expires: Annotated[int, Field(ge=0, le=2**40)] | None = None
    """Unix seconds; absent: never."""


class NewSeries(Body):
    """A series of numbers."""

    code: Text
    """1 to 32 letters, digits, - and _."""
    pattern: Text
    """Such as F-{YYYY}-{seq:4}."""
    reset: Text = "yearly"
    """yearly (in the seller's zone) or never."""
    next_number: Annotated[int, Field(ge=1, le=10**12)] = 1
    """First counter."""


class SeriesChange(Body):
    """A change of a series."""

    next_number: Annotated[int, Field(ge=1, le=10**12)] | None = None
    """May grow while the series is empty."""
    closed: bool | None = None
    """true closes it for good."""


class IssueDraft(Body):
    """How to issue a stored draft."""

    series: Text
    """Code of the series that numbers it."""


class NewInvoice(Body):
    """A draft to issue at once."""

    series: Text
    """Code of the series that numbers it."""
    draft: DraftObject


class NewInvoices(Body):
    """Drafts to issue together: all or none, in this order."""

    invoices: Annotated[list[NewInvoice], Field(min_length=1, max_length=MAX_BATCH)]


class NewPayment(Body):
    """A payment received."""

    amount: Decimal
    """Above zero."""
    currency: Text
    """ISO 4217."""
    date: Text
    """YYYY-MM-DD."""
    means: Text = "30"
    """UNTDID 4461."""
    reference: Text | None = None
    """The bank's or provider's; only a salted hash of it is logged."""
    invoice_ids: Annotated[list[Id], Field(max_length=1000)] = []
    """What it pays, in this order; else what the buyer owes, oldest first."""
    buyer_id: Id | None = None
    """SCHEME:VALUE."""


class Reversal(Body):
    """Why a payment is taken back."""

    reason: Text
    """1 to 64 bytes; it is logged."""


class NewAllocation(Body):
    """Where to put what is left of a payment."""

    invoice_id: Id
    amount: Decimal | None = None
    """Absent: as much as both allow."""


class UseOfCredit(Body):
    """How much of the buyer's credit to use."""

    amount: Decimal | None = None
    """Absent: as much as both allow."""


class NewCreditNote(Body):
    """A credit note for an invoice."""

    series: Text
    """Code of the series that numbers it."""
    lines: Annotated[list[Id], Field(max_length=10_000)] | None = None
    """Ids of the lines to credit; absent: the whole invoice."""


class UseOfCreditNote(Body):
    """An invoice that a credit note is applied to."""

    invoice_id: Id
    amount: Decimal | None = None
    """Absent: as much as both allow."""


class PublicSeal(Body):
    """A seal, as the QR code carries it."""

    seal: Annotated[str, StringConstraints(max_length=8000)]
    """base64url of its COSE_Sign1."""
