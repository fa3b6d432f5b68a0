"""Ids: a prefix and a UUIDv7 (RFC 9562 §5.7), so that ids of one kind sort by time."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

_ID = re.compile(r"[a-z]{3}_[0-9a-f]{32}")


def new_id(prefix: str, seconds: float, entropy: Callable[[int], bytes]) -> str:
    """`inv_` and 32 hex digits; `seconds` is the Unix time.

    The 12 bits after the version are the fraction of the millisecond (RFC 9562 §6.2 method 3): two invoices of one
    batch are made within a millisecond, and lists are in the order of their ids.
    """
    ticks = int(seconds * 1000 * 4096) & (2**60 - 1)
    random = int.from_bytes(entropy(8), "big") & (2**62 - 1)
    value = (ticks >> 12) << 80 | 7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | random
    return f"{prefix}_{UUID(int=value).hex}"


def payload_of(identifier: str) -> bytes:
    """The 16 bytes of an id's UUID."""
    return bytes.fromhex(identifier.partition("_")[2])


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the form of an id of this kind."""
    return bool(_ID.fullmatch(text)) and text.startswith(f"{prefix}_")
