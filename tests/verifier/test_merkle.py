"""The RFC 9162 tree: proofs hold for what is there, and for nothing else."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier import merkle
from verifier.errors import Malformed, Refuted

LIMIT = 64
"""Every tree up to this size is tried, with every proof in it."""

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(LIMIT)]


def definition(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 9162 §2.1.1 defines it, by recursion."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(1 << bit for bit in range(40) if 1 << bit < len(leaves))
    return sha256(b"\x01" + definition(leaves[:split]) + definition(leaves[split:])).digest()


ROOTS = [definition(LEAVES[:size]) for size in range(LIMIT + 1)]


def inclusion_proof(index: int, leaves: list[bytes]) -> list[bytes]:
    """Return the proof as RFC 9162 §2.1.3.1 defines it, by recursion."""
    if len(leaves) == 1:
        return []
    split = max(1 << bit for bit in range(40) if 1 << bit < len(leaves))
    if index < split:
        return [*inclusion_proof(index, leaves[:split]), definition(leaves[split:])]
    return [*inclusion_proof(index - split, leaves[split:]), definition(leaves[:split])]


def consistency_proof(size1: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """Return the proof as RFC 9162 §2.1.4.1 defines it, by recursion."""
    if size1 == len(leaves):
        return [] if whole else [definition(leaves)]
    split = max(1 << bit for bit in range(40) if 1 << bit < len(leaves))
    if size1 <= split:
        return [*consistency_proof(size1, leaves[:split], whole), definition(leaves[split:])]
    return [*consistency_proof(size1 - split, leaves[split:], False), definition(leaves[:split])]


def flips(proof: list[bytes]) -> list[list[bytes]]:
    """Return every copy of a proof with one byte changed, and every copy one hash off."""
    changed = []
    for place, item in enumerate(proof):
        for position in range(32):
            altered = bytearray(item)
            altered[position] ^= 1 << position % 8
            changed.append([*proof[:place], bytes(altered), *proof[place + 1 :]])
        changed.append([*proof[:place], *proof[place + 1 :]])
        changed.append([*proof[:place], item, *proof[place:]])
    return [*changed, [*proof, bytes(32)], [bytes(32), *proof]]


def test_roots_follow_the_definition() -> None:
    """The level-wise root equals the recursive definition for every size."""
    assert merkle.root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size in range(LIMIT + 1):
        assert merkle.root_of(LEAVES[:size]) == ROOTS[size]


def test_every_inclusion_proof_holds_and_every_changed_one_fails() -> None:
    """All leaves of all trees up to 64: one byte or one hash off in the proof is refuted."""
    tried = 0
    for size in range(1, LIMIT + 1):
        for index in range(size):
            proof = inclusion_proof(index, LEAVES[:size])
            named = [merkle.root_of(LEAVES[begin:end]) for begin, end in merkle.inclusion_nodes(index, size)]
            assert named == proof
            merkle.check_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
            for changed in flips(proof):
                tried += 1
                with pytest.raises(Refuted) as caught:
                    merkle.check_inclusion(LEAVES[index], index, size, changed, ROOTS[size])
                assert caught.value.code == "inclusion"
    assert tried == 390_944


def test_a_leaf_is_included_at_its_own_index_only() -> None:
    """A proof holds for no other index, leaf or root of the same tree."""
    size = 23
    for index in range(size):
        proof = inclusion_proof(index, LEAVES[:size])
        for other in range(size):
            if other == index:
                continue
            with pytest.raises(Refuted):
                merkle.check_inclusion(LEAVES[index], other, size, proof, ROOTS[size])
            with pytest.raises(Refuted):
                merkle.check_inclusion(LEAVES[other], index, size, proof, ROOTS[size])
            with pytest.raises(Refuted):
                merkle.check_inclusion(LEAVES[index], index, size, proof, ROOTS[other])


def test_every_consistency_proof_holds_and_every_changed_one_fails() -> None:
    """All pairs of sizes up to 64: one byte or one hash off in the proof is refuted."""
    tried = 0
    for size2 in range(1, LIMIT + 1):
        for size1 in range(1, size2 + 1):
            proof = consistency_proof(size1, LEAVES[:size2])
            nodes = merkle.consistency_nodes(size1, size2)
            assert [merkle.root_of(LEAVES[begin:end]) for begin, end in nodes] == proof
            merkle.check_consistency(size1, ROOTS[size1], size2, ROOTS[size2], proof)
            for changed in flips(proof):
                tried += 1
                with pytest.raises(Refuted) as caught:
                    merkle.check_consistency(size1, ROOTS[size1], size2, ROOTS[size2], changed)
                assert caught.value.code == "consistency"
    assert tried > 300_000


def test_a_rewritten_tree_is_no_extension() -> None:
    """A leaf changed within the first tree makes every proof of the second fail, and so does a wrong root."""
    for size2 in range(2, 34):
        for size1 in range(1, size2):
            forged = [merkle.leaf_hash(b"rewritten"), *LEAVES[1:size2]]
            proof = consistency_proof(size1, forged)
            with pytest.raises(Refuted):
                merkle.check_consistency(size1, ROOTS[size1], size2, definition(forged), proof)
            honest = consistency_proof(size1, LEAVES[:size2])
            with pytest.raises(Refuted):
                merkle.check_consistency(size1, ROOTS[size1], size2, ROOTS[size1], honest)
            with pytest.raises(Refuted):
                merkle.check_consistency(size1, ROOTS[size2], size2, ROOTS[size2], honest)


def test_equal_sizes_need_equal_roots() -> None:
    """The same size under another root is a fork, not a heartbeat."""
    merkle.check_consistency(5, ROOTS[5], 5, ROOTS[5], [])
    with pytest.raises(Refuted):
        merkle.check_consistency(5, ROOTS[5], 5, ROOTS[6], [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 4), (-1, 4), (0, -1), (0, 2**40 + 1), (2**64, 2**65)])
def test_an_index_or_size_out_of_bounds_is_malformed(index: int, size: int) -> None:
    """Bounds are checked before anything is hashed."""
    with pytest.raises(Malformed) as caught:
        merkle.check_inclusion(bytes(32), index, size, [], bytes(32))
    assert caught.value.code == "merkle-bounds"


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 5), (6, 5), (-1, 5), (1, 2**40 + 1)])
def test_consistency_sizes_out_of_bounds_are_malformed(size1: int, size2: int) -> None:
    """An empty first tree says nothing and a log does not shrink."""
    with pytest.raises(Malformed) as caught:
        merkle.check_consistency(size1, bytes(32), size2, bytes(32), [])
    assert caught.value.code == "merkle-bounds"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_hash_of_another_length_is_malformed(length: int) -> None:
    """Hashes are 32 bytes: nothing can be moved from one hash of a proof to its neighbour."""
    odd = bytes(length)
    whole = bytes(32)
    for leaf, proof, root in ((odd, [whole], whole), (whole, [odd], whole), (whole, [whole], odd)):
        with pytest.raises(Malformed) as caught:
            merkle.check_inclusion(leaf, 0, 2, proof, root)
        assert caught.value.code == "merkle-hash-length"
        with pytest.raises(Malformed) as caught:
            merkle.check_consistency(1, leaf, 2, root, proof)
        assert caught.value.code == "merkle-hash-length"


def test_a_proof_longer_than_any_tree_is_malformed() -> None:
    """Sixty-five hashes are not even read; sixty-four are merely wrong."""
    for count, error in ((65, Malformed), (64, Refuted)):
        with pytest.raises(error):
            merkle.check_inclusion(bytes(32), 0, 2**40, [bytes(32)] * count, bytes(32))
        with pytest.raises(error):
            merkle.check_consistency(1, bytes(32), 2**40, bytes(32), [bytes(32)] * count)


def test_the_largest_tree_needs_forty_hashes() -> None:
    """At the size limit a proof is within the proof limit."""
    assert len(merkle.inclusion_nodes(0, merkle.MAX_SIZE)) == 40
    assert len(merkle.consistency_nodes(2**40 - 1, merkle.MAX_SIZE)) == 41
    assert len(merkle.consistency_nodes(3, merkle.MAX_SIZE)) <= 41


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_range_is_cut_into_complete_subtrees(one: int, two: int) -> None:
    """The subtrees of a range are aligned, adjoin one another, and cover exactly the range."""
    begin, end = sorted((one, two))
    place = begin
    for level, index in merkle.decompose(begin, end):
        assert index << level == place
        place += 1 << level
    assert place == end


def test_a_range_hash_is_the_fold_of_its_subtrees() -> None:
    """What the prover hashes from stored complete subtrees is what the proof needs."""
    for size in range(1, LIMIT + 1):
        for index in range(size):
            for begin, end in merkle.inclusion_nodes(index, size):
                parts = [ROOTS_OF_COMPLETE[level, place] for level, place in merkle.decompose(begin, end)]
                folded = parts.pop()
                while parts:
                    folded = merkle.node_hash(parts.pop(), folded)
                assert folded == definition(LEAVES[begin:end])


ROOTS_OF_COMPLETE = {
    (level, index): definition(LEAVES[index << level : (index + 1) << level])
    for level in range(7)
    for index in range(LIMIT >> level)
}


def test_a_range_turned_round_is_malformed() -> None:
    """A range ends after it begins."""
    with pytest.raises(Malformed):
        merkle.decompose(3, 2)


@given(st.integers(0, 2**40 - 1), st.integers(1, 2**40))
def test_the_subtrees_of_an_inclusion_proof_cover_the_tree(index: int, size: int) -> None:
    """The siblings and the leaf itself are the whole tree, each leaf once."""
    index %= size
    ranges = sorted([*merkle.inclusion_nodes(index, size), (index, index + 1)])
    assert ranges[0][0] == 0
    assert ranges[-1][1] == size
    assert all(left[1] == right[0] for left, right in pairwise(ranges))
