"""The chain as web3.py sees it, and its state as the verifier proves it."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_hash.auto import keccak
from web3.exceptions import ContractCustomError, TransactionNotFound, Web3RPCError

from verifier.errors import Inconclusive
from verifier.ethereum.contract import read_contract, slots_for
from verifier.ethereum.header import encode_header, parse_header
from verifier.ethereum.rpc import fetch_evidence
from verifier.ethereum.trie import account_storage_root, storage_value

LEDGER = keccak(b"a ledger")


def test_deploy_send_read(wallet: Any, small: Any) -> None:
    """Contract creation, receipt, code, storage, call of the past, logs, transactions."""
    w3, address = wallet.web3, wallet.deploy()
    receipt = wallet.send(to=address, data=small(5, 77))
    assert receipt.status == 1
    assert w3.eth.get_storage_at(address, 5) == (77).to_bytes(32, "big")
    assert w3.eth.get_storage_at(address, 5, receipt.blockNumber - 1) == bytes(32)
    (log,) = w3.eth.get_logs({"fromBlock": 0, "toBlock": "latest", "address": address})
    assert (log.topics[0], log.data) == ((5).to_bytes(32, "big"), (77).to_bytes(32, "big"))
    assert (log.transactionHash, log.blockNumber) == (receipt.transactionHash, receipt.blockNumber)
    assert receipt.logs[0].data == log.data
    assert w3.eth.get_logs({"fromBlock": 0, "address": address, "topics": ["0x" + "00" * 31 + "06"]}) == []
    found = w3.eth.get_transaction(receipt.transactionHash)
    assert (found.nonce, found["from"], found.to) == (1, wallet.account.address, address)
    block = w3.eth.get_block(receipt.blockNumber, full_transactions=True)
    assert [tx.hash for tx in block.transactions] == [receipt.transactionHash]
    assert w3.eth.get_block(block.hash).number == receipt.blockNumber
    assert w3.eth.get_transaction_count(wallet.account.address) == 2
    paid = receipt.gasUsed * receipt.effectiveGasPrice
    before = w3.eth.get_balance(wallet.account.address, receipt.blockNumber - 1)
    assert w3.eth.get_balance(wallet.account.address, receipt.blockNumber) == before - paid


def test_web3_fills_in_a_transaction_by_itself(wallet: Any, small: Any) -> None:
    """Fees, gas and chain id as web3 asks for them: a plain legacy transfer and a built one both go
    through."""
    w3, address = wallet.web3, wallet.deploy()
    assert wallet.send(to=address, data=small(1, 1), gasPrice=w3.eth.gas_price).status == 1
    request = {"from": wallet.account.address, "to": address, "data": "0x" + small(2, 2).hex()}
    gas = w3.eth.estimate_gas(request)
    receipt = wallet.send(to=address, data=small(2, 2), gas=gas)
    assert (receipt.status, receipt.gasUsed) == (1, gas)
    history = w3.eth.fee_history(2, "latest", [50])
    newest = w3.eth.get_block("latest")
    assert history.baseFeePerGas[-2] == newest.baseFeePerGas
    assert w3.eth.max_priority_fee == 10**9


def test_revert_data_reaches_the_caller(wallet: Any) -> None:
    """A custom error comes with its selector from call, from estimate, and as status 0 from a block."""
    w3, address = wallet.web3, wallet.deploy()
    request = {"from": wallet.account.address, "to": address, "data": "0x72475f4c"}
    for ask in (w3.eth.call, w3.eth.estimate_gas):
        with pytest.raises(ContractCustomError) as caught:
            ask(request)
        assert caught.value.data == "0x72475f4c"
    assert wallet.send(to=address, data=bytes.fromhex("72475f4c")).status == 0


def test_refusals_speak_like_geth(wallet: Any) -> None:
    """Same bytes again, used nonce, nonce from the future, foreign chain, empty purse, not enough gas,
    rubbish."""
    w3, to = wallet.web3, "0x" + "11" * 20
    first = wallet.sign(to=to, value=1)
    w3.eth.send_raw_transaction(first.raw_transaction)
    poor = Account.from_key("0x" + "42" * 32)
    fields = {
        "chainId": 31337,
        "gas": 21000,
        "nonce": 0,
        "to": to,
        "maxFeePerGas": 1,
        "maxPriorityFeePerGas": 1,
    }
    for raw, text in [
        (first.raw_transaction, "already known"),
        (wallet.sign(to=to, value=2, nonce=0).raw_transaction, "nonce too low"),
        (wallet.sign(to=to, nonce=9).raw_transaction, "nonce too high"),
        (wallet.sign(to=to, chainId=1).raw_transaction, "invalid chain id"),
        (poor.sign_transaction({**fields, "value": 10**20}).raw_transaction, "insufficient funds"),
        (wallet.sign(to=to, gas=20999).raw_transaction, "intrinsic gas too low"),
        (wallet.sign(to=to, gas=30_000_001).raw_transaction, "exceeds block gas limit"),
        (b"\x02rubbish", "cannot decode"),
    ]:
        with pytest.raises(Web3RPCError, match=text):
            w3.eth.send_raw_transaction(raw)
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt("0x" + "ab" * 32)


def test_a_stuck_transaction_waits_and_is_replaced(wallet: Any) -> None:
    """A fee cap below the base fee waits in the pool; +10 % on both fees replaces it, less does not."""
    w3, to = wallet.web3, "0x" + "11" * 20
    stuck = wallet.sign(to=to, value=1, nonce=0, maxFeePerGas=1000, maxPriorityFeePerGas=1000)
    w3.eth.send_raw_transaction(stuck.raw_transaction)
    assert w3.eth.get_transaction(stuck.hash).get("blockNumber") is None
    assert w3.eth.get_transaction_count(wallet.account.address, "pending") == 1
    assert w3.eth.get_transaction_count(wallet.account.address, "latest") == 0
    timid = wallet.sign(to=to, value=1, nonce=0, maxFeePerGas=3 * 10**9, maxPriorityFeePerGas=1001)
    with pytest.raises(Web3RPCError, match="replacement transaction underpriced"):
        w3.eth.send_raw_transaction(timid.raw_transaction)
    assert wallet.send(to=to, value=1, nonce=0).status == 1
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction(stuck.hash)


def test_every_block_rehashes_and_follows_its_parent(wallet: Any) -> None:
    """The JSON of each block gives its hash; parent links and strictly increasing times hold."""
    wallet.deploy()
    wallet.send(to="0x" + "11" * 20, value=1)
    parent = None
    for number in range(wallet.web3.eth.block_number + 1):
        request = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "eth_getBlockByNumber",
            "params": [hex(number), False],
        }
        block = httpx.post(wallet.chain.url, json=request).json()["result"]
        header = parse_header(encode_header(block))
        assert header.number == number
        if parent is not None:
            assert block["parentHash"] == "0x" + parent.hash.hex()
            assert header.timestamp > parent.timestamp
        parent = header


def test_proofs_of_presence_and_absence_verify(wallet: Any, small: Any) -> None:
    """`eth_getProof` of present and absent slots and accounts, at the head and in the past."""
    w3, address = wallet.web3, wallet.deploy()
    for key in range(3):
        receipt = wallet.send(to=address, data=small(key, key + 100))
    for number, expected in ((receipt.blockNumber, 102), (receipt.blockNumber - 1, 0)):
        answer = w3.eth.get_proof(address, [2, 99], number)
        state_root = bytes(w3.eth.get_block(number).stateRoot)
        root = account_storage_root(state_root, bytes.fromhex(address[2:]), list(map(bytes, answer.accountProof)))
        assert root == bytes(answer.storageHash)
        present, absent = answer.storageProof
        assert storage_value(root, (2).to_bytes(32, "big"), list(map(bytes, present.proof))) == expected
        assert storage_value(root, (99).to_bytes(32, "big"), list(map(bytes, absent.proof))) == 0


def test_a_ledger_is_read_end_to_end(wallet: Any, small: Any) -> None:
    """Words at SceauLedger's places, fetched over HTTP and proven: values, a record, and a record's
    absence."""
    address = wallet.deploy()
    contract = bytes.fromhex(address[2:])
    base, anchorer, first_key, head, root, record = slots_for(LEDGER, [1])
    words = {base: 0xAA | 3600 << 160, anchorer: 0xBB, first_key: 0xCC, head: 1 | 10 << 64 | 99 << 128}
    words |= {root: 0xDD, record: 0xEE}
    nonce = wallet.web3.eth.get_transaction_count(wallet.account.address)
    for index, (slot, word) in enumerate(words.items()):
        signed = wallet.sign(to=address, nonce=nonce + index, data=small(int.from_bytes(slot, "big"), word))
        wallet.web3.eth.send_raw_transaction(signed.raw_transaction)
    wallet.web3.eth.wait_for_transaction_receipt(signed.hash, timeout=20, poll_latency=0.02)
    for block in ("latest", "safe", "finalized"):
        evidence = fetch_evidence(wallet.chain.url, contract, LEDGER, [1, 2], block=block, chain_id=31337)  # type: ignore[arg-type]
        view = read_contract(evidence, contract, LEDGER)
        assert (view.sequence, view.size, view.time, view.maximum_age) == (1, 10, 99, 3600)
        assert view.records == {1: (0xEE).to_bytes(32, "big"), 2: bytes(32)}
        assert abs(view.block_time - time.time()) <= 2
    with pytest.raises(Inconclusive) as caught:
        fetch_evidence(wallet.chain.url, b"\xee" * 20, LEDGER)
    assert caught.value.code == "rpc-no-contract"
    with pytest.raises(Inconclusive) as caught:
        fetch_evidence(wallet.chain.url, contract, LEDGER, block=10**6)
    assert caught.value.code == "rpc-no-block"


def test_browsers_and_rubbish_are_turned_away(chain: Any) -> None:
    """A foreign Host, a body that is not declared JSON, bad JSON, unknown methods: an error, never a hang."""
    ask = {"jsonrpc": "2.0", "id": 7, "method": "eth_chainId", "params": []}
    assert httpx.post(chain.url, json=ask).json() == {"jsonrpc": "2.0", "id": 7, "result": "0x7a69"}
    assert httpx.post(chain.url, json=ask, headers={"Host": "evil.example"}).status_code == 403
    assert httpx.post(chain.url, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 403
    json_type = {"Content-Type": "application/json"}
    for body, number in [(b"{", -32700), (b"[" * 100_000, -32700), (b"7", -32600), (b'{"method":1}', -32600)]:
        assert httpx.post(chain.url, content=body, headers=json_type).json()["error"]["code"] == number
    for method, params, number in [
        ("eth_nothing", [], -32601),
        ("eth_getBalance", [], -32602),
        ("eth_getBalance", ["0x12"], -32602),
        ("eth_getBalance", ["0x" + "11" * 20, "soon"], -32602),
        ("eth_getBalance", ["0x" + "11" * 20, "0xffff"], -32000),
        ("eth_getProof", ["0x" + "11" * 20, ["0x" + "1" * 65]], -32602),
        ("eth_call", ["x"], -32602),
    ]:
        answer = httpx.post(chain.url, json={**ask, "method": method, "params": params}).json()
        assert answer["error"]["code"] == number, answer
    batch = httpx.post(chain.url, json=[ask, {**ask, "id": 8}]).json()
    assert [answer["id"] for answer in batch] == [7, 8]


def test_money_that_is_spent_twice_while_waiting(wallet: Any, clock: Any) -> None:
    """Two waiting transactions that the purse covers one by one, not together: one is mined, one dropped."""
    w3, poor = wallet.web3, Account.from_key("0x" + "42" * 32)
    wallet.send(to=poor.address, value=10**18)
    clock.move(-30)  # the clock stands behind the head, so that everything waits
    fields = {"chainId": 31337, "gas": 21000, "to": "0x" + "11" * 20, "value": 6 * 10**17}
    fields |= {"maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 1}
    first, second = (poor.sign_transaction(fields | {"nonce": nonce}) for nonce in (0, 1))
    for signed in (first, second):
        w3.eth.send_raw_transaction(signed.raw_transaction)
    clock.move(40)
    assert w3.eth.wait_for_transaction_receipt(first.hash, timeout=10, poll_latency=0.02).status == 1
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction(second.hash)
    assert w3.eth.get_transaction_count(poor.address, "pending") == 1
