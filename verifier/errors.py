"""The verifier's error tree.

    SceauError
    ├── Malformed      the bytes are not in the one form that the protocol allows
    ├── Refuted        a check was made and its answer is no
    └── Inconclusive   the question could not be answered: an outage, a newer version, no policy

A caller that treats an outage as a forgery (or the reverse) is wrong by construction: the three
share no parent but the root. Each error has a stable `code`, shared by CLI, API and docs.
"""

from __future__ import annotations

from typing import ClassVar


class SceauError(Exception):
    """Root of the tree. `code` is stable; `where` is a pointer into the input, or ''."""

    kind: ClassVar[str] = "error"

    def __init__(self, code: str, message: str, *, where: str = "") -> None:
        super().__init__(f"{message} (at {where})" if where else message)
        self.code = code
        self.message = message
        self.where = where


class Malformed(SceauError):
    """The input is not canonical, not complete, or over a limit."""

    kind = "malformed"


class Refuted(SceauError):
    """A check was carried out and fails."""

    kind = "refuted"


class Inconclusive(SceauError):
    """The check cannot be carried out with what is at hand."""

    kind = "inconclusive"
