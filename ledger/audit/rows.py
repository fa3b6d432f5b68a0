"""Rows as they are stored, type by type: a damaged one is a finding and is left out, the others are read on.

SQLite stores what it is given, whatever the column's type, so nothing is taken for granted: values come without
conversion and each is held to its column's type here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    select,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NullType

from ledger.audit.findings import Findings, show

_BATCH = 1000


@contextmanager
def tolerant(connection: Connection) -> Iterator[None]:
    """Lets SQLite hand out text that is not UTF-8, so that the row with it can be named."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    assert driver is not None
    before = driver.text_factory
    driver.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before


def count(connection: Connection, findings: Findings, table: Table) -> int:
    """Rows of a table, 0 when it cannot be read."""
    with findings.guard("database", table.name):
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    return 0


def read(
    connection: Connection,
    findings: Findings,
    table: Table,
    *order: ColumnElement[Any],
    where: ColumnElement[bool] | None = None,
) -> Iterator[Any]:
    """The sound rows of a table in an order; each of the others becomes a finding `column-type`."""
    columns = [type_coerce(column, NullType()).label(column.name) for column in table.c]
    query = select(*columns).select_from(table).order_by(*(order or tuple(table.primary_key.columns)))
    if where is not None:
        query = query.where(where)
    try:
        for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
            if _sound(findings, table, row):
                yield row
    except SQLAlchemyError as error:
        findings.add("database", table.name, f"the table cannot be read to its end: {str(error).splitlines()[0]}")


def place(table: Table, row: Any) -> str:
    """`table/primary key` of a row."""
    values = (getattr(row, column.name) for column in table.primary_key.columns)
    return "/".join((table.name, *(_key(value) for value in values)))


def _key(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _sound(findings: Findings, table: Table, row: Any) -> bool:
    sound = True
    for column in table.c:
        value = getattr(row, column.name)
        if not _fits(column, value):
            where = f"{place(table, row)}/{column.name}"
            findings.add("column-type", where, f"{show(value)} is no value of this column")
            sound = False
    return sound


def _fits(column: Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    if isinstance(column.type, LargeBinary):
        return isinstance(value, bytes)
    if isinstance(column.type, Boolean):
        return isinstance(value, bool) or (type(value) is int and value in (0, 1))
    if isinstance(column.type, Integer):
        return type(value) is int
    if isinstance(column.type, Text):
        # A lone surrogate stands for a byte that was no UTF-8.
        return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)
    return False
