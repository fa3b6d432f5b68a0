"""Invoices to print, and what a reader gets out of the paper."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pypdfium2
import pytest

from ledger.formats.pdf import render
from ledger.invoice import complete, parse_draft

Json = dict[str, Any]

SAMPLES = sorted(
    entry.name.removesuffix(".json")
    for entry in (resources.files("ledger") / "samples").iterdir()
    if entry.name.endswith(".json")
)


def seal_url(size: int) -> str:
    """A link with as many bytes as a seal of that size; the bytes do not matter to the printer."""
    seal = bytes(at * 37 % 256 for at in range(size))
    return "https://sceau.example/v#" + base64.urlsafe_b64encode(seal).decode().rstrip("=")


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Json]:
    """A draft of the samples."""
    return lambda name: json.loads((resources.files("ledger") / "samples" / f"{name}.json").read_bytes())


@pytest.fixture(scope="session")
def issued() -> Callable[[Json], Json]:
    """The completed document of a draft."""
    return lambda draft: complete(parse_draft(draft), number="F-2026-0042", issue_date="2026-09-30")


@pytest.fixture(scope="session")
def printed() -> Callable[..., bytes]:
    """Prints a completed document, in French unless told."""

    def run(document: Json, **members: Any) -> bytes:
        given: dict[str, Any] = {
            "seal_url": seal_url(267),
            "verify_address": "sceau.example/v",
            "language": "fr",
            "created": datetime(2026, 9, 30, 8, 30, tzinfo=UTC),
        }
        return render(document, **{**given, **members})

    return run


@pytest.fixture(scope="session")
def pages() -> Callable[[bytes], list[str]]:
    """The text of each page, all white space taken out: what copy and paste gives, whatever the spacing."""

    def run(pdf: bytes) -> list[str]:
        document = pypdfium2.PdfDocument(pdf)
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]

    return run
