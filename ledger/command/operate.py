"""`sceau init`, `serve`, `anchor` and `policy`."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ledger.anchoring import anchor_now
from ledger.chain.running import running_chain
from ledger.command.opened import opened, settings_of, write_new
from ledger.command.output import Output, instant
from ledger.policy import policy_of
from ledger.prove import anchored_checkpoint
from ledger.setup import init_ledger, open_ledger
from ledger.store.database import reading

_LOOK = 5.0
"""Seconds between two looks at the worker, and so between its ends and its starts."""


def add_commands(commands: Any) -> None:
    """The parsers of the operator's commands."""
    parser = commands.add_parser("init", help="make a ledger: database, keys, contract")
    parser.set_defaults(run=_init)
    parser = commands.add_parser("serve", help="run the server, its anchoring worker and the embedded chain")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.set_defaults(run=_serve)
    parser = commands.add_parser("anchor", help="log what waits and anchor it now")
    parser.set_defaults(run=_anchor)
    parser = commands.add_parser("policy", help="write a verifier's policy that trusts this ledger")
    parser.add_argument("-o", "--output", type=Path, default=Path("sceau-policy.json"))
    parser.set_defaults(run=_policy)


def _init(options: argparse.Namespace, output: Output) -> int:
    settings = settings_of(options)
    ledger = init_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
    output.data({"ledger": ledger.ledger_id.hex(), "contract": ledger.contract.hex(), "data": str(settings.data)})
    output.say(f"Ledger {ledger.ledger_id.hex()}", "green")
    output.say(f"contract 0x{ledger.contract.hex()} on chain {settings.chain_id} ({settings.chain_name})")
    output.say(f"Keep {settings.data / 'master.key'} in another place than the database's backups.", "bold")
    output.say("Next: sceau issuer add SELLER.json")
    return 0


def _serve(options: argparse.Namespace, output: Output) -> int:
    """Three processes: the chain (when embedded), the worker, and the server in the foreground."""
    # A service manager or `kill` ends it as Ctrl-C does: the chain and the worker must not outlive it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = settings_of(options)
    if not (settings.data / "master.key").exists() and settings.master_key is None:
        init_ledger(settings, clock=time.time, entropy=secrets.token_bytes)
        output.say(f"A new ledger was made in {settings.data}.", "green")
    environ = {**os.environ, "SCEAU_DATA": str(settings.data)}
    environ.setdefault("SCEAU_PUBLIC_URL", f"http://{options.host}:{options.port}")
    with running_chain(settings):
        output.say(f"http://{options.host}:{options.port}  (API under /v1, the verifier's page under /v)", "bold")
        # -P: what lies in the folder where somebody happens to stand is not imported as one of our packages.
        # By name: the server stands above this package and is not imported by it.
        server = [sys.executable, "-P", "-m", "api", "--host", options.host, "--port", str(options.port)]
        return _supervise(server, [sys.executable, "-P", "-m", "ledger.anchoring"], environ)


def _supervise(server: list[str], worker: list[str], environ: dict[str, str]) -> int:
    """Runs both until the server ends; a worker that ended is started again, since without it nothing is anchored."""
    serving = subprocess.Popen(server, env=environ)
    working = subprocess.Popen(worker, env=environ)
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return serving.wait(_LOOK)
            if working.poll() is not None:
                working = subprocess.Popen(worker, env=environ)
    except KeyboardInterrupt:
        return 0
    finally:
        for process in (serving, working):
            process.terminate()
        for process in (serving, working):
            process.wait(10)


def _anchor(options: argparse.Namespace, output: Output) -> int:
    with opened(options, chain=True) as ledger:
        made = anchor_now(ledger)
        if made is None:
            output.data(None)
            output.say("Nothing waits; the ledger is anchored.")
            return 0
        with reading(ledger.engine) as connection:
            point = anchored_checkpoint(connection, made)
    output.data(point.to_json())
    output.say(f"Anchored checkpoint {point.sequence}: {point.size} entries, block time {instant(point.time)}", "green")
    return 0


def _policy(options: argparse.Namespace, output: Output) -> int:
    settings = settings_of(options)
    with running_chain(settings) as url:
        ledger = open_ledger(settings, clock=time.time, entropy=secrets.token_bytes, chain_url=url)
        policy = policy_of(ledger)
    write_new(options.output, policy.encode())
    output.data({"file": str(options.output), "ledger": ledger.ledger_id.hex()})
    output.say(f"{options.output} trusts the ledger {ledger.ledger_id.hex()[:16]}… on its own server's word.")
    output.say(f"Use it with: sceau-verify --policy {options.output} FILE")
    return 0
