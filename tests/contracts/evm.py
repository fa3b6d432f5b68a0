"""SceauLedger in an in-process EVM (revm), reached only through its ABI.

Gas is not read here: one EVM object keeps slots warm from call to call, as no chain does. See `gas.py`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak
from pyrevm import EVM, BlockEnv, CfgEnv, Env

CHAIN_ID = 31337
START = 1_764_000_000
ARTIFACT: dict[str, Any] = json.loads(files("ledger.chain").joinpath("SceauLedger.json").read_text("utf-8"))

_SIGNATURES = {
    item["name"]: [part["type"] for part in item["inputs"]] for item in ARTIFACT["abi"] if item["type"] == "function"
}
_OUTPUTS = {
    item["name"]: [part["type"] for part in item["outputs"]] for item in ARTIFACT["abi"] if item["type"] == "function"
}
_FIELDS = {
    item["name"]: [part["name"] for part in item["outputs"]] for item in ARTIFACT["abi"] if item["type"] == "function"
}


def selector(name: str, types: list[str]) -> bytes:
    """The first four bytes of a call or a custom error."""
    return keccak(f"{name}({','.join(types)})".encode())[:4]


_ERRORS = {
    selector(item["name"], [part["type"] for part in item["inputs"]]): item["name"]
    for item in ARTIFACT["abi"]
    if item["type"] == "error"
}


class Reverted(Exception):
    """The contract refused; the message is the name of its custom error, or revm's text for anything else."""


@dataclass
class World:
    """One EVM with one contract; `now` is the time of the block that the next call is in."""

    evm: Any
    contract: str
    now: int = START

    def call(self, sender: str, name: str, *arguments: Any) -> Any:
        """Send a transaction from `sender`: its decoded answer, or `Reverted`."""
        data = selector(name, _SIGNATURES[name]) + encode(_SIGNATURES[name], arguments)
        answer = decode(_OUTPUTS[name], self.send(sender, data))
        return answer[0] if len(answer) == 1 else dict(zip(_FIELDS[name], answer, strict=True)) or None

    def send(self, sender: str, data: bytes) -> bytes:
        """Send call data as it is."""
        try:
            answer: bytes = self.evm.message_call(sender, self.contract, data)
        except RuntimeError as error:
            output = re.search(r"output: 0x([0-9a-f]{8})", str(error))
            raise Reverted(_ERRORS.get(bytes.fromhex(output[1]), str(error)) if output else str(error)) from None
        return answer

    def later(self, seconds: int) -> int:
        """Move the clock; returns the new time."""
        self.now += seconds
        self.evm.set_block_env(_block(self.now))
        return self.now

    def records(self, ledger: bytes, sequence: int) -> bytes:
        """The record digest of one sequence, 32 zero bytes when there is none."""
        digest: bytes = self.call(address(0), "records", ledger, sequence)
        return digest


def address(number: int) -> str:
    """A party of the tests."""
    return "0x" + (0xA0_0000_0000 + number).to_bytes(20, "big").hex()


def deploy(bytecode: str = ARTIFACT["bytecode"]) -> World:
    """A fresh EVM with the contract (or a mutant's code) in it."""
    evm = EVM(spec_id="PRAGUE", env=Env(cfg=CfgEnv(chain_id=CHAIN_ID), block=_block(START)))
    return World(evm, evm.deploy(address(0), bytes.fromhex(bytecode.removeprefix("0x"))))


def _block(time: int) -> BlockEnv:
    return BlockEnv(number=1, timestamp=time, gas_limit=2**40)
