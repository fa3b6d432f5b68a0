"""Whether the process answers, and whether the ledger can be written to."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Response

from api.answers import HealthShown, ReadyShown
from api.auth import Serving
from ledger.checkpoints import waiting_count
from ledger.context import check_running, ledger_signer
from ledger.store.database import reading

router = APIRouter(tags=["health"])


@router.get("/health", responses={200: {"model": HealthShown}})
async def health() -> Response:
    """The process answers; in the event loop, so that it does even when every thread waits for the database."""
    return Response(orjson.dumps({"status": "ok"}), media_type="application/json")


@router.get("/ready", responses={200: {"model": ReadyShown}})
def ready(ledger: Serving) -> Response:
    """Database, alarm and ledger key are as they must be; a chain out of reach stops no invoice."""
    with reading(ledger.engine) as connection:
        check_running(connection)
        ledger_signer(connection, ledger)
        waiting = waiting_count(connection)
    return Response(orjson.dumps({"status": "ready", "waiting": str(waiting)}), media_type="application/json")
