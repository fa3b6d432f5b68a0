"""Policy: what a verifier trusts, in a file of its own, never read from a bundle or a QR code (PROTOCOL.md §8).

{"ledgers": {"<ledger id>": {"name": "…", "chain_id": "31337", "contract": "<40 hex>",
                             "maximum_age": "86400", "hosts": ["sceau.example"],
                             "read": {"tier": "one", "endpoints": ["https://…"], "block": "finalized"}}}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import orjson

from verifier.canonical import hex_decode
from verifier.checkpoint import parse_uint
from verifier.errors import Inconclusive, Malformed

BlockName = Literal["latest", "safe", "finalized"]

MAX_POLICY = 1_000_000
"""Bytes of a policy file."""

_MEMBERS = {"name", "chain_id", "contract", "maximum_age", "hosts", "read"}


@dataclass(frozen=True)
class TrustedLedger:
    """What is trusted about one ledger."""

    ledger_id: bytes
    name: str
    chain_id: int
    contract: bytes
    """20 bytes."""
    maximum_age: int
    """Seconds: older heads are *stale*; the contract's own promise may be stricter."""
    hosts: tuple[str, ...]
    """Hosts (`name` or `name:port`) that may be asked for bundles."""
    tier: str
    """How the chain is read; `one`: one node, at the risk of its silence."""
    endpoints: tuple[str, ...]
    block: BlockName

    def to_json(self) -> dict[str, Any]:
        """The member of `ledgers`."""
        return {
            "name": self.name,
            "chain_id": str(self.chain_id),
            "contract": self.contract.hex(),
            "maximum_age": str(self.maximum_age),
            "hosts": list(self.hosts),
            "read": {"tier": self.tier, "endpoints": list(self.endpoints), "block": self.block},
        }


@dataclass(frozen=True)
class Policy:
    """Every trusted ledger."""

    ledgers: Mapping[bytes, TrustedLedger]

    def ledger(self, ledger_id: bytes) -> TrustedLedger:
        """The pinned ledger; raises Inconclusive `no-policy` for any other."""
        trusted = self.ledgers.get(ledger_id)
        if trusted is None:
            raise Inconclusive("no-policy", f"your policy does not trust the ledger {ledger_id.hex()[:16]}…")
        return trusted

    def encode(self) -> bytes:
        """The file: indented JSON, made to be read and edited."""
        ledgers = {key.hex(): value.to_json() for key, value in self.ledgers.items()}
        return json.dumps({"ledgers": ledgers}, indent=2, ensure_ascii=False).encode() + b"\n"


def parse_policy(data: bytes) -> Policy:
    """Reads a policy file; unknown members are refused, since a misspelt bound would be no bound.

    Raises:
        Malformed: `policy`, with a JSON pointer.
    """
    if len(data) > MAX_POLICY:
        raise Malformed("policy", f"a policy has at most {MAX_POLICY} bytes")
    try:
        # Refuses what is nested too deep; the reader below, which sees duplicate members, has no such limit
        # of its own where another library has raised the interpreter's.
        orjson.loads(data)
        value = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Malformed("policy", f"not JSON: {error}") from error
    if not isinstance(value, dict) or set(value) != {"ledgers"} or not isinstance(value["ledgers"], dict):
        raise Malformed("policy", 'a policy is {"ledgers": {…}}')
    parsed = [_ledger(key, item, f"/ledgers/{key}") for key, item in value["ledgers"].items()]
    return Policy({item.ledger_id: item for item in parsed})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("policy", "a member stands twice in one object")
    return members


def _ledger(key: str, value: Any, where: str) -> TrustedLedger:
    members = _object(value, _MEMBERS, where)
    read = _object(members["read"], {"tier", "endpoints", "block"}, f"{where}/read")
    if read["tier"] != "one":
        raise Malformed("policy", "this version reads the chain by the tier `one`", where=f"{where}/read/tier")
    if read["block"] not in ("latest", "safe", "finalized"):
        raise Malformed("policy", "latest, safe or finalized", where=f"{where}/read/block")
    endpoints = _texts(read["endpoints"], f"{where}/read/endpoints")
    if len(endpoints) != 1:
        raise Malformed("policy", "the tier `one` has one endpoint", where=f"{where}/read/endpoints")
    name = members["name"]
    if not isinstance(name, str) or not 0 < len(name) <= 100:
        raise Malformed("policy", "a name of 1 to 100 characters", where=f"{where}/name")
    return TrustedLedger(
        ledger_id=_hex(key, 32, where),
        name=name,
        chain_id=_uint(members["chain_id"], f"{where}/chain_id"),
        contract=_hex(members["contract"], 20, f"{where}/contract"),
        maximum_age=_uint(members["maximum_age"], f"{where}/maximum_age"),
        hosts=_texts(members["hosts"], f"{where}/hosts"),
        tier="one",
        endpoints=endpoints,
        block=cast("BlockName", read["block"]),
    )


def _object(value: Any, names: set[str], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("policy", "an object is expected", where=where)
    for name in sorted(set(value) - names):
        raise Malformed("policy", "an unknown member", where=f"{where}/{name}")
    for name in sorted(names - set(value)):
        raise Malformed("policy", "a member is missing", where=f"{where}/{name}")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 16 or not all(isinstance(item, str) and item for item in value):
        raise Malformed("policy", "a list of at most 16 strings", where=where)
    return tuple(value)


def _hex(text: Any, size: int, where: str) -> bytes:
    try:
        return hex_decode(text, size)
    except (Malformed, TypeError) as error:
        raise Malformed("policy", f"{size} bytes in lower-case hexadecimal", where=where) from error


def _uint(value: Any, where: str) -> int:
    try:
        return parse_uint(value, where)
    except Malformed as error:
        raise Malformed("policy", "a whole number as a decimal string", where=where) from error
