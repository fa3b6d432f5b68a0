"""README.md, run as a newcomer would: every command in order, in a folder that looks like a fresh clone.

A comment above a block says how: `<!-- run: in another terminal -->`, `<!-- run: exit N -->`; `<!-- run: stop -->` ends
what runs in the other terminal. A `text` block after it is what was printed: each of its lines must be there, in order,
`…` standing for anything. Only `make test` is left out: it is what runs this.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.docs.tables import ROOT

PATTERN = re.compile(r"(?:<!-- run: ([a-z0-9 ]+) -->\n)?```(sh|text)\n(.*?)```|<!-- run: (stop) -->", re.DOTALL)
PORT = "8000"
"""The port that the page names; a free one is used in its place."""


@dataclass(frozen=True)
class Block:
    how: str
    kind: str
    text: str


def blocks(page: str) -> list[Block]:
    found = [Block(m[1] or "", m[2] or m[4], m[3] or "") for m in PATTERN.finditer(page)]
    assert len(found) == page.count("```") // 2 + page.count("<!-- run: stop -->"), "a block is in another language"
    return found


class Terminal:
    """A folder with everything that is in the repository, and what is left running in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.running: list[subprocess.Popen[bytes]] = []
        for name in {line.split("/")[0] for line in listed()} | {".venv"}:
            (folder / name).symlink_to(ROOT / name)
        # Copies older than what is installed: `make` would otherwise install again after an edit of the lock.
        for name in ("requirements.lock", "pyproject.toml"):
            (folder / name).unlink()
            (folder / name).write_bytes((ROOT / name).read_bytes())
            os.utime(folder / name, (0, 0))
        keep = {"PATH", "HOME", "TMPDIR", "PYTHONPATH"}
        self.environ = {name: value for name, value in os.environ.items() if name in keep} | {
            "LANG": "C.UTF-8",
            "COLUMNS": "120",
            "SCEAU_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }

    def text(self, block: Block) -> str:
        """The block without `make test`, its port made ours."""
        lines = [line for line in block.text.splitlines() if line != "make test"]
        return "\n".join(line.replace(PORT, self.port) for line in lines)

    def run(self, block: Block) -> str:
        """What the block prints; fails when it ends otherwise than it says."""
        expected = int(block.how.removeprefix("exit ")) if block.how else 0
        command = "set -e\n" + self.text(block)
        ran = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert ran.returncode == expected, f"{command}\nexit {ran.returncode}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def leave_running(self, block: Block) -> None:
        """Starts a server and waits until it answers."""
        command = self.text(block).strip()
        assert command.endswith(" serve")
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command} --port {self.port}"],
            cwd=self.folder, env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.running.append(process)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert process.poll() is None, f"{command} ended"
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        pytest.fail(f"{command} does not answer")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ctrl-C in the other terminal; with it goes everything that it started."""
        while self.running:
            process = self.running.pop()
            process.send_signal(how)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        # The chain removes this file as its last act.
        assert not list(self.folder.glob("*/chain/url")) + list(self.folder.glob("*/*/chain/url"))


def listed() -> list[str]:
    """Files of the repository; outside a clone, whatever lies in the folder."""
    ran = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.stdout.splitlines() or [path.name for path in ROOT.iterdir() if path.name != ".venv"]


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    try:
        yield made
    finally:
        made.stop()


def as_pattern(line: str) -> re.Pattern[str]:
    words = " ".join(line.split())
    return re.compile(".*".join(re.escape(part) for part in words.split("…")))


def test_every_command_of_the_readme(terminal: Terminal) -> None:
    printed: list[str] = []
    stopped = False
    for block in blocks((ROOT / "README.md").read_text()):
        if block.kind == "stop":
            # The second time as a service manager does it.
            terminal.stop(signal.SIGTERM if stopped else signal.SIGINT)
            stopped = True
        elif block.kind == "text":
            rest = iter(printed)
            for line in block.text.splitlines():
                pattern = as_pattern(line)
                assert any(pattern.search(found) for found in rest), f"not printed: {line}\n" + "\n".join(printed)
        elif block.how == "in another terminal":
            terminal.leave_running(block)
        else:
            printed = [" ".join(line.split()) for line in terminal.run(block).splitlines()]
            demonstration = terminal.folder / "demo-output" / "policy.json"
            if "make demo" in block.text:
                # The demonstration chose the port; what it printed on paper names it.
                (trusted,) = json.loads(demonstration.read_text())["ledgers"].values()
                terminal.port = trusted["hosts"][0].rpartition(":")[2]
                terminal.environ["SCEAU_PUBLIC_URL"] = f"http://127.0.0.1:{terminal.port}"


def test_the_page_names_files_that_are_there() -> None:
    page = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", page):
        assert (ROOT / target).exists(), target
