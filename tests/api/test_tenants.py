"""Case S1: nobody reads, uses or even notices what another issuer has. The routes are enumerated."""

from __future__ import annotations

import pytest

from ledger.api_keys import create_key
from tests.api.conftest import Http, today

TODAY = today().isoformat()

PUBLIC = {("GET", "/health"), ("GET", "/ready"), ("POST", "/v1/public/bundle"), ("GET", "/v1/public/ledger")}
OPERATOR = {("POST", "/v1/issuers"), ("GET", "/v1/issuers")}

SHARED = {("GET", "/v1/anchors"), ("GET", "/v1/anchors/{sequence}")}
"""The whole ledger's: hashes and block numbers, nobody's own."""

BODIES = {
    ("PUT", "/v1/issuers/{issuer_id}/seller"): {"seller": {}},
    ("PATCH", "/v1/series/{code}"): {"closed": True},
    ("PUT", "/v1/drafts/{draft_id}"): {},
    ("POST", "/v1/drafts/{draft_id}/issue"): {"series": "F"},
    ("POST", "/v1/payments/{payment_id}/reverse"): {"reason": "bounced"},
    ("POST", "/v1/payments/{payment_id}/allocate"): {"invoice_id": "inv_0"},
    ("POST", "/v1/invoices/{invoice_id}/apply_credit"): {},
    ("POST", "/v1/invoices/{invoice_id}/credit_notes"): {"series": "A"},
    ("POST", "/v1/credit_notes/{credit_note_id}/apply"): {"invoice_id": "inv_0"},
}
"""Bodies that would be right for the owner, so that a 404 is about the id and not about the body."""


def routes(app) -> list[tuple[str, str]]:
    paths = app.openapi()["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


def guarded(app) -> list[tuple[str, str]]:
    return [route for route in routes(app) if route not in PUBLIC]


def send(http: Http, method: str, path: str, body=None):
    headers = {"If-Match": '"1"'} if method == "PUT" else {}
    return http(method, path.removeprefix("/v1"), body, key="tenants" if method == "POST" else None, **headers)


@pytest.fixture
def things(sqlite_world):
    """One of each of A's things, by the name of its path parameter."""
    a, draft = sqlite_world.a, sqlite_world.draft
    made = a.issue(draft)
    note = a.issue(
        draft | {"type_code": "381", "preceding": [{"number": made["number"], "issue_date": made["issue_date"]}]}, "A"
    )
    paid = a(
        "POST",
        "/payments",
        {"amount": "5000.00", "currency": "EUR", "date": TODAY, "invoice_ids": [made["id"]]},
        key="paid",
    ).json()
    assert a("POST", "/series", {"code": "ONLYA", "pattern": "Z-{seq}", "reset": "never"}).status_code == 201
    return {
        "issuer_id": sqlite_world.tenant.id,
        "key_id": a("GET", "/api_keys").json()["data"][0]["id"],
        "code": "ONLYA",
        "draft_id": a("POST", "/drafts", draft).json()["id"],
        "invoice_id": made["id"],
        "credit_note_id": note["id"],
        "payment_id": paid["id"],
        "buyer_id": made["buyer_id"],
    }


def test_every_id_of_another_issuer_is_not_found(sqlite_world, things):
    tried = 0
    for method, path in guarded(sqlite_world.app):
        if "{" not in path or (method, path) in SHARED:
            continue
        answer = send(sqlite_world.b, method, path.format(**things), BODIES.get((method, path)))
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()["code"] not in ("not-found",), (method, path)
        tried += 1
    assert tried >= 17
    # Nothing of A's was touched.
    assert sqlite_world.a("GET", f"/drafts/{things['draft_id']}").json()["version"] == "1"
    assert sqlite_world.a("GET", f"/payments/{things['payment_id']}").json()["reversed"] is None


def test_the_same_answer_for_what_is_another_s_and_for_what_is_nowhere(sqlite_world, things):
    nowhere = dict.fromkeys(things, "inv_" + "0" * 32)
    for method, path in guarded(sqlite_world.app):
        if "{" not in path or (method, path) in SHARED:
            continue
        body = BODIES.get((method, path))
        another = send(sqlite_world.b, method, path.format(**things), body).json()
        absent = send(sqlite_world.b, method, path.format(**nowhere), body).json()
        for answer in (another, absent):
            answer["detail"] = answer["detail"].replace(nowhere["code"], "…").replace(things["code"], "…")
            for item in answer.get("errors", ()):
                item["message"] = item["message"].replace(nowhere["code"], "…").replace(things["code"], "…")
        assert another == absent, (method, path)


def test_ids_of_another_issuer_inside_a_body(sqlite_world, things):
    b, own = sqlite_world.b, sqlite_world.b.issue(sqlite_world.draft)
    payment = {"amount": "5.00", "currency": "EUR", "date": TODAY}
    paid = b("POST", "/payments", payment | {"amount": "9999.00", "invoice_ids": [own["id"]]}, key="own").json()
    note = b("POST", f"/invoices/{own['id']}/credit_notes", {"series": "A"}, key="note")
    assert note.status_code in (201, 409)
    tries = [
        ("/payments", payment | {"invoice_ids": [things["invoice_id"]]}),
        (f"/payments/{paid['id']}/allocate", {"invoice_id": things["invoice_id"]}),
        ("/invoices", {"series": "ONLYA", "draft": sqlite_world.draft}),
        ("/api_keys", {"name": "x", "scopes": ["invoices:read"], "issuer_id": things["issuer_id"]}),
        (f"/credit_notes/{things['credit_note_id']}/apply", {"invoice_id": own["id"]}),
    ]
    for at, (path, body) in enumerate(tries):
        answer = b("POST", path, body, key=f"b{at}")
        assert answer.status_code == 404, (path, answer.text)
    assert b("GET", f"/api_keys?issuer_id={things['issuer_id']}").status_code == 404
    assert b("DELETE", f"/api_keys/{things['key_id']}?issuer_id={things['issuer_id']}").status_code == 404


def test_lists_and_filters_show_only_one_s_own(sqlite_world, things):
    own = sqlite_world.b.issue(sqlite_world.draft)
    number = sqlite_world.a("GET", f"/invoices/{things['invoice_id']}").json()["number"]
    listed = sqlite_world.b("GET", "/invoices").json()["data"]
    assert [item["id"] for item in listed] == [own["id"]]
    assert [item["id"] for item in sqlite_world.b("GET", f"/invoices?number={number}").json()["data"]] == [own["id"]]
    assert sqlite_world.b("GET", "/drafts").json()["data"] == []
    assert sqlite_world.b("GET", "/payments").json()["data"] == []
    assert {item["code"] for item in sqlite_world.b("GET", "/series").json()["data"]} == {"F", "A"}


def test_an_idempotency_key_is_its_issuer_s(sqlite_world):
    body = {"series": "F", "draft": sqlite_world.draft}
    first = sqlite_world.a("POST", "/invoices", body, key="shared")
    second = sqlite_world.b("POST", "/invoices", body, key="shared")
    assert (first.status_code, second.status_code) == (201, 201)
    assert "idempotent-replayed" not in second.headers
    assert second.json()["id"] != first.json()["id"]


def test_no_route_answers_without_a_key(sqlite_world):
    for method, path in guarded(sqlite_world.app):
        for token in (None, "sceau_" + "A" * 43, "nonsense"):
            answer = send(Http(sqlite_world.client, token), method, path)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"


def test_no_route_answers_a_key_without_its_scope(sqlite_world, things):
    ledger, tenant = sqlite_world.ledger, sqlite_world.tenant
    keys = {
        scope: Http(sqlite_world.client, create_key(ledger, tenant.id, scope, [scope])[1])
        for scope in ("invoices:read", "invoices:write", "payments:write", "settings:write", "keys:write")
    }
    opened = {}
    for method, path in guarded(sqlite_world.app):
        if (method, path) in OPERATOR:
            continue
        # An id of nobody's: what gets past the scope ends as 404, and nothing is done twice.
        target = path.format(sequence="1", **dict.fromkeys(things, "none"))
        answers = {scope: send(http, method, target).status_code for scope, http in keys.items()}
        opened[method, path] = {scope for scope, status in answers.items() if status not in (401, 403)}
        assert len(opened[method, path]) == 1, (method, path, answers)
    assert opened["POST", "/v1/invoices"] == {"invoices:write"}
    assert opened["GET", "/v1/invoices"] == {"invoices:read"}
    assert opened["POST", "/v1/payments"] == {"payments:write"}
    assert opened["POST", "/v1/api_keys"] == {"keys:write"}


def test_the_operator_enrols_but_has_no_invoices(sqlite_world):
    for method, path in guarded(sqlite_world.app):
        answer = send(sqlite_world.operator, method, path.replace("{", "").replace("}", ""))
        operators = path.startswith(("/v1/issuers", "/v1/api_keys", "/v1/anchors")) and not path.endswith("/seller")
        assert (answer.status_code == 403) is not operators, (method, path, answer.text)
    for method, path in OPERATOR:
        assert send(sqlite_world.a, method, path).status_code == 403
