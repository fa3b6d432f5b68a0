"""How one invoice speaks: its language, its currency, and the digits that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.formats import figures
from ledger.formats.figures import NO_BREAK_SPACE, Language
from ledger.formats.names import NAMES, Names
from ledger.formats.wording import WORDINGS
from verifier.seal import credits


@dataclass(frozen=True, slots=True)
class Voice:
    """Turns members of a completed document into what is printed.

    Attributes:
        language: Language of the fixed words; what people wrote is printed as they wrote it.
        currency: BT-5.
        digits: Decimals of the currency, as the document's own totals have them.
        credit: Whether the document credits the buyer (credit note).
        words: Fixed words.
        names: Names of codes.
    """

    language: Language
    currency: str
    digits: int
    credit: bool
    words: Mapping[str, str]
    names: Names

    def money(self, value: str, currency: str = "") -> str:
        """Writes an amount with its currency (the document's unless another is said)."""
        return figures.amount(value, currency or self.currency, self.language)

    def bare(self, value: str) -> str:
        """Writes an amount of a column whose currency is known, with the currency's digits at least."""
        return figures.number(value, self.language, digits=self.digits)

    def number(self, value: str) -> str:
        """Writes a number."""
        return figures.number(value, self.language)

    def percent(self, value: str) -> str:
        """Writes a rate."""
        return figures.percent(value, self.language)

    def day(self, value: str) -> str:
        """Writes a date in words."""
        return figures.day(value, self.language)

    def labelled(self, key: str, value: str) -> str:
        """Writes a fixed word, a colon, and a value."""
        return f"{self.words[key]}{self.words['colon']}{value}"

    def quantity(self, value: str, unit: str) -> str:
        """Writes a quantity with the name of its unit."""
        name = self.names.unit(unit, value)
        return f"{self.number(value)}{NO_BREAK_SPACE}{name}" if name else self.number(value)

    def period(self, period: Mapping[str, str]) -> str:
        """Writes a period of which one end may be open."""
        start, end = period.get("start"), period.get("end")
        ends = {"start": self.day(start) if start else "", "end": self.day(end) if end else ""}
        which = "period_from_to" if start and end else "period_from" if start else "period_to"
        return self.words[which].format(**ends)

    def identifier(self, identifier: Mapping[str, str]) -> str:
        """Writes an identifier after the name of its register: `SIREN 912345675`."""
        scheme = identifier.get("scheme", "")
        named = self.names.schemes.get(scheme, scheme)
        return f"{named}{NO_BREAK_SPACE}{identifier['value']}" if named else identifier["value"]


def voice(document: Mapping[str, Any], language: Language) -> Voice:
    """The voice of a completed document in a language."""
    _, _, fraction = document["totals"]["due"].partition(".")
    type_code = document["type_code"]
    return Voice(
        language,
        document["currency"],
        len(fraction),
        credits(type_code),
        WORDINGS[language],
        NAMES[language],
    )
