"""`verify(bundle, evidence, policy, now)`: the eleven steps of PROTOCOL.md §8, in order, to one verdict.

Pure: the chain was read before, the clock is an argument. Three ends are kept apart by type. An error of any
step is *cannot tell*: a damaged bundle, a lying server or an outage says nothing about the seal. An objection
(`verifier.offline`) is *forged*, once the chain has confirmed where it was found. The rest is *authentic*.
"""

from __future__ import annotations

from dataclasses import replace

from verifier.anchored import (
    check_ages,
    check_origin,
    check_recorded,
    is_head,
    proven_view,
    sequences_needed,
)
from verifier.bundle import Bundle
from verifier.checklist import Checklist
from verifier.dates import iso_day, utc_minute
from verifier.errors import Inconclusive, SceauError
from verifier.ethereum.contract import ContractView
from verifier.ethereum.evidence import ChainEvidence
from verifier.offline import Objection, Offline, check_offline
from verifier.policy import Policy, TrustedLedger
from verifier.records import InvoiceRecord, IssuerRecord, decode_record
from verifier.seal import decode_seal, seal_digest
from verifier.status import standing_of, today_in
from verifier.verdict import Authenticity, Outcome, Standing, StatusAxis, Verdict

__all__ = ["cannot_tell", "check_offline", "sequences_needed", "verify", "with_file", "with_seal"]

_OUTAGE = {
    "rpc-bad-answer": "bad-evidence",
    "rpc-no-contract": "no-contract",
    "rpc-wrong-chain": "wrong-chain",
    "eth-account-absent": "no-contract",
    "eth-ledger-absent": "no-contract",
    "damaged-seal": "damaged-seal",
}
"""Codes of errors that have a reason of their own."""


def verify(
    bundle: Bundle,
    evidence: ChainEvidence | None,
    policy: Policy,
    now: int,
    *,
    evidence_error: SceauError | None = None,
) -> Verdict:
    """Judges one bundle.

    Args:
        bundle: from `decode_bundle`; its claims about ledger and chain are compared, never believed.
        evidence: what was fetched for `sequences_needed(bundle)`, or None.
        policy: what the reader trusts.
        now: Unix seconds.
        evidence_error: why there is no evidence.
    """
    checks = Checklist()
    try:
        # The reader's own policy says which ledger, chain and contract count: an attacker's own contract
        # would prove anything.
        trusted = policy.ledger(bundle.ledger_id)
    except SceauError as error:
        checks.fail(8, error)
        return cannot_tell(error, bundle, checks)
    try:
        view = proven_view(trusted, evidence, evidence_error)
    except SceauError as error:
        checks.fail(8, error)
        return cannot_tell(error, bundle, checks, trusted)
    try:
        return _judge(bundle, trusted, view, now, checks)
    except SceauError as error:
        return cannot_tell(error, bundle, checks, trusted)


def _judge(bundle: Bundle, trusted: TrustedLedger, view: ContractView, now: int, checks: Checklist) -> Verdict:
    # (1) to (7) The bundle by itself; the ledger's first key is the contract's.
    found = check_offline(bundle, view.first_key, checks)
    # (8) Stops: a log that was never anchored, another ledger's, a history rewritten since.
    with checks.step(8):
        check_recorded(view, bundle.ledger_id, bundle.checkpoint)
        head = is_head(view, bundle.checkpoint)
    # (9) Stops: an old answer passed off as today's, by the server or by the node.
    with checks.step(9):
        status, status_reason = check_ages(view, trusted, head, now)
    if status_reason == "superseded":
        checks.note(8, Outcome.PASSED, status_reason, "a newer checkpoint is on the chain")
    elif status_reason == "stale":
        checks.note(9, Outcome.FAILED, status_reason, "nothing was anchored for longer than the maximum age")
    # (10) Stops: backdating; the block times bound when the seal was logged.
    with checks.step(10):
        between = check_origin(bundle, view, found.record, found.seal_entry)
        code, detail = compare_dates(found, between)
    checks.note(10, Outcome.SKIPPED if between is None else Outcome.PASSED, code, detail)
    # (11) Stops: a typed name passed off as a proven one.
    identity = None if found.issuer is None else identity_of(found.issuer)
    if identity is None:
        checks.note(11, Outcome.SKIPPED, "no-issuer", "no issuer is enrolled under this id")
    else:
        checks.note(11, Outcome.PASSED, identity.split(":", 1)[0], identity)
    authenticity, reason = _authenticity(found, status)
    known = found.held is not None and reason in ("authentic", "disowned")
    verdict = _blank(bundle, checks, trusted)
    return replace(
        verdict,
        authenticity=authenticity,
        reason=reason,
        status=status if known else StatusAxis.UNKNOWN,
        status_reason=status_reason if known else reason,
        as_of=view.time if head else bundle.checkpoint.time,
        standing=_standing(bundle, found, now) if known else None,
        identity=identity,
        custody=found.key.custody if known and found.key is not None else None,
        logged_between=between if found.held is not None else None,
        hidden=() if found.opened is None else found.opened.hidden,
        document=None if found.opened is None else found.opened.document,
    )


def compare_dates(found: Offline, between: tuple[int | None, int] | None) -> tuple[str, str]:
    """Code and words for the issue date (BT-2) beside the block times; nothing is refused for it.

    `logged-later`: dated before the day of T0, in the issuer's zone; `dated-ahead`: after the day of T1.
    """
    if between is None or found.issuer is None or found.held is None:
        return "not-logged", "this seal is not logged"
    day, (after, until) = found.issue_day, between
    code = "dated-ahead" if day > today_in(found.issuer.zone, until) else ""
    if after is not None and day < today_in(found.issuer.zone, after):
        code = "logged-later"
    start = "the ledger's start" if after is None else utc_minute(after)
    return code, f"dated {iso_day(day)}, logged between {start} and {utc_minute(until)}"


def _authenticity(found: Offline, status: StatusAxis) -> tuple[Authenticity, str]:
    against = _standing_objection(found.objections, status)
    if against is not None:
        return Authenticity.FORGED, against.code
    if found.held is None:
        # Also what a fresh invoice looks like before it is anchored.
        return Authenticity.CANNOT_TELL, "not-in-this-ledger"
    since = None if found.key is None else found.key.suspect_since
    if since is not None and found.seal_entry is not None and since <= found.seal_entry.index:
        # Logged before the key was void, but within the span that its owner disowns.
        return Authenticity.CANNOT_TELL, "disowned"
    return Authenticity.AUTHENTIC, "authentic"


def _standing_objection(objections: tuple[Objection, ...], status: StatusAxis) -> Objection | None:
    # An old checkpoint, or an old block, may not hold yet what the ledger holds now.
    counted = [item for item in objections if item.lasting or status is StatusAxis.CURRENT]
    return next((item for item in counted if item.lasting), counted[0] if counted else None)


def _standing(bundle: Bundle, found: Offline, now: int) -> Standing | None:
    if found.held is None or found.issuer is None:
        return None
    due_day = bundle.seal.seal.due_day
    return standing_of(found.held, due_day, found.issuer.zone, now, pay_to=found.pay_to, grades=found.grades)


def identity_of(issuer: IssuerRecord) -> str:
    """`declared`, or `attested:KIND:VALUE:DATE` for the strongest: a certificate before a domain, then the newest."""
    if not issuer.identities:
        return "declared"
    best = max(issuer.identities, key=lambda item: (item.kind == "certificate", item.checked))
    return f"attested:{best.kind}:{best.value}:{utc_minute(best.checked)[:10]}"


def _blank(bundle: Bundle | None, checks: Checklist, trusted: TrustedLedger | None) -> Verdict:
    return Verdict(
        authenticity=Authenticity.CANNOT_TELL,
        reason="",
        status=StatusAxis.UNKNOWN,
        status_reason="",
        as_of=None,
        checks=checks.checks(),
        seal=None if bundle is None else bundle.seal.seal,
        seal_digest=None if bundle is None else seal_digest(bundle.seal.sign1, bundle.ledger_id),
        standing=None,
        ledger_id=None if bundle is None else bundle.ledger_id,
        ledger_name=None if trusted is None else trusted.name,
        identity=None,
        custody=None,
        tier=None if trusted is None else trusted.tier,
        logged_between=None,
        hidden=(),
        document=None,
    )


def cannot_tell(
    error: SceauError,
    bundle: Bundle | None = None,
    checks: Checklist | None = None,
    trusted: TrustedLedger | None = None,
) -> Verdict:
    """The verdict when an error ends the verification, e.g. a bundle that cannot be read or fetched."""
    if error.code in _OUTAGE:
        reason = _OUTAGE[error.code]
    elif not isinstance(error, Inconclusive):
        reason = "bad-evidence"
    else:
        reason = "unreachable" if error.code.startswith("rpc-") else error.code
    if checks is None:
        checks = Checklist()
        checks.fail(1, error)
    return replace(_blank(bundle, checks, trusted), reason=reason, status_reason=reason)


def with_file(verdict: Verdict, bundle: Bundle, sha256: bytes, media_type: str = "application/pdf") -> Verdict:
    """The verdict about a presented file (SHA-256 of its bytes, and its type), beside that about its seal.

    Only an authentic seal has something to say about files. A file that a current record with renditions of its
    type does not name is *not the sealed file*; if the record names none, or may be out of date, nobody can tell.
    """
    record = None if bundle.invoice is None or bundle.invoice.record is None else bundle.invoice.record
    if verdict.authenticity is not Authenticity.AUTHENTIC or record is None:
        return verdict
    decoded = decode_record(record)
    # A PDF says nothing about an XML file that was registered, nor that file about a PDF.
    files = decoded.renditions if isinstance(decoded, InvoiceRecord) else ()
    renditions = {digest for digest, kind in files if kind == media_type}
    if sha256 in renditions:
        return verdict
    if renditions and verdict.status is StatusAxis.CURRENT:
        return replace(verdict, reason="not-the-sealed-file", not_sealed_file=True)
    return replace(verdict, authenticity=Authenticity.CANNOT_TELL, reason="file-unknown")


def with_seal(bundle: Bundle, seal: bytes) -> Bundle:
    """The bundle with the seal that was scanned, in the place of the one that a server sent with it.

    A server that swaps the seal would otherwise get its own judged. Raises Malformed when the scanned bytes are
    no seal.
    """
    return replace(bundle, seal=decode_seal(seal))
