"""Strict RLP (Yellow Paper, appendix B): the one encoding of each value, and nothing else.

Own code rather than a library: what is decoded here comes from strangers, and each refusal (a long
form for a short length, a byte below 0x80 behind a prefix, a leading zero in a length, bytes left
over) is part of what "every byte of the evidence is checked" means.
"""

from __future__ import annotations

from collections.abc import Sequence

from verifier.errors import Malformed

Item = bytes | list["Item"]
"""A byte string, or a list of items."""

MAX_DEPTH = 8
"""Trie nodes nest only where a child is shorter than 32 bytes, so a few levels are all that exist."""


def decode(data: bytes) -> Item:
    """Decode exactly one item that fills `data`.

    Raises:
        Malformed: `eth-rlp`, for any encoding but the canonical one.
    """
    item, end = _item(data, 0, len(data), 0)
    if end != len(data):
        raise Malformed("eth-rlp", f"{len(data) - end} bytes follow the RLP item")
    return item


def decode_list(data: bytes) -> list[Item]:
    """Decode one list that fills `data`.

    Raises:
        Malformed: `eth-rlp`, when it is not canonical or not a list.
    """
    item = decode(data)
    if isinstance(item, bytes):
        raise Malformed("eth-rlp", "an RLP list is expected, not a byte string")
    return item


def decode_integer(item: Item, max_bytes: int) -> int:
    """Read a byte string as a big-endian integer without leading zeros (zero is the empty string).

    Raises:
        Malformed: `eth-rlp`, for a list, a leading zero, or more than `max_bytes` bytes.
    """
    if not isinstance(item, bytes) or len(item) > max_bytes:
        raise Malformed("eth-rlp", f"an integer of at most {max_bytes} bytes is expected")
    if item[:1] == b"\0":
        raise Malformed("eth-rlp", "an integer has a leading zero")
    return int.from_bytes(item, "big")


def encode(item: bytes | Sequence[object]) -> bytes:
    """Encode a byte string, or a sequence of encodable items as a list."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    body = b"".join(encode(child) for child in item)  # type: ignore[arg-type]
    return _prefix(len(body), 0xC0) + body


def encode_integer(value: int) -> bytes:
    """Return the big-endian bytes of `value` without leading zeros: the string that `encode` takes."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _prefix(length: int, base: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = encode_integer(length)
    return bytes([base + 55 + len(size)]) + size


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    if at >= end:
        raise Malformed("eth-rlp", "the RLP data ends early")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    if first < 0xC0:
        start, stop = _span(data, at, end, first - 0x80)
        if stop - start == 1 and data[start] < 0x80:
            raise Malformed("eth-rlp", "a single byte below 0x80 stands behind a prefix")
        return data[start:stop], stop
    if depth >= MAX_DEPTH:
        raise Malformed("eth-rlp", f"RLP lists nest deeper than {MAX_DEPTH}")
    start, stop = _span(data, at, end, first - 0xC0)
    children: list[Item] = []
    while start < stop:
        head = data[start]
        if 0x81 < head <= 0xB7 and (after := start + head - 0x7F) <= stop:
            # A short string, as nearly every child is: no rule but its length applies to it.
            children.append(data[start + 1 : after])
            start = after
            continue
        if head == 0x80:
            children.append(b"")  # the empty place of a branch: the one form of the empty string
            start += 1
            continue
        child, start = _item(data, start, stop, depth + 1)
        children.append(child)
    return children, stop


def _span(data: bytes, at: int, end: int, code: int) -> tuple[int, int]:
    """Return where the payload of the item at `at` starts and stops."""
    start, length = at + 1, code
    if code > 55:
        start += code - 55
        size = data[at + 1 : start]
        if start > end or size[:1] == b"\0" or (length := int.from_bytes(size, "big")) < 56:
            raise Malformed("eth-rlp", "an RLP length is not in its shortest form")
    if start + length > end:
        raise Malformed("eth-rlp", "an RLP item is longer than what holds it")
    return start, start + length
