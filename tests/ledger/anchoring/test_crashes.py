"""The process is killed at every step, then a new one goes on with the same files; the chain itself is killed too."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.anchoring import anchor_now
from ledger.anchoring.crash_points import POINTS
from ledger.anchoring.lease import LEASE
from ledger.context import Ledger
from ledger.embedded_chain import client
from ledger.errors import Conflict, Unavailable
from ledger.settings import load_settings
from ledger.setup import init_ledger, open_ledger
from ledger.store.tables import checkpoints, keys, transactions
from tests.ledger.anchoring.child import main
from tests.ledger.anchoring.whole import assert_whole, enrolled, issue_some, rows, sent
from tests.ledger.bare import database_url
from tests.ledger.conftest import Clock

SENDING = [point for point in POINTS if point not in ("after-checkpoint-commit", "before-final", "after-final")]
"""Points that `init_ledger` passes too."""


@dataclass
class Place:
    """A ledger's folder with its own embedded chain, and child processes on it."""

    folder: Path
    clock: Clock
    database: str
    chain: client.RunningChain

    @property
    def environ(self) -> dict[str, str]:
        """Settings of the child."""
        return {"SCEAU_DATA": str(self.folder), "SCEAU_DATABASE_URL": self.database}

    def run(self, what: str, crash_at: str = "") -> int:
        """Runs a child to its end; its exit code, as subprocess gives it. Forked: what Python imports is there."""
        pid = os.fork()
        if pid == 0:
            os.environ |= self.environ | {"SCEAU_CRASH_AT": crash_at}
            try:
                main(str(self.folder), str(self.clock.path), what)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        return self._checked(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    def run_new(self, what: str, crash_at: str = "") -> int:
        """The same in a new interpreter."""
        command = [sys.executable, "-m", "tests.ledger.anchoring.child", str(self.folder), str(self.clock.path), what]
        environ = dict(os.environ) | self.environ | {"SCEAU_CRASH_AT": crash_at}
        return self._checked(subprocess.run(command, env=environ, timeout=120, check=False).returncode)

    def _checked(self, code: int) -> int:
        assert code in (0, -signal.SIGKILL), "the child ended with an error"
        return code

    def open(self) -> Ledger:
        """The ledger, in this process."""
        return open_ledger(load_settings(self.environ), clock=self.clock, entropy=secrets.token_bytes)

    def make(self) -> Ledger:
        """Makes it in this process."""
        return init_ledger(load_settings(self.environ), clock=self.clock, entropy=secrets.token_bytes)

    def start_chain(self) -> None:
        """Starts its chain (again)."""
        self.chain = client.start(self.folder / "chain", block_clock=f"file:{self.clock.path}")


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    folder = tmp_path / "data"
    folder.mkdir()
    clock = Clock(tmp_path / "offset")
    database = database_url(getattr(request, "param", "sqlite"), folder)
    chain = client.start(folder / "chain", block_clock=f"file:{clock.path}")
    made = Place(folder, clock, database, chain)
    yield made
    if made.chain.process.poll() is None:
        made.chain.stop()


CASES = [("sqlite", point) for point in POINTS] + [("postgresql", point) for point in list(POINTS)[1:8:2]]


@pytest.mark.parametrize(("place", "point"), CASES, indirect=["place"])
def test_killed_at_every_step(place: Place, point: str) -> None:
    """The second of two checkpoints is on its way when the worker dies; its successor finishes it, once."""
    ledger = place.make()
    issuer = enrolled(ledger)
    issue_some(ledger, issuer, 2)
    assert place.run("anchor") == 0
    issue_some(ledger, issuer, 2)
    ledger.engine.dispose()
    assert place.run("anchor", crash_at=point) == -signal.SIGKILL
    place.clock.move(LEASE + 1)
    issue_some(ledger, issuer)
    assert place.run("anchor") == 0
    assert_whole(ledger, place.chain.url)
    # A transaction lost before it was stored is the only one that is made anew, and nobody has seen it.
    assert len(sent(ledger)) == len(rows(ledger, checkpoints))
    ledger.engine.dispose()


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", SENDING)
def test_init_killed_at_every_step(place: Place, point: str, passing: int) -> None:
    """On the way of the deploying transaction (1) and of the opening one (2). One contract, one ledger, one key."""
    assert place.run("init", crash_at=f"{point}:{passing}") == -signal.SIGKILL
    with pytest.raises(Conflict) as caught:
        place.open()
    assert caught.value.code == "not-initialised"
    place.clock.move(LEASE + 1)
    assert place.run("init") == 0
    ledger = place.open()
    kinds = [row.kind for row in rows(ledger, transactions, transactions.c.id)]
    assert kinds == ["deploy", "open"]
    assert sorted(row.purpose for row in rows(ledger, keys)) == ["anchoring", "ledger"]
    with pytest.raises(Conflict) as caught:
        place.make()
    assert caught.value.code == "initialised"
    issue_some(ledger, enrolled(ledger))
    assert place.run("anchor") == 0
    assert_whole(ledger, place.chain.url)
    ledger.engine.dispose()


@pytest.mark.parametrize("point", ["after-store-raw", "after-send", "after-mined-persisted"])
def test_worker_and_chain_killed_together(place: Place, point: str) -> None:
    """A power cut: the worker at one step, its chain with it; the chain comes back at another address."""
    ledger = place.make()
    issuer = enrolled(ledger)
    issue_some(ledger, issuer)
    assert place.run_new("anchor", crash_at=point) == -signal.SIGKILL
    place.chain.kill()
    issue_some(ledger, issuer)
    place.clock.move(LEASE + 1)
    with pytest.raises(Unavailable):
        anchor_now(ledger)
    place.start_chain()
    assert place.run_new("anchor") == 0
    assert_whole(ledger, place.chain.url)
    ledger.engine.dispose()
