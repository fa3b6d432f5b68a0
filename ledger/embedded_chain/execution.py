"""What is asked of a state without changing it: calls, gas estimates, EIP-1186 proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth.abc import BlockHeaderAPI, ComputationAPI, StateAPI
from eth.constants import BLANK_ROOT_HASH, EMPTY_SHA3
from eth.exceptions import Revert
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_abi.abi import decode as decode_abi
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.exceptions import ValidationError
from trie.hexary import HexaryTrie

from ledger.embedded_chain.chain import GAS_LIMIT, EmbeddedChain
from ledger.embedded_chain.encoding import Json, data, quantity
from ledger.embedded_chain.errors import REFUSED, REVERTED, RpcError
from verifier.ethereum.rlp import decode, decode_integer, decode_list, encode

_ERROR_STRING = bytes.fromhex("08c379a0")
"""Selector of Solidity's `Error(string)`."""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """The message of `eth_call` and `eth_estimateGas`; it costs nothing and needs no signature."""

    sender: bytes
    """20 bytes."""
    to: bytes
    """20 bytes, or empty to create a contract."""
    value: int
    """Wei."""
    data: bytes
    gas: int
    """Gas limit."""


def call(chain: EmbeddedChain, header: BlockHeaderAPI, request: CallRequest) -> bytes:
    """Run a message on the state after a block and return its output.

    Raises:
        RpcError: when it reverts, with the revert data (so that custom errors can be decoded), or fails.
    """
    return _checked(_run(chain, header, request, request.gas)).output


def estimate_gas(chain: EmbeddedChain, header: BlockHeaderAPI, request: CallRequest) -> int:
    """Return the least gas limit with which a message succeeds on the state after a block.

    Raises:
        RpcError: when it fails with all the gas it may have.
    """
    full = _checked(_run(chain, header, request, request.gas))
    # What it used, refunds not taken off, is nearly always enough; EIP-150 holds back 1/64 of the gas
    # at each inner call, and only then must the limit be searched for.
    low = request.gas - full.get_gas_remaining() - 1
    high = request.gas
    probe = low + 1
    while low + 1 < high:
        if _succeeds(chain, header, request, probe):
            high = probe
        else:
            low = probe
        probe = min((low + high) // 2, low + max(1, low // 32))
        if probe <= low:
            break
    return high


def account_proof(chain: EmbeddedChain, header: BlockHeaderAPI, address: bytes, slots: Sequence[bytes]) -> Json:
    """Prove an account and slots (32 bytes each) under a block's state root, present or absent."""
    with chain.lock:
        encoded = HexaryTrie(chain.db, header.state_root)[keccak(address)]
        nonce, balance, root, code_hash = (
            cast(list[bytes], decode_list(encoded)) if encoded else (b"", b"", BLANK_ROOT_HASH, EMPTY_SHA3)
        )
        trie = HexaryTrie(chain.db, root)
        return {
            "address": data(address),
            "accountProof": _proof(chain, header.state_root, address),
            "balance": quantity(int.from_bytes(balance, "big")),
            "nonce": quantity(int.from_bytes(nonce, "big")),
            "codeHash": data(code_hash),
            "storageHash": data(root),
            "storageProof": [
                {
                    "key": data(slot),
                    "value": quantity(_word(trie[keccak(slot)])),
                    "proof": _proof(chain, root, slot),
                }
                for slot in slots
            ],
        }


def _proof(chain: EmbeddedChain, root: bytes, key: bytes) -> list[str]:
    trie: Any = HexaryTrie(chain.db, root)
    nodes = [encode(node) for node in trie.get_proof(keccak(key))]
    # A node below 32 bytes is written inside its parent, so only the root has a hash to be asked by.
    return [data(node) for index, node in enumerate(nodes) if index == 0 or len(node) >= 32]


def _word(encoded: bytes) -> int:
    return decode_integer(decode(encoded), 32) if encoded else 0


def _run(chain: EmbeddedChain, header: BlockHeaderAPI, request: CallRequest, gas: int) -> ComputationAPI:
    with chain.lock:
        # Base fee 0, as geth does it: a caller without ether can still ask.
        state: StateAPI = chain.state(header, base_fee_per_gas=0)
        builder: Any = PragueVM.get_transaction_builder()
        message = builder.new_unsigned_dynamic_fee_transaction(
            chain_id=chain.chain_id,
            nonce=state.get_nonce(request.sender),  # type: ignore[arg-type]
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=gas,
            to=request.to,
            value=request.value,
            data=request.data,
            access_list=(),
        )
        try:
            return state.apply_transaction(SpoofTransaction(message, from_=request.sender))  # type: ignore[arg-type]
        except ValidationError as error:
            raise RpcError(REFUSED, str(error)) from error


def _succeeds(chain: EmbeddedChain, header: BlockHeaderAPI, request: CallRequest, gas: int) -> bool:
    try:
        return not _run(chain, header, request, gas).is_error
    except RpcError:
        return False  # below the intrinsic gas


def _checked(computation: ComputationAPI) -> ComputationAPI:
    if not computation.is_error:
        return computation
    error = computation.error
    if not isinstance(error, Revert):
        raise RpcError(REFUSED, f"{type(error).__name__}: {error}")
    output = computation.output
    reason = ""
    if output[:4] == _ERROR_STRING:
        try:
            reason = f": {decode_abi(['string'], output[4:])[0]}"
        except DecodingError:
            reason = ""
    raise RpcError(REVERTED, f"execution reverted{reason}", data(output))


MAX_CALL_GAS = GAS_LIMIT
"""Gas of a call that names no limit."""
