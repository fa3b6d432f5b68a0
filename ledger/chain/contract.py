"""SceauLedger as the ledger calls it: call data from the compiled ABI, and what the contract answers.

Nothing here is evidence: the worker asks its own node where things stand. Verifiers read proven storage
(`verifier.ethereum.contract`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import rlp
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from ledger.chain.rpc import Chain
from ledger.errors import Unavailable


@dataclass(frozen=True)
class Head:
    """Where a ledger stands in the contract, by the node's word."""

    owner: bytes
    """20 bytes; all zero: no such ledger."""
    anchorer: bytes
    """20 bytes."""
    frozen: bool
    first_key: bytes
    """32 bytes."""
    sequence: int
    """Checkpoints anchored so far."""
    size: int
    """Entries."""
    time: int
    """Unix seconds of the last anchor or heartbeat."""
    root: bytes
    """32 bytes."""


def creation_code() -> bytes:
    """What a deploying transaction carries; the contract has no constructor arguments."""
    return bytes.fromhex(str(_artifact()["bytecode"]).removeprefix("0x"))


def created_address(sender: bytes, nonce: int) -> bytes:
    """Address (20 bytes) of the contract that a transaction creates: the end of `keccak(rlp([sender, nonce]))`."""
    return bytes(keccak(rlp.encode([sender, nonce])))[12:]


def open_call(salt: bytes, anchorer: bytes, maximum_age: int, first_key: bytes) -> bytes:
    """Call data of `open`; the age in seconds."""
    return _call("open", salt, anchorer, maximum_age, first_key)


def anchor_call(ledger_id: bytes, expected: int, size: int, root: bytes, proof: Sequence[bytes]) -> bytes:
    """Call data of `anchor`; `expected` is the head's sequence that it builds on."""
    return _call("anchor", ledger_id, expected, size, root, list(proof))


def read_head(chain: Chain, contract: bytes, ledger_id: bytes) -> Head:
    """`ledgers(id)` on the latest block.

    Raises:
        Unavailable: no node, or `contract-absent`: nothing at the address answers like the contract.
    """
    answer = _view(chain, contract, "ledgers", ledger_id)
    owner, _, anchorer, _, frozen, first_key, sequence, size, time, root = answer
    return Head(_address(owner), _address(anchorer), frozen, first_key, sequence, size, time, root)


def read_record(chain: Chain, contract: bytes, ledger_id: bytes, sequence: int) -> bytes:
    """The stored digest of a checkpoint; 32 zero bytes when none is there."""
    digest: bytes = _view(chain, contract, "records", ledger_id, sequence)[0]
    return digest


def error_name(data: str) -> str | None:
    """The contract's own error in a node's refusal, or None."""
    for item in _artifact()["abi"]:
        if item["type"] == "error" and data.startswith("0x" + _selector(item).hex()):
            return str(item["name"])
    return None


def _call(name: str, *arguments: Any) -> bytes:
    item = _function(name)
    return _selector(item) + encode([i["type"] for i in item["inputs"]], arguments)


def _view(chain: Chain, contract: bytes, name: str, *arguments: Any) -> tuple[Any, ...]:
    answer = chain.view(contract, _call(name, *arguments))
    try:
        return tuple(decode([item["type"] for item in _function(name)["outputs"]], answer))
    except DecodingError as error:
        raise Unavailable("contract-absent", f"no ledger contract answers at 0x{contract.hex()}") from error


def _address(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _function(name: str) -> dict[str, Any]:
    return next(item for item in _artifact()["abi"] if item["type"] == "function" and item["name"] == name)


def _selector(item: dict[str, Any]) -> bytes:
    signature = f"{item['name']}({','.join(argument['type'] for argument in item['inputs'])})"
    return bytes(keccak(signature.encode()))[:4]


@cache
def _artifact() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((resources.files("ledger.chain") / "SceauLedger.json").read_bytes())
    return value
