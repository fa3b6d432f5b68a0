"""Fetching from a node that may be down, slow, strange or lying: never a forgery, always named."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

import pytest
from eth_hash.auto import keccak

from verifier.errors import Inconclusive
from verifier.ethereum.contract import read_contract
from verifier.ethereum.rpc import MAX_ANSWER, fetch_evidence

CONTRACT = bytes(range(20))
LEDGER = keccak(b"a ledger")


def code_of(url: str, **options: Any) -> str:
    with pytest.raises(Inconclusive) as caught:
        fetch_evidence(url, CONTRACT, LEDGER, **{"timeout": 2.0, **options})
    assert "127.0.0.1" in str(caught.value)
    assert "secret-api-key" not in str(caught.value)
    return caught.value.code


def test_an_honest_node(node: Any, world: Any) -> None:
    """What is fetched is what `read_contract` accepts, sequences sorted and without repetition."""
    evidence = fetch_evidence(node.url, CONTRACT, LEDGER, [9, 1, 1], block="finalized", chain_id=31337)
    assert evidence == world.evidence((1, 9))
    assert read_contract(evidence, CONTRACT, LEDGER).sequence == 7


def test_unreachable() -> None:
    """Nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert code_of(f"http://127.0.0.1:{port}/") == "rpc-unreachable"


def test_silence_ends_at_the_deadline() -> None:
    """A node that takes the connection and says nothing costs no more than the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        assert code_of(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.3) == "rpc-timeout"
        assert time.monotonic() - begin < 2


def test_dripping_ends_at_the_deadline() -> None:
    """A node that sends a byte now and then, each within the limit of a read, is cut off all the same."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                for _ in range(1000):
                    connection.sendall(b" ")
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        begin = time.monotonic()
        assert code_of(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=0.4) == "rpc-timeout"
        assert time.monotonic() - begin < 2


def test_the_deadline_counts_all_calls_together(node: Any, world: Any) -> None:
    """Each call is quick enough, their sum is not."""

    def slow(method: str, params: list[Any]) -> Any:
        time.sleep(0.25)
        return world.answer(method, params)

    node.answer = slow
    assert code_of(node.url, timeout=0.4) == "rpc-timeout"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ((429, {}, b"slow down"), "rpc-rate-limited"),
        ((503, {}, b"<html>"), "rpc-error"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "rpc-error"),
        ((200, {}, b"not json"), "rpc-bad-answer"),
        ((200, {}, b"[" * 100_000), "rpc-bad-answer"),
        ((200, {}, b"[]"), "rpc-bad-answer"),
        ((200, {}, b"{}"), "rpc-bad-answer"),
        ((200, {}, b" " * (MAX_ANSWER + 1)), "rpc-bad-answer"),
        ((200, {}, b'{"error":{"code":-32005,"message":"limit exceeded"}}'), "rpc-rate-limited"),
        ((200, {}, b'{"error":{"code":-32601,"message":"no such method"}}'), "rpc-error"),
        ((200, {}, b'{"result":31337}'), "rpc-bad-answer"),
        ((200, {}, b'{"result":"0x"}'), "rpc-bad-answer"),
    ],
)
def test_strange_answers(node: Any, raw: tuple[int, dict[str, str], bytes], code: str) -> None:
    """Every way not to answer has its code; redirects are not followed, nothing endless is read."""
    node.raw = lambda: raw
    assert code_of(node.url) == code


def test_wrong_chain(node: Any) -> None:
    """The node serves another chain than the policy names."""
    assert code_of(node.url, chain_id=1) == "rpc-wrong-chain"


@pytest.mark.parametrize("answer", [None, {"error": {"code": -32602, "message": "unsupported tag"}}])
def test_a_tag_that_the_node_does_not_serve(node: Any, world: Any, answer: Any) -> None:
    """`finalized` without support is told as such, not as an error of the network."""
    node.answer = lambda m, p: answer if m == "eth_getBlockByNumber" else world.answer(m, p)
    assert code_of(node.url, block="finalized") == "rpc-no-block"


@pytest.mark.parametrize("member", ["stateRoot", "timestamp", "hash", "logsBloom", "baseFeePerGas"])
def test_a_header_that_does_not_hash(node: Any, world: Any, member: str) -> None:
    """One field changed: the header is not the block's."""
    block = world.block_json()
    block[member] = block[member][:-1] + ("1" if block[member][-1] != "1" else "2")
    node.answer = lambda m, p: block if m == "eth_getBlockByNumber" else world.answer(m, p)
    assert code_of(node.url) == "rpc-bad-answer"


def test_another_height_than_asked(node: Any) -> None:
    """A true block, but not the one that was asked for."""
    assert code_of(node.url, block=5) == "rpc-bad-answer"


def test_fields_of_a_later_fork_do_not_disturb(node: Any, world: Any) -> None:
    """A node that names fields which the block does not have yet is read all the same."""
    block = world.block_json() | {"withdrawalsRoot": "0x" + "00" * 32, "blobGasUsed": "0x0"}
    node.answer = lambda m, p: block if m == "eth_getBlockByNumber" else world.answer(m, p)
    assert fetch_evidence(node.url, CONTRACT, LEDGER).header == world.header


def test_a_lie_about_a_slot(node: Any, world: Any) -> None:
    """A proof that does not verify is a useless node, not a forged invoice."""

    def lie(method: str, params: list[Any]) -> Any:
        answer = world.answer(method, params)
        if method == "eth_getProof":
            proof = answer["storageProof"][0]["proof"]
            proof[-1] = proof[-1][:-1] + ("1" if proof[-1][-1] != "1" else "2")
        return answer

    node.answer = lie
    assert code_of(node.url) == "rpc-bad-answer"


def test_a_reorganisation_between_block_and_proof_is_tried_again(node: Any, world: Any) -> None:
    """The first proof belongs to another block; the second attempt finds block and proof in step."""
    stale = world.block_json()
    world.storage[keccak(b"new")] = 5
    world.__post_init__()
    blocks = [stale]

    def answer(method: str, params: list[Any]) -> Any:
        return blocks.pop() if method == "eth_getBlockByNumber" and blocks else world.answer(method, params)

    node.answer = answer
    assert fetch_evidence(node.url, CONTRACT, LEDGER).header == world.header
    assert not blocks


def test_nothing_at_the_address(node: Any) -> None:
    """The chain proves that the contract does not exist there."""
    with pytest.raises(Inconclusive) as caught:
        fetch_evidence(node.url, b"\xee" * 20, LEDGER)
    assert caught.value.code == "rpc-no-contract"


def test_the_empty_trie_of_anvil(node: Any, world: Any) -> None:
    """`["0x80"]` for an empty storage trie becomes the one form of the evidence, the empty list."""
    world.storage = {}
    world.__post_init__()

    def answer(method: str, params: list[Any]) -> Any:
        result = world.answer(method, params)
        if method == "eth_getProof":
            result["storageProof"] = [{"proof": ["0x80"]} for _ in params[1]]
        return result

    node.answer = answer
    evidence = fetch_evidence(node.url, CONTRACT, LEDGER)
    assert set(evidence.storage_proofs.values()) == {()}
