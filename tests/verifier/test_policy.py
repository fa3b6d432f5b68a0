"""The policy file: what it says is what is trusted, and a misspelt bound is no bound but an error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.verifier.small_ledger import CHAIN_ID, CONTRACT, MAXIMUM_AGE, SmallLedger
from verifier.errors import Inconclusive, Malformed
from verifier.policy import MAX_POLICY, Policy, parse_policy

LEDGER = SmallLedger()
POLICY = LEDGER.policy()
KEY = LEDGER.ledger_id.hex()


def text(**changes: Any) -> bytes:
    """The policy file with members of its one ledger replaced; ... removes one."""
    value: dict[str, Any] = json.loads(POLICY.encode())
    members = value["ledgers"][KEY] | changes
    value["ledgers"][KEY] = {name: item for name, item in members.items() if item is not ...}
    return json.dumps(value).encode()


def test_a_policy_comes_back() -> None:
    policy = parse_policy(POLICY.encode())
    assert policy == POLICY
    trusted = policy.ledger(LEDGER.ledger_id)
    assert (trusted.chain_id, trusted.contract, trusted.maximum_age) == (CHAIN_ID, CONTRACT, MAXIMUM_AGE)
    assert (trusted.name, trusted.hosts, trusted.tier, trusted.block) == (
        "Small ledger", ("localhost:8000",), "one", "latest",
    )  # fmt: skip


def test_another_ledger_is_not_trusted() -> None:
    with pytest.raises(Inconclusive) as caught:
        POLICY.ledger(bytes(32))
    assert caught.value.code == "no-policy"
    with pytest.raises(Inconclusive):
        Policy({}).ledger(LEDGER.ledger_id)


def test_several_ledgers_are_told_apart() -> None:
    other = SmallLedger(salt=b"\1" * 32)
    both = Policy({**POLICY.ledgers, **other.policy(name="Other").ledgers})
    assert parse_policy(both.encode()) == both
    assert both.ledger(other.ledger_id).name == "Other"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"maximum_age": ...}, "/maximum_age"),
        ({"max_age": "1"}, "/max_age"),
        ({"maximum_age": 86400}, "/maximum_age"),
        ({"maximum_age": "-1"}, "/maximum_age"),
        ({"maximum_age": "086400"}, "/maximum_age"),
        ({"maximum_age": str(2**53)}, "/maximum_age"),
        ({"chain_id": "0x1"}, "/chain_id"),
        ({"contract": "00"}, "/contract"),
        ({"contract": "0x" + "00" * 20}, "/contract"),
        ({"contract": "AA" * 20}, "/contract"),
        ({"contract": None}, "/contract"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"hosts": "sceau.example"}, "/hosts"),
        ({"hosts": [""]}, "/hosts"),
        ({"hosts": ["a"] * 17}, "/hosts"),
        ({"read": None}, "/read"),
        ({"read": {"tier": "two", "endpoints": ["http://a"], "block": "latest"}}, "/read/tier"),
        ({"read": {"tier": "one", "endpoints": [], "block": "latest"}}, "/read/endpoints"),
        ({"read": {"tier": "one", "endpoints": ["http://a", "http://b"], "block": "latest"}}, "/read/endpoints"),
        ({"read": {"tier": "one", "endpoints": ["http://a"], "block": "pending"}}, "/read/block"),
        ({"read": {"tier": "one", "endpoints": ["http://a"], "block": "latest", "k": "2"}}, "/read/k"),
    ],
)
def test_each_fault_is_named_by_its_place(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_policy(text(**changes))
    assert (caught.value.code, caught.value.where) == ("policy", f"/ledgers/{KEY}{where}")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b'{"ledgers":[]}', b'{"ledgers":{},"trust":"all"}', b"\xff", b"{", b"[" * 100_000,
        b'{"ledgers":{"00":{}}}', b'{"ledgers":{},"ledgers":{}}', b" " * (MAX_POLICY + 1), b'{"ledgers":{}} x',
    ],
)  # fmt: skip
def test_other_files_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse_policy(data)
    assert caught.value.code == "policy"


def test_a_ledger_named_twice_is_refused() -> None:
    """The last of two would win unseen, and with it another contract."""
    member = json.dumps(json.loads(POLICY.encode())["ledgers"][KEY])
    twice = f'{{"ledgers":{{"{KEY}":{member},"{KEY}":{member}}}}}'
    with pytest.raises(Malformed, match="twice"):
        parse_policy(twice.encode())
