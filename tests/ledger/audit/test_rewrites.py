"""What a dishonest operator would do: history rewritten whole, the last entry taken out, a row added or gone."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import Table

from ledger.audit import AuditReport, audit, render_text
from ledger.audit.dates import is_ahead, is_back
from ledger.audit.differences import Differences
from ledger.audit.findings import Findings
from ledger.checkpoints import checkpoint
from ledger.store.tables import leases, metadata
from tests.ledger.audit.conftest import CopyLedger, Rich


def _run(made: Rich, *statements: str) -> None:
    with closing(sqlite3.connect(made.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _one(made: Rich, query: str) -> Any:
    with closing(sqlite3.connect(made.path)) as connection:
        return connection.execute(query).fetchone()


def _places(report: AuditReport) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in report.findings:
        if item.severity == "error":
            found.setdefault(item.code, set()).add(item.where)
    return found


def test_history_rewritten_and_every_tree_rebuilt(copy: CopyLedger) -> None:
    """The operator holds the ledger key: a payment goes, everything is signed anew, and only the contract objects."""
    made = copy()
    (payment,) = _one(made, "SELECT payment_id FROM allocations WHERE reversal_seq IS NULL ORDER BY seq LIMIT 1")
    sizes = [row - 1 for (row,) in _all(made, "SELECT size FROM checkpoints ORDER BY sequence")]
    _run(
        made,
        f"DELETE FROM entries WHERE seq = (SELECT seq FROM allocations WHERE payment_id = '{payment}')",
        f"DELETE FROM allocations WHERE payment_id = '{payment}'",
        f"DELETE FROM payments WHERE id = '{payment}'",
        "DELETE FROM entries WHERE type = 0",
        "UPDATE entries SET log_index = NULL",
        "DELETE FROM checkpoints",
        "DELETE FROM log_tiles",
        "DELETE FROM map_blocks",
        "DELETE FROM records WHERE checkpoint > 0",
    )
    # The same checkpoints over the same entries but the one: the later two shrink by it.
    first, second, third = sizes[0], sizes[1] - sizes[0] - 1 - 1, sizes[2] - sizes[1] - 1
    for limit in (first, second, third):
        assert checkpoint(made.ledger, limit=limit) is not None
    # Of the database only the stored transactions, which were sent, still tell.
    assert set(_places(audit(made.ledger, chain=None))) == {"transaction-call"}
    places = _places(audit(made.ledger, chain=made.ledger.chain_url))
    assert places["contract-record"] == {"checkpoints/2", "checkpoints/3"}
    assert places["contract-head"] == {"checkpoints/3"}
    # Without them the database agrees with itself, and the contract does not.
    _run(made, "DELETE FROM transactions WHERE kind = 'anchor'")
    assert audit(made.ledger, chain=None).ok
    places = _places(audit(made.ledger, chain=made.ledger.chain_url))
    assert places["contract-head"] == {"checkpoints/3"}


def _all(made: Rich, query: str) -> list[Any]:
    with closing(sqlite3.connect(made.path)) as connection:
        return connection.execute(query).fetchall()


def test_the_last_entry_is_gone(copy: CopyLedger) -> None:
    made = copy()
    (index,) = _one(made, "SELECT max(log_index) FROM entries")
    _run(made, f"DELETE FROM entries WHERE log_index = {index}")
    assert f"entries/log_index={index}" in _places(audit(made.ledger, chain=None))["entry-missing"]


def test_the_last_checkpoint_is_gone_with_all_its_traces(copy: CopyLedger) -> None:
    """Cut off cleanly, the database agrees with itself; the contract knows of one more."""
    made = copy()
    (before,) = _one(made, "SELECT size FROM checkpoints WHERE sequence = 2")
    _run(
        made,
        f"DELETE FROM invoices WHERE map_key IN (SELECT object FROM entries WHERE type = 6 AND log_index >= {before})",
        f"DELETE FROM entries WHERE log_index >= {before}",
        "DELETE FROM checkpoints WHERE sequence = 3",
        "DELETE FROM records WHERE checkpoint = 3",
        "DELETE FROM map_blocks WHERE checkpoint = 3",
        "DELETE FROM transactions WHERE sequence = 3",
        f"UPDATE log_tiles SET hashes = substr(hashes, 1, 32 * {before})",
        "UPDATE series SET issued = 0, next_number = 1, year = NULL, last_day = NULL WHERE code = 'A'",
    )
    assert audit(made.ledger, chain=None).ok
    assert _places(audit(made.ledger, chain=made.ledger.chain_url)) == {"contract-ahead": {"checkpoints/3"}}


def test_a_waiting_entry_is_gone(copy: CopyLedger) -> None:
    made = copy()
    seq, allocation = _one(made, "SELECT seq, id FROM allocations ORDER BY seq DESC LIMIT 1")
    _run(made, f"DELETE FROM entries WHERE seq = {seq}")
    assert _places(audit(made.ledger, chain=None)) == {"row-unfounded": {f"allocations/{allocation}/seq"}}


def test_an_invoice_row_is_gone(copy: CopyLedger) -> None:
    made = copy()
    identifier, key = _one(made, "SELECT id, map_key FROM invoices ORDER BY id LIMIT 1 OFFSET 1")
    _run(made, f"DELETE FROM invoices WHERE id = '{identifier}'")
    places = _places(audit(made.ledger, chain=None))
    assert places["row-missing"] == {f"invoices/map_key={key.hex()}"}
    assert any(where.endswith("/number") for where in places["numbering"])


def test_a_row_too_many(copy: CopyLedger) -> None:
    """A row that no entry leads to, in each table that entries lead to."""
    copies = {
        "records": "INSERT INTO records SELECT zeroblob(32), 2, record, holdings FROM records LIMIT 1",
        "map_blocks": "INSERT INTO map_blocks SELECT x'07', 2, slots FROM map_blocks LIMIT 1",
        "log_tiles": "INSERT INTO log_tiles SELECT 5, 0, hashes FROM log_tiles LIMIT 1",
        "checkpoints": "INSERT INTO checkpoints SELECT 9, 999, root, state_root, created FROM checkpoints LIMIT 1",
        "allocations": "INSERT INTO allocations SELECT replace(id, 'alc_0', 'alc_1'), payment_id, invoice_id, amount,"
        " seq, NULL FROM allocations LIMIT 1",
        "invoices": "INSERT INTO invoices SELECT replace(id, 'inv_0', 'inv_1'), issuer_id, zeroblob(32), series_id,"
        " 'F-2026-0099', 'F-2026-0099', zeroblob(32), type_code, issue_day, due_day, currency, exponent, total, due,"
        " buyer_id, buyer_name, secret, body, created FROM invoices LIMIT 1",
    }
    for table, statement in copies.items():
        made = copy()
        _run(made, statement)
        report = audit(made.ledger, chain=None)
        assert any(item.where.startswith(f"{table}/") for item in report.findings), (table, report.findings)


def test_an_entry_is_altered_and_what_follows_is_still_checked(copy: CopyLedger) -> None:
    """One damaged entry is one finding, not one for each thing that rests on it."""
    made = copy()
    seq, raw = _one(made, "SELECT seq, raw FROM entries WHERE type = 8 ORDER BY seq LIMIT 1")
    _run(made, f"UPDATE entries SET raw = x'{raw[:-1].hex()}00' WHERE seq = {seq}")
    places = _places(audit(made.ledger, chain=made.ledger.chain_url))
    assert places.pop("entry-hash", set()) | places.pop("entry-unreadable", set()) == {f"entries/{seq}/raw"}
    assert set(places) == {"row-unfounded"}, places


def test_a_table_is_gone(copy: CopyLedger) -> None:
    """Even that is a finding, never a crash."""
    for table in ("entries", "records", "log_tiles", "checkpoints", "invoices", "meta", "keys", "allocations"):
        made = copy()
        _run(made, f"DROP TABLE {table}")
        report = audit(made.ledger, chain=None)
        assert any(table in item.where for item in report.findings), (table, report.findings)


def test_what_is_not_anchored_yet_is_no_fault(copy: CopyLedger) -> None:
    made = copy()
    assert checkpoint(made.ledger) is not None
    report = audit(made.ledger, chain=made.ledger.chain_url)
    assert (report.ok, report.exit_code) == (True, 0)
    assert ("not-anchored", "checkpoints/4") in {(item.code, item.where) for item in report.findings}


def test_the_contract_is_read_in_pieces(copy: CopyLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.audit.chain.MAX_SEQUENCES", 2)
    made = copy()
    seen: list[tuple[str, int, int]] = []
    report = audit(made.ledger, chain=made.ledger.chain_url, progress=lambda *step: seen.append(step))
    assert report.exit_code == 0
    assert report.counts["anchors"] == 3
    assert ("anchors", 3, 3) in seen
    assert ("entries", 17, 17) in seen


@pytest.mark.parametrize("table", list(metadata.sorted_tables), ids=lambda table: table.name)
def test_garbage_is_a_finding_and_never_a_crash(copy: CopyLedger, table: Table) -> None:
    """A row in which nothing has its column's type any more."""
    made = copy()
    kinds = {"BLOB": "'text'", "TEXT": "x'ff00fe'", "INTEGER": "'9 apples'", "BIGINT": "x'00'", "BOOLEAN": "'maybe'"}
    for value in (None, "-1", "9223372036854775807"):
        with closing(sqlite3.connect(made.path)) as connection:
            for column in table.c:
                garbage = value or kinds[str(column.type)]
                where = f"rowid = (SELECT max(rowid) FROM {table.name})"
                with suppress(sqlite3.IntegrityError):
                    connection.execute(f'UPDATE {table.name} SET "{column.name}" = {garbage} WHERE {where}')
            connection.commit()
        report = audit(made.ledger, chain=made.ledger.chain_url)
        # A lease that ends at an odd time is still a lease: only its type can be wrong.
        assert not report.ok or (value is not None and table is leases)
        assert report.ok or any(table.name in item.where for item in report.findings), report.findings
        assert render_text(report)
        orjson.dumps(report.to_json())


def test_another_ledger_in_the_contract(copy: CopyLedger) -> None:
    """A proof that the contract holds no such ledger is no outage."""
    made = replace(copy().ledger, ledger_id=bytes(32))
    report = audit(made, chain=made.chain_url)
    assert (report.exit_code, report.chain.state) == (1, "refuted")
    assert ("eth-ledger-absent", "contract") in {(item.code, item.where) for item in report.findings}


def test_a_root_that_differs_for_good_is_told_where_it_begins() -> None:
    differences, findings = Differences(), Findings()
    for sequence in (2, *range(7, 41)):
        differences.add(sequence, "root", f"checkpoints/{sequence}", "differs")
    differences.report(findings, 40)
    assert [item.where for item in findings.shown] == [f"checkpoints/{at}" for at in (2, 7, 8, 9, 10)]
    assert findings.shown[-1].severity == "warning"


def test_a_private_key_is_gone(copy: CopyLedger) -> None:
    made = copy()
    (name,) = _one(made, "SELECT thumbprint FROM keys WHERE purpose = 'signing'")
    _run(made, "DELETE FROM keys WHERE purpose = 'signing' AND thumbprint = x'" + name.hex() + "'")
    assert _places(audit(made.ledger, chain=None)) == {"row-missing": {f"keys/{name.hex()}"}}


def test_dates_are_judged_by_the_zones_of_the_earth() -> None:
    midnight = 20_000 * 86_400
    assert not is_ahead(20_000, midnight - 14 * 3_600)
    assert is_ahead(20_000, midnight - 14 * 3_600 - 1)
    assert not is_back(20_000, midnight + 3 * 86_400 + 12 * 3_600)
    assert is_back(20_000, midnight + 3 * 86_400 + 12 * 3_600 + 1)


def test_an_invoice_dated_back_or_ahead(copy: CopyLedger) -> None:
    """The seal's date against the times at which the chain took it in; here the noted times are moved."""
    made = copy()
    (identifier,) = _one(made, "SELECT id FROM invoices WHERE type_code = 381")
    later = "UPDATE transactions SET block_time = block_time {} 900000 WHERE kind = 'anchor' AND sequence {}"
    _run(made, later.format("+", "= 2"))
    report = audit(made.ledger, chain=None)
    assert ("dated-back", f"invoices/{identifier}/issue_day") in {(item.code, item.where) for item in report.findings}
    _run(made, later.format("-", "= 2"), later.format("-", "= 1"))
    assert len(_places(audit(made.ledger, chain=None))["dated-ahead"]) == 5


def test_the_alarm_is_told(copy: CopyLedger) -> None:
    made = copy()
    _run(made, "INSERT INTO meta VALUES ('alarm', 'tree-broken: …')")
    assert _places(audit(made.ledger, chain=None)) == {"alarm": {"meta/alarm"}}
