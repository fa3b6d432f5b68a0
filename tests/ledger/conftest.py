"""Ledgers on a real chain: one embedded chain a session, a fresh SQLite or PostgreSQL database a ledger."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ledger.context import Ledger
from ledger.embedded_chain import client
from ledger.settings import Settings, load_settings
from ledger.setup import init_ledger
from tests.ledger.bare import database_url

MakeLedger = Callable[..., Ledger]


class Clock:
    """The system's clock moved on by seconds that a test adds; the chain reads the same offset from a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = 0.0
        self.move(0)

    def move(self, seconds: float) -> None:
        """Time goes on, for the ledger and for its chain."""
        self.seconds += seconds
        draft = self.path.with_suffix(".new")
        draft.write_text(str(self.seconds))
        draft.replace(self.path)

    def __call__(self) -> float:
        return time.time() + self.seconds


@dataclass(frozen=True)
class Embedded:
    """A chain process and the clock that it follows."""

    chain: client.RunningChain
    clock: Clock

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.chain.url

    def settings(self, folder: Path, **changes: Any) -> Settings:
        """Settings of a ledger that reaches this chain by URL, as it would reach a public one."""
        settings = load_settings({}, data=folder)
        key = self.chain.dev_key.hex()
        return replace(settings, **{"chain_url": self.url, "funding_key": key, "finality": "0"} | changes)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One chain for all tests that do not end it."""
    folder = tmp_path_factory.mktemp("embedded")
    clock = Clock(folder / "offset")
    with client.start(folder / "chain", block_clock=f"file:{clock.path}") as chain:
        yield Embedded(chain, clock)


@pytest.fixture
def clock(embedded: Embedded) -> Clock:
    """The clock of `ledger` and of its chain: `clock.move(3600)`."""
    return embedded.clock


@pytest.fixture
def make_ledger(embedded: Embedded, tmp_path: Path) -> Iterator[MakeLedger]:
    """Makes ledgers with their own database on the session's chain: `make_ledger("postgresql", maximum_age=60)`."""
    made: list[Ledger] = []

    def make(database: str = "sqlite", **changes: Any) -> Ledger:
        folder = tmp_path / f"ledger-{len(made)}"
        folder.mkdir()
        settings = embedded.settings(folder, database_url=database_url(database, folder), **changes)
        made.append(init_ledger(settings, clock=embedded.clock, entropy=secrets.token_bytes))
        return made[-1]

    yield make
    for ledger in made:
        ledger.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, make_ledger: MakeLedger) -> Ledger:
    """A ledger with its contract on the session's chain, on both databases."""
    return make_ledger(request.param)
