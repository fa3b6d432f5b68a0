"""Entries and the statements inside them (PROTOCOL.md §4).

    entry = CBOR([1, type, body]), body = bytes of one COSE_Sign1 or of an array of two.

A statement's payload is a map: 0 objects, 1 nonce, 2 time, then the fields of its type from 3 on.
The seal (verifier.seal) and the state entry (verifier.checkpoint) have payloads of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

from verifier.canonical import decode_cbor, encode_cbor, encode_cbor_bytes
from verifier.cose import Sign1, decode_sign1, encode_sign1, parse_public_key, sign1_of
from verifier.errors import Inconclusive, Malformed
from verifier.merkle import leaf_hash
from verifier.seal import MAX_AMOUNT, check_legal_id, check_number

ENTRY_VERSION = 1
MAX_ENTRY = 65_535
"""Bytes of an entry, so that a tile of entries can give each a 16-bit length."""

NONCE_SIZE = 16
"""Bytes: keeps a statement's leaf hash from being guessed by a neighbour in a proof."""


class EntryType(IntEnum):
    """Type numbers of the log's entries (PROTOCOL.md §4)."""

    STATE = 0
    ISSUER_ENROLLED = 1
    KEY_ADDED = 2
    KEY_RETIRED = 3
    KEY_COMPROMISED = 4
    IDENTITY_ATTESTED = 5
    INVOICE_SEALED = 6
    NUMBER_VOID = 7
    PAYMENT_RECEIVED = 8
    PAYMENT_REVERSED = 9
    CREDIT_APPLIED = 10
    DISPUTE_OPENED = 11
    DISPUTE_CLOSED = 12
    ASSIGNED = 13
    RELEASED = 14
    PAYEE_CHANGED = 15
    WRITTEN_OFF = 16
    RECOVERED = 17
    RENDITION_REGISTERED = 18
    PARTY_BOUND = 19
    ERASED = 20
    LEDGER_KEY_CHANGED = 21


CONTROL_TYPES = frozenset({1, 2, 3, 4, 5})
"""Types in an issuer's control chain."""

DOCUMENT_TYPES = frozenset(range(6, 21))
"""Types in an issuer's document chain."""

GRADES = ("declared", "matched", "proven")
"""Payment grades: the issuer's word, a bank statement file's, the chain's."""

CUSTODIES = ("server", "client", "device")
SCOPES = ("all", "settle")
SETTLE_TYPES = frozenset({8, 9, 10, 16, 17, 18})
"""What a key of scope `settle` may sign."""


def _uint(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_AMOUNT


def _positive(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_AMOUNT


def _sized(size: int) -> Any:
    return lambda value: type(value) is bytes and len(value) == size


def _text(limit: int) -> Any:
    return lambda value: type(value) is str and 0 < len(value.encode()) <= limit


def _optional(check: Any) -> Any:
    return lambda value: value is None or check(value)


def _one_of(*allowed: str) -> Any:
    return lambda value: value in allowed


def _public_key(value: object) -> bool:
    return type(value) is bytes and bool(parse_public_key(value))


def _legal_id(value: object) -> bool:
    return isinstance(value, list) and bool(check_legal_id(tuple(value), "legal_id"))


def _number(value: object) -> bool:
    return bool(check_number(value, "number"))


def _control_keys(value: object) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= 4 and all(_public_key(key) for key in value)


def _first_key(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    return _public_key(value[0]) and value[1] in CUSTODIES and value[2] in SCOPES


_HASH, _REASON, _KEY = _sized(32), _text(64), _public_key

FIELDS: Mapping[int, tuple[tuple[str, Any], ...]] = {
    EntryType.ISSUER_ENROLLED: (
        ("legal_id", _legal_id),
        ("name", _text(70)),
        ("country", _text(2)),
        ("zone", _text(64)),
        ("control_keys", _control_keys),
        ("signing_key", _first_key),
        ("pepper", _sized(32)),
        ("salt", _sized(32)),
    ),
    EntryType.KEY_ADDED: (
        ("public_key", _KEY),
        ("custody", _one_of(*CUSTODIES)),
        ("scope", _one_of(*SCOPES)),
    ),
    EntryType.KEY_RETIRED: (("thumbprint", _HASH),),
    EntryType.KEY_COMPROMISED: (("thumbprint", _HASH), ("since", _optional(_uint))),
    EntryType.IDENTITY_ATTESTED: (
        ("kind", _one_of("domain", "certificate")),
        ("value", _text(253)),
        ("evidence", _HASH),
        ("checked", _uint),
    ),
    EntryType.NUMBER_VOID: (("issuer", _HASH), ("number", _number), ("reason", _REASON)),
    EntryType.PAYMENT_RECEIVED: (
        ("amount", _positive),
        ("day", _uint),
        ("means", _text(3)),
        ("grade", _one_of(*GRADES)),
        ("reference", _optional(_HASH)),
        ("payment_id", _sized(16)),
    ),
    EntryType.PAYMENT_REVERSED: (("payment", _HASH), ("reason", _REASON)),
    EntryType.CREDIT_APPLIED: (("amount", _positive),),
    EntryType.DISPUTE_OPENED: (("reason", _REASON), ("signer", _optional(_KEY))),
    EntryType.DISPUTE_CLOSED: (("reason", _REASON), ("signer", _optional(_KEY))),
    EntryType.ASSIGNED: (("assignee", _KEY), ("payee", _HASH)),
    EntryType.RELEASED: (("signer", _KEY),),
    EntryType.PAYEE_CHANGED: (("payee", _HASH),),
    EntryType.WRITTEN_OFF: (("amount", _positive), ("reason", _REASON)),
    EntryType.RECOVERED: (("amount", _positive), ("reason", _REASON)),
    EntryType.RENDITION_REGISTERED: (("hash", _HASH), ("media_type", _text(64))),
    EntryType.PARTY_BOUND: (("party", _KEY),),
    EntryType.ERASED: (("retention_end", _uint), ("reason", _REASON)),
    EntryType.LEDGER_KEY_CHANGED: (("public_key", _KEY),),
}
"""Fields of each type, numbered from 3 in this order, with the check of each value."""

SETTLED_BY_ASSIGNEE = frozenset({8, 9, 16, 17})
"""Types that the assignee signs once the invoice is assigned; they then carry its key as field 15."""

_SIGNER = 15


@dataclass(frozen=True)
class Statement:
    """A statement's payload, parsed."""

    type: int
    objects: tuple[tuple[bytes, bytes], ...]
    """(map key, chain of that object before this statement); two for *credit applied*."""
    nonce: bytes
    time: int
    """The signer's own time, Unix seconds; nothing is judged by it."""
    values: Mapping[str, Any]
    """The type's fields by name."""
    signer: bytes | None = None
    """Public key of an assignee who settles in the issuer's place, else None."""


def encode_statement(statement: Statement) -> bytes:
    """The payload map; raises Malformed for a value outside its field's bounds."""
    fields = FIELDS[statement.type]
    payload: dict[int, Any] = {
        0: [[key, prev] for key, prev in statement.objects],
        1: statement.nonce,
        2: statement.time,
    }
    payload |= {number: statement.values[name] for number, (name, _) in enumerate(fields, start=3)}
    if statement.signer is not None:
        payload[_SIGNER] = statement.signer
    data = encode_cbor(payload)
    decode_statement(statement.type, data)
    return data


def decode_statement(entry_type: int, payload: bytes) -> Statement:
    """Reads the payload of a statement of this type, strictly."""
    fields = FIELDS[entry_type]
    value = decode_cbor(payload, limit=MAX_ENTRY)
    expected = set(range(3 + len(fields)))
    signer_allowed = entry_type in SETTLED_BY_ASSIGNEE
    if not isinstance(value, dict) or set(value) - ({_SIGNER} if signer_allowed else set()) != expected:
        raise Malformed("statement-shape", f"type {entry_type} has the keys 0 to {2 + len(fields)}")
    objects = _objects(value[0], 2 if entry_type == EntryType.CREDIT_APPLIED else 1)
    if not _sized(NONCE_SIZE)(value[1]) or not _uint(value[2]):
        raise Malformed("statement-shape", "a nonce of 16 bytes and a time in seconds")
    values = {}
    for number, (name, check) in enumerate(fields, start=3):
        if not check(value[number]):
            raise Malformed("statement-field", f"{name} is out of its bounds", where=f"type {entry_type}/{name}")
        values[name] = value[number]
    signer = value.get(_SIGNER)
    if _SIGNER in value and not _public_key(signer):
        raise Malformed("statement-field", "a signer is a public key", where=f"type {entry_type}/signer")
    return Statement(entry_type, objects, value[1], value[2], values, signer)


def _objects(value: Any, count: int) -> tuple[tuple[bytes, bytes], ...]:
    if not isinstance(value, list) or len(value) != count:
        raise Malformed("statement-objects", f"this type is about {count} object(s)")
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(_HASH(part) for part in pair):
            raise Malformed("statement-objects", "an object is [map key, prev]")
    if count == 2 and value[0][0] == value[1][0]:
        raise Malformed("statement-objects", "two different objects are needed")
    return tuple((key, prev) for key, prev in value)


@dataclass(frozen=True)
class Entry:
    """One leaf of the log: a statement in its envelope."""

    type: int
    signatures: tuple[Sign1, ...]
    """One COSE_Sign1, or two over one payload."""
    raw: bytes

    @property
    def payload(self) -> bytes:
        """The signed payload."""
        return self.signatures[0].payload

    @cached_property
    def leaf_hash(self) -> bytes:
        """`H(00 ‖ entry)`."""
        return leaf_hash(self.raw)


def encode_entry(entry_type: int, *signatures: Sign1) -> Entry:
    """Wraps one signature, or two over one payload."""
    if len(signatures) == 1:
        # A seal, in bulk: what `decode_entry` would check holds of every `Sign1`, all but the size.
        raw = bytes((0x83, ENTRY_VERSION, EntryType(entry_type))) + encode_cbor_bytes(encode_sign1(signatures[0]))
        if len(raw) > MAX_ENTRY:
            raise Malformed("entry-size", f"an entry is at most {MAX_ENTRY} bytes")
        return Entry(int(entry_type), signatures, raw)
    body = encode_cbor([[s.protected, {}, s.payload, s.signature] for s in signatures])
    return decode_entry(encode_cbor([ENTRY_VERSION, int(entry_type), body]))


def decode_entry(raw: bytes) -> Entry:
    """Reads an entry's envelope.

    Raises:
        Malformed: not canonical, or two signatures over different payloads.
        Inconclusive: `newer-version`, an unknown version or type.
    """
    if len(raw) > MAX_ENTRY:
        raise Malformed("entry-size", f"an entry is at most {MAX_ENTRY} bytes")
    # Usually the one form, cut at its known places, is proven by encoding it again; else the reader says what is wrong.
    head = 4 if len(raw) <= 27 else 5 if len(raw) <= 260 else 6
    if (
        raw[1:2] == b"\x01"
        and raw[2:3] <= b"\x15"
        and raw == raw[:3] + encode_cbor_bytes(raw[head:])
        and raw[0] == 0x83
    ):
        return Entry(raw[2], _signatures(raw[head:]), raw)
    value = decode_cbor(raw, limit=MAX_ENTRY)
    if not isinstance(value, list) or len(value) != 3 or type(value[0]) is not int or type(value[1]) is not int:
        raise Malformed("entry-shape", "an entry is [version, type, body]")
    version, entry_type, body = value
    if version != ENTRY_VERSION or entry_type not in EntryType._value2member_map_:
        raise Inconclusive("newer-version", f"entry version {version}, type {entry_type}: a newer verifier is needed")
    if type(body) is not bytes:
        raise Malformed("entry-shape", "the body is a byte string")
    return Entry(entry_type, _signatures(body), raw)


def _signatures(body: bytes) -> tuple[Sign1, ...]:
    if body[:1] != b"\x82":
        return (decode_sign1(body),)
    outer = decode_cbor(body, limit=MAX_ENTRY)
    if isinstance(outer, list) and len(outer) == 2 and all(isinstance(item, list) for item in outer):
        first, second = (sign1_of(item) for item in outer)
        if first.payload != second.payload:
            raise Malformed("entry-shape", "two signers sign one payload")
        return first, second
    return (decode_sign1(body),)
