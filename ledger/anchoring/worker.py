"""The worker that never ends, and the same work done once while the caller waits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from ledger.anchoring.account import sender_of
from ledger.anchoring.crash_points import reached
from ledger.anchoring.follow import Progress
from ledger.anchoring.lease import give_back, new_holder, take
from ledger.anchoring.steps import step
from ledger.chain.rpc import Chain
from ledger.chain.running import chain_address
from ledger.checkpoints import StoredCheckpoint, checkpoint, last_checkpoint, waiting_count
from ledger.context import Ledger, check_running
from ledger.errors import LedgerError, Stopped, Unavailable
from ledger.store.database import reading, writing
from ledger.store.tables import transactions

POLL = 1.0
"""Seconds between two looks when the last one changed nothing."""

LONGEST_PAUSE = 60.0
"""Seconds: the most that repeated failures slow the worker down to."""

_NOW_POLL = 0.1, 4.0
"""Seconds between two looks of `anchor_now`, at first and at most."""

_log = logging.getLogger("sceau.anchoring")


def anchor_once(ledger: Ledger, chain: Chain, holder: str) -> Progress:
    """One committed step under the lease of `holder`; `idle` when nothing is to be anchored.

    Raises:
        Unavailable: node, database, or the lease is another worker's; nothing is lost.
        Stopped: the alarm is set, or this step has set it.
    """
    with writing(ledger.engine) as connection:
        check_running(connection)
        if not take(connection, holder, ledger.now()):
            raise Unavailable("lease", "another anchoring worker is at work")
    return step(ledger, sender_of(ledger, chain, holder))


def run_worker(ledger: Ledger, stop: threading.Event, *, poll: float = POLL) -> None:
    """Makes checkpoints and anchors them until `stop` is set. Outages are waited out.

    Raises:
        Stopped: the ledger is broken or contradicted; somebody has to look.
    """
    holder = new_holder(ledger.entropy)
    failures = 0
    with leaving(ledger, holder):
        while not stop.is_set():
            try:
                moved = _turn(ledger, holder, stop)
                failures = 0
                pause = 0.0 if moved else poll
            except Stopped:
                raise
            except (LedgerError, OperationalError) as error:
                failures += 1
                pause = min(poll * 2 ** min(failures, 10), LONGEST_PAUSE)
                _log.warning("anchoring waits %.0f s: %s", pause, str(error).splitlines()[0])
            stop.wait(pause)


def _turn(ledger: Ledger, holder: str, stop: threading.Event) -> bool:
    """Every step that can be made now on one connection; whether any was."""
    moved = False
    with Chain(_url(ledger)) as chain:
        while not stop.is_set():
            made = _due(ledger) and _checkpoint(ledger) is not None
            progress = anchor_once(ledger, chain, holder)
            if progress.moved:
                _log.info("%s %s %s", progress.step, progress.kind, progress.sequence)
            if not progress.moved and not made:
                break
            moved = True
    return moved


def anchor_now(ledger: Ledger, *, patience: float = 1800.0) -> StoredCheckpoint | None:
    """Logs and anchors what waits and returns the newest checkpoint once it is final; None when all was final.

    Beside a running worker it waits for that worker to do it.

    Args:
        ledger: an opened ledger whose chain runs.
        patience: seconds after which it gives up waiting; the worker goes on all the same.

    Raises:
        Unavailable: `not-final` after `patience`, or the chain does not answer.
        Stopped: the ledger is broken or contradicted.
    """
    while _checkpoint(ledger) is not None:
        pass
    with reading(ledger.engine) as connection:
        newest = last_checkpoint(connection)
    if newest is None or _is_final(ledger, newest.sequence):
        return None
    holder = new_holder(ledger.entropy)
    deadline = time.monotonic() + patience
    pause, longest = _NOW_POLL
    with leaving(ledger, holder), Chain(_url(ledger)) as chain:
        while not _is_final(ledger, newest.sequence):
            if _moves(ledger, chain, holder):
                pause = _NOW_POLL[0]
                continue
            if time.monotonic() > deadline:
                raise Unavailable("not-final", f"checkpoint {newest.sequence} is not final yet; it is followed on")
            time.sleep(pause)
            pause = min(pause * 1.5, longest)
    return newest


@contextmanager
def leaving(ledger: Ledger, holder: str) -> Iterator[None]:
    """Gives the lease back at the end, so that the next worker need not wait for it to run out."""
    try:
        yield
    finally:
        # A database that is out of reach takes it back by itself, when its time is over.
        with suppress(Unavailable, OperationalError), writing(ledger.engine) as connection:
            give_back(connection, holder)


def _moves(ledger: Ledger, chain: Chain, holder: str) -> bool:
    try:
        return anchor_once(ledger, chain, holder).moved
    except Unavailable as error:
        if error.code != "lease":
            raise
        return False


def _checkpoint(ledger: Ledger) -> StoredCheckpoint | None:
    made = checkpoint(ledger)
    if made is not None:
        reached("after-checkpoint-commit")
    return made


def _due(ledger: Ledger) -> bool:
    with reading(ledger.engine) as connection:
        if waiting_count(connection) == 0:
            return False
        newest = last_checkpoint(connection)
    return newest is None or ledger.now() - newest.created >= ledger.settings.anchor_every


def _is_final(ledger: Ledger, sequence: int) -> bool:
    query = select(transactions.c.id).where(
        transactions.c.kind == "anchor", transactions.c.sequence == sequence, transactions.c.state == "final"
    )
    with reading(ledger.engine) as connection:
        return connection.execute(query).first() is not None


def _url(ledger: Ledger) -> str:
    """The embedded chain may have come back at another address."""
    url = chain_address(ledger.settings) or ledger.chain_url
    if not url:
        raise Unavailable("chain", "the embedded chain does not run")
    return url
