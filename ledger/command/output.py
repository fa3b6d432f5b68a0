"""How a command speaks: Rich for people, one JSON value for machines, one line for an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.invoice import InvoiceError
from verifier.dates import rfc3339
from verifier.errors import SceauError


class Output:
    """Where a command's words go."""

    def __init__(self, *, as_json: bool, language: Literal["en", "fr"]) -> None:
        self.as_json = as_json
        self.language = language
        self.console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
        self.errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def data(self, value: Any) -> None:
        """The command's answer, as JSON; people get theirs from `say` and `table`."""
        if self.as_json:
            self.console.print(json.dumps(value, ensure_ascii=False, indent=2), markup=False, emoji=False)

    def say(self, text: str, style: str = "") -> None:
        """One line for people."""
        if not self.as_json:
            self.console.print(Text(text, style=style))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table for people; columns whose name ends in `>` are set to the right."""
        if self.as_json:
            return
        table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
        for column in columns:
            right = column.endswith(">")
            table.add_column(column.rstrip(">"), justify="right" if right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self.console.print(table)

    def error(self, error: SceauError) -> None:
        """What is wrong, where, and which rule says so; one line for each fault."""
        if self.as_json:
            self.errors.print(json.dumps(error_to_json(error, self.language), ensure_ascii=False), markup=False)
            return
        if isinstance(error, InvoiceError):
            for item in error.violations:
                text = item.fr if self.language == "fr" else item.en
                self.errors.print(Text(f"{item.pointer or '/'}: {text} [{item.rule}]", style="red"))
            return
        place = f"{error.where}: " if error.where else ""
        self.errors.print(Text(f"{place}{error.message} [{error.code}]", style="red"))


def error_to_json(error: SceauError, language: str) -> dict[str, Any]:
    """The machine form of an error."""
    if isinstance(error, InvoiceError):
        faults = [
            {"rule": v.rule, "pointer": v.pointer, "message": v.fr if language == "fr" else v.en}
            for v in error.violations
        ]
        return {"code": error.code, "errors": faults}
    return {"code": error.code, "message": error.message, "where": error.where}


def instant(seconds: int | None) -> str:
    """RFC 3339 in UTC, or a dash."""
    return "–" if seconds is None else rfc3339(seconds)
