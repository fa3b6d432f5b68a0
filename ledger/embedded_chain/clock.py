"""The clock that block times follow: the system's, or the system's moved by a number of seconds.

A moved clock is for tests and rehearsals ("an hour later"): the whole process lives at the moved time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

Clock = Callable[[], float]
"""Seconds since 1970-01-01 UTC."""


def parse_clock(text: str) -> Clock:
    """Make a clock from `system`, `offset:SECONDS`, or `file:PATH` (a file that holds the offset).

    The file is read at every use, so a test moves the time of a running chain by rewriting it.

    Raises:
        ValueError: for anything else.
    """
    kind, _, operand = text.partition(":")
    if kind == "system" and not operand:
        return time.time
    if kind == "offset":
        offset = float(operand)
        return lambda: time.time() + offset
    if kind == "file" and operand:
        path = Path(operand)
        return lambda: time.time() + float(path.read_text() or 0)
    raise ValueError(f"a block clock is system, offset:SECONDS or file:PATH, not {text!r}")
