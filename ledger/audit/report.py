"""The report of an audit, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.audit.chain import Compared
from ledger.audit.findings import Finding

FORMAT = "sceau/audit/1"


@dataclass(frozen=True)
class AuditReport:
    """What an audit found and how much it looked at."""

    ledger_id: bytes
    """As the database names it: compare it with the one that you trust, since all else is held against it."""
    contract: bytes
    """20 bytes: the contract that was asked; the same holds."""
    findings: tuple[Finding, ...]
    found: Mapping[str, int]
    """Findings by code, those beyond the listed ones too."""
    errors: int
    """Findings of severity `error`."""
    counts: Mapping[str, int]
    """Rows and objects that were looked at."""
    chain: Compared
    seconds: float

    @property
    def ok(self) -> bool:
        """Nothing is wrong with what was looked at; `chain` says whether the contract was."""
        return not self.errors

    @property
    def exit_code(self) -> int:
        """0 clean; 1 findings; 3 nothing wrong in the database but the contract was not compared: cannot tell."""
        if self.errors:
            return 1
        return 0 if self.chain.state == "compared" else 3

    @property
    def entries_per_second(self) -> float:
        """Of the whole audit, everything else included."""
        return (self.counts.get("entries", 0) + self.counts.get("waiting", 0)) / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Strings, lists and objects; numbers of rows as decimal strings, as everywhere."""
        return {
            "format": FORMAT,
            "ledger": self.ledger_id.hex(),
            "contract": self.contract.hex(),
            "ok": self.ok,
            "exit_code": str(self.exit_code),
            "chain": self.chain.to_json(),
            "counts": {name: str(number) for name, number in sorted(self.counts.items())},
            "found": {code: str(number) for code, number in sorted(self.found.items())},
            "findings": [item.to_json() for item in self.findings],
            "seconds": f"{self.seconds:.3f}",
            "entries_per_second": f"{self.entries_per_second:.0f}",
        }


def render_text(report: AuditReport) -> str:
    """The report for people: verdict first, then each finding with its place."""
    lines = [
        _verdict(report),
        f"Ledger {report.ledger_id.hex()}, contract 0x{report.contract.hex()}",
        _chain(report.chain),
        _counts(report),
    ]
    for item in report.findings:
        mark = "!" if item.severity == "error" else "·"
        lines.append(f"{mark} {item.where}\n    {item.code}: {item.message}")
    hidden = sum(report.found.values()) - len(report.findings)
    if hidden:
        lines.append(f"and {hidden} more of the same codes: " + ", ".join(f"{c} {n}" for c, n in report.found.items()))
    return "\n".join(lines)


def _verdict(report: AuditReport) -> str:
    if report.errors:
        return f"NOT AS IT MUST BE: {report.errors} finding(s)"
    if report.exit_code:
        return "CANNOT TELL: the database agrees with itself, the contract was not compared"
    backdated = "" if report.found.get("dated-back") else "nothing backdated, "
    return f"Nothing altered, nothing deleted, {backdated}no gap, every total right"


def _chain(chain: Compared) -> str:
    if chain.state != "compared" or chain.time is None:
        return f"Contract: {chain.state}{': ' + chain.message if chain.message else ''}"
    as_of = datetime.fromtimestamp(chain.time, UTC).isoformat().replace("+00:00", "Z")
    return f"Contract: {chain.sequence} checkpoints proven at block {chain.block}, as of {as_of}"


def _counts(report: AuditReport) -> str:
    names = ("entries", "waiting", "checkpoints", "objects", "invoices", "payments", "allocations", "renditions")
    shown = ", ".join(f"{report.counts[name]} {name}" for name in names if name in report.counts)
    return f"Looked at {shown} in {report.seconds:.2f} s ({report.entries_per_second:.0f} entries/s)"
