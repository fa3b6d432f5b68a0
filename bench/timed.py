"""One clock for product and floor: CPU and wall seconds of a block, the garbage collector as Python sets it."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Fills in `cpu` and `wall` when the block ends."""
    spent: dict[str, float] = {}
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    yield spent
    spent["cpu"], spent["wall"] = time.process_time() - cpu, time.perf_counter() - wall
