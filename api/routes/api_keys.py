"""API keys: made, listed and revoked by the operator for anyone, by an issuer's key for its own issuer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.answers import ApiKeyShown, KeyPage, NewKeyShown
from api.auth import Caller, KeyKeeper
from api.body import read_body
from api.cursors import Cursor, Limit, decode_cursor, page
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import NewApiKey
from api.show import instant_or_none
from ledger.api_keys import ApiKey, create_key, list_keys, revoke_key
from ledger.errors import Forbidden, Invalid, NotFound
from verifier.dates import rfc3339

router = APIRouter(tags=["api_keys"])

Owner = Annotated[
    str | None, Query(alias="issuer_id", max_length=64, description="For the operator: whose keys; absent: its own.")
]


@router.post("/api_keys", status_code=201, responses={201: {"model": NewKeyShown}}, openapi_extra=takes(NewApiKey))
def make_key(caller: KeyKeeper, raw: Raw, once: Idempotent) -> Response:
    """Makes a key. The answer holds its token, of which only the hash is kept."""
    body = read_body(raw, NewApiKey)
    owner = _owner(caller, body.issuer_id)
    if body.expires is not None and body.expires <= caller.ledger.now():
        raise Invalid("expires", "a moment in the future", where="/expires")
    beyond = set(body.scopes) - caller.key.scopes
    if caller.key.issuer_id is not None and beyond:
        # Else a key that may only make keys would be a key to everything.
        raise Forbidden("scope", f"a key gives no scope that it lacks: {', '.join(sorted(beyond))}")

    def work() -> Answer:
        key, token = create_key(caller.ledger, owner, body.name, body.scopes, body.expires)
        return Answer(201, _shown(key) | {"token": token}, secret="token")  # noqa: S106 - the member's name

    return once.run(caller, work)


@router.get("/api_keys", responses={200: {"model": KeyPage}})
def list_all(
    request: Request, caller: KeyKeeper, owner: Owner = None, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """An owner's keys, oldest first, without their tokens."""
    after = decode_cursor(cursor, "key")
    keys = list_keys(caller.ledger, _owner(caller, owner))
    found = [key for key in keys if after is None or key.id > after]
    more = found[limit - 1].id if len(found) > limit else None
    return page(request, [_shown(key) for key in found[:limit]], more)


@router.delete("/api_keys/{key_id}", status_code=204)
def revoke(key_id: str, caller: KeyKeeper, owner: Owner = None) -> Response:
    """Revokes a key, at once and for good."""
    revoke_key(caller.ledger, _owner(caller, owner), key_id)
    return Response(status_code=204)


def _owner(caller: Caller, named: str | None) -> str | None:
    if caller.key.issuer_id is None:
        return named
    if named not in (None, caller.key.issuer_id):
        raise NotFound("issuer", "no such issuer")
    return caller.key.issuer_id


def _shown(key: ApiKey) -> dict[str, Any]:
    return ApiKeyShown(
        id=key.id,
        issuer_id=key.issuer_id,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        created=rfc3339(key.created),
        expires=instant_or_none(key.expires),
        revoked=instant_or_none(key.revoked),
        last_used=instant_or_none(key.last_used),
    ).model_dump()
