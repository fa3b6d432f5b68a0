"""Blocks, transactions, receipts and logs as the Ethereum JSON-RPC specification writes them.

Unlike eth-tester's, a block written here re-hashes: every header field is there, in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from eth._utils.address import generate_contract_address
from eth.abc import BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth.vm.forks.prague.blocks import PragueBlockHeader

from verifier.ethereum.header import encode_header
from verifier.ethereum.rlp import decode, encode

Json = dict[str, Any]


def quantity(value: int) -> str:
    """Write a number: hex without leading zeros."""
    return hex(value)


def data(value: bytes) -> str:
    """Write bytes: hex, two digits a byte."""
    return "0x" + value.hex()


def header_json(header: BlockHeaderAPI) -> Json:
    """Write a header of the Prague fork."""
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.uncles_hash),
        "miner": data(header.coinbase),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transaction_root),
        "receiptsRoot": data(header.receipt_root),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "difficulty": quantity(header.difficulty),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "extraData": data(header.extra_data),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.nonce),
        "baseFeePerGas": quantity(header.base_fee_per_gas or 0),
        "withdrawalsRoot": data(header.withdrawals_root or b""),
        "blobGasUsed": quantity(header.blob_gas_used),
        "excessBlobGas": quantity(header.excess_blob_gas),
        "parentBeaconBlockRoot": data(header.parent_beacon_block_root or b""),
        "requestsHash": data(cast(PragueBlockHeader, header).requests_hash),
    }


def block_json(block: BlockAPI, *, full: bool) -> Json:
    """Write a block with its transactions, or with their hashes."""
    header = block.header
    fields = header_json(header)
    # EIP-2718: a typed transaction is a byte string in the block's list, a legacy one a list.
    items = [raw if raw[0] < 0x80 else decode(raw) for raw in (tx.encode() for tx in block.transactions)]
    return {
        **fields,
        "size": quantity(len(encode([decode(encode_header(fields)), items, [], []]))),
        "uncles": [],
        "withdrawals": [],
        "transactions": [
            transaction_json(transaction, header, index) if full else data(transaction.hash)
            for index, transaction in enumerate(block.transactions)
        ],
    }


def transaction_json(transaction: SignedTransactionAPI, header: BlockHeaderAPI | None, index: int | None) -> Json:
    """Write a transaction of a block, or (without one) a waiting transaction."""
    kind = _kind(transaction)
    result: Json = {
        "type": quantity(kind),
        "hash": data(transaction.hash),
        "nonce": quantity(transaction.nonce),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "value": quantity(transaction.value),
        "gas": quantity(transaction.gas),
        "input": data(transaction.data),
        "chainId": quantity(transaction.chain_id or 0),
        "blockHash": data(header.hash) if header else None,
        "blockNumber": quantity(header.block_number) if header else None,
        "transactionIndex": quantity(index) if index is not None else None,
        "gasPrice": quantity(_effective_price(transaction, header)),
        "r": quantity(transaction.r),
        "s": quantity(transaction.s),
    }
    if kind == 0:
        return {**result, "v": quantity(getattr(transaction, "v"))}  # noqa: B009  not in py-evm's interface
    result |= {
        "v": quantity(transaction.y_parity),
        "yParity": quantity(transaction.y_parity),
        "accessList": [
            {"address": data(address), "storageKeys": [data(key.to_bytes(32, "big")) for key in keys]}
            for address, keys in transaction.access_list or ()
        ],
    }
    if kind >= 2:
        result |= {
            "maxFeePerGas": quantity(transaction.max_fee_per_gas),
            "maxPriorityFeePerGas": quantity(transaction.max_priority_fee_per_gas),
        }
    return result


def receipt_json(block: BlockAPI, receipts: Sequence[ReceiptAPI], index: int) -> Json:
    """Write the receipt of a transaction of a block."""
    transaction, receipt = block.transactions[index], receipts[index]
    before = receipts[index - 1].gas_used if index else 0
    created = None if transaction.to else generate_contract_address(transaction.sender, transaction.nonce)
    return {
        "type": quantity(_kind(transaction)),
        "transactionHash": data(transaction.hash),
        "transactionIndex": quantity(index),
        "blockHash": data(block.hash),
        "blockNumber": quantity(block.number),
        "from": data(transaction.sender),
        "to": data(transaction.to) if transaction.to else None,
        "contractAddress": data(created) if created else None,
        # EIP-658: one byte 1 for success, the empty string for failure.
        "status": quantity(int.from_bytes(receipt.state_root, "big")),
        "gasUsed": quantity(receipt.gas_used - before),
        "cumulativeGasUsed": quantity(receipt.gas_used),
        "effectiveGasPrice": quantity(_effective_price(transaction, block.header)),
        "logsBloom": data(receipt.bloom.to_bytes(256, "big")),
        "logs": [log for log in logs_json(block, receipts) if log["transactionIndex"] == quantity(index)],
    }


def logs_json(block: BlockAPI, receipts: Sequence[ReceiptAPI]) -> list[Json]:
    """Write all logs of a block in their order."""
    logs: list[Json] = []
    for index, (transaction, receipt) in enumerate(zip(block.transactions, receipts, strict=True)):
        for log in receipt.logs:
            logs.append(
                {
                    "address": data(log.address),
                    "topics": [data(topic.to_bytes(32, "big")) for topic in log.topics],
                    "data": data(log.data),
                    "blockHash": data(block.hash),
                    "blockNumber": quantity(block.number),
                    "blockTimestamp": quantity(block.header.timestamp),
                    "transactionHash": data(transaction.hash),
                    "transactionIndex": quantity(index),
                    "logIndex": quantity(len(logs)),
                    "removed": False,
                }
            )
    return logs


def _kind(transaction: SignedTransactionAPI) -> int:
    """EIP-2718 type; 0 for a legacy transaction."""
    return getattr(transaction, "type_id", None) or 0


def _effective_price(transaction: SignedTransactionAPI, header: BlockHeaderAPI | None) -> int:
    """Wei per gas that the sender pays (EIP-1559); the most it may become while the transaction waits."""
    if header is None:
        return transaction.max_fee_per_gas
    tip = transaction.max_priority_fee_per_gas
    return min(transaction.max_fee_per_gas, tip + (header.base_fee_per_gas or 0))
