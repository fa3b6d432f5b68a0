"""Gas of every transaction of a ledger's life, from receipts of py-evm; `contracts/gas-snapshot.json` pins
it.

    python -m tests.contracts.gas            measure and compare, exit 1 on a difference
    python -m tests.contracts.gas --write    write the snapshot

A snapshot shows in review what a change of the contract costs. Call data is priced by its zero bytes, so
every argument is fixed.
"""

from __future__ import annotations

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from web3 import EthereumTesterProvider, Web3

from tests.contracts.evm import ARTIFACT
from tests.contracts.growth import Growth

SNAPSHOT = Path(__file__).resolve().parents[2] / "contracts" / "gas-snapshot.json"
TARGETS = {"anchor from 1,000,000 to 1,010,000 entries": 76_000, "heartbeat": 36_000}
"""Gas: the most that the project allows itself (receipt's gasUsed, second anchor of a ledger)."""

_GROWTHS = [
    (1_000, 2_000),
    (1_000_000, 1_001_000),
    (1_000_000, 1_010_000),
    (10_000_000, 10_010_000),
    (2**24 - 1, 2**24 + 9_999),
    (2**40 - 2, 2**40 - 1),
]


class Chain:
    """An in-process chain with the contract on it."""

    def __init__(self) -> None:
        """Start py-evm and deploy."""
        self.web3 = Web3(EthereumTesterProvider())
        self.owner, self.other = self.web3.eth.accounts[:2]
        receipt = self._send(self.owner, data=ARTIFACT["bytecode"])
        self.deployment: int = receipt["gasUsed"]
        self.contract: Any = self.web3.eth.contract(address=receipt["contractAddress"], abi=ARTIFACT["abi"])

    def gas(self, name: str, *arguments: Any, sender: str | None = None) -> int:
        """Gas used by one transaction that must succeed."""
        data = self.contract.encode_abi(name, list(arguments))
        used: int = self._send(sender or self.owner, to=self.contract.address, data=data)["gasUsed"]
        return used

    def open(self, name: str) -> bytes:
        """Open a ledger with the owner as its anchorer."""
        salt = sha256(name.encode()).digest()
        self.gas("open", salt, self.owner, 86_400, sha256(b"first key").digest())
        ledger: bytes = self.contract.functions.ledgerIdOf(self.owner, salt).call()
        return ledger

    def _send(self, sender: str, **fields: Any) -> Any:
        transaction = {"from": sender, "gas": 5_000_000, **fields}
        receipt = self.web3.eth.wait_for_transaction_receipt(self.web3.eth.send_transaction(transaction))  # type: ignore[arg-type]
        if receipt["status"] != 1:
            raise AssertionError(f"a transaction that is measured failed: {fields}")
        return receipt


def measure() -> dict[str, int]:
    """Gas by transaction, the same for the same code."""
    chain = Chain()
    found = {"deployment": chain.deployment}
    salt, first_key = sha256(b"salt").digest(), sha256(b"first key").digest()
    found["open"] = chain.gas("open", salt, chain.owner, 86_400, first_key)
    for old, new in _GROWTHS:
        ledger = chain.open(f"{old} to {new}")
        growth = Growth(b"gas", old, new)
        first = chain.gas("anchor", ledger, 0, old, growth.old_root, [])
        found.setdefault(f"first anchor of {old:,} entries", first)
        found[f"anchor from {old:,} to {new:,} entries"] = chain.gas(
            "anchor", ledger, 1, new, growth.new_root, growth.proof()
        )
        if new == 1_010_000:
            found["heartbeat"] = chain.gas("anchor", ledger, 2, new, growth.new_root, [])
    ledger = chain.open("governed")
    found["setAnchorer"] = chain.gas("setAnchorer", ledger, chain.other)
    found["transferOwnership"] = chain.gas("transferOwnership", ledger, chain.other)
    found["acceptOwnership"] = chain.gas("acceptOwnership", ledger, sender=chain.other)
    found["freeze"] = chain.gas("freeze", ledger, sender=chain.other)
    return found


def main(arguments: list[str] | None = None) -> int:
    """0 when the snapshot is (now) what was measured."""
    parser = argparse.ArgumentParser(description="Measure the contract's gas.")
    parser.add_argument("--write", action="store_true", help="write the snapshot")
    text = json.dumps(measure(), indent=2) + "\n"
    if parser.parse_args(arguments).write:
        SNAPSHOT.write_text(text, "utf-8")
    print(text, end="")
    return 0 if SNAPSHOT.read_text("utf-8") == text else 1


if __name__ == "__main__":
    sys.exit(main())
