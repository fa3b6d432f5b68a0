"""Issuers: the operator enrols them; each sees itself and changes what its invoices say about it."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.answers import Enrolled, IssuerPage, IssuerShown
from api.auth import Caller, Insider, Operator, Settler
from api.body import read_body
from api.conditions import IfMatch, etag, version_named
from api.cursors import Cursor, Limit, decode_cursor, page
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import NewIssuer, SellerChange
from ledger.errors import NotFound
from ledger.issuers import Issuer, enrol, get_issuer, list_issuers, update_seller
from ledger.store.database import reading
from verifier.dates import rfc3339

router = APIRouter(tags=["issuers"])


@router.post("/issuers", status_code=201, responses={201: {"model": Enrolled}}, openapi_extra=takes(NewIssuer))
def enrol_issuer(caller: Operator, raw: Raw, once: Idempotent) -> Response:
    """Enrols an issuer. The answer holds its recovery kit, which is kept nowhere."""
    body = read_body(raw, NewIssuer)

    def work() -> Answer:
        made = enrol(caller.ledger, body.seller, body.zone)
        content = _shown(made.issuer) | {"recovery_kit": made.recovery_kit}
        headers = {"Location": f"/v1/issuers/{made.issuer.id}", "ETag": etag(made.issuer.version)}
        return Answer(201, content, headers, secret="recovery_kit")  # noqa: S106 - the member's name

    return once.run(caller, work)


@router.get("/issuers", responses={200: {"model": IssuerPage}})
def list_all(request: Request, caller: Operator, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """All issuers, oldest first."""
    after = decode_cursor(cursor, "iss")
    with reading(caller.ledger.engine) as connection:
        found = [item for item in list_issuers(connection) if after is None or item.id > after]
    more = found[limit - 1].id if len(found) > limit else None
    return page(request, [_shown(item) for item in found[:limit]], more)


@router.get("/issuers/{issuer_id}", responses={200: {"model": IssuerShown}})
def read_issuer(issuer_id: str, caller: Insider) -> Response:
    """One issuer: any for the operator, itself for an issuer's key."""
    _own(caller, issuer_id)
    with reading(caller.ledger.engine) as connection:
        return _response(get_issuer(connection, issuer_id))


@router.put("/issuers/{issuer_id}/seller", responses={200: {"model": IssuerShown}}, openapi_extra=takes(SellerChange))
def change_seller(issuer_id: str, caller: Settler, raw: Raw, if_match: IfMatch = None) -> Response:
    """Changes what later invoices say about the seller; issued ones keep what they say."""
    _own(caller, issuer_id)
    version = version_named(if_match)
    body = read_body(raw, SellerChange)
    return _response(update_seller(caller.ledger, issuer_id, body.seller, version))


def _own(caller: Caller, issuer_id: str) -> None:
    if caller.key.issuer_id is not None and caller.key.issuer_id != issuer_id:
        raise NotFound("issuer", "no such issuer")


def _response(issuer: Issuer) -> Response:
    headers = {"ETag": etag(issuer.version)}
    return Response(orjson.dumps(_shown(issuer)), 200, headers, media_type="application/json")


def _shown(issuer: Issuer) -> dict[str, Any]:
    return IssuerShown(
        id=issuer.id,
        legal_id=":".join(issuer.legal_id),
        name=issuer.name,
        country=issuer.country,
        zone=issuer.zone,
        seller=issuer.seller,
        map_key=issuer.map_key.hex(),
        created=rfc3339(issuer.created),
    ).model_dump()
