"""What a verification ends in: two axes, each with a reason code, and the facts to compare (PROTOCOL.md §8)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from verifier.canonical import format_amount
from verifier.dates import iso_day
from verifier.seal import Seal


class Authenticity(StrEnum):
    """Whether the seal is the issuer's. An outage is never a forgery."""

    AUTHENTIC = "authentic"
    FORGED = "forged"
    CANNOT_TELL = "cannot_tell"


class StatusAxis(StrEnum):
    """How fresh the shown status is."""

    CURRENT = "current"
    AS_OF = "as_of"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What one numbered check came to."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One of the eleven steps of PROTOCOL.md §8."""

    step: int
    """1 to 11."""
    title: str
    """English; pages translate by `step`."""
    outcome: Outcome
    code: str = ""
    """Stable error code when it failed or was skipped."""
    detail: str = ""


@dataclass(frozen=True)
class Standing:
    """How the invoice stood at the checkpoint that was proven. Amounts in minor units."""

    label: str
    """Status shown (invoicing notes §3.1): issued, partially_paid, paid, settled, overdue, disputed, credited,
    written_off; of a credit note: issued, partially_applied, applied."""
    flags: tuple[str, ...]
    """Beside it: assigned, disputed, erased."""
    due: int
    received: int
    credited: int
    """For a credit note: used."""
    written_off: int
    remaining: int
    """Negative is a balance in the buyer's favour."""
    pay_to: str | None
    """Account to pay, when the record's commitment opens to it; None when there is none or it is not disclosed."""
    pay_to_changed: bool
    """The printed account is no longer the one to pay."""
    assigned: bool
    disputed: tuple[str, str] | None
    """(reason code, who opened it)."""
    payment_grades: tuple[str, ...]
    """Grades of the open payments, without repetition: declared, matched, proven."""


@dataclass(frozen=True)
class Verdict:
    """The whole answer; a page or a command only lays it out."""

    authenticity: Authenticity
    reason: str
    """Stable code of the authenticity axis, e.g. `authentic`, `signature`, `other-digest`, `not-in-this-ledger`,
    `bad-evidence`, `unreachable`, `newer-version`, `no-policy`, `disowned`, `not-the-sealed-file`."""
    status: StatusAxis
    status_reason: str
    """`current`, `superseded`, `stale`, `not-anchored`, or the code that made it unknown."""
    as_of: int | None
    """Unix seconds: block time of the checkpoint that the status is of."""
    checks: tuple[Check, ...]
    seal: Seal | None
    """Facts to compare with the paper; None when not even the seal could be read."""
    seal_digest: bytes | None
    standing: Standing | None
    ledger_id: bytes | None
    ledger_name: str | None
    """From the policy, never from the bundle."""
    identity: str | None
    """`declared`, or `attested:KIND:VALUE:DATE` for the strongest attestation of the issuer's record."""
    custody: str | None
    """Who holds the key that signed: server, client, device."""
    tier: str | None
    """How the chain was read: `one`, `k-of-n`, `light-client`."""
    logged_between: tuple[int | None, int] | None
    """(T0, T1): block times of the checkpoint before the one that first holds the seal, and of that one."""
    hidden: tuple[str, ...]
    """Pointers of the document's claims that are not opened."""
    document: dict[str, Any] | None
    """Opened claims, checked against the seal's document root."""
    not_sealed_file: bool = False
    """A presented file differs from what the seal or the record names."""

    @property
    def exit_code(self) -> int:
        """0 authentic and current; 4 authentic, not current; 3 cannot tell; 1 forged or not the sealed file."""
        if self.authenticity is Authenticity.FORGED or self.not_sealed_file:
            return 1
        if self.authenticity is Authenticity.CANNOT_TELL:
            return 3
        return 0 if self.status is StatusAxis.CURRENT else 4

    def to_json(self) -> dict[str, Any]:
        """Machine form: amounts as decimal strings, times in Unix seconds as strings, hashes in hex."""
        digits = self.seal.currency[1] if self.seal else 0
        standing = None
        if self.standing is not None:
            s = self.standing
            money = {k: format_amount(getattr(s, k), digits) for k in _MONEY}
            standing = {
                "label": s.label,
                "flags": list(s.flags),
                **money,
                "pay_to": s.pay_to,
                "pay_to_changed": s.pay_to_changed,
                "assigned": s.assigned,
                "disputed": None if s.disputed is None else list(s.disputed),
                "payment_grades": list(s.payment_grades),
            }
        return {
            "authenticity": str(self.authenticity),
            "reason": self.reason,
            "status": str(self.status),
            "status_reason": self.status_reason,
            "as_of": None if self.as_of is None else str(self.as_of),
            "exit_code": str(self.exit_code),
            "seal": None if self.seal is None else seal_to_json(self.seal),
            "seal_digest": None if self.seal_digest is None else self.seal_digest.hex(),
            "standing": standing,
            "ledger": None if self.ledger_id is None else self.ledger_id.hex(),
            "ledger_name": self.ledger_name,
            "identity": self.identity,
            "custody": self.custody,
            "tier": self.tier,
            "logged_between": None
            if self.logged_between is None
            else [None if t is None else str(t) for t in self.logged_between],
            "hidden": list(self.hidden),
            "not_the_sealed_file": self.not_sealed_file,
            "checks": [
                {
                    "step": str(c.step),
                    "title": c.title,
                    "outcome": str(c.outcome),
                    "code": c.code,
                    "detail": c.detail,
                }
                for c in self.checks
            ],
        }


_MONEY = ("due", "received", "credited", "written_off", "remaining")


def seal_to_json(seal: Seal) -> dict[str, Any]:
    """The seal's facts as a person compares them: ISO dates, decimal amounts."""
    return {
        "seller_id": list(seal.seller_id),
        "seller_name": seal.seller_name,
        "number": seal.number,
        "type_code": str(seal.type_code),
        "issue_date": iso_day(seal.issue_day),
        "due_date": None if seal.due_day is None else iso_day(seal.due_day),
        "currency": seal.currency[0],
        "total": format_amount(seal.total, seal.currency[1]),
        "total_vat": format_amount(seal.total_vat, seal.currency[1]),
        "due": format_amount(seal.due, seal.currency[1]),
        "account": seal.account,
        "corrects": [number for _, number in seal.corrects],
        "document_root": seal.document_root.hex(),
    }
