"""Real server processes: many at once, and ended by SIGKILL."""

from __future__ import annotations

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


@pytest.mark.parametrize("crash", ["before-commit", "after-commit"])
def test_a_server_killed_around_the_commit_has_issued_once(world, crash):
    body = {"series": "F", "draft": world.draft}
    with server(world, crash) as (address, process):
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{address}/v1/invoices", json=body, headers=head(world, "once"), timeout=60)
        assert process.wait(30) == -signal.SIGKILL
    listed = world.a("GET", "/invoices").json()["data"]
    assert len(listed) == (1 if crash == "after-commit" else 0)
    with server(world) as (address, _):
        answers = [
            httpx.post(f"{address}/v1/invoices", json=body, headers=head(world, "once"), timeout=60) for _ in range(2)
        ]
    assert [item.status_code for item in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    replayed = "idempotent-replayed" in answers[0].headers
    assert replayed is (crash == "after-commit")
    (only,) = world.a("GET", "/invoices").json()["data"]
    assert only["number"] == answers[0].json()["number"] == f"F-{today().year}-0001"


def test_a_payment_over_a_kill_counts_once(world):
    made = world.a.issue(world.draft)
    body = {"amount": "10.00", "currency": "EUR", "date": today().isoformat(), "invoice_ids": [made["id"]]}
    with server(world, "after-commit") as (address, process):
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{address}/v1/payments", json=body, headers=head(world, "pay"), timeout=60)
        assert process.wait(30) == -signal.SIGKILL
    again = world.a("POST", "/payments", body, key="pay")
    # The second server writes its JSON as the first did, not as httpx did: the body differs by its spaces.
    assert (again.status_code, again.json()["code"]) == (422, "idempotency-key-reused")
    with server(world) as (address, _):
        again = httpx.post(f"{address}/v1/payments", json=body, headers=head(world, "pay"), timeout=60)
    assert again.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert world.a("GET", f"/invoices/{made['id']}").json()["standing"]["received"] == "10.00"
