"""Cases L4 to L7, P1, P2 and V8 over HTTP."""

from __future__ import annotations

import uuid

import pytest

from tests.api.conftest import sample, today

TODAY = today().isoformat()


def simple(world, price: str) -> dict:
    """A draft whose total is `price`: no VAT, one line."""
    line = {
        "name": "Service",
        "quantity": "1",
        "net_price": price,
        "vat": {"category": "E", "rate": "0", "exemption_code": "VATEX-EU-132"},
    }
    return world.draft | {"lines": [line]}


def post(http, path: str, body: dict, status: int = 200) -> dict:
    answer = http("POST", path, body, key=uuid.uuid4().hex)
    assert answer.status_code == status, answer.text
    return answer.json()


def pay(world, amount: str, *invoices: dict, status: int = 201, **more) -> dict:
    body = {"amount": amount, "currency": "EUR", "date": TODAY, "invoice_ids": [item["id"] for item in invoices]}
    return post(world.a, "/payments", body | more, status)


def standing(world, invoice: dict) -> dict:
    return world.a("GET", f"/invoices/{invoice['id']}").json()["standing"]


def test_one_payment_pays_two_invoices(world):
    older, newer = world.a.issue(simple(world, "30.00")), world.a.issue(simple(world, "70.00"))
    paid = pay(world, "100.00", newer, older)
    assert {item["amount"] for item in paid["allocations"]} == {"30.00", "70.00"}
    for item in (older, newer):
        assert (standing(world, item)["label"], standing(world, item)["remaining"]) == ("paid", "0.00")


def test_an_overpayment_is_credit_that_the_next_invoice_uses(world):
    first = world.a.issue(simple(world, "57.10"))
    paid = pay(world, "63.05", first)
    assert (paid["unallocated"], standing(world, first)["label"]) == ("5.95", "paid")
    buyer = first["buyer_id"]
    balance = world.a("GET", f"/customers/{buyer}/balance").json()["balances"]
    assert balance == [{"currency": "EUR", "open": "0.00", "credit": "5.95", "credit_notes": "0.00"}]
    second = world.a.issue(simple(world, "10.00"))
    post(world.a, f"/invoices/{second['id']}/apply_credit", {})
    assert standing(world, second)["remaining"] == "4.05"
    assert standing(world, second)["label"] == "partially_paid"
    none = world.a("POST", f"/invoices/{second['id']}/apply_credit", {}, key="again")
    assert (none.status_code, none.json()["code"]) == (409, "no-credit")


def test_credit_of_thirty_on_fifty_leaves_twenty(world):
    first = world.a.issue(simple(world, "1.00"))
    paid = pay(world, "31.00", first)
    second = world.a.issue(simple(world, "50.00"))
    used = post(world.a, f"/payments/{paid['id']}/allocate", {"invoice_id": second["id"]})
    assert used["unallocated"] == "0.00"
    assert (standing(world, second)["remaining"], standing(world, second)["label"]) == ("20.00", "partially_paid")


def test_a_reversed_payment_opens_the_invoice_again(world):
    made = world.a.issue(simple(world, "100.00"))
    paid = pay(world, "100.00", made)
    back = post(world.a, f"/payments/{paid['id']}/reverse", {"reason": "bounced"})
    assert back["reversed"] is not None
    assert standing(world, made)["label"] in ("issued", "overdue")
    assert standing(world, made)["remaining"] == "100.00"
    events = world.a("GET", f"/invoices/{made['id']}/events").json()["data"]
    assert [item["type"] for item in events] == ["invoice_sealed", "payment_received", "payment_reversed"]
    assert events[1]["values"]["amount"] == "100.00"
    assert events[2]["values"]["reason"] == "bounced"
    assert events[2]["values"]["payment"] == events[1]["leaf_hash"]
    twice = world.a("POST", f"/payments/{paid['id']}/reverse", {"reason": "bounced"}, key="twice")
    assert (twice.status_code, twice.json()["code"]) == (409, "reversed")


def test_a_credited_invoice_is_not_paid_and_is_credited_once(world):
    made = world.a.issue(world.draft)
    answer = post(world.a, f"/invoices/{made['id']}/credit_notes", {"series": "A"}, 201)
    note = answer["credit_note"]
    assert note["document"]["preceding"][0]["number"] == made["number"]
    assert answer["application"]["amount"] == made["due"]
    assert standing(world, made)["label"] == "credited"
    assert standing(world, note)["label"] == "applied"
    before = len(world.a("GET", "/invoices").json()["data"])
    again = world.a("POST", f"/invoices/{made['id']}/credit_notes", {"series": "A"}, key="again")
    assert (again.status_code, again.json()["code"]) == (409, "credited")
    assert len(world.a("GET", "/invoices").json()["data"]) == before
    assert world.a("GET", "/payments").json()["data"] == []
    # Case L5: a credit note is neither credited nor paid; a new invoice takes it back.
    credited = world.a("POST", f"/invoices/{note['id']}/credit_notes", {"series": "A"}, key="of a note")
    assert (credited.status_code, credited.json()["code"]) == (409, "credit-note")
    assert pay(world, "1.00", note, status=409)["code"] == "credit-note"


def test_a_credit_note_of_some_lines_and_what_is_left_of_it(world):
    made, other = world.a.issue(world.draft), world.a.issue(world.draft)
    line = made["document"]["lines"][0]["id"]
    answer = post(world.a, f"/invoices/{made['id']}/credit_notes", {"series": "A", "lines": [line]}, 201)
    assert answer["application"]["amount"] == answer["credit_note"]["due"]
    unknown = world.a("POST", f"/invoices/{made['id']}/credit_notes", {"series": "A", "lines": ["99"]}, key="u")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "lines")
    path = f"/credit_notes/{answer['credit_note']['id']}/apply"
    spent = world.a("POST", path, {"invoice_id": other["id"]}, key="spent")
    assert (spent.status_code, spent.json()["code"]) == (409, "credited")


def test_a_credit_note_is_applied_in_parts_and_never_beyond_what_is_left(world):
    made = world.a.issue(simple(world, "50.00"))
    draft = simple(world, "20.00") | {
        "type_code": "381",
        "preceding": [{"number": made["number"], "issue_date": made["issue_date"]}],
    }
    note = world.a.issue(draft, "A")
    used = post(world.a, f"/credit_notes/{note['id']}/apply", {"invoice_id": made["id"], "amount": "5.00"})
    assert used["amount"] == "5.00"
    assert standing(world, note)["label"] == "partially_applied"
    more = world.a(
        "POST", f"/credit_notes/{note['id']}/apply", {"invoice_id": made["id"], "amount": "15.01"}, key="more"
    )
    assert (more.status_code, more.json()["code"]) == (409, "fold-credit-left")
    assert standing(world, made)["remaining"] == "45.00"


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1", "1.0", "1.000", "01.00", ".50", "1e3", ""])
def test_amounts_have_exactly_the_currency_s_digits(sqlite_world, amount):
    made = sqlite_world.a.issue(simple(sqlite_world, "100.00"))
    refused = pay(sqlite_world, amount, made, status=422)
    assert refused["errors"][0]["pointer"] == "/amount"


def test_a_yen_has_no_digits(sqlite_world):
    draft = sample("japanese-yen")
    del draft["seller"]
    made = sqlite_world.a.issue(draft)
    body = {"currency": "JPY", "date": TODAY, "invoice_ids": [made["id"]]}
    refused = sqlite_world.a("POST", "/payments", body | {"amount": "1234.5"}, key="a")
    assert (refused.status_code, refused.json()["code"]) == (422, "amount")
    assert "." not in post(sqlite_world.a, "/payments", body | {"amount": made["due"]}, 201)["amount"]
    assert standing(sqlite_world, made)["remaining"] == "0"


@pytest.mark.parametrize("amount", [b"100.00", b"100", b"1e2", b"null", b"true", b'["1.00"]'])
def test_a_number_is_no_amount(sqlite_world, amount):
    made = sqlite_world.a.issue(simple(sqlite_world, "100.00"))
    head = f'{{"currency":"EUR","date":"{TODAY}","invoice_ids":["{made["id"]}"],"amount":'.encode()
    refused = sqlite_world.a("POST", "/payments", head + amount + b"}", key="n")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/amount", "code": "SC-DECIMAL", "message": refused.json()["errors"][0]["message"]}
    ]
    assert standing(sqlite_world, made)["received"] == "0.00"


def test_another_currency_and_an_unknown_buyer(sqlite_world):
    made = sqlite_world.a.issue(simple(sqlite_world, "100.00"))
    assert pay(sqlite_world, "1.00", made, status=409, currency="USD")["code"] == "currency"
    body = {"amount": "1.00", "currency": "EUR", "date": TODAY, "buyer_id": "0002:000000000"}
    assert post(sqlite_world.a, "/payments", body, 404)["code"] == "buyer"
    del body["buyer_id"]
    assert post(sqlite_world.a, "/payments", body, 422)["code"] == "payment-target"
