"""Dates against the chain's clock: between which two anchors an invoice was logged, and what it says of its day."""

from __future__ import annotations

from bisect import bisect_right

from ledger.audit.chain import Transactions
from ledger.audit.context import Audit
from ledger.audit.documents import Issued
from verifier.dates import iso_day

_DAY = 86_400
EAST, WEST = 14 * 3_600, 12 * 3_600
"""Seconds: a calendar day begins 14 hours before UTC's in the first zone and ends 12 hours after it in the last."""
LATE = 2
"""Days after its own that an invoice may be logged without remark: a draft dated on Friday is issued on Sunday."""


def check_dates(audit: Audit, issued: list[Issued], sent: Transactions) -> None:
    """An invoice is not dated ahead of its anchor; one dated well before the anchor it follows is a warning."""
    sizes = [point.size for point in audit.shown.points]
    for item in issued:
        index = audit.shown.seals[item.map_key].index
        if index is None:
            continue
        sequence = bisect_right(sizes, index) + 1
        after, before = sent.times.get(sequence), sent.times.get(sequence - 1)
        if not after:
            continue
        where = f"invoices/{item.id}/issue_day"
        if is_ahead(item.issue_day, after[0]):
            audit.findings.add("dated-ahead", where, "it is dated after the block in which it was anchored")
        elif before and is_back(item.issue_day, before[0]):
            said = iso_day(item.issue_day)
            message = f"it says {said} and was logged after the anchor of {iso_day(before[0] // _DAY)}"
            audit.findings.add("dated-back", where, message, "warning")


def is_ahead(issue_day: int, anchored: int) -> bool:
    """Whether a day has begun nowhere on earth at a block time (Unix seconds)."""
    return issue_day * _DAY - EAST > anchored


def is_back(issue_day: int, before: int) -> bool:
    """Whether a day was over everywhere, and `LATE` more, when the anchor before was mined."""
    return (issue_day + 1 + LATE) * _DAY + WEST < before
