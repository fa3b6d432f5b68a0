"""The HTTP application: `create_app(ledger)` is all of it."""

from __future__ import annotations

import os
import secrets
import time

from fastapi import APIRouter, FastAPI

from api import problems
from api.guard import Guard
from api.routes import api_keys, credit_notes, drafts, health, invoices, issuers, payments, public, series
from ledger.context import Ledger
from ledger.settings import load_settings


def create_app(ledger: Ledger) -> FastAPI:
    """The application that serves one ledger: `/v1`, `/health`, `/ready`."""
    app = FastAPI(
        title="Sceau",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.ledger = ledger
    v1 = APIRouter(prefix="/v1")
    for module in (issuers, api_keys, series, drafts, invoices, payments, credit_notes, public):
        v1.include_router(module.router)
    app.include_router(v1)
    app.include_router(health.router)
    problems.install(app)
    app.add_middleware(Guard, https=ledger.settings.public_url.startswith("https://"))
    return app


def from_environment() -> FastAPI:
    """The application of the ledger that the environment names (`uvicorn --factory api.app:from_environment`).

    SCEAU_EMBEDDED_URL is where `sceau serve` started the embedded chain.
    """
    from ledger.setup import open_ledger

    chain_url = os.environ.get("SCEAU_EMBEDDED_URL")
    ledger = open_ledger(load_settings(), clock=time.time, entropy=secrets.token_bytes, chain_url=chain_url)
    return create_app(ledger)
