"""The demonstration: two firms, a few dozen invoices, and every promise of the product kept or broken before your eyes.

Each step is a generator's item: what is about to be shown, then what came of it, so that a command can print progress.
Nothing here is special: it calls the use cases and the commands that anybody would.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import httpx

from ledger.anchoring import anchor_now
from ledger.audit import audit
from ledger.chain.running import running_chain
from ledger.context import Ledger
from ledger.credit import credit_invoice
from ledger.errors import Unavailable
from ledger.formats.pdf import render
from ledger.invoices import Invoice, get_invoice, list_invoices, seal_of, seal_url
from ledger.issue import Issued, Item, issue
from ledger.issuers import Issuer, enrol
from ledger.policy import policy_of
from ledger.prove import prove_invoice
from ledger.renditions import pdf_of, verify_address
from ledger.series import create_series
from ledger.settings import Settings
from ledger.settle import Receipt, record_payment
from ledger.setup import init_ledger
from ledger.store.database import reading
from verifier.canonical import format_amount

FIRMS = (
    ("five-lines.json", "forty-lines.json", "greek-buyer.json", "japanese-yen.json"),
    ("consultancy.json", "cyrillic-buyer.json"),
)
"""Drafts of each firm, from the samples."""

PER_FIRM = 18
_THIEF = "DE75512108001245126199"
"""Whose account the forger prints (a test account with right check digits)."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Demo:
    """Where the demonstration is."""

    ledger: Ledger
    folder: Path
    policy: Path


@dataclass(frozen=True)
class Command:
    """A command that was run as its own process."""

    line: str
    code: int
    output: str


PORT = 8000
"""The server's own default, so that the printed codes work when it is started again."""


def choose_port(wanted: int | None = None) -> int:
    """The port that is wanted (0: any free one); by default the server's usual one, or a free one where it is taken."""
    for port in (PORT, 0) if wanted is None else (wanted,):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            chosen: int = listener.getsockname()[1]
            return chosen
    raise Unavailable("port", "no port is free on this machine")


def settings_of_demo(settings: Settings, folder: Path, port: int) -> Settings:
    """The demonstration's own settings: everything in its folder, a server on loopback."""
    data = folder / "ledger"
    return replace(
        settings,
        data=data,
        database_url=f"sqlite:///{data / 'sceau.sqlite3'}",
        master_key=None,
        public_url=f"http://127.0.0.1:{port}",
        name="Sceau demonstration",
    )


@contextmanager
def started(settings: Settings, folder: Path, entropy: Callable[[int], bytes]) -> Iterator[Demo]:
    """A new ledger on a new chain."""
    settings.data.mkdir(parents=True)
    with running_chain(settings):
        ledger = init_ledger(settings, clock=time.time, entropy=entropy)
        policy = folder / "policy.json"
        policy.write_bytes(policy_of(ledger).encode())
        yield Demo(ledger, folder, policy)


def enrol_firms(demo: Demo) -> list[Issuer]:
    """Enrols two firms; their recovery kits go into the folder."""
    firms = []
    for names in FIRMS:
        made = enrol(demo.ledger, _sample(names[0])["seller"], "Europe/Paris")
        kit = demo.folder / f"recovery-kit-{made.issuer.legal_id[1]}.txt"
        kit.touch(mode=0o600)
        kit.write_text(made.recovery_kit)
        for code in ("F", "A"):
            create_series(demo.ledger, made.issuer.id, code, f"{code}-{{YYYY}}-{{seq:4}}")
        firms.append(made.issuer)
    return firms


def _sample(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((resources.files("ledger.samples") / name).read_bytes())
    return value


def drafts_of(firm: int, today: date, count: int = PER_FIRM) -> list[dict[str, Any]]:
    """Realistic drafts with rising dates over the last two months; the same for every run on one day."""
    random = Random(firm)  # noqa: S311
    drafts = []
    for at in range(count):
        draft = _sample(FIRMS[firm][at % len(FIRMS[firm])])
        for line in draft["lines"]:
            line["quantity"] = str(random.randint(1, 40))
        draft["issue_date"] = (today - timedelta(days=60 - 60 * at // count)).isoformat()
        if "date" in draft.get("delivery", {}):
            draft["delivery"]["date"] = draft["issue_date"]
        draft["order_reference"] = f"PO-{random.randint(1000, 9999)}"
        drafts.append(draft)
    return drafts


def issue_all(demo: Demo, firms: list[Issuer]) -> list[Issued]:
    """One batch a firm."""
    today = datetime.now(UTC).date() - timedelta(days=1)
    return [
        made
        for at, firm in enumerate(firms)
        for made in issue(demo.ledger, firm.id, [Item(draft, "F") for draft in drafts_of(at, today)])
    ]


def write_pdfs(demo: Demo, firms: list[Issuer]) -> list[Path]:
    """Every invoice as a PDF, in French and, for the second firm, in English."""
    folder = demo.folder / "invoices"
    folder.mkdir(exist_ok=True)
    paths = []
    for at, firm in enumerate(firms):
        with reading(demo.ledger.engine) as connection:
            found = list_invoices(connection, firm.id, limit=1000)
        for invoice in found:
            made = pdf_of(demo.ledger, firm.id, invoice.id, "en" if at else "fr")
            path = folder / f"{firm.legal_id[1]}-{invoice.number}.pdf"
            path.write_bytes(made.content)
            paths.append(path)
    return paths


@contextmanager
def served(demo: Demo, environ: dict[str, str]) -> Iterator[str]:
    """The server as a process of its own, until the block ends."""
    url = demo.ledger.settings.public_url
    port = url.rpartition(":")[2]
    command = [sys.executable, "-P", "-m", "api", "--port", port]
    log = (demo.folder / "server.log").open("w")
    process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=1, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise Unavailable("server", "the server did not start; see server.log")


def environment(demo: Demo) -> dict[str, str]:
    """What the child processes need."""
    settings = demo.ledger.settings
    return {
        **os.environ,
        "SCEAU_DATA": str(settings.data),
        "SCEAU_PUBLIC_URL": settings.public_url,
        "SCEAU_NAME": settings.name,
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
    }


def verify(demo: Demo, path: Path) -> Command:
    """`sceau-verify` on a file, as anybody would run it."""
    arguments = ["--policy", str(demo.policy), str(path)]
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "verifier", *arguments],
        env=environment(demo),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    shown = " ".join(_short(item, demo.folder) for item in arguments)
    return Command(f"sceau-verify {shown}", ran.returncode, ran.stdout + ran.stderr)


def _short(text: str, folder: Path) -> str:
    return text.replace(f"{folder}{os.sep}", "")


def pay(demo: Demo, firm: Issuer, invoice_id: str) -> str:
    """The client pays the invoice in full; returns what it paid."""
    with reading(demo.ledger.engine) as connection:
        invoice = get_invoice(connection, firm.id, invoice_id)
    today = datetime.now(UTC).date().isoformat()
    amount = format_amount(invoice.due, invoice.exponent)
    record_payment(
        demo.ledger, firm.id, Receipt(amount, invoice.currency, today, reference="VIR 8841", invoice_ids=(invoice.id,))
    )
    return f"{amount} {invoice.currency}"


def credit_one(demo: Demo, firm: Issuer, invoice_id: str) -> str:
    """Credits one invoice in full; returns the credit note's number."""
    return credit_invoice(demo.ledger, firm.id, invoice_id, "A")[0].number


def write_bundle(demo: Demo, invoice: Invoice, name: str) -> Path:
    """An invoice's proof as a file."""
    path = demo.folder / name
    path.write_bytes(prove_invoice(demo.ledger, invoice).encode())
    return path


def tamper(demo: Demo, invoice: Invoice) -> tuple[Path, Path]:
    """The forger's two tries: the account changed in the proof, and on a PDF around the true QR code."""
    bundle = json.loads(prove_invoice(demo.ledger, invoice).encode())
    for leaf in bundle["document"]["leaves"]:
        if isinstance(leaf["value"], dict) and "iban" in leaf["value"]:
            leaf["value"]["iban"] = _THIEF
    proof = demo.folder / "tampered.sceau"
    proof.write_text(json.dumps(bundle, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
    document = invoice.document
    document["payment"] = [{**means, "iban": _THIEF} for means in document["payment"]]
    with reading(demo.ledger.engine) as connection:
        seal = seal_of(connection, invoice.map_key)
    paper = demo.folder / "tampered.pdf"
    paper.write_bytes(
        render(
            document,
            seal_url=seal_url(demo.ledger, seal),
            verify_address=verify_address(demo.ledger),
            language="fr",
            created=datetime.fromtimestamp(invoice.created, UTC),
        )
    )
    return proof, paper


def anchored(demo: Demo) -> str:
    """Logs and anchors what waits; says where the ledger then is."""
    made = anchor_now(demo.ledger)
    if made is None:
        raise Unavailable("nothing-waits", "there is nothing to anchor")
    return f"checkpoint {made.sequence}, {made.size} entries, root {made.root.hex()[:16]}…"


def audited(demo: Demo) -> Any:
    """The whole ledger replayed against the contract."""
    return audit(demo.ledger, chain=demo.ledger.chain_url, progress=None)
