"""On disk: kills in mid-stream, one process a folder, keys that stay private."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from ledger.embedded_chain import client
from ledger.embedded_chain.chain import EmbeddedChain
from ledger.embedded_chain.errors import EmbeddedChainError
from ledger.embedded_chain.store import BlockStore
from verifier.ethereum.trie import account_storage_root, storage_value


def test_killed_in_mid_stream_it_comes_back_whole(tmp_path: Path, open_wallet: Any, small: Any) -> None:
    """SIGKILL at a random moment of a stream of transactions, five times over.

    What a receipt was given for is still there, the head has its whole state, the numbers follow on.
    """
    rng, folder, offset = random.Random(4), tmp_path / "chain", tmp_path / "offset"
    offset.write_text("0")
    confirmed: dict[str, int] = {}
    address, seconds = "", 0
    for _ in range(5):
        chain = client.start(folder, block_clock=f"file:{offset}")
        wallet = open_wallet(chain)
        address = address or wallet.deploy()
        for sent, block in confirmed.items():
            assert wallet.web3.eth.get_transaction_receipt(sent).blockNumber == block
        killer = threading.Timer(rng.uniform(0.15, 0.6), lambda pid=chain.process.pid: os.kill(pid, signal.SIGKILL))
        killer.start()
        try:
            while True:
                seconds += 2  # a block for each transaction: many commits, so that the kill hits one
                offset.with_suffix(".new").write_text(str(seconds))
                offset.with_suffix(".new").replace(offset)
                nonce = wallet.web3.eth.get_transaction_count(wallet.account.address)
                receipt = wallet.send(to=address, nonce=nonce, data=small(nonce, nonce))
                confirmed[receipt.transactionHash.to_0x_hex()] = receipt.blockNumber
        except OSError:
            killer.join()
        finally:
            chain.kill()
    assert len(confirmed) >= 10
    with client.start(folder, block_clock=f"file:{offset}") as chain:
        wallet = open_wallet(chain)
        head = wallet.web3.eth.get_block("latest")
        count = wallet.web3.eth.get_transaction_count(wallet.account.address)
        proof = wallet.web3.eth.get_proof(address, list(range(count)), head.number)
        root = account_storage_root(bytes(head.stateRoot), bytes.fromhex(address[2:]), proof.accountProof)
        for nonce, entry in enumerate(proof.storageProof):
            assert storage_value(root, nonce.to_bytes(32, "big"), entry.proof) == nonce
        for number in range(1, head.number + 1):
            block = wallet.web3.eth.get_block(number)
            assert block.parentHash == wallet.web3.eth.get_block(number - 1).hash
        assert wallet.send(to=address, data=small(10**6, 1)).status == 1


def test_a_block_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was pending when the process ends leaves nothing in the file; what was committed stays."""
    path = tmp_path / "chain.sqlite3"
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from ledger.embedded_chain.store import BlockStore\n"
        "s = BlockStore(Path(sys.argv[1])); s[b'a'] = b'1'; s.commit(); s[b'b'] = b'2'; del s[b'a']\n"
        "assert s[b'b'] == b'2' and b'a' not in s\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    store = BlockStore(path)
    assert store[b"a"] == b"1"
    assert b"b" not in store
    store.close()


def test_a_second_process_on_the_folder_is_refused(chain: Any) -> None:
    """Two writers would be two histories: the second is told, and the first goes on."""
    with pytest.raises(EmbeddedChainError, match="another process is running the chain"):
        client.start(chain.data_dir)
    assert client.attach(chain.data_dir).url == chain.url


def test_another_chain_id_on_the_folder_is_refused(tmp_path: Path) -> None:
    """A folder keeps the chain id that it was made with."""
    client.start(tmp_path, chain_id=1234).stop()
    with pytest.raises(EmbeddedChainError, match="holds chain 1234, not 31337"):
        client.start(tmp_path)


def test_the_key_is_private_and_never_said(tmp_path: Path) -> None:
    """Mode 0600, kept over restarts, and in no output of the process."""
    first = client.start(tmp_path)
    key = first.dev_key
    first.stop()
    assert stat.S_IMODE((tmp_path / "dev-account.key").stat().st_mode) == 0o600
    with client.start(tmp_path) as again:
        assert again.dev_key == key
    assert key.hex() not in (tmp_path / "chain.log").read_text()


def test_a_stopped_chain_is_not_found(tmp_path: Path) -> None:
    """`stop` is quick, takes the `url` file away, and `attach` says that nothing runs, after a kill too."""
    chain = client.start(tmp_path)
    assert (tmp_path / "url").read_text() == chain.url
    begin = time.monotonic()
    chain.stop()
    assert time.monotonic() - begin < 3
    assert not (tmp_path / "url").exists()
    client.start(tmp_path).kill()
    with pytest.raises(EmbeddedChainError) as caught:
        client.attach(tmp_path)
    assert caught.value.code == "chain-not-running"


@pytest.mark.parametrize("text", ["", "sun", "offset:", "offset:x", "file:", "system:1"])
def test_a_clock_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """One line that says what a clock is, and no traceback."""
    with pytest.raises(EmbeddedChainError) as caught:
        client.start(tmp_path, block_clock=text)
    assert "cannot start" in str(caught.value)
    assert "Traceback" not in str(caught.value)


class FullDisk(BlockStore):
    """A store whose disk is full while `full` is set."""

    full = False

    def commit(self) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().commit()


def test_a_full_disk_loses_the_block_and_nothing_else(tmp_path: Path) -> None:
    """The failed block leaves no trace in memory or file; with room again the same transaction goes in."""
    account = Account.from_key("0x" + "42" * 32)
    seconds = [1_000_000.0]
    store = FullDisk(tmp_path / "chain.sqlite3")
    chain = EmbeddedChain(store, chain_id=31337, clock=lambda: seconds[0], funded=bytes.fromhex(account.address[2:]))
    fields = {"chainId": 31337, "gas": 21000, "nonce": 0, "to": "0x" + "11" * 20, "value": 5}
    signed = account.sign_transaction(fields | {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 1})
    genesis = chain.head
    store.full = True
    with pytest.raises(sqlite3.OperationalError):
        chain.submit(chain.decode_transaction(bytes(signed.raw_transaction)))
    assert chain.head == genesis
    assert chain.find_transaction(bytes(signed.hash)) is None
    store.full = False
    deadline = time.monotonic() + 10
    while chain.find_transaction(bytes(signed.hash)) is None and time.monotonic() < deadline:
        seconds[0] += 1
        time.sleep(0.05)
    assert chain.find_transaction(bytes(signed.hash)) is not None
    assert chain.state(chain.head).get_balance(b"\x11" * 20) == 5
    chain.close()
