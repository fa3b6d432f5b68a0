"""Document claims, salts, document root and disclosure (PROTOCOL.md §2).

A document is a JSON object in EN 16931 terms. It is cut into claims (a top-level member, or one
element of an array member), each salted, under one RFC 9162 root, so that a holder can show a part
and nobody can hide how much is hidden. Without the invoice secret a hidden claim cannot be guessed
from its hash; destroying secret and body is the erasure act.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any

from verifier.canonical import (
    encode_cbor_bytes,
    encode_cbor_count,
    encode_cbor_text,
    encode_json,
    encode_json_each,
    encode_read_json_each,
    hex_decode,
)
from verifier.errors import Malformed, Refuted
from verifier.merkle import root_of

SECRET_SIZE = 32
"""Bytes of the invoice secret: as wide as the hash, drawn afresh for every document."""

SALT_SIZE = 16
"""Bytes of a claim's salt: 128 bits keep a hidden claim from being guessed by trial."""

MAX_LEAVES = 20_000
"""An invoice of 10,000 lines, twice: a bound on the work that a stranger's bundle can ask for."""

MAX_MEMBERS = 64
"""EN 16931 has some forty groups at the top level."""

_OPENING = frozenset({"salt", "value"})

MAX_NAME = 1_024
"""Bytes of a member's name; EN 16931's have some thirty."""

_SALT_LABEL = b"sceau/salt/1\x00"
_LEAF_HEAD = b"\x00\x83\x50"
"""RFC 9162 leaf prefix, array of three, byte string of 16: what every claim's leaf begins with."""
_NO_PATH = b"\x40"
"""h'', the path of leaf 0, as a CBOR byte string."""
_KEPT_CLAIMS = 256
_BLOCK = 64
"""Bytes of SHA-256's block (FIPS 180-4)."""
_IPAD, _OPAD = bytes(n ^ 0x36 for n in range(256)), bytes(n ^ 0x5C for n in range(256))


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
    read: bool = field(default=False, init=False, compare=False, repr=False)
    """The claims are what `decode_json` has read: their profile is proven. A copy by hand has to prove it again."""

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
    def from_json(cls, value: Any, where: str, *, read: bool = False) -> Disclosure:
        """Parses `to_json`'s form; raises Malformed with the place. `read`: the value comes from `decode_json`."""
        if not isinstance(value, dict) or set(value) != {"index_salt", "members", "leaves"}:
            raise Malformed("bundle-shape", "a disclosure has index_salt, members and leaves", where=where)
        raw_members, raw_leaves = value["members"], value["leaves"]
        if not isinstance(raw_members, list) or not 0 < len(raw_members) <= MAX_MEMBERS:
            raise Malformed("document-members", "1 to 64 members", where=f"{where}/members")
        if not isinstance(raw_leaves, list) or len(raw_leaves) >= MAX_LEAVES:
            raise Malformed("document-leaves", "too many leaves", where=f"{where}/leaves")
        members = tuple(_member(m, f"{where}/members/{i}") for i, m in enumerate(raw_members))
        leaves = tuple(_leaf(leaf, f"{where}/leaves/{i}") for i, leaf in enumerate(raw_leaves))
        disclosure = cls(members, hex_decode(value["index_salt"], SALT_SIZE), leaves)
        object.__setattr__(disclosure, "read", read)
        return disclosure


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
    if not isinstance(value, dict) or value.keys() != _OPENING:
        raise Malformed("document-leaf", "a leaf is a hash or {salt, value}", where=where)
    return Opening(hex_decode(value["salt"], SALT_SIZE), value["value"])


def _salts(secret: bytes, messages: Sequence[bytes]) -> list[bytes]:
    """`salt_of` for each labelled path, with the secret's two key blocks hashed once (RFC 2104 §4)."""
    if len(secret) > _BLOCK:
        secret = sha256(secret).digest()
    block = secret.ljust(_BLOCK, b"\x00")
    inner_start, outer_start = sha256(block.translate(_IPAD)), sha256(block.translate(_OPAD))
    salts = []
    for message in messages:
        inner, outer = inner_start.copy(), outer_start.copy()
        inner.update(message)
        outer.update(inner.digest())
        salts.append(outer.digest()[:SALT_SIZE])
    return salts


def salt_of(secret: bytes, path: bytes) -> bytes:
    """First 16 bytes of HMAC-SHA-256(secret, "sceau/salt/1" ‖ 00 ‖ path)."""
    return hmac.digest(secret, _SALT_LABEL + path, "sha256")[:SALT_SIZE]


Members = tuple[tuple[str, int | None], ...]
"""Name and element count (None: not an array) of each member."""


@dataclass(frozen=True)
class Layout:
    """Where the claims of documents with these members stand: the same for all invoices of one shape."""

    names: tuple[tuple[str, int | None], ...]
    """Member and index (None: the member itself) of each claim, leaf order."""
    paths: tuple[bytes, ...]
    """`CBOR([member])` or `CBOR([member, index])` of each claim, as CBOR byte strings."""
    bare: tuple[bytes, ...]
    """The same before they are byte strings."""
    index: bytes
    """The value of leaf 0, `CBOR([[member, count|null], …])`."""
    spans: tuple[tuple[str, bytes, int, int | None], ...]
    """Of each member its name, its name as JSON, its first claim, and the end of its claims."""

    # Two things that only whoever makes a document needs.
    @cached_property
    def salted(self) -> tuple[bytes, ...]:
        """What the salts of leaf 0 and of each claim are MACs of."""
        return (_SALT_LABEL, *[_SALT_LABEL + path for path in self.bare])

    @cached_property
    def body(self) -> tuple[tuple[bytes, int, int | None], ...]:
        """`spans` in the order of RFC 8785, each name as JSON with the colon."""
        in_order = sorted(self.spans, key=lambda span: _utf16(span[0]))
        return tuple([(written + b":", start, end) for _, written, start, end in in_order])


def _text_order(name: str) -> tuple[int, bytes]:
    encoded = name.encode()
    return len(encoded), encoded


@lru_cache(maxsize=256)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Members in the order of their encodings as CBOR text."""
    return tuple(sorted(names, key=_text_order))


def members_of(document: Mapping[str, Any]) -> Members:
    """The index leaf's content: members in the order of their encodings as CBOR text."""
    values = ((name, document[name]) for name in _in_order(tuple(document)))
    return tuple([(name, len(value) if type(value) is list else None) for name, value in values])


def layout_of(members: Members) -> Layout:
    """The layout of a document with these members.

    Raises:
        Malformed: members out of order or repeated, or over the limits.
    """
    # Invoices of one shape follow each other; a stranger's document of 20,000 lines is not kept.
    return _kept_layout(members) if sum([count or 1 for _, count in members]) <= _KEPT_CLAIMS else _layout(members)


def _layout(members: Members) -> Layout:
    keys = [_text_order(name) for name, _ in members]
    if any(a >= b for a, b in pairwise(keys)):
        raise Malformed("document-members", "members are ordered by their CBOR encoding, without repetition")
    if any(size > MAX_NAME for size, _ in keys):
        raise Malformed("document-members", f"a member's name has at most {MAX_NAME} bytes")
    if not 0 < len(members) <= MAX_MEMBERS or 1 + sum(1 if c is None else c for _, c in members) > MAX_LEAVES:
        raise Malformed("document-leaves", "too many members or leaves")
    # The names are checked here, all at once; then their encodings are put together by hand.
    written = encode_json_each([name for name, _ in members])
    names: list[tuple[str, int | None]] = []
    paths: list[bytes] = []
    index = []
    spans: list[tuple[str, bytes, int, int | None]] = []
    for (name, count), (_, encoded), spelt in zip(members, keys, written, strict=True):
        start, text = len(names), encode_cbor_text(encoded)
        if count is None:
            names.append((name, None))
            paths.append(b"\x81" + text)
            index.append(b"\x82" + text + b"\xf6")
        else:
            names += [(name, at) for at in range(count)]
            paths += [b"\x82" + text + encode_cbor_count(at) for at in range(count)]
            index.append(b"\x82" + text + encode_cbor_count(count))
        spans.append((name, spelt, start, None if count is None else len(names)))
    size = len(members)
    return Layout(
        tuple(names),
        tuple([encode_cbor_bytes(path) for path in paths]),
        tuple(paths),
        (bytes((0x80 | size,)) if size < 24 else bytes((0x98, size))) + b"".join(index),
        tuple(spans),
    )


_kept_layout = lru_cache(maxsize=64)(_layout)


def _utf16(name: str) -> bytes:
    """RFC 8785 sorts members by UTF-16 code units."""
    return name.encode("utf-16-be")


def _leaf_hash(salt: bytes, path: bytes, value: bytes) -> bytes:
    """Leaf of a claim: `path` is encoded already, since it is the same in every document."""
    # An array of three byte strings: most of the work of an invoice, so it is put together by hand.
    return sha256(_LEAF_HEAD + salt + path + encode_cbor_bytes(value)).digest()


def _values(document: Mapping[str, Any], members: Members) -> list[Any]:
    values: list[Any] = []
    for name, count in members:
        if count is None:
            values.append(document[name])
        else:
            values += document[name]
    return values


def disclose(document: Mapping[str, Any], secret: bytes, opened: frozenset[str] | None = None) -> Disclosure:
    """Opens the members named in `opened` (None: all) and hides the rest.

    Raises:
        Malformed: the document is outside the JSON profile or over the limits.
    """
    members = members_of(document)
    layout = layout_of(members)
    index_salt, *salts = _salts(secret, layout.salted)
    leaves: list[Opening | bytes] = []
    places = zip(layout.names, layout.paths, salts, _values(document, members), strict=True)
    for (name, _), path, salt, value in places:
        if opened is None or name in opened:
            leaves.append(Opening(salt, value))
        else:
            leaves.append(_leaf_hash(salt, path, encode_json(value)))
    return Disclosure(members, index_salt, tuple(leaves))


def freeze(document: Mapping[str, Any], secret: bytes) -> tuple[bytes, bytes]:
    """The document's RFC 8785 bytes and its root, from one canonicalisation of its claims.

    Raises:
        Malformed: the document is outside the JSON profile or over the limits.
    """
    members = members_of(document)
    layout = layout_of(members)
    claims = encode_json_each(_values(document, members))
    places = zip(_salts(secret, layout.salted), (_NO_PATH, *layout.paths), (layout.index, *claims), strict=True)
    hashes = [_leaf_hash(*place) for place in places]
    parts = [
        name + (claims[start] if end is None else b"[" + b",".join(claims[start:end]) + b"]")
        for name, start, end in layout.body
    ]
    return b"{" + b",".join(parts) + b"}", root_of(hashes)


def document_root(document: Mapping[str, Any], secret: bytes) -> bytes:
    """The RFC 9162 root over the index leaf and every claim."""
    return freeze(document, secret)[1]


def leaf_hashes(disclosure: Disclosure) -> list[bytes]:
    """Hashes of all n leaves; an opened leaf is hashed at the path that its place implies."""
    layout = layout_of(disclosure.members)
    if len(layout.paths) != len(disclosure.leaves):
        raise Malformed("document-leaves", f"{len(layout.paths)} claims announced, {len(disclosure.leaves)} given")
    encode = encode_read_json_each if disclosure.read else encode_json_each
    claims = iter(encode([leaf.value for leaf in disclosure.leaves if isinstance(leaf, Opening)]))
    hashes = [_leaf_hash(disclosure.index_salt, _NO_PATH, layout.index)]
    for leaf, path in zip(disclosure.leaves, layout.paths, strict=True):
        hashes.append(leaf if isinstance(leaf, bytes) else _leaf_hash(leaf.salt, path, next(claims)))
    return hashes


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
    for leaf, (name, index) in zip(disclosure.leaves, layout_of(disclosure.members).names, strict=True):
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
