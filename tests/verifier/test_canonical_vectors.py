"""The test data of the RFC 8785 author."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rfc8785

from verifier import canonical
from verifier.errors import Malformed

REFUSED = {
    "arrays.json": "json-number",
    "structures.json": "json-number",
    "values.json": "json-number",
    "unicode.json": "json-not-nfc",
    "weird.json": "json-character",
}
"""The formally valid inputs that the profile refuses, and why: no numbers, NFC, no control characters."""


def test_all_six_files(shared: Path) -> None:
    """The library agrees with each file; the profile accepts one and refuses five for a listed reason."""
    folder = shared / "vectors" / "jcs-rfc8785"
    refused: dict[str, str] = {}
    accepted: list[str] = []
    for source in sorted((folder / "input").iterdir()):
        value = json.loads(source.read_text("utf-8"))
        expected = bytes.fromhex((folder / "outhex" / f"{source.stem}.txt").read_text())
        assert rfc8785.dumps(value) == expected == (folder / "output" / source.name).read_bytes()
        try:
            assert canonical.encode_json(value) == expected
            assert canonical.decode_json(expected, limit=10_000) == value
            accepted.append(source.name)
        except Malformed as error:
            refused[source.name] = error.code
            with pytest.raises(Malformed) as caught:
                canonical.decode_json(expected, limit=10_000)
            assert caught.value.code == error.code
    assert accepted == ["french.json"]
    assert refused == REFUSED
