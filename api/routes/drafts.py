"""Drafts: invoices that are being written; preview, and issue."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.answers import DraftPage, DraftShown, InvoiceShown, PreviewShown
from api.auth import Reader, Writer
from api.body import read_body, read_json
from api.conditions import IfMatch, etag, version_named
from api.cursors import Cursor, Limit, decode_cursor, page
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import IssueDraft
from api.routes.invoices import issued_answer
from ledger.drafts import StoredDraft, create_draft, delete_draft, get_draft, list_drafts, update_draft
from ledger.errors import Conflict
from ledger.invoice import Draft
from ledger.issue import Item, issue, preview
from ledger.store.database import one_transaction
from verifier.dates import rfc3339

router = APIRouter(tags=["drafts"])


@router.post("/drafts", status_code=201, responses={201: {"model": DraftShown}}, openapi_extra=takes(Draft))
def make_draft(caller: Writer, raw: Raw, once: Idempotent) -> Response:
    """Keeps a draft whose members have the right form; rules are checked at preview and issue."""
    read_json(raw)

    def work() -> Answer:
        made = create_draft(caller.ledger, caller.issuer_id, raw)
        headers = {"Location": f"/v1/drafts/{made.id}", "ETag": etag(made.version)}
        return Answer(201, _shown(made), headers)

    return once.run(caller, work)


@router.get("/drafts", responses={200: {"model": DraftPage}})
def list_all(request: Request, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The issuer's drafts, oldest first."""
    after = decode_cursor(cursor, "dra")
    found = list_drafts(caller.ledger, caller.issuer_id, after=after, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return page(request, [_shown(item) for item in found[:limit]], more)


@router.get("/drafts/{draft_id}", responses={200: {"model": DraftShown}})
def read_draft(draft_id: str, caller: Reader) -> Response:
    """One draft."""
    return _response(get_draft(caller.ledger, caller.issuer_id, draft_id))


@router.put("/drafts/{draft_id}", responses={200: {"model": DraftShown}}, openapi_extra=takes(Draft))
def change_draft(draft_id: str, caller: Writer, raw: Raw, if_match: IfMatch = None) -> Response:
    """Replaces a draft as it stood at If-Match."""
    get_draft(caller.ledger, caller.issuer_id, draft_id)  # another issuer's is 404 whatever is sent
    read_json(raw)
    version = version_named(if_match)
    return _response(update_draft(caller.ledger, caller.issuer_id, draft_id, raw, version))


@router.delete("/drafts/{draft_id}", status_code=204)
def remove_draft(draft_id: str, caller: Writer, if_match: IfMatch = None) -> Response:
    """Deletes a draft (as it stood at If-Match, when that is sent); it had no number, so it leaves no gap."""
    with one_transaction(caller.ledger.engine):
        found = get_draft(caller.ledger, caller.issuer_id, draft_id)
        if if_match is not None and version_named(if_match) != found.version:
            raise Conflict("version", "the draft was changed meanwhile; read it again")
        delete_draft(caller.ledger, caller.issuer_id, draft_id)
    return Response(status_code=204)


@router.post("/drafts/{draft_id}/preview", responses={200: {"model": PreviewShown}})
def preview_stored(draft_id: str, caller: Reader) -> Response:
    """The document as issuing the draft today would make it, or every violation; writes nothing."""
    found = get_draft(caller.ledger, caller.issuer_id, draft_id)
    return _previewed(preview(caller.ledger, caller.issuer_id, found.body))


@router.post("/preview", responses={200: {"model": PreviewShown}}, openapi_extra=takes(Draft))
def preview_sent(caller: Reader, raw: Raw) -> Response:
    """As the preview of a draft, for one that is not kept."""
    read_json(raw)
    return _previewed(preview(caller.ledger, caller.issuer_id, raw))


@router.post(
    "/drafts/{draft_id}/issue",
    status_code=201,
    responses={201: {"model": InvoiceShown}},
    openapi_extra=takes(IssueDraft, keyed=True),
)
def issue_draft(draft_id: str, caller: Writer, raw: Raw, once: Idempotent, if_match: IfMatch = None) -> Response:
    """Issues a draft (as it stood at If-Match, when that is sent): number, date, seal; the draft is gone."""
    body = read_body(raw, IssueDraft)

    def work() -> Answer:
        found = get_draft(caller.ledger, caller.issuer_id, draft_id)
        if if_match is not None and version_named(if_match) != found.version:
            raise Conflict("version", "the draft was changed meanwhile; read it again")
        item = Item(found.body, body.series, draft_id=found.id, draft_version=found.version)
        (made,) = issue(caller.ledger, caller.issuer_id, [item])
        return issued_answer(caller, made.id)

    return once.run(caller, work, required=True)


def _response(found: StoredDraft) -> Response:
    headers = {"ETag": etag(found.version)}
    return Response(orjson.dumps(_shown(found)), 200, headers, media_type="application/json")


def _previewed(document: dict[str, Any]) -> Response:
    return Response(orjson.dumps({"document": document}), media_type="application/json")


def _shown(found: StoredDraft) -> dict[str, Any]:
    return DraftShown(
        id=found.id,
        version=str(found.version),
        draft=found.body,
        created=rfc3339(found.created),
        updated=rfc3339(found.updated),
    ).model_dump()
