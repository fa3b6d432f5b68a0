"""The cases that users of other software ran into: amounts, currencies, mentions (V1 to V11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., dict[str, Any]]
Broken = Callable[[Any], list[tuple[str, str]]]


def figures(document: dict[str, Any]) -> tuple[str, str, str]:
    """Net, VAT, total with VAT."""
    totals = document["totals"]
    return totals["tax_exclusive"], totals["tax"], totals["tax_inclusive"]


def off(percent: str) -> list[dict[str, str]]:
    """A discount of so many per cent on a line."""
    return [{"percent": percent, "reason": "Remise"}]


def test_V1_vat_is_not_rounded_per_line(draft: Build, line: Build, document: Build) -> None:
    """Fifty lines of 241.67 lose no cents to rounding VAT line by line."""
    made = document(draft(*[line("1", "241.67") for _ in range(50)]))
    assert figures(made) == ("12083.50", "2416.70", "14500.20")


@pytest.mark.parametrize(
    ("price", "count", "rate", "expected"),
    [
        ("0.33", 7, "20", ("2.31", "0.46", "2.77")),
        ("0.07", 30, "5.5", ("2.10", "0.12", "2.22")),
        ("0.03", 100, "19", ("3.00", "0.57", "3.57")),
    ],
)
def test_V1_kind(
    draft: Build,
    line: Build,
    document: Build,
    price: str,
    count: int,
    rate: str,
    expected: tuple[str, str, str],
) -> None:
    """VAT is computed per rate on the sum (bug 1), whatever the number of lines."""
    seller = {
        "name": "Muster GmbH",
        "vat_id": "DE136695976",
        "address": {"country": "DE"},
    }
    made = document(draft(*[line("1", price, rate)] * count, seller=seller))
    assert figures(made) == expected


def test_V2_discount_in_per_cent(draft: Build, line: Build, document: Build) -> None:
    """16 × 348.35 less 4 % at 22 %: the discount is taken before the line is rounded."""
    seller = {
        "name": "Rossi Srl",
        "vat_id": "IT00743110157",
        "address": {"country": "IT"},
    }
    made = document(draft(line("16", "348.35", "22", allowances=off("4")), seller=seller))
    assert figures(made) == ("5350.66", "1177.15", "6527.81")
    assert made["lines"][0]["allowances"][0]["amount"] == "222.94"


def test_V2_line_net_is_rounded_once(draft: Build, line: Build, document: Build) -> None:
    """round(3 × 10.005 × 0.9) is 27.01; rounding the product first would give 27.02."""
    made = document(draft(line("3", "10.005", allowances=off("10"))))
    assert made["lines"][0]["net_amount"] == "27.01"
    assert made["lines"][0]["allowances"][0]["amount"] == "3.01"


def test_V3_ten_of_one_is_one_of_ten(draft: Build, line: Build, document: Build) -> None:
    """3.60 at 5.5 %: one line of ten and ten lines of one have the same totals."""
    one = document(draft(line("10", "3.60", "5.5")))
    ten = document(draft(*[line("1", "3.60", "5.5")] * 10))
    assert figures(one) == figures(ten) == ("36.00", "1.98", "37.98")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [("2000", "9.99", {"allowances": off("33.333")})],
            ("13320.07", "2664.01", "15984.08"),
        ),
        ([("1", "10.01", {})] * 3, ("30.03", "6.01", "36.04")),
        ([("3", "10.005", {})], ("30.02", "6.00", "36.02")),
    ],
)
def test_V4_one_amount_everywhere(
    draft: Build,
    line: Build,
    document: Build,
    lines: list[Any],
    expected: tuple[str, str, str],
) -> None:
    """Totals with long discounts and half cents are the ones that every format then shows."""
    made = document(draft(*[line(quantity, price, "20", **members) for quantity, price, members in lines]))
    assert figures(made) == expected


def test_V5_small_and_negative_quantities(draft: Build, line: Build, document: Build) -> None:
    """Lines of 0.195 pieces and one of −0.095 at 21 %: each line is rounded, then only summed."""
    lines = [line("0.195", price, "21") for price in ("1198", "766", "107", "1163")] + [line("-0.095", "2428", "21")]
    seller = {
        "name": "Peeters BV",
        "vat_id": "BE0403019261",
        "address": {"country": "BE"},
    }
    made = document(draft(*lines, seller=seller))
    assert figures(made) == ("399.98", "84.00", "483.98")
    assert made["lines"][4]["net_amount"] == "-230.66"


def test_V7_rounding_of_the_amount_due(draft: Build, line: Build, document: Build) -> None:
    """25.48 with a rounding of −0.01 leaves 25.47 due."""
    made = document(draft(line("1", "21.23"), totals={"rounding": "-0.01", "tax_inclusive": "25.48"}))
    assert made["totals"]["due"] == "25.47"


def test_V8_currency_without_minor_unit(draft: Build, line: Build, document: Build) -> None:
    """Yen have no decimals: 1127 at 10 % is 113 of VAT, and 8 is "8"."""
    seller = {"name": "Kobayashi KK", "ids": [{"value": "1"}], "legal_id": {"scheme": "0188", "value": "1234567890123"},
              "tax_id": "T1234567890123", "address": {"country": "JP"}}  # fmt: skip
    japan = {"seller": seller, "currency": "JPY"}
    assert figures(document(draft(line("1", "1127", "10"), **japan))) == (
        "1127",
        "113",
        "1240",
    )
    assert document(draft(line("1", "8", "10"), **japan))["lines"][0]["net_amount"] == "8"


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("JPY", "1234.5"), ("JPY", "1234.0"), ("EUR", "0.125"), ("KWD", "0.1234")],
)
def test_V8_more_digits_than_the_currency(draft: Build, broken: Broken, currency: str, amount: str) -> None:
    """An amount with more digits than its currency has is refused, never rounded."""
    seller = {
        "name": "Seller Ltd",
        "vat_id": "DE136695976",
        "address": {"country": "DE"},
    }
    made = draft(currency=currency, totals={"prepaid": amount}, seller=seller)
    assert broken(made) == [("BR-DEC-16", "/totals/prepaid")]


def test_V8_three_digits(draft: Build, line: Build, document: Build) -> None:
    """A dinar has three decimals."""
    seller = {
        "name": "Seller Ltd",
        "vat_id": "DE136695976",
        "address": {"country": "DE"},
    }
    made = document(draft(line("3", "1.1115", "19"), currency="KWD", seller=seller))
    assert figures(made) == ("3.335", "0.634", "3.969")


def test_V9_no_sum_of_unlike_currencies(draft: Build, line: Build, broken: Broken) -> None:
    """An invoice in EUR with a line in USD is refused at that line; one in its own currency is not."""
    assert broken(draft(line(), line(currency="USD"))) == [("SC-CURRENCY-MIX", "/lines/1/currency")]
    assert broken(draft(line(currency="EUR"))) == []


def test_V11_missing_mentions_are_all_listed(draft: Build, broken: Broken) -> None:
    """Without SIREN, due date, penalties, indemnity and discount terms, one error lists all five."""
    made = draft(due_date=None, notes=None)
    del made["buyer"]["legal_id"]
    assert set(broken(made)) == {
        ("FR-BUYER-SIREN", "/buyer/legal_id"),
        ("FR-DUE-DATE", "/due_date"),
        ("BR-CO-25", "/due_date"),
        ("FR-PMD", "/notes"),
        ("FR-PMT", "/notes"),
        ("FR-AAB", "/notes"),
    }


@pytest.mark.parametrize(
    ("code", "text", "accepted"),
    [
        ("PMT", "N/A", False),
        ("PMT", ".", False),
        ("PMT", "Indemnité forfaitaire de recouvrement", False),
        ("PMT", "Indemnité forfaitaire : 400 €", False),
        ("PMT", "Indemnité forfaitaire : 40 €", True),
        ("PMT", "Recovery costs: EUR 40", True),
        ("PMD", "n/a", False),
        ("PMD", "-", False),
        ("PMD", "Pénalités de retard", False),
        ("PMD", "Pénalités : taux BCE majoré de 10 points", True),
        ("AAB", ".", False),
        ("AAB", "Escompte : néant", True),
    ],
)
def test_V11_a_placeholder_is_no_mention(draft: Build, broken: Broken, code: str, text: str, accepted: bool) -> None:
    """A mention that says nothing is as good as none."""
    made = draft()
    index = next(i for i, note in enumerate(made["notes"]) if note["subject_code"] == code)
    made["notes"][index]["text"] = text
    assert broken(made) == ([] if accepted else [(f"FR-{code}", f"/notes/{index}/text")])


def test_V11_stands_once(draft: Build, broken: Broken) -> None:
    """A mention given twice is refused."""
    made = draft()
    made["notes"].append(made["notes"][0])
    assert broken(made) == [("FR-ONCE", "/notes/3")]


def test_V11_consumers_and_foreigners_need_no_mentions(draft: Build, broken: Broken) -> None:
    """A private buyer (note BAR) or a foreign one asks for no French business mention."""
    consumer = {"name": "Élodie Marchand", "address": {"country": "FR"}}
    assert broken(draft(buyer=consumer, notes=[{"subject_code": "BAR", "text": "B2C"}])) == []
    assert broken(draft(buyer={"name": "Kunde GmbH", "address": {"country": "DE"}}, notes=None)) == []
