"""Cases N3 to N6 over HTTP."""

from __future__ import annotations

from datetime import timedelta

from tests.api.conftest import today

YEAR = today().year


def test_a_deleted_draft_leaves_no_gap(world):
    made = [world.a("POST", "/drafts", world.draft).json() for _ in range(3)]
    assert [item["number"] for item in made] == [None] * 3
    assert world.a("DELETE", f"/drafts/{made[1]['id']}").status_code == 204
    numbers = []
    for at in (0, 2):
        answer = world.a("POST", f"/drafts/{made[at]['id']}/issue", {"series": "F"}, key=f"k{at}")
        assert answer.status_code == 201, answer.text
        numbers.append(answer.json()["number"])
    assert numbers == [f"F-{YEAR}-0001", f"F-{YEAR}-0002"]
    assert world.a("GET", "/drafts").json()["data"] == []


def test_an_earlier_date_is_refused_and_nothing_is_written(world):
    world.a.issue(world.draft)
    before = world.a("GET", "/series").json()
    late = world.draft | {"issue_date": (today() - timedelta(days=1)).isoformat()}
    answer = world.a("POST", "/invoices", {"series": "F", "draft": late}, key="late")
    assert answer.status_code == 409
    assert answer.json()["code"] == "chronology"
    assert world.a("GET", "/series").json() == before
    assert len(world.a("GET", "/invoices").json()["data"]) == 1
    # The refused request was not kept under its key: once it is right, the same key works.
    assert world.a("POST", "/invoices", {"series": "F", "draft": world.draft}, key="late").status_code == 201


def test_an_invoice_is_not_dated_ahead(sqlite_world):
    ahead = sqlite_world.draft | {"issue_date": (today() + timedelta(days=3)).isoformat()}
    answer = sqlite_world.a("POST", "/invoices", {"series": "F", "draft": ahead}, key="ahead")
    assert (answer.status_code, answer.json()["code"]) == (422, "issue-date")


def test_a_counter_only_grows_and_only_while_the_series_is_empty(sqlite_world):
    a = sqlite_world.a
    assert a("POST", "/series", {"code": "N", "pattern": "N-{seq:3}", "reset": "never"}).status_code == 201
    assert a("PATCH", "/series/N", {"next_number": 17}).json()["next_number"] == "17"
    lower = a("PATCH", "/series/N", {"next_number": 5})
    assert (lower.status_code, lower.json()["code"]) == (409, "series-next")
    assert a.issue(sqlite_world.draft, "N")["number"] == "N-017"
    used = a("PATCH", "/series/N", {"next_number": 40})
    assert (used.status_code, used.json()["code"]) == (409, "series-next")
    assert a("PATCH", "/series/N", {"closed": True}).json()["closed"] is True
    closed = a("POST", "/invoices", {"series": "N", "draft": sqlite_world.draft}, key="x")
    assert (closed.status_code, closed.json()["code"]) == (409, "series-closed")
    again = a("PATCH", "/series/N", {"closed": False})
    assert (again.status_code, again.json()["code"]) == (409, "series-closed")


def test_a_series_code_is_taken_once_and_a_pattern_must_count(sqlite_world):
    a = sqlite_world.a
    taken = a("POST", "/series", {"code": "F", "pattern": "G-{YYYY}-{seq}"})
    assert (taken.status_code, taken.json()["code"]) == (409, "series-exists")
    answer = a("POST", "/series", {"code": "G", "pattern": "G-{YYYY}"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/pattern"


def test_a_batch_is_all_or_nothing(world):
    good = {"series": "F", "draft": world.draft}
    bad = {"series": "F", "draft": world.draft | {"currency": "XXQ"}}
    answer = world.a("POST", "/invoices/batch", {"invoices": [good, bad, good]}, key="batch")
    assert answer.status_code == 422
    assert {item["pointer"].split("/")[2] for item in answer.json()["errors"]} == {"1"}
    assert answer.json()["errors"][0]["pointer"].startswith("/invoices/1/draft/")
    assert world.a("GET", "/invoices").json()["data"] == []
    answer = world.a("POST", "/invoices/batch", {"invoices": [good, good, good]}, key="batch")
    assert answer.status_code == 201
    numbers = [item["number"] for item in answer.json()["invoices"]]
    assert numbers == [f"F-{YEAR}-{at:04d}" for at in (1, 2, 3)]
    assert [item["number"] for item in world.a("GET", "/invoices").json()["data"]] == numbers


def test_nothing_changes_or_deletes_an_issued_invoice(world):
    made = world.a.issue(world.draft)
    for method in ("PUT", "PATCH", "DELETE"):
        answer = world.a(method, f"/invoices/{made['id']}", {"number": "F-1"})
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET"
        assert answer.headers["content-type"] == "application/problem+json"
    assert world.a("GET", f"/invoices/{made['id']}").json() == made
