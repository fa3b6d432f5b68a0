"""Connections: SQLite by default (WAL, synchronous FULL), PostgreSQL by URL; one transaction a use case.

A writer on SQLite takes the write lock at once (BEGIN IMMEDIATE), so that it never fails half-way for having
read first. On PostgreSQL rows are locked by `SELECT … FOR UPDATE` where the use case says so.

`one_transaction` makes several use cases one: what they write, and what the caller writes beside it, is kept together
or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ledger.errors import Invalid, Unavailable

BUSY_TIMEOUT = 30.0
"""Seconds that a writer waits for another one."""

_joined: ContextVar[Connection | None] = ContextVar("sceau_transaction", default=None)
"""The transaction that `one_transaction` opened in this thread or task."""


def open_database(url: str) -> Engine:
    """An engine for a `sqlite:///PATH` or `postgresql://…` URL.

    Raises:
        Invalid: `database-url`.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Invalid("database-url", "not a database URL", where="SCEAU_DATABASE_URL") from error
    name = parsed.get_backend_name()
    if name == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if name != "sqlite":
        raise Invalid("database-url", "sqlite:///PATH or postgresql://…", where="SCEAU_DATABASE_URL")
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is in _on_begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={int(BUSY_TIMEOUT * 1000)}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("sceau_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One durable transaction: all of it or nothing. Inside `one_transaction`: that one."""
    outer = _outer(engine)
    if outer is not None:
        yield outer
        return
    try:
        with engine.connect().execution_options(sceau_write=True) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        if error.connection_invalidated or "locked" in str(error.orig):
            raise Unavailable("database", "the database does not answer in time") from error
        raise


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, on one snapshot. Inside `one_transaction`: that one, its own writes included."""
    outer = _outer(engine)
    if outer is not None:
        yield outer
        return
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def one_transaction(engine: Engine) -> Iterator[Connection]:
    """Every use case that is called inside takes part in this transaction instead of opening its own.

    An error must leave the block: after it nothing of the transaction can be kept.
    """
    with writing(engine) as connection:
        token = _joined.set(connection)
        try:
            yield connection
        finally:
            _joined.reset(token)


def _outer(engine: Engine) -> Connection | None:
    outer = _joined.get()
    return outer if outer is not None and outer.engine is engine else None
