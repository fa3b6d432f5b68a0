"""The real contract on the real chain, read by proof: layout, hashes and ids agree."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from web3.exceptions import ContractCustomError

from verifier.errors import Refuted
from verifier.ethereum.contract import ledger_id, read_contract, record_digest
from verifier.ethereum.rpc import fetch_evidence

SALT, FIRST_KEY, ROOT = b"\x51" * 32, b"\x0f" * 32, b"\xab" * 32


def test_open_anchor_heartbeat_freeze(wallet: Any, clock: Any) -> None:
    """Each step of a ledger's life shows in proven storage exactly as the contract's rules say."""
    artifact = json.loads(files("ledger.chain").joinpath("SceauLedger.json").read_text())
    w3, owner = wallet.web3, wallet.account.address
    address = wallet.send(data=artifact["bytecode"], gas=3_000_000).contractAddress
    contract = w3.eth.contract(address=address, abi=artifact["abi"])
    ledger = ledger_id(31337, bytes.fromhex(address[2:]), bytes.fromhex(owner[2:]), SALT)
    assert ledger == contract.functions.ledgerIdOf(owner, SALT).call()

    def view(*sequences: int) -> Any:
        place = bytes.fromhex(address[2:])
        return read_contract(fetch_evidence(wallet.chain.url, place, ledger, sequences), place, ledger)

    def act(name: str, *arguments: Any) -> Any:
        clock.move(3)
        receipt = wallet.send(to=address, data=contract.encode_abi(name, list(arguments)))
        assert receipt.status == 1
        return receipt

    with pytest.raises(Refuted) as caught:
        view()
    assert caught.value.code == "eth-ledger-absent"

    act("open", SALT, owner, 86_400, FIRST_KEY)
    opened = view(1)
    assert (opened.first_key, opened.maximum_age, opened.frozen) == (FIRST_KEY, 86_400, False)
    assert (opened.sequence, opened.size, opened.root, opened.records) == (0, 0, bytes(32), {1: bytes(32)})

    block = w3.eth.get_block(act("anchor", ledger, 0, 5, ROOT, []).blockNumber)
    anchored = view(1, 2)
    assert (anchored.sequence, anchored.size, anchored.root) == (1, 5, ROOT)
    assert anchored.time == block.timestamp
    assert anchored.records == {1: record_digest(ledger, 1, 5, ROOT, block.timestamp), 2: bytes(32)}

    beat = w3.eth.get_block(act("anchor", ledger, 1, 5, ROOT, []).blockNumber)
    alive = view(1)
    assert (alive.sequence, alive.time, alive.records[1]) == (1, beat.timestamp, anchored.records[1])

    with pytest.raises(ContractCustomError):
        contract.functions.anchor(ledger, 0, 5, ROOT, []).call({"from": owner})
    act("freeze", ledger)
    assert view().frozen
