"""`sceau demo`: the whole product in under a minute, in a folder of its own."""

from __future__ import annotations

import argparse
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from ledger import demo
from ledger.command.output import Output
from ledger.errors import Invalid
from ledger.invoices import get_invoice
from ledger.settings import load_settings
from ledger.store.database import reading

_MARK = ".sceau-demo"


def add_commands(commands: Any) -> None:
    """The parser of `demo`."""
    parser = commands.add_parser("demo", help="show everything, in a folder of its own, in under a minute")
    parser.add_argument("--folder", type=Path, default=Path("demo-output"))
    parser.add_argument("--port", type=int, help="of its server (default 8000, or a free one where that is taken)")
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace, output: Output) -> int:
    folder = options.folder.absolute()
    _fresh(folder)
    began = time.monotonic()
    story = _Story(output)
    settings = demo.settings_of_demo(load_settings({}), folder, demo.choose_port(options.port))
    story.step("Starting an Ethereum chain, deploying the contract, opening a ledger")
    with demo.started(settings, folder, secrets.token_bytes) as place:
        ledger = place.ledger
        story.done(f"ledger {ledger.ledger_id.hex()[:16]}…, contract 0x{ledger.contract.hex()}")
        story.step("Enrolling two firms")
        firms = demo.enrol_firms(place)
        story.done(" and ".join(firm.name for firm in firms) + "; their recovery kits are in the folder")
        story.step("Issuing their invoices")
        issued = demo.issue_all(place, firms)
        story.done(f"{len(issued)} invoices, {issued[0].number} to {issued[-1].number}, sealed")
        story.step("Writing PDFs with the seal's QR code")
        paths = demo.write_pdfs(place, firms)
        story.done(f"{len(paths)} files in {folder.name}/invoices")
        story.step("Anchoring")
        story.done(demo.anchored(place))
        first = issued[0].id
        with reading(ledger.engine) as connection:
            invoice = get_invoice(connection, firms[0].id, first)
        with demo.served(place, demo.environment(place)):
            story.step("A client scans the QR code of the first invoice")
            story.command(demo.verify(place, paths[0]), 0)
            story.step("The client pays; another invoice is credited; the ledger anchors again")
            paid = demo.pay(place, firms[0], first)
            note = demo.credit_one(place, firms[0], issued[1].id)
            story.done(f"{paid} received, credit note {note}; {demo.anchored(place)}")
            story.step("The same invoice, verified from its proof without the server")
            story.command(demo.verify(place, demo.write_bundle(place, invoice, "paid.sceau")), 0)
            proof, paper = demo.tamper(place, invoice)
            story.step("A thief changes the IBAN in the proof")
            story.command(demo.verify(place, proof), None)
            story.step("A thief prints another IBAN around the true QR code")
            story.command(demo.verify(place, paper), 1)
        story.step("An auditor replays the whole ledger against the contract")
        report = demo.audited(place)
        story.done("nothing altered, nothing missing, no gap" if report.ok else "FINDINGS")
    seconds = time.monotonic() - began
    output.data({"folder": str(folder), "seconds": f"{seconds:.1f}", "audit": report.ok, "ok": story.ok and report.ok})
    output.say(f"\nDone in {seconds:.0f} seconds. What to open next:", "bold")
    for path, why in (
        (paths[0], "an invoice with its seal"),
        (folder / "tampered.pdf", "the forgery: compare the account"),
        (folder / "paid.sceau", "a proof; read it with sceau-verify --policy " + str(folder / "policy.json")),
    ):
        output.say(f"  {path.relative_to(folder.parent)}  {why}")
    port = settings.public_url.rpartition(":")[2]
    output.say(f"  sceau --data {folder.name}/ledger serve --port {port}   then {settings.public_url}/v")
    return 0 if story.ok and report.ok else 1


class _Story:
    """Progress for people: what happens, what came of it."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.number = 0
        self.ok = True

    def step(self, title: str) -> None:
        self.number += 1
        self.output.say(f"\n{self.number}. {title} …", "bold")

    def done(self, text: str) -> None:
        self.output.say(f"   ✓ {text}", "green")

    def command(self, ran: demo.Command, expected: int | None) -> None:
        """Shows a command's own words; `None` expects any refusal."""
        good = ran.code not in (0, 4) if expected is None else ran.code == expected
        self.ok = self.ok and good
        self.output.say(f"   $ {ran.line}", "bold")
        for line in _shown(ran.output):
            self.output.say(f"   │ {line}".rstrip())
        self.output.say(f"   └ exit code {ran.code}", "bold")
        if not good:
            self.output.say(f"   ✗ expected exit code {expected}", "red")


def _shown(words: str) -> list[str]:
    """A verdict without its list of checks, which is the same length each time."""
    lines = words.strip().splitlines()[2:]
    ends = [at for at, line in enumerate(lines) if line.strip() == "The checks"]
    return lines[: ends[0] - 1] if ends else lines


def _fresh(folder: Path) -> None:
    """An empty folder; only what an earlier demonstration made is deleted."""
    if folder.exists():
        if not (folder / _MARK).exists() and any(folder.iterdir()):
            raise Invalid("folder", "the folder holds something else; name another one", where=str(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
