"""Document claims, salts, document root and disclosure (PROTOCOL.md §2).

A document is a JSON object in EN 16931 terms. It is cut into claims (a top-level member, or one
element of an array member), each salted, under one RFC 9162 root, so that a holder can show a part
and nobody can hide how much is hidden. Without the invoice secret a hidden claim cannot be guessed
from its hash; destroying secret and body is the erasure act.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from verifier.canonical import encode_cbor, encode_cbor_bytes, encode_json, encode_json_each, hex_decode
from verifier.errors import Malformed, Refuted
from verifier.merkle import leaf_hash, root_of

SECRET_SIZE = 32
"""Bytes of the invoice secret: as wide as the hash, drawn afresh for every document."""

SALT_SIZE = 16
"""Bytes of a claim's salt: 128 bits keep a hidden claim from being guessed by trial."""

MAX_LEAVES = 20_000
"""An invoice of 10,000 lines, twice: a bound on the work that a stranger's bundle can ask for."""

MAX_MEMBERS = 64
"""EN 16931 has some forty groups at the top level."""

_SALT_LABEL = b"sceau/salt/1\x00"


@dataclass(frozen=True)
class Opening:
    """One opened claim."""

    salt: bytes
    """16 bytes."""
    value: Any
    """The claim's JSON value."""


@dataclass(frozen=True)
class Disclosure:
    """A document of which some claims are opened and the rest are bare hashes."""

    members: tuple[tuple[str, int | None], ...]
    """Name and element count (None: not an array) of each member, in the order of the index leaf."""
    index_salt: bytes
    """Salt of leaf 0."""
    leaves: tuple[Opening | bytes, ...]
    """Leaves 1…n−1 in order: an opening or a hidden leaf's hash."""

    def to_json(self) -> dict[str, Any]:
        """The bundle's form: lower-case hex, counts as decimal strings."""
        return {
            "index_salt": self.index_salt.hex(),
            "members": [[name, None if count is None else str(count)] for name, count in self.members],
            "leaves": [
                leaf.hex() if isinstance(leaf, bytes) else {"salt": leaf.salt.hex(), "value": leaf.value}
                for leaf in self.leaves
            ],
        }

    @classmethod
    def from_json(cls, value: Any, where: str) -> Disclosure:
        """Parses `to_json`'s form; raises Malformed with the place."""
        if not isinstance(value, dict) or set(value) != {"index_salt", "members", "leaves"}:
            raise Malformed("bundle-shape", "a disclosure has index_salt, members and leaves", where=where)
        raw_members, raw_leaves = value["members"], value["leaves"]
        if not isinstance(raw_members, list) or not 0 < len(raw_members) <= MAX_MEMBERS:
            raise Malformed("document-members", "1 to 64 members", where=f"{where}/members")
        if not isinstance(raw_leaves, list) or len(raw_leaves) >= MAX_LEAVES:
            raise Malformed("document-leaves", "too many leaves", where=f"{where}/leaves")
        members = tuple(_member(m, f"{where}/members/{i}") for i, m in enumerate(raw_members))
        leaves = tuple(_leaf(leaf, f"{where}/leaves/{i}") for i, leaf in enumerate(raw_leaves))
        return cls(members, hex_decode(value["index_salt"], SALT_SIZE), leaves)


def _member(value: Any, where: str) -> tuple[str, int | None]:
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str):
        raise Malformed("document-members", "a member is [name, count or null]", where=where)
    name, count = value
    if count is None:
        return name, None
    if not isinstance(count, str) or not count.isdecimal() or not count.isascii() or str(int(count)) != count:
        raise Malformed("document-members", "a count is a decimal string", where=where)
    if int(count) >= MAX_LEAVES:
        raise Malformed("document-leaves", "too many leaves", where=where)
    return name, int(count)


def _leaf(value: Any, where: str) -> Opening | bytes:
    if isinstance(value, str):
        return hex_decode(value, 32)
    if not isinstance(value, dict) or set(value) != {"salt", "value"}:
        raise Malformed("document-leaf", "a leaf is a hash or {salt, value}", where=where)
    return Opening(hex_decode(value["salt"], SALT_SIZE), value["value"])


def salt_of(secret: bytes, path: bytes) -> bytes:
    """First 16 bytes of HMAC-SHA-256(secret, "sceau/salt/1" ‖ 00 ‖ path)."""
    return hmac.digest(secret, _SALT_LABEL + path, "sha256")[:SALT_SIZE]


def _text_order(name: str) -> tuple[int, bytes]:
    encoded = name.encode()
    return len(encoded), encoded


def members_of(document: Mapping[str, Any]) -> tuple[tuple[str, int | None], ...]:
    """The index leaf's content: members in the order of their encodings as CBOR text."""
    names = sorted(document, key=_text_order)
    values = ((name, document[name]) for name in names)
    return tuple((name, len(value) if isinstance(value, list) else None) for name, value in values)


def _paths(members: tuple[tuple[str, int | None], ...]) -> Iterator[tuple[str, int | None, bytes]]:
    for name, count in members:
        if count is None:
            yield name, None, _path(name, None)
        else:
            for index in range(count):
                yield name, index, _path(name, index)


# The names are few and come back with every invoice; a stranger's names go through once and are dropped.
@lru_cache(maxsize=4096)
def _path(name: str, index: int | None) -> bytes:
    return encode_cbor([name] if index is None else [name, index])


def _index_value(members: tuple[tuple[str, int | None], ...]) -> bytes:
    return encode_cbor([[name, count] for name, count in members])


def _claim_leaf(salt: bytes, path: bytes, value: bytes) -> bytes:
    # An array of three byte strings: most of the work of an invoice, so it is put together by hand.
    return leaf_hash(b"\x83" + encode_cbor_bytes(salt) + encode_cbor_bytes(path) + encode_cbor_bytes(value))


def disclose(document: Mapping[str, Any], secret: bytes, opened: frozenset[str] | None = None) -> Disclosure:
    """Opens the members named in `opened` (None: all) and hides the rest.

    Raises:
        Malformed: the document is outside the JSON profile or over the limits.
    """
    members = _checked_members(members_of(document))
    leaves: list[Opening | bytes] = []
    for name, index, path in _paths(members):
        value = document[name] if index is None else document[name][index]
        salt = salt_of(secret, path)
        if opened is None or name in opened:
            leaves.append(Opening(salt, value))
        else:
            leaves.append(_claim_leaf(salt, path, encode_json(value)))
    return Disclosure(members, salt_of(secret, b""), tuple(leaves))


def freeze(document: Mapping[str, Any], secret: bytes) -> tuple[bytes, bytes]:
    """The document's RFC 8785 bytes and its root, from one canonicalisation of its claims.

    Raises:
        Malformed: the document is outside the JSON profile or over the limits.
    """
    members = _checked_members(members_of(document))
    places = list(_paths(members))
    values = [document[name] if index is None else document[name][index] for name, index, _ in places]
    claims = encode_json_each(values)
    hashes = [_claim_leaf(salt_of(secret, b""), b"", _index_value(members))]
    bodies: dict[str, list[bytes]] = {name: [] for name, _ in members}
    for (name, _, path), claim in zip(places, claims, strict=True):
        hashes.append(_claim_leaf(salt_of(secret, path), path, claim))
        bodies[name].append(claim)
    counts = dict(members)
    parts = []
    for name, encoded in zip(names := sorted(bodies, key=_utf16), encode_json_each(names), strict=True):
        body = bodies[name][0] if counts[name] is None else b"[" + b",".join(bodies[name]) + b"]"
        parts.append(encoded + b":" + body)
    return b"{" + b",".join(parts) + b"}", root_of(hashes)


def _utf16(name: str) -> bytes:
    """RFC 8785 sorts members by UTF-16 code units."""
    return name.encode("utf-16-be")


def document_root(document: Mapping[str, Any], secret: bytes) -> bytes:
    """The RFC 9162 root over the index leaf and every claim."""
    return freeze(document, secret)[1]


def leaf_hashes(disclosure: Disclosure) -> list[bytes]:
    """Hashes of all n leaves; an opened leaf is hashed at the path that its place implies."""
    members = _checked_members(disclosure.members)
    places = list(_paths(members))
    if len(places) != len(disclosure.leaves):
        raise Malformed("document-leaves", f"{len(places)} claims announced, {len(disclosure.leaves)} given")
    values = encode_json_each([leaf.value for leaf in disclosure.leaves if isinstance(leaf, Opening)])
    claims = iter(values)
    hashes = [_claim_leaf(disclosure.index_salt, b"", _index_value(members))]
    for leaf, (_, _, path) in zip(disclosure.leaves, places, strict=True):
        hashes.append(leaf if isinstance(leaf, bytes) else _claim_leaf(leaf.salt, path, next(claims)))
    return hashes


def _checked_members(members: tuple[tuple[str, int | None], ...]) -> tuple[tuple[str, int | None], ...]:
    keys = [_text_order(name) for name, _ in members]
    if any(a >= b for a, b in pairwise(keys)):
        raise Malformed("document-members", "members are ordered by their CBOR encoding, without repetition")
    if not 0 < len(members) <= MAX_MEMBERS or 1 + sum(1 if c is None else c for _, c in members) > MAX_LEAVES:
        raise Malformed("document-leaves", "too many members or leaves")
    return members


@dataclass(frozen=True)
class OpenedDocument:
    """What a disclosure shows once its root is checked."""

    document: dict[str, Any]
    """Opened claims; an array member has its opened elements only."""
    hidden: tuple[str, ...]
    """Pointers of the hidden claims, so that nobody can hide how much is hidden."""


def check_disclosure(disclosure: Disclosure, root: bytes) -> OpenedDocument:
    """Checks that the claims lie under `root` and returns what is open.

    Raises:
        Refuted: `document-root`, the leaves hash to another root.
    """
    if root_of(leaf_hashes(disclosure)) != root:
        raise Refuted("document-root", "the claims do not hash to the document root of the seal")
    document: dict[str, Any] = {name: [] for name, count in disclosure.members if count is not None}
    hidden: list[str] = []
    for leaf, (name, index, _) in zip(disclosure.leaves, _paths(disclosure.members), strict=True):
        if isinstance(leaf, bytes):
            hidden.append(f"/{name}" if index is None else f"/{name}/{index}")
        elif index is None:
            # An array here would say that the member is one claim while the index says otherwise.
            if isinstance(leaf.value, list):
                raise Refuted("document-array", "an array member is cut into elements", where=f"/{name}")
            document[name] = leaf.value
        else:
            document[name].append(leaf.value)
    return OpenedDocument(document, tuple(hidden))
