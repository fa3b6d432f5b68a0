"""Ledgers on a real chain: one embedded chain a session, a fresh SQLite or PostgreSQL database a ledger."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address

from ledger.chain.rpc import Chain
from ledger.chain.signing import address_of
from ledger.context import Ledger
from ledger.embedded_chain import client
from ledger.settings import Settings, load_settings
from ledger.setup import init_ledger
from tests.ledger.bare import database_url

MakeLedger = Callable[..., Ledger]


class FileClock:
    """The system's clock moved on by the seconds in a file, as the embedded chain reads them too."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> float:
        return time.time() + float(self.path.read_text())


class Clock(FileClock):
    """The same, and the test that moves it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.seconds = 0.0
        self.move(0)

    def move(self, seconds: float) -> None:
        """Time goes on, for the ledger and for its chain."""
        self.seconds += seconds
        draft = self.path.with_suffix(".new")
        draft.write_text(str(self.seconds))
        draft.replace(self.path)


@dataclass(frozen=True)
class Embedded:
    """A chain process, the clock that it follows, and accounts with ether: each ledger takes one of its own."""

    chain: client.RunningChain
    clock: Clock
    accounts: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.chain.url

    def settings(self, folder: Path, **changes: Any) -> Settings:
        """Settings of a ledger that reaches this chain by URL, as it would reach a public one."""
        settings = load_settings({}, data=folder)
        own = {"chain_url": self.url, "funding_key": self.account().hex(), "finality": "0"}
        return replace(settings, **own | changes)

    def account(self) -> bytes:
        """A private key whose account owns ether and has never sent anything."""
        if not self.accounts:
            self.accounts.extend(funded_accounts(self.url, self.chain.dev_key, self.chain_id))
        return self.accounts.pop()

    @property
    def chain_id(self) -> int:
        """EIP-155."""
        with Chain(self.url) as chain:
            return chain.chain_id()


def funded_accounts(url: str, rich: bytes, chain_id: int, count: int = 20) -> list[bytes]:
    """New accounts with 100 ether each, in one or two blocks."""
    made = [secrets.token_bytes(32) for _ in range(count)]
    with Chain(url) as chain:
        first = chain.nonce(address_of(rich))
        fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
        for offset, key in enumerate(made):
            to = to_checksum_address(address_of(key))
            fields = {"chainId": chain_id, "gas": 21_000, "value": 10**20, "to": to, "nonce": first + offset} | fees
            chain.send(bytes(Account.from_key(rich).sign_transaction(fields).raw_transaction))
        deadline = time.monotonic() + 20
        while chain.nonce(address_of(rich)) < first + count:
            assert time.monotonic() < deadline, "the transfers are not mined"
            time.sleep(0.05)
    return made


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
