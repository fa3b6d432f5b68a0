"""Ids: a prefix and a UUIDv7 (RFC 9562 §5.7), so that ids of one kind sort by time."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

_ID = re.compile(r"[a-z]{3}_[0-9a-f]{32}")


def new_id(prefix: str, seconds: float, entropy: Callable[[int], bytes]) -> str:
    """`inv_` and 32 hex digits; `seconds` is the Unix time."""
    milliseconds = int(seconds * 1000) & (2**48 - 1)
    random = int.from_bytes(entropy(10), "big")
    value = milliseconds << 80 | 7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (2**62 - 1)
    return f"{prefix}_{UUID(int=value).hex}"


def payload_of(identifier: str) -> bytes:
    """The 16 bytes of an id's UUID."""
    return bytes.fromhex(identifier.partition("_")[2])


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the form of an id of this kind."""
    return bool(_ID.fullmatch(text)) and text.startswith(f"{prefix}_")
