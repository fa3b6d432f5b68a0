"""Blocks: when they are made, what goes into them, and that they are whole on disk before anyone hears.

Block time. The EVM wants strictly increasing times in whole seconds; verifiers want block times that
agree with their clocks. So a block takes the clock's second, or its parent's plus one, and is made
only when that is at most `MAX_AHEAD` from now: transactions that come faster wait and share a block.
A head older than `MAX_BEHIND` gets an empty successor when somebody asks for the latest block: a real
chain would have made many meanwhile, and a reader that compares block time and clock must not take
an idle chain for a dead node. Idle and unasked, the chain makes nothing and stays small.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any

from eth.abc import BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI, StateAPI, VirtualMachineAPI
from eth.chains.base import BaseChain, Chain
from eth.constants import ZERO_ADDRESS
from eth.db.atomic import AtomicDB
from eth.exceptions import CanonicalHeadNotFound, HeaderNotFound, TransactionNotFound
from eth.vm.chain_context import ChainContext
from eth.vm.forks.london.headers import calculate_expected_base_fee_per_gas
from eth.vm.forks.prague import PragueVM
from eth_hash.auto import keccak
from eth_utils.exceptions import ValidationError

from ledger.embedded_chain.clock import Clock
from ledger.embedded_chain.errors import EmbeddedChainError
from ledger.embedded_chain.pool import Pool
from ledger.embedded_chain.store import BlockStore

MAX_AHEAD = 1.0
"""Seconds that a block's time may be ahead of the clock when it is made."""

MAX_BEHIND = 1.5
"""Seconds after which a head is too old to be shown as the latest block."""

GAS_LIMIT = 30_000_000
GENESIS_BALANCE = 10**24
"""Wei: a million ether for the development account."""

_CHAIN_ID_KEY = b"sceau:chain-id"
_log = logging.getLogger("sceau.embedded_chain")


class EmbeddedChain:
    """A chain in one store. Every public method may be called from any thread."""

    def __init__(self, store: BlockStore, *, chain_id: int, clock: Clock, funded: bytes) -> None:
        """Open the chain in `store`, or make its genesis block.

        Args:
            store: where it lives.
            chain_id: EIP-155 chain id; fixed by the genesis.
            clock: seconds since 1970-01-01 UTC.
            funded: 20 bytes, the account that owns all ether at genesis.

        Raises:
            EmbeddedChainError: `chain-id` when the store holds another chain id, `chain-broken` when
                its head has no state.
        """
        self.chain_id = chain_id
        self.lock = threading.RLock()
        self._clock = clock
        self._store = store
        self._db = AtomicDB(store)
        self._class: type[Chain] = type(
            "SceauChain", (Chain,), {"chain_id": chain_id, "vm_configuration": ((0, PragueVM),)}
        )
        self._chain = self._open(funded)
        self.pool = Pool()
        self._wake = threading.Condition(self.lock)
        self._closed = False
        self._miner = threading.Thread(target=self._mine_waiting, name="miner", daemon=True)
        self._miner.start()

    def close(self) -> None:
        """Stop making blocks and release the store."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self._miner.join()
        with self.lock:
            self._store.close()

    @property
    def head(self) -> BlockHeaderAPI:
        """Header of the newest block, however old it is."""
        with self.lock:
            return self._chain.get_canonical_head()

    @property
    def db(self) -> AtomicDB:
        """The key-value store: trie nodes under their hashes."""
        return self._db

    def fresh_head(self) -> BlockHeaderAPI:
        """Header of the newest block, after making one when the newest is older than `MAX_BEHIND`."""
        with self.lock:
            if self._clock() - self.head.timestamp > MAX_BEHIND:
                self._mine()
            return self.head

    def base_fee_after(self, header: BlockHeaderAPI) -> int:
        """Wei per gas that the block after this one burns (EIP-1559: its parent alone decides)."""
        return calculate_expected_base_fee_per_gas(header)

    def header_at(self, number: int) -> BlockHeaderAPI | None:
        """Header of the block at a height, or None."""
        with self.lock:
            try:
                return self._chain.get_canonical_block_header_by_number(number)  # type: ignore[arg-type]
            except HeaderNotFound:
                return None

    def header_of(self, block_hash: bytes) -> BlockHeaderAPI | None:
        """Header of the block with a hash, or None."""
        with self.lock:
            try:
                return self._chain.get_block_header_by_hash(block_hash)  # type: ignore[arg-type]
            except (HeaderNotFound, ValidationError):
                return None

    def block(self, header: BlockHeaderAPI) -> tuple[BlockAPI, tuple[ReceiptAPI, ...]]:
        """Return the block with a header, and its receipts."""
        with self.lock:
            block = self._chain.get_block_by_header(header)
            return block, block.get_receipts(self._chain.chaindb)

    def find_transaction(self, transaction_hash: bytes) -> tuple[BlockHeaderAPI, int] | None:
        """Return the header of the block that holds a transaction and its index there, or None."""
        with self.lock:
            try:
                number, index = self._chain.get_canonical_transaction_index(
                    transaction_hash  # type: ignore[arg-type]
                )
            except TransactionNotFound:
                return None
            return self._chain.get_canonical_block_header_by_number(number), index

    def state(self, header: BlockHeaderAPI, **overrides: Any) -> StateAPI:
        """Return the state after a block, in that block's own context (its number, time, base fee)."""
        return PragueVM.build_state(
            self._db, header.copy(**overrides), ChainContext(self.chain_id), self._previous_hashes(header)
        )

    def decode_transaction(self, raw: bytes) -> SignedTransactionAPI:
        """Decode a signed transaction; raises what py-evm raises on bytes that are none."""
        return PragueVM.get_transaction_builder().decode(raw)

    def submit(self, transaction: SignedTransactionAPI) -> bytes:
        """Accept a signed transaction and mine it, at once when block time allows, else within a second.

        Returns:
            The transaction's hash (32 bytes).

        Raises:
            RpcError: with geth's texts, when it is known, replaced wrongly, or can never be mined.
        """
        with self._wake:
            self.pool.add(
                transaction,
                state=self.state(self.head),
                chain_id=self.chain_id,
                gas_limit=GAS_LIMIT,
                mined=self.find_transaction(transaction.hash) is not None,
            )
            # Told first: should the block fail below, the miner has the transaction all the same.
            self._wake.notify_all()
            if self._may_mine():
                self._mine()
            return transaction.hash

    # ---- making blocks; the lock is held throughout

    def _open(self, funded: bytes) -> Chain:
        chain = self._class(self._db)
        try:
            head = chain.get_canonical_head()
        except CanonicalHeadNotFound:
            return self._genesis(funded)
        stored = int.from_bytes(self._store[_CHAIN_ID_KEY], "big")
        if stored != self.chain_id:
            raise EmbeddedChainError("chain-id", f"the folder holds chain {stored}, not {self.chain_id}")
        if head.state_root not in self._db:
            raise EmbeddedChainError("chain-broken", f"the state of block {head.block_number} is missing")
        return chain

    def _genesis(self, funded: bytes) -> Chain:
        account = {"balance": GENESIS_BALANCE, "nonce": 0, "code": b"", "storage": {}}
        # One second early, so that the first block can be made at once without being ahead.
        parameters = {
            "difficulty": 0,
            "gas_limit": GAS_LIMIT,
            "timestamp": int(self._clock()) - 1,
            "extra_data": b"",
            "coinbase": ZERO_ADDRESS,
        }
        chain: BaseChain = self._class.from_genesis(self._db, parameters, {funded: account})  # type: ignore[dict-item, arg-type]
        self._store[_CHAIN_ID_KEY] = self.chain_id.to_bytes(8, "big")
        self._store.commit()
        if not isinstance(chain, Chain):
            raise TypeError("from_genesis returns the class it is called on")
        return chain

    def _next_time(self) -> int:
        return max(int(self._clock()), self.head.timestamp + 1)

    def _may_mine(self) -> bool:
        return self._next_time() - self._clock() <= MAX_AHEAD

    def _mine_waiting(self) -> None:
        """Make the blocks that `submit` had to put off. The thread's whole life."""
        with self._wake:
            while not self._closed:
                if self.pool.ready(self.base_fee_after(self.head)):
                    if self._may_mine() and self._mine_or_log():
                        continue
                    # Short, since a moved clock tells nobody that it has moved.
                    self._wake.wait(0.02)
                else:
                    self._wake.wait()

    def _mine_or_log(self) -> bool:
        """Make a block; where nobody waits for the answer, a failure is the operator's to read."""
        try:
            self._mine()
        except Exception:  # Logged; a dead miner thread would be worse
            # A full disk, say. What waits goes on waiting, and the next round tries again.
            _log.exception("no block could be made")
            self._wake.wait(1.0)
            return False
        return True

    def _new_header(self) -> BlockHeaderAPI:
        head = self.head
        return self._chain.create_header_from_parent(
            head,
            timestamp=self._next_time(),
            gas_limit=head.gas_limit,
            coinbase=head.coinbase,
            # PREVRANDAO: differs per block, promises nothing.
            mix_hash=keccak(head.hash),
        )

    def _mine(self) -> None:
        """Make one block of whatever is ready, and commit it; nothing of it stays if that fails."""
        if not self._may_mine():
            # The clock went back, or somebody asks twice a second: time cannot be made to run faster.
            return
        header = self._new_header()
        try:
            vm = self._chain.get_vm(header)
            header, mined, receipts = self._execute(vm, header)
            filled = vm.set_block_transactions_and_withdrawals(vm.get_block(), header, mined, receipts)
            block = vm.mine_block(filled).block
            self._chain.validate_block(block)
            self._chain.chaindb.persist_block(block)
            self._store.commit()
        except BaseException:
            self._store.discard()
            raise
        self.pool.remove(mined)

    def _execute(
        self, vm: VirtualMachineAPI, header: BlockHeaderAPI
    ) -> tuple[BlockHeaderAPI, list[SignedTransactionAPI], list[ReceiptAPI]]:
        """Apply what is ready to the state of a new block, until the block is full."""
        mined: list[SignedTransactionAPI] = []
        receipts: list[ReceiptAPI] = []
        for transaction in self.pool.ready(header.base_fee_per_gas or 0):
            if transaction.gas > header.gas_limit - header.gas_used:
                # Smaller ones behind it might fit, but not without their nonces.
                break
            try:
                receipt, _ = vm.apply_transaction(header, transaction)
            except ValidationError as error:
                # Refused before it touched the state, so the block goes on without it. It was good
                # when it came and is no more: the one before it spent the money.
                _log.warning("transaction %s dropped: %s", transaction.hash.hex(), error)
                self.pool.remove([transaction])
                continue
            header = vm.add_receipt_to_header(header, receipt)
            mined.append(transaction)
            receipts.append(receipt)
        return header, mined, receipts

    def _previous_hashes(self, header: BlockHeaderAPI) -> Iterable[Any]:
        for _ in range(256):
            if header.block_number == 0:
                return
            yield header.parent_hash
            header = self._chain.get_block_header_by_hash(header.parent_hash)
