"""The stored log against RFC 9162 trees in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import log
from ledger.errors import Stopped
from verifier.merkle import check_consistency, check_inclusion, leaf_hash, root_of


class Tiles(dict[log.TileKey, bytes]):
    """Tiles as the database keeps them."""

    def read(self, wanted: Iterable[log.TileKey]) -> Mapping[log.TileKey, bytes]:
        return {key: self[key] for key in wanted if key in self}


def leaves(count: int, seed: int) -> list[bytes]:
    random = Random(seed)
    return [leaf_hash(random.randbytes(8)) for _ in range(count)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([1, 2, 3, 100, 255, 256, 257, 700]), min_size=1, max_size=8), st.data())
def test_batches_of_any_size_give_one_tree(sizes: list[int], data: st.DataObject) -> None:
    tiles, known, marks = Tiles(), list[bytes](), list[int]()
    for count in sizes:
        batch = leaves(count, len(known))
        tiles.update(log.append(tiles.read, len(known), batch))
        known += batch
        marks.append(len(known))
    size = len(known)
    root = root_of(known)
    assert log.root(tiles.read, size) == root
    index = data.draw(st.integers(0, size - 1))
    check_inclusion(known[index], index, size, log.prove_inclusion(tiles.read, index, size), root)
    earlier = data.draw(st.sampled_from(marks))
    old = log.root(tiles.read, earlier)
    assert old == root_of(known[:earlier])
    check_consistency(earlier, old, size, root, log.prove_consistency(tiles.read, earlier, size))


def test_three_levels_of_tiles() -> None:
    tiles, known = Tiles(), leaves(70_000, 3)
    for start in range(0, len(known), 9_000):
        tiles.update(log.append(tiles.read, start, known[start : start + 9_000]))
    assert max(level for level, _ in tiles) == 2
    assert log.root(tiles.read, len(known)) == root_of(known)


def test_a_lost_tile_is_named() -> None:
    tiles = Tiles()
    tiles.update(log.append(tiles.read, 0, leaves(600, 5)))
    del tiles[0, 1]
    with pytest.raises(Stopped) as caught:
        log.prove_inclusion(tiles.read, 300, 600)
    assert caught.value.where == "log_tiles/0/1"


def test_a_shortened_tile_is_not_appended_to() -> None:
    tiles = Tiles()
    tiles.update(log.append(tiles.read, 0, leaves(10, 5)))
    tiles[0, 0] = tiles[0, 0][:-32]
    with pytest.raises(Stopped):
        log.append(tiles.read, 10, leaves(1, 6))
