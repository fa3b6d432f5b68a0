"""Amounts, dates, accounts and untrusted text as a person reads them, in English and French."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from verifier.canonical import format_amount
from verifier.dates import date_of, moment
from verifier.wording import MONTHS, Lang

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean(text: str, limit: int = 300) -> str:
    """Untrusted text on one line: what moves a cursor, colours a terminal or turns the reading direction is shown
    as U+FFFD; cut after `limit` characters."""
    shown = "".join("\ufffd" if unicodedata.category(char) in _UNSEEN else char for char in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def money(minor: int, currency: tuple[str, int], lang: Lang) -> str:
    """`EUR 1,234.56` or `1 234,56 EUR`, with the minus sign U+2212 and a space that does not break."""
    plain = format_amount(abs(minor), currency[1])
    whole, _, cents = plain.partition(".")
    comma, point = (",", ".") if lang == "en" else ("\u202f", ",")
    grouped = f"{int(whole):,}".replace(",", comma) + (point + cents if cents else "")
    sign = "\u2212" if minor < 0 else ""
    return f"{currency[0]}\u00a0{sign}{grouped}" if lang == "en" else f"{sign}{grouped}\u00a0{currency[0]}"


def day(days: int, lang: Lang) -> str:
    """A calendar date (days since 1970-01-01) in words."""
    return words_of(date_of(days), lang)


def instant(seconds: int, lang: Lang) -> str:
    """Unix seconds as date and minute, UTC."""
    when = moment(seconds)
    clock, words = f"{when:%H:%M} UTC", words_of(when.date(), lang)
    return f"{words}, {clock}" if lang == "en" else f"{words} à {clock}"


def account(text: str) -> str:
    """An IBAN in groups of four (ISO 13616); any other account as it is."""
    if not _IBAN.fullmatch(text):
        return clean(text)
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def words_of(value: date, lang: Lang) -> str:
    """`24 November 2025`, `1er décembre 2025`."""
    first = "1er" if lang == "fr" and value.day == 1 else str(value.day)
    return f"{first} {MONTHS[lang][value.month - 1]} {value.year}"
