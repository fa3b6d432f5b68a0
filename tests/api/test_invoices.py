from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.conftest import today


def test_an_invoice_is_issued_and_read(world):
    made = world.a.issue(world.draft)
    assert made["number"].endswith("-0001")
    assert made["progress"] == "accepted"
    read = world.a("GET", f"/invoices/{made['id']}")
    assert read.status_code == 200
    assert read.json() == made
    assert made["standing"]["label"] == "issued"
    assert made["standing"]["remaining"] == made["document"]["totals"]["due"]
    assert made["seal_url"] == f"http://127.0.0.1:8000/v#{made['seal']}"


def test_a_preview_writes_nothing(world):
    before = world.a("GET", "/series").json()
    sent = world.a("POST", "/preview", world.draft)
    draft = world.a("POST", "/drafts", world.draft).json()
    kept = world.a("POST", f"/drafts/{draft['id']}/preview")
    assert sent.status_code == kept.status_code == 200
    assert sent.json() == kept.json()
    assert sent.json()["document"]["number"] is None
    made = world.a.issue(world.draft)
    assert sent.json()["document"] == made["document"] | {"number": None}
    assert before["data"][0]["issued"] == "0"
    bad = world.a("POST", "/preview", world.draft | {"currency": "ZZZ"})
    assert (bad.status_code, bad.json()["code"]) == (422, "invoice-invalid")


def test_a_draft_is_changed_by_who_read_it_last(world):
    made = world.a("POST", "/drafts", world.draft)
    path = f"/drafts/{made.json()['id']}"
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"] == f"/v1{path}"
    changed = world.a("PUT", path, world.draft | {"order_reference": "PO-78"}, If_Match='"1"')
    assert changed.headers["etag"] == '"2"'
    assert world.a("GET", path).headers["etag"] == '"2"'
    for tag in ('"1"', '"3"', "*", "2", 'W/"2"'):
        stale = world.a("PUT", path, world.draft, If_Match=tag)
        assert (stale.status_code, stale.json()["code"]) == (412, "version"), tag
    missing = world.a("PUT", path, world.draft)
    assert (missing.status_code, missing.json()["code"]) == (428, "if-match-required")
    assert world.a("GET", path).json()["draft"]["order_reference"] == "PO-78"
    assert world.a("POST", f"{path}/issue", {"series": "F"}, key="i", If_Match='"1"').status_code == 412
    assert world.a("DELETE", path, If_Match='"1"').status_code == 412
    issued = world.a("POST", f"{path}/issue", {"series": "F"}, key="i", If_Match='"2"')
    assert issued.json()["document"]["order_reference"] == "PO-78"
    assert world.a("DELETE", path).status_code == 404


def test_an_unfinished_draft_is_kept_and_not_issued(sqlite_world):
    unfinished = {name: value for name, value in sqlite_world.draft.items() if name != "due_terms"}
    unfinished["lines"] = [{"name": "x", "quantity": "1", "net_price": "1.00", "vat": {"category": "S"}}]
    made = sqlite_world.a("POST", "/drafts", unfinished)
    assert made.status_code == 201
    answer = sqlite_world.a("POST", f"/drafts/{made.json()['id']}/issue", {"series": "F"}, key="i")
    assert (answer.status_code, answer.json()["code"]) == (422, "invoice-invalid")
    assert sqlite_world.a("GET", f"/drafts/{made.json()['id']}").status_code == 200


def test_pages_hold_everything_once_while_others_are_added(world):
    first = [world.a.issue(world.draft)["id"] for _ in range(5)]
    seen, path = [], "/invoices?limit=2"
    while True:
        answer = world.a("GET", path)
        seen += [item["id"] for item in answer.json()["data"]]
        if len(seen) == 2:
            first.append(world.a.issue(world.draft)["id"])
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            assert "link" not in answer.headers
            break
        target = re.fullmatch(r'<(/v1/invoices\?.*)>; rel="next"', answer.headers["link"])[1]
        assert parse_qs(urlsplit(target).query) == {"limit": ["2"], "cursor": [cursor]}
        path = target.removeprefix("/v1")
    assert seen == first
    assert world.a("GET", "/invoices?limit=6").json()["next_cursor"] is None
    for path in ("/drafts", "/payments", "/series", "/api_keys"):
        assert world.a("GET", path).json()["next_cursor"] is None


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_filters(sqlite_world, limit):
    a, day = sqlite_world.a, today()
    made = [a.issue(sqlite_world.draft) for _ in range(5)]
    pay = {"currency": "EUR", "date": day.isoformat()}
    a("POST", "/payments", pay | {"amount": made[0]["due"], "invoice_ids": [made[0]["id"]]}, key="0")
    a("POST", "/payments", pay | {"amount": made[3]["due"], "invoice_ids": [made[3]["id"]]}, key="3")
    a("POST", "/payments", pay | {"amount": "1.00", "invoice_ids": [made[4]["id"]]}, key="4")

    def found(query: str) -> list[str]:
        ids, cursor, turns = [], "", 0
        while True:
            answer = a("GET", f"/invoices?limit={limit}&{query}{cursor}").json()
            ids += [item["id"] for item in answer["data"]]
            assert len(answer["data"]) <= limit
            turns += 1
            assert turns < 10
            if answer["next_cursor"] is None:
                return ids
            cursor = f"&cursor={answer['next_cursor']}"

    ids = [item["id"] for item in made]
    assert found("status=paid") == [ids[0], ids[3]]
    assert found("status=issued") == [ids[1], ids[2]]
    assert found("status=partially_paid") == [ids[4]]
    assert found("status=nonsense") == []
    assert found(f"number={made[2]['number'].lower()}") == [ids[2]]
    assert found(f"buyer={made[0]['buyer_id']}") == ids
    assert found("buyer=0002:000000000") == []


def test_overdue_is_the_day_after_the_due_date(sqlite_world):
    day = today()
    draft = {name: value for name, value in sqlite_world.draft.items() if name != "due_terms"}
    draft["delivery"] = {"date": (day - timedelta(days=40)).isoformat()}
    draft["issue_date"] = (day - timedelta(days=30)).isoformat()
    due_today = sqlite_world.a.issue(draft | {"due_date": day.isoformat()})
    overdue = sqlite_world.a.issue(draft | {"due_date": (day - timedelta(days=1)).isoformat()})
    assert due_today["standing"]["label"] == "issued"
    assert overdue["standing"]["label"] == "overdue"


def test_the_pdf_is_made_once_and_logged(sqlite_world):
    made = sqlite_world.a.issue(sqlite_world.draft)
    path = f"/invoices/{made['id']}"
    french, again = sqlite_world.a("GET", f"{path}/pdf"), sqlite_world.a("GET", f"{path}/pdf?language=fr")
    assert french.content.startswith(b"%PDF-")
    assert french.content == again.content
    assert french.headers["content-type"] == "application/pdf"
    assert french.headers["content-disposition"] == f'inline; filename="{made["number"]}.pdf"'
    assert sqlite_world.a("GET", f"{path}/pdf?language=en").content != french.content
    wrong = sqlite_world.a("GET", f"{path}/pdf?language=xx")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "language")
    events = sqlite_world.a("GET", f"{path}/events").json()["data"]
    assert [item["type"] for item in events] == ["invoice_sealed", *["rendition_registered"] * 2]
    assert events[0]["values"]["number"] == made["number"]
    assert all(item["progress"] == "accepted" and item["log_index"] is None for item in events)


def test_a_number_with_a_slash_is_a_file_s_name(sqlite_world):
    a = sqlite_world.a
    body = {"code": "S", "pattern": "../{YYYY}/{seq}"}
    assert a("POST", "/series", body).status_code == 201
    made = a.issue(sqlite_world.draft, "S")
    answer = a("GET", f"/invoices/{made['id']}/pdf")
    assert answer.headers["content-disposition"] == f'inline; filename="_{today().year}_1.pdf"'
