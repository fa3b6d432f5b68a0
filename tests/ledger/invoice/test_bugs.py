"""Public bug reports on e-invoices, each by kind (einvoice-bugs 1 to 15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.invoice.codes import unit_code

Build = Callable[..., dict[str, Any]]
Broken = Callable[[Any], list[tuple[str, str]]]


@pytest.mark.parametrize("given", ["0.49", "0.48", "0.45", "0.47"])
def test_bug1_given_vat_that_differs(draft: Build, line: Build, broken: Broken, given: str) -> None:
    """Seven lines of 0.33: the official rules let 0.49 pass, issuing does not."""
    lines = [line("1", "0.33")] * 7
    assert broken(draft(*lines, totals={"tax": given})) == [("BR-CO-14", "/totals/tax")]
    assert broken(draft(*lines, totals={"tax": "0.46"})) == []


def test_bug2_credit_rounds_away_from_zero(draft: Build, line: Build, document: Build) -> None:
    """−7612.50 at 19 % beside the invoice's own lines: −1446.38, the mirror of +1446.38."""
    seller = {
        "name": "Muster GmbH",
        "vat_id": "DE136695976",
        "address": {"country": "DE"},
    }
    lines = [line("-1", "7612.50", "19"), line("1", "30000", "7")]
    rows = {row["rate"]: row["tax"] for row in document(draft(*lines, seller=seller))["vat_breakdown"]}
    assert rows["19"] == "-1446.38"


def test_bug3_lines_are_rounded_first(draft: Build, line: Build, document: Build) -> None:
    """26935.78 × 0.25 is 6733.95 (6733.945) before anything is summed."""
    totals = document(draft(line("26935.78", "0.25")))["totals"]
    assert (totals["lines"], totals["tax"], totals["tax_inclusive"]) == (
        "6733.95",
        "1346.79",
        "8080.74",
    )


def test_bug4_global_discount_is_split_over_vat(draft: Build, line: Build, document: Build) -> None:
    """One discount over two rates becomes two, by largest remainder, with their VAT, summing exactly."""
    discount = {"amount": "10.00", "reason": "Remise fidélité"}
    made = document(draft(line("1", "100.00", "20"), line("1", "50.00", "5.5"), allowances=[discount]))
    assert [(part["amount"], part["vat"]["rate"]) for part in made["allowances"]] == [
        ("3.33", "5.5"),
        ("6.67", "20"),
    ]
    assert made["totals"]["allowances"] == "10.00"
    assert [row["taxable"] for row in made["vat_breakdown"]] == ["46.67", "93.33"]
    assert {part["reason"] for part in made["allowances"]} == {"Remise fidélité"}


def test_bug4_percentage_of_the_whole(draft: Build, line: Build, document: Build) -> None:
    """A discount of 10 % of all is rounded once and then split."""
    discount = {"percent": "10", "reason": "Remise"}
    made = document(draft(line("1", "0.05", "20"), line("1", "0.10", "5.5"), allowances=[discount]))
    assert made["totals"]["allowances"] == "0.02"
    assert sum(int(part["amount"][2:]) for part in made["allowances"]) == 2


def test_bug4_nothing_says_how_to_split(draft: Build, line: Build, broken: Broken) -> None:
    """Lines that sum to zero give no shares: the discount's VAT must be named."""
    discount = {"amount": "10.00", "reason": "Remise"}
    made = draft(line("1", "50.00", "20"), line("-1", "50.00", "5.5"), allowances=[discount])
    assert broken(made) == [("SC-SPLIT", "/allowances/0/vat")]


def test_bug6_quantity_zero_is_legal(draft: Build, line: Build, document: Build) -> None:
    """A line of nothing is kept, with 0.00."""
    made = document(draft(line("0", "10.00"), line("0.000", "10.00"), line()))
    assert [entry["net_amount"] for entry in made["lines"]] == [
        "0.00",
        "0.00",
        "100.00",
    ]


@pytest.mark.parametrize("base", ["0", "0.00", "-1"])
def test_bug6_base_quantity_zero(draft: Build, line: Build, broken: Broken, base: str) -> None:
    """A price for no pieces is a violation, never a division."""
    assert broken(draft(line(price_base_quantity=base))) == [("SC-BASE-QUANTITY", "/lines/0/price_base_quantity")]


@pytest.mark.parametrize(
    ("price", "rule"),
    [
        ("-10.00", "BR-27"),
        ("-0.0", "SC-DECIMAL"),
        ("-0", "SC-DECIMAL"),
        ("-0.000001", "BR-27"),
    ],
)
def test_bug7_negative_price(draft: Build, line: Build, broken: Broken, price: str, rule: str) -> None:
    """The sign belongs to the quantity; minus zero is no number."""
    assert broken(draft(line("1", price), line("1", "500"))) == [(rule, "/lines/0/net_price")]


def test_bug7_no_minus_zero_comes_out(draft: Build, line: Build, document: Build) -> None:
    """A negative quantity that rounds to nothing gives 0.00."""
    made = document(draft(line("-0.0001", "10.00"), line()))
    assert made["lines"][0]["net_amount"] == "0.00"


def test_bug7_credit_note_has_positive_numbers(draft: Build, line: Build, document: Build, broken: Broken) -> None:
    """A credit note is type 381 with positive amounts; an invoice below zero is sent there."""
    earlier = [{"number": "F-2026-0001", "issue_date": "2026-08-01"}]
    made = document(draft(line("2", "10.00"), type_code="381", preceding=earlier))
    assert made["totals"]["tax_inclusive"] == "24.00"
    assert set(broken(draft(line("-2", "10.00")))) == {
        ("SC-SEAL-NEGATIVE", "/totals/tax_inclusive"),
        ("SC-SEAL-NEGATIVE", "/totals/tax"),
        ("SC-SEAL-NEGATIVE", "/totals/due"),
    }


@pytest.mark.parametrize(("given", "accepted"), [("9.17", False), ("9.14", False), ("9.13", True)])
def test_bug10_quantity_times_price(draft: Build, line: Build, broken: Broken, given: str, accepted: bool) -> None:
    """0.0830 × 110.00 is 9.13: the official rules do not multiply, we do."""
    found = broken(draft(line("0.0830", "110.00", net_amount=given)))
    assert found == ([] if accepted else [("SC-LINE-NET", "/lines/0/net_amount")])


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("HUR", "HUR"),
        ("h", "HUR"),
        ("Heures", "HUR"),
        ("day", "DAY"),
        ("pièce", "C62"),
        ("Stk", "C62"),
        ("RO", "XRO"),
        (None, "C62"),
    ],
)
def test_bug11_units(draft: Build, line: Build, document: Build, unit: str | None, code: str) -> None:
    """Everyday names and package codes become codes that the receiver knows; none is a piece."""
    members = {} if unit is None else {"unit": unit}
    assert document(draft(line(**members)))["lines"][0]["unit"] == code


@pytest.mark.parametrize("unit", ["HD", "ZZZZ", "hur", "🥐"])
def test_bug11_unknown_units(draft: Build, line: Build, broken: Broken, unit: str) -> None:
    """A unit that no list knows is refused, whatever it looks like."""
    assert unit_code(unit) is None
    assert broken(draft(line(unit=unit))) == [("BR-CL-23", "/lines/0/unit")]


@pytest.mark.parametrize(
    "text",
    [
        "Test\x02Product",
        "a\nb",
        "a\tb",
        "x\x7f",
        "x\x85",
        " ",
        "",
        "a\u202eb",
        "a\u2028b",
        "\ufdd0",
        "a\U0001ffff",
        "\ud800",
    ],
)
def test_bug15_text_is_refused_not_stripped(draft: Build, line: Build, broken: Broken, text: str) -> None:
    """Control characters, direction overrides, noncharacters and blanks name their field."""
    rule = "SC-TYPE" if text == "\ud800" else "SC-TEXT"
    assert broken(draft(line(name=text))) == [(rule, "/lines/0/name")]


@pytest.mark.parametrize(
    "text",
    [
        "Café & Fils <b> 🥐 Ωmega Жук",
        "株式会社",
        "שלום",
        "Société Œuvré – ±≥m³ €",
        "a\u00a0b",
        " leading",
        "👨‍👩‍👧",
    ],
)
def test_bug15_text_survives(draft: Build, line: Build, document: Build, text: str) -> None:
    """Every script comes out as it went in."""
    assert document(draft(line(name=text)))["lines"][0]["name"] == text


def test_bug15_not_normalised(draft: Build, line: Build, broken: Broken) -> None:
    """Text that is not NFC is refused at its place, since two forms would be two signatures."""
    assert broken(draft(line(name="Cafe\u0301"))) == [("SC-NFC", "/lines/0/name")]
