"""Properties of the verdict: any honest history verifies, and no mixture of true bundles says anything new."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier.bundles.cases import NOW, world
from tests.verifier.small_ledger import BAKERY, FARM, START, SmallLedger, document_of
from verifier.bundle import Bundle, check_form, decode_bundle
from verifier.errors import Malformed
from verifier.verdict import Authenticity
from verifier.verify import verify

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 5_000)),
        st.tuples(st.just("credit"), st.integers(1, 1_000)),
        st.tuples(st.just("write off"), st.integers(1, 1_000)),
        st.tuples(st.just("other firm"), st.just(0)),
        st.tuples(st.just("anchor"), st.just(0)),
    ),
    max_size=12,
)


def act(ledger: SmallLedger, action: str, value: int, count: int) -> None:
    """One step of the history, always within the rules."""
    if action == "pay":
        ledger.pay(BAKERY, "F-1", value)
    elif action == "credit":
        pair = [BAKERY.invoice("A-1"), BAKERY.invoice("F-1")]
        ledger.offer(ledger.statement(10, pair, {"amount": value}, BAKERY.signing))
    elif action == "write off":
        ledger.about_invoice(BAKERY, "F-1", 16, BAKERY.signing, amount=value, reason="lost")
    elif action == "other firm":
        ledger.issue(FARM, document_of(FARM, f"G-{count}"))
    else:
        ledger.checkpoint(START + 60 * len(ledger.entries))


@settings(max_examples=40)
@given(STEPS)
def test_every_honest_history_verifies_at_every_checkpoint(steps: list[tuple[str, int]]) -> None:
    """Each checkpoint's bundle is authentic, current at the head only, and shows the sums up to there."""
    ledger = SmallLedger()
    ledger.enrol(BAKERY)
    ledger.enrol(FARM)
    document = document_of(BAKERY, "F-1", totals={"tax_inclusive": "900.00", "tax": "0.00", "due": "900.00"})
    note = document_of(BAKERY, "A-1", type_code="381", totals=document["totals"])
    seal, _ = ledger.issue(BAKERY, document), ledger.issue(BAKERY, note)
    ledger.checkpoint(START + 60)
    sums = [0]
    total = 0
    for count, (action, value) in enumerate(steps):
        act(ledger, action, value, count)
        if action == "anchor":
            sums.append(total)
        total += value
    evidence, policy = ledger.evidence(), ledger.policy()
    for sequence, settled in enumerate(sums, start=1):
        bundle = decode_bundle(ledger.bundle(seal, document, sequence=sequence).encode())
        verdict = verify(bundle, evidence, policy, START + 5_000)
        assert verdict.reason == "authentic"
        assert verdict.status_reason == ("current" if sequence == len(sums) else "superseded")
        assert verdict.standing is not None
        assert verdict.standing.remaining == 90_000 - settled


TRUE = ("fresh", "paid", "credited", "credit-note", "other-firm")
MEMBERS = [field.name for field in fields(Bundle) if field.name not in ("seal", "ledger_id")]


@settings(max_examples=300)
@given(st.data())
def test_no_mixture_of_true_bundles_discredits_a_true_seal(data: st.DataObject) -> None:
    """A server that swaps members between honest bundles, of any invoice and any checkpoint.

    Never forged; authentic only with what an honest bundle of this seal at that checkpoint says.
    """
    w = world()
    name = data.draw(st.sampled_from(TRUE))
    first = 5 if name == "fresh" else 2
    honest = {n: w.bundle(name, sequence=n) for n in range(first, 6)}
    pool: list[Bundle] = [*honest.values(), *(w.bundle(other) for other in TRUE), w.bundle("unknown-number")]
    mixed: Any = data.draw(st.sampled_from(list(honest.values())))
    for member in data.draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=4)):
        mixed = replace(mixed, **{member: getattr(data.draw(st.sampled_from(pool)), member)})
    try:
        check_form(mixed)
    except Malformed:
        return
    verdict = verify(mixed, w.ledger.evidence(range(1, 6)), w.ledger.policy(), NOW)
    assert verdict.authenticity is not Authenticity.FORGED
    if verdict.authenticity is Authenticity.AUTHENTIC:
        bare = replace(mixed, document=None)
        assert bare in [replace(bundle, document=None) for bundle in honest.values()]


@settings(max_examples=200)
@given(st.data())
def test_entries_left_out_or_put_in_make_nothing_authentic(data: st.DataObject) -> None:
    """Any other choice among all of the log's entries than the one that is about this invoice."""
    w = world()
    name = data.draw(st.sampled_from(TRUE))
    bundle = w.bundle(name)
    everything = {item.index: item for other in TRUE for item in w.bundle(other).entries}
    chosen = data.draw(st.sets(st.sampled_from(sorted(everything))))
    toggled = {item.index for item in bundle.entries} ^ chosen
    mixed = replace(bundle, entries=tuple(everything[index] for index in sorted(toggled)))
    verdict = verify(mixed, w.ledger.evidence(range(1, 6)), w.ledger.policy(), NOW)
    if chosen:
        assert verdict.authenticity is Authenticity.CANNOT_TELL
    else:
        assert verdict.reason == "authentic"
