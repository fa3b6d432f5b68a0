"""`sceau audit`: the whole ledger, or one issuer's part of it, against the chain."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ledger.audit import audit, issuer_audit, issuer_evidence, render_text
from ledger.command.opened import opened, write_new
from ledger.command.output import Output
from ledger.errors import Invalid
from ledger.issuers import find_issuer
from verifier.issuer_command import render_issuer


def add_commands(commands: Any) -> None:
    """The parser of `audit`."""
    parser = commands.add_parser("audit", help="replay the whole ledger against the contract")
    parser.add_argument("--issuer", help="prove one issuer's completeness: these invoices, and no others")
    parser.add_argument("--evidence", type=Path, metavar="FILE", help="with --issuer: write the proof for an auditor")
    parser.set_defaults(run=_audit)


def _audit(options: argparse.Namespace, output: Output) -> int:
    if options.issuer is not None:
        return _issuer(options, output)
    if options.evidence is not None:
        raise Invalid("evidence", "the evidence is one issuer's; name it", where="--issuer")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with opened(options, chain=True) as ledger, Progress(*columns, console=output.errors, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: int, total: int) -> None:
            task = tasks.get(stage)
            if task is None:
                task = tasks[stage] = bar.add_task(stage, total=total)
            bar.update(task, completed=done, total=total)

        report = audit(ledger, chain=ledger.chain_url, progress=progress)
    output.data(report.to_json())
    output.say(render_text(report), "green" if report.ok else "red")
    return report.exit_code


def _issuer(options: argparse.Namespace, output: Output) -> int:
    with opened(options, chain=True) as ledger:
        issuer = find_issuer(ledger, options.issuer)
        report = issuer_audit(ledger, issuer.id)
        if options.evidence is not None:
            write_new(options.evidence, issuer_evidence(ledger, issuer.id))
    output.data(report.to_json())
    output.say(render_issuer(report, output.language), "green" if report.exit_code == 0 else "red")
    if options.evidence is not None:
        output.say(f"{options.evidence}: for the issuer's auditor, who runs: sceau-verify issuer {options.evidence}")
    return report.exit_code
