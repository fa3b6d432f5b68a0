"""From a bundle or a scanned code to a verdict: what has to be fetched is fetched, then `verify` decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from verifier.bundle import Bundle
from verifier.checklist import Checklist
from verifier.code import Code
from verifier.cose import thumbprint
from verifier.errors import Inconclusive, Refuted, SceauError
from verifier.fetch import fetch_bundle, read_chain
from verifier.issuer_audit import IssuerReport, verify_issuer_evidence
from verifier.issuer_evidence import decode_issuer_evidence
from verifier.offline import check_offline
from verifier.policy import Policy, TrustedLedger
from verifier.records import LedgerRecord, decode_record
from verifier.verdict import Authenticity, Verdict
from verifier.verify import cannot_tell, sequences_needed, verify, with_file

Judged = tuple[Verdict, Bundle | None]
"""A verdict, and the bundle that it is about when there is one."""


def judge_bundle(bundle: Bundle, policy: Policy, now: int, *, offline: bool = False) -> Verdict:
    """The verdict of a bundle under the chain that the policy names; `now` in Unix seconds.

    Offline it is *cannot tell* at best: nothing says that the keys in the bundle are the ledger's.
    """
    if offline:
        return _judge_offline(bundle, policy)
    trusted = policy.ledgers.get(bundle.ledger_id)
    if trusted is None:
        return verify(bundle, None, policy, now)
    try:
        evidence = read_chain(trusted, sequences_needed(bundle))
    except SceauError as error:
        return verify(bundle, None, policy, now, evidence_error=error)
    return verify(bundle, evidence, policy, now)


def judge_issuer(data: bytes, policy: Policy, now: int) -> IssuerReport:
    """The report of a file of an issuer's completeness, under the chain that the policy names.

    Raises:
        Malformed: it is no such file.
    """
    given = decode_issuer_evidence(data)
    trusted = policy.ledgers.get(given.ledger_id)
    if trusted is None:
        return verify_issuer_evidence(data, None, policy, now)
    try:
        proven = read_chain(trusted, [given.checkpoint.sequence])
    except SceauError as error:
        return verify_issuer_evidence(data, None, policy, now, error=error)
    return verify_issuer_evidence(data, proven, policy, now)


def judge_code(code: Code, policy: Policy, now: int, *, offline: bool = False) -> Judged:
    """The verdict of a scanned seal, by what the pinned hosts answer.

    The seal does not say which ledger it was made for. A host that the policy pins and the code names settles
    that; otherwise every trusted ledger is asked. *Authentic* in one is enough. *Forged* counts only when none
    that could be meant stayed silent: under another ledger a true seal looks wrongly signed.
    """
    if offline:
        return _without_bundle(code, Inconclusive("offline", "the ledger was not asked")), None
    silent: Judged | None = None
    forged: Judged | None = None
    rest: Judged | None = None
    for trusted, hosts in _to_ask(code, policy):
        found = _ask_ledger(code, trusted, hosts, policy, now)
        verdict = found[0]
        if verdict.authenticity is Authenticity.AUTHENTIC or verdict.reason == "disowned":
            return found
        if verdict.authenticity is Authenticity.FORGED:
            forged = forged or found
        elif verdict.reason == "not-in-this-ledger":
            rest = rest or found
        else:
            silent = silent or found
    none = Inconclusive("no-host", "no ledger of your policy names a host that may be asked: add one with --host")
    return silent or forged or rest or (_without_bundle(code, none), None)


def judge_file(judged: Judged, sha256: bytes) -> Verdict:
    """The verdict of the file in which a code was found; `sha256` of its bytes."""
    verdict, bundle = judged
    return verdict if bundle is None else with_file(verdict, bundle, sha256)


def pinned(host: str, policy: Policy) -> bool:
    """Whether the policy names this host for any ledger."""
    return any(host in trusted.hosts for trusted in policy.ledgers.values())


def _to_ask(code: Code, policy: Policy) -> Iterator[tuple[TrustedLedger, Iterable[str]]]:
    named = [item for item in policy.ledgers.values() if code.host is not None and code.host in item.hosts]
    for trusted in named or policy.ledgers.values():
        if trusted.hosts:
            yield trusted, sorted(trusted.hosts, key=lambda host: host != code.host)


def _ask_ledger(code: Code, trusted: TrustedLedger, hosts: Iterable[str], policy: Policy, now: int) -> Judged:
    seal = code.seal.to_bytes()
    last: Judged | None = None
    for host in hosts:
        try:
            bundle = fetch_bundle(host, seal, trusted.ledger_id)
        except SceauError as error:
            last = last or (_without_bundle(code, error, trusted), None)
            continue
        verdict = judge_bundle(bundle, policy, now)
        # A damaged answer of one host does not hide the good one of the next.
        if verdict.reason not in ("bad-evidence", "unreachable"):
            return verdict, bundle
        last = verdict, bundle
    assert last is not None, "a ledger without hosts is not asked"
    return last


def _without_bundle(code: Code, error: SceauError, trusted: TrustedLedger | None = None) -> Verdict:
    checks = Checklist()
    checks.fail(1, error)
    return replace(cannot_tell(error, None, checks, trusted), seal=code.seal.seal)


def _judge_offline(bundle: Bundle, policy: Policy) -> Verdict:
    checks = Checklist()
    trusted = policy.ledgers.get(bundle.ledger_id)
    try:
        record = decode_record(bundle.ledger.record or b"")
        if not isinstance(record, LedgerRecord):
            raise Refuted("ledger-record", "the ledger's place holds another record")
        found = check_offline(bundle, thumbprint(record.keys[0][0]), checks)
    except SceauError as error:
        return cannot_tell(error, bundle, checks, trusted)
    signed = not found.objections and found.held is not None
    code = "offline-signed" if signed else "offline"
    unasked = Inconclusive(code, "the chain was not asked")
    checks.fail(8, unasked)
    return cannot_tell(unasked, bundle, checks, trusted)
