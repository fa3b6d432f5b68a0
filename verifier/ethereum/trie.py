"""EIP-1186: proofs of one account and of one storage slot, present or absent, against a root.

A proof is the list of trie nodes on the path, root first. The walk asks for a node by its hash and
takes the next one of the list, so order, number and every byte are fixed; a node left over is refused.
Both tries are keyed by keccak-256 of the key: all paths have 64 nibbles, hence no branch has a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from eth_hash.auto import keccak

from verifier.errors import Malformed, Refuted
from verifier.ethereum.rlp import Item, decode, decode_integer, decode_list, encode

EMPTY_ROOT = keccak(encode(b""))
"""Root of a trie without entries; it is proven by the empty list (some nodes send `0x80` instead)."""

MAX_NODES = 65
"""64 nibbles in a path: at most 64 nodes above the leaf."""

_DIGITS = bytes(int(chr(code), 16) if chr(code) in "0123456789abcdef" else 0 for code in range(256))

MAX_NODE_SIZE = 532
"""Bytes: a full branch, 16 hashes of 33 bytes, an empty value and a 3-byte prefix."""


def account_storage_root(state_root: bytes, address: bytes, proof: Sequence[bytes]) -> bytes:
    """Prove an account under a state root and return its storage root (32 bytes).

    Args:
        state_root: 32 bytes, from a block header.
        address: 20 bytes.
        proof: nodes of the account trie, root first.

    Raises:
        Malformed: a node is over a limit or not canonical, or the account is not one.
        Refuted: `eth-proof` when a node is not the one committed to, `eth-account-absent` when the
            proof shows that the account does not exist.
    """
    value = _lookup(state_root, keccak(_sized(address, 20)), proof)
    if value is None:
        raise Refuted("eth-account-absent", f"no account 0x{address.hex()} exists under this state root")
    fields = decode_list(value)
    if len(fields) != 4:
        raise Malformed("eth-account", "an account has four fields")
    decode_integer(fields[0], 8)
    decode_integer(fields[1], 32)
    storage_root, code_hash = fields[2], fields[3]
    if not isinstance(storage_root, bytes) or not isinstance(code_hash, bytes):
        raise Malformed("eth-account", "a field of an account is a list")
    _sized(code_hash, 32)
    return _sized(storage_root, 32)


def storage_value(storage_root: bytes, slot: bytes, proof: Sequence[bytes]) -> int:
    """Prove one storage slot and return its word; 0 means that the slot is proven absent.

    Args:
        storage_root: 32 bytes, from `account_storage_root`.
        slot: 32 bytes.
        proof: nodes of the storage trie, root first; empty for an empty trie.

    Raises:
        Malformed: a node is over a limit or not canonical, or the value is no word.
        Refuted: `eth-proof`, when a node is not the one that the trie commits to.
    """
    value = _lookup(storage_root, keccak(_sized(slot, 32)), proof)
    if value is None:
        return 0
    word = decode_integer(decode(value), 32)
    if word == 0:
        # A zero slot is deleted from the trie, so a stored zero is no state that Ethereum can reach.
        raise Malformed("eth-proof-node", "a storage trie stores a zero")
    return word


def _sized(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise Malformed("eth-proof-input", f"{size} bytes are expected, not {len(value)}")
    return value


def _lookup(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Walk from `root` along `key` (32 bytes); the value, or None where its absence is proven."""
    if len(proof) > MAX_NODES:
        raise Malformed("eth-proof-limit", f"a proof has at most {MAX_NODES} nodes, not {len(proof)}")
    if any(len(node) > MAX_NODE_SIZE for node in proof):
        raise Malformed("eth-proof-limit", f"a trie node has at most {MAX_NODE_SIZE} bytes")
    _sized(root, 32)
    if root == EMPTY_ROOT:
        if proof:
            raise Refuted("eth-proof", "an empty trie is proven by no node")
        return None
    path = _nibbles(key)
    nodes = iter(proof)
    value = _walk(root, path, nodes)
    if next(nodes, None) is not None:
        raise Refuted("eth-proof", "the proof has nodes that the path does not use")
    return value


def _walk(root: bytes, path: bytes, nodes: Iterator[bytes]) -> bytes | None:
    reference: Item = root
    at = 0
    while True:
        node = _resolve(reference, nodes)
        if len(node) == 17:
            if node[16] != b"":
                raise Malformed("eth-proof-node", "a branch of a trie with fixed-length keys has a value")
            if at == len(path):
                raise Malformed("eth-proof-node", "a branch lies deeper than the key")
            reference = node[path[at]]
            if reference == b"":
                return None
            at += 1
            continue
        if len(node) != 2:
            raise Malformed("eth-proof-node", "a trie node has 2 or 17 items")
        leaf, partial = _hex_prefix(node[0])
        matches = path[at : at + len(partial)] == partial
        if leaf:
            if at + len(partial) != len(path) or not isinstance(node[1], bytes) or not node[1]:
                raise Malformed("eth-proof-node", "a leaf does not end at the key's end, or is empty")
            return node[1] if matches else None
        if not partial or node[1] == b"":
            raise Malformed("eth-proof-node", "an extension leads nowhere")
        if not matches:
            return None
        at += len(partial)
        reference = node[1]


def _resolve(reference: Item, nodes: Iterator[bytes]) -> list[Item]:
    """Return the node that a parent refers to: written inline below 32 bytes, by its hash from there."""
    if isinstance(reference, list):
        if len(encode(reference)) >= 32:
            raise Malformed("eth-proof-node", "a node of 32 bytes or more is written inline")
        return reference
    if len(reference) != 32:
        raise Malformed("eth-proof-node", "a reference to a node is a hash or a node")
    node = next(nodes, None)
    if node is None:
        raise Refuted("eth-proof", "the proof ends before the path does")
    if _hash(node) != reference:
        raise Refuted("eth-proof", "a node of the proof is not the one that the trie commits to")
    return list(_decoded(node))


# The proofs of one contract's slots share their upper nodes.
_hash = lru_cache(maxsize=256)(keccak)


@lru_cache(maxsize=256)
def _decoded(node: bytes) -> tuple[Item, ...]:
    return tuple(decode_list(node))


def _nibbles(data: bytes) -> bytes:
    """One byte of 0 to 15 for each half byte."""
    return data.hex().encode().translate(_DIGITS)


def _hex_prefix(item: Item) -> tuple[bool, bytes]:
    """Decode the compact path (Yellow Paper, appendix C): is it a leaf, and its nibbles."""
    if not isinstance(item, bytes) or not item or item[0] > 0x3F:
        raise Malformed("eth-proof-node", "the path of a trie node has an unknown flag")
    nibbles = _nibbles(item)
    flag = nibbles[0]
    if flag & 1:
        return flag >= 2, nibbles[1:]
    if nibbles[1] != 0:
        raise Malformed("eth-proof-node", "the padding nibble of a path is not zero")
    return flag >= 2, nibbles[2:]
