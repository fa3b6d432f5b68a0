"""The state entry (type 0) and what is anchored (PROTOCOL.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verifier.canonical import decode_cbor, encode_cbor, hex_decode
from verifier.errors import Malformed
from verifier.seal import MAX_AMOUNT

RULES_VERSION = 1
"""Version of the fold's rules (verifier.state) under which a state root was made."""

MAX_SIZE = 2**40
"""Entries of a log: the contract's bound too."""


@dataclass(frozen=True)
class StateEntry:
    """Payload of the last leaf of every anchored log."""

    index: int
    """Its own log index: size − 1 of the checkpoint; an RFC 9162 root does not bind its size."""
    state_root: bytes
    """Root of the state map after all earlier entries (32 bytes)."""
    rules: int
    previous_size: int
    """Size of the checkpoint anchored before, 0 for the first."""


def encode_state_entry(entry: StateEntry) -> bytes:
    """`CBOR([log index, state root, rules version, previous anchored size])`."""
    return encode_cbor([entry.index, entry.state_root, entry.rules, entry.previous_size])


def decode_state_entry(payload: bytes) -> StateEntry:
    """Reads the payload array strictly."""
    value = decode_cbor(payload, limit=128)
    if not isinstance(value, list) or len(value) != 4:
        raise Malformed("state-entry", "a state entry has four members")
    index, root, rules, previous = value
    if any(type(item) is not int for item in (index, rules, previous)) or type(root) is not bytes:
        raise Malformed("state-entry", "index, root, rules version, previous size")
    if len(root) != 32 or not 0 <= previous <= index < MAX_SIZE or rules < 0:
        raise Malformed("state-entry", "a member is out of its bounds")
    return StateEntry(index, root, rules, previous)


@dataclass(frozen=True)
class Checkpoint:
    """A size and root of the log, as the contract keeps it."""

    sequence: int
    """1 for the ledger's first anchor; grows by one with each new root."""
    size: int
    """Entries of the log."""
    root: bytes
    """RFC 9162 root (32 bytes)."""
    time: int
    """Block time of the anchor, Unix seconds."""

    def to_json(self) -> dict[str, Any]:
        """The bundle's form."""
        return {
            "sequence": str(self.sequence),
            "size": str(self.size),
            "root": self.root.hex(),
            "time": str(self.time),
        }

    @classmethod
    def from_json(cls, value: Any, where: str) -> Checkpoint:
        """Parses `to_json`'s form; raises Malformed with the place."""
        if not isinstance(value, dict) or set(value) != {"sequence", "size", "root", "time"}:
            raise Malformed("bundle-shape", "a checkpoint has sequence, size, root and time", where=where)
        sequence = parse_uint(value["sequence"], f"{where}/sequence")
        size = parse_uint(value["size"], f"{where}/size")
        time = parse_uint(value["time"], f"{where}/time")
        if not 1 <= sequence <= MAX_SIZE or not 1 <= size <= MAX_SIZE:
            raise Malformed("checkpoint-bounds", "sequence and size are 1 to 2^40", where=where)
        return cls(sequence, size, hex_decode(value["root"], 32), time)


def parse_uint(value: Any, where: str) -> int:
    """A canonical decimal string 0 … 2^53−1."""
    canonical = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 16
    if not canonical or str(int(value)) != value or int(value) > MAX_AMOUNT:
        raise Malformed("bundle-number", "a decimal string 0 to 2^53-1", where=where)
    return int(value)
