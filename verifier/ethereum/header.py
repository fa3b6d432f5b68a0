"""An execution-layer block header: from its RLP to its hash, state root, number and time.

Blind to forks on purpose. London, Shanghai, Cancun, Prague and Amsterdam only appended fields, so
the verifier reads the three it needs by position and hashes the whole; a fork that appends another
needs no release of this program. Only rebuilding a header from a node's JSON needs the fields' order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eth_hash.auto import keccak

from verifier.errors import Malformed
from verifier.ethereum.rlp import decode_integer, decode_list, encode, encode_integer

MAX_HEADER_SIZE = 2048
"""Bytes. A Prague header has about 620, Amsterdam about 650; proof-of-authority chains put signatures in."""

_MIN_FIELDS, _MAX_FIELDS = 15, 40
_STATE_ROOT, _NUMBER, _TIMESTAMP = 3, 8, 11

_INTEGER, _BYTES = True, False
_HEADER_FIELDS = (
    # Order of the RLP list; Yellow Paper section 4.3, then each fork's EIP.
    ("parentHash", _BYTES),
    ("sha3Uncles", _BYTES),
    ("miner", _BYTES),
    ("stateRoot", _BYTES),
    ("transactionsRoot", _BYTES),
    ("receiptsRoot", _BYTES),
    ("logsBloom", _BYTES),
    ("difficulty", _INTEGER),
    ("number", _INTEGER),
    ("gasLimit", _INTEGER),
    ("gasUsed", _INTEGER),
    ("timestamp", _INTEGER),
    ("extraData", _BYTES),
    ("mixHash", _BYTES),
    ("nonce", _BYTES),
    ("baseFeePerGas", _INTEGER),  # London, EIP-1559
    ("withdrawalsRoot", _BYTES),  # Shanghai, EIP-4895
    ("blobGasUsed", _INTEGER),  # Cancun, EIP-4844
    ("excessBlobGas", _INTEGER),
    ("parentBeaconBlockRoot", _BYTES),  # Cancun, EIP-4788
    ("requestsHash", _BYTES),  # Prague, EIP-7685
    ("blockAccessListHash", _BYTES),  # Amsterdam, EIP-7928
    ("slotNumber", _INTEGER),  # Amsterdam, EIP-7843
)


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


def encode_header(block: Mapping[str, object]) -> bytes:
    """Rebuild the header's RLP from a JSON block of any fork, proven right by its hash.

    Raises:
        Malformed: `eth-header`, when a field is missing or no known fork gives the block's hash.
    """
    fields: list[bytes] = []
    for name, is_integer in _HEADER_FIELDS:
        value = block.get(name)
        if value is None:
            break
        digits = hex_digits(value)
        if is_integer:
            fields.append(encode_integer(int(digits or "0", 16)))
        else:
            fields.append(bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits))
    expected = bytes.fromhex(hex_digits(block.get("hash")))
    # Some nodes name fields of forks that the block does not have yet: the hash says where it ends.
    for count in range(len(fields), _MIN_FIELDS - 1, -1):
        encoded = encode(fields[:count])
        if keccak(encoded) == expected:
            return encoded
    raise Malformed("eth-header", "the block's fields do not hash to the block's hash")


def hex_digits(value: object) -> str:
    """Return the digits of a 0x-prefixed string of JSON-RPC.

    Raises:
        Malformed: `eth-header`, for anything else.
    """
    if not isinstance(value, str) or value[:2] != "0x" or len(value) > 2 + 2 * 4096:
        raise Malformed("eth-header", "a field of the block is no hex string")
    digits = value[2:]
    if not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise Malformed("eth-header", "a field of the block is no hex string")
    return digits
