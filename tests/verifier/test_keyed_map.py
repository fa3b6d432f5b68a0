"""The state map: one root for each set of records, and no proof of two answers about one key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import permutations
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier import keyed_map
from verifier.errors import Malformed, Refuted
from verifier.keyed_map import EMPTY, MapProof

Trie: TypeAlias = "tuple[bytes, bytes] | list[Trie] | None"
"""A second implementation: nothing, a leaf, or a node of two; changed one key at a time."""


def bit(key: bytes, depth: int) -> int:
    """Return one bit of a key, the most significant first."""
    return key[depth // 8] >> (7 - depth % 8) & 1


def put(trie: Trie, key: bytes, record: bytes, depth: int = 0) -> Trie:
    """Return the trie with a record set."""
    if trie is None or (isinstance(trie, tuple) and trie[0] == key):
        return (key, record)
    if isinstance(trie, tuple):
        pair: list[Trie] = [None, None]
        pair[bit(trie[0], depth)] = trie
        trie = pair
    side = bit(key, depth)
    trie[side] = put(trie[side], key, record, depth + 1)
    return trie


def drop(trie: Trie, key: bytes, depth: int = 0) -> Trie:
    """Return the trie without a key; a lone leaf rises."""
    if isinstance(trie, list):
        side = bit(key, depth)
        trie[side] = drop(trie[side], key, depth + 1)
        if not any(isinstance(child, list) for child in trie) and None in trie:
            return trie[0] or trie[1]
        return trie
    return None if trie is not None and trie[0] == key else trie


def trie_root(trie: Trie) -> bytes:
    """Return the root of a trie."""
    if trie is None:
        return bytes(32)
    if isinstance(trie, tuple):
        return sha256(b"\x02" + trie[0] + trie[1]).digest()
    return sha256(b"\x03" + trie_root(trie[0]) + trie_root(trie[1])).digest()


# Keys that share long prefixes are as likely as keys that share none.
KEYS = st.builds(
    lambda head, bits: (int.from_bytes(head * 32) ^ bits).to_bytes(32),
    st.sampled_from([b"\x00", b"\xff", b"\x0f", b"\x5a"]),
    st.one_of(st.integers(0, 7), st.integers(0, 7).map(lambda n: n << 120), st.integers(0, 2**256 - 1)),
)
RECORDS = st.binary(min_size=32, max_size=32)
MAPS = st.dictionaries(KEYS, RECORDS, max_size=12)


def random_map(size: int, seed: int) -> dict[bytes, bytes]:
    """Return a map of random keys, some of them neighbours over 16 bits and, at times, over 250."""
    random = Random(seed)
    items: dict[bytes, bytes] = {}
    if size % 16 == 2:
        pair = random.randbytes(31)
        items = {pair + bytes([last]): random.randbytes(32) for last in (0x40, 0x48)}
    while len(items) < size:
        near = random.choice([*items, b""])[:2] if random.random() < 0.1 else b""
        items[near + random.randbytes(32 - len(near))] = random.randbytes(32)
    return items


def refusal(check: Callable[..., None], *operands: Any) -> str:
    """Return the code of the error that the check must raise."""
    with pytest.raises((Malformed, Refuted)) as caught:
        check(*operands)
    return caught.value.code


@given(MAPS, st.randoms(use_true_random=False))
def test_any_order_of_updates_gives_one_root(items: dict[bytes, bytes], random: Random) -> None:
    """The root depends on the records alone: an independent trie reaches it in every order."""
    expected = keyed_map.root_of(items)
    for _ in range(3):
        order = list(items.items())
        random.shuffle(order)
        trie: Trie = None
        for key, record in order:
            trie = put(trie, key, record)
        assert trie_root(trie) == expected
        assert keyed_map.root_of(dict(order)) == expected


@given(st.lists(st.tuples(KEYS, st.none() | RECORDS), max_size=30))
def test_the_map_agrees_with_a_dictionary(operations: list[tuple[bytes, bytes | None]]) -> None:
    """After any sets, changes and removals the root is that of the dictionary that is left."""
    items: dict[bytes, bytes] = {}
    trie: Trie = None
    for key, record in operations:
        if record is None:
            items.pop(key, None)
            trie = drop(trie, key)
        else:
            items[key] = record
            trie = put(trie, key, record)
        assert trie_root(trie) == keyed_map.root_of(items)


@given(MAPS, KEYS, RECORDS)
def test_membership_and_absence_agree_with_a_dictionary(
    items: dict[bytes, bytes], stranger: bytes, record: bytes
) -> None:
    """Each key is proved with its own record and no other; each other key is proved absent."""
    root = keyed_map.root_of(items)
    for key in {*items, stranger}:
        proof = keyed_map.prove(items, key)
        if key in items:
            keyed_map.check_membership(root, key, items[key], proof)
            assert refusal(keyed_map.check_absence, root, key, proof) == "map-absence"
            if record != items[key]:
                assert refusal(keyed_map.check_membership, root, key, record, proof) == "map-membership"
        else:
            keyed_map.check_absence(root, key, proof)
            bare = MapProof(proof.bitmap, proof.siblings, None)
            assert refusal(keyed_map.check_membership, root, key, record, bare) == "map-membership"


@given(MAPS, KEYS)
def test_a_proof_comes_back_from_json(items: dict[bytes, bytes], key: bytes) -> None:
    """The form in a bundle is exact."""
    proof = keyed_map.prove(items, key)
    assert MapProof.from_json(proof.to_json(), "/proof") == proof


def test_the_small_maps_by_hand() -> None:
    """Roots and proofs of up to three records, written out."""
    low, high, near = bytes(32), b"\x80" + bytes(31), bytes(31) + b"\x01"
    record = b"r" * 32
    one = sha256(b"\x02" + low + record).digest()
    two = sha256(b"\x02" + high + record).digest()
    three = sha256(b"\x02" + near + record).digest()
    assert keyed_map.root_of({}) == bytes(32)
    assert keyed_map.root_of({low: record}) == one
    assert keyed_map.root_of({low: record, high: record}) == sha256(b"\x03" + one + two).digest()
    deep = sha256(b"\x03" + one + three).digest()
    for _ in range(254):
        deep = sha256(b"\x03" + deep + bytes(32)).digest()
    items = {low: record, high: record, near: record}
    assert keyed_map.root_of(items) == sha256(b"\x03" + deep + two).digest()
    assert keyed_map.prove(items, high) == MapProof(b"\x80", (deep,), None)
    assert keyed_map.prove(items, low) == MapProof(b"\x80" + bytes(30) + b"\x01", (three, two), None)
    assert keyed_map.prove({low: record}, high) == MapProof(b"", (), (low, record))
    assert keyed_map.prove({}, high) == MapProof(b"", (), None)
    # The path of 01… leaves the path of low at depth 2, where nothing stands but both of them below.
    assert keyed_map.prove(items, b"\x40" + bytes(31)).other is None


def changed(data: bytes) -> Iterator[bytes]:
    """Return every copy with one byte changed."""
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 1 << position % 8
        yield bytes(altered)


def changed_proofs(proof: MapProof) -> Iterator[MapProof]:
    """Return every copy of a proof with one bit of bitmap, one byte of a hash, or one hash off."""
    bitmap, siblings, other = proof.bitmap, proof.siblings, proof.other
    for place in range(8 * len(bitmap)):
        number = int.from_bytes(bitmap) ^ 1 << place
        yield MapProof(number.to_bytes(len(bitmap)), siblings, other)
    for place, sibling in enumerate(siblings):
        for altered in changed(sibling):
            yield MapProof(bitmap, (*siblings[:place], altered, *siblings[place + 1 :]), other)
        yield MapProof(bitmap, (*siblings[:place], *siblings[place + 1 :]), other)
        yield MapProof(bitmap, (*siblings[:place], EMPTY, *siblings[place:]), other)
    yield MapProof(bitmap, (*siblings, EMPTY), other)
    yield MapProof(bitmap + b"\x00", siblings, other)
    if other is not None:
        for altered in changed(other[0]):
            yield MapProof(bitmap, siblings, (altered, other[1]))
        for altered in changed(other[1]):
            yield MapProof(bitmap, siblings, (other[0], altered))
        yield MapProof(bitmap, siblings, None)


def test_every_changed_membership_proof_fails() -> None:
    """Every key of maps of every size up to 64: whatever is changed in its proof, it holds no more."""
    tried = 0
    for size in range(1, 65):
        items = random_map(size, seed=size)
        root = keyed_map.root_of(items)
        for key, record in items.items():
            proof = keyed_map.prove(items, key)
            keyed_map.check_membership(root, key, record, proof)
            for false in changed_proofs(proof):
                tried += 1
                assert not accepted(keyed_map.check_membership, root, key, record, false)
    assert tried > 400_000


def test_every_changed_absence_proof_fails() -> None:
    """Strange keys, far and near, in maps of every size up to 64: a changed proof holds no more."""
    tried = 0
    for size in range(65):
        items = random_map(size, seed=1000 + size)
        root = keyed_map.root_of(items)
        random = Random(size)
        near = [key[:-2] + random.randbytes(2) for key in list(items)[:8]]
        for key in [random.randbytes(32) for _ in range(8)] + near:
            proof = keyed_map.prove(items, key)
            keyed_map.check_absence(root, key, proof)
            for false in changed_proofs(proof):
                tried += 1
                assert not accepted(keyed_map.check_absence, root, key, false)
    assert tried > 200_000


A, B, C = bytes(32), b"\x20" + bytes(31), b"\x80" + bytes(31)
"""Keys that begin 000…, 001… and 100…."""

R = b"r" * 32
LEAF_A, LEAF_B, LEAF_C = (keyed_map.leaf(key, R) for key in (A, B, C))


def test_the_deepest_sibling_is_never_empty() -> None:
    """A leaf pushed below its place, with an empty neighbour, is no member: it would have a second place."""
    pushed = keyed_map.node(LEAF_A, EMPTY)
    named = MapProof(b"\x80", (EMPTY,), None)
    assert refusal(keyed_map.check_membership, pushed, A, R, named) == "map-sibling-empty"
    unnamed = MapProof(b"\x00", (), None)
    assert refusal(keyed_map.check_membership, pushed, A, R, unnamed) == "map-bitmap-not-minimal"
    # Deeper and with an honest sibling above.
    root = keyed_map.node(pushed, LEAF_C)
    named = MapProof(b"\xc0", (EMPTY, LEAF_C), None)
    assert refusal(keyed_map.check_membership, root, A, R, named) == "map-sibling-empty"
    unnamed = MapProof(b"\x80", (LEAF_C,), None)
    assert refusal(keyed_map.check_membership, root, A, R, unnamed) == "map-membership"


def test_empty_siblings_are_hashed_and_not_collapsed() -> None:
    """A root that skips the levels where two near keys have no neighbour is not the map's root."""
    collapsed = keyed_map.node(LEAF_A, LEAF_B)
    full = keyed_map.node(keyed_map.node(collapsed, EMPTY), EMPTY)
    assert keyed_map.root_of({A: R, B: R}) == full
    honest = keyed_map.prove({A: R, B: R}, A)
    assert honest == MapProof(b"\x20", (LEAF_B,), None)
    keyed_map.check_membership(full, A, R, honest)
    for root in (collapsed, keyed_map.node(collapsed, EMPTY)):
        assert refusal(keyed_map.check_membership, root, A, R, honest) == "map-membership"
    # B is not to be found at all where the collapse put it: its own first bit leads to the left.
    short = MapProof(b"\x80", (LEAF_A,), None)
    assert refusal(keyed_map.check_membership, collapsed, B, R, short) == "map-membership"


def test_nothing_is_left_over() -> None:
    """A sibling too many or too few for the bitmap is malformed, also when the rest would hold."""
    items = {A: R, B: R, C: R}
    root = keyed_map.root_of(items)
    proof = keyed_map.prove(items, A)
    keyed_map.check_membership(root, A, R, proof)
    for siblings in ((*proof.siblings, LEAF_C), proof.siblings[:-1], ()):
        false = MapProof(proof.bitmap, siblings, None)
        assert refusal(keyed_map.check_membership, root, A, R, false) == "map-sibling-count"


def test_the_bitmap_is_minimal_and_at_most_256_bits() -> None:
    """One depth has one bitmap, and no walk is longer than a key."""
    items = {A: R, C: R}
    root = keyed_map.root_of(items)
    padded = MapProof(b"\x80\x00", (LEAF_C,), None)
    assert refusal(keyed_map.check_membership, root, A, R, padded) == "map-bitmap-not-minimal"
    zero = MapProof(b"\x00", (), None)
    assert refusal(keyed_map.check_membership, LEAF_A, A, R, zero) == "map-bitmap-not-minimal"
    assert refusal(keyed_map.check_absence, EMPTY, A, zero) == "map-bitmap-not-minimal"
    long = MapProof(bytes(32) + b"\x80", (LEAF_C,), None)
    assert refusal(keyed_map.check_membership, root, A, R, long) == "map-bitmap-length"
    assert refusal(keyed_map.check_absence, root, B, long) == "map-bitmap-length"


def test_the_leaf_shown_for_absence_is_not_the_key_itself() -> None:
    """A member cannot be shown absent by its own leaf."""
    own = MapProof(b"", (), (A, R))
    assert refusal(keyed_map.check_absence, LEAF_A, A, own) == "map-other-is-key"
    deep = MapProof(b"\x80", (LEAF_C,), (A, R))
    root = keyed_map.root_of({A: R, C: R})
    assert refusal(keyed_map.check_absence, root, A, deep) == "map-other-is-key"


def test_the_leaf_shown_for_absence_stands_on_the_keys_path() -> None:
    """A leaf put where its key does not lead proves nothing absent there."""
    # The operator puts C in the left half, where A belongs, and shows "C is there, so A is not".
    root = keyed_map.node(LEAF_C, keyed_map.leaf(b"\xc0" + bytes(31), R))
    false = MapProof(b"\x80", (keyed_map.leaf(b"\xc0" + bytes(31), R),), (C, R))
    assert refusal(keyed_map.check_absence, root, A, false) == "map-other-prefix"
    # All bits before the terminal count, the last one among them.
    last = MapProof(b"\xe0", (LEAF_C, LEAF_C, LEAF_C), (B, R))
    assert refusal(keyed_map.check_absence, root, A, last) == "map-other-prefix"


def test_at_depth_zero_the_root_decides() -> None:
    """The empty map has no member and no other leaf; a map of one is not empty."""
    nothing = MapProof(b"", (), None)
    keyed_map.check_absence(EMPTY, A, nothing)
    keyed_map.check_membership(LEAF_A, A, R, nothing)
    keyed_map.check_absence(LEAF_C, A, MapProof(b"", (), (C, R)))
    assert refusal(keyed_map.check_absence, LEAF_C, A, nothing) == "map-absence"
    assert refusal(keyed_map.check_absence, EMPTY, A, MapProof(b"", (), (C, R))) == "map-absence"
    assert refusal(keyed_map.check_membership, EMPTY, A, R, nothing) == "map-membership"
    assert refusal(keyed_map.check_membership, LEAF_C, A, R, nothing) == "map-membership"


def test_the_direction_is_the_queried_keys() -> None:
    """A proof of one key is none of its neighbour: the walk turns where the queried key turns."""
    proof = MapProof(b"\x80", (LEAF_C,), None)
    keyed_map.check_membership(keyed_map.node(LEAF_A, LEAF_C), A, R, proof)
    swapped = keyed_map.node(LEAF_C, LEAF_A)
    assert refusal(keyed_map.check_membership, swapped, A, R, proof) == "map-membership"
    items = {A: R, B: R, C: R}
    root = keyed_map.root_of(items)
    for key, other in permutations(items, 2):
        proof = keyed_map.prove(items, other)
        assert refusal(keyed_map.check_membership, root, key, R, proof) == "map-membership"


def test_a_membership_proof_names_no_other_leaf() -> None:
    """What a check does not use must not be there."""
    proof = MapProof(b"", (), (C, R))
    assert refusal(keyed_map.check_membership, LEAF_A, A, R, proof) == "map-other-in-membership"


def test_a_leaf_is_no_node() -> None:
    """The hash of two subtrees is not the leaf of a key made of one of them, nor the reverse."""
    assert keyed_map.leaf(A, R) != keyed_map.node(A, R)
    root = keyed_map.node(LEAF_A, LEAF_C)
    nothing = MapProof(b"", (), None)
    assert refusal(keyed_map.check_membership, root, LEAF_A, LEAF_C, nothing) == "map-membership"


@pytest.mark.parametrize("length", [0, 31, 33])
def test_hashes_of_another_length_are_malformed(length: int) -> None:
    """Roots, keys, record hashes, siblings and the other leaf are 32 bytes each."""
    odd = b"x" * length
    nothing = MapProof(b"", (), None)
    assert refusal(keyed_map.check_membership, odd, A, R, nothing) == "map-hash-length"
    assert refusal(keyed_map.check_membership, R, odd, R, nothing) == "map-hash-length"
    assert refusal(keyed_map.check_membership, R, A, odd, nothing) == "map-hash-length"
    assert refusal(keyed_map.check_absence, odd, A, nothing) == "map-hash-length"
    assert refusal(keyed_map.check_absence, R, odd, nothing) == "map-hash-length"
    assert refusal(keyed_map.check_absence, R, A, MapProof(b"\x80", (odd,), None)) == "map-hash-length"
    for other in ((odd, R), (C, odd)):
        proof = MapProof(b"", (), other)
        assert refusal(keyed_map.check_absence, R, A, proof) == "map-hash-length"


TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.tuples(st.sampled_from([A, B, C, b"\x10" + bytes(31), b"\xff" * 32]), st.just(R)),
    lambda inner: st.lists(inner, min_size=2, max_size=2),
    max_leaves=8,
)
"""Trees that a lying operator might hash: leaves anywhere, repeated, pushed down or collapsed."""


def leaves_of(tree: Any) -> set[tuple[bytes, bytes]]:
    """Return the leaves of a tree."""
    if isinstance(tree, list):
        return leaves_of(tree[0]) | leaves_of(tree[1])
    return set() if tree is None else {tree}


def candidate_proofs(tree: Any, key: bytes) -> Iterator[MapProof]:
    """Return every proof that a liar could make from a tree: each depth of the path, each terminal."""
    siblings: list[bytes] = []
    others = [None, *leaves_of(tree)]
    while True:
        present = [sibling != EMPTY for sibling in siblings]
        bits = "".join("01"[flag] for flag in present)
        bitmap = int(bits.ljust(-(-len(bits) // 8) * 8, "0") or "0", 2).to_bytes(-(-len(bits) // 8))
        for shape in (bitmap, bitmap.rstrip(b"\x00")):
            kept = tuple(sibling for sibling in reversed(siblings) if sibling != EMPTY)
            for other in others:
                yield MapProof(shape, kept, other)
        if not isinstance(tree, list):
            return
        side = bit(key, len(siblings))
        siblings.append(trie_root(tree[1 - side]))
        tree = tree[side]


def accepted(check: Callable[..., None], *operands: Any) -> bool:
    """Say whether a check passes."""
    try:
        check(*operands)
    except (Malformed, Refuted):
        return False
    return True


@given(TREES, st.sampled_from([A, B, C, b"\x10" + bytes(31), b"\xff" * 32, b"\x08" + bytes(31)]))
def test_no_tree_proves_a_key_both_present_and_absent(tree: Any, key: bytes) -> None:
    """Under one root, however it was made, a key has one answer at most."""
    root = trie_root(tree)
    answers = set()
    for proof in candidate_proofs(tree, key):
        bare = MapProof(proof.bitmap, proof.siblings, None)
        if accepted(keyed_map.check_membership, root, key, R, bare):
            answers.add("present")
        if accepted(keyed_map.check_absence, root, key, proof):
            answers.add("absent")
    assert len(answers) <= 1


GOOD = {"bitmap": "80", "siblings": ["ab" * 32], "other": None}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "map-proof-form"),
        ([], "map-proof-form"),
        ({}, "map-proof-form"),
        ({"bitmap": "80", "siblings": []}, "map-proof-form"),
        (GOOD | {"more": None}, "map-proof-form"),
        (GOOD | {"bitmap": 1}, "map-bitmap-length"),
        (GOOD | {"bitmap": "00" * 33}, "map-bitmap-length"),
        (GOOD | {"bitmap": "8"}, "hex"),
        (GOOD | {"bitmap": "8G"}, "hex"),
        (GOOD | {"bitmap": "AB"}, "hex"),
        (GOOD | {"siblings": "ab"}, "map-sibling-count"),
        (GOOD | {"siblings": ["ab" * 32] * 257}, "map-sibling-count"),
        (GOOD | {"siblings": [None]}, "map-proof-form"),
        (GOOD | {"siblings": ["AB" * 32]}, "hex"),
        (GOOD | {"siblings": ["ab" * 31]}, "hex"),
        (GOOD | {"other": []}, "map-proof-form"),
        (GOOD | {"other": "ab"}, "map-proof-form"),
        (GOOD | {"other": ["ab" * 32]}, "map-proof-form"),
        (GOOD | {"other": ["ab" * 32, None]}, "map-proof-form"),
        (GOOD | {"other": ["ab" * 32, "ab" * 33]}, "hex"),
    ],
)
def test_a_proof_in_another_json_form_is_malformed(value: object, code: str) -> None:
    """Exactly three members, lower-case hexadecimal, and the error says where."""
    with pytest.raises(Malformed) as caught:
        MapProof.from_json(value, "/invoice/proof")
    assert caught.value.code == code
    assert caught.value.where == "/invoice/proof"
    assert MapProof.from_json(GOOD, "") == MapProof(b"\x80", (b"\xab" * 32,), None)
