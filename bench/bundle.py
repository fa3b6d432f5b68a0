"""The bundle of the verification benchmark: five lines, one of a thousand invoices of a small ledger, with evidence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.drafts import drafts, sample
from ledger.invoice import complete, parse_draft
from tests.verifier.small_ledger import DAY, START, Firm, Key, SmallLedger
from verifier.canonical import encode_json

INVOICES = 1_000


@dataclass(frozen=True)
class Case:
    """Files that product and floor read."""

    bundle: Path
    evidence: Path
    policy: Path
    now: int


def make_case(folder: Path) -> Case:
    """Issues a thousand invoices in two checkpoints and writes the bundle of one from the first."""
    ledger = SmallLedger()
    seller = sample()["seller"]
    firm = Firm(seller["name"], seller["legal_id"]["value"], Key(1001), Key(1002))
    ledger.enrol(firm)
    issued = []
    for at, draft in enumerate(drafts(INVOICES)):
        document = complete(parse_draft(draft), number=f"F-{at:05d}", issue_date="2025-11-20")
        issued.append((ledger.issue(firm, document), document))
        if at == INVOICES // 2:
            ledger.checkpoint(START)
    ledger.checkpoint(START + DAY)
    signed, document = issued[INVOICES // 3]
    bundle = ledger.bundle(signed, document)
    evidence = ledger.evidence_for(bundle)
    case = Case(folder / "bundle.json", folder / "evidence.json", folder / "policy.json", START + DAY + 60)
    case.bundle.write_bytes(bundle.encode())
    case.evidence.write_bytes(encode_json(evidence.to_json()))  # type: ignore[arg-type]
    case.policy.write_bytes(ledger.policy().encode())
    return case
