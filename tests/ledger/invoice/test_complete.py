"""The completed document: strings only, canonical amounts, stable under its own rules; and the seal's facts
in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import ledger.samples
from ledger.invoice import InvoiceError, complete, parse_draft, violations_of
from ledger.invoice.codes import currency_digits
from verifier.canonical import encode_json
from verifier.errors import Malformed
from verifier.facts import Facts, facts_of, seller_id

Build = Callable[..., dict[str, Any]]

SAMPLES = sorted(Path(ledger.samples.__path__[0]).glob("*.json"))


def leaves(value: object) -> list[object]:
    """Every value that is no container, and every empty container."""
    if isinstance(value, dict) and value:
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, list) and value:
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def test_there_are_samples() -> None:
    """A dozen realistic drafts come with the product."""
    assert len(SAMPLES) >= 12


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_complete(path: Path) -> None:
    """Each sample is a lawful draft whose document is canonical, all strings, and judged right again."""
    draft = parse_draft(path.read_bytes())
    document = complete(draft, number="F-2026-0100", issue_date=date(2026, 10, 1))
    assert all(type(leaf) is str for leaf in leaves(document))
    assert json.loads(encode_json(document)) == document
    assert violations_of(document) == ()
    digits = currency_digits(document["currency"])
    assert digits is not None
    facts = facts_of(document, digits)
    assert facts.number == "F-2026-0100"
    assert facts.issue_day == (date(2026, 10, 1) - date(1970, 1, 1)).days
    assert facts.account == document["payment"][0]["iban"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document["totals"].update(due="1.00"),
        lambda document: document["totals"].pop("rounding"),
        lambda document: document["lines"][0].update(net_amount="99.99"),
        lambda document: document["lines"][0].update(net_amount="100.0"),
        lambda document: document["vat_breakdown"][0].update(tax="20.01"),
        lambda document: document["vat_breakdown"].clear(),
        lambda document: document.pop("number"),
        lambda document: document.update(issue_date="2026-02-30"),
        lambda document: document["lines"][0].update(unit="h"),
        lambda document: document.update(colour="blue"),
    ],
)
def test_a_spoiled_document_is_found(draft: Build, document: Build, spoil: Callable[[Any], Any]) -> None:
    """An audit sees any amount, member or form that completing would not have made."""
    made = document(draft())
    assert violations_of(made) == ()
    spoil(made)
    assert violations_of(made) != ()


@pytest.mark.parametrize("number", ["", " F1", "F1 ", "F  1", "x" * 36, "É1", "F\t1"])
def test_numbers_that_a_seal_cannot_carry(draft: Build, number: str) -> None:
    """A number is printable ASCII of at most 35 characters, spaces only between."""
    with pytest.raises(InvoiceError) as caught:
        complete(parse_draft(draft()), number=number, issue_date="2026-09-01")
    assert [(v.rule, v.pointer) for v in caught.value.violations] == [("SC-SEAL-NUMBER", "/number")]


def test_issue_date_after_due_date(draft: Build) -> None:
    """A draft that waited past its due date is not issued with it."""
    with pytest.raises(InvoiceError) as caught:
        complete(parse_draft(draft()), number="F-1", issue_date="2026-10-02")
    assert [v.rule for v in caught.value.violations] == ["SC-DUE-BEFORE-ISSUE"]
    complete(parse_draft(draft()), number="F-1", issue_date="2026-10-01")


def test_amounts_get_the_currency_digits(draft: Build, line: Build, document: Build) -> None:
    """Money is padded to its currency, prices and quantities stay as they were written."""
    made = document(
        draft(
            line("2", "10.5", allowances=[{"amount": "1", "reason": "R"}]),
            totals={"prepaid": "3"},
        )
    )
    assert made["lines"][0]["allowances"][0]["amount"] == "1.00"
    assert made["lines"][0]["net_price"] == "10.5"
    assert made["totals"]["prepaid"] == "3.00"


def test_facts(draft: Build, line: Build, document: Build) -> None:
    """The facts of a seal are the document's."""
    earlier = [{"number": "F-2026-0001", "issue_date": "2026-08-01"}]
    made = document(draft(line("3", "9.99"), type_code="384", preceding=earlier))
    assert facts_of(made, 2) == Facts(
        seller_id=("0002", "552100554"),
        seller_name="Atelier Sceau SARL",
        number="F-2026-0001",
        type_code=384,
        issue_day=20697,
        due_day=20727,
        currency=("EUR", 2),
        total=3596,
        total_vat=599,
        due=3596,
        account="FR7630006000011234567890189",
        corrects=("F-2026-0001",),
    )


@pytest.mark.parametrize(
    ("seller", "expected"),
    [
        (
            {"legal_id": {"scheme": "0002", "value": "552 100 554"}},
            ("0002", "552100554"),
        ),
        (
            {"legal_id": {"scheme": "0009", "value": "55210055400013"}},
            ("0002", "552100554"),
        ),
        ({"vat_id": "DE 136695976"}, ("9930", "DE136695976")),
        ({"vat_id": "el094012341"}, ("9933", "EL094012341")),
        (
            {"vat_id": "FR96552100554", "legal_id": {"value": "X"}},
            ("9957", "FR96552100554"),
        ),
        (
            {"legal_id": {"scheme": "0192", "value": "987 654 321"}},
            ("0192", "987654321"),
        ),
        (
            {"vat_id": "US1", "legal_id": {"scheme": "0060", "value": "12-345"}},
            ("0060", "12345"),
        ),
    ],
)
def test_seller_id_is_normalised(seller: dict[str, Any], expected: tuple[str, str]) -> None:
    """SIREN first, then the VAT number under its country's scheme, then the registration."""
    assert seller_id(seller) == expected


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("totals", None),
        ("totals", {"tax_inclusive": "120.00", "tax": "20.0", "due": "120.00"}),
        ("totals", {"tax_inclusive": "120.00", "tax": "20.000", "due": "120.00"}),
        ("totals", {"tax_inclusive": "120", "tax": "20.00", "due": "120.00"}),
        ("totals", {"tax_inclusive": "120.00", "tax": "-0.00", "due": "120.00"}),
        ("totals", {"tax_inclusive": 120, "tax": "20.00", "due": "120.00"}),
        ("issue_date", "2026-02-30"),
        ("issue_date", None),
        ("due_date", "20261001"),
        ("type_code", "0380"),
        ("number", ""),
        ("seller", []),
        ("seller", {"name": "A"}),
        ("payment", {"iban": "FR"}),
        ("payment", [{"iban": 5}]),
        ("preceding", [{}]),
        ("currency", None),
    ],
)
def test_facts_that_are_not_there(draft: Build, document: Build, place: str, value: object) -> None:
    """A document without a fact in its one form is malformed, with the place."""
    made = {**document(draft()), place: value}
    with pytest.raises(Malformed) as caught:
        facts_of(made, 2)
    assert caught.value.code == "document-facts"
    assert caught.value.where.startswith(f"/{place}")


def test_digits_are_the_seals(draft: Build, document: Build) -> None:
    """A seal that claims other digits than the amounts are written with is caught."""
    with pytest.raises(Malformed):
        facts_of(document(draft()), 3)
