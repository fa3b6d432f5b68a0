"""What transactions cost: the snapshot in git is exact, and the targets hold."""

from __future__ import annotations

import json

from tests.contracts.gas import SNAPSHOT, TARGETS, measure


def test_gas_is_the_snapshot_and_within_the_targets() -> None:
    """Receipts of py-evm; after a change of the contract run `python -m tests.contracts.gas --write`."""
    measured = measure()
    assert measured == json.loads(SNAPSHOT.read_text("utf-8"))
    assert {name: measured[name] for name, most in TARGETS.items() if measured[name] > most} == {}
    assert TARGETS == {"anchor from 1,000,000 to 1,010,000 entries": 76_000, "heartbeat": 36_000}
