"""The state map: a keyed Merkle tree with at most one leaf for each key (PROTOCOL §5).

A subtree with one key is that key's leaf, wherever it stands, so the tree of a set of records has
one shape and one root. Proofs name the direction of each step by the *queried* key, never by
themselves, so a proof cannot answer about another key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from verifier.canonical import hex_decode, hex_decode_each
from verifier.errors import Malformed, Refuted

KEY_BITS: Final = 256
"""Bits of a map key, and so the greatest depth of a leaf."""

EMPTY: Final = bytes(32)
"""Root of the empty map and hash of an empty subtree."""


def leaf(key: bytes, record_hash: bytes) -> bytes:
    """Return the hash of the leaf of `key`, a 32-byte map key; `record_hash` is H(record)."""
    return sha256(b"\x02" + key + record_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of the subtree with the keys of bit 0 left and of bit 1 right."""
    return sha256(b"\x03" + left + right).digest()


@dataclass(frozen=True, slots=True)
class MapProof:
    """The way from one key's place to the root. Its form is checked before it is used."""

    bitmap: bytes
    """Bit i, most significant first, says that the sibling at depth i+1 is not empty; minimal bytes."""

    siblings: tuple[bytes, ...]
    """The siblings that are not empty, leaf side first; 32 bytes each."""

    other: tuple[bytes, bytes] | None
    """(key', record hash) of the leaf that stands in the queried key's place: absence L only."""

    def to_json(self) -> dict[str, str | list[str] | None]:
        """Return the form in a bundle: lower-case hexadecimal."""
        return {
            "bitmap": self.bitmap.hex(),
            "siblings": [sibling.hex() for sibling in self.siblings],
            "other": None if self.other is None else [part.hex() for part in self.other],
        }

    @classmethod
    def from_json(cls, value: object, where: str) -> MapProof:
        """Read the form in a bundle; `where` is its pointer, for the error.

        Raises:
            Malformed: another member, type, length, or hexadecimal form.
        """
        if not isinstance(value, dict) or value.keys() != {
            "bitmap",
            "siblings",
            "other",
        }:
            raise Malformed(
                "map-proof-form",
                "a map proof has bitmap, siblings and other",
                where=where,
            )
        bitmap, siblings, other = value["bitmap"], value["siblings"], value["other"]
        if not isinstance(bitmap, str) or len(bitmap) > KEY_BITS // 4:
            raise Malformed("map-bitmap-length", "a bitmap is text of at most 32 bytes", where=where)
        if not isinstance(siblings, list) or len(siblings) > KEY_BITS:
            raise Malformed("map-sibling-count", "siblings are a list of at most 256", where=where)
        if other is not None and not (isinstance(other, list) and len(other) == 2):
            raise Malformed("map-proof-form", "other is null or [key, record hash]", where=where)
        hashes = [*siblings, *(other or ())]
        if not all(isinstance(item, str) for item in hashes):
            raise Malformed("map-proof-form", "hashes are lower-case hexadecimal text", where=where)
        try:
            decoded = hex_decode_each(hashes, 32)
            bits = hex_decode(bitmap, len(bitmap) // 2)
        except Malformed as error:
            raise Malformed(error.code, error.message, where=where) from error
        count = len(siblings)
        return cls(
            bits,
            tuple(decoded[:count]),
            (decoded[count], decoded[count + 1]) if other else None,
        )


def check_membership(root: bytes, key: bytes, record_hash: bytes, proof: MapProof) -> None:
    """Check that the map under `root` holds the record of `record_hash` at `key`.

    Raises:
        Malformed: the proof's form.
        Refuted: `map-membership`.
    """
    _check_lengths(root, key, record_hash)
    if proof.other is not None:
        raise Malformed("map-other-in-membership", "a membership proof names no other leaf")
    depth = _check_form(proof)
    if _walk(leaf(key, record_hash), key, depth, proof) != root:
        raise Refuted("map-membership", "the map does not hold this record at this key")


def check_absence(root: bytes, key: bytes, proof: MapProof) -> None:
    """Check that the map under `root` holds nothing at `key`.

    Raises:
        Malformed: the proof's form.
        Refuted: `map-other-is-key`, `map-other-prefix`, `map-absence`.
    """
    _check_lengths(root, key)
    depth = _check_form(proof)
    terminal = EMPTY
    if proof.other is not None:
        other_key, record_hash = proof.other
        if other_key == key:
            raise Refuted(
                "map-other-is-key",
                "the leaf shown for absence is the queried key's own",
            )
        # Otherwise a leaf of elsewhere, or the queried key's own path, could be shown in this place.
        if (_number(other_key) ^ _number(key)) >> (KEY_BITS - depth):
            raise Refuted(
                "map-other-prefix",
                f"the leaf shown for absence differs within {depth} bits",
            )
        terminal = leaf(other_key, record_hash)
    if _walk(terminal, key, depth, proof) != root:
        raise Refuted("map-absence", "the proof does not show this key absent under this root")


def _check_lengths(*hashes: bytes) -> None:
    if {32}.union(map(len, hashes)) != {32}:
        raise Malformed("map-hash-length", "a root, key or hash is not 32 bytes")


def _check_form(proof: MapProof) -> int:
    """Return the depth of the terminal; every bound is checked before anything is hashed."""
    if len(proof.bitmap) > KEY_BITS // 8:
        raise Malformed("map-bitmap-length", "a bitmap of more than 256 bits")
    if proof.bitmap.endswith(b"\x00"):
        raise Malformed("map-bitmap-not-minimal", "a bitmap that ends in an empty byte")
    bits = _number(proof.bitmap)
    if bits.bit_count() != len(proof.siblings):
        raise Malformed(
            "map-sibling-count",
            f"{len(proof.siblings)} siblings, the bitmap names {bits.bit_count()}",
        )
    _check_lengths(*proof.siblings, *(proof.other or ()))
    if EMPTY in proof.siblings:
        raise Malformed(
            "map-sibling-empty",
            "an empty sibling is named by the bitmap, never by its hash",
        )
    if not bits:
        return 0
    # The deepest sibling is not empty: a lone leaf rises until it has a neighbour.
    return 8 * len(proof.bitmap) - ((bits & -bits).bit_length() - 1)


def _walk(terminal: bytes, key: bytes, depth: int, proof: MapProof) -> bytes:
    """Return the root above `terminal`: exactly `depth` hashes, in the directions of the queried key."""
    path = _number(key) >> (KEY_BITS - depth)
    present = _number(proof.bitmap) >> (8 * len(proof.bitmap) - depth)
    siblings = iter(proof.siblings)
    computed = terminal
    for step in range(depth):
        sibling = next(siblings) if present >> step & 1 else EMPTY
        pair = sibling + computed if path >> step & 1 else computed + sibling
        computed = sha256(b"\x03" + pair).digest()  # `node`, without a call for each one
    return computed


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


class _Tree:
    """A whole map in memory, sorted by key so that each subtree is a slice."""

    def __init__(self, items: Mapping[bytes, bytes]) -> None:
        _check_lengths(*items.keys(), *items.values())
        pairs = sorted(items.items())
        self.pairs: Sequence[tuple[bytes, bytes]] = pairs
        self.numbers = [_number(key) for key, _ in pairs]

    def middle(self, begin: int, end: int, depth: int) -> int:
        """Return where bit `depth` turns from 0 to 1 in a slice that agrees on the bits before."""
        bit = 1 << (KEY_BITS - 1 - depth)
        first = self.numbers[begin] & -bit | bit
        return bisect_left(self.numbers, first, begin, end)

    def root(self, begin: int, end: int, depth: int) -> bytes:
        """Return the root of a slice of keys that agree on their first `depth` bits."""
        if begin == end:
            return EMPTY
        if end - begin == 1:
            return leaf(*self.pairs[begin])
        middle = self.middle(begin, end, depth)
        return node(self.root(begin, middle, depth + 1), self.root(middle, end, depth + 1))


def root_of(items: Mapping[bytes, bytes]) -> bytes:
    """Return the root of the map `key → H(record)`, all 32 bytes: how an auditor rebuilds it."""
    tree = _Tree(items)
    return tree.root(0, len(tree.pairs), 0)


def prove(items: Mapping[bytes, bytes], key: bytes) -> MapProof:
    """Return the proof of `key` in the map `key → H(record)`: membership if it is there, else absence.

    It rebuilds the whole tree: for auditors and tests. The ledger proves from its stored nodes.
    """
    _check_lengths(key)
    tree = _Tree(items)
    begin, end = 0, len(tree.pairs)
    siblings: list[bytes] = []
    bits = depth = 0
    while end - begin > 1:
        middle = tree.middle(begin, end, depth)
        right = _number(key) >> (KEY_BITS - 1 - depth) & 1
        depth += 1
        low, high = (begin, middle) if right else (middle, end)
        begin, end = (middle, end) if right else (begin, middle)
        bits <<= 1
        if low != high:
            bits |= 1
            siblings.append(tree.root(low, high, depth))
    size = -(-depth // 8)
    bitmap = (bits << (8 * size - depth)).to_bytes(size, "big")
    other = tree.pairs[begin] if begin != end and tree.pairs[begin][0] != key else None
    return MapProof(bitmap, tuple(reversed(siblings)), other)
