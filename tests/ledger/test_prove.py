"""From draft to verdict: bundles of a real ledger on a real chain, judged by the verifier alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ledger.anchoring import anchor_now
from ledger.context import Ledger
from ledger.credit import credit_invoice
from ledger.errors import Unavailable
from ledger.invoices import Invoice, get_invoice, seal_of
from ledger.issue import Item, issue
from ledger.issuers import enrol
from ledger.keys import draw_key
from ledger.policy import policy_of
from ledger.prove import prove_invoice, prove_seal
from ledger.renditions import pdf_of
from ledger.series import create_series
from ledger.settle import Receipt, record_payment, reverse_payment
from ledger.store.database import reading
from tests.ledger.bare import sample
from tests.ledger.conftest import Clock, MakeLedger
from verifier.bundle import Bundle, decode_bundle
from verifier.cose import encode_sign1
from verifier.ethereum.rpc import fetch_evidence
from verifier.seal import decode_seal, encode_seal_payload
from verifier.verdict import Verdict
from verifier.verify import sequences_needed, verify, with_file

DAY = 86_400


@dataclass
class Shop:
    """A ledger with one issuer, two invoices and one checkpoint."""

    ledger: Ledger
    clock: Clock
    issuer: str
    invoices: list[Invoice]

    def judge(self, bundle: Bundle, *, now: int | None = None) -> Verdict:
        """The verdict of a stranger, who has the bundle's bytes, the policy and a node."""
        again = decode_bundle(bundle.encode())
        evidence = fetch_evidence(
            self.ledger.chain_url, self.ledger.contract, self.ledger.ledger_id, sequences_needed(again)
        )
        return verify(again, evidence, policy_of(self.ledger), int(self.clock()) if now is None else now)

    def standing(self, number: int = 0) -> tuple[str, str, str, int]:
        """Authenticity, status, label and remaining of an invoice."""
        verdict = self.judge(prove_invoice(self.ledger, self.invoices[number]))
        assert verdict.standing is not None
        return verdict.authenticity, verdict.status, verdict.standing.label, verdict.standing.remaining

    def pay(self, amount: str, number: int = 0) -> Any:
        """A payment of an invoice."""
        receipt = Receipt(amount, "EUR", "2026-05-28", invoice_ids=(self.invoices[number].id,))
        return record_payment(self.ledger, self.issuer, receipt)

    def seal(self, number: int = 0) -> bytes:
        """The seal as printed."""
        with reading(self.ledger.engine) as connection:
            return seal_of(connection, self.invoices[number].map_key)


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, make_ledger: MakeLedger, clock: Clock) -> Shop:
    """On both databases."""
    ledger = make_ledger(request.param)
    issuer = enrol(ledger, sample("five-lines.json")["seller"], "Europe/Paris").issuer.id
    for code in ("F", "A"):
        create_series(ledger, issuer, code, f"{code}-{{YYYY}}-{{seq:4}}")
    made = issue(ledger, issuer, [Item(sample("five-lines.json"), "F"), Item(sample("greek-buyer.json"), "F")])
    with reading(ledger.engine) as connection:
        invoices = [get_invoice(connection, issuer, item.id) for item in made]
    shop = Shop(ledger, clock, issuer, invoices)
    with pytest.raises(Unavailable) as caught:
        prove_invoice(ledger, invoices[0])
    assert caught.value.code == "not-anchored"
    anchor_now(ledger)
    return shop


def test_the_life_of_an_invoice(shop: Shop) -> None:
    """Issued, paid, bounced, credited: each time the proof says what is owed, as of the anchor."""
    assert shop.standing() == ("authentic", "current", "issued", 231482)
    paid = shop.pay("2314.82")
    assert shop.standing() == ("authentic", "current", "issued", 231482)  # logged, not anchored yet
    anchor_now(shop.ledger)
    assert shop.standing() == ("authentic", "current", "paid", 0)
    reverse_payment(shop.ledger, shop.issuer, paid.id, "bounced")
    credit_invoice(shop.ledger, shop.issuer, shop.invoices[0].id, "A", lines=["1"])
    anchor_now(shop.ledger)
    authenticity, status, label, remaining = shop.standing()
    assert (authenticity, status, label) == ("authentic", "current", "issued")
    assert remaining == 231482 - 122256  # 12 × 84.90 with 20 % VAT
    assert shop.standing(1)[2] == "issued"


def test_an_old_bundle_is_superseded_and_says_as_of_when(shop: Shop) -> None:
    old = prove_invoice(shop.ledger, shop.invoices[0])
    shop.pay("2314.82")
    anchor_now(shop.ledger)
    verdict = shop.judge(old)
    assert (verdict.authenticity, verdict.status, verdict.status_reason) == ("authentic", "as_of", "superseded")
    assert verdict.as_of == old.checkpoint.time
    assert verdict.exit_code == 4


def test_a_head_past_its_age_is_stale(shop: Shop) -> None:
    bundle = prove_invoice(shop.ledger, shop.invoices[0])
    verdict = shop.judge(bundle, now=int(shop.clock()) + DAY + 60)
    assert (verdict.authenticity, verdict.status, verdict.status_reason) == ("authentic", "as_of", "stale")


def test_whoever_has_only_the_seal_gets_no_claim(shop: Shop) -> None:
    bundle = prove_seal(shop.ledger, decode_seal(shop.seal()))
    assert bundle.document is None
    text = bundle.encode().decode()
    assert "Lampe de bureau" not in text
    assert "Librairie" not in text
    assert shop.judge(bundle).exit_code == 0


def test_a_part_of_the_claims_is_opened(shop: Shop) -> None:
    bundle = prove_invoice(shop.ledger, shop.invoices[0], frozenset({"number", "totals", "payment"}))
    verdict = shop.judge(bundle)
    assert verdict.exit_code == 0
    assert verdict.document is not None
    assert {name for name, value in verdict.document.items() if value} == {"number", "totals", "payment"}
    assert "/lines/0" in verdict.hidden


def other_seal(shop: Shop, *, number: str | None = None, due: int | None = None) -> bytes:
    """A forger's seal: the true facts but one, under a key of its own."""
    true = decode_seal(shop.seal()).seal
    false = replace(true, number=number or true.number, due=due or true.due)
    key = draw_key(lambda size: bytes(range(size)))
    return encode_sign1(key.sign(shop.ledger.ledger_id, 6, encode_seal_payload(false)))


def test_another_seal_for_a_sealed_number_is_forged(shop: Shop) -> None:
    verdict = shop.judge(prove_seal(shop.ledger, decode_seal(other_seal(shop, due=1))))
    assert (verdict.authenticity, verdict.reason) == ("forged", "other-digest")
    assert verdict.exit_code == 1


def test_a_number_that_was_never_sealed_is_not_in_this_ledger(shop: Shop) -> None:
    verdict = shop.judge(prove_seal(shop.ledger, decode_seal(other_seal(shop, number="F-2026-9999"))))
    assert (verdict.authenticity, verdict.reason) == ("cannot_tell", "not-in-this-ledger")


def test_an_issuer_that_never_enrolled_is_not_in_this_ledger(shop: Shop) -> None:
    true = decode_seal(shop.seal()).seal
    stranger = replace(true, seller_id=("0002", "902345610"))
    key = draw_key(lambda size: bytes(range(size)))
    seal = encode_sign1(key.sign(shop.ledger.ledger_id, 6, encode_seal_payload(stranger)))
    verdict = shop.judge(prove_seal(shop.ledger, decode_seal(seal)))
    assert (verdict.authenticity, verdict.reason) == ("cannot_tell", "not-in-this-ledger")


def test_a_fresh_invoice_waits_for_its_anchor(shop: Shop) -> None:
    """Not forged, not authentic: the advice is to wait."""
    (fresh,) = issue(shop.ledger, shop.issuer, [Item(sample("five-lines.json"), "F")])
    verdict = shop.judge(prove_seal(shop.ledger, decode_seal(fresh.seal)))
    assert (verdict.authenticity, verdict.reason) == ("cannot_tell", "not-in-this-ledger")
    anchor_now(shop.ledger)
    assert shop.judge(prove_seal(shop.ledger, decode_seal(fresh.seal))).exit_code == 0


def test_a_changed_claim_in_a_true_bundle(shop: Shop) -> None:
    value = json.loads(prove_invoice(shop.ledger, shop.invoices[0]).encode())
    for leaf in value["document"]["leaves"]:
        if isinstance(leaf["value"], dict) and "iban" in leaf["value"]:
            leaf["value"]["iban"] = "DE75512108001245126199"
    changed = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    verdict = shop.judge(decode_bundle(changed))
    assert (verdict.authenticity, verdict.reason) == ("cannot_tell", "bad-evidence")


def test_the_registered_file_and_another(shop: Shop) -> None:
    made = pdf_of(shop.ledger, shop.issuer, shop.invoices[0].id, "fr")
    assert pdf_of(shop.ledger, shop.issuer, shop.invoices[0].id, "fr").content == made.content
    anchor_now(shop.ledger)
    bundle = prove_invoice(shop.ledger, shop.invoices[0])
    verdict = shop.judge(bundle)
    assert with_file(verdict, bundle, made.hash).exit_code == 0
    other = with_file(verdict, bundle, bytes(32))
    assert (other.not_sealed_file, other.exit_code) == (True, 1)


def test_when_it_was_logged(shop: Shop) -> None:
    (fresh,) = issue(shop.ledger, shop.issuer, [Item(sample("five-lines.json"), "F")])
    shop.clock.move(100)
    anchor_now(shop.ledger)
    verdict = shop.judge(prove_seal(shop.ledger, decode_seal(fresh.seal)))
    assert verdict.logged_between is not None
    after, until = verdict.logged_between
    assert after is not None
    assert until - after >= 100
