"""Block time follows the clock: idle, busy, and when the clock itself moves."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

from ledger.embedded_chain import client


def drift(wallet: Any, clock: Any, tag: str = "latest") -> float:
    """Seconds by which the newest block is ahead of the chain's clock."""
    timestamp = wallet.web3.eth.get_block(tag).timestamp
    return float(timestamp - (time.time() + clock.seconds))


def test_after_an_idle_hour_readers_see_a_block_of_now(wallet: Any, clock: Any) -> None:
    """However the newest block is asked for, it is at most two seconds from the clock."""
    wallet.send(to="0x" + "11" * 20, value=1)
    for tag in ("latest", "safe", "finalized", "pending"):
        clock.move(3600)
        assert abs(drift(wallet, clock, tag)) <= 2
    clock.move(3600)
    number = wallet.web3.eth.block_number
    assert abs(wallet.web3.eth.get_block(number).timestamp - time.time() - clock.seconds) <= 2


def test_an_idle_chain_that_nobody_asks_makes_no_block(wallet: Any, clock: Any) -> None:
    """An hour costs nothing: the next question makes one block, and asking again at once makes none."""
    before = wallet.web3.eth.get_block("latest").number
    clock.move(3600)
    assert wallet.web3.eth.get_block("latest").number == before + 1
    for _ in range(20):
        wallet.web3.eth.get_block("latest")
    assert wallet.web3.eth.get_block("latest").number <= before + 2


def test_a_burst_shares_blocks_and_never_runs_ahead(wallet: Any, clock: Any, small: Any) -> None:
    """Forty quick transactions: all mined in order, times strictly increasing, within two seconds of the
    clock."""
    address = wallet.deploy()
    nonce = wallet.web3.eth.get_transaction_count(wallet.account.address)
    signed = [wallet.sign(to=address, nonce=nonce + n, data=small(n, n + 1)) for n in range(40)]
    for transaction in signed:
        wallet.web3.eth.send_raw_transaction(transaction.raw_transaction)
        assert abs(drift(wallet, clock)) <= 2
    wallet.web3.eth.wait_for_transaction_receipt(signed[-1].hash, timeout=20, poll_latency=0.02)
    assert abs(drift(wallet, clock)) <= 2
    receipts = [wallet.web3.eth.get_transaction_receipt(transaction.hash) for transaction in signed]
    assert all(receipt.status == 1 for receipt in receipts)
    places = [(receipt.blockNumber, receipt.transactionIndex) for receipt in receipts]
    assert places == sorted(places)
    numbers = sorted({number for number, _ in places})
    assert len(numbers) < 40
    times = [wallet.web3.eth.get_block(number).timestamp for number in numbers]
    assert all(a < b for a, b in pairwise(times))


def test_a_clock_that_goes_back_stops_blocks_instead_of_running_ahead(wallet: Any, clock: Any) -> None:
    """The chain cannot go back; it waits, answers meanwhile, and goes on when the clock has caught up."""
    clock.move(100)
    head = wallet.web3.eth.get_block("latest")
    clock.move(-60)
    sent = wallet.web3.eth.send_raw_transaction(wallet.sign(to="0x" + "11" * 20, value=1).raw_transaction)
    assert wallet.web3.eth.get_block("latest").number == head.number
    clock.move(61)
    receipt = wallet.web3.eth.wait_for_transaction_receipt(sent, timeout=10, poll_latency=0.02)
    assert wallet.web3.eth.get_block(receipt.blockNumber).timestamp > head.timestamp
    assert abs(drift(wallet, clock)) <= 2


def test_a_restart_after_an_hour(tmp_path: Any, open_wallet: Any) -> None:
    """A chain that was down for an hour comes back with its blocks and the time of now."""
    with client.start(tmp_path / "chain") as first:
        head = open_wallet(first).web3.eth.get_block("latest")
    with client.start(tmp_path / "chain", block_clock="offset:3600") as again:
        newest = open_wallet(again).web3.eth.get_block("latest")
        assert open_wallet(again).web3.eth.get_block(head.number).hash == head.hash
        assert abs(newest.timestamp - time.time() - 3600) <= 2
