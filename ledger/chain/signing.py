"""Transactions of type 2 (EIP-1559): fees, signature, and the dearer twin that replaces a stuck one.

Nonces are the caller's: what fills them in by asking the node loses to itself (several signers, one nonce).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_keys.datatypes import PrivateKey
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes

from ledger.chain.rpc import Chain
from ledger.errors import Invalid, Unavailable

MAX_FEE = 500 * 10**9
"""Wei per gas that is never passed: an anchor can wait, money that is spent is gone."""

_GAS_MARGIN = 6
"""A sixth more than estimated: the state may move between the estimate and the block."""


@dataclass(frozen=True)
class Fees:
    """Wei per gas."""

    tip: int
    most: int
    """Tip and base fee together."""


@dataclass(frozen=True)
class Signed:
    """A transaction ready to be sent."""

    raw: bytes
    hash: bytes
    nonce: int


def private_key(text: str) -> bytes:
    """A private key (32 bytes) from a setting; raises Invalid `settings`."""
    try:
        key = bytes.fromhex(text.removeprefix("0x"))
        address_of(key)
    except ValueError as error:
        raise Invalid("settings", "64 hexadecimal digits, a secp256k1 key", where="SCEAU_FUNDING_KEY") from error
    return key


def address_of(key: bytes) -> bytes:
    """Address (20 bytes) of a private key; raises ValueError."""
    try:
        return bytes(PrivateKey(key).public_key.to_canonical_address())
    except Exception as error:
        # eth-keys has its own kinds of error for a bad length and for a number outside the curve's order.
        raise ValueError("not a secp256k1 private key") from error


def current_fees(chain: Chain) -> Fees:
    """The node's tip, and room for the base fee to double.

    Raises:
        Unavailable: `fees`, gas costs more than the ceiling now.
    """
    head = chain.block("latest")
    tip = chain.tip()
    base = 0 if head is None else head.base_fee
    if tip + base > MAX_FEE:
        raise Unavailable("fees", f"gas costs {(tip + base) // 10**9} gwei, more than the ceiling")
    return Fees(tip, min(tip + 2 * base, MAX_FEE))


def sign(key: bytes, *, chain_id: int, nonce: int, to: bytes | None, data: bytes, gas: int, fees: Fees) -> Signed:
    """A signed transaction; `gas` is the estimate, a margin is added."""
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "value": 0,
        "data": data,
        "gas": gas + gas // _GAS_MARGIN,
        "maxFeePerGas": fees.most,
        "maxPriorityFeePerGas": fees.tip,
    }
    return _signed(key, fields | ({} if to is None else {"to": to_checksum_address(to)}))


def replacement(key: bytes, raw: bytes, fresh: Fees) -> Signed | None:
    """The same transaction with both fees at least an eighth higher, as pools demand; None beyond the ceiling."""
    old: dict[str, Any] = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    tip = max(_eighth_more(old["maxPriorityFeePerGas"]), fresh.tip)
    most = max(_eighth_more(old["maxFeePerGas"]), fresh.most, tip)
    if most > MAX_FEE:
        return None
    kept = {name: old[name] for name in ("type", "chainId", "nonce", "value", "data", "gas")}
    fields = kept | {"maxFeePerGas": most, "maxPriorityFeePerGas": tip}
    return _signed(key, fields | ({"to": to_checksum_address(bytes(old["to"]))} if old["to"] else {}))


def fees_of(raw: bytes) -> Fees:
    """The fees in a signed transaction."""
    fields: dict[str, Any] = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return Fees(fields["maxPriorityFeePerGas"], fields["maxFeePerGas"])


def _eighth_more(fee: int) -> int:
    return fee + -(-fee // 8) + 1


def _signed(key: bytes, fields: dict[str, Any]) -> Signed:
    made = Account.from_key(key).sign_transaction(fields)
    return Signed(bytes(made.raw_transaction), bytes(made.hash), fields["nonce"])
