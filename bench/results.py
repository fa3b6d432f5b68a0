"""What was measured, as rows for people and for bench/results.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True)
class Row:
    """One figure; a target is an upper bound, and only ratios have one."""

    name: str
    unit: str
    target: float | None
    value: float

    @property
    def met(self) -> bool | None:
        """None without a target."""
        return None if self.target is None else self.value <= self.target


def write(path: Path, rows: Sequence[Row]) -> None:
    values = [
        {"name": row.name, "unit": row.unit, "target": row.target, "value": round(row.value, 3), "met": row.met}
        for row in rows
    ]
    path.write_bytes(orjson.dumps(values, option=orjson.OPT_INDENT_2) + b"\n")


def table(rows: Sequence[Row]) -> str:
    marks = {True: "met", False: "MISSED", None: ""}
    return "\n".join(
        f"{row.name:<56}{row.value:>10.2f} {row.unit:<6}"
        f"{'' if row.target is None else f'target {row.target}':<12}{marks[row.met]}"
        for row in rows
    )
