"""Pages: an opaque cursor names the last thing seen, so that a page stays the same while others add to the list."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Query, Request, Response

from ledger.errors import Invalid
from ledger.ids import is_id
from verifier.canonical import b64url_decode, b64url_encode
from verifier.errors import Malformed

Limit = Annotated[int, Query(ge=1, le=100, description="Things of one page at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


def encode_cursor(last_id: str) -> str:
    """The cursor of the page after `last_id`."""
    return b64url_encode(last_id.encode())


def decode_cursor(cursor: str | None, prefix: str) -> str | None:
    """The id after which to go on.

    Raises:
        Invalid: `cursor`, not one of this list's.
    """
    if cursor is None:
        return None
    try:
        last_id = b64url_decode(cursor).decode("ascii")
    except (Malformed, ValueError) as error:
        raise Invalid("cursor", "not a cursor of this list", where="?cursor") from error
    if not is_id(last_id, prefix):
        raise Invalid("cursor", "not a cursor of this list", where="?cursor")
    return last_id


def decode_number(cursor: str) -> int:
    """The number after which to go on; raises Invalid `cursor`."""
    try:
        text = b64url_decode(cursor).decode("ascii")
        if text.isdecimal() and len(text) < 16:
            return int(text)
    except (Malformed, ValueError):
        pass
    raise Invalid("cursor", "not a cursor of this list", where="?cursor")


def page(request: Request, data: list[dict[str, Any]], last_id: str | None) -> Response:
    """`{data, next_cursor}` and `Link: rel="next"` (RFC 8288); `last_id` None: this is the last page."""
    cursor = None if last_id is None else encode_cursor(last_id)
    body = orjson.dumps({"data": data, "next_cursor": cursor})
    response = Response(body, media_type="application/json")
    if cursor is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        # A relative target: behind a proxy the server does not know its own address.
        query = urlencode([*kept, ("cursor", cursor)])
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return response
