"""The stored state map against the verifier's own plain tree, and broken blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import state_map
from ledger.errors import Stopped
from verifier import keyed_map
from verifier.keyed_map import EMPTY, check_absence, check_membership


class Blocks(dict[bytes, bytes]):
    """Encoded blocks by prefix, as the database keeps them."""

    def read(self, prefixes: Iterable[bytes]) -> Mapping[bytes, state_map.Block]:
        return {p: state_map.decode_block(self[p]) for p in prefixes if p in self}

    def apply(self, root: bytes, changes: Mapping[bytes, bytes]) -> bytes:
        made = state_map.update(self.read, root, changes)
        self.update({p: state_map.encode_block(b) for p, b in made.blocks.items()})
        return made.root


crowded = st.integers(0, 15).map(lambda n: bytes(31) + bytes((n,)))
"""Keys that differ in their last bits only: a chain of blocks down to the deepest level."""
spread = st.binary(min_size=32, max_size=32)
batches = st.lists(
    st.dictionaries(st.one_of(crowded, spread), st.binary(min_size=32, max_size=32), min_size=1, max_size=12),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(batches, spread)
def test_any_order_of_updates_gives_the_plain_trees_root_and_proofs(
    updates: list[dict[bytes, bytes]], stranger: bytes
) -> None:
    blocks, root, plain = Blocks(), EMPTY, dict[bytes, bytes]()
    for changes in updates:
        root = blocks.apply(root, changes)
        plain |= changes
        assert root == keyed_map.root_of(plain)
    for key in [*plain, stranger, bytes(31) + b"\x10"]:
        found, proof = state_map.prove(blocks.read, root, key)
        assert found == plain.get(key)
        assert proof == keyed_map.prove(plain, key)
        if found is None:
            check_absence(root, key, proof)
        else:
            check_membership(root, key, found, proof)


def test_thousands_of_keys() -> None:
    random = Random(7)
    blocks, root, plain = Blocks(), EMPTY, dict[bytes, bytes]()
    for _ in range(5):
        changes = {random.randbytes(32): random.randbytes(32) for _ in range(600)}
        changes |= {key: random.randbytes(32) for key in random.sample(sorted(plain), min(50, len(plain)))}
        root = blocks.apply(root, changes)
        plain |= changes
    assert root == keyed_map.root_of(plain)


@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_every_byte_of_every_block_on_the_way_counts(flip: int) -> None:
    random = Random(11)
    blocks, plain = Blocks(), {random.randbytes(32): random.randbytes(32) for _ in range(40)}
    plain |= {b"\x42" + random.randbytes(31): random.randbytes(32) for _ in range(4)}
    root = blocks.apply(EMPTY, plain)
    for prefix, data in dict(blocks).items():
        reached = [key for key in plain if key.startswith(prefix)]
        for at in range(len(data)):
            blocks[prefix] = data[:at] + bytes((data[at] ^ flip,)) + data[at + 1 :]
            with pytest.raises(Stopped) as caught:
                state_map.prove(blocks.read, root, reached[0])
            assert caught.value.code == "tree-broken"
            with pytest.raises(Stopped):
                state_map.update(blocks.read, root, {reached[0]: bytes(32)})
        blocks[prefix] = data


def test_a_missing_block_is_no_empty_subtree() -> None:
    blocks = Blocks()
    root = blocks.apply(EMPTY, {b"\x01" * 32: bytes(32), b"\x01" * 31 + b"\x02": bytes(32)})
    del blocks[b"\x01" * 31]
    with pytest.raises(Stopped):
        state_map.prove(blocks.read, root, b"\x01" * 32)
