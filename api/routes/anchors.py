"""Anchors: the ledger's checkpoints and their way onto the chain. They are the whole ledger's, not one issuer's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.answers import AnchorPage, AnchorShown
from api.auth import Insider
from api.cursors import Cursor, Limit, decode_number, page
from api.show import instant_or_none
from ledger.anchoring.listing import Anchor, anchors
from ledger.errors import NotFound
from ledger.store.database import reading
from verifier.dates import rfc3339

router = APIRouter(tags=["anchors"])


@router.get("/anchors", responses={200: {"model": AnchorPage}})
def list_all(
    request: Request,
    caller: Insider,
    after: Annotated[int, Query(ge=0, le=2**53, description="Sequence after which to begin.")] = 0,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Checkpoints by sequence, with the transaction that anchors each."""
    start = after if cursor is None else decode_number(cursor)
    with reading(caller.ledger.engine) as connection:
        found = anchors(connection, start, limit + 1)
    more = str(found[limit - 1].sequence) if len(found) > limit else None
    return page(request, [_shown(item).model_dump() for item in found[:limit]], more)


@router.get("/anchors/{sequence}", responses={200: {"model": AnchorShown}})
def read_anchor(sequence: str, caller: Insider) -> Response:
    """One checkpoint."""
    wanted = int(sequence) if sequence.isascii() and sequence.isdecimal() and len(sequence) < 16 else 0
    with reading(caller.ledger.engine) as connection:
        found = anchors(connection, max(wanted, 1) - 1, 1)
    if not found or found[0].sequence != wanted:
        raise NotFound("anchor", "no such checkpoint")
    return Response(_shown(found[0]).model_dump_json(), media_type="application/json")


def _shown(anchor: Anchor) -> AnchorShown:
    return AnchorShown(
        sequence=str(anchor.sequence),
        size=str(anchor.size),
        root=anchor.root.hex(),
        created=rfc3339(anchor.created),
        state=anchor.state,
        transaction=None if anchor.transaction is None else anchor.transaction.hex(),
        block_number=None if anchor.block_number is None else str(anchor.block_number),
        block_time=instant_or_none(anchor.block_time),
        gas_used=None if anchor.gas_used is None else str(anchor.gas_used),
    )
