"""Product and floor in turn, each a process of its own: the machine's mood falls on both alike."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Pairs:
    """Medians over the pairs."""

    ratio: float
    """CPU of the product over CPU of its floor, pair by pair."""
    wall_ratio: float
    product: float
    """CPU microseconds of one invoice or bundle."""
    floor: float


Arguments = Callable[[Path], Sequence[str]]
"""Arguments of a child, given a fresh folder of its own."""


def run_child(arguments: Arguments) -> dict[str, float]:
    """What one process measured inside, its start-up left out."""
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as folder:
        command = [sys.executable, *arguments(Path(folder))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    spent: dict[str, float] = json.loads(done.stdout)
    return spent


def paired(product: Arguments, floor: Arguments, pairs: int) -> Pairs:
    """Runs both `pairs` times; who goes first changes from pair to pair."""
    made = []
    for at in range(pairs):
        first, second = (product, floor) if at % 2 == 0 else (floor, product)
        one, two = run_child(first), run_child(second)
        made.append((one, two) if at % 2 == 0 else (two, one))
        print(f"  pair {at + 1}: {made[-1][0]['cpu'] / made[-1][1]['cpu']:.2f}", file=sys.stderr, flush=True)
    return Pairs(
        ratio=median(ours["cpu"] / theirs["cpu"] for ours, theirs in made),
        wall_ratio=median(ours["wall"] / theirs["wall"] for ours, theirs in made),
        product=median(ours["cpu"] / ours["count"] for ours, _ in made) * 1e6,
        floor=median(theirs["cpu"] / theirs["count"] for _, theirs in made) * 1e6,
    )
