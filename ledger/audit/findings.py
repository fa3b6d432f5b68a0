"""What an audit finds: collected, located, never a crash."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

from sqlalchemy.exc import SQLAlchemyError

from ledger.errors import Unavailable
from verifier.errors import SceauError

Severity = Literal["error", "warning"]

MAX_SHOWN = 500
"""Findings of one code that are kept: a report of a whole table gone must still be readable."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be."""

    code: str
    """Stable, such as `entry-hash`."""
    where: str
    """Table, primary key and column or JSON pointer: `invoices/inv_…/body/totals`."""
    message: str
    severity: Severity = "error"
    """`warning`: worth knowing, and no proof of damage."""

    def to_json(self) -> dict[str, str]:
        """Member of a report."""
        return {"code": self.code, "where": self.where, "message": self.message, "severity": self.severity}


class Findings:
    """Collects findings; after `MAX_SHOWN` of one code it only counts."""

    def __init__(self) -> None:
        self.shown: list[Finding] = []
        self.counts: Counter[str] = Counter()
        self.errors = 0

    def add(self, code: str, where: str, message: str, severity: Severity = "error") -> None:
        """Notes a finding."""
        self.counts[code] += 1
        if severity == "error":
            self.errors += 1
        if self.counts[code] <= MAX_SHOWN:
            self.shown.append(Finding(code, _clean(where), _clean(message), severity))

    def check(self, holds: bool, code: str, where: str, message: str) -> bool:
        """Notes a finding unless the condition holds; returns it."""
        if not holds:
            self.add(code, where, message)
        return holds

    def equal(self, found: Any, expected: Any, where: str, source: str) -> bool:
        """Notes `column-differs` unless a stored value is the expected one."""
        # True == 1 in Python; in a database they are different bytes only where booleans are stored as such.
        if found == expected:
            return True
        message = f"{show(found)} is stored, {source} says {show(expected)}"
        self.add("column-differs", where, message)
        return False

    def guard(self, code: str, where: str) -> Guard:
        """Turns whatever a damaged row brings about into a finding about that row."""
        return Guard(self, code, where)


class Guard:
    """What `Findings.guard` opens: an error inside becomes a finding and goes no further."""

    def __init__(self, findings: Findings, code: str, where: str) -> None:
        self._findings = findings
        self._code = code
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        where = self._where
        if isinstance(error, Unavailable):
            return False  # an outage says nothing about the row
        if isinstance(error, SceauError):
            where += error.where if error.where.startswith("/") else ""
            self._findings.add(self._code, where, f"{error}")
        elif isinstance(error, SQLAlchemyError):
            self._findings.add("database", where, f"the database cannot read this: {str(error).splitlines()[0]}")
        elif isinstance(error, Exception):
            # Damaged data reaches code that was written for sound data: how it trips is of no interest, that it
            # does is a finding.
            self._findings.add(self._code, where, f"it cannot be worked with: {type(error).__name__}: {error}")
        return isinstance(error, Exception)


def show(value: Any) -> str:
    """A value for a message, short."""
    if isinstance(value, bytes):
        return f"0x{value[:12].hex()}{'…' if len(value) > 12 else ''}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _clean(text: str) -> str:
    """Damaged text may hold what no encoding writes."""
    return text.encode("utf-8", "backslashreplace").decode()
