"""The stored log: an RFC 9162 tree in tiles of up to 256 hashes (C2SP tlog-tiles), appended in batches.

Tile (level L, number N) holds the hashes of the complete subtrees of 256^L leaves numbered 256·N on. A tile only
grows at its end, so the tree of any earlier size can be read from it: it needs no versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ledger.errors import Stopped
from verifier.merkle import consistency_nodes, decompose, inclusion_nodes, node_hash, root_of

WIDTH = 256
"""Hashes of a whole tile; eight levels of the tree."""

TileKey = tuple[int, int]
"""Level and number."""
Tiles = dict[TileKey, bytes]
"""Concatenated hashes by tile."""
Reader = Callable[[Iterable[TileKey]], Mapping[TileKey, bytes]]

_HASH = 32


def append(read: Reader, size: int, hashes: list[bytes]) -> Tiles:
    """The tiles that change when leaf `hashes` are appended to the log of `size`."""
    changed: Tiles = {}
    level = 0
    while hashes:
        start, filled = divmod(size >> 8 * level, WIDTH)
        tile = read([(level, start)]).get((level, start), b"") if filled else b""
        if len(tile) < filled * _HASH:
            raise _broken(level, start)
        data = tile[: filled * _HASH] + b"".join(hashes)
        above: list[bytes] = []
        for at in range(0, len(data), WIDTH * _HASH):
            part = data[at : at + WIDTH * _HASH]
            changed[level, start + at // (WIDTH * _HASH)] = part
            if len(part) == WIDTH * _HASH:
                above.append(_root(part))
        hashes = above
        level += 1
    return changed


def _root(hashes: bytes) -> bytes:
    return root_of([hashes[at : at + _HASH] for at in range(0, len(hashes), _HASH)])


def _broken(level: int, number: int) -> Stopped:
    where = f"log_tiles/{level}/{number}"
    return Stopped("tree-broken", "a tile of the log is absent, short or not what it was", where=where)


def root(read: Reader, size: int) -> bytes:
    """RFC 9162 root of the first `size` entries (≥ 1)."""
    return _range_hash(_tiles(read, [(0, size)]), 0, size)


def prove_inclusion(read: Reader, index: int, size: int) -> list[bytes]:
    """Siblings of the leaf at `index` in the tree of `size` (RFC 9162 §2.1.3)."""
    return _hashes(read, inclusion_nodes(index, size))


def prove_consistency(read: Reader, size1: int, size2: int) -> list[bytes]:
    """Proof that the tree of `size2` extends that of `size1` (RFC 9162 §2.1.4)."""
    return _hashes(read, consistency_nodes(size1, size2))


def _hashes(read: Reader, ranges: list[tuple[int, int]]) -> list[bytes]:
    tiles = _tiles(read, ranges)
    return [_range_hash(tiles, begin, end) for begin, end in ranges]


def _tiles(read: Reader, ranges: list[tuple[int, int]]) -> Mapping[TileKey, bytes]:
    wanted = {_tile_of(*subtree) for begin, end in ranges for subtree in decompose(begin, end)}
    return read(sorted(wanted))


def _tile_of(level: int, index: int) -> TileKey:
    """The tile that holds the hashes below (or of) a complete subtree of 2^level leaves."""
    return level // 8, index << level % 8 >> 8


def _range_hash(tiles: Mapping[TileKey, bytes], begin: int, end: int) -> bytes:
    *left, last = [_subtree_hash(tiles, *subtree) for subtree in decompose(begin, end)]
    for hashed in reversed(left):
        last = node_hash(hashed, last)
    return last


def _subtree_hash(tiles: Mapping[TileKey, bytes], level: int, index: int) -> bytes:
    key = _tile_of(level, index)
    width = 1 << level % 8
    start = (index << level % 8) % WIDTH
    part = tiles.get(key, b"")[start * _HASH : (start + width) * _HASH]
    if len(part) != width * _HASH:
        raise _broken(*key)
    return _root(part)
