"""The RFC 9162 Merkle tree: hashing, inclusion and consistency.

A proof is a list of sibling subtrees. `inclusion_nodes` and `consistency_nodes` name them as leaf
ranges; the checks here and the prover over stored nodes both follow those two lists, so that there
is one walk and not two that must agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from verifier.errors import Malformed, Refuted

HASH_SIZE: Final = 32
"""Bytes of a SHA-256 hash."""

MAX_SIZE: Final = 2**40
"""Leaves of a log (PROTOCOL §4): a proof then has at most 41 hashes."""

MAX_PROOF: Final = 64
"""Hashes of a proof that is read at all; no tree of `MAX_SIZE` needs more than 41."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes in order; the empty tree has the hash of nothing."""
    if not leaf_hashes:
        return sha256(b"").digest()
    level = list(leaf_hashes)
    while len(level) > 1:
        # `node_hash`, without a call for each node: the hot loop of an invoice and of an audit.
        pairs = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        # The last node of an odd level has no sibling and rises unchanged.
        level = pairs + level[-1:] if len(level) % 2 else pairs
    return level[0]


def inclusion_nodes(index: int, size: int) -> list[tuple[int, int]]:
    """Return the leaf ranges `[begin, end)` of an inclusion proof's subtrees, in proof order.

    Raises:
        Malformed: not 0 ≤ index < size ≤ 2^40.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise Malformed("merkle-bounds", f"no leaf {index} in a tree of size {size}")
    nodes: list[tuple[int, int]] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            nodes.append((middle, end))
            end = middle
        else:
            nodes.append((begin, middle))
            begin = middle
    return nodes[::-1]


def consistency_nodes(size1: int, size2: int) -> list[tuple[int, int]]:
    """Return the leaf ranges of a consistency proof's subtrees, in proof order (RFC 9162 §2.1.4.1).

    When `size1` is a power of two the first subtree is the whole first tree, which the checker
    knows, and the list does not name it.

    Raises:
        Malformed: not 1 ≤ size1 ≤ size2 ≤ 2^40. Nothing can be said of growth from an empty tree.
    """
    if not 1 <= size1 <= size2 <= MAX_SIZE:
        raise Malformed("merkle-bounds", f"no consistency proof from size {size1} to {size2}")
    nodes: list[tuple[int, int]] = []
    begin, end = 0, size2
    while end != size1:
        middle = begin + _split(end - begin)
        if size1 <= middle:
            nodes.append((middle, end))
            end = middle
        else:
            nodes.append((begin, middle))
            begin = middle
    if begin:
        nodes.append((begin, end))
    return nodes[::-1]


def decompose(begin: int, end: int) -> list[tuple[int, int]]:
    """Return the complete subtrees `(level, index)` that make up a leaf range, left to right.

    The hash of a range that is a node of the tree is their fold from the right:
    `node_hash(first, node_hash(second, …))`.

    Raises:
        Malformed: not 0 ≤ begin ≤ end ≤ 2^40.
    """
    if not 0 <= begin <= end <= MAX_SIZE:
        raise Malformed("merkle-bounds", f"no leaf range from {begin} to {end}")
    subtrees: list[tuple[int, int]] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        subtrees.append((level, begin >> level))
        begin += 1 << level
    return subtrees


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` (a leaf hash) stands at `index` in the tree of `size` under `root`.

    Raises:
        Malformed: sizes or lengths out of bounds.
        Refuted: `inclusion`.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise Malformed("merkle-bounds", f"no leaf {index} in a tree of size {size}")
    _check_hashes(proof, leaf, root)
    # The list of `inclusion_nodes` without its ranges: below the height where the ways to this leaf and to the
    # last one part, a bit of the index says the side; above it the way is the right edge, all siblings left.
    inner = (index ^ (size - 1)).bit_length()
    needed = inner + (index >> inner).bit_count()
    if len(proof) != needed:
        raise Refuted(
            "inclusion",
            f"an inclusion proof of {len(proof)} hashes where {needed} are needed",
        )
    computed = leaf
    sides = index & ((1 << inner) - 1) | -1 << inner
    for sibling in proof:
        # `node_hash`, without a call for each node
        computed = sha256(b"\x01" + sibling + computed if sides & 1 else b"\x01" + computed + sibling).digest()
        sides >>= 1
    if computed != root:
        raise Refuted(
            "inclusion",
            f"leaf {index} is not in the tree of size {size} under this root",
        )


def check_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `size2` under `root2` extends the tree of `size1` under `root1`.

    Raises:
        Malformed: sizes or lengths out of bounds; a first size of 0 is.
        Refuted: `consistency`.
    """
    nodes = consistency_nodes(size1, size2)
    _check_hashes(proof, root1, root2)
    if len(proof) != len(nodes):
        raise Refuted(
            "consistency",
            f"a consistency proof of {len(proof)} hashes where {len(nodes)} are needed",
        )
    steps = list(zip(nodes, proof, strict=True))
    # Both roots are rebuilt from the last subtree that the first tree has whole.
    old = new = root1
    if steps and steps[0][0][1] == size1:
        old = new = steps.pop(0)[1]
    for (begin, _), sibling in steps:
        if begin >= size1:
            new = node_hash(new, sibling)
        else:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
    if old != root1 or new != root2:
        raise Refuted(
            "consistency",
            f"the tree of size {size2} does not extend the one of size {size1}",
        )


def _split(width: int) -> int:
    """Return the largest power of two below `width` (≥ 2)."""
    return 1 << (width - 1).bit_length() - 1


def _check_hashes(proof: Sequence[bytes], *others: bytes) -> None:
    if len(proof) > MAX_PROOF:
        raise Malformed(
            "merkle-proof-length",
            f"{len(proof)} hashes in a proof, the limit is {MAX_PROOF}",
        )
    if {HASH_SIZE}.union(map(len, proof), map(len, others)) != {HASH_SIZE}:
        raise Malformed("merkle-hash-length", f"a hash is not {HASH_SIZE} bytes")
