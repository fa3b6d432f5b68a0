"""The HTTP application: `create_app(ledger)` is all of it."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from api import problems
from api.guard import Guard
from api.routes import api_keys, credit_notes, drafts, health, invoices, issuers, payments, public, series
from ledger.context import Ledger


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
