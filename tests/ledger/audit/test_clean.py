"""A sound ledger has no findings, on both databases; an outage and a missing chain are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.audit import audit, render_text
from ledger.context import Ledger
from ledger.store.tables import metadata
from tests.ledger.audit.conftest import Rich, make_rich
from tests.ledger.conftest import Embedded

DAMAGED = [
    ("invoices.body", "invoices/inv_"),
    ("invoices.secret", "invoices/inv_"),
    ("entries.raw", "entries/1/raw"),
    ("records.record", "records/"),
    ("map_blocks.slots", "map_blocks/"),
    ("log_tiles.hashes", "log_tiles/0/0/hashes"),
    ("checkpoints.root", "checkpoints/1/root"),
    ("keys.sealed", "keys/"),
    ("renditions.content", "renditions/ren_"),
]


def test_sqlite(rich: Rich) -> None:
    report = audit(rich.ledger, chain=rich.ledger.chain_url)
    print(render_text(report))
    assert [item for item in report.findings if item.severity == "error"] == []
    assert (report.ok, report.exit_code, report.chain.state, report.chain.sequence) == (True, 0, "compared", 3)
    assert report.counts["waiting"] == 1


def test_postgresql(embedded: Embedded, tmp_path: Path) -> None:
    made = make_rich(embedded, "postgresql", tmp_path)
    report = audit(made.ledger, chain=made.ledger.chain_url)
    print(render_text(report))
    assert report.findings == ()
    assert report.exit_code == 0
    for column, place in DAMAGED:
        _flip(made, *column.split("."))
        assert any(item.where.startswith(place) for item in audit(made.ledger, chain=None).findings), column
        _flip(made, *column.split("."))
    assert audit(made.ledger, chain=None).findings == ()
    made.ledger.engine.dispose()


def _flip(made: Rich, table: str, column: str) -> None:
    """A bit of the 21st byte in the first row, by the database's own means; twice is as before."""
    key = ", ".join(item.name for item in metadata.tables[table].primary_key.columns)
    row = f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1"
    change = f"set_byte({column}, 20, get_byte({column}, 20) # 1)"
    with made.ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = {change} WHERE ({key}) = ({row})")


def test_a_ledger_in_which_nothing_happened(ledger: Ledger) -> None:
    report = audit(ledger, chain=ledger.chain_url)
    assert (report.findings, report.exit_code, report.chain.sequence) == ((), 0, 0)


@pytest.mark.parametrize("chain", [None, "http://127.0.0.1:9"])
def test_without_the_chain_it_cannot_tell(rich: Rich, chain: str | None) -> None:
    report = audit(rich.ledger, chain=chain)
    assert report.ok
    assert report.exit_code == 3
    assert report.to_json()["chain"]["state"] == ("not-asked" if chain is None else "unreachable")
