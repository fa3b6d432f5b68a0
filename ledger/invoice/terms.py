"""When payment falls due, and when it is late: calendar dates in the seller's zone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

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


def is_overdue(due: date, now: datetime, zone: ZoneInfo) -> bool:
    """Whether payment is late: from the day after the due date on, on the seller's calendar.

    Raises:
        ValueError: when `now` names no zone; a naive time would be late by the server's clock.
    """
    return local_date(now, zone) > due


def local_date(now: datetime, zone: ZoneInfo) -> date:
    """The calendar date of an instant in a zone."""
    if now.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return now.astimezone(UTC).astimezone(zone).date()
