"""The eleven checks as they are carried out, so that a reader sees what was looked at and what was not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from verifier.errors import SceauError
from verifier.verdict import Check, Outcome

TITLES: Final = (
    "The bundle is in its one form",
    "The seal's facts equal the document's",
    "Ledger and issuer keys follow from the log",
    "The seal's signature",
    "The invoice's record follows from the log",
    "Every entry is in the log",
    "The three records are in the state map",
    "The checkpoint is on the chain",
    "The chain's answer is recent",
    "When it was logged",
    "Who the issuer is",
)
"""PROTOCOL.md §8, steps 1 to 11."""


class Checklist:
    """Outcomes in the order of the steps; one that was never reached counts as skipped."""

    def __init__(self) -> None:
        self._done: dict[int, Check] = {}

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """Record that step `number` passed, or the error that ends it, which goes on to the caller."""
        try:
            yield
        except SceauError as error:
            self.fail(number, error)
            raise
        self._done.setdefault(number, Check(number, TITLES[number - 1], Outcome.PASSED))

    def fail(self, number: int, error: SceauError) -> None:
        """Record the error that ends a step."""
        self.note(number, Outcome.FAILED, error.code, str(error))

    def note(self, number: int, outcome: Outcome, code: str = "", detail: str = "") -> None:
        """Record an outcome of its own; the last one stands."""
        self._done[number] = Check(number, TITLES[number - 1], outcome, code, detail)

    def checks(self) -> tuple[Check, ...]:
        """All eleven."""
        return tuple(
            self._done.get(number, Check(number, title, Outcome.SKIPPED, "not-reached"))
            for number, title in enumerate(TITLES, start=1)
        )
