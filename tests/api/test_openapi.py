"""The frozen description, and requests made from it by the hundred."""

from __future__ import annotations

import re
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from api import freeze
from api.catalogue import KINDS
from tests.api.conftest import World

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(
    r"(?:Invalid|NotFound|Conflict|Forbidden|Unavailable|Unauthenticated|BadRequest|ConditionRequired|refuse_when)"
    r'\(\s*"([a-z][a-z0-9-]+)"'
)


def test_the_description_is_the_committed_one():
    for path, text in freeze.frozen().items():
        assert path.read_text("utf-8") == text, f"{path.name} is not up to date: run python -m api.freeze"


def test_check_notices_a_change(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "api" / "openapi.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    monkeypatch.setattr(freeze, "_ROOT", tmp_path)
    assert freeze.main(["--check"]) == 1
    assert stale.read_text() == "{}"
    assert "openapi.json" in capsys.readouterr().err
    assert freeze.main([]) == 0
    assert freeze.main(["--check"]) == 0


def test_every_code_that_a_caller_can_meet_has_its_entry():
    """Codes of the command line and of settings are not the API's."""
    left_out = {"__main__.py", "settings.py", "setup.py", "keys.py", "demo.py", "database.py"}
    found = {
        code
        for package in ("api", "ledger")
        for path in (ROOT / package).rglob("*.py")
        if path.name not in left_out
        and not {"command", "embedded_chain", "chain", "anchoring", "audit", "migrations"} & set(path.parts)
        for code in CODE.findall(path.read_text("utf-8"))
    }
    assert len(found) > 50
    assert found - set(KINDS) == set()


def test_every_operation_says_how_it_fails(sqlite_world):
    description = sqlite_world.client.get("/v1/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    operations = [
        (method, path, operation) for path, item in description["paths"].items() for method, operation in item.items()
    ]
    assert len(operations) > 35
    for method, path, operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"], path
        assert ("401" in operation["responses"]) is ("security" in operation), path
        if method in ("post", "put", "patch") and not path.endswith("/{draft_id}/preview"):
            assert "requestBody" in operation, (method, path)
        assert any(status.startswith("2") for status in operation["responses"]), path
    text = str(description)
    for reference in set(re.findall(r"#/components/(\w+)/([\w-]+)", text)):
        assert reference[1] in description["components"][reference[0]], reference


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("fuzzed")
    made = World(f"sqlite:///{folder / 'sceau.sqlite3'}", folder)
    made.a.issue(made.draft)
    yield made
    made.ledger.engine.dispose()


@pytest.fixture
def api_schema(fuzzed):
    return schemathesis.openapi.from_asgi("/v1/openapi.json", fuzzed.app)


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_nothing_that_is_sent_makes_the_server_fail(case, fuzzed):
    """No 5xx but an honest 503 (nothing is anchored here), and every answer as described."""
    hypothesis.note(case.as_curl_command())
    operator = case.path.startswith("/v1/issuers") and not case.path.endswith("seller")
    token = fuzzed.operator if operator else fuzzed.a
    headers = {"Authorization": token.headers["Authorization"]}
    response = case.call(headers=headers)
    if response.status_code == 503:
        assert response.json()["code"] == "not-anchored"
        return
    case.validate_response(response, checks=[not_a_server_error, content_type_conformance, response_schema_conformance])
