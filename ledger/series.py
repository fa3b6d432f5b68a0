"""Number series: a pattern with year and counter, gapless and chronological (CGI ann. II 242 nonies A).

    F-{YYYY}-{seq:4}   →  F-2026-0001

The counter row is locked and moved in the transaction that issues, so a rollback leaves no gap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from ledger.context import Ledger
from ledger.errors import Conflict, Invalid, NotFound
from ledger.ids import new_id
from ledger.store.database import writing
from ledger.store.tables import series
from verifier.dates import iso_day
from verifier.errors import Malformed
from verifier.numbering import PLACE
from verifier.seal import check_number

_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")
MAX_COUNTER = 10**12
RESETS = ("yearly", "never")


@dataclass(frozen=True)
class Series:
    """One counter."""

    id: str
    issuer_id: str
    code: str
    pattern: str
    reset: str
    """`yearly` (in the seller's zone) or `never`."""
    year: int | None
    next_number: int
    issued: int
    last_day: int | None
    """Issue date of the last number, days since 1970-01-01."""
    closed: bool


def render_number(pattern: str, year: int, counter: int) -> str:
    """The number that a pattern gives."""

    def fill(match: re.Match[str]) -> str:
        if match[1] == "YYYY":
            return f"{year:04d}"
        if match[1] == "YY":
            return f"{year % 100:02d}"
        return str(counter).zfill(int(match[2] or 1))

    return PLACE.sub(fill, pattern)


def check_pattern(pattern: str, reset: str) -> str:
    """The pattern when it can number invoices for good.

    Raises:
        Invalid: `series-pattern`, with the reason.
    """
    places = [match[1].partition(":")[0] for match in PLACE.finditer(pattern)]
    if places.count("seq") != 1:
        raise Invalid("series-pattern", "a pattern has {seq} or {seq:N} once", where="/pattern")
    if "{" in PLACE.sub("", pattern) or "}" in PLACE.sub("", pattern):
        raise Invalid("series-pattern", "places are {YYYY}, {YY}, {seq} and {seq:N}", where="/pattern")
    if reset == "yearly" and not {"YYYY", "YY"} & set(places):
        raise Invalid("series-pattern", "a yearly reset repeats numbers without {YYYY} or {YY}", where="/pattern")
    try:
        check_number(render_number(pattern, 2026, 999_999_999), "/pattern")
    except Malformed as error:
        raise Invalid("series-pattern", error.message, where="/pattern") from error
    return pattern


def create_series(
    ledger: Ledger, issuer_id: str, code: str, pattern: str, reset: str = "yearly", next_number: int = 1
) -> Series:
    """Makes a series. Raises Invalid `series-…`, Conflict `series-exists`."""
    if not _CODE.fullmatch(code):
        raise Invalid("series-code", "1 to 32 letters, digits, - and _", where="/code")
    if reset not in RESETS:
        raise Invalid("series-reset", "yearly or never", where="/reset")
    check_pattern(pattern, reset)
    _check_next(next_number)
    made = Series(
        new_id("ser", ledger.clock(), ledger.entropy),
        issuer_id, code, pattern, reset, None, next_number, 0, None, closed=False,
    )  # fmt: skip
    try:
        with writing(ledger.engine) as connection:
            connection.execute(series.insert().values(**made.__dict__, created=ledger.now()))
    except IntegrityError as error:
        raise Conflict("series-exists", "a series with this code exists", where="/code") from error
    return made


def _check_next(next_number: int) -> None:
    if not 1 <= next_number < MAX_COUNTER:
        raise Invalid("series-next", "1 to 10^12", where="/next_number")


def update_series(
    ledger: Ledger, issuer_id: str, code: str, *, next_number: int | None = None, closed: bool | None = None
) -> Series:
    """Raises the counter of an empty series, or closes one; a counter never goes down (N6).

    Raises:
        Conflict: `series-next`, the series is in use or the number is lower; `series-closed`, for good.
    """
    with writing(ledger.engine) as connection:
        found = lock_series(connection, issuer_id, code)
        if next_number is not None:
            _check_next(next_number)
            if found.issued or next_number < found.next_number:
                raise Conflict(
                    "series-next",
                    "a counter only grows, and only while the series is empty",
                    where="/next_number",
                )
            found = replace(found, next_number=next_number)
        if closed is not None:
            if found.closed and not closed:
                raise Conflict("series-closed", "a closed series stays closed", where="/closed")
            found = replace(found, closed=closed)
        save_series(connection, found)
        return found


def lock_series(connection: Connection, issuer_id: str, code: str) -> Series:
    """The series, its row locked until the transaction ends; raises NotFound `series`."""
    query = select(series).where(series.c.issuer_id == issuer_id, series.c.code == code).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("series", f"no series {code!r}", where="/series")
    return series_of(row)


def save_series(connection: Connection, changed: Series) -> None:
    """Writes a locked series back."""
    values = {
        "year": changed.year,
        "next_number": changed.next_number,
        "issued": changed.issued,
        "last_day": changed.last_day,
        "closed": changed.closed,
    }
    connection.execute(series.update().where(series.c.id == changed.id).values(values))


def list_series(connection: Connection, issuer_id: str) -> list[Series]:
    """An issuer's series, oldest first."""
    query = select(series).where(series.c.issuer_id == issuer_id).order_by(series.c.id)
    return [series_of(row) for row in connection.execute(query)]


def series_of(row: Any) -> Series:
    """From a row of `series`."""
    return Series(
        row.id, row.issuer_id, row.code, row.pattern, row.reset, row.year,
        row.next_number, row.issued, row.last_day, row.closed,
    )  # fmt: skip


def take_number(current: Series, day: date, ordinal: int, where: str) -> tuple[str, Series]:
    """The next number for an invoice dated `day` (`ordinal`: days since 1970-01-01), and the series after it.

    Raises:
        Conflict: `chronology` when an invoice with a later date has a number already; `series-closed`.
    """
    if current.closed:
        raise Conflict("series-closed", f"the series {current.code} is closed", where=where)
    if current.last_day is not None and ordinal < current.last_day:
        last = iso_day(current.last_day)
        raise Conflict("chronology", f"the last invoice of this series is dated {last}", where=where)
    restart = current.reset == "yearly" and current.year is not None and current.year != day.year
    counter = 1 if restart else current.next_number
    number = render_number(current.pattern, day.year, counter)
    try:
        check_number(number, where)
    except Malformed as error:
        raise Conflict("series-full", "the pattern gives a number that is too long", where=where) from error
    moved = replace(current, year=day.year, next_number=counter + 1, issued=current.issued + 1, last_day=ordinal)
    return number, moved
