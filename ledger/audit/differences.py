"""What differs from checkpoint to checkpoint: told where it begins, not once for each that it outlasts."""

from __future__ import annotations

from ledger.audit.findings import Findings

MAX_RUN = 3
"""Checkpoints of an unbroken run of differences up to the last that are told one by one."""


class Differences:
    """Differences by code, in order of their checkpoints."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[int, str, str]]] = {}

    def add(self, sequence: int, code: str, where: str, message: str) -> None:
        """Notes one at a checkpoint."""
        self._found.setdefault(code, []).append((sequence, where, message))

    def report(self, findings: Findings, last: int) -> None:
        """Hands them on: a root that differs for good differs at every later checkpoint up to `last`."""
        for code, items in self._found.items():
            start = len(items)
            while start and items[start - 1][0] == last - (len(items) - start):
                start -= 1
            for _, where, message in items[: start + MAX_RUN]:
                findings.add(code, where, message)
            rest = items[start + MAX_RUN :]
            if rest:
                message = f"so do all checkpoints from here to {last}"
                findings.add(f"{code}-later", rest[0][1], message, "warning")
