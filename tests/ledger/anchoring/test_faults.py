"""A network that loses requests and answers, and a node that forgets, rewinds or is late. A real chain behind it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_hash.auto import keccak

from ledger.anchoring import anchor_now, anchor_once
from ledger.anchoring.follow import PATIENCE, STUCK
from ledger.anchoring.lease import LEASE
from ledger.anchoring.worker import leaving
from ledger.chain.contract import anchor_call, error_name
from ledger.chain.rpc import Chain, Refusal
from ledger.chain.signing import MAX_FEE, Fees, address_of, fees_of, replacement, sign
from ledger.checkpoints import checkpoint
from ledger.context import Ledger, check_running
from ledger.errors import Unavailable
from ledger.setup import init_ledger, open_ledger
from ledger.store.database import reading
from ledger.store.tables import transactions
from tests.ledger.anchoring.proxy import Proxy
from tests.ledger.anchoring.whole import assert_whole, enrolled, issue_some, rows, sent
from tests.ledger.conftest import Clock, Embedded, MakeLedger

METHODS = [
    "eth_call",
    "eth_estimateGas",
    "eth_getBlockByNumber",
    "eth_maxPriorityFeePerGas",
    "eth_getTransactionCount",
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
]
"""Every call that an anchor needs."""


@pytest.fixture
def proxy(embedded: Embedded) -> Iterator[Proxy]:
    with Proxy(embedded.url) as made:
        yield made


def behind(ledger: Ledger, proxy: Proxy) -> Ledger:
    """The ledger, its node reached through the proxy."""
    return replace(ledger, chain_url=proxy.url, settings=replace(ledger.settings, chain_url=proxy.url))


def losing(method: str, how: str, times: int = 1) -> Any:
    """A fault that strikes the first calls of a method."""
    left = iter(range(times))

    def fault(_proxy: Proxy, request: dict[str, Any]) -> str:
        return how if request["method"] == method and next(left, None) is not None else "pass"

    return fault


@pytest.mark.parametrize("how", ["drop", "mute"])
@pytest.mark.parametrize("method", METHODS)
def test_each_call_lost_once(make_ledger: MakeLedger, proxy: Proxy, method: str, how: str) -> None:
    """Not persisted (the request is lost) and persisted (the answer is lost): the same end, one transaction."""
    ledger = behind(make_ledger(), proxy)
    issue_some(ledger, enrolled(ledger))
    proxy.fault = losing(method, how)
    with pytest.raises(Unavailable) as caught:
        anchor_now(ledger)
    assert caught.value.code == "chain"
    with reading(ledger.engine) as connection:
        check_running(connection)  # an outage is no alarm
    anchor_now(ledger)
    assert_whole(ledger, proxy.target)
    assert len(sent(ledger)) == 1


@pytest.mark.parametrize("how", ["drop", "mute"])
def test_a_send_lost_on_postgresql(make_ledger: MakeLedger, proxy: Proxy, how: str) -> None:
    ledger = behind(make_ledger("postgresql"), proxy)
    issue_some(ledger, enrolled(ledger))
    proxy.fault = losing("eth_sendRawTransaction", how)
    with pytest.raises(Unavailable):
        anchor_now(ledger)
    assert [row.state for row in sent(ledger)] == ["signed"]
    anchor_now(ledger)
    assert_whole(ledger, proxy.target)
    assert len(sent(ledger)) == 1


@pytest.mark.parametrize("how", ["drop", "mute"])
def test_init_goes_on_after_lost_sends(embedded: Embedded, proxy: Proxy, tmp_path: Path, how: str) -> None:
    """The first send of either transaction is lost: three calls of init make one contract and one ledger."""
    settings = embedded.settings(tmp_path, chain_url=proxy.url)
    lost: set[str] = set()

    def fault(_proxy: Proxy, request: dict[str, Any]) -> str:
        if request["method"] != "eth_sendRawTransaction" or request["params"][0] in lost:
            return "pass"
        lost.add(request["params"][0])
        return how

    proxy.fault = fault
    for _ in range(2):
        with pytest.raises(Unavailable):
            init_ledger(settings, clock=embedded.clock, entropy=secrets.token_bytes)
    ledger = init_ledger(settings, clock=embedded.clock, entropy=secrets.token_bytes)
    assert len(lost) == 2
    assert [row.kind for row in rows(ledger, transactions, transactions.c.id)] == ["deploy", "open"]
    open_ledger(settings, clock=embedded.clock, entropy=secrets.token_bytes, chain_url=embedded.url)


def steps(ledger: Ledger, chain: Chain, count: int = 20) -> list[str]:
    """What a worker does until one of its looks changes nothing."""
    done: list[str] = []
    with leaving(ledger, "test"):
        while len(done) < count and (not done or done[-1] not in ("idle", "waiting")):
            done.append(anchor_once(ledger, chain, "test").step)
    return done


def swallowed(proxy: Proxy, request: dict[str, Any]) -> str | dict[str, Any]:
    """A node that takes transactions and never passes them on."""
    if request["method"] == "eth_sendRawTransaction":
        return {"result": "0x" + "00" * 32}
    if request["method"] == "eth_getTransactionByHash":
        return {"result": {}}
    return "pass"


@pytest.fixture
def stuck(make_ledger: MakeLedger, proxy: Proxy, clock: Clock) -> Ledger:
    """A ledger whose anchor was sent twice and is in no block: the twin is dearer."""
    ledger = behind(make_ledger(), proxy)
    issue_some(ledger, enrolled(ledger))
    checkpoint(ledger)
    with Chain(proxy.url) as chain:
        proxy.fault = swallowed
        assert steps(ledger, chain)[-3:] == ["signed", "sent", "waiting"]
        clock.move(STUCK + 1)
        assert steps(ledger, chain) == ["replaced", "sent", "waiting"]
    old, new = sent(ledger)
    assert (old.state, new.state, old.nonce) == ("replaced", "sent", new.nonce)
    before, after = fees_of(old.raw), fees_of(new.raw)
    assert after.tip * 8 >= before.tip * 9
    assert after.most * 8 >= before.most * 9
    return ledger


@pytest.mark.parametrize("winner", [0, 1])
def test_either_of_two_twins_may_be_mined(stuck: Ledger, proxy: Proxy, winner: int) -> None:
    """The receipt may belong to the replaced hash as well; the other one can never act."""
    with Chain(proxy.target) as node:
        node.send(sent(stuck)[winner].raw)
    proxy.fault = losing("", "pass")
    anchor_now(stuck, patience=20)
    states = ["replaced", "replaced"]
    states[winner] = "final"
    assert [row.state for row in sent(stuck)] == states
    assert_whole(stuck, proxy.target)


def test_fees_are_raised_to_a_ceiling_only() -> None:
    key = b"\x07" * 32
    fees = Fees(tip=10**9, most=MAX_FEE * 8 // 9 - 10)
    signed = sign(key, chain_id=1, nonce=0, to=bytes(20), data=b"", gas=21_000, fees=fees)
    twin = replacement(key, signed.raw, Fees(1, 1))
    assert twin is not None
    assert fees_of(twin.raw).most <= MAX_FEE
    assert replacement(key, twin.raw, Fees(1, 1)) is None


def test_a_node_that_forgets_is_sent_the_same_bytes(make_ledger: MakeLedger, proxy: Proxy) -> None:
    ledger = behind(make_ledger(), proxy)
    issue_some(ledger, enrolled(ledger))
    checkpoint(ledger)

    def forgetful(_proxy: Proxy, request: dict[str, Any]) -> str | dict[str, Any]:
        return {"result": "0x" + "00" * 32} if request["method"] == "eth_sendRawTransaction" else "pass"

    with Chain(proxy.url) as chain:
        proxy.fault = forgetful
        assert steps(ledger, chain)[-3:] == ["signed", "sent", "waiting"]
    proxy.fault = losing("", "pass")
    anchor_now(ledger)
    raws = {request["params"][0] for request in proxy.seen if request["method"] == "eth_sendRawTransaction"}
    assert "0x" + sent(ledger)[0].raw.hex() in raws
    assert len(sent(ledger)) == 1
    assert_whole(ledger, proxy.target)


def test_a_mined_transaction_that_vanishes_goes_back_to_sent(
    make_ledger: MakeLedger, proxy: Proxy, clock: Clock
) -> None:
    """A reorganisation, as its observer sees it: the receipt is gone, then the transaction is in another block."""
    ledger = behind(make_ledger(finality="3"), proxy)
    finish(ledger, clock)
    issue_some(ledger, enrolled(ledger))
    checkpoint(ledger)
    with Chain(proxy.url) as chain:
        clock.move(2)
        while not [row for row in sent(ledger) if row.state == "mined"]:
            steps(ledger, chain)
        mined = "0x" + sent(ledger)[0].hash.hex()

        def rewound(_proxy: Proxy, request: dict[str, Any]) -> str | dict[str, Any]:
            gone = ("eth_getTransactionReceipt", "eth_getTransactionByHash")
            if request["method"] in gone and request["params"][0] == mined:
                return {"result": None}
            if request["method"] == "eth_getTransactionCount":
                return {"result": hex(sent(ledger)[0].nonce)}
            return "pass"

        proxy.fault = rewound
        resent = proxy.count("eth_sendRawTransaction")
        assert steps(ledger, chain) == ["reorganised", "waiting"]
        row = sent(ledger)[0]
        assert (row.state, row.block_number, row.block_hash, row.block_time) == ("sent", None, None, None)
        assert proxy.count("eth_sendRawTransaction") == resent + 1
    proxy.fault = losing("", "pass")
    finish(ledger, clock)
    assert len(sent(ledger)) == 1
    assert_whole(ledger, proxy.target)


def finish(ledger: Ledger, clock: Clock) -> None:
    """Follows everything to its end while blocks go on."""
    with Chain(ledger.chain_url) as chain:
        for _ in range(40):
            clock.move(2)
            chain.block("latest")
            if steps(ledger, chain)[-1] == "idle":
                return
    raise AssertionError("it does not come to an end")


def test_a_block_that_is_no_longer_canonical_is_not_final(make_ledger: MakeLedger, proxy: Proxy) -> None:
    """A node that still shows the receipt, and another block at its height."""
    ledger = behind(make_ledger(), proxy)
    issue_some(ledger, enrolled(ledger))
    checkpoint(ledger)
    with Chain(proxy.url) as chain:
        while not [row for row in sent(ledger) if row.state == "mined"]:
            anchor_once(ledger, chain, "test")
        number = sent(ledger)[0].block_number

        def other(_proxy: Proxy, request: dict[str, Any]) -> str | dict[str, Any]:
            if request["method"] == "eth_getBlockByNumber" and request["params"][0] == hex(number):
                return {"result": proxy_block(proxy, number - 1)}
            return "pass"

        proxy.fault = other
        assert steps(ledger, chain) == ["waiting"]
        proxy.fault = losing("", "pass")
        assert steps(ledger, chain)[0] == "final"


def proxy_block(proxy: Proxy, number: int) -> Any:
    """A block of the real chain, as JSON."""
    with Chain(proxy.target) as chain:
        return chain.call("eth_getBlockByNumber", hex(number), False)


def test_a_reverted_anchor_is_tried_again(make_ledger: MakeLedger, proxy: Proxy) -> None:
    """Too little gas (a wrong estimate): it fails on chain, nothing is anchored, and the next one does it."""
    ledger = behind(make_ledger(), proxy)
    issue_some(ledger, enrolled(ledger))
    left = iter(range(1))

    def stingy(_proxy: Proxy, request: dict[str, Any]) -> str | dict[str, Any]:
        if request["method"] == "eth_estimateGas" and next(left, None) is not None:
            return {"result": hex(28_000)}
        return "pass"

    proxy.fault = stingy
    anchor_now(ledger)
    first, second = sent(ledger)
    assert (first.state, second.state, second.nonce) == ("failed", "final", first.nonce + 1)
    assert_whole(ledger, proxy.target, failed=1)


def test_a_nonce_that_a_stranger_used(make_ledger: MakeLedger, proxy: Proxy, clock: Clock) -> None:
    """Our key signed elsewhere too: given up after a while, and anchored with the next nonce."""
    ledger = behind(make_ledger(), proxy)
    issue_some(ledger, enrolled(ledger))
    checkpoint(ledger)
    proxy.fault = losing("eth_sendRawTransaction", "drop")
    with pytest.raises(Unavailable):
        anchor_now(ledger)
    key = bytes.fromhex(str(ledger.settings.funding_key))
    nonce = sent(ledger)[0].nonce
    fees = Fees(10**9, 10**11)
    with Chain(proxy.target) as node:
        raw = sign(key, chain_id=31337, nonce=nonce, to=bytes(20), data=b"", gas=21_000, fees=fees).raw
        node.send(raw)
        clock.move(2)
        node.block("latest")
    with Chain(proxy.url) as chain:
        assert steps(ledger, chain) == ["sent", "waiting"]
        clock.move(PATIENCE + LEASE)
        assert "failed" in steps(ledger, chain)
    anchor_now(ledger)
    assert [(row.state, row.nonce) for row in sent(ledger)] == [("failed", nonce), ("final", nonce + 1)]
    assert_whole(ledger, proxy.target, failed=1)


def test_finalized_is_the_nodes_own_tag(make_ledger: MakeLedger, proxy: Proxy) -> None:
    """Blocks that the node does not call finalized make nothing final, however deep."""
    ledger = behind(make_ledger(finality="finalized"), proxy)
    issue_some(ledger, enrolled(ledger))

    def late(_proxy: Proxy, request: dict[str, Any]) -> str | dict[str, Any]:
        if request["params"][:1] == ["finalized"]:
            return {"result": proxy_block(proxy, 1)}
        return "pass"

    proxy.fault = late
    with pytest.raises(Unavailable) as caught:
        anchor_now(ledger, patience=3)
    assert caught.value.code == "not-final"
    assert [row.state for row in sent(ledger)] == ["mined"]
    proxy.fault = losing("", "pass")
    assert anchor_now(ledger) is not None
    assert_whole(ledger, proxy.target)


@pytest.mark.parametrize(
    ("function", "arguments", "code"),
    [("freeze(bytes32)", b"", "ledger-frozen"), ("setAnchorer(bytes32,address)", bytes(32), "not-anchorer")],
)
def test_what_the_owner_ended_is_said(
    make_ledger: MakeLedger, function: str, arguments: bytes, code: str, clock: Clock
) -> None:
    """The owner froze the ledger or took the key's right away: no transaction is wasted, no alarm is raised."""
    ledger = make_ledger()
    issue_some(ledger, enrolled(ledger))
    with Chain(ledger.chain_url) as chain:
        key = bytes.fromhex(str(ledger.settings.funding_key))
        data = keccak(function.encode())[:4] + ledger.ledger_id + arguments
        nonce, fees = chain.nonce(address_of(key)), Fees(10**9, 10**11)
        owners = sign(key, chain_id=31337, nonce=nonce, to=ledger.contract, data=data, gas=90_000, fees=fees)
        chain.send(owners.raw)
        clock.move(2)
        chain.block("latest")
    with pytest.raises(Unavailable) as caught:
        anchor_now(ledger)
    assert caught.value.code == code
    assert sent(ledger) == []
    with reading(ledger.engine) as connection:
        check_running(connection)


def test_the_contracts_own_words_are_read(make_ledger: MakeLedger) -> None:
    """A refused estimate carries the error's selector."""
    ledger = make_ledger()
    with Chain(ledger.chain_url) as chain, pytest.raises(Refusal) as refused:
        chain.estimate(bytes(20), ledger.contract, anchor_call(ledger.ledger_id, 0, 1, bytes(32), []))
    assert error_name(refused.value.data) == "NotAnchorer"


def test_no_key_of_a_provider_is_shown(make_ledger: MakeLedger) -> None:
    """Addresses of public nodes carry their customer's key in path or query."""
    with Chain("http://user:word@127.0.0.1:9/v3/0123456789abcdef?k=1") as chain, pytest.raises(Unavailable) as caught:
        chain.chain_id()
    assert "http://127.0.0.1:9 " in str(caught.value)
    for secret in ("word", "0123456789abcdef", "k=1"):
        assert secret not in str(caught.value)
