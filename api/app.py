"""The HTTP application: `create_app(ledger)` is all of it."""

from __future__ import annotations

import secrets
import time
from typing import Any

from fastapi import APIRouter, FastAPI

from api import problem_pages, problems
from api.check import checker
from api.guard import Guard
from api.openapi import describe
from api.routes import anchors, api_keys, credit_notes, drafts, health, invoices, issuers, payments, public, series
from ledger.context import Ledger
from ledger.settings import load_settings
from ledger.setup import open_ledger
from verifier.service import router as verifying

_MODULES = (issuers, api_keys, series, drafts, invoices, payments, credit_notes, anchors, public)


def create_app(ledger: Ledger) -> FastAPI:
    """The application that serves one ledger: `/v1`, the verifier's page `/v`, `/health`, `/ready`, `/problems`."""
    app = build(https=ledger.settings.public_url.startswith("https://"))
    app.state.ledger = ledger
    app.include_router(verifying(checker(ledger), name=ledger.settings.name))
    return app


def build(*, https: bool) -> FastAPI:
    """The application without a ledger: its routes and what holds for every request."""
    app = FastAPI(
        title="Sceau",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: "_".join([*map(str, route.tags), route.name]),
    )
    v1 = APIRouter(prefix="/v1")
    for module in _MODULES:
        v1.include_router(module.router)
    app.include_router(v1)
    app.include_router(health.router)
    app.include_router(problem_pages.router)
    problems.install(app)
    app.add_middleware(Guard, https=https)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to replace it
    return app


def from_environment() -> FastAPI:
    """The application of the ledger that the environment names."""
    return create_app(open_ledger(load_settings(), clock=time.time, entropy=secrets.token_bytes))
