"""The same arguments give the same bytes, in whichever process and order they are printed."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from ledger.formats import pdf

_PROGRAM = """
import json, sys
from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from ledger.formats.pdf import render
from ledger.invoice import complete, parse_draft
folder = resources.files("ledger") / "samples"
names = sys.argv[2:]
for name in (reversed(names) if sys.argv[1] == "backwards" else names):
    draft = json.loads((folder / f"{name}.json").read_bytes())
    document = complete(parse_draft(draft), number="F-1", issue_date="2026-09-30")
    for language in ("fr", "en"):
        pdf = render(document, seal_url="https://sceau.example/v#" + "Ab3_" * 90, language=language,
                     verify_address="sceau.example/v", created=datetime(2026, 9, 30, tzinfo=UTC))
        print(name, language, sha256(pdf).hexdigest())
"""
_NAMES = ["five-lines", "forty-lines", "greek-buyer", "cyrillic-buyer", "credit-note"]


def run(order: str, seed: str, zone: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, order, *_NAMES],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(done.stdout.splitlines())


def test_two_processes_print_the_same_bytes():
    first = run("forwards", "1", "UTC")
    second = run("backwards", "2", "Asia/Tokyo")
    assert len(first) == 2 * len(_NAMES)
    assert first == second


def test_each_argument_changes_the_bytes(sample, issued, printed):
    document = issued(sample("five-lines"))
    made = {
        sha256(made_pdf).hexdigest()
        for made_pdf in (
            printed(document),
            printed(document, language="en"),
            printed(document, created=datetime(2026, 9, 30, 8, 31, tzinfo=UTC)),
            printed(
                document,
                created=datetime(2026, 9, 30, 8, 30, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
            ),
            printed(document, seal_url="https://sceau.example/v#AAAA"),
            printed(document, verify_address="autre.example/v"),
            printed({**document, "number": "F-2026-0043"}),
        )
    }
    assert len(made) == 7


def test_threads_print_what_one_alone_prints(sample, issued, printed):
    documents = [issued(sample(name)) for name in _NAMES] * 6
    alone = [printed(document) for document in documents]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(printed, documents)) == alone


def test_one_drawing_at_a_time(sample, issued, printed):
    """Unguarded, one drawing in some 500 had glyphs of another or failed: too rare to catch by trying."""
    document = issued(sample("five-lines"))
    with ThreadPoolExecutor(1) as threads:
        with pdf._one_at_a_time:
            waiting = threads.submit(printed, document)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=30) == printed(document)


def test_a_time_without_zone_is_refused(sample, issued, printed):
    with pytest.raises(ValueError, match="zone"):
        printed(issued(sample("five-lines")), created=datetime(2026, 9, 30))  # noqa: DTZ001
