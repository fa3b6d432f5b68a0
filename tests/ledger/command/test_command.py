"""`sceau` as a person runs it: real chain, real files; the demonstration as a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import stat
import subprocess
import sys
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest

from ledger.chain.running import running_chain
from ledger.command.main import run
from ledger.settings import load_settings
from verifier.command import run as verifier_run

SAMPLES = resources.files("ledger.samples")
YEAR = datetime.now(ZoneInfo("Europe/Paris")).year
"""Of the numbers that are issued today."""


class Firm:
    """A folder with a ledger, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"LANG": "C.UTF-8", "SCEAU_DATA": str(folder / "data")}

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs a command; its words (standard output, or standard error when it refuses)."""
        out, err = io.StringIO(), io.StringIO()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SCEAU_")}
        with (
            mock.patch.dict(os.environ, kept | self.environ, clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            ended = run(arguments)
        assert ended == code, out.getvalue() + err.getvalue()
        return err.getvalue() if code == 2 else out.getvalue()

    def chain(self) -> contextlib.AbstractContextManager[str]:
        """The embedded chain, running meanwhile."""
        return running_chain(load_settings({}, data=self.folder / "data"))

    def verifier(self, *arguments: str) -> tuple[int, str]:
        """`sceau-verify`: exit code and standard output."""
        out = io.StringIO()
        quiet = contextlib.redirect_stderr(io.StringIO())
        with mock.patch.dict(os.environ, LANG="C.UTF-8"), contextlib.redirect_stdout(out), quiet:
            return verifier_run(arguments), out.getvalue()

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Runs a command with --json."""
        return json.loads(self.run(*arguments, "--json", code=code))

    def draft(self, name: str = "five-lines.json", **members: Any) -> str:
        """A draft as a file."""
        path = self.folder / name
        path.write_text(json.dumps(json.loads((SAMPLES / name).read_bytes()) | members))
        return path.name


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    """One ledger with two invoices, the second credited."""
    made = Firm(tmp_path_factory.mktemp("firm"))
    made.run("init")
    made.run("issuer", "add", made.draft())
    issued = made.json("issue", made.draft(), made.draft("greek-buyer.json"))
    assert [item["number"] for item in issued] == [f"F-{YEAR}-0001", f"F-{YEAR}-0002"]
    assert made.json("credit", f"F-{YEAR}-0002")["number"] == f"A-{YEAR}-0001"
    assert made.json("anchor")["sequence"] == "1"
    return made


def test_a_second_init_is_refused(firm: Firm) -> None:
    assert "[initialised]" in firm.run("init", code=2)


def test_the_recovery_kit_is_its_owners_alone(firm: Firm) -> None:
    (kit,) = firm.folder.glob("recovery-kit-*.txt")
    assert stat.S_IMODE(kit.stat().st_mode) == 0o600
    assert "BEGIN PRIVATE KEY" in kit.read_text()
    assert firm.json("issuer", "list")[0]["legal_id"] == ["0002", "912345675"]


def test_a_days_work(firm: Firm) -> None:
    firm.run("pdf", f"F-{YEAR}-0001", "--language", "en")
    assert (firm.folder / f"F-{YEAR}-0001.pdf").read_bytes().startswith(b"%PDF")
    assert firm.json("anchor")["sequence"] == "2"
    assert firm.json("status", f"F-{YEAR}-0001")["progress"] == "final"
    paid = firm.json("pay", f"F-{YEAR}-0001", "--amount", "3000.00")
    assert paid["unallocated"] == "685.18"
    firm.run("pay", "--reverse", paid["id"], "--reason", "bounced")
    assert firm.json("status")["waiting"] == "2"
    firm.run("anchor")
    statuses = {item["number"]: item["status"] for item in firm.json("status", "--issuer", "912345675")}
    assert statuses == {f"F-{YEAR}-0001": "issued", f"F-{YEAR}-0002": "credited", f"A-{YEAR}-0001": "applied"}
    assert firm.json("bundle", f"F-{YEAR}-0001")["file"] == f"F-{YEAR}-0001.sceau"
    assert firm.json("audit")["ok"] is True
    assert firm.json("anchor") is None


def test_one_issuers_completeness(firm: Firm) -> None:
    """The issuer proves it to itself, and its auditor from the file alone, on the verifier's own command."""
    report = firm.json("audit", "--issuer", "912345675", "--evidence", "proof.json")
    assert (report["outcome"], {item["number"] for item in report["invoices"]}) == (
        "complete",
        {f"F-{YEAR}-0001", f"F-{YEAR}-0002", f"A-{YEAR}-0001"},
    )
    firm.run("policy", "-o", "auditor.json")
    given, policy = firm.folder / "proof.json", firm.folder / "auditor.json"
    with firm.chain():
        judged = firm.verifier("issuer", "--policy", str(policy), str(given))
    assert judged[0] == 0
    assert "COMPLETE: Atelier Lumen SARL has sealed these 3 invoices, and no others" in judged[1]
    assert firm.verifier("issuer", "--policy", str(policy), str(given))[0] == 3  # nobody answers for the chain
    given.write_bytes(given.read_bytes()[:-1])
    assert firm.verifier("issuer", "--policy", str(policy), str(given))[0] == 2


def test_series_and_keys(firm: Firm) -> None:
    made = firm.json("issuer", "series", "912345675", "X", "X{seq:5}", "--reset", "never")
    assert [item["code"] for item in made] == ["F", "A", "X"]
    token = firm.json("issuer", "key", "912345675", "--scope", "invoices:read")["token"]
    assert re.fullmatch(r"sceau_[\w-]{43}", token)
    assert firm.json("issuer", "key", "operator")["scopes"] == ["operator"]


def test_the_policy_names_this_ledger(firm: Firm) -> None:
    firm.run("policy", "-o", "policy.json")
    (known,) = json.loads((firm.folder / "policy.json").read_text())["ledgers"]
    assert known == firm.json("status")["ledger"]


BAD = [
    (("issue", "absent.json"), "absent.json", "file"),
    (("issue", "--series", "Q", "five-lines.json"), "/series", "series"),
    (("pay", f"F-{YEAR}-0001", "--amount", "1.5"), "/amount", "amount"),
    (("pay", "F-1999-0001"), "", "invoice"),
    (("pay", "--buyer", "0002:442198768"), "--amount", "amount"),
    (("credit", f"F-{YEAR}-0002"), "/invoice", "credited"),
    (("bundle", f"F-{YEAR}-0001", "-o", "no/such/folder/x.sceau"), "no/such/folder/x.sceau", "file"),
    (("issuer", "add", "five-lines.json"), "/seller", "issuer-exists"),
    (("issuer", "series", "912345675", "Y", "{seq}{seq}"), "/pattern", "series-pattern"),
    (("status", "--issuer", "999999999"), "", "issuer"),
]


@pytest.mark.parametrize(("arguments", "where", "code"), BAD, ids=[" ".join(a) for a, _, _ in BAD])
def test_bad_input_is_one_line_with_place_and_rule(
    firm: Firm, arguments: tuple[str, ...], where: str, code: str
) -> None:
    words = firm.run(*arguments, code=2).strip()
    assert len(words.splitlines()) == 1
    assert words.startswith(where)
    assert words.endswith(f"[{code}]")


def test_every_fault_of_a_draft_in_the_readers_language(firm: Firm) -> None:
    bad = firm.draft("bakery.json", currency="EURO", unknown="x", buyer={"name": "X"})
    english = firm.run("issue", bad, code=2)
    french = firm.run("--lang", "fr", "issue", bad, code=2)
    assert english != french
    for words in (english, french):
        assert {line.partition(":")[0] for line in words.splitlines()} == {"/unknown", "/buyer/address"}


def test_no_ledger_yet(tmp_path: Path) -> None:
    words = Firm(tmp_path).run("status", code=2)
    assert "sceau init" in words
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("variable", ["SCEAU_DATABASE_URL", "SCEAU_FINALITY", "SCEAU_MAXIMUM_AGE", "SCEAU_MASTER_KEY"])
def test_bad_settings_name_their_variable(tmp_path: Path, variable: str) -> None:
    made = Firm(tmp_path)
    made.environ[variable] = "nonsense"
    assert made.run("init", code=2).startswith(variable)


def test_the_demonstration(tmp_path: Path) -> None:
    """Under a minute, and each of its claims checked by the command itself."""
    command = [sys.executable, "-m", "ledger", "demo", "--json", "--folder", "demo", "--port", "0"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120)
    assert not ran.stderr
    answer = json.loads(ran.stdout)
    assert answer["ok"] is True
    assert answer["audit"] is True
    assert float(answer["seconds"]) < 60
    assert len(list((tmp_path / "demo" / "invoices").glob("*.pdf"))) == 36


def test_the_demonstration_deletes_nobody_elses_files(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("x")
    assert "[folder]" in Firm(tmp_path).run("demo", "--folder", "demo", code=2)
    assert (tmp_path / "demo" / "mine.txt").exists()
