"""EIP-1186 proofs: against the PyPI `trie`, against mainnet, and against tampering."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from verifier.errors import Malformed, Refuted, SceauError
from verifier.ethereum.header import encode_header, parse_header
from verifier.ethereum.trie import EMPTY_ROOT, MAX_NODES, account_storage_root, storage_value


def prove(trie: Any, key: bytes) -> tuple[bytes, ...]:
    return tuple(rlp.encode(node) for node in trie.get_proof(keccak(key)))


def storage(rng: random.Random, entries: int) -> tuple[Any, dict[bytes, int]]:
    words = {rng.randbytes(32): rng.getrandbits(rng.choice((1, 8, 64, 256))) or 1 for _ in range(entries)}
    trie = HexaryTrie({})
    for slot, word in words.items():
        trie[keccak(slot)] = rlp.encode(word)
    return trie, words


@pytest.mark.parametrize("entries", [0, 1, 2, 3, 17, 60, 300])
def test_slots_agree_with_the_independent_library(entries: int) -> None:
    """Every present and a hundred absent slots read as `trie` proves them: values, and 0 for absence."""
    rng = random.Random(entries)
    trie, words = storage(rng, entries)
    for slot in [*words, *(rng.randbytes(32) for _ in range(100))]:
        proof = prove(trie, slot)
        assert storage_value(trie.root_hash, slot, proof) == words.get(slot, 0)
        oracle = HexaryTrie.get_from_proof(trie.root_hash, keccak(slot), trie.get_proof(keccak(slot)))
        assert oracle == (rlp.encode(words[slot]) if slot in words else b"")


def test_every_flipped_byte_of_a_proof_is_refused() -> None:
    """No byte of a proof, of a present or of an absent slot, can be another."""
    rng = random.Random(1)
    trie, words = storage(rng, 20)
    for slot in (next(iter(words)), rng.randbytes(32)):
        proof = prove(trie, slot)
        for index, node in enumerate(proof):
            for at in range(len(node)):
                for mask in (0x01, 0x80):
                    bad = node[:at] + bytes([node[at] ^ mask]) + node[at + 1 :]
                    with pytest.raises(SceauError):
                        storage_value(trie.root_hash, slot, (*proof[:index], bad, *proof[index + 1 :]))


def test_missing_repeated_reordered_and_unused_nodes_are_refused() -> None:
    """The list of nodes is the path itself: nothing cut, added, doubled or moved."""
    rng = random.Random(2)
    trie, words = storage(rng, 200)
    slot = next(iter(words))
    proof = prove(trie, slot)
    assert len(proof) >= 3
    swapped = (proof[1], proof[0], *proof[2:])
    for bad in (
        proof[:-1],
        proof[1:],
        (),
        (*proof, proof[0]),
        (proof[0], *proof),
        swapped,
        (*proof, b"\x80"),
    ):
        with pytest.raises(Refuted, match="proof"):
            storage_value(trie.root_hash, slot, bad)


def test_a_proof_of_one_slot_proves_no_other() -> None:
    """Presence and absence are told from the queried key, not from the proof."""
    trie, words = storage(random.Random(3), 200)
    first, second = list(words)[:2]
    with pytest.raises(Refuted):
        storage_value(trie.root_hash, second, prove(trie, first))


def test_an_empty_trie_is_proven_by_no_node() -> None:
    """The empty root needs no proof, and takes none: one form only."""
    assert storage_value(EMPTY_ROOT, bytes(32), ()) == 0
    with pytest.raises(Refuted):
        storage_value(EMPTY_ROOT, bytes(32), (b"\x80",))


@pytest.mark.parametrize("proof", [(b"\xc0",) * (MAX_NODES + 1), (b"\xc0" * 533,)])
def test_limits_come_before_hashing(proof: tuple[bytes, ...]) -> None:
    """Too many nodes, or one too large, are refused as malformed."""
    with pytest.raises(Malformed) as caught:
        storage_value(bytes(32), bytes(32), proof)
    assert caught.value.code == "eth-proof-limit"


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("three-items", [b"\x20", b"\1", b"\1"]),
        ("unknown-flag", [b"\x40" + bytes(32), b"\1"]),
        ("padding-not-zero", [b"\x21"[:0] + b"\x2f" + keccak(bytes(32)), b"\1"]),
        ("leaf-too-short", [b"\x20" + bytes(31), b"\1"]),
        ("leaf-empty", [b"\x20" + keccak(bytes(32)), b""]),
        ("extension-without-path", [b"\x00", b"\1" * 32]),
        ("branch-with-value", [b""] * 16 + [b"\1"]),
        ("stored-zero", [b"\x20" + keccak(bytes(32)), b"\x80"]),
        ("value-with-leading-zero", [b"\x20" + keccak(bytes(32)), b"\x82\x00\x01"]),
        ("reference-too-short", [b"\1" * 31] * 16 + [b""]),
        ("inline-node-too-long", [[b"\x20" + bytes(31), b"\1" * 40]] * 16 + [b""]),
    ],
)
def test_nodes_that_no_trie_has_are_malformed(name: str, node: list[Any]) -> None:
    """A root that an attacker made up does not make its nodes well formed."""
    encoded = rlp.encode(node)
    with pytest.raises(Malformed):
        storage_value(keccak(encoded), bytes(32), (encoded,))


def test_accounts_present_and_absent() -> None:
    """An account gives its storage root; a proven absence is refused with its own code."""
    trie = HexaryTrie({})
    roots = {bytes([n]) * 20: keccak(bytes([n])) for n in range(1, 50)}
    for address, root in roots.items():
        trie[keccak(address)] = rlp.encode([b"\5", b"\1\0", root, keccak(b"code")])
    for address, root in roots.items():
        assert account_storage_root(trie.root_hash, address, prove(trie, address)) == root
    absent = b"\xee" * 20
    with pytest.raises(Refuted) as caught:
        account_storage_root(trie.root_hash, absent, prove(trie, absent))
    assert caught.value.code == "eth-account-absent"


@pytest.mark.parametrize(
    "fields",
    [
        [b"", b"", b"\1" * 32],
        [b"\0", b"", b"\1" * 32, b"\1" * 32],
        [b"", b"", b"\1" * 31, b"\1" * 32],
        [b"", b"", [], b"\1" * 32],
    ],
)
def test_accounts_have_one_form(fields: list[Any]) -> None:
    """Four fields, integers without leading zeros, two hashes: anything else is malformed."""
    trie = HexaryTrie({})
    trie[keccak(bytes(20))] = rlp.encode(fields)
    with pytest.raises(Malformed):
        account_storage_root(trie.root_hash, bytes(20), prove(trie, bytes(20)))


def test_mainnet_block_account_and_slot(shared: Path) -> None:
    """Block 21925176 of mainnet: header from JSON to hash, deposit contract, its slot 1, and an EOA."""
    folder = shared / "vectors" / "eth-getproof"
    block = json.loads((folder / "block.json").read_text())
    header = parse_header(encode_header(block))
    assert header.hash.hex() == block["hash"][2:]
    assert (header.number, header.timestamp) == (0x14E8D38, 0x67BE0DB3)
    for name in ("proof.json", "block_miner_proof.json"):
        proof = json.loads((folder / name).read_text())
        root = account_storage_root(
            header.state_root,
            bytes.fromhex(proof["address"][2:]),
            [bytes.fromhex(node[2:]) for node in proof["accountProof"]],
        )
        assert root.hex() == proof["storageHash"][2:]
        for entry in proof["storageProof"]:
            slot = int(entry["key"], 16).to_bytes(32, "big")
            nodes = [bytes.fromhex(node[2:]) for node in entry["proof"]]
            assert storage_value(root, slot, nodes) == int(entry["value"], 16)
