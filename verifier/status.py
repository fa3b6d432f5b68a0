"""The status that is shown, derived from an invoice's record; it is stored nowhere (PROTOCOL.md §5).

The record holds amounts only, so that two programs cannot disagree about a word. *Overdue* alone depends on
the clock: a due date ends with its day in the issuer's own zone, whatever the zone of the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from verifier.dates import day_of
from verifier.errors import Inconclusive
from verifier.records import InvoiceRecord, payee_commitment
from verifier.seal import CREDIT_NOTE_TYPES
from verifier.verdict import Standing


@dataclass(frozen=True)
class PayTo:
    """Whom to pay, as far as the record's commitment is opened."""

    account: str | None
    """BT-84; None when there is no account or it is not disclosed."""
    changed: bool
    """The printed account is no longer the one to pay."""


def today_in(zone: str, now: int) -> int:
    """The day it is in an IANA zone at `now` (Unix seconds), in days since 1970-01-01.

    Raises:
        Inconclusive: `zone-unknown`, no such zone in this machine's time zone data.
    """
    try:
        local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone))
    # A folder of zones such as `America` is an OSError, a path out of the data a ValueError.
    except (KeyError, ValueError, OSError, OverflowError) as error:
        raise Inconclusive("zone-unknown", "no time zone of this name is known here") from error
    return day_of(local.date())


def label_of(record: InvoiceRecord, due_day: int | None, today: int) -> str:
    """The status word: the first rule that holds. Days since 1970-01-01, `today` in the issuer's zone."""
    if record.type_code in CREDIT_NOTE_TYPES:
        return _credit_note_label(record)
    if record.credited and record.credited == record.due and not record.received:
        return "credited"
    if record.written_off and record.remaining <= 0:
        return "written_off"
    if record.remaining <= 0:
        return "paid" if record.received else "settled"
    if record.dispute is not None:
        return "disputed"
    if due_day is not None and today > due_day:
        return "overdue"
    return "partially_paid" if record.received else "issued"


def _credit_note_label(record: InvoiceRecord) -> str:
    if record.remaining == record.due:
        return "issued"
    return "partially_applied" if record.remaining > 0 else "applied"


def flags_of(record: InvoiceRecord) -> tuple[str, ...]:
    """What is shown beside the status word."""
    flags = (
        ("assigned", record.assignee is not None),
        ("disputed", record.dispute is not None),
        ("erased", record.erased),
    )
    return tuple(name for name, holds in flags if holds)


def pay_to_of(record: InvoiceRecord, account: str | None) -> PayTo:
    """Whom to pay as far as the seal shows it: its own account (BT-84) while the record commits to it."""
    if payee_commitment(record.seal_digest, account) == record.payee:
        return PayTo(account, False)
    return PayTo(None, True)


def standing_of(
    record: InvoiceRecord,
    due_day: int | None,
    zone: str,
    now: int,
    *,
    pay_to: PayTo,
    grades: tuple[str, ...] = (),
) -> Standing:
    """How an invoice stands by its record.

    Args:
        record: the invoice's record.
        due_day: BT-9 of the seal, days since 1970-01-01.
        zone: IANA zone of the issuer's record.
        now: Unix seconds.
        pay_to: from `pay_to_of`.
        grades: grades of the open payments, without repetition.

    Raises:
        Inconclusive: `zone-unknown`.
    """
    return Standing(
        label=label_of(record, due_day, today_in(zone, now)),
        flags=flags_of(record),
        due=record.due,
        received=record.received,
        credited=record.credited,
        written_off=record.written_off,
        remaining=record.remaining,
        pay_to=pay_to.account,
        pay_to_changed=pay_to.changed,
        assigned=record.assignee is not None,
        disputed=record.dispute,
        payment_grades=grades,
    )
