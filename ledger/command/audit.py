"""`sceau audit`: the whole ledger, or one issuer's part of it, against the chain."""

from __future__ import annotations

import argparse
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ledger.audit import audit, render_text
from ledger.command.opened import opened
from ledger.command.output import Output


def add_commands(commands: Any) -> None:
    """The parser of `audit`."""
    parser = commands.add_parser("audit", help="replay the whole ledger against the contract")
    parser.set_defaults(run=_audit)


def _audit(options: argparse.Namespace, output: Output) -> int:
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
