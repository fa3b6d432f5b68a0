from __future__ import annotations

import json
import uuid
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from ledger.context import Ledger
from tests.api.opened import Tenant, make_ledger, make_tenant, operator_token
from tests.ledger.bare import database_url


def today() -> date:
    """The day it is for the sellers of the samples."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def sample(name: str) -> dict:
    return json.loads((files("ledger.samples") / f"{name}.json").read_bytes())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path) -> str:
    """A fresh database of either kind."""
    return database_url(request.param, tmp_path)


class Http:
    """A client of one key."""

    def __init__(self, client: TestClient, token: str | None = None, language: str = "en") -> None:
        self.client = client
        self.headers = {"Accept-Language": language}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body=None, *, key: str | None = None, **headers: str | bytes):
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Idempotency-Key"] = key
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.client.request(method, f"/v1{path}", content=content, headers=sent)

    def issue(self, draft: dict, series: str = "F") -> dict:
        answer = self("POST", "/invoices", {"series": series, "draft": draft}, key=uuid.uuid4().hex)
        assert answer.status_code == 201, answer.text
        return answer.json()


class World:
    """A ledger with two tenants and an operator."""

    def __init__(self, url: str, folder: Path, ledger: Ledger | None = None) -> None:
        self.url, self.folder = url, folder
        self.ledger = ledger or make_ledger(url, folder)
        self.app = create_app(self.ledger)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.draft = sample("five-lines")
        self.tenant: Tenant = make_tenant(self.ledger, self.draft["seller"])
        self.other: Tenant = make_tenant(self.ledger, sample("bakery")["seller"])
        self.a = Http(self.client, self.tenant.token)
        self.b = Http(self.client, self.other.token)
        self.operator = Http(self.client, operator_token(self.ledger))
        self.nobody = Http(self.client)


@pytest.fixture
def world(url, tmp_path) -> World:
    """On SQLite and on PostgreSQL."""
    made = World(url, tmp_path)
    yield made
    made.ledger.engine.dispose()


@pytest.fixture
def sqlite_world(tmp_path) -> World:
    """On SQLite alone, for what no database changes."""
    made = World(f"sqlite:///{tmp_path / 'sceau.sqlite3'}", tmp_path)
    yield made
    made.ledger.engine.dispose()
