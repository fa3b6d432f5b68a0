"""Transactions that wait for a block. In memory, as in every node: a sender keeps what it has signed."""

from __future__ import annotations

from collections.abc import Iterable

from eth.abc import SignedTransactionAPI, StateAPI
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from ledger.embedded_chain.errors import REFUSED, RpcError

_BLOB_TRANSACTION = 3


class Pool:
    """One transaction for each sender and nonce, without gaps between a sender's nonces."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, dict[int, SignedTransactionAPI]] = {}

    def add(
        self,
        transaction: SignedTransactionAPI,
        *,
        state: StateAPI,
        chain_id: int,
        gas_limit: int,
        mined: bool,
    ) -> None:
        """Take a transaction in, or replace the one with its nonce when both fees are 10 % higher.

        Raises:
            RpcError: with geth's texts.
        """
        sender = _check_form(transaction, chain_id=chain_id, gas_limit=gas_limit)
        own = self._waiting.get(sender, {})
        if mined or any(other.hash == transaction.hash for other in own.values()):
            raise RpcError(REFUSED, "already known")
        expected = state.get_nonce(sender)  # type: ignore[arg-type]
        if transaction.nonce < expected:
            raise RpcError(REFUSED, f"nonce too low: next nonce {expected}, tx nonce {transaction.nonce}")
        if transaction.nonce > expected + len(own):
            raise RpcError(REFUSED, f"nonce too high: next nonce {expected + len(own)}, tx nonce {transaction.nonce}")
        cost = transaction.value + transaction.gas * transaction.max_fee_per_gas
        balance = state.get_balance(sender)  # type: ignore[arg-type]
        if balance < cost:
            raise RpcError(REFUSED, f"insufficient funds for gas * price + value: have {balance} want {cost}")
        other = own.get(transaction.nonce)
        if other is not None and not _outbids(transaction, other):
            raise RpcError(REFUSED, "replacement transaction underpriced")
        self._waiting.setdefault(sender, {})[transaction.nonce] = transaction

    def remove(self, transactions: Iterable[SignedTransactionAPI]) -> None:
        """Take transactions out: they are in a block, or can never be."""
        for transaction in transactions:
            own = self._waiting.get(transaction.sender, {})
            own.pop(transaction.nonce, None)
            if not own:
                self._waiting.pop(transaction.sender, None)

    def ready(self, base_fee: int) -> list[SignedTransactionAPI]:
        """Return what can go into a block with this base fee (wei per gas), in a valid order."""
        chosen: list[SignedTransactionAPI] = []
        for own in self._waiting.values():
            for nonce in sorted(own):
                if own[nonce].max_fee_per_gas < base_fee:
                    break
                chosen.append(own[nonce])
        return chosen

    def find(self, transaction_hash: bytes) -> SignedTransactionAPI | None:
        """Return the waiting transaction with a hash, or None."""
        for own in self._waiting.values():
            for transaction in own.values():
                if transaction.hash == transaction_hash:
                    return transaction
        return None

    def count(self, sender: bytes) -> int:
        """Return how many transactions of a sender (20 bytes) wait."""
        return len(self._waiting.get(sender, {}))


def _check_form(transaction: SignedTransactionAPI, *, chain_id: int, gas_limit: int) -> bytes:
    """Check what holds for ever about a transaction, and return its sender."""
    if getattr(transaction, "type_id", None) == _BLOB_TRANSACTION:
        raise RpcError(REFUSED, "transaction type not supported")
    signed_for = transaction.chain_id
    if signed_for is None:
        raise RpcError(REFUSED, "only replay-protected (EIP-155) transactions allowed over RPC")
    if signed_for != chain_id:
        raise RpcError(REFUSED, f"invalid chain id for signer: have {signed_for} want {chain_id}")
    try:
        transaction.validate()
        sender = transaction.sender
    except (ValidationError, BadSignature) as error:
        raise RpcError(REFUSED, f"invalid sender: {error}") from error
    if transaction.gas < transaction.intrinsic_gas:
        raise RpcError(REFUSED, f"intrinsic gas too low: have {transaction.gas}")
    if transaction.gas > gas_limit:
        raise RpcError(REFUSED, "exceeds block gas limit")
    if transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas:
        raise RpcError(REFUSED, "max priority fee per gas higher than max fee per gas")
    return bytes(sender)


def _outbids(new: SignedTransactionAPI, old: SignedTransactionAPI) -> bool:
    return (
        new.max_fee_per_gas * 10 >= old.max_fee_per_gas * 11
        and new.max_priority_fee_per_gas * 10 >= old.max_priority_fee_per_gas * 11
    )
