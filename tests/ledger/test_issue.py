"""Issuing: numbers (cases N1, N3–N7), one transaction, what is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ledger.drafts import create_draft, delete_draft
from ledger.errors import Conflict, Invalid, LedgerError, NotFound
from ledger.invoice import InvoiceError
from ledger.invoices import get_invoice
from ledger.issue import Item, issue, preview
from ledger.issuers import enrol, update_seller
from ledger.series import check_pattern, create_series, render_number, update_series
from ledger.store.database import reading
from ledger.store.tables import drafts, entries, invoices, series
from tests.ledger.bare import Bare, bare, make_bare, sample
from verifier.cose import check_signature, external_aad
from verifier.seal import decode_seal, seal_digest
from verifier.statement import decode_entry

__all__ = ["bare"]


def count(made: Bare, table: object) -> int:
    with reading(made.ledger.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def everything(made: Bare) -> tuple[int, ...]:
    with reading(made.ledger.engine) as connection:
        counters = tuple(connection.execute(select(series.c.next_number).order_by(series.c.id)).scalars())
    return (count(made, invoices), count(made, entries), count(made, drafts), *counters)


def at(year: int, month: int, day: int, hour: int = 12) -> float:
    return datetime(year, month, day, hour, tzinfo=UTC).timestamp()


def test_numbers_follow_each_other_and_the_seal_says_the_same(bare: Bare) -> None:
    made = bare.issue("10.00", "20.00", "30.00")
    assert [m.number for m in made] == ["F-2026-0001", "F-2026-0002", "F-2026-0003"]
    with reading(bare.ledger.engine) as connection:
        for item in made:
            stored = get_invoice(connection, bare.issuer, item.id)
            seal = decode_seal(item.seal)
            assert stored.document["number"] == seal.seal.number == item.number
            assert seal_digest(seal.sign1, bare.ledger.ledger_id) == item.seal_digest == stored.seal_digest


def test_order_of_numbers_is_the_order_of_entries(bare: Bare) -> None:
    bare.issue("1.00", "2.00")
    bare.issue("3.00")
    with reading(bare.ledger.engine) as connection:
        raws = connection.execute(select(entries.c.raw).where(entries.c.type == 6).order_by(entries.c.seq)).scalars()
        numbers = [decode_seal_number(raw) for raw in raws]
    assert numbers == ["F-2026-0001", "F-2026-0002", "F-2026-0003"]


def decode_seal_number(raw: bytes) -> str:
    from verifier.seal import decode_seal_payload

    return decode_seal_payload(decode_entry(raw).payload).number


def test_eight_workers_two_hundred_drafts(bare: Bare) -> None:
    """N1."""
    barrier = threading.Barrier(8)

    def work(worker: int) -> list[str]:
        barrier.wait()
        return [bare.issue("5.00")[0].number for _ in range(25)]

    with ThreadPoolExecutor(8) as pool:
        numbers = sorted(number for part in pool.map(work, range(8)) for number in part)
    assert numbers == [f"F-2026-{n:04d}" for n in range(1, 201)]
    with reading(bare.ledger.engine) as connection:
        raws = connection.execute(select(entries.c.raw).where(entries.c.type == 6).order_by(entries.c.seq)).scalars()
        assert [decode_seal_number(raw) for raw in raws] == numbers


def test_a_deleted_draft_leaves_no_hole(bare: Bare) -> None:
    """N3."""
    kept = [create_draft(bare.ledger, bare.issuer, bare.draft(f"{n}.00")) for n in (1, 2, 3)]
    assert all("number" not in item.body for item in kept)
    delete_draft(bare.ledger, bare.issuer, kept[1].id)
    items = [Item(item.body, "F", item.id, item.version) for item in (kept[0], kept[2])]
    assert [m.number for m in issue(bare.ledger, bare.issuer, items)] == ["F-2026-0001", "F-2026-0002"]
    assert count(bare, drafts) == 0


def test_an_earlier_date_is_refused_and_the_same_allowed(bare: Bare) -> None:
    """N4."""
    bare.issue("1.00", issue_date="2026-03-10")
    before = everything(bare)
    with pytest.raises(Conflict) as caught:
        bare.issue("1.00", issue_date="2026-03-09")
    assert (caught.value.code, caught.value.where) == ("chronology", "/issue_date")
    assert everything(bare) == before
    assert bare.issue("1.00", issue_date="2026-03-10")[0].number == "F-2026-0002"


def test_a_batch_with_one_early_date_writes_nothing(bare: Bare) -> None:
    before = everything(bare)
    items = [Item(bare.draft(issue_date=day), "F") for day in ("2026-03-10", "2026-03-11", "2026-03-10")]
    with pytest.raises(Conflict) as caught:
        issue(bare.ledger, bare.issuer, items)
    assert caught.value.where == "/2/issue_date"
    assert everything(bare) == before


@pytest.mark.parametrize(
    ("instant", "number"),
    [
        (at(2025, 12, 31, 22), "F-2025-0001"),
        (at(2025, 12, 31, 23), "F-2026-0001"),  # midnight has passed in Paris
    ],
)
def test_the_year_turns_in_the_sellers_zone(bare: Bare, instant: float, number: str) -> None:
    bare.clock.time = instant
    assert bare.issue("1.00")[0].number == number


def test_yearly_reset(bare: Bare) -> None:
    """N5, without XML."""
    bare.clock.time = at(2025, 11, 3)
    update_series(bare.ledger, bare.issuer, "F", next_number=114)
    assert bare.issue("1.00")[0].number == "F-2025-0114"
    bare.clock.time = at(2026, 1, 2)
    first, second = bare.issue("1.00", "2.00")
    assert (first.number, second.number) == ("F-2026-0001", "F-2026-0002")


def test_a_series_without_reset_counts_on(bare: Bare) -> None:
    create_series(bare.ledger, bare.issuer, "N", "N{seq:6}", reset="never")
    bare.clock.time = at(2025, 12, 1)
    assert bare.issue("1.00", series="N")[0].number == "N000001"
    bare.clock.time = at(2026, 2, 1)
    assert bare.issue("1.00", series="N")[0].number == "N000002"


def test_a_counter_only_grows_and_only_while_empty(bare: Bare) -> None:
    """N6."""
    update_series(bare.ledger, bare.issuer, "F", next_number=10)
    with pytest.raises(Conflict):
        update_series(bare.ledger, bare.issuer, "F", next_number=9)
    bare.issue("1.00")
    with pytest.raises(Conflict) as caught:
        update_series(bare.ledger, bare.issuer, "F", next_number=50)
    assert caught.value.code == "series-next"


def test_two_series_cannot_give_one_number(bare: Bare) -> None:
    create_series(bare.ledger, bare.issuer, "X", "f-{YYYY}-{seq:4}")
    bare.issue("1.00")
    before = everything(bare)
    with pytest.raises(Conflict) as caught:
        bare.issue("1.00", series="X")  # differs in case only
    assert caught.value.code == "number-used"
    assert everything(bare) == before


@pytest.mark.parametrize(
    ("pattern", "reset"),
    [
        ("F-{YYYY}", "yearly"),
        ("{seq}{seq}", "never"),
        ("F-{seq}", "yearly"),
        ("F-{MM}-{seq}", "never"),
        ("é{seq}", "never"),
        ("F-{seq}-012345678901234567890123456789", "never"),
        (" F{seq}", "never"),
        ("F  {seq}", "never"),
        ("{seq", "never"),
    ],
)
def test_patterns_that_cannot_number_invoices(pattern: str, reset: str) -> None:
    with pytest.raises(Invalid):
        check_pattern(pattern, reset)


def test_patterns() -> None:
    assert render_number("F-{YYYY}-{seq:4}", 2026, 7) == "F-2026-0007"
    assert render_number("{YY}/{seq}", 2026, 12345) == "26/12345"


def test_all_faults_of_all_drafts_at_once_and_nothing_written(bare: Bare) -> None:
    before = everything(bare)
    bad = bare.draft()
    bad["currency"] = "ZZZ"
    worse = bare.draft()
    worse["lines"][0]["net_price"] = 12.5
    with pytest.raises(InvoiceError) as caught:
        issue(bare.ledger, bare.issuer, [Item(bad, "F"), Item(bare.draft(), "F"), Item(worse, "F")])
    pointers = {v.pointer for v in caught.value.violations}
    assert "/0/currency" in pointers
    assert "/2/lines/0/net_price" in pointers
    assert not any(pointer.startswith("/1") for pointer in pointers)
    assert everything(bare) == before


def test_a_character_without_a_font_is_refused_at_preview_and_issue(bare: Bare) -> None:
    draft = bare.draft()
    draft["lines"][0]["name"] = "Livre 日本"
    for act in (
        lambda: preview(bare.ledger, bare.issuer, draft),
        lambda: issue(bare.ledger, bare.issuer, [Item(draft, "F")]),
    ):
        with pytest.raises(InvoiceError) as caught:
            act()
        assert {(v.rule, v.pointer) for v in caught.value.violations} == {("SC-FONT", "/lines/0/name")}


def test_the_seller_is_the_issuer_whatever_the_draft_says(bare: Bare) -> None:
    (made,) = bare.issue("1.00", seller=sample("bakery.json")["seller"])
    assert decode_seal(made.seal).seal.seller_name == "Atelier Lumen SARL"


def test_later_details_do_not_change_what_is_issued(bare: Bare) -> None:
    """L1: the body, as stored."""
    (first,) = bare.issue("1.00")
    with reading(bare.ledger.engine) as connection:
        before = get_invoice(connection, bare.issuer, first.id)
    moved = bare.enrolment.issuer.seller | {
        "address": {"line1": "1 place Neuve", "city": "Lyon", "postcode": "69001", "country": "FR"}
    }
    update_seller(bare.ledger, bare.issuer, moved, version=1)
    (second,) = bare.issue("1.00")
    with reading(bare.ledger.engine) as connection:
        assert get_invoice(connection, bare.issuer, first.id) == before
        assert get_invoice(connection, bare.issuer, second.id).document["seller"]["address"]["city"] == "Lyon"


def test_name_and_legal_id_do_not_change(bare: Bare) -> None:
    with pytest.raises(Conflict) as caught:
        update_seller(bare.ledger, bare.issuer, bare.enrolment.issuer.seller | {"name": "Autre"}, version=1)
    assert caught.value.code == "identity"


def test_one_legal_id_is_enrolled_once(bare: Bare) -> None:
    with pytest.raises(Conflict) as caught:
        enrol(bare.ledger, sample("five-lines.json")["seller"], "Europe/Paris")
    assert caught.value.code == "issuer-exists"


def test_the_control_key_leaves_and_stays_nowhere(bare: Bare) -> None:
    from ledger.keys import control_key_of

    control = control_key_of(bare.enrolment.recovery_kit)
    with reading(bare.ledger.engine) as connection:
        entry = decode_entry(connection.execute(select(entries.c.raw).where(entries.c.type == 1)).scalar_one())
        check_signature(entry.signatures[0], control.public, external_aad(bare.ledger.ledger_id, 1))
    scalar = control.scalar()
    for table in (entries, invoices):
        with reading(bare.ledger.engine) as connection:
            for row in connection.execute(select(table)):
                assert not any(isinstance(value, bytes) and scalar in value for value in row)


def test_a_date_ahead_is_refused(bare: Bare) -> None:
    with pytest.raises(Invalid) as caught:
        bare.issue("1.00", issue_date="2026-05-30")
    assert caught.value.code == "issue-date"


def test_unknown_series_and_issuer(bare: Bare) -> None:
    with pytest.raises(NotFound):
        bare.issue("1.00", series="Q")
    with pytest.raises(NotFound):
        issue(bare.ledger, "iss_" + "0" * 32, [Item(bare.draft(), "F")])


def test_a_changed_draft_is_not_issued(bare: Bare) -> None:
    kept = create_draft(bare.ledger, bare.issuer, bare.draft())
    with pytest.raises(Conflict) as caught:
        issue(bare.ledger, bare.issuer, [Item(kept.body, "F", kept.id, kept.version + 1)])
    assert caught.value.code == "draft-gone"
    assert count(bare, invoices) == 0


def test_a_credit_note_names_the_seal_it_corrects(bare: Bare) -> None:
    (first,) = bare.issue("50.00")
    note = bare.draft("50.00") | {
        "type_code": "381",
        "preceding": [
            {"number": first.number, "issue_date": "2026-05-28"},
            {"number": "OLD-1", "issue_date": "2025-01-01"},
        ],
    }
    (made,) = issue(bare.ledger, bare.issuer, [Item(note, "A")])
    assert decode_seal(made.seal).seal.corrects == ((first.seal_digest, first.number), (None, "OLD-1"))


def test_signing_keys_are_encrypted_at_rest(tmp_path: Path) -> None:
    made = make_bare("sqlite", tmp_path)
    from ledger.store.tables import keys

    with reading(made.ledger.engine) as connection:
        rows = connection.execute(select(keys)).all()
        for row in rows:
            scalar = made.ledger.vault.open(row.sealed, row.purpose, row.thumbprint)
            assert scalar not in row.sealed
    made.ledger.engine.dispose()
    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert scalar not in data
        assert scalar.hex().encode() not in data


def test_a_key_does_not_open_under_another_name_or_master(bare: Bare) -> None:
    from ledger.errors import Stopped
    from ledger.keys import Vault
    from ledger.store.tables import keys

    with reading(bare.ledger.engine) as connection:
        row, other = connection.execute(select(keys)).all()[:2]
    for vault, name in ((bare.ledger.vault, other.thumbprint), (Vault(bytes(32), bytes), row.thumbprint)):
        with pytest.raises(Stopped):
            vault.open(row.sealed, row.purpose, name)


def test_every_refusal_is_an_error_of_the_tree(bare: Bare) -> None:
    for items in ([], [Item(b"{", "F")], [Item(b"[]", "F")], [Item({}, "F")]):
        with pytest.raises((LedgerError, InvoiceError)):
            issue(bare.ledger, bare.issuer, items)
