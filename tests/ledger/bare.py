"""A ledger without its chain: what issuing, settling and checkpoints need. On SQLite and on a real PostgreSQL."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import pgserver
import pytest

from ledger.context import Ledger, write_meta
from ledger.issue import Issued, Item, issue
from ledger.issuers import Enrolment, enrol
from ledger.keys import Vault, draw_key, store_key
from ledger.series import create_series
from ledger.settings import load_settings
from ledger.store.database import open_database, writing
from ledger.store.tables import metadata, records
from verifier.cose import thumbprint
from verifier.records import EMPTY_CHAIN, LedgerRecord, ledger_key

LEDGER_ID = bytes(range(32))
NOON = 1_780_000_000
"""2026-05-28, 20:26:40 UTC."""


@dataclass
class Clock:
    """A clock that tests set."""

    time: float = NOON

    def __call__(self) -> float:
        return self.time


@cache
def postgres() -> pgserver.PostgresServer:
    """One PostgreSQL for the run; it ends with the process."""
    folder = Path(tempfile.mkdtemp(prefix="sceau-postgres-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")

    def end() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return server


_databases = iter(range(10**9))


def database_url(kind: str, folder: Path) -> str:
    """A fresh database."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'sceau.sqlite3'}"
    name = f"bare_{next(_databases)}"
    postgres().psql(f'CREATE DATABASE "{name}"')
    return str(postgres().get_uri(name))


@dataclass
class Bare:
    """A ledger, its clock, and one issuer with series F and A."""

    ledger: Ledger
    clock: Clock
    enrolment: Enrolment
    drafts: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its id."""
        return self.enrolment.issuer.id

    def draft(self, amount: str = "100.00", **members: Any) -> dict[str, Any]:
        """A draft of one line without VAT worries: `amount` is the net total, exempt so that it is the total."""
        draft = sample("five-lines.json")
        line = draft["lines"][0] | {"quantity": "1", "net_price": amount}
        line["vat"] = {"category": "E", "rate": "0", "exemption_reason": "Exonération, article 261 du CGI"}
        return draft | {"lines": [line]} | members

    def issue(self, *amounts: str, series: str = "F", **members: Any) -> list[Issued]:
        """Issues one invoice an amount."""
        return issue(self.ledger, self.issuer, [Item(self.draft(a, **members), series) for a in amounts])


def sample(name: str) -> dict[str, Any]:
    """A sample draft of the package."""
    value: dict[str, Any] = json.loads((resources.files("ledger.samples") / name).read_bytes())
    return value


def make_bare(kind: str, folder: Path, *, seed: int = 1) -> Bare:
    """A ledger with one issuer."""
    clock, entropy = Clock(), Random(seed).randbytes
    settings = replace(load_settings({}, data=folder), database_url=database_url(kind, folder))
    engine = open_database(settings.database_url)
    metadata.create_all(engine)
    key = draw_key(entropy)
    name = thumbprint(key.public)
    ledger = Ledger(engine, settings, Vault(entropy(32), entropy), clock, entropy, LEDGER_ID, bytes(20), name, "")
    with writing(engine) as connection:
        store_key(connection, ledger.vault, key, "ledger", None, NOON)
        write_meta(connection, "ledger_id", LEDGER_ID.hex())
        write_meta(connection, "ledger_key", name.hex())
        genesis = LedgerRecord(((key.public, 0),), EMPTY_CHAIN).encode()
        connection.execute(records.insert().values(map_key=ledger_key(LEDGER_ID), checkpoint=0, record=genesis))
    enrolment = enrol(ledger, sample("five-lines.json")["seller"], "Europe/Paris")
    create_series(ledger, enrolment.issuer.id, "F", "F-{YYYY}-{seq:4}")
    create_series(ledger, enrolment.issuer.id, "A", "A-{YYYY}-{seq:4}")
    return Bare(ledger, clock, enrolment)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bare]:
    """A ledger without its chain, on both databases."""
    made = make_bare(request.param, tmp_path)
    yield made
    made.ledger.engine.dispose()
