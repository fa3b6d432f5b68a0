"""What a code means to us: currency digits and amounts in them, unit aliases, the French lists."""

from __future__ import annotations

from functools import lru_cache

from iso4217 import Currency

from ledger.errors import Invalid
from ledger.invoice.code_lists import UNITS
from verifier.canonical import parse_amount
from verifier.errors import Malformed

FRENCH_TYPES = frozenset(
    {
        "380",
        "389",
        "393",
        "501",
        "386",
        "500",
        "384",
        "471",
        "472",
        "473",
        "261",
        "262",
        "381",
        "396",
        "502",
        "503",
    }
)
"""BT-3 codes that the French reform accepts (BR-FR-04)."""

FRENCH_PROCESSES = frozenset(
    {
        "B1",
        "S1",
        "M1",
        "B2",
        "S2",
        "M2",
        "S3",
        "B4",
        "S4",
        "M4",
        "S5",
        "S6",
        "B7",
        "S7",
        "B8",
        "S8",
        "M8",
        "B9",
        "S9",
        "M9",
    }
)
"""BT-23 invoicing frames of the French reform (BR-FR-08)."""

FRENCH_RATES = frozenset(
    {
        "0",
        "20",
        "10",
        "5.5",
        "2.1",
        "8.5",
        "13",
        "1.05",
        "1.75",
        "0.9",
        "7",
        "19.6",
        "20.6",
        "9.2",
        "9.6",
    }
)
"""VAT rates in per cent that a French invoice may carry, old and overseas ones included (BR-FR-16)."""

DEFAULT_UNIT = "C62"
"""BT-130 when the draft names none: one, a piece."""

UNIT_ALIASES = {
    **dict.fromkeys(
        (
            "h",
            "hr",
            "hrs",
            "hour",
            "hours",
            "heure",
            "heures",
            "std",
            "stunde",
            "stunden",
        ),
        "HUR",
    ),
    **dict.fromkeys(("d", "day", "days", "j", "jour", "jours", "jh", "tag", "tage"), "DAY"),
    **dict.fromkeys(("minute", "minutes"), "MIN"),
    **dict.fromkeys(("week", "weeks", "semaine", "semaines"), "WEE"),
    **dict.fromkeys(("month", "months", "mois", "monat", "monate"), "MON"),
    **dict.fromkeys(("year", "years", "an", "ans", "année", "années"), "ANN"),
    **dict.fromkeys(
        (
            "piece",
            "pieces",
            "pièce",
            "pièces",
            "pce",
            "pcs",
            "stk",
            "stück",
            "unit",
            "unité",
            "unités",
        ),
        "C62",
    ),
    **dict.fromkeys(("kg", "kilo", "kilogramme", "kilogrammes"), "KGM"),
    **dict.fromkeys(("g", "gramme", "grammes"), "GRM"),
    **dict.fromkeys(("t", "tonne", "tonnes"), "TNE"),
    **dict.fromkeys(("l", "litre", "litres", "liter"), "LTR"),
    **dict.fromkeys(("m", "mètre", "mètres", "meter"), "MTR"),
    **dict.fromkeys(("m2", "m²"), "MTK"),
    **dict.fromkeys(("m3", "m³"), "MTQ"),
    **dict.fromkeys(("km", "kilomètre", "kilomètres"), "KMT"),
    **dict.fromkeys(("kwh",), "KWH"),
    **dict.fromkeys(("%",), "P1"),
    **dict.fromkeys(("forfait", "lump sum", "pauschal"), "LS"),
    **dict.fromkeys(("paire", "paires", "pair", "pairs"), "PR"),
}
"""Everyday names of units, in lower case, and their UN/ECE code."""


@lru_cache(maxsize=1024)
def currency_digits(code: str) -> int | None:
    """Digits after the point of an ISO 4217 currency, or None when it is unknown or has none (gold,
    tests)."""
    try:
        exponent = Currency(code).exponent
    except ValueError:
        return None
    return None if exponent is None else int(exponent)


@lru_cache(maxsize=8192)
def unit_code(text: str) -> str | None:
    """The UN/ECE code that a unit stands for (BT-130), or None.

    A code stands for itself; a package of Recommendation 21 gains its X; an everyday name is translated.
    """
    if text in UNITS:
        return text
    if f"X{text}" in UNITS:
        return f"X{text}"
    return UNIT_ALIASES.get(text.casefold())


def amount_above_zero(text: str, exponent: int) -> int:
    """A decimal string with exactly the currency's digits as minor units.

    Raises:
        Invalid: `amount`, another form, zero, or below it.
    """
    try:
        amount = parse_amount(text, exponent)
    except Malformed as error:
        raise Invalid("amount", error.message, where="/amount") from error
    if amount <= 0:
        raise Invalid("amount", "an amount above zero is expected", where="/amount")
    return amount
