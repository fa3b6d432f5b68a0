"""Ways to spoil a consistency proof, each named for what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from tests.contracts.growth import Growth


@dataclass(frozen=True)
class Claim:
    """What is put before both checks."""

    old_size: int
    old_root: bytes
    new_size: int
    new_root: bytes
    proof: tuple[bytes, ...]


Mutation = Callable[[Claim, Growth, Random], Claim]


def claim_of(growth: Growth) -> Claim:
    """The true claim about a growth."""
    return Claim(growth.old_size, growth.old_root, growth.new_size, growth.new_root, tuple(growth.proof()))


def _flipped(word: bytes, draw: Random) -> bytes:
    return (int.from_bytes(word, "big") ^ 1 << draw.randrange(256)).to_bytes(32, "big")


def _at(claim: Claim, draw: Random) -> int:
    return draw.randrange(len(claim.proof))


def _spliced(claim: Claim, at: int, removed: int, *inserted: bytes) -> Claim:
    return replace(claim, proof=claim.proof[:at] + inserted + claim.proof[at + removed :])


def bit_of_a_node(claim: Claim, _: Growth, draw: Random) -> Claim:
    """One bit of one node."""
    at = _at(claim, draw)
    return _spliced(claim, at, 1, _flipped(claim.proof[at], draw))


def node_missing(claim: Claim, _: Growth, draw: Random) -> Claim:
    """One node left out."""
    return _spliced(claim, _at(claim, draw), 1)


def node_twice(claim: Claim, _: Growth, draw: Random) -> Claim:
    """One node repeated."""
    at = _at(claim, draw)
    return _spliced(claim, at, 0, claim.proof[at])


def node_added(claim: Claim, _: Growth, draw: Random) -> Claim:
    """A node of nothing, anywhere."""
    return _spliced(claim, draw.randrange(len(claim.proof) + 1), 0, draw.randbytes(32))


def trailing_nodes(claim: Claim, _: Growth, draw: Random) -> Claim:
    """Up to 80 nodes too many at the end: past the limit of both sides too."""
    return replace(claim, proof=claim.proof + tuple(draw.randbytes(32) for _ in range(draw.randrange(1, 80))))


def old_root_prefixed(claim: Claim, _: Growth, __: Random) -> Claim:
    """The old root in front: RFC 9162 §2.1.4.2 puts it there itself when the old size is a power of two."""
    return replace(claim, proof=(claim.old_root, *claim.proof))


def nodes_turned(claim: Claim, growth: Growth, draw: Random) -> Claim:
    """The nodes in reverse order."""
    turned = replace(claim, proof=claim.proof[::-1])
    return turned if turned != claim else bit_of_a_node(claim, growth, draw)


def no_proof(claim: Claim, _: Growth, __: Random) -> Claim:
    """No node at all."""
    return replace(claim, proof=())


def bit_of_the_old_root(claim: Claim, _: Growth, draw: Random) -> Claim:
    """Another old root."""
    return replace(claim, old_root=_flipped(claim.old_root, draw))


def bit_of_the_new_root(claim: Claim, _: Growth, draw: Random) -> Claim:
    """Another new root."""
    return replace(claim, new_root=_flipped(claim.new_root, draw))


def roots_exchanged(claim: Claim, _: Growth, __: Random) -> Claim:
    """Old for new."""
    return replace(claim, old_root=claim.new_root, new_root=claim.old_root)


def new_root_kept(claim: Claim, _: Growth, __: Random) -> Claim:
    """A larger log under the old root."""
    return replace(claim, new_root=claim.old_root)


def rewritten_history(claim: Claim, growth: Growth, draw: Random) -> Claim:
    """The honest proof and new root of another log of the same sizes."""
    other = claim_of(replace(growth, seed=draw.randbytes(8), _known={}))
    return replace(claim, new_root=other.new_root, proof=other.proof)


def forked_end(claim: Claim, growth: Growth, draw: Random) -> Claim:
    """The right proof, the new root of another log."""
    return replace(claim, new_root=replace(growth, seed=draw.randbytes(8), _known={}).new_root)


def other_old_size(claim: Claim, _: Growth, draw: Random) -> Claim:
    """Another old size, near or far, below the new one."""
    near = claim.old_size + draw.choice((-2, -1, 1, 2))
    size = near if draw.random() < 0.5 else draw.randrange(1, claim.new_size)
    return replace(claim, old_size=size if 0 < size < claim.new_size and size != claim.old_size else claim.new_size)


def other_new_size(claim: Claim, _: Growth, draw: Random) -> Claim:
    """Another new size, near or far; an RFC 9162 root does not bind its size, so some of these hold."""
    near = claim.new_size + draw.choice((-2, -1, 1, 2))
    return replace(claim, new_size=near if draw.random() < 0.5 else claim.new_size * 2 + 1)


def sizes_exchanged(claim: Claim, _: Growth, __: Random) -> Claim:
    """The new size first: a log that shrinks by the proof of its growth."""
    return replace(claim, old_size=claim.new_size, new_size=claim.old_size)


def shrinking_to_the_old_log(claim: Claim, growth: Growth, __: Random) -> Claim:
    """Back to the old log with the proof of the growth from it."""
    return replace(roots_exchanged(claim, growth, Random(0)), old_size=claim.new_size, new_size=claim.old_size)


def shrinking_under_the_same_root(claim: Claim, growth: Growth, draw: Random) -> Claim:
    """A smaller size under one root, with the nodes that rebuild it: passes where sizes are not compared."""
    size, root = claim.new_size, claim.new_root
    smaller = draw.choice((1, claim.old_size, size - 1))
    return Claim(size, root, smaller, root, tuple(growth.rebuilding_nodes()))


def same_size_other_root(claim: Claim, _: Growth, __: Random) -> Claim:
    """The root changed in place."""
    return replace(claim, new_size=claim.old_size, proof=())


def same_size_with_proof(claim: Claim, _: Growth, __: Random) -> Claim:
    """A heartbeat that carries nodes."""
    return replace(claim, new_size=claim.old_size, new_root=claim.old_root)


def beyond_the_limit(_: Claim, growth: Growth, draw: Random) -> Claim:
    """A true growth, but to more than 2^40 entries."""
    return claim_of(replace(growth, new_size=2**40 + draw.randrange(1, 2**20), whole=False, _known={}))


def empty_new_log(claim: Claim, _: Growth, __: Random) -> Claim:
    """A new size of 0."""
    return replace(claim, new_size=0)


MUTATIONS: tuple[Mutation, ...] = (
    bit_of_a_node,
    node_missing,
    node_twice,
    node_added,
    trailing_nodes,
    old_root_prefixed,
    nodes_turned,
    no_proof,
    bit_of_the_old_root,
    bit_of_the_new_root,
    roots_exchanged,
    new_root_kept,
    rewritten_history,
    forked_end,
    other_old_size,
    other_new_size,
    sizes_exchanged,
    shrinking_to_the_old_log,
    shrinking_under_the_same_root,
    same_size_other_root,
    same_size_with_proof,
    beyond_the_limit,
    empty_new_log,
)

SIZE_ONLY = frozenset({"other_old_size", "other_new_size"})
"""What may hold all the same: nothing in the proof says how large the trees are."""
