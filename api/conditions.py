"""Conditional requests (RFC 9110 §13): a change names the version that it was made on."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from ledger.errors import Conflict, LedgerError

_ETAG = re.compile(r'"([1-9][0-9]{0,17})"')

IfMatch = Annotated[str | None, Header(alias="If-Match", description="The ETag that the change was made on.")]


class ConditionRequired(LedgerError):
    """A change without If-Match (RFC 6585 §3)."""

    status = 428


def etag(version: int) -> str:
    """A strong entity tag."""
    return f'"{version}"'


def version_named(if_match: str | None) -> int:
    """The version that If-Match names.

    Raises:
        ConditionRequired: `if-match-required`.
        Conflict: `version`, a tag that this server never gave.
    """
    if if_match is None:
        raise ConditionRequired("if-match-required", "send the ETag that you read as If-Match")
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise Conflict("version", "If-Match names no version of it")
    return int(found[1])
