"""One byte flipped in the closed database, outside our code, in every column of every table: found and located.

The columns come from the tables themselves, so that a new one cannot be forgotten: it is found by the audit, or it is
named in `UNKNOWABLE` with the reason why nothing signed speaks of it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table

from ledger.audit import AuditReport, audit
from ledger.store.tables import metadata, transactions
from tests.ledger.audit.conftest import CopyLedger, Rich

NOTED = "the server's own note of when; nothing is judged by it, the time in the id bounds it to an hour"
ACCESS = "access to the server, which no signed fact is about; form and owner are checked"
OWN = "the server's own working state, rewritten all the time; no fact rests on it"
LABEL = "a random label that nothing else repeats; its form is checked"

UNKNOWABLE: dict[tuple[str, str], str] = {
    ("issuers", "seller"): "what later drafts begin with: form, name and legal id are checked, an address is free text",
    ("issuers", "version"): OWN,
    ("issuers", "created"): NOTED,
    ("keys", "created"): NOTED,
    ("api_keys", "id"): LABEL,
    ("api_keys", "name"): ACCESS,
    ("api_keys", "prefix"): ACCESS,
    ("api_keys", "hash"): ACCESS,
    ("api_keys", "created"): NOTED,
    ("api_keys", "expires"): ACCESS,
    ("api_keys", "revoked"): ACCESS,
    ("api_keys", "last_used"): ACCESS,
    ("series", "code"): "the name by which the issuer calls it; pattern and numbers are checked",
    ("series", "closed"): "whether it takes more numbers: a wish of the issuer's that nothing logs",
    ("series", "created"): NOTED,
    ("drafts", "id"): LABEL,
    ("drafts", "version"): OWN,
    ("drafts", "created"): NOTED,
    ("drafts", "updated"): NOTED,
    ("invoices", "id"): LABEL,
    ("invoices", "created"): NOTED,
    ("entries", "seq"): "the queue's number: whatever rests on it is found, and so is one out of its object's order",
    ("entries", "accepted"): NOTED,
    ("checkpoints", "created"): NOTED,
    ("transactions", "id"): "a counter of the anchoring worker's; every other column is held to the chain",
    ("transactions", "created"): NOTED,
    ("renditions", "id"): LABEL,
    ("renditions", "created"): NOTED,
    (
        "payments",
        "amount",
    ): "what no invoice took is the customer's credit and is not logged; less than was used is found",
    ("payments", "created"): NOTED,
    ("payments", "reversed"): NOTED,
    ("allocations", "id"): LABEL,
    ("idempotency", "key"): OWN,
    ("idempotency", "fingerprint"): OWN,
    ("idempotency", "status"): OWN,
    ("idempotency", "content_type"): OWN,
    ("idempotency", "body"): OWN,
    ("idempotency", "created"): OWN,
    ("leases", "name"): OWN,
    ("leases", "holder"): OWN,
    ("leases", "until"): OWN,
}
CASES = [(table, column) for table in metadata.sorted_tables for column in table.c]


def _flips(value: Any, *, high: bool) -> list[Any]:
    """The value with one bit of one byte changed, in the order in which they are tried; text stays text."""
    if isinstance(value, bytes):
        at = len(value) // 2 if high else len(value) - 1
        # An empty one has no byte to flip: it gets one.
        return [value[:at] + bytes((value[at] ^ 1,)) + value[at + 1 :] if value else b"\x01"]
    if isinstance(value, str):
        at = len(value) // 2 if high else len(value) - 1
        # Text with hexadecimal digits stays text with hexadecimal digits: f would become g.
        bit = 2 if value[at] == "f" else 1
        return [value[:at] + chr(ord(value[at]) ^ bit) + value[at + 1 :]]
    return [value ^ 1 << bit for bit in ((8, 16, 24) if high else (0, 8, 16, 24))]


class Flipped:
    """A row of a closed file with one byte changed."""

    def __init__(self, path: Path, table: Table, column: Column[Any], position: int, *, high: bool) -> None:
        self.table = table
        names = [item.name for item in table.primary_key.columns]
        connection = sqlite3.connect(path)
        wanted = ", ".join(("rowid", f'"{column.name}"', *names))
        query = f'SELECT {wanted} FROM {table.name} WHERE "{column.name}" NOTNULL ORDER BY rowid'
        rows = connection.execute(query).fetchall()
        self.rows = len(rows)
        if rows:
            rowid, value, *key = rows[position]
            changed = self._write(connection, rowid, column, value, high)
            new = [changed if name == column.name else part for name, part in zip(names, key, strict=True)]
            self.keys = {_text(key), _text(new)}
        connection.close()

    def _write(self, connection: sqlite3.Connection, rowid: int, column: Column[Any], value: Any, high: bool) -> Any:
        """The first flip that the table's own keys allow: a second row of one key is no flipped byte."""
        tried = [1 - value] if str(column.type) == "BOOLEAN" else _flips(value, high=high)
        for changed in tried:
            try:
                connection.execute(
                    f'UPDATE {self.table.name} SET "{column.name}" = ? WHERE rowid = ?', (changed, rowid)
                )
            except sqlite3.IntegrityError:
                continue
            connection.commit()
            return changed
        raise AssertionError(f"no byte of {self.table.name}.{column.name} can be flipped")

    def located(self, report: AuditReport) -> bool:
        """A finding names the table and the row, in its place or, for a row that others miss, in its message."""
        for item in report.findings:
            if item.severity != "error":
                continue
            at = any(f"{item.where}/".startswith(f"{self.table.name}/{key}/") for key in self.keys)
            if at or any(key in item.message for key in self.keys if len(key) > 8):
                return True
        return False


def _text(key: list[Any]) -> str:
    return "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)


def _count(path: Path, table: Table) -> int:
    connection = sqlite3.connect(path)
    number = int(connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])
    connection.close()
    return number


def _audited(made: Rich, table: Table) -> AuditReport:
    """The contract is asked where a column repeats what the chain says; the others are found without it."""
    return audit(made.ledger, chain=made.ledger.chain_url if table is transactions else None)


def _both(copy: CopyLedger, table: Table, column: Column[Any]) -> list[bool]:
    """A low bit of the first row and a higher one of the last: in one copy when these are two rows."""
    made = copy()
    first = Flipped(made.path, table, column, 0, high=False)
    if not first.rows:
        return [False]
    if first.rows == 1:
        report = _audited(made, table)
        made = copy()
        second = Flipped(made.path, table, column, 0, high=True)
        return [first.located(report), second.located(_audited(made, table))]
    second = Flipped(made.path, table, column, -1, high=True)
    report = _audited(made, table)
    return [first.located(report), second.located(report)]


@pytest.mark.parametrize(("table", "column"), CASES, ids=[f"{t.name}.{c.name}" for t, c in CASES])
def test_every_column(copy: CopyLedger, table: Table, column: Column[Any]) -> None:
    found = _both(copy, table, column)
    if (table.name, column.name) in UNKNOWABLE:
        assert not all(found), "the audit finds it: take it off the list"
    else:
        assert all(found)


def test_the_list_names_columns_that_exist() -> None:
    assert set(UNKNOWABLE) <= {(table.name, column.name) for table, column in CASES}


WHOLE = [
    "invoices.body", "invoices.secret", "entries.raw", "entries.leaf_hash", "records.record", "map_blocks.slots",
    "log_tiles.hashes", "checkpoints.root", "checkpoints.state_root", "keys.sealed", "keys.public_key",
    "transactions.raw", "renditions.content", "allocations.amount",
]  # fmt: skip
"""Where every single row is damaged: rows differ in kind."""


@pytest.mark.parametrize("name", WHOLE)
def test_every_row(copy: CopyLedger, rich: Rich, name: str) -> None:
    table = metadata.tables[name.partition(".")[0]]
    column = table.c[name.partition(".")[2]]
    for position in range(_count(rich.path, table)):
        made = copy()
        flipped = Flipped(made.path, table, column, position, high=bool(position % 2))
        assert flipped.located(_audited(made, table)), flipped.keys


def test_a_byte_of_the_file(copy: CopyLedger, rich: Rich) -> None:
    """The file itself edited, beneath the database: a byte in the middle of a body, as a bad disk would."""
    connection = sqlite3.connect(rich.path)
    rows = connection.execute("SELECT id, body FROM invoices").fetchall()
    connection.close()
    for identifier, body in rows:
        made = copy()
        data = bytearray(made.path.read_bytes())
        part = body[-40:-20]
        assert data.count(part) >= 1
        at = data.find(part) + 10
        while at > 9:
            data[at] ^= 1
            at = data.find(part, at) + 10
        made.path.write_bytes(data)
        report = audit(made.ledger, chain=None)
        assert any(item.where.startswith(f"invoices/{identifier}/body") for item in report.findings), report.findings


@pytest.mark.parametrize("table", ["series", "drafts", "invoices", "renditions", "payments", "issuers"])
def test_a_row_dated_anew(copy: CopyLedger, table: str) -> None:
    """A note of time is bounded by the time in the id beside it."""
    made = copy()
    connection = sqlite3.connect(made.path)
    (identifier,) = connection.execute(f"SELECT id FROM {table} LIMIT 1").fetchone()
    connection.execute(f"UPDATE {table} SET created = created - 86400 WHERE id = ?", (identifier,))
    connection.commit()
    connection.close()
    report = audit(made.ledger, chain=None)
    assert [item.where for item in report.findings] == [f"{table}/{identifier}/created"]
