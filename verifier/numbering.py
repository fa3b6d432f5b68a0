"""Numbers of a series: read back by its pattern, and checked to leave no gap and to follow the dates.

A pattern has {seq} or {seq:N} once, and may have {YYYY} or {YY}: F-{YYYY}-{seq:4}.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from verifier.dates import date_of

PLACE = re.compile(r"\{(YYYY|YY|seq(?::([1-9]))?)\}")
"""What a pattern is filled in at: {YYYY}, {YY}, {seq} or {seq:N}."""


@dataclass(frozen=True)
class Numbered:
    """An invoice as numbering sees it."""

    number: str
    """BT-1."""
    day: int
    """BT-2, days since 1970-01-01."""


@dataclass(frozen=True)
class Run:
    """What the numbers of one series come to."""

    faults: tuple[tuple[int, str], ...]
    """(place in the sequence, what is wrong there)."""
    first: int | None
    """Counter of the first number, None when there is none."""
    last: int | None
    """Counter of the last number."""
    year: int | None
    """Year of the last number's date."""
    voids: int
    """Numbers that were closed without an invoice and so are no gap."""


def year_of(day: int) -> int:
    """Calendar year of a day number; raises ValueError outside years 1 to 9999."""
    return date_of(day).year


def counter_of(pattern: str, number: str, year: int) -> int | None:
    """The counter in a number that the pattern gives in that year, or None when it does not give it."""
    places = [match[1].partition(":")[0] for match in PLACE.finditer(pattern)]
    if places.count("seq") != 1:
        return None
    expression, at = "", 0
    for match in PLACE.finditer(pattern):
        expression += re.escape(pattern[at : match.start()])
        at = match.end()
        if match[1].startswith("seq"):
            expression += "([0-9]{1,13})"
        else:
            expression += f"{year:04d}" if match[1] == "YYYY" else f"{year % 100:02d}"
    found = re.fullmatch(expression + re.escape(pattern[at:]), number, re.ASCII)
    if found is None:
        return None
    width = next(int(match[2] or 1) for match in PLACE.finditer(pattern) if match[1].startswith("seq"))
    return int(found[1]) if str(int(found[1])).zfill(width) == found[1] else None


def number_at(pattern: str, year: int, counter: int) -> str:
    """The number that a pattern gives."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "YYYY":
            return f"{year:04d}"
        if match[1] == "YY":
            return f"{year % 100:02d}"
        return str(counter).zfill(int(match[2] or 1))

    return PLACE.sub(fill, pattern)


def check_run(pattern: str, yearly: bool, numbered: Sequence[Numbered], voids: Collection[str] = ()) -> Run:
    """Reads the numbers of a series in the order in which they were logged.

    Args:
        pattern: of the series.
        yearly: the counter begins again at 1 with each year; else never.
        numbered: every invoice of the series, in log order.
        voids: numbers, upper case, that were closed for good without an invoice.
    """
    faults: list[tuple[int, str]] = []
    first: int | None = None
    last: int | None = None
    year: int | None = None
    skipped = 0
    day = -1
    for at, item in enumerate(numbered):
        of_day = year_of(item.day)
        counter = counter_of(pattern, item.number, of_day)
        if counter is None:
            faults.append((at, f"{item.number} is no number of the pattern {pattern} in {of_day}"))
            continue
        restart = yearly and year is not None and year != of_day
        expected = 1 if restart else counter if last is None else last + 1
        while expected < counter and number_at(pattern, of_day, expected).upper() in voids:
            expected += 1
            skipped += 1
        if counter != expected:
            faults.append((at, f"{item.number} follows where {number_at(pattern, of_day, expected)} is due"))
        if item.day < day:
            faults.append((at, f"{item.number} is dated before the number that precedes it"))
        first = counter if first is None else first
        last, year, day = counter, of_day, max(day, item.day)
    return Run(tuple(faults), first, last, year, skipped)
