"""Due dates are calendar dates (D2); when payment is late is tested with the shown status (D1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.invoice.terms import EndOfMonth, due_date, month_end

PARIS = ZoneInfo("Europe/Paris")


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
