from __future__ import annotations

import json
import logging

import pytest
from sqlalchemy.exc import OperationalError

from api.body import MAX_BODY
from api.problems import language_of
from ledger.context import write_meta
from ledger.store.database import writing
from tests.api.conftest import Http


def draft_with(world, **changes) -> dict:
    return {"series": "F", "draft": world.draft | changes}


def test_every_violation_at_once_in_the_reader_s_language(sqlite_world):
    lines = [{"name": "x", "quantity": "1", "net_price": "1.00", "vat": {"category": "S"}}]
    body = draft_with(sqlite_world, lines=lines, notes=[], currency="EUR", colour="blue")
    del body["draft"]["colour"]
    said = {}
    for language in ("en", "fr", "fr-CA, en;q=0.5", "de, en;q=0.2, fr;q=0.1"):
        http = Http(sqlite_world.client, sqlite_world.tenant.token, language)
        answer = http("POST", "/invoices", body, key="x")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        said[language] = answer.json()
    assert said["en"]["title"] == "The invoice breaks rules"
    assert said["fr"]["title"] == "La facture enfreint des règles"
    assert said["fr-CA, en;q=0.5"] == said["fr"]
    assert said["de, en;q=0.2, fr;q=0.1"] == said["en"]
    pointers = {(item["pointer"], item["code"]) for item in said["en"]["errors"]}
    assert pointers == {(item["pointer"], item["code"]) for item in said["fr"]["errors"]}
    assert ("/draft/lines/0/vat/rate", "BR-48") in pointers
    assert any(code.startswith("FR-") for _, code in pointers)  # case V11: the French mentions that are missing
    assert len(pointers) > 2
    english, french = said["en"]["errors"][0]["message"], said["fr"]["errors"][0]["message"]
    assert english != french
    assert said["en"]["type"] == "/problems#invoice-invalid"
    page = sqlite_world.client.get("/problems").text
    assert 'id="invoice-invalid"' in page
    assert "<code>Idempotency-Key</code>" in page
    assert "`" not in page


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("fr", "fr"), ("FR-fr", "fr"), ("en,fr", "en"), ("en;q=0.1,fr;q=0.9", "fr"), ("de", "en"),
     ("fr;q=0", "en"), ("fr;q=x", "en"), ("*", "en"), (";;;,,", "en")],
)  # fmt: skip
def test_the_language_that_is_ranked_first(header, language):
    assert language_of(header) == language


@pytest.mark.parametrize("number", [b"84.90", b"84", b"8490e-2", b"1e400", b"-0"])
def test_a_json_number_is_no_price(sqlite_world, number):
    """Case V9's neighbour: a float never stands where money does."""
    raw = json.dumps(sqlite_world.draft).encode()
    numbered = raw.replace(b'"net_price": "84.90"', b'"net_price": ' + number)
    assert numbered != raw
    for path, sent, pointer in (
        ("/drafts", numbered, "/lines/0/net_price"),
        ("/preview", numbered, "/lines/0/net_price"),
        ("/invoices", b'{"series": "F", "draft": ' + numbered + b"}", "/draft/lines/0/net_price"),
    ):
        answer = sqlite_world.a("POST", path, sent, key="n")
        assert answer.status_code == 422
        if number == b"1e400":
            continue  # refused before anything looks at members: no such number in JSON here
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == (pointer, "SC-DECIMAL")
    assert sqlite_world.a("GET", "/invoices").json()["data"] == []


def test_a_line_in_another_currency(sqlite_world):
    """Case V9."""
    lines = [sqlite_world.draft["lines"][0] | {"currency": "USD"}]
    answer = sqlite_world.a("POST", "/invoices", draft_with(sqlite_world, lines=lines), key="usd")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/draft/lines/0")


BAD_JSON = {
    "empty": b"",
    "not JSON": b"{",
    "two values": b"{} {}",
    "NaN": b'{"series": NaN}',
    "not UTF-8": b'{"series": "\xff"}',
    "lone surrogate": b'{"series": "\\ud800"}',
    "a member twice": b'{"series": "F", "series": "A", "draft": {}}',
    "a member twice, escaped": b'{"series": "F", "s\\u0065ries": "A", "draft": {}}',
    "a member twice deep inside": b'{"series": "F", "draft": {"lines": [{"name": "x", "name": "y"}]}}',
    "deep": b'{"series":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "BOM": b'\xef\xbb\xbf{"series": "F", "draft": {}}',
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bad_json_is_a_problem(sqlite_world, name):
    for path in ("/invoices", "/drafts", "/preview", "/payments", "/series", "/public/bundle"):
        answer = sqlite_world.a("POST", path, BAD_JSON[name], key="bad")
        assert (answer.status_code, answer.json()["code"]) == (422, "json"), path


@pytest.mark.parametrize("value", [[], "x", 1, b"null", True, {"series": 1, "draft": []}, {"series": "F", "draft": {}}])
def test_json_of_another_shape(sqlite_world, value):
    answer = sqlite_world.a("POST", "/invoices", value, key="shape")
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert all("Traceback" not in item["message"] for item in answer.json()["errors"])


def test_strings_that_a_database_refuses(world):
    """PostgreSQL keeps no NUL in text."""
    for answer in (
        world.a("GET", "/invoices?number=%00"),
        world.a("GET", "/invoices/%00"),
        world.a("GET", "/invoices?buyer=a%00b"),
        world.a("POST", "/series", {"code": "x\0", "pattern": "X-{seq}", "reset": "never"}),
        world.a("POST", "/api_keys", {"name": "x\0", "scopes": ["invoices:read"]}),
        world.a("POST", "/invoices", {"series": "F\0", "draft": world.draft}, key="nul"),
        world.a("POST", "/invoices", draft_with(world, order_reference="a\0"), key="nul"),
        world.operator("DELETE", "/api_keys/x?issuer_id=%00"),
    ):
        assert answer.status_code in (400, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_is_bounded(sqlite_world):
    head = {"Authorization": f"Bearer {sqlite_world.tenant.token}", "Idempotency-Key": "big"}
    announced = sqlite_world.client.post("/v1/drafts", content=b" " * (MAX_BODY + 1), headers=head)
    assert (announced.status_code, announced.json()["code"]) == (413, "too-large")

    def unannounced():
        for _ in range(MAX_BODY // 2**20 + 1):
            yield b" " * 2**20

    streamed = sqlite_world.client.post("/v1/drafts", content=unannounced(), headers=head)
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/invoices/", 404, "not-found"),
        ("DELETE", "/series", 405, "method"),
        ("GET", "/invoices?limit=0", 422, "parameter"),
        ("GET", "/invoices?limit=101", 422, "parameter"),
        ("GET", "/invoices?limit=x", 422, "parameter"),
        ("GET", "/invoices?cursor=x", 422, "cursor"),
        ("GET", "/invoices?cursor=ZHJhXzAx", 422, "cursor"),
        ("GET", "/drafts?cursor=%2e%2e", 422, "cursor"),
        ("GET", "/anchors?cursor=x", 422, "cursor"),
        ("GET", "/anchors/99999999999999999999", 404, "anchor"),
    ],
)
def test_addresses_and_parameters(sqlite_world, method, path, status, code):
    answer = sqlite_world.a(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_security_headers_on_every_answer(sqlite_world):
    answers = [
        sqlite_world.a("GET", "/invoices"),
        sqlite_world.nobody("GET", "/invoices"),
        sqlite_world.a("GET", "/nowhere"),
        sqlite_world.client.get("/health"),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers  # the address is plain http here
    page = sqlite_world.client.get("/v")
    assert page.headers["content-security-policy"].count("default-src") == 1
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_a_fault_of_ours_is_logged_and_not_shown(sqlite_world, monkeypatch, caplog):
    def fails(*_args, **_more):
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr("api.routes.invoices.get_invoice", fails)
    with caplog.at_level(logging.ERROR, "sceau.api"):
        answer = sqlite_world.a("GET", "/invoices/x")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "the secret of the house" in caplog.text


def test_a_database_that_does_not_answer(sqlite_world, monkeypatch):
    def fails(*_args, **_more):
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr("api.routes.invoices.get_invoice", fails)
    answer = sqlite_world.a("GET", "/invoices/x")
    assert (answer.status_code, answer.json()["code"]) == (503, "database")
    assert int(answer.headers["retry-after"]) > 0
    assert "SELECT" not in answer.text


def test_a_stopped_ledger_refuses_and_says_so(world):
    assert world.client.get("/ready").json() == {"status": "ready", "waiting": "2"}
    with writing(world.ledger.engine) as connection:
        write_meta(connection, "alarm", "tree-broken: a tile is not what it was")
    answer = world.a("POST", "/invoices", draft_with(world), key="stopped")
    assert (answer.status_code, answer.json()["code"]) == (503, "alarm")
    assert world.client.get("/ready").status_code == 503
    assert world.client.get("/health").status_code == 200
    assert world.a("GET", "/invoices").json()["data"] == []
