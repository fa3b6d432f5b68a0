"""Making and opening a ledger: what is refused, and that migrations and tables are one schema."""

from __future__ import annotations

import secrets
import stat
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from ledger import migrations
from ledger.accept import read_records
from ledger.anchoring.account import load_account
from ledger.anchoring.lease import LEASE, give_back, hold, take
from ledger.context import Ledger, ledger_signer
from ledger.embedded_chain import client
from ledger.errors import Conflict, Invalid, LedgerError, Stopped, Unavailable
from ledger.settings import load_settings
from ledger.setup import init_ledger, open_ledger
from ledger.store.database import open_database, reading, writing
from ledger.store.tables import keys, metadata, transactions
from tests.ledger.anchoring.whole import rows
from tests.ledger.bare import database_url
from tests.ledger.conftest import Embedded, MakeLedger
from verifier.cose import thumbprint
from verifier.ethereum.contract import ledger_id
from verifier.records import EMPTY_CHAIN, LedgerRecord, ledger_key

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@BOTH
def test_migrations_make_the_tables(database: str, tmp_path: Path) -> None:
    """Alembic finds no difference, and neither do names of indexes, constraints and comments."""
    by_steps = open_database(database_url(database, tmp_path))
    migrations.upgrade(by_steps)
    migrations.upgrade(by_steps)  # a second time changes nothing
    migrations.check(by_steps)
    with reading(by_steps) as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    folder = tmp_path / "direct"
    folder.mkdir()
    direct = open_database(database_url(database, folder))
    metadata.create_all(direct)
    left, right = inspect(by_steps), inspect(direct)
    for table in metadata.tables:
        for look in ("get_columns", "get_indexes", "get_unique_constraints", "get_foreign_keys", "get_pk_constraint"):
            found, wanted = getattr(left, look)(table), getattr(right, look)(table)
            assert sorted(map(repr, found)) == sorted(map(repr, wanted)), (table, look)
    by_steps.dispose()
    direct.dispose()


@BOTH
def test_another_version_is_refused(database: str, tmp_path: Path) -> None:
    settings = replace(load_settings({}, data=tmp_path), database_url=database_url(database, tmp_path))
    with pytest.raises(Conflict) as caught:
        open_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
    assert caught.value.code == "not-initialised"
    engine = open_database(settings.database_url)
    migrations.upgrade(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict) as caught:
        open_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
    assert caught.value.code == "schema-version"
    engine.dispose()


def test_what_init_makes(ledger: Ledger) -> None:
    """The id is the contract's, the first key signs, the genesis record names it, secrets are for the owner only."""
    settings = ledger.settings
    mode = stat.S_IMODE((settings.data / "master.key").stat().st_mode)
    assert mode == 0o600
    stored = {row.purpose: row for row in rows(ledger, keys)}
    assert set(stored) == {"ledger", "anchoring"}
    with reading(ledger.engine) as connection:
        meta = dict(connection.execute(text("SELECT name, value FROM meta")).tuples().all())
        signer = ledger_signer(connection, ledger)
        at = ledger_key(ledger.ledger_id)
        genesis = read_records(connection, [at])[at].record
    assert genesis == LedgerRecord(keys=((signer.public, 0),), chain=EMPTY_CHAIN)
    assert thumbprint(signer.public) == ledger.first_key
    owner, salt = stored["anchoring"].thumbprint, bytes.fromhex(meta["salt"])
    assert ledger.ledger_id == ledger_id(settings.chain_id, ledger.contract, owner, salt)
    assert bytes.fromhex(str(settings.funding_key)) not in stored["anchoring"].sealed
    assert [row.kind for row in rows(ledger, transactions, transactions.c.id)] == ["deploy", "open"]


def test_a_second_init_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    before = rows(ledger, keys), rows(ledger, transactions)
    with pytest.raises(Conflict) as caught:
        init_ledger(ledger.settings, clock=ledger.clock, entropy=secrets.token_bytes)
    assert caught.value.code == "initialised"
    assert (rows(ledger, keys), rows(ledger, transactions)) == before


@BOTH
def test_two_inits_at_once_make_one_ledger(embedded: Embedded, tmp_path: Path, database: str) -> None:
    settings = embedded.settings(tmp_path, database_url=database_url(database, tmp_path))
    made: list[Ledger] = []
    refused: list[str] = []

    def run() -> None:
        try:
            made.append(init_ledger(settings, clock=embedded.clock, entropy=secrets.token_bytes))
        except LedgerError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 1
    assert refused in (["lease"], ["initialised"])
    assert [row.kind for row in rows(made[0], transactions, transactions.c.id)] == ["deploy", "open"]


def test_opening_elsewhere_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """Another chain, an empty one with the same id, another master key, other settings."""

    def opens(**changes: object) -> str:
        settings = replace(ledger.settings, **changes)  # type: ignore[arg-type]
        with pytest.raises(LedgerError) as caught:
            again = open_ledger(settings, clock=time.time, entropy=secrets.token_bytes, chain_url=settings.chain_url)
            with reading(again.engine) as connection:
                ledger_signer(connection, again)
        return caught.value.code

    with client.start(tmp_path / "empty") as empty:
        assert opens(chain_url=empty.url) == "wrong-chain"
    assert opens(chain_id=1) == "wrong-chain"
    assert opens(master_key="00" * 32) == "key-unreadable"
    assert opens(master_key="zz") == "master-key"
    out_of_reach = replace(ledger.settings, chain_url="http://127.0.0.1:9")
    found = open_ledger(out_of_reach, clock=time.time, entropy=secrets.token_bytes, chain_url="http://127.0.0.1:9")
    assert found.ledger_id == ledger.ledger_id


def test_settings_that_cannot_work(embedded: Embedded, tmp_path: Path) -> None:
    for key, code in ((None, "settings"), ("12", "settings"), ("ff" * 32, "settings")):
        with pytest.raises(Invalid) as caught:
            init_ledger(embedded.settings(tmp_path, funding_key=key), clock=embedded.clock, entropy=secrets.token_bytes)
        assert (caught.value.code, caught.value.where) == (code, "SCEAU_FUNDING_KEY")
    with pytest.raises(Unavailable) as poor:
        init_ledger(
            embedded.settings(tmp_path, funding_key="07" * 32), clock=embedded.clock, entropy=secrets.token_bytes
        )
    assert "insufficient funds" in str(poor.value)


@BOTH
def test_the_lease(make_ledger: MakeLedger, database: str) -> None:
    """One holder until its time is over; whoever lost it cannot write any more."""
    ledger = make_ledger(database)
    with writing(ledger.engine) as connection:
        assert take(connection, "a", 1000)
        assert not take(connection, "b", 1000 + LEASE - 1)
        assert take(connection, "a", 1000 + LEASE - 1)
        assert not take(connection, "b", 1000 + 2 * LEASE - 2)
        assert take(connection, "b", 1000 + 2 * LEASE)
        with pytest.raises(Unavailable) as caught:
            hold(connection, "a", 1000 + 2 * LEASE)
        assert caught.value.code == "lease"
        give_back(connection, "a")  # not its own: nothing
        assert not take(connection, "a", 1000 + 2 * LEASE)
        give_back(connection, "b")
        assert take(connection, "a", 1000 + 2 * LEASE)


def test_an_altered_anchoring_key_is_refused(make_ledger: MakeLedger) -> None:
    ledger = make_ledger()
    with writing(ledger.engine) as connection:
        where = keys.c.purpose == "anchoring"
        sealed = connection.execute(keys.select().where(where)).one().sealed
        connection.execute(keys.update().where(where).values(sealed=sealed[:-1] + bytes([sealed[-1] ^ 1])))
    with reading(ledger.engine) as connection, pytest.raises(Stopped) as caught:
        load_account(connection, ledger.vault)
    assert caught.value.code == "key-unreadable"
