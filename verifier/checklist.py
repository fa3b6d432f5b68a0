"""The eleven checks as they are carried out, so that a reader sees what was looked at and what was not."""

from __future__ import annotations

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


_PASSED: Final = tuple(Check(number, title, Outcome.PASSED) for number, title in enumerate(TITLES, start=1))


class _Step:
    __slots__ = ("checklist", "number")

    def __init__(self, checklist: Checklist, number: int) -> None:
        self.checklist, self.number = checklist, number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self.checklist.passed(self.number)
        elif isinstance(error, SceauError):
            self.checklist.fail(self.number, error)


class Checklist:
    """Outcomes in the order of the steps; one that was never reached counts as skipped."""

    def __init__(self) -> None:
        self._done: dict[int, Check] = {}

    def step(self, number: int) -> _Step:
        """Record that step `number` passed, or the error that ends it, which goes on to the caller."""
        return _Step(self, number)

    def passed(self, number: int) -> None:
        """Record that a step passed, unless an outcome of its own is noted."""
        if number not in self._done:
            self._done[number] = _PASSED[number - 1]

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
