"""The shown status: one word by the first rule that holds, and the zone decides when a day is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.small_ledger import BAKERY, document_of, seal_of
from verifier.errors import Inconclusive
from verifier.invoice_rules import first_record
from verifier.records import InvoiceRecord, payee_commitment
from verifier.seal import CREDIT_NOTE_TYPES
from verifier.status import PayTo, flags_of, label_of, pay_to_of, standing_of, today_in

DUE_DAY = 20_446  # 2025-12-24
RECORD = first_record(seal_of(document_of(BAKERY, "F-1")), b"\1" * 32, BAKERY.key, b"\2" * 32, 7)
NOTE = replace(RECORD, type_code=381)
OPEN = (("quality", "buyer"),)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("label", "today", "changes"),
    [
        ("issued", DUE_DAY, {}),
        ("overdue", DUE_DAY + 1, {}),
        ("partially_paid", DUE_DAY, {"received": 1}),
        ("overdue", DUE_DAY + 1, {"received": 11_999}),
        ("paid", DUE_DAY + 1, {"received": 12_000}),
        ("paid", DUE_DAY + 1, {"received": 12_001}),
        ("paid", DUE_DAY, {"received": 1, "credited": 11_999}),
        ("paid", DUE_DAY, {"received": 1, "credited": 12_000}),
        ("credited", DUE_DAY + 1, {"credited": 12_000}),
        ("issued", DUE_DAY, {"credited": 11_999}),
        ("written_off", DUE_DAY + 1, {"written_off": 12_000}),
        ("written_off", DUE_DAY + 1, {"received": 2_000, "written_off": 10_000}),
        ("partially_paid", DUE_DAY, {"received": 2_000, "written_off": 9_999}),
        ("disputed", DUE_DAY + 1, {"dispute": OPEN[0]}),
        ("disputed", DUE_DAY, {"dispute": OPEN[0], "received": 1}),
        ("paid", DUE_DAY, {"dispute": OPEN[0], "received": 12_000}),
        ("settled", DUE_DAY + 1, {"due": 0}),
        ("paid", DUE_DAY + 1, {"due": 0, "received": 1}),
    ],
)
def test_the_first_rule_that_holds(label: str, today: int, changes: dict[str, object]) -> None:
    record = replace(RECORD, **changes)  # type: ignore[arg-type]
    assert label_of(record, DUE_DAY, today) == label


def test_without_a_due_date_nothing_is_overdue() -> None:
    assert label_of(RECORD, None, 100_000) == "issued"


@pytest.mark.parametrize(("used", "label"), [(0, "issued"), (1, "partially_applied"), (12_000, "applied")])
def test_a_credit_note_is_issued_then_applied(used: int, label: str) -> None:
    """It is never overdue: nobody owes it."""
    assert label_of(replace(NOTE, credited=used), DUE_DAY, DUE_DAY + 1) == label


@pytest.mark.parametrize("type_code", sorted(CREDIT_NOTE_TYPES))
def test_every_type_that_credits_is_a_credit_note(type_code: int) -> None:
    """One list for the rules at issue, the printed page and the verdict: 296, 308, 420 and 458 among them."""
    assert label_of(replace(RECORD, type_code=type_code, credited=1), DUE_DAY, DUE_DAY + 1) == "partially_applied"


@pytest.mark.parametrize(
    ("zone", "now", "label"),
    [
        ("Europe/Paris", "2025-12-24T22:59:59", "issued"),
        ("Europe/Paris", "2025-12-24T23:00:00", "overdue"),
        ("Pacific/Auckland", "2025-12-24T10:59:59", "issued"),
        ("Pacific/Auckland", "2025-12-24T11:00:00", "overdue"),
        ("America/New_York", "2025-12-25T04:59:59", "issued"),
        ("America/New_York", "2025-12-25T05:00:00", "overdue"),
        ("UTC", "2025-12-25T00:00:00", "overdue"),
    ],
)
def test_the_due_day_ends_in_the_issuers_zone(zone: str, now: str, label: str) -> None:
    standing = standing_of(RECORD, DUE_DAY, zone, at(now), pay_to=PayTo(None, False))
    assert standing.label == label


def test_the_due_day_across_a_change_of_the_clock() -> None:
    """2026-03-29, 02:00 becomes 03:00 in Paris: the day has 23 hours."""
    day = datetime(2026, 3, 29, tzinfo=UTC).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
    assert today_in("Europe/Paris", at("2026-03-28T23:00:00")) == day
    assert today_in("Europe/Paris", at("2026-03-29T21:59:59")) == day
    assert today_in("Europe/Paris", at("2026-03-29T22:00:00")) == day + 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "../../etc/passwd", "/etc/localtime", "x" * 64, "\0", "é"])
def test_an_unknown_zone_cannot_tell(zone: str) -> None:
    with pytest.raises(Inconclusive) as caught:
        today_in(zone, 0)
    assert caught.value.code == "zone-unknown"


def test_a_time_that_no_calendar_has_cannot_tell() -> None:
    with pytest.raises(Inconclusive):
        today_in("UTC", 2**53)


def test_flags_stand_beside_the_word() -> None:
    record = replace(RECORD, assignee=(bytes(32), bytes(32)), dispute=OPEN[0], erased=True, received=12_000)
    assert flags_of(record) == ("assigned", "disputed", "erased")
    assert flags_of(RECORD) == ()


def test_the_account_to_pay_is_the_committed_one() -> None:
    account = "FR7615589297010123456789067"
    assert pay_to_of(RECORD, account) == PayTo(account, False)
    assert pay_to_of(RECORD, "FR7630001007941234567890185") == PayTo(None, True)
    changed = replace(RECORD, payee=payee_commitment(b"\3" * 32, "FR7630001007941234567890185"))
    assert pay_to_of(changed, account) == PayTo(None, True)
    none = replace(RECORD, payee=payee_commitment(RECORD.seal_digest, None))
    assert pay_to_of(none, None) == PayTo(None, False)


AMOUNTS = st.integers(0, 15_000)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from([380, 381]), st.booleans())
def test_nothing_owed_is_never_overdue_and_something_owed_is(
    received: int, credited: int, written_off: int, code: int, late: bool
) -> None:
    """Whatever the amounts: the word agrees with what remains, and the standing repeats the record."""
    record: InvoiceRecord = replace(
        RECORD, type_code=code, received=received, credited=credited, written_off=written_off
    )
    now = at("2026-01-15T00:00:00") if late else at("2025-12-01T00:00:00")
    standing = standing_of(record, DUE_DAY, "Europe/Paris", now, pay_to=PayTo("x", False), grades=("declared",))
    assert standing.remaining == 12_000 - received - credited - written_off
    assert (standing.label == "overdue") == (code == 380 and late and standing.remaining > 0)
    if standing.remaining > 0:
        assert standing.label in {"issued", "overdue", "partially_paid", "partially_applied"}
    assert (standing.received, standing.credited, standing.written_off) == (received, credited, written_off)
    assert (standing.pay_to, standing.payment_grades, standing.assigned) == ("x", ("declared",), False)
