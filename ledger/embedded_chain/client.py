"""Start the embedded chain as a process of its own, or find the one that runs on a folder."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from ledger.embedded_chain.dev_account import read_key
from ledger.embedded_chain.errors import EmbeddedChainError

_URL_FILE = "url"


@dataclass(frozen=True, slots=True)
class AttachedChain:
    """A chain that somebody else runs."""

    url: str
    """Where it answers JSON-RPC."""
    data_dir: Path

    @property
    def dev_key(self) -> bytes:
        """Private key (32 bytes) of the account that owns all ether."""
        return read_key(self.data_dir)


@dataclass(frozen=True, slots=True)
class RunningChain(AttachedChain):
    """A chain that this process started. As a context manager it stops on leaving."""

    process: subprocess.Popen[str]

    def stop(self, timeout: float = 10.0) -> None:
        """Ask it to end (SIGTERM) and wait; after `timeout` seconds it is killed, which loses nothing."""
        self.process.terminate()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def kill(self) -> None:
        """End it by SIGKILL, as a crash would."""
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    data_dir: Path,
    *,
    port: int = 0,
    chain_id: int = 31337,
    block_clock: str = "system",
    timeout: float = 30.0,
) -> RunningChain:
    """Start a chain process and wait until it answers.

    Args:
        data_dir: its folder, made if absent.
        port: loopback port, 0 for a free one.
        chain_id: EIP-155 chain id; fixed when the folder is new.
        block_clock: `system`, `offset:SECONDS` or `file:PATH`.
        timeout: seconds to wait for it.

    Raises:
        EmbeddedChainError: `chain-start`, with the process's own words, when it ends or is late.
    """
    command = [sys.executable, "-P", "-m", "ledger.embedded_chain", "--data", str(data_dir), "--port", str(port)]
    command += ["--chain-id", str(chain_id), "--block-clock", block_clock]
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "chain.log"
    # Its words go to a file, not to a pipe: nobody reads the pipe while the process lives.
    with log.open("a") as errors:
        begin = errors.tell()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    url = _first_line(process, timeout)
    if url:
        return RunningChain(url, data_dir, process)
    late = process.poll() is None and not _ended(process)
    RunningChain("", data_dir, process).kill()
    with log.open() as errors:
        errors.seek(begin)
        words = errors.read().strip()
    if late:
        words = f"the embedded chain did not start within {timeout:g} s"
    raise EmbeddedChainError("chain-start", words or f"the chain ended with {process.returncode}")


def _first_line(process: subprocess.Popen[str], timeout: float) -> str:
    """Return the line that says where the chain answers, or '' when it ends first or is late."""
    lines: list[str] = []

    def read() -> None:
        if process.stdout is not None:
            lines.append(process.stdout.readline())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout)
    return lines[0].strip() if lines else ""


def _ended(process: subprocess.Popen[str]) -> bool:
    """Give a process that has closed its output the moment it takes to be gone."""
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        return False
    return True


def attach(data_dir: Path, *, timeout: float = 5.0) -> AttachedChain:
    """Find the chain that runs on a folder.

    Raises:
        EmbeddedChainError: `chain-not-running` when none does.
    """
    try:
        url = (data_dir / _URL_FILE).read_text()
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        httpx.post(url, json=request, timeout=timeout, trust_env=False).raise_for_status()
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise EmbeddedChainError("chain-not-running", f"no chain runs on {data_dir}") from error
    return AttachedChain(url, data_dir)
