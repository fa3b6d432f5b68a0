"""Payments and credit notes: cases L4–L7, P1, P2, and what a statement cannot be made to say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.credit import apply_credit_note, credit_draft, credit_invoice
from ledger.errors import Conflict, Invalid, LedgerError, NotFound
from ledger.invoices import events_of, get_invoice, standings_of
from ledger.issue import Issued, Item, issue
from ledger.settle import (
    Receipt,
    allocate,
    apply_customer_credit,
    customer_credit,
    record_payment,
    reverse_payment,
)
from ledger.store.database import reading
from tests.ledger.bare import Bare, bare, make_bare, sample
from verifier.verdict import Standing

__all__ = ["bare"]
BUYER = "0002:442198768"
DAY = 86_400


def standing(made: Bare, issued: Issued) -> Standing:
    with reading(made.ledger.engine) as connection:
        invoice = get_invoice(connection, made.issuer, issued.id)
        return standings_of(connection, made.ledger, [invoice])[issued.id]


def pay(made: Bare, amount: str, *invoices: Issued, **members: Any) -> Any:
    members = {"invoice_ids": tuple(i.id for i in invoices)} | members
    return record_payment(made.ledger, made.issuer, Receipt(amount, "EUR", "2026-05-28", **members))


def types(made: Bare, issued: Issued) -> list[int]:
    with reading(made.ledger.engine) as connection:
        return [event.type for event in events_of(connection, issued.map_key)]


def test_the_oldest_invoice_is_paid_first(bare: Bare) -> None:
    """P1, first half."""
    (young,) = bare.issue("70.00", issue_date="2026-05-20")
    (old,) = issue(bare.ledger, bare.issuer, [Item(bare.draft("30.00", issue_date="2026-05-01"), "A")])
    paid = pay(bare, "80.00", buyer_id=BUYER)
    assert [part.amount for part in paid.allocations] == [3000, 5000]
    assert standing(bare, old).label == "paid"
    assert (standing(bare, young).label, standing(bare, young).remaining) == ("partially_paid", 2000)
    pay(bare, "20.00", buyer_id=BUYER)
    assert standing(bare, young).label == "paid"


def test_an_overpayment_becomes_credit_for_the_next_invoice(bare: Bare) -> None:
    """P1, second half."""
    (first,) = bare.issue("57.10")
    paid = pay(bare, "63.05", first)
    assert (standing(bare, first).label, standing(bare, first).remaining) == ("paid", 0)
    assert paid.unallocated == 595
    with reading(bare.ledger.engine) as connection:
        assert customer_credit(connection, bare.issuer, BUYER, "EUR") == 595
    (second,) = bare.issue("10.00")
    apply_customer_credit(bare.ledger, bare.issuer, second.id)
    assert standing(bare, second).remaining == 405
    with reading(bare.ledger.engine) as connection:
        assert customer_credit(connection, bare.issuer, BUYER, "EUR") == 0


def test_part_of_an_invoice_by_credit(bare: Bare) -> None:
    """P2."""
    (first,) = bare.issue("10.00")
    pay(bare, "40.00", first)
    (second,) = bare.issue("50.00")
    apply_customer_credit(bare.ledger, bare.issuer, second.id, "30.00")
    assert (standing(bare, second).label, standing(bare, second).remaining) == ("partially_paid", 2000)
    with pytest.raises(Conflict) as caught:
        apply_customer_credit(bare.ledger, bare.issuer, second.id, "0.01")
    assert caught.value.code == "no-credit"
    for amount in ("0.00", "-1.00"):
        with pytest.raises(Invalid):
            apply_customer_credit(bare.ledger, bare.issuer, second.id, amount)


def test_the_credit_is_the_buyers_own(bare: Bare) -> None:
    (first,) = bare.issue("10.00")
    paid = pay(bare, "40.00", first)
    (other,) = bare.issue("50.00", buyer=sample("forty-lines.json")["buyer"])
    with pytest.raises(Conflict):
        apply_customer_credit(bare.ledger, bare.issuer, other.id)
    with pytest.raises(Conflict) as caught:
        allocate(bare.ledger, bare.issuer, paid.id, other.id)
    assert caught.value.code == "buyer-differs"


def test_a_reversed_payment_gives_back_what_it_settled(bare: Bare) -> None:
    """L7."""
    (made,) = bare.issue("100.00", due_terms={"days": "30"})
    paid = pay(bare, "100.00", made)
    assert standing(bare, made).label == "paid"
    back = reverse_payment(bare.ledger, bare.issuer, paid.id, "bounced")
    assert back.unallocated == 0
    assert (standing(bare, made).label, standing(bare, made).remaining) == ("issued", 10000)
    bare.clock.time += 40 * DAY
    assert standing(bare, made).label == "overdue"
    assert types(bare, made) == [6, 8, 9]
    with pytest.raises(Conflict) as caught:
        reverse_payment(bare.ledger, bare.issuer, paid.id, "again")
    assert caught.value.code == "reversed"


def test_a_reversal_takes_back_every_part(bare: Bare) -> None:
    one, two = bare.issue("10.00", "20.00")
    paid = pay(bare, "40.00", one, two)
    reverse_payment(bare.ledger, bare.issuer, paid.id, "chargeback")
    assert [standing(bare, i).remaining for i in (one, two)] == [1000, 2000]
    with reading(bare.ledger.engine) as connection:
        assert customer_credit(connection, bare.issuer, BUYER, "EUR") == 0
    with pytest.raises(Conflict):
        allocate(bare.ledger, bare.issuer, paid.id, one.id)


def test_credited_in_full_and_no_cent_more(bare: Bare) -> None:
    """L4 and L6."""
    (made,) = bare.issue("1200.00")
    note, applied = credit_invoice(bare.ledger, bare.issuer, made.id, "A")
    assert applied is not None
    assert applied.amount == 120000
    assert (standing(bare, made).label, standing(bare, made).received) == ("credited", 0)
    assert standing(bare, note).label == "applied"
    (second,) = issue(bare.ledger, bare.issuer, [Item(_note(bare, "0.01", made.number), "A")])
    with pytest.raises(Conflict) as caught:
        apply_credit_note(bare.ledger, bare.issuer, second.id, made.id, "0.01")
    assert caught.value.code == "fold-credit-exceeds"
    with pytest.raises(Conflict) as again:
        credit_invoice(bare.ledger, bare.issuer, made.id, "A")
    assert again.value.code == "credited"


def _note(made: Bare, amount: str, number: str) -> dict[str, Any]:
    return made.draft(amount) | {"type_code": "381", "preceding": [{"number": number, "issue_date": "2026-05-01"}]}


def test_a_credit_note_gives_no_more_than_it_has(bare: Bare) -> None:
    one, two = bare.issue("100.00", "100.00")
    (note,) = issue(bare.ledger, bare.issuer, [Item(_note(bare, "60.00", one.number), "A")])
    apply_credit_note(bare.ledger, bare.issuer, note.id, one.id, "40.00")
    assert standing(bare, note).label == "partially_applied"
    with pytest.raises(Conflict) as caught:
        apply_credit_note(bare.ledger, bare.issuer, note.id, two.id, "20.01")
    assert caught.value.code == "fold-credit-left"
    apply_credit_note(bare.ledger, bare.issuer, note.id, two.id)
    assert [standing(bare, i).remaining for i in (one, two)] == [6000, 8000]


def test_a_mistaken_credit_note_is_reversed_by_a_new_invoice(bare: Bare) -> None:
    """L5: nothing is deleted; the balance says what is owed."""
    (made,) = bare.issue("100.00")
    note, _ = credit_invoice(bare.ledger, bare.issuer, made.id, "A")
    (again,) = bare.issue("100.00", preceding=[{"number": note.number}])
    assert standing(bare, made).label == "credited"
    assert standing(bare, again).label == "issued"
    assert types(bare, made) == [6, 10]


def test_lines_of_an_invoice_are_credited(bare: Bare) -> None:
    (made,) = issue(bare.ledger, bare.issuer, [Item(sample("five-lines.json"), "F")])
    _note, applied = credit_invoice(bare.ledger, bare.issuer, made.id, "A", lines=["5"])
    assert applied is not None
    assert applied.amount == 1584  # 12 × 1.10 with 20 % VAT
    with pytest.raises(Invalid):
        credit_invoice(bare.ledger, bare.issuer, made.id, "A", lines=["9"])


def test_a_paid_invoice_that_is_credited_owes_the_buyer(bare: Bare) -> None:
    (made,) = bare.issue("100.00")
    pay(bare, "100.00", made)
    credit_invoice(bare.ledger, bare.issuer, made.id, "A")
    assert standing(bare, made).remaining == -10000


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1", "1.0", "1.000", "1e3", "1,00", " 1.00", "９.00", ""])
def test_amounts_that_are_none(bare: Bare, amount: str) -> None:
    (made,) = bare.issue("10.00")
    with pytest.raises(Invalid):
        pay(bare, amount, made)
    assert types(bare, made) == [6]


def test_what_a_payment_cannot_be_about(bare: Bare) -> None:
    (made,) = bare.issue("10.00")
    (note,) = issue(bare.ledger, bare.issuer, [Item(_note(bare, "5.00", made.number), "A")])
    other = make_other(bare)
    refused: list[tuple[type[LedgerError], str, Receipt]] = [
        (Conflict, "credit-note", Receipt("1.00", "EUR", "2026-05-28", invoice_ids=(note.id,))),
        (Conflict, "currency", Receipt("1.00", "USD", "2026-05-28", invoice_ids=(made.id,))),
        (Invalid, "date", Receipt("1.00", "EUR", "2026-02-30", invoice_ids=(made.id,))),
        (Invalid, "payment-target", Receipt("1.00", "EUR", "2026-05-28")),
        (NotFound, "buyer", Receipt("1.00", "EUR", "2026-05-28", buyer_id="0002:000000000")),
        (NotFound, "invoice", Receipt("1.00", "EUR", "2026-05-28", invoice_ids=(other.id,))),
    ]
    for kind, code, receipt in refused:
        with pytest.raises(kind) as caught:
            record_payment(bare.ledger, bare.issuer, receipt)
        assert caught.value.code == code


def make_other(made: Bare) -> Issued:
    """An invoice of another issuer in the same ledger."""
    from ledger.issuers import enrol
    from ledger.series import create_series

    other = enrol(made.ledger, sample("bakery.json")["seller"], "Europe/Paris").issuer
    create_series(made.ledger, other.id, "F", "F-{YYYY}-{seq:4}")
    return issue(made.ledger, other.id, [Item(sample("bakery.json"), "F")])[0]


def test_a_credit_draft_of_a_credit_note_is_refused(bare: Bare) -> None:
    (made,) = bare.issue("10.00")
    note, _ = credit_invoice(bare.ledger, bare.issuer, made.id, "A")
    with reading(bare.ledger.engine) as connection:
        stored = get_invoice(connection, bare.issuer, note.id)
    with pytest.raises(Conflict):
        credit_draft(stored)


actions = st.lists(st.tuples(st.sampled_from("prxc"), st.integers(0, 2), st.integers(1, 15000)), max_size=12)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_money_is_neither_made_nor_lost(tmp_path_factory: pytest.TempPathFactory, plan: list[Any]) -> None:
    """Whatever is done: Σ received on invoices + customer credit = Σ payments that stand, and nothing is negative."""
    made = make_bare("sqlite", tmp_path_factory.mktemp("money"))
    invoices = made.issue("100.00", "50.00", "0.01")
    payments = []
    for action, which, cents in plan:
        amount = f"{cents // 100}.{cents % 100:02d}"
        try:
            if action == "p":
                payments.append(pay(made, amount, invoices[which]))
            elif action == "r" and payments:
                reverse_payment(made.ledger, made.issuer, payments[which % len(payments)].id, "bounced")
            elif action == "x":
                apply_customer_credit(made.ledger, made.issuer, invoices[which].id)
            elif action == "c":
                credit_invoice(made.ledger, made.issuer, invoices[which].id, "A")
        except Conflict:
            continue
    with reading(made.ledger.engine) as connection:
        from ledger.settle import get_payment

        stand = [get_payment(connection, made.issuer, p.id) for p in payments]
        credit = customer_credit(connection, made.issuer, BUYER, "EUR")
    received = sum(standing(made, invoice).received for invoice in invoices)
    assert received + credit == sum(p.amount for p in stand if p.reversed is None)
    assert credit >= 0
    assert all(p.unallocated >= 0 for p in stand)
    made.ledger.engine.dispose()
