from __future__ import annotations

import pytest
from sqlalchemy import select

from ledger.store.database import reading
from ledger.store.tables import api_keys, idempotency
from tests.api.conftest import Http, sample

NEW = {"seller": sample("consultancy")["seller"], "zone": "Europe/Paris"}


def test_enrolment_gives_the_recovery_kit_once(world):
    made = world.operator("POST", "/issuers", NEW, key="enrol")
    assert made.status_code == 201, made.text
    assert "PRIVATE KEY" in made.json()["recovery_kit"]
    again = world.operator("POST", "/issuers", NEW, key="enrol")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == made.json() | {"recovery_kit": None}
    with reading(world.ledger.engine) as connection:
        assert b"PRIVATE KEY" not in connection.execute(select(idempotency.c.body)).scalar_one()
    taken = world.operator("POST", "/issuers", NEW)
    assert (taken.status_code, taken.json()["code"]) == (409, "issuer-exists")
    read = world.operator("GET", f"/issuers/{made.json()['id']}")
    assert read.json()["legal_id"] == made.json()["legal_id"]
    assert "recovery_kit" not in read.json()
    listed = world.operator("GET", "/issuers").json()["data"]
    assert [item["id"] for item in listed] == [world.tenant.id, world.other.id, made.json()["id"]]


def test_an_issuer_that_no_invoice_could_bear_is_refused(sqlite_world):
    seller = NEW["seller"] | {"address": {"city": "Lyon"}, "colour": "blue"}
    answer = sqlite_world.operator("POST", "/issuers", {"seller": seller, "zone": "Europe/Paris"})
    assert answer.status_code == 422
    pointers = {item["pointer"]: item["code"] for item in answer.json()["errors"]}
    assert pointers == {"/seller/address/country": "BR-09", "/seller/colour": "SC-UNKNOWN"}
    answer = sqlite_world.operator("POST", "/issuers", NEW | {"zone": "Europe/Atlantis"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/zone")


def test_a_seller_changes_and_old_invoices_do_not(world):
    """Case L1."""
    old = world.a.issue(world.draft)
    path = f"/issuers/{world.tenant.id}"
    read = world.a("GET", path)
    seller = read.json()["seller"]
    seller["address"]["line1"] = "99 avenue du Nouveau-Siège"
    assert world.a("PUT", f"{path}/seller", {"seller": seller}).status_code == 428
    changed = world.a("PUT", f"{path}/seller", {"seller": seller}, If_Match=read.headers["etag"])
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] != read.headers["etag"]
    stale = world.a("PUT", f"{path}/seller", {"seller": seller}, If_Match=read.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "version")
    assert world.a("GET", f"/invoices/{old['id']}").json() == old
    new = world.a.issue(world.draft)
    assert new["document"]["seller"]["address"]["line1"] == "99 avenue du Nouveau-Siège"
    renamed = seller | {"name": "Somebody Else SARL"}
    refused = world.a("PUT", f"{path}/seller", {"seller": renamed}, If_Match=changed.headers["etag"])
    assert (refused.status_code, refused.json()["code"]) == (409, "identity")


def test_a_key_is_shown_once_used_and_revoked(world):
    made = world.a("POST", "/api_keys", {"name": "till", "scopes": ["payments:write", "invoices:read"]})
    assert made.status_code == 201
    token, key_id = made.json()["token"], made.json()["id"]
    with reading(world.ledger.engine) as connection:
        for row in connection.execute(select(api_keys)):
            assert token not in map(str, row)
    listed = world.a("GET", "/api_keys").json()["data"]
    assert all("token" not in item for item in listed)
    till = Http(world.client, token)
    assert till("GET", "/invoices").status_code == 200
    assert till("GET", "/api_keys").status_code == 403
    assert world.a("DELETE", f"/api_keys/{key_id}").status_code == 204
    revoked = till("GET", "/invoices")
    assert (revoked.status_code, revoked.json()["code"]) == (401, "api-key-unknown")
    assert "invalid_token" in revoked.headers["www-authenticate"]
    assert world.a("DELETE", f"/api_keys/{key_id}").status_code == 404


def test_a_key_gives_no_more_than_it_has(sqlite_world):
    body = {"name": "keys", "scopes": ["keys:write", "invoices:read"]}
    keeper = Http(sqlite_world.client, sqlite_world.a("POST", "/api_keys", body).json()["token"])
    answer = keeper("POST", "/api_keys", {"name": "x", "scopes": ["invoices:write"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    answer = keeper("POST", "/api_keys", {"name": "x", "scopes": ["operator"]})
    assert answer.status_code == 403
    assert keeper("POST", "/api_keys", {"name": "x", "scopes": ["invoices:read"]}).status_code == 201


def test_the_operator_makes_an_issuer_s_first_key(sqlite_world):
    body = {"name": "first", "scopes": ["invoices:read"], "issuer_id": sqlite_world.tenant.id}
    made = sqlite_world.operator("POST", "/api_keys", body)
    assert made.status_code == 201, made.text
    assert Http(sqlite_world.client, made.json()["token"])("GET", "/invoices").status_code == 200
    for bad in (body | {"issuer_id": None}, body | {"scopes": ["operator"]}, body | {"scopes": []}):
        answer = sqlite_world.operator("POST", "/api_keys", bad)
        assert (answer.status_code, answer.json()["code"]) == (422, "scopes")


@pytest.mark.parametrize("expires", [0, 1_700_000_000])
def test_an_expiry_lies_ahead(sqlite_world, expires):
    body = {"name": "x", "scopes": ["invoices:read"], "expires": expires}
    answer = sqlite_world.a("POST", "/api_keys", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "expires")
