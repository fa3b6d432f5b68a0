"""The ledger's error tree, under the verifier's root so that one handler sees both.

SceauError
└── LedgerError
    ├── Invalid      the request is not acceptable as it stands (422)
    ├── NotFound     no such thing, or not the caller's (404)
    ├── Conflict     true when it was asked, but not now: state, number, version (409)
    ├── Forbidden    the caller has no such right (403)
    ├── Unavailable  a part is out of reach; ask again (503)
    └── Stopped      the stored ledger is broken: nothing is signed over it (503)
"""

from __future__ import annotations

from typing import ClassVar

from verifier.errors import SceauError


class LedgerError(SceauError):
    """Root of the ledger's errors; `status` is the HTTP status of its problem document."""

    kind = "ledger"
    status: ClassVar[int] = 500


class Invalid(LedgerError):
    """The request itself is wrong."""

    status = 422


class NotFound(LedgerError):
    """Nothing under that name for this caller."""

    status = 404


class Conflict(LedgerError):
    """The present state refuses it."""

    status = 409


class Forbidden(LedgerError):
    """The caller's key lacks the scope."""

    status = 403


class Unavailable(LedgerError):
    """A part that is needed does not answer."""

    status = 503


class Stopped(LedgerError):
    """The alarm is set: a stored tree or record does not fit, and the ledger refuses to go on."""

    status = 503
