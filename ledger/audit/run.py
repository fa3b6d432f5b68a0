"""`audit`: the whole ledger replayed, every stored row held against the replay, the replay against the contract."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Engine

from ledger.audit.chain import Compared, check_transactions, compare, read_head, unreachable
from ledger.audit.context import Audit, Progress
from ledger.audit.dates import check_dates
from ledger.audit.documents import Issued, check_invoices
from ledger.audit.findings import Findings
from ledger.audit.meta import check_meta, find_first_key
from ledger.audit.numbering import check_series
from ledger.audit.people import check_people
from ledger.audit.replay import replay
from ledger.audit.report import AuditReport
from ledger.audit.rows import tolerant
from ledger.audit.settlement import Settlement
from ledger.context import Ledger
from ledger.errors import Unavailable
from ledger.store.database import reading
from verifier.errors import Inconclusive, SceauError
from verifier.ethereum.contract import ContractView

MAX_INTEGRITY = 100
"""Messages of SQLite's own check that are kept."""


def audit(ledger: Ledger, *, chain: str | None, progress: Progress | None = None) -> AuditReport:
    """Audits a ledger; never raises for damaged data, whatever the damage: it is what the report is for.

    Args:
        ledger: opened; nothing is written.
        chain: JSON-RPC address of a node; None: the contract is not compared, and the exit code says so.
        progress: told the stage, what is done of it and how much there is.
    """
    started = time.perf_counter()
    findings = Findings()
    head, compared = _ask(ledger, chain, findings)
    counts: dict[str, int] = {}
    with findings.guard("database", "database"), reading(ledger.engine) as connection, tolerant(connection):
        run = Audit(connection, ledger, findings, progress or (lambda _stage, _done, _total: None), counts=counts)
        _integrity(run, ledger.engine)
        compared = _stages(run, chain, head, compared)
    return AuditReport(
        ledger_id=ledger.ledger_id,
        contract=ledger.contract,
        findings=tuple(findings.shown),
        found=dict(findings.counts),
        errors=findings.errors,
        counts=counts,
        chain=compared,
        seconds=time.perf_counter() - started,
    )


def _ask(ledger: Ledger, url: str | None, findings: Findings) -> tuple[ContractView | None, Compared]:
    if url is None:
        return None, Compared("not-asked", "no chain was named")
    try:
        head = read_head(ledger, url)
    except Inconclusive as error:
        return None, unreachable(error)
    except SceauError as error:
        findings.add(error.code, "contract", error.message)
        return None, Compared("refuted", error.message)
    return head, Compared("compared")


def _stages(run: Audit, url: str | None, head: ContractView | None, compared: Compared) -> Compared:
    """Each stage on its own: one that fails leaves the others their say."""
    first = find_first_key(run)
    if first is not None:
        key = first
        _stage(run, "entries", lambda: replay(run, key))
    _stage(run, "meta", lambda: check_meta(run, first))
    issuer_keys: dict[str, bytes] = {}
    _stage(run, "issuers", lambda: issuer_keys.update(check_people(run)))
    run.progress("issuers", 1, 1)

    issued: list[Issued] = []

    def documents() -> None:
        issued.extend(check_invoices(run, issuer_keys))
        check_series(run, issued, issuer_keys)
        Settlement(run, issued, issuer_keys).check()

    _stage(run, "invoices", documents)
    try:
        sent = check_transactions(run, url if head is not None else None)
        _stage(run, "dates", lambda: check_dates(run, issued, sent))
        return compared if head is None or url is None else compare(run, url, head, sent)
    except (Inconclusive, Unavailable) as error:
        return unreachable(error)
    except SceauError as error:
        run.findings.add(error.code, "contract", error.message)
        return Compared("refuted", error.message)


def _stage(run: Audit, name: str, stage: Callable[[], None]) -> None:
    with run.findings.guard("stage", name):
        stage()


def _integrity(run: Audit, engine: Engine) -> None:
    """SQLite's check of its own pages and indexes; references are checked row by row, on every database."""
    if engine.dialect.name != "sqlite":
        return
    with run.findings.guard("database", "database"):
        for (message,) in run.connection.exec_driver_sql(f"PRAGMA integrity_check({MAX_INTEGRITY})"):
            run.findings.check(message == "ok", "sqlite-integrity", "database", str(message))
