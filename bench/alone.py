"""Figures without a floor: CPU of a checkpoint, a log proof and a printed page."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.drafts import drafts
from bench.product_issue import open_ledger
from bench.results import Row
from ledger import log
from ledger.checkpoints import checkpoint, tile_reader
from ledger.issue import Item, issue
from ledger.store.database import reading

ENTRIES, PROOFS = 5_000, 500


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as folder:
        ledger, issuer = open_ledger(Path(folder))
        bodies = drafts(ENTRIES, seed=2)
        for at in range(0, ENTRIES, 1_000):
            issue(ledger, issuer, [Item(body, "F") for body in bodies[at : at + 1_000]])
        began = time.process_time()
        made = checkpoint(ledger)
        integrated = time.process_time() - began
        assert made is not None
        with reading(ledger.engine) as connection:
            began = time.process_time()
            for at in range(PROOFS):
                log.prove_inclusion(tile_reader(connection), at * 7 % made.size, made.size)
            proved = time.process_time() - began
    return [
        Row("checkpoint, CPU of one entry", "us", None, integrated / ENTRIES * 1e6),
        Row("inclusion proof from stored tiles, CPU", "us", None, proved / PROOFS * 1e6),
    ]
