"""Who: seller, buyer, payee, tax representative, and where goods went."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ledger.invoice.scalars import Code, Date, Line, Name, Token


class Part(BaseModel):
    """A part of an invoice: unknown members are refused, nothing is coerced, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Identifier(Part):
    """An identifier and the register it is taken from."""

    scheme: Code
    """ICD scheme of ISO/IEC 6523 (0002 SIREN, 0009 SIRET, 0088 GLN), or EAS for electronic addresses."""
    value: Token
    """The identifier itself."""


class OpenIdentifier(Part):
    """An identifier whose register may be left unsaid."""

    scheme: Code | None = None
    """ICD scheme of ISO/IEC 6523."""
    value: Token
    """The identifier itself."""


class Address(Part):
    """BG-5, BG-8, BG-12 or BG-15: a postal address."""

    line1: Name | None = None
    """BT-35, BT-50, BT-64, BT-75: street and number."""
    line2: Name | None = None
    """BT-36, BT-51, BT-65, BT-76: second line."""
    line3: Name | None = None
    """BT-162, BT-163, BT-164, BT-165: third line."""
    city: Name | None = None
    """BT-37, BT-52, BT-66, BT-77: town."""
    postcode: Name | None = None
    """BT-38, BT-53, BT-67, BT-78: post code."""
    subdivision: Name | None = None
    """BT-39, BT-54, BT-68, BT-79: region or state."""
    country: Code
    """BT-40, BT-55, BT-69, BT-80: ISO 3166-1 alpha-2 country code."""


class Contact(Part):
    """BG-6 or BG-9: whom to call."""

    name: Name | None = None
    """BT-41, BT-56: person or department."""
    phone: Name | None = None
    """BT-42, BT-57: telephone number."""
    email: Name | None = None
    """BT-43, BT-58: e-mail address."""


class Party(Part):
    """BG-4 seller or BG-7 buyer."""

    name: Name
    """BT-27, BT-44: registered name."""
    trading_name: Name | None = None
    """BT-28, BT-45: name the business is known by."""
    ids: Annotated[list[OpenIdentifier], Field(max_length=10)] | None = None
    """BT-29, BT-46: identifiers such as a SIRET (0009) or a GLN (0088)."""
    legal_id: OpenIdentifier | None = None
    """BT-30, BT-47: legal registration (SIREN: scheme 0002)."""
    vat_id: Token | None = None
    """BT-31, BT-48: VAT number with its country prefix."""
    tax_id: Token | None = None
    """BT-32: seller's local tax registration, for a seller without VAT number."""
    legal_info: Line | None = None
    """BT-33: legal form, capital, register: what the law wants printed about the seller."""
    electronic_address: Identifier | None = None
    """BT-34, BT-49: where e-invoices are delivered."""
    address: Address
    """BG-5, BG-8: postal address."""
    contact: Contact | None = None
    """BG-6, BG-9: contact."""


class Payee(Part):
    """BG-10: who is paid, when it is not the seller."""

    name: Name
    """BT-59: payee's name."""
    id: OpenIdentifier | None = None
    """BT-60: payee's identifier."""
    legal_id: OpenIdentifier | None = None
    """BT-61: payee's legal registration."""


class TaxRepresentative(Part):
    """BG-11: seller's tax representative."""

    name: Name
    """BT-62: representative's name."""
    vat_id: Token
    """BT-63: representative's VAT number."""
    address: Address
    """BG-12: representative's address."""


class Delivery(Part):
    """BG-13: where and when it was delivered."""

    name: Name | None = None
    """BT-70: name of the party or place delivered to."""
    location: OpenIdentifier | None = None
    """BT-71: identifier of the place."""
    date: Date | None = None
    """BT-72: actual delivery date."""
    address: Address | None = None
    """BG-15: address delivered to."""
