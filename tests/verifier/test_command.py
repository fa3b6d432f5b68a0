"""`sceau-verify` as its own process, without the server's packages: exit codes, words, JSON, report, policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.verifier.base_environment import build, python, sceau_verify
from tests.verifier.served_ledger import Served, serve, world
from verifier.command import worst
from verifier.policy import Policy, parse_policy


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("base"))


@pytest.fixture
def ledger() -> Iterator[Served]:
    with serve(world()) as served:
        yield served


class Desk:
    """A policy, a folder, and the command."""

    def __init__(self, base: Path, ledger: Served, folder: Path) -> None:
        self.base, self.ledger, self.folder = base, ledger, folder
        self.policy = ledger.write_policy(folder / "policy.json")

    def file(self, name: str, data: bytes | None = None) -> str:
        path = self.folder / f"{name}.sceau"
        path.write_bytes(self.ledger.world.bundle(name).encode() if data is None else data)
        return str(path)

    def run(self, *arguments: str, **env: str) -> CompletedProcess[str]:
        done = sceau_verify(self.base, *arguments, env={"SCEAU_POLICY": str(self.policy), **env})
        assert "Traceback" not in done.stderr + done.stdout
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run("--json", *arguments).stdout)


@pytest.fixture
def desk(base: Path, ledger: Served, tmp_path: Path) -> Desk:
    return Desk(base, ledger, tmp_path)


@pytest.mark.parametrize(
    "name", ["sqlalchemy", "fastapi", "web3", "psycopg", "rich", "reportlab", "pypdfium2", "zxingcpp", "ledger", "api"]
)
def test_the_environment_has_no_package_of_the_server(base: Path, name: str) -> None:
    done = python(base, f"import {name}")
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr
    assert python(base, "import verifier.command, httpx, cbor2, eth_hash.auto").returncode == 0


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("open", 0, ("AUTHENTIC", "Pay to", "FR76 1558 9297 0101 2345 6789 067", "one node", "held by the ledger")),
        ("paid", 0, ("AUTHENTIC", "do not pay again", "declared by the issuer", "boulangerie.example")),
        ("unknown", 3, ("CANNOT TELL", "Do not pay yet.", "next anchor")),
        ("forged", 1, ("FORGED", "Do not pay.", "number that you already had")),
    ],
)
def test_a_bundle_and_a_code_get_the_same_verdict(desk: Desk, name: str, code: int, words: tuple[str, ...]) -> None:
    for given in (desk.file(name), desk.ledger.address(name)):
        done = desk.run(given)
        assert done.returncode == code, done.stdout
        assert "\x1b" not in done.stdout
        flat = " ".join(done.stdout.split())
        for word in words:
            assert word in flat
        for step in range(1, 12):
            assert f" {step} " in flat


def test_superseded_is_4_and_stale_too(desk: Desk) -> None:
    old = desk.ledger.world.bundle("open", sequence=1).encode()
    assert desk.run(desk.file("open", old)).returncode == 4
    desk.ledger.write_policy(desk.policy, maximum_age=1)
    answer = desk.json(desk.file("open"))
    assert (answer["exit_code"], answer["verdict"]["status_reason"]) == ("4", "stale")


def test_an_outage_is_3_and_says_nothing_about_the_invoice(desk: Desk) -> None:
    for path, given in (("/rpc", desk.file("open")), ("/v1/public/bundle", desk.ledger.address("open"))):
        desk.ledger.down = {path}
        answer = desk.json(given)
        assert (answer["exit_code"], answer["verdict"]["reason"]) == ("3", "unreachable")


def test_offline_is_cannot_tell_and_asks_nobody(desk: Desk) -> None:
    bundle, code = desk.file("open"), desk.ledger.address("open")
    assert desk.json("--offline", bundle)["verdict"]["reason"] == "offline-signed"
    assert desk.json("--offline", code)["verdict"]["reason"] == "offline"
    assert desk.ledger.asked == []


def test_the_host_of_a_code_is_not_followed(desk: Desk) -> None:
    """An attacker's host is named in a warning; the pinned host is asked."""
    answer = desk.json(desk.ledger.address("open", host="evil.example"))
    assert answer["exit_code"] == "0"
    assert any("evil.example" in warning for warning in answer["warnings"])
    assert desk.json(desk.ledger.address("open"))["warnings"] == []


def test_forged_in_one_ledger_counts_only_when_no_other_could_be_meant(desk: Desk) -> None:
    """A true seal of another ledger looks wrongly signed in this one."""
    (trusted,) = desk.ledger.policy().ledgers.values()
    other = replace(trusted, ledger_id=b"\xab" * 32, name="Silent", hosts=("127.0.0.1:9",))
    desk.policy.write_bytes(Policy({trusted.ledger_id: trusted, other.ledger_id: other}).encode())
    pinned, foreign = desk.ledger.address("forged"), desk.ledger.address("forged", host="evil.example")
    assert desk.json(pinned)["verdict"]["authenticity"] == "forged"
    assert desk.json(foreign)["verdict"]["reason"] == "unreachable"
    assert desk.json(desk.ledger.address("open", host="evil.example"))["exit_code"] == "0"


def test_a_lying_host_cannot_swap_the_seal(desk: Desk) -> None:
    """The bundle of another invoice does not make a scanned seal authentic, nor forged."""
    desk.ledger.bundle = lambda _: desk.ledger.world.bundle("paid").encode()
    answer = desk.json(desk.ledger.address("open"))
    assert answer["verdict"]["authenticity"] == "cannot_tell"
    assert answer["verdict"]["seal"]["number"] == "F-2025-0001"
    desk.ledger.bundle = lambda _: b"x" * 9_000_000
    assert desk.json(desk.ledger.address("open"))["verdict"]["reason"] == "bad-evidence"


def test_several_inputs_end_in_the_worst(desk: Desk) -> None:
    done = desk.run("--json", desk.file("open"), "missing.pdf", desk.file("forged"))
    assert done.returncode == 1
    assert [item["exit_code"] for item in json.loads(done.stdout)] == ["0", "2", "1"]
    assert [worst(codes) for codes in ([0, 4], [4, 3], [3, 2], [2, 1], [0])] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"[" * 9999, b"\x00\xff", b'{"format":"sceau/bundle/1"}'])
def test_what_is_no_bundle_is_2(desk: Desk, data: bytes) -> None:
    done = desk.run(desk.file("broken", data))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "broken.sceau: " in done.stderr


@pytest.mark.parametrize("data", [b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_without_the_extra_there_is_the_install_line(desk: Desk, data: bytes) -> None:
    done = desk.run(desk.file("scan", data))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "pip install 'sceau[scan]'" in done.stderr
    served = desk.run("serve")
    assert (served.returncode, served.stderr.count("\n")) == (2, 1)
    assert "pip install 'sceau[service]'" in served.stderr


def test_a_broken_policy_is_named_with_its_place(desk: Desk) -> None:
    desk.policy.write_bytes(desk.policy.read_bytes().replace(b'"172800"', b"172800"))
    done = desk.run(desk.file("open"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert str(desk.policy) in done.stderr
    assert "/maximum_age" in done.stderr


def test_no_policy_ends_with_the_command_that_makes_one(desk: Desk, tmp_path: Path) -> None:
    """And that command, with its blanks filled in, makes one that verifies."""
    missing = tmp_path / "new" / "policy.json"
    done = desk.run("--policy", str(missing), desk.file("open"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "sceau-verify trust --ledger" in done.stderr
    (trusted,) = desk.ledger.policy().ledgers.values()
    made = desk.run(
        "trust", "--policy", str(missing), "--ledger", trusted.ledger_id.hex(), "--name", "Mine", "--chain-id", "31337",
        "--contract", "0x" + trusted.contract.hex(), "--rpc", trusted.endpoints[0], "--host", desk.ledger.host,
        "--block", "latest", "--maximum-age", "172800",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert trusted.ledger_id.hex() in made.stdout
    assert parse_policy(missing.read_bytes()).ledgers[trusted.ledger_id] == replace(trusted, name="Mine")
    assert desk.run("--policy", str(missing), desk.file("open")).returncode == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--ledger", "ab"),
        ("--contract", "0x12"),
        ("--chain-id", "x"),
        ("--host", "https://a/b"),
        ("--maximum-age", "-1"),
    ],
)
def test_trust_refuses_what_is_no_policy_and_leaves_the_file(desk: Desk, option: str, value: str) -> None:
    before = desk.policy.read_bytes()
    values = {"--ledger": "ab" * 32, "--name": "N", "--chain-id": "1", "--contract": "ab" * 20, "--rpc": "https://rpc"}
    done = desk.run("trust", *(part for pair in (values | {option: value}).items() for part in pair))
    assert done.returncode == 2
    assert desk.policy.read_bytes() == before
    assert [path.name for path in desk.policy.parent.glob(".policy-*")] == []


def test_french_by_the_environment_and_by_option(desk: Desk) -> None:
    given = desk.file("open")
    for done in (desk.run(given, LANG="fr_FR.UTF-8"), desk.run("--lang", "fr", given, LANG="en_GB.UTF-8")):
        assert "AUTHENTIQUE" in done.stdout
        assert "Reste à payer" in done.stdout
        assert "120,00\u00a0EUR" in done.stdout


def test_the_report_is_whole_and_escaped(desk: Desk, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    done = desk.run("--report", str(report), desk.file("open"), "<script>alert(1)</script>")
    assert done.returncode == 2
    text = report.read_text("utf-8")
    assert 'class="sheet current"' in text
    assert 'class="sheet malformed"' in text
    assert "<script" not in text
    assert "src=" not in text
    assert "href=" not in text
    assert desk.run("--report", str(tmp_path / "no" / "folder.html"), desk.file("open")).returncode == 2
