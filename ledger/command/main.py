"""The parser of `sceau`, and what an error becomes: one line and exit code 2, never a traceback."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from ledger.command import audit, demo, invoices, issuers, operate
from ledger.command.output import Output
from ledger.errors import LedgerError
from verifier.errors import SceauError


def build_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    parser = argparse.ArgumentParser(
        prog="sceau", description="A verifiable invoice ledger. / Un registre de factures vérifiable."
    )
    parser.add_argument("--data", type=Path, help="folder of the ledger (SCEAU_DATA, default ./sceau-data)")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print data as JSON")
    parser.add_argument("--lang", choices=("en", "fr"), help="language of messages (default: LANG)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (operate, issuers, invoices, audit, demo):
        module.add_commands(commands)
    for command in commands.choices.values():
        # `sceau status --json` reads as well as `sceau --json status`.
        command.add_argument("--json", action="store_true", dest="as_json", default=argparse.SUPPRESS)
        command.add_argument("--data", type=Path, default=argparse.SUPPRESS)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit code."""
    options = build_parser().parse_args(arguments)
    language: Literal["en", "fr"] = options.lang or ("fr" if os.environ.get("LANG", "").startswith("fr") else "en")
    output = Output(as_json=options.as_json, language=language)
    try:
        code: int = options.run(options, output)
    except SceauError as error:
        output.error(error)
        return 2
    except (SQLAlchemyError, OSError) as error:
        output.error(LedgerError("storage", str(error).splitlines()[0]))
        return 2
    except KeyboardInterrupt:
        return 130
    return code
