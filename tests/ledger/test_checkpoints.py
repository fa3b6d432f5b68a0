"""Checkpoints: the log and the map are what the entries say, and nothing is signed over a broken tree."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from ledger import log
from ledger.accept import load_state
from ledger.checkpoints import block_reader, checkpoint, get_checkpoint, tile_reader, waiting_count
from ledger.context import read_meta
from ledger.credit import credit_invoice
from ledger.errors import Stopped
from ledger.settle import Receipt, record_payment, reverse_payment
from ledger.state_map import prove
from ledger.store.database import reading, writing
from ledger.store.tables import checkpoints, entries, keys, log_tiles, map_blocks, records
from tests.ledger.bare import Bare, bare, make_bare
from verifier.checkpoint import decode_state_entry
from verifier.cose import parse_public_key
from verifier.keyed_map import root_of
from verifier.merkle import root_of as log_root_of
from verifier.records import EMPTY_CHAIN, LedgerRecord, Record, ledger_key, record_hash
from verifier.state import apply
from verifier.statement import EntryType, decode_entry

__all__ = ["bare"]


def work(made: Bare) -> None:
    """A bit of everything, over three checkpoints."""
    one, two = made.issue("100.00", "40.00")
    checkpoint(made.ledger)
    paid = record_payment(
        made.ledger, made.issuer, Receipt("120.00", "EUR", "2026-05-28", invoice_ids=(one.id, two.id))
    )
    credit_invoice(made.ledger, made.issuer, two.id, "A")
    checkpoint(made.ledger)
    reverse_payment(made.ledger, made.issuer, paid.id, "bounced")
    made.issue("7.00", "8.00")
    checkpoint(made.ledger)


def replay(made: Bare) -> tuple[dict[bytes, Record], list[bytes], list[tuple[int, bytes]]]:
    """The whole log folded by itself: state, leaf hashes, and (size, root of the map) at each state entry."""
    with reading(made.ledger.engine) as connection:
        raws = connection.execute(
            select(entries.c.raw).where(entries.c.log_index.is_not(None)).order_by(entries.c.log_index)
        ).scalars()
        public = connection.execute(select(keys.c.public_key).where(keys.c.purpose == "ledger")).scalar_one()
        logged = [decode_entry(raw) for raw in raws]
    genesis = LedgerRecord(((parse_public_key(public), 0),), EMPTY_CHAIN)
    state: dict[bytes, Record] = {ledger_key(made.ledger.ledger_id): genesis}
    marks = []
    for index, entry in enumerate(logged):
        state |= apply(state, made.ledger.ledger_id, index, entry)
        if entry.type == EntryType.STATE:
            marks.append((index + 1, decode_state_entry(entry.payload).state_root))
            assert marks[-1][1] == root_of({key: record_hash(record) for key, record in state.items()})
    return state, [entry.leaf_hash for entry in logged], marks


def test_every_checkpoint_is_the_fold_of_its_log(bare: Bare) -> None:
    work(bare)
    state, leaves, marks = replay(bare)
    with reading(bare.ledger.engine) as connection:
        assert waiting_count(connection) == 0
        stored = [get_checkpoint(connection, n) for n in (1, 2, 3)]
        assert [(c.size, c.state_root) for c in stored] == marks
        for item in stored:
            assert item.root == log_root_of(leaves[: item.size]) == log.root(tile_reader(connection), item.size)
        last = stored[-1]
        for key, record in state.items():
            found, _ = prove(block_reader(connection, last.sequence), last.state_root, key)
            assert found == record_hash(record)


def test_older_versions_stay_provable(bare: Bare) -> None:
    work(bare)
    with reading(bare.ledger.engine) as connection:
        first = get_checkpoint(connection, 1)
        rows = connection.execute(select(records).where(records.c.checkpoint <= 1)).all()
        for row in rows:
            found, _ = prove(block_reader(connection, 1), first.state_root, row.map_key)
            assert found is not None


def test_what_waits_is_counted_like_what_is_logged(bare: Bare) -> None:
    """The state at acceptance equals the state after integration, but for log indices."""
    one, two = bare.issue("100.00", "40.00")
    record_payment(bare.ledger, bare.issuer, Receipt("120.00", "EUR", "2026-05-28", invoice_ids=(one.id, two.id)))
    credit_invoice(bare.ledger, bare.issuer, two.id, "A")
    names = ("received", "credited", "chain", "open_payments", "remaining")

    def seen() -> list[list[Any]]:
        with reading(bare.ledger.engine) as connection:
            state = load_state(connection, bare.ledger, [bare.enrolment.issuer.map_key, one.map_key, two.map_key])
        return [[getattr(state[key], name) for name in names] for key in (one.map_key, two.map_key)]

    before = seen()
    checkpoint(bare.ledger)
    assert seen() == before


def test_nothing_to_do_makes_no_checkpoint(bare: Bare) -> None:
    checkpoint(bare.ledger)
    assert checkpoint(bare.ledger) is None


def test_a_limit_spreads_entries_over_checkpoints(bare: Bare) -> None:
    bare.issue(*["1.00"] * 7)
    sizes = []
    while (made := checkpoint(bare.ledger, limit=3)) is not None:
        sizes.append(made.size)
    assert sizes == [4, 8, 11]
    replay(bare)


def flip(value: Any) -> Any:
    if isinstance(value, int):
        return value ^ 1
    return value[:-1] + bytes((value[-1] ^ 1,))


DAMAGE = [
    (log_tiles, "hashes", "tree-broken"),
    (map_blocks, "slots", "tree-broken"),
    (records, "record", "record-broken"),
    (records, "holdings", "record-broken"),
    (checkpoints, "root", "tree-broken"),
    (checkpoints, "state_root", "tree-broken"),
    (checkpoints, "size", "tree-broken"),
    (entries, "raw", "entry-broken"),
    (entries, "leaf_hash", "entry-broken"),
    (keys, "sealed", "key-unreadable"),
]


@pytest.mark.parametrize(("table", "column", "code"), DAMAGE, ids=[f"{t.name}.{c}" for t, c, _ in DAMAGE])
def test_a_broken_store_stops_the_ledger(tmp_path: Any, table: Any, column: str, code: str) -> None:
    made = make_bare("sqlite", tmp_path)
    (one,) = made.issue("100.00")
    checkpoint(made.ledger)
    record_payment(made.ledger, made.issuer, Receipt("50.00", "EUR", "2026-05-28", invoice_ids=(one.id,)))
    with writing(made.ledger.engine) as connection:
        query = select(table.c[column]).where(table.c[column].is_not(None))
        if table is entries:
            query = query.where(entries.c.log_index.is_(None))
        if table is keys:
            query = query.where(keys.c.purpose == "ledger")
        values = connection.execute(query).scalars().all()
        for value in values:
            connection.execute(update(table).where(table.c[column] == value).values({column: flip(value)}))
    with pytest.raises(Stopped) as caught:
        checkpoint(made.ledger)
    assert caught.value.code == code
    with reading(made.ledger.engine) as connection:
        assert (read_meta(connection, "alarm") or "").startswith(code)
        assert connection.execute(select(checkpoints.c.sequence)).scalars().all() == [1]
    for act in (lambda: made.issue("1.00"), lambda: checkpoint(made.ledger)):
        with pytest.raises(Stopped) as again:
            act()
        assert again.value.code == "alarm"
