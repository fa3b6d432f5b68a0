"""Golden bundles and their mutants: the files are reproduced byte for byte, and each gets its verdict."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.bundles.cases import DAMAGED, GOLDEN, UNREADABLE
from tests.verifier.bundles.generate import FOLDER, files
from verifier.bundle import decode_bundle
from verifier.errors import SceauError
from verifier.ethereum.evidence import ChainEvidence
from verifier.policy import parse_policy
from verifier.verdict import Authenticity, Outcome, Verdict
from verifier.verify import cannot_tell, verify

INDEX: dict[str, Any] = json.loads((FOLDER / "index.json").read_bytes())


def judge(data: bytes) -> tuple[Verdict, set[str]]:
    """The verdict of a file, with step and code of each check that failed; step 0 is the reading."""
    evidence = ChainEvidence.from_json(json.loads((FOLDER / "evidence.json").read_bytes()))
    policy = parse_policy((FOLDER / "policy.json").read_bytes())
    try:
        bundle = decode_bundle(data)
    except SceauError as error:
        return cannot_tell(error), {f"0 {error.code}"}
    verdict = verify(bundle, evidence, policy, int(INDEX["now"]))
    return verdict, {f"{c.step} {c.code}" for c in verdict.checks if c.outcome is Outcome.FAILED}


def test_the_files_are_what_the_generator_makes() -> None:
    """Byte for byte, none missing and none left over."""
    stored = {path.name: path.read_bytes() for path in Path(FOLDER).iterdir()}
    made = files()
    assert stored.keys() == made.keys()
    assert [name for name in made if stored[name] != made[name]] == []


@pytest.mark.parametrize("name", INDEX["cases"])
def test_each_file_gets_its_verdict(name: str) -> None:
    """The verdict written by hand beside the case, and the check that refuses."""
    wanted = INDEX["cases"][name]
    verdict, failed = judge((FOLDER / f"{name}.json").read_bytes())
    assert f"{verdict.authenticity} {verdict.reason} {verdict.status}" == wanted["end"]
    if wanted["refusal"]:
        assert wanted["refusal"] in failed
    else:
        assert not failed


def test_no_damage_makes_a_true_invoice_forged_and_none_passes() -> None:
    """Every mutant of a true bundle ends in *cannot tell*, whatever it was done to."""
    for case in (*DAMAGED, *UNREADABLE):
        verdict, failed = judge((FOLDER / f"{case.name}.json").read_bytes())
        assert verdict.authenticity is Authenticity.CANNOT_TELL, case.name
        assert failed, case.name
        assert verdict.exit_code == 3


def test_each_check_that_a_bundle_can_break_has_a_mutant() -> None:
    """Steps 2 to 8 and 10 (9 and 11 are about the chain and the issuer), and the reading itself."""
    steps = Counter(int(case.refusal.split()[0]) for case in (*DAMAGED, *UNREADABLE))
    assert set(steps) == {0, 2, 3, 4, 5, 6, 7, 8, 10}


def test_what_the_golden_verdicts_show() -> None:
    """Standing, origin, identity and custody of the golden bundles, as written here by hand."""
    shown = {
        case.name: judge((FOLDER / f"{case.name}.json").read_bytes())[0]
        for case in GOLDEN
        if case.end.startswith("authentic")
    }
    standing = {name: v.standing for name, v in shown.items() if v.standing is not None}
    assert standing.keys() == shown.keys()
    assert {name: (s.label, s.received, s.credited, s.remaining) for name, s in standing.items()} == {
        "fresh-invoice": ("issued", 0, 0, 12_000),
        "paid-invoice": ("paid", 12_000, 0, 0),
        "paid-invoice-partly-open": ("paid", 12_000, 0, 0),
        "paid-invoice-before-the-payment": ("issued", 0, 0, 12_000),
        "credited-invoice": ("credited", 0, 12_000, 0),
        "credit-note": ("applied", 0, 12_000, 0),
    }
    assert standing["paid-invoice"].payment_grades == ("declared",)
    assert {s.pay_to for s in standing.values()} == {"FR7615589297010123456789067"}
    assert {v.identity for v in shown.values()} == {"attested:domain:boulangerie.example:2025-11-24"}
    assert {name: v.custody for name, v in shown.items()} == dict.fromkeys(shown, "server") | {
        "fresh-invoice": "client"
    }
    start = 1_764_000_000
    assert shown["fresh-invoice"].logged_between == (start + 1800, start + 2400)
    assert shown["paid-invoice"].logged_between == (start + 60, start + 600)
    assert shown["paid-invoice-before-the-payment"].as_of == start + 600
    assert shown["paid-invoice"].as_of == start + 2400


def test_a_partly_opened_document_says_what_is_hidden() -> None:
    """Names and number of the hidden claims are shown; the opened ones are the document's."""
    verdict, _ = judge((FOLDER / "paid-invoice-partly-open.json").read_bytes())
    assert verdict.hidden == (
        "/buyer", "/lines/0", "/lines/1", "/payment/0", "/currency", "/due_date", "/type_code", "/issue_date",
    )  # fmt: skip
    assert verdict.document is not None
    assert verdict.document["number"] == "F-2025-0001"
    assert "buyer" not in verdict.document
