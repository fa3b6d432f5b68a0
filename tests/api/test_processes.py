"""Real server processes: many at once, and ended by SIGKILL."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from ledger.store.database import reading
from ledger.store.tables import entries, invoices
from tests.api.conftest import today
from verifier.statement import EntryType

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def server(world, crash: str = "never") -> Iterator[tuple[str, subprocess.Popen]]:
    """A server process on the world's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.api.server", world.url, str(world.folder), str(port), crash]
    process = subprocess.Popen(command, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            try:
                httpx.get(f"{address}/health", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield address, process
    finally:
        process.kill()
        process.wait(30)


def head(world, key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.tenant.token}", "Idempotency-Key": key}


def test_eight_workers_issue_two_hundred_drafts(world):
    """Case N1, over two server processes."""
    workers, each = 8, 25
    draft = world.draft | {"lines": world.draft["lines"][:1]}
    with server(world) as (first, _), server(world) as (second, _):
        addresses = [first, second]

        def work(worker: int) -> list[int]:
            found = []
            with httpx.Client(base_url=addresses[worker % 2], timeout=120) as client:
                for number in range(each):
                    made = client.post("/v1/drafts", json=draft, headers=head(world, f"d{worker}-{number}"))
                    assert made.status_code == 201, made.text
                    answer = client.post(
                        f"/v1/drafts/{made.json()['id']}/issue",
                        json={"series": "F"},
                        headers=head(world, f"i{worker}-{number}"),
                    )
                    found.append(answer.status_code)
            return found

        with ThreadPoolExecutor(workers) as pool:
            statuses = [status for found in pool.map(work, range(workers)) for status in found]
    assert statuses == [201] * (workers * each)
    with reading(world.ledger.engine) as connection:
        query = (
            select(invoices.c.number)
            .join(entries, entries.c.object == invoices.c.map_key)
            .where(entries.c.type == EntryType.INVOICE_SEALED)
        )
        logged = list(connection.execute(query.order_by(entries.c.seq)).scalars())
        listed = list(connection.execute(select(invoices.c.number).order_by(invoices.c.id)).scalars())
    expected = [f"F-{today().year}-{at:04d}" for at in range(1, workers * each + 1)]
    assert logged == expected  # in the ledger's order, without a gap or a second of any
    assert listed == expected


def killed_while_posting(world, crash: str, path: str, body: dict) -> None:
    """A server gets the request and is gone, at the named point, before it answers."""
    with server(world, crash) as (address, process):
        with pytest.raises(httpx.TransportError):
            content = json.dumps(body).encode()
            httpx.post(f"{address}/v1{path}", content=content, headers=head(world, "once"), timeout=60)
        assert process.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("crash", ["before-commit", "after-commit"])
def test_a_server_killed_around_the_commit_has_issued_once(world, crash):
    body = {"series": "F", "draft": world.draft}
    killed_while_posting(world, crash, "/invoices", body)
    listed = world.a("GET", "/invoices").json()["data"]
    assert len(listed) == (1 if crash == "after-commit" else 0)
    answers = [world.a("POST", "/invoices", body, key="once") for _ in range(2)]
    assert [item.status_code for item in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert ("idempotent-replayed" in answers[0].headers) is (crash == "after-commit")
    (only,) = world.a("GET", "/invoices").json()["data"]
    assert only["number"] == answers[0].json()["number"] == f"F-{today().year}-0001"


def test_a_payment_over_a_kill_counts_once(sqlite_world):
    made = sqlite_world.a.issue(sqlite_world.draft)
    body = {"amount": "10.00", "currency": "EUR", "date": today().isoformat(), "invoice_ids": [made["id"]]}
    killed_while_posting(sqlite_world, "after-commit", "/payments", body)
    with server(sqlite_world) as (address, _):
        content = json.dumps(body).encode()
        again = httpx.post(f"{address}/v1/payments", content=content, headers=head(sqlite_world, "once"), timeout=60)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert sqlite_world.a("GET", f"/invoices/{made['id']}").json()["standing"]["received"] == "10.00"
