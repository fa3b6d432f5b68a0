"""On a real chain: what is anchored, proven and verified over HTTP."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.app import from_environment
from ledger.anchoring.worker import anchor_now
from ledger.audit import audit
from ledger.policy import policy_of
from tests.api.conftest import World, today
from tests.ledger.conftest import clock, embedded, make_ledger
from verifier.bundle import decode_bundle
from verifier.canonical import b64url_decode, b64url_encode
from verifier.cose import encode_sign1
from verifier.judge import judge_bundle
from verifier.seal import decode_seal, encode_seal_payload

__all__ = ["clock", "embedded", "make_ledger"]


@pytest.fixture
def chained(make_ledger, tmp_path) -> World:
    ledger = make_ledger("sqlite")
    return World(ledger.settings.database_url, tmp_path, ledger)


def ask(world: World, seal: str, accept: str = "application/json"):
    return world.client.post("/v/check", json={"seal": seal}, headers={"Accept": accept, "Accept-Language": "fr"})


def test_from_issue_to_a_final_anchor_and_a_verdict(chained):
    a, ledger = chained.a, chained.ledger
    made = a.issue(chained.draft | {"order_reference": "PO/77"})
    early = a("GET", f"/invoices/{made['id']}/bundle")
    assert (early.status_code, early.json()["code"]) == (503, "not-anchored")
    assert ask(chained, made["seal"]).json()["authenticity"] == "cannot_tell"
    anchor_now(ledger)

    read = a("GET", f"/invoices/{made['id']}").json()
    assert read["progress"] == "final"
    (anchor,) = a("GET", "/anchors").json()["data"]
    assert (anchor["sequence"], anchor["state"]) == ("1", "final")
    assert len(anchor["transaction"]) == 64
    assert a("GET", "/anchors/1").json() == anchor
    assert a("GET", "/anchors/2").status_code == 404

    answer = a("GET", f"/invoices/{made['id']}/bundle")
    assert answer.headers["content-type"] == "application/vnd.sceau.bundle+json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{made["number"]}.sceau"'
    verdict = judge_bundle(decode_bundle(answer.content), policy_of(ledger), ledger.now())
    assert (str(verdict.authenticity), str(verdict.status)) == ("authentic", "current")
    assert verdict.document == made["document"]

    body = {"amount": made["due"], "currency": "EUR", "date": today().isoformat(), "invoice_ids": [made["id"]]}
    assert a("POST", "/payments", body, key="paid").status_code == 201
    waiting = ask(chained, made["seal"]).json()
    assert (waiting["authenticity"], waiting["standing"]["label"]) == ("authentic", "issued")
    anchor_now(ledger)
    shown = ask(chained, made["seal"]).json()
    assert (shown["authenticity"], shown["status"], shown["standing"]["label"]) == ("authentic", "current", "paid")
    assert shown["standing"]["remaining"] == "0.00"
    assert "text/html" in ask(chained, made["seal"], "text/html").headers["content-type"]


def test_whoever_holds_a_seal_gets_its_proof_and_no_claim(chained):
    made = chained.a.issue(chained.draft)
    anchor_now(chained.ledger)
    answer = chained.nobody("POST", "/public/bundle", {"seal": made["seal"]})
    assert answer.status_code == 200
    bundle = decode_bundle(answer.content)
    assert bundle.document is None
    assert made["document"]["lines"][0]["name"] not in answer.text
    assert made["buyer_name"] not in json.dumps(answer.json(), ensure_ascii=False)
    claimed = chained.nobody("GET", "/public/ledger").json()
    assert claimed["ledger"] == bundle.ledger_id.hex() == chained.ledger.ledger_id.hex()
    assert claimed["contract"] == chained.ledger.contract.hex()
    assert "Compare" in claimed["note"]


def test_a_forged_and_a_damaged_seal(chained):
    made = chained.a.issue(chained.draft)
    anchor_now(chained.ledger)
    true = decode_seal(b64url_decode(made["seal"]))
    payload = encode_seal_payload(replace(true.seal, account="FR7610107001011234567890129"))
    forged = encode_sign1(replace(true.sign1, payload=payload))
    answer = ask(chained, b64url_encode(forged)).json()
    assert (answer["authenticity"], answer["exit_code"]) == ("forged", "1"), answer
    damaged = b64url_decode(made["seal"])
    damaged = damaged[:-1] + bytes([damaged[-1] ^ 1])
    answer = ask(chained, b64url_encode(damaged)).json()
    assert (answer["authenticity"], answer["reason"]) == ("cannot_tell", "damaged-seal"), answer


def test_what_was_done_over_http_stands_an_audit(chained):
    a, draft = chained.a, chained.draft
    draft_id = a("POST", "/drafts", draft).json()["id"]

    def post(path: str, body: dict) -> dict:
        answers = [a("POST", path, body, key=path + str(len(body))) for _ in range(2)]  # each is sent twice
        assert {item.status_code for item in answers} <= {200, 201}, answers[0].text
        assert answers[0].content == answers[1].content
        return answers[0].json()

    first = post(f"/drafts/{draft_id}/issue", {"series": "F"})
    many = post("/invoices/batch", {"invoices": [{"series": "F", "draft": draft}] * 3})["invoices"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: a.issue(draft), range(8)))
    paid = {"amount": "9000.00", "currency": "EUR", "date": today().isoformat(), "invoice_ids": [first["id"]]}
    payment = post("/payments", paid)
    anchor_now(chained.ledger)
    post(f"/invoices/{many[0]['id']}/apply_credit", {"amount": "10.00"})
    post(f"/payments/{payment['id']}/allocate", {"invoice_id": many[1]["id"], "amount": "20.00"})
    post(f"/payments/{payment['id']}/reverse", {"reason": "bounced"})
    post(f"/invoices/{many[2]['id']}/credit_notes", {"series": "A"})
    assert a("GET", f"/invoices/{first['id']}/pdf").status_code == 200
    chained.b.issue(draft)
    anchor_now(chained.ledger)
    report = audit(chained.ledger, chain=chained.ledger.chain_url)
    assert (report.exit_code, report.findings) == (0, ())
    assert report.counts["invoices"] == 14


def test_the_application_of_the_environment(make_ledger, monkeypatch):
    """What `sceau serve` starts by name."""
    ledger = make_ledger("sqlite")
    settings = ledger.settings
    for name, value in {
        "DATA": settings.data,
        "DATABASE_URL": settings.database_url,
        "CHAIN_URL": settings.chain_url,
        "CHAIN_ID": settings.chain_id,
        "FUNDING_KEY": settings.funding_key,
        "FINALITY": settings.finality,
    }.items():
        monkeypatch.setenv(f"SCEAU_{name}", str(value))
    client = TestClient(from_environment())
    assert client.get("/ready").status_code == 200
    assert client.get("/v1/public/ledger").json()["ledger"] == ledger.ledger_id.hex()
    client.app.state.ledger.engine.dispose()


@pytest.mark.parametrize("seal", ["", "A", "!!!!", "AAAA", "A" * 9000])
def test_what_is_no_seal(sqlite_world, seal):
    for answer in (
        sqlite_world.nobody("POST", "/public/bundle", {"seal": seal}),
        sqlite_world.client.post("/v/check", json={"seal": seal}, headers={"Accept": "application/json"}),
    ):
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
