"""The two encodings of the protocol, RFC 8785 JSON and deterministic CBOR, strict both ways.

Whatever is signed or hashed has exactly one form of bytes. A decoder therefore accepts bytes only
when encoding its result gives the same bytes again: white space, a longer integer, a duplicate
key, another key order, a BOM or a trailing byte all end in `Malformed`.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn, TypeAlias

import cbor2
import orjson
import rfc8785

from verifier.errors import Malformed

Json: TypeAlias = "str | bool | Sequence[Json] | Mapping[str, Json] | None"
"""A value of the JSON profile: no numbers; at run time the containers are `dict`, `list` or `tuple`."""

Cbor: TypeAlias = "int | bytes | str | bool | Sequence[Cbor] | Mapping[int, Cbor] | None"
"""A value of the CBOR profile; at run time the containers are `dict`, `list` or `tuple`."""

MAX_INT: Final = 2**53 - 1
"""Largest magnitude of a CBOR integer and of an amount in minor units: exact in an IEEE 754 double."""

MAX_JSON_DEPTH: Final = 16
"""Containers inside one another in JSON; an EN 16931 document needs 6."""

MAX_CBOR_DEPTH: Final = 8
"""Containers inside one another in CBOR (PROTOCOL §1)."""

MAX_CBOR_KEY: Final = 23
"""Map keys fit the initial byte, so that RFC 7049 and RFC 8949 order them alike."""

MAX_CBOR_SIZE: Final = 65535
"""Bytes of one CBOR item that is read: the limit of a log entry (PROTOCOL §4)."""

MAX_AMOUNT_CHARS: Final = 40
"""Characters of a decimal amount, checked before the text is read as an integer."""

# Controls (C0, DEL, C1), surrogates, and the noncharacters that I-JSON (RFC 7493 §2.1) bans.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_AMOUNT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?")


def encode_json(value: Json) -> bytes:
    """Return the RFC 8785 bytes of a value of the JSON profile.

    Raises:
        Malformed: a number, a string outside the profile, another type, or more than 16 levels.
    """
    ascii_keys = _check_json(value)
    try:
        if ascii_keys:
            # orjson sorts by code point, RFC 8785 by UTF-16 unit: the same on ASCII keys, 80 times faster.
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return rfc8785.dumps(value)
    except (TypeError, ValueError) as error:
        raise Malformed("json-type", f"not encodable as JSON: {error}") from error


def encode_json_each(values: Sequence[Json]) -> list[bytes]:
    """Return the RFC 8785 bytes of each value, their profile checked in one walk.

    Raises:
        Malformed: as `encode_json`, for any of them.
    """
    ascii_keys = _check_json(values)
    try:
        if ascii_keys:
            return [orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values]
        return [rfc8785.dumps(value) for value in values]
    except (TypeError, ValueError) as error:
        raise Malformed("json-type", f"not encodable as JSON: {error}") from error


def encode_read_json_each(values: Sequence[Json]) -> list[bytes]:
    """Return the RFC 8785 bytes of values that `decode_json` has read, whose profile it has checked."""
    # Their members stand in the order in which they were read, and the text was the canonical one.
    return [orjson.dumps(value) for value in values]


def decode_json(data: bytes, *, limit: int) -> Json:
    """Read canonical JSON.

    Args:
        data: the RFC 8785 bytes.
        limit: largest accepted size in bytes, checked first.

    Raises:
        Malformed: too long, not JSON, outside the profile, or not the canonical bytes.
    """
    if len(data) > limit:
        raise Malformed("json-too-long", f"{len(data)} bytes of JSON, the limit is {limit}")
    try:
        value: Json = orjson.loads(data)
    except ValueError as error:
        raise Malformed("json-invalid", f"not JSON: {error}") from error
    # A duplicate key is caught here too: the reader kept the last one, so the bytes differ.
    if encode_json(value) != data:
        raise Malformed("json-not-canonical", "the bytes are not the RFC 8785 form of their value")
    return value


def _check_json(value: object) -> bool:
    """Check the JSON profile and return whether every key is ASCII."""
    keys: list[str] = []
    texts: list[str] = []
    level: list[Any] = [value]
    depth = 0
    # Level by level, not by recursion: a hostile depth costs no stack and at most 17 rounds.
    while level:
        inner: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str:
                texts.append(item)
            elif kind is dict:
                keys += item
                inner += item.values()
            elif kind is list or kind is tuple:
                inner += item
            elif item is not None and kind is not bool:
                _refuse_json(item)
        if depth == MAX_JSON_DEPTH and any(type(item) in _CONTAINERS for item in level):
            raise Malformed("json-depth", f"more than {MAX_JSON_DEPTH} containers in one another")
        level = inner
        depth += 1
    _check_text(texts, "json")
    return _check_text(keys, "json")


_CONTAINERS = (dict, list, tuple)


def _refuse_json(item: object) -> NoReturn:
    if type(item) is int or type(item) is float:
        raise Malformed("json-number", f"a JSON number ({item!r}): amounts are decimal strings")
    raise Malformed("json-type", f"{type(item).__name__} has no place in JSON")


def _check_text(texts: Sequence[str], encoding: str) -> bool:
    """Check all strings at once and return whether all are ASCII.

    Joining is sound for NFC because U+0022 is a starter that composes with nothing.
    """
    try:
        joined = '"'.join(texts)
    except TypeError as error:
        raise Malformed(f"{encoding}-type", "a member name is not a string") from error
    ascii_only = joined.isascii()
    # Nothing that is forbidden is printable; what is not printable may still be allowed.
    if not joined.isprintable():
        forbidden = (_FORBIDDEN if encoding == "json" else _SURROGATE).search(joined)
        if forbidden:
            raise Malformed(f"{encoding}-character", f"U+{ord(forbidden[0]):04X} is not allowed in a string")
    if not ascii_only and not unicodedata.is_normalized("NFC", joined):
        raise Malformed(f"{encoding}-not-nfc", "a string is not in Unicode Normalization Form C")
    return ascii_only


def encode_cbor(value: Cbor) -> bytes:
    """Return the deterministic CBOR bytes (RFC 8949 §4.2.1) of a value of the profile.

    Raises:
        Malformed: another type, an integer beyond ±(2^53−1), text not in NFC, a map key that is not
            an integer 0–23, or more than 8 levels.
    """
    ascending = _check_cbor(value, budget=None)
    try:
        # Sorting is all that "canonical" adds for the profile, and it more than doubles the time.
        return cbor2.dumps(value, canonical=not ascending)
    except (cbor2.CBOREncodeError, ValueError, TypeError) as error:
        raise Malformed("cbor-type", f"not encodable as CBOR: {error}") from error


_SHORT_HEADS = tuple(bytes((0x40 | size,)) if size < 24 else bytes((0x58, size)) for size in range(0x100))


def is_cbor_of(value: Cbor, data: bytes) -> bool:
    """Whether a value made from what `decode_cbor` read of `data` encodes to `data` again.

    No walk: bytes that are equal to bytes of the profile are of the profile.
    """
    try:
        return cbor2.dumps(value) == data
    except (cbor2.CBOREncodeError, ValueError, TypeError):
        return False


def encode_cbor_bytes(data: bytes) -> bytes:
    """Return a byte string as CBOR (RFC 8949 §3.1, major type 2): what `encode_cbor` gives, without its walk."""
    size = len(data)
    if size < 0x100:
        return _SHORT_HEADS[size] + data
    width, head = (2, b"\x59") if size < 0x10000 else (4, b"\x5a")
    return head + size.to_bytes(width, "big") + data


def encode_cbor_text(data: bytes) -> bytes:
    """Return UTF-8 bytes below 64 KiB, unchecked, as a CBOR text string (RFC 8949 §3.1, major type 3)."""
    size = len(data)
    if size < 24:
        return bytes((0x60 | size,)) + data
    return (bytes((0x78, size)) if size < 0x100 else b"\x79" + size.to_bytes(2, "big")) + data


def encode_cbor_count(number: int) -> bytes:
    """Return an integer from 0 to 65,535 as CBOR (RFC 8949 §3.1, major type 0)."""
    if number < 24:
        return bytes((number,))
    return bytes((0x18, number)) if number < 0x100 else b"\x19" + number.to_bytes(2, "big")


def decode_cbor(data: bytes, *, limit: int = MAX_CBOR_SIZE) -> Cbor:
    """Read one item of deterministic CBOR; arrays become lists, maps become dicts.

    Args:
        data: the bytes of exactly one item.
        limit: largest accepted size in bytes, checked first.

    Raises:
        Malformed: too long, not CBOR, outside the profile, or not the deterministic bytes.
    """
    if len(data) > limit:
        raise Malformed("cbor-too-long", f"{len(data)} bytes of CBOR, the limit is {limit}")
    try:
        value: Cbor = cbor2.loads(data)
    except Exception as error:  # its tag readers (dates, addresses, fractions) raise whatever they meet
        raise Malformed("cbor-invalid", f"not CBOR of the profile: {error}") from error
    # An honest item holds no more nodes and characters than it has bytes. Tags for shared values
    # and strings (25, 28, 29, 256) would make a few bytes into a huge or endless value.
    ascending = _check_cbor(value, budget=len(data))
    if not ascending or cbor2.dumps(value) != data:
        raise Malformed(
            "cbor-not-deterministic",
            "the bytes are not the deterministic form of their value",
        )
    return value


def _check_cbor(value: object, *, budget: int | None) -> bool:
    """Check the CBOR profile and return whether the keys of every map ascend.

    `budget` bounds the count of nodes, bytes and characters.
    """
    texts: list[str] = []
    level: list[Any] = [value]
    depth = size = 0
    ascending = True
    while level:
        inner: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is bytes:
                size += len(item)
            elif kind is int:
                if not -MAX_INT <= item <= MAX_INT:
                    raise Malformed("cbor-integer", "an integer beyond ±(2^53−1)")
            elif kind is str:
                size += len(item)
                texts.append(item)
            elif kind is list or kind is tuple:
                inner += item
            elif kind is dict:
                ascending &= _check_cbor_keys(item)
                inner += item.values()
            elif item is not None and kind is not bool:
                raise Malformed("cbor-type", f"{kind.__name__} is not in the CBOR profile")
        if depth == MAX_CBOR_DEPTH and any(type(item) in _CONTAINERS for item in level):
            raise Malformed("cbor-depth", f"more than {MAX_CBOR_DEPTH} containers in one another")
        size += len(level)
        if budget is not None and size > budget:
            raise Malformed("cbor-type", "an item larger than its bytes: shared values are not in the profile")
        level = inner
        depth += 1
    if texts:
        _check_text(texts, "cbor")
    return ascending


def _check_cbor_keys(keys: Iterable[object]) -> bool:
    last, ascending = -1, True
    for key in keys:
        # bool is an int to Python and would be written as the simple value true.
        if type(key) is not int or not 0 <= key <= MAX_CBOR_KEY:
            raise Malformed("cbor-map-key", f"map keys are integers 0–{MAX_CBOR_KEY}")
        ascending &= last < key
        last = key
    return ascending


def b64url_encode(data: bytes) -> str:
    """Return base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        Malformed: padding, another alphabet, white space, an impossible length, spare bits not zero.
    """
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as error:
        raise Malformed("base64url", f"not base64url: {error}") from error
    # The library skips foreign characters and ignores spare bits; only the one true form comes back.
    if b64url_encode(data) != text:
        raise Malformed("base64url", "not the one base64url form of its bytes")
    return data


def hex_decode(text: object, size: int) -> bytes:
    """Read exactly `size` bytes of lower-case hexadecimal; `text` is whatever a JSON reader gave.

    Raises:
        Malformed: no string, another length, an upper-case or a foreign character.
    """
    try:
        data = bytes.fromhex(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        data = b""
    # The library also takes capitals and white space; only the one true form comes back.
    if len(data) != size or data.hex() != text:
        raise Malformed("hex", f"not {size} bytes of lower-case hexadecimal")
    return data


def hex_decode_each(texts: Sequence[str], size: int) -> list[bytes]:
    """Read texts of exactly `size` bytes each, as `hex_decode` reads one.

    Raises:
        Malformed: as `hex_decode`.
    """
    joined = "".join(texts)
    width = 2 * size
    try:
        data = bytes.fromhex(joined)
    except ValueError:
        data = b""
    if len(data) != size * len(texts) or data.hex() != joined or {width}.union(map(len, texts)) != {width}:
        return [hex_decode(text, size) for text in texts]  # says what is wrong
    return [data[at : at + size] for at in range(0, len(data), size)]


def u64be(number: int) -> bytes:
    """Return an 8-byte big-endian integer.

    Raises:
        Malformed: negative or above 2^64−1.
    """
    if not 0 <= number < 2**64:
        raise Malformed("u64", "an integer outside 0 … 2^64−1")
    return number.to_bytes(8, "big")


def parse_amount(text: str, exponent: int) -> int:
    """Read a decimal amount of money as an integer of minor units.

    Args:
        text: `-?(0|[1-9][0-9]*)(\\.[0-9]+)?` with exactly the currency's digits; no minus zero.
        exponent: digits after the point that the currency has (ISO 4217), 2 for the euro.

    Raises:
        Malformed: another form, or beyond ±(2^53−1) minor units.
    """
    match = _AMOUNT.fullmatch(text) if len(text) <= MAX_AMOUNT_CHARS else None
    if match is None:
        raise Malformed("amount-form", "not a decimal amount")
    if len(match[1] or "") != exponent:
        raise Malformed(
            "amount-digits",
            f"an amount in this currency has {exponent} digits after the point",
        )
    minor = int(text.replace(".", ""))
    if minor == 0 and text.startswith("-"):
        raise Malformed("amount-minus-zero", "zero has no sign")
    return _check_amount(minor)


def format_amount(minor: int, exponent: int) -> str:
    """Return the decimal form of `minor` units with exactly `exponent` digits after the point.

    Raises:
        Malformed: beyond ±(2^53−1) minor units.
    """
    digits = str(abs(_check_amount(minor))).rjust(exponent + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def _check_amount(minor: int) -> int:
    if not -MAX_INT <= minor <= MAX_INT:
        raise Malformed("amount-range", "an amount beyond ±(2^53−1) minor units")
    return minor
