"""Days and instants of the protocol: numbers since 1970-01-01, and how they are written for machines.

How a person reads them, in French and English, is in `verifier.figures`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

_EPOCH: Final = date(1970, 1, 1).toordinal()

LAST_SECOND: Final = 253_402_300_799
"""Unix seconds of 9999-12-31 23:59:59 UTC: a hostile record may say more, and no calendar can show it."""


def day_of(value: date) -> int:
    """Days since 1970-01-01."""
    return value.toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The date of a day number; raises ValueError or OverflowError outside the years 1 to 9999."""
    return date.fromordinal(_EPOCH + day)


def iso_day(day: int) -> str:
    """`YYYY-MM-DD` of a day number."""
    return date_of(day).isoformat()


def moment(seconds: int) -> datetime:
    """Unix seconds as an instant in UTC, at most the calendar's last."""
    return datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC)


def rfc3339(seconds: int) -> str:
    """`YYYY-MM-DDThh:mm:ssZ` (RFC 3339)."""
    return f"{moment(seconds):%Y-%m-%dT%H:%M:%S}Z"


def utc_minute(seconds: int) -> str:
    """`YYYY-MM-DD hh:mm UTC`, for the details of a check."""
    return f"{moment(seconds):%Y-%m-%d %H:%M} UTC"
