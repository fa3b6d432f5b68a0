"""The verdict on an honest ledger: chain and ages, outages, files, accounts, identity, dates, facts."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

import pytest

from tests.verifier.small_ledger import (
    BAKERY,
    DAY,
    FARM,
    LEDGER_KEY,
    MAXIMUM_AGE,
    START,
    STRANGER,
    Key,
    SmallLedger,
    document_of,
    seal_of,
    secret_of,
)
from verifier.anchored import is_head
from verifier.bundle import Bundle, PayeeOpening
from verifier.document import document_root
from verifier.errors import Inconclusive, Malformed, Refuted, SceauError
from verifier.ethereum.contract import read_contract
from verifier.ethereum.evidence import ChainEvidence
from verifier.records import payee_commitment
from verifier.seal import Seal, SignedSeal
from verifier.verdict import Authenticity, Outcome, StatusAxis, Verdict
from verifier.verify import cannot_tell, check_offline, sequences_needed, verify, with_file, with_seal

NUMBER = "F-1"
NOW = START + 2_000
PDF = sha256(b"the PDF").digest()
ACCOUNT, OTHER_ACCOUNT = "FR7615589297010123456789067", "FR7630001007941234567890185"


class Scene:
    """A ledger with one invoice of the bakery at its second checkpoint."""

    def __init__(self, **options: Any) -> None:
        self.ledger = SmallLedger()
        self.ledger.enrol(FARM)
        self.ledger.enrol(BAKERY, **options)
        self.ledger.checkpoint(START + 60)
        self.document = document_of(BAKERY, NUMBER)
        self.seal = self.ledger.issue(BAKERY, self.document)
        self.ledger.checkpoint(START + 600)

    def bundle(self, **options: Any) -> Bundle:
        return self.ledger.bundle(self.seal, self.document, **options)

    def judge(self, bundle: Bundle | None = None, now: int = NOW, **evidence: Any) -> Verdict:
        made = self.bundle() if bundle is None else bundle
        proof = self.ledger.evidence(sequences_needed(made), **evidence)
        return verify(made, proof, self.ledger.policy(), now)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def end(verdict: Verdict) -> tuple[str, str, str, str, int]:
    """Authenticity, reason, status, its reason, exit code."""
    v = verdict
    return str(v.authenticity), v.reason, str(v.status), v.status_reason, v.exit_code


def failed(verdict: Verdict) -> list[tuple[int, str]]:
    return [(check.step, check.code) for check in verdict.checks if check.outcome is Outcome.FAILED]


GOOD = ("authentic", "authentic", "current", "current", 0)


def test_an_honest_bundle_is_authentic_and_current(scene: Scene) -> None:
    verdict = scene.judge()
    assert end(verdict) == GOOD
    assert [check.step for check in verdict.checks] == list(range(1, 12))
    assert {check.outcome for check in verdict.checks} == {Outcome.PASSED}
    assert (verdict.seal, verdict.ledger_name, verdict.tier) == (scene.seal.seal, "Small ledger", "one")
    assert verdict.document == scene.document
    assert (verdict.custody, verdict.identity, verdict.hidden) == ("server", "declared", ())
    assert verdict.seal_digest == scene.ledger.digest(scene.seal)


def test_without_the_document_the_seal_alone_is_judged(scene: Scene) -> None:
    verdict = scene.judge(replace(scene.bundle(), document=None))
    assert end(verdict) == GOOD
    assert verdict.checks[1].outcome is Outcome.SKIPPED
    assert verdict.document is None


# --- policy and chain ---------------------------------------------------------------------------


def test_an_attackers_own_ledger_is_not_trusted(scene: Scene) -> None:
    """All of it proves: log, map, contract. But the reader's policy names another ledger."""
    other = SmallLedger(salt=b"\1" * 32)
    other.enrol(BAKERY)
    seal = other.issue(BAKERY, scene.document)
    other.checkpoint(START + 600)
    bundle = other.bundle(seal, scene.document)
    assert end(verify(bundle, other.evidence(), other.policy(), NOW)) == GOOD
    verdict = verify(bundle, other.evidence(), scene.ledger.policy(), NOW)
    assert end(verdict) == ("cannot_tell", "no-policy", "unknown", "no-policy", 3)
    assert verdict.ledger_name is None


def test_a_seal_moved_to_another_ledger_is_not_its_seal(scene: Scene) -> None:
    """The signed context holds the ledger id: elsewhere the signature is wrong."""
    other = SmallLedger(salt=b"\1" * 32)
    other.enrol(BAKERY)
    other.checkpoint(START + 600)
    moved = other.bundle(scene.seal, scene.document)
    assert verify(moved, other.evidence(), other.policy(), NOW).reason == "signature"


@pytest.mark.parametrize(
    ("change", "reason", "code"),
    [
        ({"contract": b"\1" * 20}, "bad-evidence", "eth-proof"),
        ({"chain_id": 1}, "wrong-chain", "wrong-chain"),
    ],
)
def test_another_contract_or_chain_cannot_tell(scene: Scene, change: dict[str, Any], reason: str, code: str) -> None:
    """The policy pins both: what the evidence says of another contract does not count."""
    verdict = verify(scene.bundle(), scene.ledger.evidence(), scene.ledger.policy(**change), NOW)
    assert end(verdict) == ("cannot_tell", reason, "unknown", reason, 3)
    assert failed(verdict) == [(8, code)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("rpc-unreachable", "unreachable"),
        ("rpc-timeout", "unreachable"),
        ("rpc-rate-limited", "unreachable"),
        ("rpc-error", "unreachable"),
        ("rpc-no-block", "unreachable"),
        ("rpc-bad-answer", "bad-evidence"),
        ("rpc-wrong-chain", "wrong-chain"),
        ("rpc-no-contract", "no-contract"),
    ],
)
def test_an_outage_is_never_a_forgery(scene: Scene, code: str, reason: str) -> None:
    """Even of a seal that is forged: nobody was asked."""
    error = Inconclusive(code, "as the node said")
    for seal in (scene.seal, _forged(scene)):
        bundle = replace(scene.bundle(), seal=seal)
        verdict = verify(bundle, None, scene.ledger.policy(), NOW, evidence_error=error)
        assert end(verdict) == ("cannot_tell", reason, "unknown", reason, 3)
        assert failed(verdict) == [(8, code)]
        assert verdict.seal == seal.seal
    assert verify(scene.bundle(), None, scene.ledger.policy(), NOW).reason == "unreachable"


def _forged(scene: Scene) -> SignedSeal:
    made = scene.ledger.sign_seal(replace(scene.seal.seal, due=1), STRANGER)
    return SignedSeal(made.seal, replace(made.sign1, protected=scene.seal.sign1.protected))


def test_a_node_behind_the_ledger_says_wait(scene: Scene) -> None:
    """The bundle's checkpoint is not in the proven block yet: no fault of the seal."""
    ledger = scene.ledger
    early = ledger.evidence((1, 2, 3))
    ledger.pay(BAKERY, NUMBER, 12_000)
    ledger.checkpoint(START + 1200)
    bundle = scene.bundle()
    verdict = verify(bundle, early, ledger.policy(), NOW)
    assert end(verdict) == ("cannot_tell", "not-anchored", "unknown", "not-anchored", 3)


def test_evidence_that_leaves_out_a_checkpoint_is_bad(scene: Scene) -> None:
    for sequences in ((), (1,), (2,)):
        verdict = verify(scene.bundle(), scene.ledger.evidence(sequences), scene.ledger.policy(), NOW)
        assert (verdict.reason, failed(verdict)[0][1]) == ("bad-evidence", "evidence-sequence")


def test_no_changed_byte_of_the_proofs_passes(scene: Scene) -> None:
    """Each node of account and storage proofs, each byte: refused, and never forged."""
    bundle = scene.bundle()
    good = scene.ledger.evidence_for(bundle)
    policy = scene.ledger.policy()
    changed: list[ChainEvidence] = []
    for at in range(len(good.account_proof)):
        changed += [replace(good, account_proof=nodes) for nodes in _flips(good.account_proof, at)]
    for slot, proof in good.storage_proofs.items():
        for at in range(len(proof)):
            proofs = ({**good.storage_proofs, slot: nodes} for nodes in _flips(proof, at))
            changed += [replace(good, storage_proofs=nodes) for nodes in proofs]
    assert len(changed) > 2_000
    for evidence in changed:
        verdict = verify(bundle, evidence, policy, NOW)
        assert (verdict.authenticity, verdict.exit_code) == (Authenticity.CANNOT_TELL, 3)


def _flips(nodes: tuple[bytes, ...], at: int) -> list[tuple[bytes, ...]]:
    node = nodes[at]
    return [(*nodes[:at], node[:i] + bytes([node[i] ^ 1]) + node[i + 1 :], *nodes[at + 1 :]) for i in range(len(node))]


def test_head_and_records_that_disagree_are_no_contract_of_ours(scene: Scene) -> None:
    """SceauLedger cannot store it; storage that does is bad evidence, not another state of the log."""
    ledger = scene.ledger
    trusted = ledger.policy().ledger(ledger.ledger_id)
    view = read_contract(ledger.evidence(), trusted.contract, ledger.ledger_id)
    point = ledger.anchored[-1].checkpoint
    assert is_head(view, point)
    assert not is_head(replace(view, sequence=3), point)
    for wrong in ({"sequence": 1}, {"size": view.size + 1}, {"root": bytes(32)}):
        with pytest.raises(Refuted) as caught:
            is_head(replace(view, **wrong), point)
        assert caught.value.code == "checkpoint"


# --- ages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "head", "policy_age", "now", "status"),
    [
        (0, 0, MAXIMUM_AGE, 0, "current"),
        (0, 0, MAXIMUM_AGE, MAXIMUM_AGE, "current"),
        (0, 0, MAXIMUM_AGE, MAXIMUM_AGE + 1, "stale"),
        (0, 0, 60, 60, "current"),
        (0, 0, 60, 61, "stale"),
        (0, 0, 10 * MAXIMUM_AGE, MAXIMUM_AGE + 1, "stale"),
        (MAXIMUM_AGE, 0, MAXIMUM_AGE, MAXIMUM_AGE + 1, "stale"),
        (MAXIMUM_AGE, MAXIMUM_AGE, MAXIMUM_AGE, MAXIMUM_AGE + 1, "current"),
        (0, MAXIMUM_AGE, MAXIMUM_AGE, MAXIMUM_AGE + 1, "stale"),
        (900, 900, MAXIMUM_AGE, 0, "current"),
        (901, 0, MAXIMUM_AGE, 0, "clock"),
        (0, 901, MAXIMUM_AGE, 0, "clock"),
    ],
)
def test_ages_against_the_stricter_of_both(
    scene: Scene, block: int, head: int, policy_age: int, now: int, status: str
) -> None:
    """Seconds after the last anchor: of the block, of a heartbeat, of the reader's clock."""
    base = START + 600
    evidence = scene.ledger.evidence(block_time=base + block, head_time=base + head)
    verdict = verify(scene.bundle(), evidence, scene.ledger.policy(maximum_age=policy_age), base + now)
    if status == "clock":
        assert end(verdict) == ("cannot_tell", "bad-evidence", "unknown", "bad-evidence", 3)
        assert failed(verdict) == [(9, "clock")]
    elif status == "stale":
        assert end(verdict) == ("authentic", "authentic", "as_of", "stale", 4)
        assert failed(verdict) == [(9, "stale")]
    else:
        assert end(verdict) == GOOD
    if status != "clock":
        assert verdict.as_of == base + head


def test_an_old_bundle_shows_an_old_status_as_such(scene: Scene) -> None:
    """A paid invoice shown as unpaid by the bundle from before: authentic, but as of then."""
    before = scene.bundle()
    scene.ledger.pay(BAKERY, NUMBER, 12_000)
    scene.ledger.checkpoint(START + 1200)
    old, new = scene.judge(before), scene.judge()
    assert end(old) == ("authentic", "authentic", "as_of", "superseded", 4)
    assert old.as_of == START + 600
    assert old.standing is not None
    assert old.standing.label == "issued"
    assert end(new) == GOOD
    assert new.standing is not None
    assert new.standing.label == "paid"


# --- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issue_date", "code"),
    [("2025-11-23", "logged-later"), ("2025-11-24", ""), ("2025-11-25", "dated-ahead"), ("2024-01-01", "logged-later")],
)
def test_the_issue_date_beside_the_block_times(scene: Scene, issue_date: str, code: str) -> None:
    """A backdated invoice is authentic, and its date is shown against when it was logged."""
    document = document_of(BAKERY, "F-2", issue_date=issue_date)
    seal = scene.ledger.issue(BAKERY, document)
    scene.ledger.checkpoint(START + 1200)
    verdict = scene.judge(scene.ledger.bundle(seal, document))
    assert end(verdict) == GOOD
    assert verdict.logged_between == (START + 600, START + 1200)
    assert verdict.checks[9].code == code
    assert issue_date in verdict.checks[9].detail
    assert "2025-11-24 16:20 UTC" in verdict.checks[9].detail


def test_the_first_anchor_has_no_time_before() -> None:
    ledger = SmallLedger()
    ledger.enrol(BAKERY)
    document = document_of(BAKERY, NUMBER)
    seal = ledger.issue(BAKERY, document)
    ledger.checkpoint(START + 60)
    bundle = ledger.bundle(seal, document)
    assert sequences_needed(bundle) == [1]
    verdict = verify(bundle, ledger.evidence_for(bundle), ledger.policy(), NOW)
    assert end(verdict) == GOOD
    assert verdict.logged_between == (None, START + 60)
    assert "the ledger's start" in verdict.checks[9].detail


# --- identity -----------------------------------------------------------------------------------


def test_the_strongest_identity_is_shown(scene: Scene) -> None:
    """A certificate before a domain, the newer before the older; the typed name counts for nothing."""
    shown = [scene.judge().identity]
    for kind, value, checked in (
        ("domain", "old.example", START - DAY),
        ("domain", "new.example", START),
        ("certificate", "CN=Boulangerie", START - 2 * DAY),
        ("domain", "late.example", 2**53 - 1),
    ):
        values = {"kind": kind, "value": value, "evidence": bytes(32), "checked": checked}
        scene.ledger.offer(scene.ledger.statement(5, [BAKERY.key], values, LEDGER_KEY))
        scene.ledger.checkpoint(START + 600 + len(scene.ledger.entries))
        shown.append(scene.judge().identity)
    assert shown == [
        "declared",
        "attested:domain:old.example:2025-11-23",
        "attested:domain:new.example:2025-11-24",
        "attested:certificate:CN=Boulangerie:2025-11-22",
        "attested:certificate:CN=Boulangerie:2025-11-22",
    ]


def test_a_date_that_no_calendar_has_is_no_crash(scene: Scene) -> None:
    values = {"kind": "domain", "value": "x.example", "evidence": bytes(32), "checked": 2**53 - 1}
    scene.ledger.offer(scene.ledger.statement(5, [BAKERY.key], values, LEDGER_KEY))
    scene.ledger.checkpoint(START + 1200)
    assert scene.judge().identity == "attested:domain:x.example:9999-12-31"


def test_an_unknown_zone_cannot_tell() -> None:
    verdict = Scene(zone="Mars/Olympus").judge()
    assert end(verdict)[:2] == ("cannot_tell", "zone-unknown")


# --- whom to pay --------------------------------------------------------------------------------


def _payee(scene: Scene, opening: PayeeOpening | None, committed: str | None = OTHER_ACCOUNT) -> Verdict:
    payee = payee_commitment(b"\5" * 32, committed)
    scene.ledger.about_invoice(BAKERY, NUMBER, 15, BAKERY.control, payee=payee)
    scene.ledger.checkpoint(START + 1200)
    return scene.judge(scene.bundle(payee=opening))


@pytest.mark.parametrize(
    ("opening", "committed", "shown"),
    [
        (PayeeOpening(b"\5" * 32, OTHER_ACCOUNT), OTHER_ACCOUNT, OTHER_ACCOUNT),
        (PayeeOpening(b"\5" * 32, None), None, None),
        (None, OTHER_ACCOUNT, None),
    ],
)
def test_a_changed_account_is_shown_as_changed(
    scene: Scene, opening: PayeeOpening | None, committed: str | None, shown: str | None
) -> None:
    """The printed account is no longer the one; the new one is shown only when it is opened."""
    verdict = _payee(scene, opening, committed)
    assert end(verdict) == GOOD
    assert verdict.standing is not None
    assert (verdict.standing.pay_to, verdict.standing.pay_to_changed) == (shown, True)


@pytest.mark.parametrize("opening", [PayeeOpening(b"\5" * 32, ACCOUNT), PayeeOpening(b"\6" * 32, OTHER_ACCOUNT)])
def test_an_account_that_is_not_the_committed_one_is_never_shown(scene: Scene, opening: PayeeOpening) -> None:
    """A server that puts its own account there makes the bundle bad, not the invoice."""
    verdict = _payee(scene, opening)
    assert end(verdict)[:2] == ("cannot_tell", "bad-evidence")
    assert failed(verdict) == [(5, "payee-opening")]
    assert verdict.standing is None


def test_an_assigned_and_disputed_invoice_says_so(scene: Scene) -> None:
    assignee = Key(501)
    values = {"assignee": assignee.public, "payee": payee_commitment(b"\5" * 32, OTHER_ACCOUNT)}
    scene.ledger.about_invoice(BAKERY, NUMBER, 13, BAKERY.control, assignee, **values)
    scene.ledger.about_invoice(BAKERY, NUMBER, 11, BAKERY.signing, reason="price", signer=None)
    scene.ledger.checkpoint(START + 1200)
    standing = scene.judge(scene.bundle(payee=PayeeOpening(b"\5" * 32, OTHER_ACCOUNT))).standing
    assert standing is not None
    assert (standing.label, standing.flags, standing.assigned) == ("disputed", ("assigned", "disputed"), True)
    assert (standing.disputed, standing.pay_to) == (("price", "issuer"), OTHER_ACCOUNT)


def test_the_grades_shown_are_of_open_payments_only(scene: Scene) -> None:
    first = scene.ledger.pay(BAKERY, NUMBER, 1_000)
    scene.ledger.checkpoint(START + 1200)
    standing = scene.judge().standing
    assert standing is not None
    assert (standing.payment_grades, standing.received, standing.label) == (("declared",), 1_000, "partially_paid")
    leaf = scene.ledger.entries[first].leaf_hash
    scene.ledger.about_invoice(BAKERY, NUMBER, 9, BAKERY.signing, payment=leaf, reason="bounced")
    scene.ledger.checkpoint(START + 1500)
    standing = scene.judge().standing
    assert standing is not None
    assert (standing.payment_grades, standing.received) == ((), 0)


def test_a_credit_across_two_firms_verifies_from_both_sides(scene: Scene) -> None:
    """Neither bundle holds the other's record: each checks its own side."""
    note = document_of(FARM, "A-9", type_code="381")
    seal = scene.ledger.issue(FARM, note)
    pair = [FARM.invoice("A-9"), BAKERY.invoice(NUMBER)]
    scene.ledger.offer(scene.ledger.statement(10, pair, {"amount": 5_000}, FARM.signing, BAKERY.signing))
    scene.ledger.checkpoint(START + 1200)
    mine, theirs = scene.judge(), scene.judge(scene.ledger.bundle(seal, note))
    assert end(mine) == end(theirs) == GOOD
    assert mine.standing is not None
    assert theirs.standing is not None
    assert (mine.standing.credited, mine.standing.remaining) == (5_000, 7_000)
    assert (theirs.standing.label, theirs.standing.remaining) == ("partially_applied", 7_000)


# --- files and scanned seals --------------------------------------------------------------------


def _with_rendition(scene: Scene) -> Bundle:
    values = {"hash": PDF, "media_type": "application/pdf"}
    scene.ledger.about_invoice(BAKERY, NUMBER, 18, BAKERY.signing, **values)
    scene.ledger.checkpoint(START + 1200)
    return scene.bundle()


def test_the_sealed_file_and_another(scene: Scene) -> None:
    bundle = _with_rendition(scene)
    verdict = scene.judge(bundle)
    assert with_file(verdict, bundle, PDF) == verdict
    other = with_file(verdict, bundle, sha256(b"another PDF").digest())
    assert (other.not_sealed_file, other.reason, other.exit_code) == (True, "not-the-sealed-file", 1)
    assert other.authenticity is Authenticity.AUTHENTIC


def test_a_file_of_another_type_is_not_compared(scene: Scene) -> None:
    """The record names a PDF: about an XML file it says nothing."""
    bundle = _with_rendition(scene)
    verdict = with_file(scene.judge(bundle), bundle, bytes(32), "application/xml")
    assert (verdict.not_sealed_file, verdict.reason) == (False, "file-unknown")


def test_where_the_record_names_no_file_nobody_can_tell(scene: Scene) -> None:
    """No rendition yet, or an old record: the file may be registered since."""
    verdict = with_file(scene.judge(), scene.bundle(), PDF)
    assert (verdict.authenticity, verdict.reason, verdict.exit_code) == (Authenticity.CANNOT_TELL, "file-unknown", 3)
    bundle = _with_rendition(scene)
    scene.ledger.pay(BAKERY, NUMBER, 1)
    scene.ledger.checkpoint(START + 1800)
    old = with_file(scene.judge(bundle), bundle, bytes(32))
    assert (old.status, old.reason, old.exit_code) == (StatusAxis.AS_OF, "file-unknown", 3)


def test_a_file_says_nothing_about_a_seal_that_is_not_authentic(scene: Scene) -> None:
    bundle = replace(_with_rendition(scene), seal=_forged(scene))
    verdict = scene.judge(bundle)
    assert verdict.authenticity is Authenticity.FORGED
    assert with_file(verdict, bundle, PDF) == verdict


def test_a_server_that_swaps_the_seal_does_not_get_its_own_judged(scene: Scene) -> None:
    """The paper's seal is forged; the server answers with the true invoice's bundle, seal and all."""
    scanned = _forged(scene).to_bytes()
    assert end(scene.judge()) == GOOD
    judged = with_seal(scene.bundle(), scanned)
    verdict = scene.judge(replace(judged, document=None))
    assert (verdict.authenticity, verdict.reason) == (Authenticity.FORGED, "other-digest")
    with pytest.raises(Malformed):
        with_seal(scene.bundle(), scanned[:-1])


# --- facts --------------------------------------------------------------------------------------

CONTRADICTIONS: dict[str, Any] = {
    "seller_name": "Boulangerie Tést SAS", "number": "F-99", "type_code": 381, "issue_day": 20_400, "due_day": None,
    "currency": ("CHF", 2), "total": 1, "total_vat": 1, "due": 1, "account": None,
    "corrects": ((None, "F-0"),), "seller_id": FARM.legal_id,
}  # fmt: skip


def test_every_fact_of_the_seal_has_a_contradiction() -> None:
    assert set(CONTRADICTIONS) == {field.name for field in fields(Seal)} - {"document_root", "buyer_key"}


@pytest.mark.parametrize("fact", CONTRADICTIONS)
def test_a_seal_that_contradicts_its_own_document_is_forged(scene: Scene, fact: str) -> None:
    """The root is the seal's own, so nobody but who signed it can have made the two differ."""
    document = document_of(BAKERY, "F-3")
    signed = scene.ledger.sign_seal(seal_of(document, **{fact: CONTRADICTIONS[fact]}), BAKERY.signing)
    verdict = scene.judge(scene.ledger.bundle(signed, document))
    assert end(verdict) == ("forged", "document-contradicts", "unknown", "document-contradicts", 1)
    assert (2, "document-contradicts") in failed(verdict)
    assert fact in verdict.checks[1].detail


def test_a_hidden_claim_is_not_compared(scene: Scene) -> None:
    """Nothing is said of what is not shown; an opened one beside it still counts."""
    document = document_of(BAKERY, "F-3")
    signed = scene.ledger.sign_seal(seal_of(document, due=1), BAKERY.signing)
    hidden = scene.judge(scene.ledger.bundle(signed, document, opened=frozenset({"number", "seller"})))
    assert hidden.reason == "not-in-this-ledger"
    shown = scene.judge(scene.ledger.bundle(signed, document, opened=frozenset({"totals"})))
    assert shown.reason == "document-contradicts"


def test_a_document_whose_facts_cannot_be_read_cannot_tell(scene: Scene) -> None:
    good = document_of(BAKERY, "F-3")
    bad = good | {"totals": {"tax_inclusive": "120.0"}}
    seal = seal_of(good, document_root=document_root(bad, secret_of(bad)))
    signed = scene.ledger.sign_seal(seal, BAKERY.signing)
    verdict = scene.judge(scene.ledger.bundle(signed, bad))
    assert end(verdict)[:2] == ("cannot_tell", "bad-evidence")
    assert failed(verdict) == [(2, "document-facts")]


# --- the rest -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Malformed("json-invalid", "x"), "bad-evidence"),
        (Refuted("inclusion", "x"), "bad-evidence"),
        (Inconclusive("newer-version", "x"), "newer-version"),
    ],
)
def test_a_bundle_that_cannot_be_read_has_a_verdict_too(error: SceauError, reason: str) -> None:
    verdict = cannot_tell(error)
    assert end(verdict) == ("cannot_tell", reason, "unknown", reason, 3)
    assert failed(verdict) == [(1, error.code)]
    assert verdict.seal is None


def test_offline_the_first_key_is_the_one_named(scene: Scene) -> None:
    """The ledger checks what it hands out with its own first key."""
    found = check_offline(scene.bundle(), LEDGER_KEY.thumbprint)
    assert found.held is not None
    assert not found.objections
    with pytest.raises(Refuted) as caught:
        check_offline(scene.bundle(), STRANGER.thumbprint)
    assert caught.value.code == "ledger-first-key"


def test_the_machine_form_has_no_numbers(scene: Scene) -> None:
    scene.ledger.pay(BAKERY, NUMBER, 1_050)
    scene.ledger.checkpoint(START + 1200)
    value = scene.judge().to_json()
    text = json.dumps(value)
    assert json.loads(text, parse_int=_refuse, parse_float=_refuse) == value
    assert value["standing"]["received"] == "10.50"
    assert (value["exit_code"], value["as_of"]) == ("0", str(START + 1200))


def _refuse(text: str) -> None:
    raise AssertionError(f"a JSON number: {text}")
