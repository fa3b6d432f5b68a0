"""A sound ledger has no findings, on both databases; an outage and a missing chain are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.audit import audit, render_text
from ledger.context import Ledger
from tests.ledger.audit.conftest import Rich, make_rich
from tests.ledger.conftest import Embedded


def test_sqlite(rich: Rich) -> None:
    report = audit(rich.ledger, chain=rich.ledger.chain_url)
    print(render_text(report))
    assert [item for item in report.findings if item.severity == "error"] == []
    assert (report.ok, report.exit_code, report.chain.state, report.chain.sequence) == (True, 0, "compared", 3)
    assert report.counts["waiting"] == 1


def test_postgresql(embedded: Embedded, tmp_path: Path) -> None:
    made = make_rich(embedded, "postgresql", tmp_path)
    report = audit(made.ledger, chain=made.ledger.chain_url)
    print(render_text(report))
    assert report.findings == ()
    assert report.exit_code == 0
    made.ledger.engine.dispose()


def test_a_ledger_in_which_nothing_happened(ledger: Ledger) -> None:
    report = audit(ledger, chain=ledger.chain_url)
    assert (report.findings, report.exit_code, report.chain.sequence) == ((), 0, 0)


@pytest.mark.parametrize("chain", [None, "http://127.0.0.1:9"])
def test_without_the_chain_it_cannot_tell(rich: Rich, chain: str | None) -> None:
    report = audit(rich.ledger, chain=chain)
    assert report.ok
    assert report.exit_code == 3
    assert report.to_json()["chain"]["state"] == ("not-asked" if chain is None else "unreachable")
