"""When payment falls due: a calendar date. When it is late is the shown status's to say (`verifier.status`)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Literal

EndOfMonth = Literal["none", "before", "after"]


def month_end(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def due_date(issued: date, days: int, end_of_month: EndOfMonth = "none") -> date:
    """The last day to pay.

    Args:
        issued: Issue date (BT-2), a calendar date in the seller's zone.
        days: Calendar days to add, not negative.
        end_of_month: "before": end of month, then the days. "after": the days, then end of month.

    Raises:
        ValueError: when `days` is negative or the date is beyond the calendar.
    """
    if days < 0:
        raise ValueError("days until payment are not negative")
    try:
        if end_of_month == "before":
            return month_end(issued) + timedelta(days=days)
        due = issued + timedelta(days=days)
    except OverflowError:
        raise ValueError("the due date is beyond the calendar") from None
    return month_end(due) if end_of_month == "after" else due
