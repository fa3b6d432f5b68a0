"""The frozen description, and requests made from it by the hundred."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
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


def _case_of(operation, case, world: World):
    operators = operation.path.startswith("/v1/issuers") and not operation.path.endswith("seller")
    token = world.operator if operators else world.a
    return case.call(headers={"Authorization": token.headers["Authorization"]})


def _try(operation, world: World, sent: Counter[int]) -> None:
    @seed(1)
    @settings(
        max_examples=10, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def run(case):
        response = _case_of(operation, case, world)
        sent[response.status_code] += 1
        if response.status_code == 503:
            assert response.json()["code"] == "not-anchored"
            return
        checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
        case.validate_response(response, checks=checks)

    run()


def test_nothing_that_is_sent_makes_the_server_fail(fuzzed):
    """No 5xx but an honest 503 (nothing is anchored here), and every answer as it is described."""
    # schemathesis has no Unicode classes: the strings that they leave out are part of what is sent.
    described = re.sub(r'"pattern": "[^"]*\\\\p[^"]*"', r'"minLength": 1', json.dumps(fuzzed.app.openapi()))
    fuzzed.app.openapi_schema = json.loads(described)
    found = schemathesis.openapi.from_asgi("/v1/openapi.json", fuzzed.app)
    operations = [result.ok() for result in found.get_all_operations()]
    assert len(operations) > 35
    sent: Counter[int] = Counter()
    for operation in operations:
        _try(operation, fuzzed, sent)
    # The requests are good enough to get past the forms, and wild enough to be refused.
    assert sent[200] + sent[201] > 50, sent
    assert sent[422] > 50, sent
