from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import count as count_up

import pytest
from sqlalchemy import func, select, update

from api.idempotency import KEPT
from ledger.store.database import reading, writing
from ledger.store.tables import entries, idempotency
from tests.api.conftest import today

TODAY = today().isoformat()


def count(world, table=entries) -> int:
    with reading(world.ledger.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_same_request_twice_is_one_invoice_and_one_answer(world):
    body = {"series": "F", "draft": world.draft}
    before = count(world)
    first = world.a("POST", "/invoices", body, key="once")
    second = world.a("POST", "/invoices", body, key="once")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert count(world) == before + 1


def test_the_answer_is_replayed_when_the_draft_is_gone(world):
    draft = world.a("POST", "/drafts", world.draft).json()
    path = f"/drafts/{draft['id']}/issue"
    first = world.a("POST", path, {"series": "F"}, key="once")
    assert world.a("GET", f"/drafts/{draft['id']}").status_code == 404
    assert world.a("POST", path, {"series": "F"}, key="once").content == first.content
    assert world.a("POST", path, {"series": "F"}, key="other").status_code == 404


@pytest.mark.parametrize("change", ["body", "path"])
def test_another_request_under_the_same_key_is_refused(world, change):
    body = {"series": "F", "draft": world.draft}
    assert world.a("POST", "/invoices", body, key="once").status_code == 201
    before = count(world)
    if change == "body":
        other = world.a("POST", "/invoices", body | {"series": "A"}, key="once")
    else:
        other = world.a("POST", "/invoices/batch", body, key="once")
        assert other.status_code == 422  # as a batch the body is wrong anyway
        other = world.a("POST", "/invoices/batch", {"invoices": [body]}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert count(world) == before


def test_a_key_is_required_where_an_act_cannot_be_undone(sqlite_world):
    a = sqlite_world.a
    made = a.issue(sqlite_world.draft)
    required = {
        "/invoices": {"series": "F", "draft": sqlite_world.draft},
        "/invoices/batch": {"invoices": [{"series": "F", "draft": sqlite_world.draft}]},
        "/drafts/none/issue": {"series": "F"},
        "/payments": {"amount": "1.00", "currency": "EUR", "date": TODAY, "invoice_ids": [made["id"]]},
        "/payments/none/reverse": {"reason": "x"},
        "/payments/none/allocate": {"invoice_id": made["id"]},
        f"/invoices/{made['id']}/apply_credit": {},
        f"/invoices/{made['id']}/credit_notes": {"series": "A"},
        "/credit_notes/none/apply": {"invoice_id": made["id"]},
    }
    before = count(sqlite_world)
    for path, body in required.items():
        answer = a("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-required"), path
    assert count(sqlite_world) == before


@pytest.mark.parametrize("key", ["", "x" * 256, "clé".encode(), "a\tb"])
def test_a_key_is_visible_ascii(sqlite_world, key):
    body = {"series": "F", "draft": sqlite_world.draft}
    answer = sqlite_world.a("POST", "/invoices", body, Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["code"] == "idempotency-key"


def test_two_at_once_make_one_invoice(world):
    """Case N7, many times over: every pair starts together."""
    body = {"series": "F", "draft": world.draft}
    before, rounds, ways = count(world), 8, 4
    for number in range(rounds):
        start = threading.Barrier(ways)

        def post(_: int, start=start, number=number):
            start.wait()
            return world.a("POST", "/invoices", body, key=f"pair{number}")

        with ThreadPoolExecutor(ways) as pool:
            answers = list(pool.map(post, range(ways)))
        assert {item.status_code for item in answers} <= {201, 409}, [item.text for item in answers]
        done = [item for item in answers if item.status_code == 201]
        assert len({item.content for item in done}) == 1
        assert sum("idempotent-replayed" not in item.headers for item in done) == 1
    assert count(world) == before + rounds
    numbers = [item["number"] for item in world.a("GET", "/invoices").json()["data"]]
    assert [int(item[-4:]) for item in numbers] == list(range(1, rounds + 1))


def test_a_first_request_that_takes_long_is_said_to_run(world, monkeypatch):
    """PostgreSQL: the second waits for the first one's transaction, but not for ever."""
    if world.ledger.engine.dialect.name != "postgresql":
        # On SQLite the second waits for the write lock as every writer does; there is nothing to tell.
        assert world.ledger.engine.dialect.name == "sqlite"
        return
    monkeypatch.setattr("api.idempotency.WAIT", "200ms")
    body = {"series": "F", "draft": world.draft}
    with writing(world.ledger.engine) as connection:
        row = {"scope": world.tenant.id, "key": "slow", "fingerprint": b"x", "created": 0}
        connection.execute(idempotency.insert().values(row))
        answer = world.a("POST", "/invoices", body, key="slow")
        connection.rollback()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-running")
    assert world.a("POST", "/invoices", body, key="slow").status_code == 201


def test_a_payment_and_its_reversal_count_once(world):
    made = world.a.issue(world.draft)
    body = {"amount": "10.00", "currency": "EUR", "date": TODAY, "invoice_ids": [made["id"]]}
    paid = [world.a("POST", "/payments", body, key="p") for _ in range(3)]
    assert len({item.content for item in paid}) == 1
    path = f"/payments/{paid[0].json()['id']}/reverse"
    back = [world.a("POST", path, {"reason": "bounced"}, key="r") for _ in range(3)]
    assert {item.status_code for item in back} == {200}
    events = world.a("GET", f"/invoices/{made['id']}/events").json()["data"]
    assert [item["type"] for item in events] == ["invoice_sealed", "payment_received", "payment_reversed"]


def test_a_credit_note_is_issued_and_applied_once(world):
    made = world.a.issue(world.draft)
    path = f"/invoices/{made['id']}/credit_notes"
    answers = [world.a("POST", path, {"series": "A"}, key="c") for _ in range(2)]
    assert answers[0].status_code == 201
    assert answers[0].content == answers[1].content
    assert len(world.a("GET", "/invoices").json()["data"]) == 2


def test_a_credit_note_that_cannot_be_applied_is_not_issued(world, monkeypatch):
    """Issue and application are one transaction: a fault between the two leaves nothing."""
    made = world.a.issue(world.draft)
    before = count(world)

    def fails(*_args, **_more):
        raise RuntimeError("between issue and application")

    monkeypatch.setattr("ledger.credit.apply_credit_note", fails)
    answer = world.a("POST", f"/invoices/{made['id']}/credit_notes", {"series": "A"}, key="c")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "between" not in answer.text
    assert count(world) == before
    assert world.a("GET", f"/invoices/{made['id']}").json()["standing"]["label"] == "issued"
    monkeypatch.undo()
    assert world.a("POST", f"/invoices/{made['id']}/credit_notes", {"series": "A"}, key="c").status_code == 201


def test_an_optional_key_works_for_drafts(sqlite_world):
    answers = [sqlite_world.a("POST", "/drafts", sqlite_world.draft, key="d") for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[1].headers["etag"] == '"1"'
    assert len(sqlite_world.a("GET", "/drafts").json()["data"]) == 1


def test_old_answers_are_forgotten_by_their_issuer_s_requests(sqlite_world):
    world = sqlite_world
    for http, key in ((world.a, "old"), (world.a, "recent"), (world.b, "old")):
        assert http("POST", "/drafts", world.draft, key=key).status_code == 201
    with writing(world.ledger.engine) as connection:
        past = update(idempotency).where(idempotency.c.key == "old")
        connection.execute(past.values(created=world.ledger.now() - KEPT - 1))
    body = json.dumps(world.draft).encode()
    # One request in 256 tidies up; which one follows from its fingerprint and key.
    fingerprint = sha256(b"POST /v1/drafts?\n" + body).digest()
    lucky = next(key for key in map(str, count_up()) if sha256(fingerprint + key.encode()).digest()[0] == 0)
    assert world.a("POST", "/drafts", body, key=lucky).status_code == 201
    with reading(world.ledger.engine) as connection:
        kept = {(row.scope, row.key) for row in connection.execute(select(idempotency))}
    assert kept == {(world.tenant.id, "recent"), (world.tenant.id, lucky), (world.other.id, "old")}
