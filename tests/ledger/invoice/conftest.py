"""Drafts to start from: a French business sells to a French business."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ledger.invoice import InvoiceError, complete, parse_draft

Json = dict[str, Any]
Build = Callable[..., Json]

_NOTES = [
    {
        "subject_code": "PMT",
        "text": "Indemnité forfaitaire pour frais de recouvrement : 40 €",
    },
    {
        "subject_code": "PMD",
        "text": "Pénalités de retard : 3 fois le taux d'intérêt légal",
    },
    {"subject_code": "AAB", "text": "Pas d'escompte pour paiement anticipé"},
]

_BASE: Json = {
    "type_code": "380",
    "currency": "EUR",
    "due_date": "2026-10-01",
    "seller": {
        "name": "Atelier Sceau SARL",
        "legal_id": {"scheme": "0002", "value": "552100554"},
        "vat_id": "FR96552100554",
        "address": {
            "line1": "1 rue de la Paix",
            "city": "Paris",
            "postcode": "75002",
            "country": "FR",
        },
    },
    "buyer": {
        "name": "Boulangerie Durand SAS",
        "legal_id": {"scheme": "0002", "value": "356000000"},
        "vat_id": "FR39356000000",
        "address": {
            "line1": "9 quai de Saône",
            "city": "Lyon",
            "postcode": "69001",
            "country": "FR",
        },
    },
    "notes": _NOTES,
    "payment": [{"means_code": "30", "iban": "FR7630006000011234567890189"}],
}


def _line(quantity: str, price: str, rate: str, members: Json) -> Json:
    line = {
        "name": "Article",
        "quantity": quantity,
        "net_price": price,
        "vat": {"category": "S", "rate": rate},
    }
    return {**line, **members}


@pytest.fixture(scope="session")
def line() -> Build:
    """Builds a line of category S: `line("2", "9.99", "20", **members)`."""
    return lambda quantity="1", price="100.00", rate="20", **members: _line(quantity, price, rate, members)


@pytest.fixture(scope="session")
def draft() -> Build:
    """Builds a draft without violations; members given replace those of the base, None removes one."""

    def build(*lines: Json, **members: Any) -> Json:
        made = copy.deepcopy(_BASE)
        made["lines"] = list(lines) or [_line("1", "100.00", "20", {})]
        made.update(members)
        return {name: value for name, value in made.items() if value is not None}

    return build


@pytest.fixture(scope="session")
def document() -> Build:
    """Parses and completes a draft."""
    return lambda data: complete(parse_draft(data), number="F-2026-0001", issue_date="2026-09-01")


@pytest.fixture(scope="session")
def broken() -> Callable[[Any], list[tuple[str, str]]]:
    """The (rule, pointer) of every violation of a draft, its messages rendered in both languages on the
    way."""

    def rules(data: Any) -> list[tuple[str, str]]:
        try:
            parse_draft(data)
        except InvoiceError as error:
            assert all(violation.en and violation.fr for violation in error.violations)
            return [(violation.rule, violation.pointer) for violation in error.violations]
        return []

    return rules
