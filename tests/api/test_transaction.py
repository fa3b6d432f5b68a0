"""`one_transaction`: several use cases, one commit."""

from __future__ import annotations

import threading

import pytest

from ledger.context import read_meta, write_meta
from ledger.store.database import one_transaction, open_database, reading, writing
from ledger.store.tables import metadata


@pytest.fixture
def engine(url):
    made = open_database(url)
    metadata.create_all(made)
    yield made
    made.dispose()


def value(engine, name: str) -> str | None:
    with reading(engine) as connection:
        return read_meta(connection, name)


def test_everything_inside_is_kept_together(engine):
    with one_transaction(engine) as outer:
        with writing(engine) as first:
            write_meta(first, "a", "1")
        with reading(engine) as second:
            assert read_meta(second, "a") == "1"  # its own writes are seen
        assert first is second is outer
        seen: list[str | None] = []
        other = threading.Thread(target=lambda: seen.append(value(engine, "a")))
        other.start()
        other.join()
        assert seen == [None]  # another thread has no part in it
    assert value(engine, "a") == "1"


def test_nothing_is_kept_after_an_error_at_the_end(engine):
    def fails():
        with one_transaction(engine):
            with writing(engine) as connection:
                write_meta(connection, "a", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert value(engine, "a") is None
    with writing(engine) as connection:  # and the next transaction is one of its own
        write_meta(connection, "b", "1")
    assert value(engine, "b") == "1"


def test_another_database_is_not_joined(engine, tmp_path):
    other = open_database(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    metadata.create_all(other)
    with pytest.raises(ZeroDivisionError), one_transaction(engine):
        with writing(other) as connection:
            write_meta(connection, "a", "1")
        raise ZeroDivisionError
    assert (value(engine, "a"), value(other, "a")) == (None, "1")
    other.dispose()
