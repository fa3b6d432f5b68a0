"""An execution-layer block header: from its RLP to its hash, state root, number and time.

Blind to forks on purpose. London, Shanghai, Cancun, Prague and Amsterdam only appended fields, so
the verifier reads the three it needs by position and hashes the whole; a fork that appends another
needs no release of this program.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_hash.auto import keccak

from verifier.errors import Malformed
from verifier.ethereum.rlp import decode_integer, decode_list

MAX_HEADER_SIZE = 2048
"""Bytes. A Prague header has about 620, Amsterdam about 650; proof-of-authority chains put signatures in."""

_MIN_FIELDS, _MAX_FIELDS = 15, 40
_STATE_ROOT, _NUMBER, _TIMESTAMP = 3, 8, 11


@dataclass(frozen=True, slots=True)
class Header:
    """What a verifier reads from a block header."""

    hash: bytes
    """32 bytes: keccak-256 of the header's RLP, the block's name."""
    number: int
    """Height of the block (Yellow Paper H_i)."""
    state_root: bytes
    """32 bytes: root of the account trie after the block (H_r)."""
    timestamp: int
    """Seconds since 1970-01-01 UTC (H_s)."""


def parse_header(rlp: bytes) -> Header:
    """Parse a header of any fork and compute its block hash.

    Raises:
        Malformed: `eth-header` or `eth-rlp`, when it is too long, not canonical RLP, or no header.
    """
    if len(rlp) > MAX_HEADER_SIZE:
        raise Malformed("eth-header", f"a block header has at most {MAX_HEADER_SIZE} bytes, not {len(rlp)}")
    fields = decode_list(rlp)
    if not _MIN_FIELDS <= len(fields) <= _MAX_FIELDS:
        raise Malformed("eth-header", f"a block header has {_MIN_FIELDS} fields or more, not {len(fields)}")
    if any(not isinstance(field, bytes) for field in fields):
        raise Malformed("eth-header", "a field of a block header is a list")
    state_root = fields[_STATE_ROOT]
    if not isinstance(state_root, bytes) or len(state_root) != 32:
        raise Malformed("eth-header", "the state root of a block header has 32 bytes")
    return Header(
        hash=keccak(rlp),
        number=decode_integer(fields[_NUMBER], 8),
        state_root=state_root,
        timestamp=decode_integer(fields[_TIMESTAMP], 8),
    )
