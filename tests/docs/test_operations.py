"""docs/operations.md: its settings and defaults are the program's, its codes are in the code, its gas is measured."""

from __future__ import annotations

import json
import re
from dataclasses import fields

import pytest

from ledger.settings import Settings, load_settings
from tests.docs.tables import DOCS, ROOT, tables

PAGE = (DOCS / "operations.md").read_text()
TABLES = tables(DOCS / "operations.md")
SOURCE = "\n".join(path.read_text() for part in ("ledger", "verifier", "api") for path in (ROOT / part).rglob("*.py"))


def test_every_setting_is_there() -> None:
    named = [row[0].strip("`") for row in TABLES["settings"]]
    assert named == [f"SCEAU_{field.name.upper()}" for field in fields(Settings)]
    assert set(named) == set(re.findall(r"\bSCEAU_[A-Z_]+\b", (ROOT / "ledger" / "settings.py").read_text()))


def test_defaults() -> None:
    settings = load_settings({})
    shown = {row[0].strip("`"): row[1].strip("`") for row in TABLES["settings"]}
    for name in ("chain_id", "chain_name", "maximum_age", "anchor_every", "public_url", "name"):
        assert shown[f"SCEAU_{name.upper()}"] == str(getattr(settings, name)), name
    assert shown["SCEAU_DATA"] == settings.data.name
    assert settings.database_url == f"sqlite:///{settings.data / 'sceau.sqlite3'}"
    assert settings.heartbeat_every == settings.maximum_age // 2
    assert settings.finality == "0"
    assert load_settings({"SCEAU_CHAIN_URL": "http://127.0.0.1:1"}).finality == "finalized"
    assert settings.master_key is settings.chain_url is settings.funding_key is None


def test_the_sepolia_settings_are_accepted() -> None:
    found = re.search(r"```\n(SCEAU_CHAIN_URL.*?)```", PAGE, re.DOTALL)
    assert found is not None
    settings = load_settings(dict(line.split("=", 1) for line in found[1].splitlines()))
    assert (settings.chain_id, settings.finality, settings.embedded) == (11155111, "finalized", False)


@pytest.mark.parametrize("row", TABLES["troubles"], ids=lambda row: row[0])
def test_a_code_is_one_of_the_program(row: list[str]) -> None:
    assert f'"{row[0].strip("`")}"' in SOURCE


def test_gas_is_that_of_the_snapshot() -> None:
    gas = json.loads((ROOT / "contracts" / "gas-snapshot.json").read_text())
    paragraph = PAGE[PAGE.index("**Gas**") : PAGE.index("**Finality.**")]
    names = (
        "deployment",
        "open",
        "first anchor of 1,000,000 entries",
        "anchor from 1,000,000 to 1,010,000 entries",
        "heartbeat",
    )
    assert all(f"{gas[name]:,}" in paragraph for name in names)
    decision = (DOCS / "adr" / "0011-contract-gas.md").read_text()
    assert all(f"{gas[name]:,}" in decision for name in names[3:])


def test_every_decision_is_listed() -> None:
    folder = DOCS / "adr"
    listed = re.findall(r"^- \[(\d+ .+)\]\((.+)\)$", (folder / "README.md").read_text(), re.MULTILINE)
    files = sorted(path.name for path in folder.glob("0*.md"))
    assert [name for _, name in listed] == files
    for number, (title, name) in enumerate(listed, start=1):
        text = (folder / name).read_text()
        assert text.startswith(f"# {title}\n")
        assert name.startswith(f"{number:04d}-")
        assert title.startswith(f"{number} ")
        assert all(f"**{part}.**" in text for part in ("Question", "Decision", "Why", "Price")), name
