"""The JSON-RPC methods: parameters in, JSON out. Names and meanings are the execution-apis
specification's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eth.abc import BlockHeaderAPI

from ledger.embedded_chain import execution
from ledger.embedded_chain.chain import EmbeddedChain
from ledger.embedded_chain.encoding import (
    Json,
    block_json,
    data,
    logs_json,
    quantity,
    receipt_json,
    transaction_json,
)
from ledger.embedded_chain.errors import INVALID_PARAMS, METHOD_NOT_FOUND, REFUSED, RpcError

TIP = 10**9
"""Wei per gas that `eth_maxPriorityFeePerGas` suggests. Nobody competes for room in these blocks."""

MAX_LOG_BLOCKS = 100_000
MAX_PROOF_SLOTS = 1024
"""geth's limit."""

_NOW = ("latest", "safe", "finalized")
"""One process makes the blocks and none is ever undone: the newest is as final as it gets."""


class Methods:
    """The methods of one chain."""

    def __init__(self, chain: EmbeddedChain) -> None:
        self._chain = chain
        self._methods: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "Sceau-embedded-chain/1",
            "net_version": lambda: str(chain.chain_id),
            "net_listening": lambda: True,
            "eth_chainId": lambda: quantity(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_blockNumber": lambda: quantity(chain.fresh_head().block_number),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getTransactionCount": self._nonce,
            "eth_getBalance": self._balance,
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_gasPrice": lambda: quantity((chain.head.base_fee_per_gas or 0) + TIP),
            "eth_maxPriorityFeePerGas": lambda: quantity(TIP),
            "eth_feeHistory": self._fee_history,
            "eth_sendRawTransaction": self._send,
            "eth_getLogs": self._logs,
            "eth_getProof": self._proof,
        }

    def run(self, name: str, params: list[object]) -> object:
        """Run one method.

        Raises:
            RpcError: for an unknown method, unusable parameters, or a refusal.
        """
        method = self._methods.get(name)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, f"the method {name} does not exist/is not available")
        with self._chain.lock:
            try:
                return method(*params)
            except TypeError as error:
                if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                    raise
                raise RpcError(INVALID_PARAMS, f"{name} does not take {len(params)} parameters") from error

    # ---- which block

    def _header(self, block: object, *, fresh: bool) -> BlockHeaderAPI | None:
        """Find a block by tag, height or EIP-1898 object. `fresh`: the answer shows time, see `chain`."""
        if isinstance(block, dict) and set(block) <= {"blockHash", "blockNumber", "requireCanonical"}:
            if "blockHash" in block:
                return self._chain.header_of(_bytes(block["blockHash"], 32))
            block = block.get("blockNumber")
        if block in _NOW or block == "pending":
            return self._chain.fresh_head() if fresh else self._chain.head
        return self._chain.header_at(0 if block == "earliest" else _number(block))

    def _known(self, block: object, *, fresh: bool = False) -> BlockHeaderAPI:
        header = self._header(block, fresh=fresh)
        if header is None:
            raise RpcError(REFUSED, "header not found")
        return header

    def _block_by_number(self, block: object, full: object = False) -> Json | None:
        header = self._header(block, fresh=True)
        if header is None:
            return None
        # "pending" answers with the latest block: what waits here goes into a block within a second.
        return block_json(self._chain.block(header)[0], full=bool(full))

    def _block_by_hash(self, block_hash: object, full: object = False) -> Json | None:
        header = self._chain.header_of(_bytes(block_hash, 32))
        return None if header is None else block_json(self._chain.block(header)[0], full=bool(full))

    # ---- transactions

    def _send(self, raw: object) -> str:
        content = _bytes(raw)
        try:
            transaction = self._chain.decode_transaction(content)
        except Exception as error:
            # py-evm lets a dozen kinds of error through here; all mean that these bytes are no transaction.
            raise RpcError(REFUSED, f"rlp: cannot decode the transaction: {error}") from error
        return data(self._chain.submit(transaction))

    def _transaction(self, transaction_hash: object) -> Json | None:
        wanted = _bytes(transaction_hash, 32)
        waiting = self._chain.pool.find(wanted)
        if waiting is not None:
            return transaction_json(waiting, None, None)
        found = self._chain.find_transaction(wanted)
        if found is None:
            return None
        header, index = found
        return transaction_json(self._chain.block(header)[0].transactions[index], header, index)

    def _receipt(self, transaction_hash: object) -> Json | None:
        found = self._chain.find_transaction(_bytes(transaction_hash, 32))
        if found is None:
            return None
        return receipt_json(*self._chain.block(found[0]), found[1])

    def _nonce(self, address: object, block: object = "latest") -> str:
        account = _bytes(address, 20)
        state = self._chain.state(self._known(block))
        waiting = self._chain.pool.count(account) if block == "pending" else 0
        return quantity(state.get_nonce(account) + waiting)  # type: ignore[arg-type]

    # ---- state

    def _balance(self, address: object, block: object = "latest") -> str:
        return quantity(self._chain.state(self._known(block)).get_balance(_bytes(address, 20)))  # type: ignore[arg-type]

    def _code(self, address: object, block: object = "latest") -> str:
        return data(self._chain.state(self._known(block)).get_code(_bytes(address, 20)))  # type: ignore[arg-type]

    def _storage(self, address: object, slot: object, block: object = "latest") -> str:
        state = self._chain.state(self._known(block))
        word = state.get_storage(_bytes(address, 20), int.from_bytes(_slot(slot), "big"))  # type: ignore[arg-type]
        return data(word.to_bytes(32, "big"))

    def _call(self, message: object, block: object = "latest") -> str:
        return data(execution.call(self._chain, self._known(block, fresh=True), _request(message)))

    def _estimate(self, message: object, block: object = "latest") -> str:
        return quantity(execution.estimate_gas(self._chain, self._known(block), _request(message)))

    def _proof(self, address: object, slots: object, block: object = "latest") -> Json:
        if not isinstance(slots, list) or len(slots) > MAX_PROOF_SLOTS:
            raise RpcError(INVALID_PARAMS, f"a list of at most {MAX_PROOF_SLOTS} slots is expected")
        header = self._known(block, fresh=True)
        return execution.account_proof(self._chain, header, _bytes(address, 20), [_slot(s) for s in slots])

    # ---- fees and logs

    def _fee_history(self, count: object, newest: object, percentiles: object = None) -> Json:
        last = self._known(newest)
        length = max(1, min(_number(count), 1024, last.block_number + 1))
        first = last.block_number - length + 1
        headers = [self._known(quantity(number)) for number in range(first, last.block_number + 1)]
        base_fees = [header.base_fee_per_gas or 0 for header in headers]
        wanted = percentiles if isinstance(percentiles, list) else []
        return {
            "oldestBlock": quantity(first),
            # One more than blocks: the fee of the block that follows.
            "baseFeePerGas": [quantity(fee) for fee in [*base_fees, self._chain.base_fee_after(last)]],
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
            "reward": [[quantity(TIP) for _ in wanted] for _ in headers],
        }

    def _logs(self, query: object) -> list[Json]:
        if not isinstance(query, dict):
            raise RpcError(INVALID_PARAMS, "a filter object is expected")
        if "blockHash" in query:
            header = self._known({"blockHash": query["blockHash"]})
            first = last = int(header.block_number)
        else:
            first = int(self._known(query.get("fromBlock", "latest")).block_number)
            last = self._range_end(query.get("toBlock", "latest"))
        if last - first >= MAX_LOG_BLOCKS:
            raise RpcError(REFUSED, f"at most {MAX_LOG_BLOCKS} blocks are searched at once")
        addresses = query.get("address")
        wanted = None if addresses is None else {_bytes(a, 20) for a in _listed(addresses)}
        topics = [
            None if topic is None else {data(_bytes(option, 32)) for option in _listed(topic)}
            for topic in query.get("topics") or []
        ]
        found: list[Json] = []
        for number in range(first, last + 1):
            header = self._known(quantity(number))
            if header.bloom:
                found += [log for log in logs_json(*self._chain.block(header)) if _fits(log, wanted, topics)]
        return found

    def _range_end(self, block: object) -> int:
        header = self._header(block, fresh=False)
        return self._chain.head.block_number if header is None else header.block_number


def _fits(log: Json, addresses: set[bytes] | None, topics: list[set[str] | None]) -> bool:
    if addresses is not None and bytes.fromhex(log["address"][2:]) not in addresses:
        return False
    return len(log["topics"]) >= len(topics) and all(
        wanted is None or topic in wanted for wanted, topic in zip(topics, log["topics"], strict=False)
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _request(message: object) -> execution.CallRequest:
    if not isinstance(message, dict):
        raise RpcError(INVALID_PARAMS, "a call object is expected")
    to = message.get("to")
    content = message.get("input", message.get("data"))
    gas = message.get("gas")
    return execution.CallRequest(
        sender=_bytes(message.get("from", "0x" + "00" * 20), 20),
        to=b"" if to in (None, "", "0x") else _bytes(to, 20),
        value=_number(message.get("value", "0x0")),
        data=b"" if content is None else _bytes(content),
        gas=execution.MAX_CALL_GAS if gas is None else min(_number(gas), execution.MAX_CALL_GAS),
    )


def _number(value: object) -> int:
    try:
        if isinstance(value, str) and value.startswith("0x"):
            return int(value, 16)
    except ValueError:
        value = str(value)[:80]
    raise RpcError(INVALID_PARAMS, f"{str(value)[:80]!r} is no 0x-prefixed number or block tag")


def _bytes(value: object, size: int | None = None) -> bytes:
    try:
        if isinstance(value, str) and value.startswith("0x"):
            content = bytes.fromhex(value[2:])
            if size is None or len(content) == size:
                return content
    except ValueError:
        value = str(value)[:80]
    expected = "0x-prefixed hex" if size is None else f"0x-prefixed hex of {size} bytes"
    raise RpcError(INVALID_PARAMS, f"{str(value)[:80]!r} is not {expected}")


def _slot(value: object) -> bytes:
    """Read a slot; nodes differ in taking short ones, here every number up to 32 bytes is taken."""
    number = _number(value)
    if number >= 2**256:
        raise RpcError(INVALID_PARAMS, "a slot has at most 32 bytes")
    return number.to_bytes(32, "big")
