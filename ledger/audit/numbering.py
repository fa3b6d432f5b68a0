"""Numbering: each series gapless and in the order of its dates, its counter where its numbers end."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ledger.audit.context import Audit
from ledger.audit.documents import Issued
from ledger.audit.people import check_id
from ledger.audit.rows import place, read
from ledger.series import RESETS
from ledger.store.tables import series
from verifier.numbering import Numbered, Run, check_run
from verifier.records import VoidRecord


def check_series(audit: Audit, issued: list[Issued], issuer_keys: dict[str, bytes]) -> None:
    """Checks every series with its invoices, in the order in which they were sealed."""
    members: dict[str, list[Issued]] = defaultdict(list)
    for item in sorted(issued, key=lambda item: item.seq):
        members[item.series_id].append(item)
    seen = 0
    for row in read(audit.connection, audit.findings, series):
        with audit.findings.guard("series", place(series, row)):
            _series(audit, row, members.pop(row.id, []), issuer_keys)
        seen += 1
    for name, items in members.items():
        for item in items:
            audit.findings.add("orphan", f"invoices/{item.id}/series_id", f"no series {name} is stored")
    audit.counts["series"] = seen


def _series(audit: Audit, row: Any, items: list[Issued], issuer_keys: dict[str, bytes]) -> None:
    where, findings = place(series, row), audit.findings
    check_id(findings, row.id, "ser", row.created, where)
    findings.check(row.reset in RESETS, "series-reset", f"{where}/reset", "yearly or never")
    known = row.issuer_id in issuer_keys
    findings.check(known, "orphan", f"{where}/issuer_id", f"no issuer {row.issuer_id} is stored")
    for item in items:
        findings.equal(item.issuer_id, row.issuer_id, f"invoices/{item.id}/series_id", "the series")
    voids = {
        record.number.upper()
        for record in audit.shown.state.values()
        if isinstance(record, VoidRecord) and record.issuer == issuer_keys.get(row.issuer_id)
    }
    numbered = [Numbered(item.number, item.issue_day) for item in items]
    run = check_run(row.pattern, row.reset == "yearly", numbered, voids)
    for at, message in run.faults:
        findings.add("numbering", f"invoices/{items[at].id}/number", f"series {row.code}: {message}")
    _counter(audit, row, run, items, where)


def _counter(audit: Audit, row: Any, run: Run, items: list[Issued], where: str) -> None:
    findings = audit.findings
    findings.equal(row.issued, len(items) + run.voids, f"{where}/issued", "the run of invoices")
    last_day = items[-1].issue_day if items else None
    findings.equal(row.last_day, last_day, f"{where}/last_day", "the run of invoices")
    findings.equal(row.year, run.year, f"{where}/year", "the run of invoices")
    if run.last is not None:
        findings.equal(row.next_number, run.last + 1, f"{where}/next_number", "the run of invoices")
    else:
        findings.check(row.next_number >= 1, "series-next", f"{where}/next_number", "a counter begins with 1")
