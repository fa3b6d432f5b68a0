"""How each language writes figures and dates, and that both say everything."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import figures, fonts
from ledger.formats.names import NAMES
from ledger.formats.wording import WORDINGS


@pytest.mark.parametrize(
    ("value", "currency", "french", "english"),
    [
        ("1234.56", "EUR", "1\u202f234,56\u00a0€", "€1,234.56"),
        ("-1234567.00", "EUR", "−1\u202f234\u202f567,00\u00a0€", "−€1,234,567.00"),
        ("0.00", "CHF", "0,00\u00a0CHF", "0.00\u00a0CHF"),
        ("276000", "JPY", "276\u202f000\u00a0¥", "¥276,000"),
        ("999.999", "TND", "999,999\u00a0TND", "999.999\u00a0TND"),
    ],
)
def test_amounts(value, currency, french, english):
    assert figures.amount(value, currency, "fr") == french
    assert figures.amount(value, currency, "en") == english


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=6), st.sampled_from(["fr", "en"]))
def test_a_printed_number_is_the_number(value, language):
    text = figures.number(format(value, "f"), language, digits=2)
    back = text.replace(figures.MINUS, "-").replace(figures.NARROW_SPACE, "")
    back = back.replace(",", ".") if language == "fr" else back.replace(",", "")
    assert Decimal(back) == value


def test_a_price_keeps_its_digits_and_gets_those_of_the_currency():
    assert figures.number("2.345", "fr", digits=2) == "2,345"
    assert figures.number("2", "en", digits=2) == "2.00"


def test_dates_and_rates():
    assert figures.day("2026-10-01", "fr") == "1er\u00a0octobre 2026"
    assert figures.day("2026-10-01", "en") == "1\u00a0October 2026"
    assert figures.percent("5.5", "fr") == "5,5\u00a0%"
    assert figures.percent("5.5", "en") == "5.5%"


@pytest.mark.parametrize(
    ("code", "quantity", "french", "english"),
    [
        ("DAY", "1", "jour", "day"),
        ("DAY", "1.5", "jour", "days"),
        ("DAY", "-2", "jours", "days"),
        ("DAY", "0", "jour", "days"),
        ("HUR", "7", "h", "h"),
        ("C62", "7", "", ""),
        ("XYZ", "7", "XYZ", "XYZ"),
    ],
)
def test_units_agree_with_their_quantity(code, quantity, french, english):
    assert NAMES["fr"].unit(code, quantity) == french
    assert NAMES["en"].unit(code, quantity) == english


def test_an_account_is_grouped_by_four_whatever_it_was_grouped_by():
    grouped = figures.grouped("FR76 30003012340002034567885")
    assert grouped.split("\u00a0") == ["FR76", "3000", "3012", "3400", "0203", "4567", "885"]


def test_both_languages_have_the_same_words_with_the_same_blanks():
    french, english = WORDINGS["fr"], WORDINGS["en"]
    assert french.keys() == english.keys()
    for key, text in french.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key])), key


@pytest.mark.parametrize("table", ["titles", "units", "vat", "vat_short", "means", "schemes", "countries"])
def test_both_languages_name_the_same_codes(table):
    assert getattr(NAMES["fr"], table).keys() == getattr(NAMES["en"], table).keys()


def test_every_fixed_word_can_be_printed():
    for language in ("fr", "en"):
        assert fonts.uncovered(WORDINGS[language]) == []
        for table in ("titles", "units", "vat", "vat_short", "means", "schemes", "countries"):
            assert fonts.uncovered(getattr(NAMES[language], table)) == []
