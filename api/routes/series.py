"""Series: where invoices get their numbers."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from api.answers import SeriesPage, SeriesShown
from api.auth import Reader, Settler
from api.body import read_body
from api.cursors import Cursor, Limit, decode_cursor, page
from api.idempotency import Answer, Idempotent, Raw
from api.openapi import takes
from api.requests import NewSeries, SeriesChange
from api.show import day_or_none
from ledger.series import Series, create_series, list_series, update_series
from ledger.store.database import reading

router = APIRouter(tags=["series"])


@router.post("/series", status_code=201, responses={201: {"model": SeriesShown}}, openapi_extra=takes(NewSeries))
def make_series(caller: Settler, raw: Raw, once: Idempotent) -> Response:
    """Makes a series."""
    body = read_body(raw, NewSeries)

    def work() -> Answer:
        made = create_series(caller.ledger, caller.issuer_id, body.code, body.pattern, body.reset, body.next_number)
        return Answer(201, _shown(made))

    return once.run(caller, work)


@router.get("/series", responses={200: {"model": SeriesPage}})
def list_all(request: Request, caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The issuer's series, oldest first."""
    after = decode_cursor(cursor, "ser")
    with reading(caller.ledger.engine) as connection:
        series = list_series(connection, caller.issuer_id)
    found = [item for item in series if after is None or item.id > after]
    more = found[limit - 1].id if len(found) > limit else None
    return page(request, [_shown(item) for item in found[:limit]], more)


@router.patch("/series/{code}", responses={200: {"model": SeriesShown}}, openapi_extra=takes(SeriesChange))
def change_series(code: str, caller: Settler, raw: Raw) -> Response:
    """Raises the counter of an empty series, or closes one. A counter never goes down."""
    body = read_body(raw, SeriesChange)
    changed = update_series(caller.ledger, caller.issuer_id, code, next_number=body.next_number, closed=body.closed)
    return Response(orjson.dumps(_shown(changed)), media_type="application/json")


def _shown(series: Series) -> dict[str, Any]:
    return SeriesShown(
        id=series.id,
        code=series.code,
        pattern=series.pattern,
        reset=series.reset,
        next_number=str(series.next_number),
        issued=str(series.issued),
        last_date=day_or_none(series.last_day),
        closed=series.closed,
    ).model_dump()
