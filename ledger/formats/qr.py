"""The seal's QR code (ISO/IEC 18004) as vector geometry.

Sizes answer to the coarsest printer that people have, a 203-dpi thermal head: a module must be three of
its dots, and a phone wants the dark square at least three centimetres wide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import segno

POINTS_PER_MM: Final = 72 / 25.4
QUIET_ZONE: Final = 4
"""White modules on each side (ISO/IEC 18004 §9.1)."""
MIN_SIDE_MM: Final = 34.0
"""Least width of the dark square, without the quiet zone: the rule of 30 mm, and some for worn printers."""
MIN_MODULE_MM: Final = 0.376
"""Three dots at 203 dpi are 0.3754 mm; the rule of the product is 0.375."""
MASK: Final = 3
"""Any of the eight masks is valid; a fixed one is deterministic and saves scoring them all."""

_DARK_RUN: Final = re.compile(rb"\x01+")


@dataclass(frozen=True, slots=True)
class Code:
    """One QR symbol.

    Attributes:
        modules: Modules on a side, without the quiet zone.
        version: Symbol version, 1 to 40.
        module: Side of a module in points.
        dark: Horizontal runs of dark modules: column, row from the top, length.
    """

    modules: int
    version: int
    module: float
    dark: tuple[tuple[int, int, int], ...]

    @property
    def side(self) -> float:
        """Side of the symbol with its quiet zone, in points."""
        return (self.modules + 2 * QUIET_ZONE) * self.module


def encode(text: str) -> Code:
    """Encodes text at error level M with a fixed mask.

    Raises:
        segno.DataOverflowError: if the text does not fit a version 40 symbol (2,331 bytes).
    """
    symbol = segno.make(text, error="m", mask=MASK, boost_error=False, micro=False)
    rows = symbol.matrix
    modules = len(rows)
    dark = tuple(
        (run.start(), y, run.end() - run.start())
        for y, row in enumerate(rows)
        for run in _DARK_RUN.finditer(bytes(row))
    )
    module = max(MIN_MODULE_MM, MIN_SIDE_MM / modules) * POINTS_PER_MM
    return Code(modules, int(symbol.version), module, dark)
