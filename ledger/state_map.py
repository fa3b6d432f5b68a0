"""The stored state map: the keyed Merkle tree in blocks of eight levels, versioned by checkpoint.

A block covers the keys under a prefix of whole bytes and has up to 256 slots, one for each next byte:

    leaf     one key alone under that byte: its key and the hash of its record
    subtree  two or more: the hash of the block below

so a proof reads as many rows as the tree is deep in bytes (three at a million objects), and a
checkpoint writes only the blocks that changed. Older versions stay: a proof is made as of any checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ledger.errors import Stopped
from verifier.keyed_map import EMPTY, MapProof, leaf, node

Leaf = tuple[bytes, bytes]
"""Map key and record hash."""
Slot = Leaf | bytes
"""A leaf, or the hash of the block below."""
Block = dict[int, Slot]
"""Next key byte to slot; an absent one is empty."""
Reader = Callable[[Iterable[bytes]], Mapping[bytes, Block]]
"""Blocks by prefix, as of one checkpoint; prefixes without a block are absent from the answer."""

_LEAF, _SUBTREE = 0, 1


def encode_block(block: Block) -> bytes:
    """Slots in ascending order: byte, kind, then 64 bytes of a leaf or 32 of a hash."""
    parts = []
    for byte in sorted(block):
        slot = block[byte]
        if isinstance(slot, bytes):
            parts.append(bytes((byte, _SUBTREE)) + slot)
        else:
            parts.append(bytes((byte, _LEAF)) + slot[0] + slot[1])
    return b"".join(parts)


def decode_block(data: bytes) -> Block:
    """Reads `encode_block`'s form; raises Stopped `tree-broken` for any other bytes."""
    block: Block = {}
    at, last = 0, -1
    while at < len(data):
        kind = data[at + 1] if at + 1 < len(data) else 2
        size = 66 if kind == _LEAF else 34
        if kind > _SUBTREE or at + size > len(data) or data[at] <= last:
            raise Stopped("tree-broken", "a block of the state map is not readable")
        last = data[at]
        part = data[at + 2 : at + size]
        block[last] = part if kind == _SUBTREE else (part[:32], part[32:])
        at += size
    return block


def block_hash(block: Block) -> bytes:
    """Hash of the subtree that a block covers; a lone leaf is that leaf's hash."""
    return _fold(sorted(block.items()), 0, 256)


def _fold(slots: list[tuple[int, Slot]], low: int, high: int) -> bytes:
    if not slots:
        return EMPTY
    if len(slots) == 1:
        slot = slots[0][1]
        if not isinstance(slot, bytes):
            return leaf(*slot)
        if high - low == 1:
            return slot
    middle = (low + high) // 2
    cut = next((at for at, (byte, _) in enumerate(slots) if byte >= middle), len(slots))
    return node(_fold(slots[:cut], low, middle), _fold(slots[cut:], middle, high))


@dataclass
class Update:
    """What a batch of changes does to the stored tree."""

    root: bytes
    blocks: dict[bytes, Block]
    """Changed blocks by prefix."""


def update(read: Reader, root: bytes, changes: Mapping[bytes, bytes]) -> Update:
    """Sets the record hash of each key, checking every stored block that is touched.

    Args:
        root: Root before, which the stored blocks must hash to.
        changes: Record hash by map key.

    Raises:
        Stopped: `tree-broken`, a stored block does not hash to what the block above says.
    """
    written: dict[bytes, Block] = {}
    new_root = _update(_Checked(read), b"", root, sorted(changes.items()), written)
    return Update(new_root, written)


class _Checked:
    """Reads blocks and holds them to their hash."""

    def __init__(self, read: Reader) -> None:
        self._read = read

    def block(self, prefix: bytes, expected: bytes) -> Block:
        found = self._read((prefix,)).get(prefix, {})
        # A lone leaf's hash does not say in which slot it was filed: its key does.
        if block_hash(found) != expected or not all(_in_place(prefix, *item) for item in found.items()):
            where = f"map_blocks/{prefix.hex() or 'root'}"
            raise Stopped("tree-broken", "a stored block of the state map has another hash", where=where)
        return found


def _in_place(prefix: bytes, byte: int, slot: Slot) -> bool:
    return isinstance(slot, bytes) or slot[0].startswith(prefix + bytes((byte,)))


def _update(
    reader: _Checked, prefix: bytes, expected: bytes, changes: list[Leaf], written: dict[bytes, Block]
) -> bytes:
    block = dict(reader.block(prefix, expected)) if expected != EMPTY else {}
    depth = len(prefix)
    at = 0
    while at < len(changes):
        byte = changes[at][0][depth]
        end = at + 1
        while end < len(changes) and changes[end][0][depth] == byte:
            end += 1
        block[byte] = _slot(reader, prefix + bytes((byte,)), block.get(byte), changes[at:end], written)
        at = end
    written[prefix] = block
    return block_hash(block)


def _slot(reader: _Checked, prefix: bytes, slot: Slot | None, changes: list[Leaf], written: dict[bytes, Block]) -> Slot:
    if isinstance(slot, bytes):
        return _update(reader, prefix, slot, changes, written)
    # A leaf moves down when it gets a neighbour; the block below begins with both.
    if slot is not None and all(slot[0] != key for key, _ in changes):
        changes = sorted([*changes, slot])
    if len(changes) == 1:
        return changes[0]
    return _update(reader, prefix, EMPTY, changes, written)


def prove(read: Reader, root: bytes, key: bytes) -> tuple[bytes | None, MapProof]:
    """The record hash under `key` (None: absent) and its proof.

    Raises:
        Stopped: `tree-broken`, a stored block does not hash to what the block above says.
    """
    reader = _Checked(read)
    siblings: list[bytes] = []  # root side first, EMPTY where there is none
    prefix, expected = b"", root
    found: Leaf | None = None
    while expected != EMPTY:
        block = reader.block(prefix, expected)
        slots = sorted(block.items())
        low, high = 0, 256
        byte = key[len(prefix)]
        while len(slots) > 1 or (slots and isinstance(slots[0][1], bytes) and high - low > 1):
            middle = (low + high) // 2
            left = [item for item in slots if item[0] < middle]
            right = [item for item in slots if item[0] >= middle]
            if byte < middle:
                siblings.append(_fold(right, middle, high))
                slots, high = left, middle
            else:
                siblings.append(_fold(left, low, middle))
                slots, low = right, middle
        if not slots:
            break
        slot = slots[0][1]
        if not isinstance(slot, bytes):
            found = slot
            break
        prefix, expected = prefix + bytes((byte,)), slot
    member = found is not None and found[0] == key
    other = None if member else found
    proof = MapProof(_bitmap(siblings), tuple(s for s in reversed(siblings) if s != EMPTY), other)
    return (found[1] if found is not None and member else None), proof


def _bitmap(siblings: list[bytes]) -> bytes:
    bits = 0
    for sibling in siblings:
        bits = bits << 1 | (sibling != EMPTY)
    size = (len(siblings) + 7) // 8
    return (bits << (8 * size - len(siblings))).to_bytes(size, "big")
