"""How French and English write numbers, amounts, dates and account numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal

Language = Literal["fr", "en"]

NARROW_SPACE: Final = "\u202f"
NO_BREAK_SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"

_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
"""Only where the sign is common; the currency is also spelled out among the facts, since `$` has many."""

_MONTHS: Final = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def number(value: str, language: Language, *, digits: int = 0) -> str:
    """Writes a decimal string with the language's separators, keeping every digit it has.

    Args:
        value: A decimal string of the document.
        digits: Decimals to show at least; zeros are added, nothing is ever rounded.
    """
    sign, _, unsigned = value.rpartition("-")
    whole, _, fraction = unsigned.partition(".")
    fraction = fraction.ljust(digits, "0")
    grouped = f"{int(whole):,}"
    if language == "fr":
        grouped = grouped.replace(",", NARROW_SPACE)
    point = "," if language == "fr" else "."
    prefix = MINUS if value.startswith("-") and not sign else ""
    return f"{prefix}{grouped}{point + fraction if fraction else ''}"


def amount(value: str, currency: str, language: Language) -> str:
    """Writes an amount with its currency: `1 234,56 €`, `€1,234.56`, `1,234.56 CHF`."""
    figures = number(value, language)
    symbol = _SYMBOLS.get(currency)
    if language == "en" and symbol:
        minus = figures.startswith(MINUS)
        return f"{MINUS if minus else ''}{symbol}{figures.removeprefix(MINUS)}"
    return f"{figures}{NO_BREAK_SPACE}{symbol or currency}"


def percent(value: str, language: Language) -> str:
    """Writes a rate: `5,5 %`, `5.5%`."""
    return f"{number(value, language)}{NO_BREAK_SPACE if language == 'fr' else ''}%"


def day(value: str, language: Language) -> str:
    """Writes an ISO date in words: `1er octobre 2026`, `1 October 2026`.

    Raises:
        ValueError: if the date does not exist.
    """
    when = date.fromisoformat(value)
    ordinal = "1er" if language == "fr" and when.day == 1 else str(when.day)
    return f"{ordinal}{NO_BREAK_SPACE}{_MONTHS[language][when.month - 1]} {when.year}"


def is_zero(value: str) -> bool:
    """Tells whether a decimal string is zero, however many digits it has."""
    return Decimal(value) == 0


def opposite(value: str) -> str:
    """Changes the sign of a decimal string without touching its digits."""
    return value.removeprefix("-") if value.startswith("-") else value if is_zero(value) else f"-{value}"


def grouped(value: str) -> str:
    """Groups an account number by four, as bank cards and statements do, to compare it by eye."""
    compact = value.replace(" ", "")
    return NO_BREAK_SPACE.join(compact[at : at + 4] for at in range(0, len(compact), 4))
