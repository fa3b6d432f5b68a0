from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pgserver
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from tests.api.opened import Tenant, make_ledger, make_tenant, operator_token


def today() -> date:
    """The day it is for the sellers of the samples."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def sample(name: str) -> dict:
    return json.loads((files("ledger.samples") / f"{name}.json").read_bytes())


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL server; databases are made in it test by test."""
    folder = Path(tempfile.mkdtemp(prefix="sceau-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """A fresh database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'sceau.sqlite3'}"
    server = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    server.psql(f"CREATE DATABASE {name}")
    return server.get_uri(database=name)


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

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.ledger = make_ledger(url, folder)
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
def world(database_url, tmp_path) -> World:
    """On SQLite and on PostgreSQL."""
    made = World(database_url, tmp_path)
    yield made
    made.ledger.engine.dispose()


@pytest.fixture
def sqlite_world(tmp_path) -> World:
    """On SQLite alone, for what no database changes."""
    made = World(f"sqlite:///{tmp_path / 'sceau.sqlite3'}", tmp_path)
    yield made
    made.ledger.engine.dispose()
