"""The way of checkpoints onto a chain that behaves."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from ledger.anchoring import anchor_now, anchor_once, anchors, run_worker
from ledger.anchoring.worker import leaving
from ledger.chain.contract import read_head
from ledger.chain.rpc import Chain
from ledger.chain.running import running_chain
from ledger.checkpoints import checkpoint, waiting_count
from ledger.context import Ledger, read_meta
from ledger.embedded_chain import client
from ledger.errors import Conflict, Stopped
from ledger.prove import anchored_checkpoint, get_checkpoint
from ledger.settings import load_settings
from ledger.setup import init_ledger
from ledger.store.database import reading, writing
from ledger.store.tables import checkpoints, leases, transactions
from tests.ledger.anchoring.whole import assert_whole, enrolled, issue_some, rows, sent
from tests.ledger.bare import postgres
from tests.ledger.conftest import Clock, MakeLedger, funded_accounts
from verifier.ethereum.contract import read_contract
from verifier.ethereum.rpc import fetch_evidence


def test_what_waits_is_final_when_anchor_now_returns(ledger: Ledger) -> None:
    """Three anchors, each larger, on both databases; then nothing waits any more."""
    issuer = enrolled(ledger)
    made = []
    for count in (1, 3, 2):
        issue_some(ledger, issuer, count)
        made.append(anchor_now(ledger))
    assert [point.sequence for point in made if point] == [1, 2, 3]
    assert anchor_now(ledger) is None
    assert_whole(ledger, ledger.chain_url)
    with reading(ledger.engine) as connection:
        shown = anchors(connection, limit=2)
        last = anchored_checkpoint(connection, get_checkpoint(connection, 3))
        rest = anchors(connection, after=2)
    assert [(one.sequence, one.state) for one in shown + rest] == [(1, "final"), (2, "final"), (3, "final")]
    assert rest[0].block_time == last.time
    assert 40_000 < (rest[0].gas_used or 0) < 70_000


def test_a_verifier_reads_the_same_checkpoint_by_proof(ledger: Ledger) -> None:
    issue_some(ledger, enrolled(ledger))
    point = anchor_now(ledger)
    assert point is not None
    evidence = fetch_evidence(ledger.chain_url, ledger.contract, ledger.ledger_id, [1])
    view = read_contract(evidence, ledger.contract, ledger.ledger_id)
    assert (view.sequence, view.size, view.root, view.first_key) == (1, point.size, point.root, ledger.first_key)
    assert view.maximum_age == ledger.settings.maximum_age


def test_checkpoints_that_piled_up_are_anchored_in_order(make_ledger: MakeLedger) -> None:
    ledger = make_ledger()
    issuer = enrolled(ledger)
    for _ in range(4):
        issue_some(ledger, issuer)
        checkpoint(ledger)
    assert anchor_now(ledger) is not None
    assert_whole(ledger, ledger.chain_url)
    assert [row.sequence for row in sent(ledger)] == [1, 2, 3, 4]


def test_the_next_anchor_does_not_wait_for_finality(make_ledger: MakeLedger, clock: Clock) -> None:
    """Final is N blocks deep; two checkpoints are in blocks before the first one is final."""
    ledger = make_ledger(finality="2")
    issuer = enrolled(ledger)
    with Chain(ledger.chain_url) as chain:
        for _ in range(2):
            issue_some(ledger, issuer)
            checkpoint(ledger)
            until_mined(ledger, chain)
            assert "final" not in [row.state for row in sent(ledger)]
            with reading(ledger.engine) as connection:
                assert anchors(connection)[-1].state == "anchored"
        numbers = [row.block_number for row in sent(ledger)]
        finals = 0
        for _ in range(30):
            clock.move(2)
            head = chain.block("latest")
            assert head is not None
            until_waiting(ledger, chain)
            states = [row.state for row in sent(ledger)]
            assert states == ["final" if head.number - number >= 2 else "mined" for number in numbers]
            finals += states.count("final")
            if states == ["final", "final"]:
                break
    assert finals >= 2
    assert_whole(ledger, ledger.chain_url)


def until_waiting(ledger: Ledger, chain: Chain) -> list[str]:
    """Steps of one worker until one changes nothing."""
    steps: list[str] = []
    with leaving(ledger, "test"):
        while not steps or steps[-1] not in ("idle", "waiting"):
            steps.append(anchor_once(ledger, chain, "test").step)
    return steps


def until_mined(ledger: Ledger, chain: Chain) -> None:
    """Steps until everything that was sent is in a block; a block may take a second to come."""
    wait_until(
        lambda: (
            until_waiting(ledger, chain) and not {"signed", "sent"} & {row.state for row in rows(ledger, transactions)}
        )
    )


def test_a_quiet_ledger_says_still_so(make_ledger: MakeLedger, clock: Clock) -> None:
    """After heartbeat_every seconds without an anchor the head's time moves on; sequence and root stay."""
    ledger = make_ledger(heartbeat_every=3600)
    with Chain(ledger.chain_url) as chain:
        clock.move(4000)
        assert until_waiting(ledger, chain)[-1] == "idle"  # nothing was ever anchored: nothing to confirm
        issuer = enrolled(ledger)
        issue_some(ledger, issuer)
        point = anchor_now(ledger)
        assert point is not None
        before = read_head(chain, ledger.contract, ledger.ledger_id)
        clock.move(3500)
        assert until_waiting(ledger, chain) == ["idle"]
        clock.move(200)
        until_mined(ledger, chain)
        after = read_head(chain, ledger.contract, ledger.ledger_id)
    assert (after.sequence, after.size, after.root) == (1, point.size, point.root)
    assert 3690 <= after.time - before.time < 3720
    assert [row.sequence for row in sent(ledger, "heartbeat")] == [1]
    assert_whole(ledger, ledger.chain_url)
    issue_some(ledger, issuer)
    assert anchor_now(ledger) is not None
    assert_whole(ledger, ledger.chain_url)


def run_in_thread(ledger: Ledger, stop: threading.Event, failures: list[BaseException]) -> threading.Thread:
    """A worker in a thread; what ends it goes into `failures`."""

    def run() -> None:
        try:
            run_worker(ledger, stop, poll=0.05)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def wait_until(condition: Any, seconds: float = 30.0) -> None:
    """Polls; the test fails when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_workers_and_issuing_at_once(make_ledger: MakeLedger, database: str) -> None:
    """Both workers run throughout; the lease lets one act. Each checkpoint has exactly one transaction."""
    ledger = make_ledger(database, anchor_every=1)
    issuer = enrolled(ledger)
    stop, failures = threading.Event(), list[BaseException]()
    workers = [run_in_thread(replace(ledger), stop, failures) for _ in range(2)]
    try:
        for _ in range(5):
            issue_some(ledger, issuer)
            time.sleep(0.7)
        wait_until(lambda: all_final(ledger))
    finally:
        stop.set()
        for worker in workers:
            worker.join(20)
    assert failures == []
    assert len(rows(ledger, checkpoints)) >= 3
    assert len(sent(ledger)) == len(rows(ledger, checkpoints))
    assert_whole(ledger, ledger.chain_url)


def all_final(ledger: Ledger) -> bool:
    """Whether nothing waits and every checkpoint's anchor is final."""
    with reading(ledger.engine) as connection:
        if waiting_count(connection):
            return False
    finals = [row for row in sent(ledger) if row.state == "final"]
    return len(finals) == len(rows(ledger, checkpoints))


def test_anchor_now_beside_a_worker_waits_for_it(make_ledger: MakeLedger) -> None:
    ledger = make_ledger(anchor_every=1000)
    issuer = enrolled(ledger)
    stop, failures = threading.Event(), list[BaseException]()
    worker = run_in_thread(replace(ledger), stop, failures)
    try:
        issue_some(ledger, issuer)
        wait_until(lambda: all_final(ledger))
        issue_some(ledger, issuer)
        assert anchor_now(ledger, patience=30) is not None
    finally:
        stop.set()
        worker.join(20)
    assert failures == []
    assert_whole(ledger, ledger.chain_url)


def test_a_head_that_somebody_else_moved_stops_the_ledger(make_ledger: MakeLedger) -> None:
    """A database restored from before its last anchor, or a thief of the key: nothing is signed on top of that."""
    ledger = make_ledger()
    issuer = enrolled(ledger)
    issue_some(ledger, issuer)
    anchor_now(ledger)
    issue_some(ledger, issuer)
    checkpoint(ledger)
    with writing(ledger.engine) as connection:
        connection.execute(transactions.delete().where(transactions.c.kind == "anchor"))
    with pytest.raises(Stopped) as caught:
        anchor_now(ledger)
    assert caught.value.code == "chain-ahead"
    with reading(ledger.engine) as connection:
        assert "chain-ahead" in (read_meta(connection, "alarm") or "")
    with pytest.raises(Stopped) as caught:
        anchor_now(ledger)
    assert caught.value.code == "alarm"


def test_a_worker_waits_out_a_dead_chain(tmp_path: Path) -> None:
    """SIGKILL to the chain under a running worker; it comes back at another address, and the worker finds it."""
    clock = Clock(tmp_path / "offset")
    settings = load_settings({"SCEAU_ANCHOR_EVERY": "1"}, data=tmp_path / "data")
    chain = client.start(settings.data / "chain", block_clock=f"file:{clock.path}")
    ledger = init_ledger(settings, clock=clock, entropy=secrets.token_bytes)
    issuer = enrolled(ledger)
    stop, failures = threading.Event(), list[BaseException]()
    worker = run_in_thread(ledger, stop, failures)
    try:
        issue_some(ledger, issuer)
        wait_until(lambda: all_final(ledger))
        chain.kill()
        issue_some(ledger, issuer)
        wait_until(lambda: len(rows(ledger, checkpoints)) == 2)  # checkpoints need no chain
        assert [row.sequence for row in sent(ledger)] == [1]
        chain = client.start(settings.data / "chain", block_clock=f"file:{clock.path}")
        assert chain.url != ledger.chain_url
        wait_until(lambda: all_final(ledger))
    finally:
        stop.set()
        worker.join(20)
        chain.stop()
    assert failures == []
    assert worker.is_alive() is False
    assert_whole_offline(ledger)


def assert_whole_offline(ledger: Ledger) -> None:
    """The chain of this ledger has ended; it is started once more to be asked."""
    with running_chain(ledger.settings) as url:
        assert_whole(ledger, url)


def test_sepolia_is_configuration_only(tmp_path: Path) -> None:
    """Chain id 11155111, a funding key and the `finalized` tag by environment: the same code, start to end."""
    with client.start(tmp_path / "chain", chain_id=11_155_111) as chain:
        key = funded_accounts(chain.url, chain.dev_key, 11_155_111, count=1)[0]
        environ = {
            "SCEAU_CHAIN_URL": chain.url,
            "SCEAU_CHAIN_ID": "11155111",
            "SCEAU_CHAIN_NAME": "Sepolia",
            "SCEAU_FUNDING_KEY": "0x" + key.hex(),
        }
        settings = load_settings(environ, data=tmp_path / "data")
        assert (settings.finality, settings.embedded) == ("finalized", False)
        with pytest.raises(Conflict) as wrong:
            init_ledger(replace(settings, chain_id=1), clock=time.time, entropy=secrets.token_bytes)
        assert wrong.value.code == "wrong-chain"
        ledger = init_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
        issue_some(ledger, enrolled(ledger))
        assert anchor_now(ledger) is not None
        assert_whole(ledger, chain.url)
        evidence = fetch_evidence(chain.url, ledger.contract, ledger.ledger_id, [1], block="finalized")
        assert read_contract(evidence, ledger.contract, ledger.ledger_id).chain_id == 11_155_111


def test_a_worker_outlives_its_database_connections(make_ledger: MakeLedger) -> None:
    """PostgreSQL ends every connection of this database, again and again, while the worker runs."""
    ledger = make_ledger("postgresql", anchor_every=1)
    issuer = enrolled(ledger)
    stop, failures = threading.Event(), list[BaseException]()
    worker = run_in_thread(ledger, stop, failures)
    name = make_url(ledger.settings.database_url).database
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    try:
        for _ in range(4):
            issue_some(ledger, issuer)
            for _ in range(5):
                time.sleep(0.2)
                postgres().psql(cut)
            ledger.engine.dispose()
        wait_until(lambda: all_final(ledger), 60)
    finally:
        stop.set()
        worker.join(20)
    assert failures == []
    assert_whole(ledger, ledger.chain_url)


def test_the_workers_process(tmp_path: Path) -> None:
    """`python -m ledger.anchoring` anchors, ends on SIGTERM with 0 and gives its lease back."""
    environ = {"SCEAU_DATA": str(tmp_path / "data"), "SCEAU_ANCHOR_EVERY": "1"}
    settings = load_settings(environ)
    with running_chain(settings) as url:
        ledger = init_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
        worker = subprocess.Popen([sys.executable, "-m", "ledger.anchoring"], env=dict(os.environ) | environ)
        try:
            issue_some(ledger, enrolled(ledger))
            wait_until(lambda: all_final(ledger), 60)
            assert rows(ledger, leases) != []
            worker.terminate()
            assert worker.wait(20) == 0
        finally:
            worker.kill()
            worker.wait()
        assert rows(ledger, leases) == []
        assert_whole(ledger, url)
    nothing = dict(os.environ) | {"SCEAU_DATA": str(tmp_path / "nothing")}
    ended = subprocess.run(
        [sys.executable, "-m", "ledger.anchoring"], env=nothing, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("not-initialised: ")
    assert "Traceback" not in ended.stderr
