"""Due dates and lateness are calendar dates in the seller's zone (D1, D2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.invoice.terms import EndOfMonth, due_date, is_overdue, month_end

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (datetime(2026, 3, 31, 21, 59, 59, 999999, tzinfo=UTC), False),
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 0, 0, tzinfo=UTC), False),
        (datetime(2026, 4, 1, 7, 0, tzinfo=ZoneInfo("Asia/Tokyo")), True),
        (datetime(2026, 4, 1, 6, 59, tzinfo=ZoneInfo("Asia/Tokyo")), False),
    ],
)
def test_D1_late_from_the_day_after_in_the_sellers_zone(now: datetime, late: bool) -> None:
    """Due on 31 March in Paris: late from 22:00 UTC, wherever the clock stands."""
    assert is_overdue(date(2026, 3, 31), now, PARIS) is late


def test_D1_other_zones() -> None:
    """One instant is late for a seller in Auckland and not for one in Honolulu."""
    now = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
    assert is_overdue(date(2026, 3, 31), now, ZoneInfo("Pacific/Auckland"))
    assert not is_overdue(date(2026, 3, 31), now, ZoneInfo("Pacific/Honolulu"))


def test_D1_an_instant_needs_a_zone() -> None:
    """A naive time is refused instead of being read by the server's clock."""
    with pytest.raises(ValueError, match="zone"):
        is_overdue(date(2026, 3, 31), datetime(2026, 4, 1), PARIS)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("days", "end_of_month", "expected"),
    [
        (60, "none", date(2026, 3, 16)),
        (45, "before", date(2026, 3, 17)),
        (45, "after", date(2026, 3, 31)),
        (30, "after", date(2026, 2, 28)),
    ],
)
def test_D2_the_four_ways_to_count(days: int, end_of_month: EndOfMonth, expected: date) -> None:
    """Issued on 15 January 2026."""
    assert due_date(date(2026, 1, 15), days, end_of_month) == expected


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_D2_relations(issued: date, days: int) -> None:
    """Every way is at or after the plain count; "after" ends a month, "before" is the days after its end."""
    net = due_date(issued, days)
    assert net - issued == timedelta(days)
    assert due_date(issued, days, "after") == month_end(net) >= net
    assert due_date(issued, days, "before") - month_end(issued) == timedelta(days)


@pytest.mark.parametrize(("issued", "days"), [(date(2026, 1, 1), -1), (date(9999, 12, 31), 1)])
def test_D2_refused(issued: date, days: int) -> None:
    """Negative days and dates beyond the calendar are refused."""
    with pytest.raises(ValueError, match=r"negative|beyond"):
        due_date(issued, days)


def test_D2_in_a_draft(draft: Callable[..., Any], document: Callable[..., Any]) -> None:
    """Terms in a draft become the due date of the document, and leave it."""
    terms = {"days": "45", "end_of_month": "before"}
    made = document(draft(due_date=None, due_terms=terms))
    assert made["due_date"] == "2026-11-14"
    assert "due_terms" not in made
