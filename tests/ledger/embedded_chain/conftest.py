"""A running chain process, a wallet on it, and a small contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from web3 import HTTPProvider, Web3

from ledger.embedded_chain import client

RUNTIME = "36600414601d576020356000355560203560005260003560206000a1005b6004600060003760046000fd"
"""(key, value): SSTORE(key, value) and LOG1(topic key, data value). Four bytes: revert with them."""

DEPLOY = bytes.fromhex("602a80600b6000396000f3" + RUNTIME)


@dataclass
class Wallet:
    """Signs for the account that owns all ether; fees and nonces as a worker sets them."""

    chain: client.AttachedChain

    def __post_init__(self) -> None:
        self.web3 = Web3(HTTPProvider(self.chain.url))
        self.account = Account.from_key(self.chain.dev_key)

    def sign(self, **fields: Any) -> Any:
        """A signed transaction with its `raw_transaction` and `hash`."""
        nonce = fields.pop("nonce", None)
        if nonce is None:
            nonce = self.web3.eth.get_transaction_count(self.account.address, "pending")
        defaults = {"chainId": 31337, "gas": 200_000, "value": 0, "nonce": nonce}
        fees = {"maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**9}
        if "gasPrice" in fields:
            fees = {}
        return self.account.sign_transaction(defaults | fees | fields)

    def send(self, **fields: Any) -> Any:
        """Send and wait for the receipt."""
        sent = self.web3.eth.send_raw_transaction(self.sign(**fields).raw_transaction)
        return self.web3.eth.wait_for_transaction_receipt(sent, timeout=20, poll_latency=0.02)

    def deploy(self) -> str:
        """Deploy the small contract and return its address."""
        return str(self.send(data=DEPLOY)["contractAddress"])


def store(key: int, value: int) -> bytes:
    """Calldata that stores a word."""
    return key.to_bytes(32, "big") + value.to_bytes(32, "big")


class Clock:
    """Seconds that the chain's clock is ahead of the system's; writable while the chain runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seconds = 0
        self.move(0)

    def move(self, seconds: int) -> None:
        """Go on by some seconds."""
        self.seconds += seconds
        draft = self._path.with_suffix(".new")
        draft.write_text(str(self.seconds))
        draft.replace(self._path)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "offset")


@pytest.fixture
def chain(tmp_path: Path, clock: Clock) -> Iterator[client.RunningChain]:
    """A chain process of its own, whose clock the test moves."""
    with client.start(tmp_path / "chain", block_clock=f"file:{tmp_path / 'offset'}") as running:
        yield running


@pytest.fixture
def wallet(chain: client.RunningChain) -> Wallet:
    return Wallet(chain)


@pytest.fixture
def small() -> Any:
    """Calldata maker of the small contract."""
    return store


@pytest.fixture
def open_wallet() -> type[Wallet]:
    """For tests that start chains themselves."""
    return Wallet
