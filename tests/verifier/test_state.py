"""The fold, type by type (PROTOCOL.md §4): who signs, what it needs, what it changes, and hostile twins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier.small_ledger import (
    BAKERY,
    DAY,
    FARM,
    LEDGER_KEY,
    NEXT_LEDGER_KEY,
    START,
    STRANGER,
    Key,
    SmallLedger,
    document_of,
    seal_of,
)
from verifier.canonical import encode_cbor
from verifier.cose import kid, protected_header
from verifier.errors import Malformed, Refuted
from verifier.invoice_rules import MAX_RENDITIONS
from verifier.records import (
    EMPTY_CHAIN,
    InvoiceRecord,
    IssuerRecord,
    LedgerRecord,
    VoidRecord,
    chain_next,
    decode_record,
    ledger_key,
    payee_commitment,
    record_hash,
)
from verifier.seal import MAX_AMOUNT
from verifier.settlement_rules import MAX_OPEN_PAYMENTS
from verifier.statement import FIELDS, EntryType, encode_entry

SECOND, ASSIGNEE, BUYER = Key(103), Key(501), Key(502)
NUMBER, NOTE, OTHER = "F-1", "A-1", "F-2"
PAYMENT = {
    "amount": 5_000, "day": 20_417, "means": "30", "grade": "declared", "reference": None, "payment_id": bytes(16),
}  # fmt: skip


def refused(code: str, action: Callable[[], Any]) -> None:
    """The fold refuses, by this rule."""
    with pytest.raises(Refuted) as caught:
        action()
    assert caught.value.code == f"fold-{code}"


@pytest.fixture
def ledger() -> SmallLedger:
    """Two firms; the bakery has two invoices and a credit note of 120.00."""
    made = SmallLedger()
    made.enrol(BAKERY)
    made.enrol(FARM)
    for number, code in ((NUMBER, "380"), (OTHER, "380"), (NOTE, "381")):
        made.issue(BAKERY, document_of(BAKERY, number, type_code=code))
    return made


def invoice(ledger: SmallLedger, number: str = NUMBER) -> InvoiceRecord:
    record = ledger.state[BAKERY.invoice(number)]
    assert isinstance(record, InvoiceRecord)
    return record


def issuer(ledger: SmallLedger) -> IssuerRecord:
    record = ledger.state[BAKERY.key]
    assert isinstance(record, IssuerRecord)
    return record


def say(ledger: SmallLedger, entry_type: int, *signers: Key, number: str = NUMBER, **values: Any) -> int:
    """A statement about one of the bakery's invoices."""
    return ledger.about_invoice(BAKERY, number, entry_type, *signers, **values)


# --- 0: state entry -----------------------------------------------------------------------------


def test_state_entry_is_the_ledgers_and_changes_nothing(ledger: SmallLedger) -> None:
    before = dict(ledger.state)
    ledger.offer(encode_entry(0, LEDGER_KEY.sign(b"\x80", ledger.aad(0))))
    assert ledger.state == before
    with pytest.raises(Refuted, match="kid is not this key's"):
        ledger.offer(encode_entry(0, STRANGER.sign(b"\x80", ledger.aad(0))))


# --- 1: issuer enrolled -------------------------------------------------------------------------


def test_enrolment_makes_the_record_of_its_fields() -> None:
    ledger = SmallLedger()
    ledger.enrol(BAKERY)
    record = issuer(ledger)
    assert (record.legal_id, record.name, record.country, record.zone) == (
        ("0002", "902345610"), "Boulangerie Test SAS", "FR", "Europe/Paris",
    )  # fmt: skip
    assert record.control_keys == (BAKERY.control.public,)
    assert [(k.public_key, k.valid_from, k.custody, k.scope) for k in record.keys] == [
        (BAKERY.signing.public, 0, "server", "all")
    ]
    assert record.control_chain == chain_next(EMPTY_CHAIN, ledger.entries[0].leaf_hash)
    assert (record.pepper, record.identities) == (BAKERY.pepper, ())


def enrolment(**changes: Any) -> dict[str, Any]:
    values = {
        "legal_id": list(FARM.legal_id), "name": FARM.name, "country": "FR", "zone": "Europe/Paris",
        "control_keys": [FARM.control.public], "signing_key": [FARM.signing.public, "server", "all"],
        "pepper": bytes(32), "salt": bytes(32),
    }  # fmt: skip
    return values | changes


@pytest.mark.parametrize(
    ("name", "code", "values", "signers"),
    [
        ("by-a-stranger", "signer", {}, (STRANGER, LEDGER_KEY)),
        ("by-the-signing-key", "signer", {}, (FARM.signing, LEDGER_KEY)),
        ("without-the-ledger", "signers", {}, (FARM.control,)),
        ("ledger-first", "signer", {}, (LEDGER_KEY, FARM.control)),
        ("stranger-for-the-ledger", "signer", {}, (FARM.control, STRANGER)),
        ("one-key-for-both", "kid-used", {"signing_key": [FARM.control.public, "server", "all"]},
         (FARM.control, LEDGER_KEY)),
        ("control-key-twice", "kid-used", {"control_keys": [FARM.control.public] * 2}, (FARM.control, LEDGER_KEY)),
    ],
)  # fmt: skip
def test_enrolment_twins(name: str, code: str, values: dict[str, Any], signers: tuple[Key, ...]) -> None:
    ledger = SmallLedger()
    refused(code, lambda: ledger.offer(ledger.statement(1, [FARM.key], enrolment(**values), *signers)))


def test_a_legal_id_is_enrolled_once_and_only_under_its_own_key(ledger: SmallLedger) -> None:
    """A second enrolment would replace the keys; one under another id's map key would squat it."""
    refused("issuer-exists", lambda: ledger.enrol(FARM))
    other = SmallLedger()
    pair = (FARM.control, LEDGER_KEY)
    refused("object", lambda: other.offer(other.statement(1, [BAKERY.key], enrolment(), *pair)))
    refused("prev", lambda: other.offer(other.statement(1, [FARM.key], enrolment(), *pair, prev=b"\1" * 32)))
    with pytest.raises(Malformed):
        other.statement(1, [FARM.key], enrolment(control_keys=[]), *pair)


# --- 2 to 5: keys and identities ----------------------------------------------------------------


def add_key(ledger: SmallLedger, key: Key = SECOND, by: Key = BAKERY.control, scope: str = "all") -> int:
    values = {"public_key": key.public, "custody": "device", "scope": scope}
    return ledger.offer(ledger.statement(2, [BAKERY.key], values, by))


def test_an_added_key_signs_from_its_index(ledger: SmallLedger) -> None:
    index = add_key(ledger)
    key = issuer(ledger).keys[1]
    assert (key.public_key, key.valid_from, key.custody, key.scope) == (SECOND.public, index, "device", "all")
    ledger.issue(BAKERY, document_of(BAKERY, "F-9"), SECOND)
    assert invoice(ledger, "F-9").latest == index + 1


def test_added_key_twins(ledger: SmallLedger) -> None:
    refused("signer", lambda: add_key(ledger, by=BAKERY.signing))
    refused("signer", lambda: add_key(ledger, by=FARM.control))
    refused("kid-used", lambda: add_key(ledger, key=BAKERY.signing))
    refused("kid-used", lambda: add_key(ledger, key=BAKERY.control))
    add_key(ledger)
    ledger.control(BAKERY, 3, thumbprint=SECOND.thumbprint)
    refused("kid-used", lambda: add_key(ledger))


def test_a_retired_key_signs_no_more_but_its_seals_stand(ledger: SmallLedger) -> None:
    index = ledger.control(BAKERY, 3, thumbprint=BAKERY.signing.thumbprint)
    assert issuer(ledger).keys[0].retired_at == index
    assert invoice(ledger).seal_digest
    refused("key-retired", lambda: ledger.issue(BAKERY, document_of(BAKERY, "F-9")))
    refused("key-ended", lambda: ledger.control(BAKERY, 3, thumbprint=BAKERY.signing.thumbprint))


def test_a_compromised_key_is_void_from_here_on_and_suspect_before(ledger: SmallLedger) -> None:
    """The claimed earlier index is kept, but nothing before this entry changes."""
    before = invoice(ledger)
    index = ledger.control(BAKERY, 4, thumbprint=BAKERY.signing.thumbprint, since=1)
    key = issuer(ledger).keys[0]
    assert (key.void_from, key.suspect_since, key.retired_at) == (index, 1, None)
    assert invoice(ledger) == before
    refused("key-void", lambda: ledger.issue(BAKERY, document_of(BAKERY, "F-9")))
    refused("key-void", lambda: ledger.pay(BAKERY, NUMBER, 1))
    refused("key-ended", lambda: ledger.control(BAKERY, 4, thumbprint=BAKERY.signing.thumbprint, since=None))


def test_key_ending_twins(ledger: SmallLedger) -> None:
    mine, future = BAKERY.signing.thumbprint, len(ledger.entries) + 1
    for entry_type, values in ((3, {}), (4, {"since": None})):
        refused("key-unknown", lambda t=entry_type, v=values: ledger.control(BAKERY, t, thumbprint=bytes(32), **v))  # type: ignore[misc]
        statement = ledger.statement(entry_type, [BAKERY.key], {"thumbprint": mine, **values}, BAKERY.signing)
        refused("signer", lambda s=statement: ledger.offer(s))  # type: ignore[misc]
    refused("since", lambda: ledger.control(BAKERY, 4, thumbprint=mine, since=future))


def attest(ledger: SmallLedger, by: Key = LEDGER_KEY, value: str = "firm.example") -> int:
    values = {"kind": "domain", "value": value, "evidence": bytes(32), "checked": START}
    return ledger.offer(ledger.statement(5, [BAKERY.key], values, by))


def test_an_identity_is_the_ledgers_word(ledger: SmallLedger) -> None:
    attest(ledger)
    assert [(i.kind, i.value, i.checked) for i in issuer(ledger).identities] == [("domain", "firm.example", START)]
    refused("signer", lambda: attest(ledger, BAKERY.control))


def test_control_entries_are_chained(ledger: SmallLedger) -> None:
    """A control statement cannot be logged twice, nor one skipped."""
    values = {"public_key": SECOND.public, "custody": "device", "scope": "all"}
    first = ledger.statement(2, [BAKERY.key], values, BAKERY.control)
    attest(ledger)
    refused("prev", lambda: ledger.offer(first))
    refused("no-issuer", lambda: ledger.offer(ledger.statement(2, [bytes(32)], values, BAKERY.control)))


# --- 6 and 7: seals and void numbers ------------------------------------------------------------


def test_a_seal_makes_the_invoice(ledger: SmallLedger) -> None:
    signed = ledger.issue(BAKERY, document_of(BAKERY, "F-9"))
    record, index = invoice(ledger, "F-9"), len(ledger.entries) - 1
    digest = ledger.digest(signed)
    assert record == InvoiceRecord(
        issuer=BAKERY.key, seal_digest=digest, type_code=380, currency=("EUR", 2), due=12_000, received=0,
        credited=0, written_off=0, open_payments=(), dispute=None, assignee=None,
        payee=payee_commitment(digest, "FR7615589297010123456789067"), renditions=(), buyer_key=None,
        chain=chain_next(EMPTY_CHAIN, ledger.entries[index].leaf_hash), latest=index, time=20_416 * DAY,
    )  # fmt: skip
    assert record.remaining == 12_000


def sealed(ledger: SmallLedger, key: Key, number: str = "F-9", **changes: Any) -> int:
    signed = ledger.sign_seal(seal_of(document_of(BAKERY, number), **changes), key)
    return ledger.offer(ledger.seal_entry(signed))


def test_seal_twins(ledger: SmallLedger) -> None:
    refused("key-unknown", lambda: sealed(ledger, STRANGER))
    refused("key-unknown", lambda: sealed(ledger, BAKERY.control))
    refused("key-unknown", lambda: sealed(ledger, FARM.signing))
    refused("name", lambda: sealed(ledger, BAKERY.signing, seller_name="Boulangerie Tést SAS"))
    refused("no-issuer", lambda: sealed(ledger, BAKERY.signing, seller_id=("0002", "111111111")))
    refused("number-used", lambda: sealed(ledger, BAKERY.signing, NUMBER, due=1))
    refused("number-used", lambda: sealed(ledger, BAKERY.signing, NUMBER.lower(), due=1))


def test_a_settle_key_seals_nothing_but_settles(ledger: SmallLedger) -> None:
    add_key(ledger, scope="settle")
    refused("key-scope", lambda: sealed(ledger, SECOND))
    say(ledger, 8, SECOND, **PAYMENT)
    assert invoice(ledger).received == 5_000


def test_a_seal_under_a_kid_that_did_not_sign_is_refused(ledger: SmallLedger) -> None:
    """The kid is a hint: the signature decides."""
    made = ledger.sign_seal(seal_of(document_of(BAKERY, "F-9")), STRANGER)
    own = ledger.sign_seal(seal_of(document_of(BAKERY, "F-9")), BAKERY.signing)
    forged = replace(made.sign1, protected=own.sign1.protected)
    with pytest.raises(Refuted) as caught:
        ledger.offer(encode_entry(6, forged))
    assert caught.value.code == "signature"


def test_the_kid_alone_is_no_signature_of_a_control_key(ledger: SmallLedger) -> None:
    """A stranger's signature under the control key's kid."""
    values = {"public_key": SECOND.public, "custody": "device", "scope": "all"}
    made = ledger.statement(2, [BAKERY.key], values, STRANGER).signatures[0]
    forged = replace(made, protected=protected_header(kid(BAKERY.control.public)))
    with pytest.raises(Refuted) as caught:
        ledger.offer(encode_entry(2, forged))
    assert caught.value.code == "signature"


def test_a_key_signs_nothing_before_its_index(ledger: SmallLedger) -> None:
    """As a verifier meets it, who folds all keys before it folds the invoice."""
    late = replace(issuer(ledger).keys[0], valid_from=len(ledger.entries) + 1)
    ledger.state[BAKERY.key] = replace(issuer(ledger), keys=(late,))
    refused("key-early", lambda: ledger.issue(BAKERY, document_of(BAKERY, "F-9")))
    refused("key-early", lambda: ledger.pay(BAKERY, NUMBER, 1))


def test_without_the_ledgers_record_nothing_is_signed_by_the_ledger(ledger: SmallLedger) -> None:
    del ledger.state[ledger_key(ledger.ledger_id)]
    refused("no-ledger-record", lambda: attest(ledger))


def test_a_seal_of_another_ledger_is_refused(ledger: SmallLedger) -> None:
    """Same facts, same key, another ledger id in the signed context."""
    other = SmallLedger(salt=b"\1" * 32)
    other.enrol(BAKERY)
    other.issue(BAKERY, document_of(BAKERY, "F-9"))
    with pytest.raises(Refuted) as caught:
        ledger.offer(other.entries[-1])
    assert caught.value.code == "signature"


def void(ledger: SmallLedger, number: str, by: Key = LEDGER_KEY, place: str | None = None) -> int:
    values = {"issuer": BAKERY.key, "number": number, "reason": "never completed"}
    key = BAKERY.invoice(number if place is None else place)
    return ledger.offer(ledger.statement(7, [key], values, by))


def test_a_void_number_is_closed_for_good(ledger: SmallLedger) -> None:
    void(ledger, "F-9")
    assert ledger.state[BAKERY.invoice("F-9")] == VoidRecord(BAKERY.key, "F-9", "never completed")
    refused("number-used", lambda: sealed(ledger, BAKERY.signing))
    refused("number-used", lambda: void(ledger, "F-9"))
    refused("no-invoice", lambda: ledger.pay(BAKERY, "F-9", 1))


def test_void_twins(ledger: SmallLedger) -> None:
    """A used number is not voided, even by a statement that names the chain of a fresh one."""
    values = {"issuer": BAKERY.key, "number": NUMBER, "reason": "x"}
    used = ledger.statement(7, [BAKERY.invoice(NUMBER)], values, LEDGER_KEY, prev=EMPTY_CHAIN)
    refused("number-used", lambda: ledger.offer(used))
    refused("prev", lambda: void(ledger, NUMBER))
    refused("signer", lambda: void(ledger, "F-9", by=BAKERY.signing))
    refused("object", lambda: void(ledger, "F-9", place="F-8"))


# --- 8, 9: payments -----------------------------------------------------------------------------


def test_a_payment_and_its_reversal(ledger: SmallLedger) -> None:
    index = ledger.pay(BAKERY, NUMBER, 5_000)
    leaf = ledger.entries[index].leaf_hash
    record = invoice(ledger)
    assert (record.received, record.remaining, record.open_payments) == (5_000, 7_000, ((leaf, 5_000),))
    assert (record.latest, record.time) == (index, START)
    say(ledger, 9, BAKERY.signing, payment=leaf, reason="bounced")
    assert (invoice(ledger).received, invoice(ledger).open_payments) == (0, ())
    refused("payment", lambda: say(ledger, 9, BAKERY.signing, payment=leaf, reason="again"))


def test_an_overpayment_is_a_balance_in_the_buyers_favour(ledger: SmallLedger) -> None:
    ledger.pay(BAKERY, NUMBER, 20_000)
    assert invoice(ledger).remaining == -8_000


def test_payment_twins(ledger: SmallLedger) -> None:
    refused("key-unknown", lambda: say(ledger, 8, FARM.signing, **PAYMENT))
    refused("key-unknown", lambda: say(ledger, 8, STRANGER, **PAYMENT))
    refused("key-unknown", lambda: say(ledger, 8, BAKERY.control, **PAYMENT))
    refused("signers", lambda: say(ledger, 8, BAKERY.signing, BAKERY.signing, **PAYMENT))
    for amount in (0, -1, MAX_AMOUNT + 1):
        with pytest.raises(Malformed):
            ledger.pay(BAKERY, NUMBER, amount)
    for grade in ("matched", "proven"):  # better than the issuer's word, on nothing but the issuer's word
        refused("grade", lambda grade=grade: ledger.pay(BAKERY, NUMBER, 1, grade=grade))
    ledger.pay(BAKERY, NUMBER, MAX_AMOUNT)
    refused("overflow", lambda: ledger.pay(BAKERY, NUMBER, 1))


def test_a_payment_is_not_replayed_reordered_or_moved(ledger: SmallLedger) -> None:
    """`prev` names the place, the map key the invoice, the context type and ledger."""
    first = ledger.statement(8, [BAKERY.invoice(NUMBER)], PAYMENT, BAKERY.signing)
    ledger.offer(first)
    refused("prev", lambda: ledger.offer(first))
    second = ledger.statement(8, [BAKERY.invoice(NUMBER)], PAYMENT, BAKERY.signing)
    skipped = ledger.statement(8, [BAKERY.invoice(NUMBER)], PAYMENT, BAKERY.signing, prev=invoice(ledger, OTHER).chain)
    refused("prev", lambda: ledger.offer(skipped))
    moved = ledger.statement(8, [BAKERY.invoice(OTHER)], PAYMENT, BAKERY.signing, prev=invoice(ledger).chain)
    refused("prev", lambda: ledger.offer(moved))
    ledger.offer(second)
    assert invoice(ledger).received == 10_000


def test_a_statement_is_not_relabelled(ledger: SmallLedger) -> None:
    """A write-off and a recovery have the same fields: the signed context alone tells them apart."""
    values = {"amount": 1_000, "reason": "lost"}
    say(ledger, 16, BAKERY.signing, **values)
    relabelled = ledger.statement(17, [BAKERY.invoice(NUMBER)], values, BAKERY.signing, label=16)
    with pytest.raises(Refuted) as caught:
        ledger.offer(relabelled)
    assert caught.value.code == "signature"
    say(ledger, 17, BAKERY.signing, **values)
    assert invoice(ledger).written_off == 0


def test_reversal_twins(ledger: SmallLedger) -> None:
    leaf = ledger.entries[ledger.pay(BAKERY, NUMBER, 5_000)].leaf_hash
    values = {"payment": leaf, "reason": "bounced"}
    refused("key-unknown", lambda: say(ledger, 9, FARM.signing, **values))
    refused("payment", lambda: say(ledger, 9, BAKERY.signing, number=OTHER, **values))
    refused("payment", lambda: say(ledger, 9, BAKERY.signing, payment=bytes(32), reason="bounced"))


def test_open_payments_are_bounded(ledger: SmallLedger) -> None:
    key = BAKERY.invoice(NUMBER)
    many = tuple((n.to_bytes(32, "big"), 1) for n in range(MAX_OPEN_PAYMENTS))
    full = replace(invoice(ledger), open_payments=many, received=MAX_OPEN_PAYMENTS)
    ledger.state[key] = full
    assert len(full.encode()) < 65_535
    refused("limit", lambda: ledger.pay(BAKERY, NUMBER, 1))


# --- 10: credit applied -------------------------------------------------------------------------


def credit(ledger: SmallLedger, amount: int, *signers: Key, pair: tuple[str, str] = (NOTE, NUMBER)) -> int:
    objects = [BAKERY.invoice(number) for number in pair]
    return ledger.offer(ledger.statement(10, objects, {"amount": amount}, *(signers or (BAKERY.signing,))))


def test_a_credit_changes_both_records(ledger: SmallLedger) -> None:
    index = credit(ledger, 5_000)
    note, record = invoice(ledger, NOTE), invoice(ledger)
    assert (note.credited, note.remaining, record.credited, record.remaining) == (5_000, 7_000, 5_000, 7_000)
    assert (note.latest, record.latest) == (index, index)
    holdings = issuer(ledger).holdings
    assert holdings is not None
    assert (holdings.count, holdings.latest) == (4, index)  # three seals, and this entry once, not twice


def test_a_credit_across_two_firms_needs_both(ledger: SmallLedger) -> None:
    ledger.issue(FARM, document_of(FARM, "A-9", type_code="381"))
    objects = [FARM.invoice("A-9"), BAKERY.invoice(NUMBER)]

    def offer(*signers: Key) -> int:
        return ledger.offer(ledger.statement(10, objects, {"amount": 12_000}, *signers))

    refused("signers", lambda: offer(FARM.signing))
    refused("key-unknown", lambda: offer(BAKERY.signing, FARM.signing))
    refused("key-unknown", lambda: offer(FARM.signing, STRANGER))
    refused("key-unknown", lambda: offer(STRANGER, BAKERY.signing))
    offer(FARM.signing, BAKERY.signing)
    assert invoice(ledger).credited == 12_000


def test_credit_twins(ledger: SmallLedger) -> None:
    refused("credit", lambda: credit(ledger, 1, pair=(NUMBER, NOTE)))
    refused("credit", lambda: credit(ledger, 1, pair=(NUMBER, OTHER)))
    refused("credit-left", lambda: credit(ledger, 12_001))
    refused("key-unknown", lambda: credit(ledger, 1, STRANGER))
    with pytest.raises(Malformed):
        credit(ledger, 1, pair=(NOTE, NOTE))
    ledger.issue(BAKERY, document_of(BAKERY, "A-2", type_code="381"))
    credit(ledger, 7_000)
    refused("credit-left", lambda: credit(ledger, 5_001, pair=(NOTE, OTHER)))
    refused("credit-exceeds", lambda: credit(ledger, 5_001, pair=("A-2", NUMBER)))
    foreign = document_of(BAKERY, "A-3", type_code="381", currency="CHF")
    ledger.issue(BAKERY, foreign)
    refused("currency", lambda: credit(ledger, 1, pair=("A-3", NUMBER)))


# --- 11 to 20 -----------------------------------------------------------------------------------


def test_disputes_by_issuer_buyer_and_link_holder(ledger: SmallLedger) -> None:
    opened = {"reason": "quantity", "signer": None}
    refused("key-unknown", lambda: say(ledger, 11, STRANGER, **opened))
    say(ledger, 11, BAKERY.signing, **opened)
    assert invoice(ledger).dispute == ("quantity", "issuer")
    refused("dispute", lambda: say(ledger, 11, BAKERY.signing, **opened))
    say(ledger, 12, BAKERY.signing, **opened)
    refused("dispute", lambda: say(ledger, 12, BAKERY.signing, **opened))
    linked = {"reason": "quality", "signer": STRANGER.public}
    refused("signers", lambda: say(ledger, 11, STRANGER, **linked))
    refused("signer", lambda: say(ledger, 11, BUYER, LEDGER_KEY, **linked))
    refused("signer", lambda: say(ledger, 11, STRANGER, STRANGER, **linked))
    say(ledger, 11, STRANGER, LEDGER_KEY, **linked)
    assert invoice(ledger).dispute == ("quality", "link")
    refused("signer", lambda: say(ledger, 19, BAKERY.signing, STRANGER, party=BUYER.public))
    say(ledger, 12, BAKERY.signing, **opened)
    refused("key-unknown", lambda: say(ledger, 19, STRANGER, BUYER, party=BUYER.public))
    say(ledger, 19, BAKERY.signing, BUYER, party=BUYER.public)
    refused("signer", lambda: say(ledger, 11, STRANGER, reason="price", signer=BUYER.public))
    say(ledger, 11, BUYER, reason="price", signer=BUYER.public)
    assert invoice(ledger).dispute == ("price", "buyer")


def test_an_assigned_invoice_is_settled_by_its_assignee_alone(ledger: SmallLedger) -> None:
    values = {"assignee": ASSIGNEE.public, "payee": b"\7" * 32}
    sealed_payee = invoice(ledger).payee
    refused("signer", lambda: say(ledger, 13, BAKERY.signing, ASSIGNEE, **values))
    refused("signer", lambda: say(ledger, 13, BAKERY.control, STRANGER, **values))
    say(ledger, 13, BAKERY.control, ASSIGNEE, **values)
    assert (invoice(ledger).assignee, invoice(ledger).payee) == ((ASSIGNEE.thumbprint, sealed_payee), b"\7" * 32)
    refused("assigned", lambda: say(ledger, 13, BAKERY.control, ASSIGNEE, **values))
    refused("assigned", lambda: say(ledger, 15, BAKERY.control, payee=bytes(32)))
    refused("signer", lambda: say(ledger, 8, BAKERY.signing, **PAYMENT))
    place = [BAKERY.invoice(NUMBER)]
    stolen = ledger.statement(8, place, PAYMENT, STRANGER, signer=STRANGER.public)
    refused("signer", lambda: ledger.offer(stolen))
    named = ledger.statement(8, place, PAYMENT, STRANGER, signer=ASSIGNEE.public)
    refused("signer", lambda: ledger.offer(named))
    ledger.offer(ledger.statement(8, place, PAYMENT, ASSIGNEE, signer=ASSIGNEE.public))
    assert invoice(ledger).received == 5_000
    refused("signer", lambda: say(ledger, 14, BAKERY.control, signer=BAKERY.control.public))
    say(ledger, 14, ASSIGNEE, signer=ASSIGNEE.public)
    assert (invoice(ledger).assignee, invoice(ledger).payee) == (None, sealed_payee)
    refused("not-assigned", lambda: say(ledger, 14, ASSIGNEE, signer=ASSIGNEE.public))
    late = ledger.statement(8, place, PAYMENT, ASSIGNEE, signer=ASSIGNEE.public)
    refused("signer", lambda: ledger.offer(late))


def test_the_payee_is_changed_by_the_control_key(ledger: SmallLedger) -> None:
    refused("signer", lambda: say(ledger, 15, BAKERY.signing, payee=b"\7" * 32))
    say(ledger, 15, BAKERY.control, payee=b"\7" * 32)
    assert invoice(ledger).payee == b"\7" * 32


def test_write_off_and_recovery(ledger: SmallLedger) -> None:
    refused("write-off", lambda: say(ledger, 16, BAKERY.signing, amount=12_001, reason="lost"))
    say(ledger, 16, BAKERY.signing, amount=12_000, reason="lost")
    assert invoice(ledger).remaining == 0
    refused("recovery", lambda: say(ledger, 17, BAKERY.signing, amount=12_001, reason="found"))
    refused("key-unknown", lambda: say(ledger, 17, FARM.signing, amount=1, reason="found"))
    say(ledger, 17, BAKERY.signing, amount=2_000, reason="found")
    assert (invoice(ledger).written_off, invoice(ledger).remaining) == (10_000, 2_000)


def test_renditions(ledger: SmallLedger) -> None:
    values = {"hash": sha256(b"pdf").digest(), "media_type": "application/pdf"}
    refused("key-unknown", lambda: say(ledger, 18, FARM.signing, **values))
    refused("key-unknown", lambda: say(ledger, 18, BAKERY.control, **values))
    say(ledger, 18, BAKERY.signing, **values)
    assert invoice(ledger).renditions == ((values["hash"], "application/pdf"),)
    refused("rendition", lambda: say(ledger, 18, BAKERY.signing, **values))
    many = tuple((n.to_bytes(32, "big"), "a/b") for n in range(MAX_RENDITIONS))
    ledger.state[BAKERY.invoice(NUMBER)] = replace(invoice(ledger), renditions=many)
    refused("limit", lambda: say(ledger, 18, BAKERY.signing, **values))


def test_an_erased_invoice_is_frozen(ledger: SmallLedger) -> None:
    today = START // DAY
    values = {"retention_end": today, "reason": "retention over"}
    early = values | {"retention_end": today + 1}
    refused("retention", lambda: say(ledger, 20, LEDGER_KEY, BAKERY.control, **early))
    refused("signer", lambda: say(ledger, 20, STRANGER, BAKERY.control, **values))
    refused("signer", lambda: say(ledger, 20, LEDGER_KEY, BAKERY.signing, **values))
    say(ledger, 20, LEDGER_KEY, BAKERY.control, **values)
    assert invoice(ledger).erased
    refused("erased", lambda: ledger.pay(BAKERY, NUMBER, 1))


# --- 21: ledger key changed ---------------------------------------------------------------------


def change_ledger_key(ledger: SmallLedger, new: Key, *signers: Key) -> int:
    place = [ledger_key(ledger.ledger_id)]
    return ledger.offer(ledger.statement(21, place, {"public_key": new.public}, *signers))


def test_a_ledger_key_changes_hands_by_both(ledger: SmallLedger) -> None:
    first = ledger.state[ledger_key(ledger.ledger_id)]
    index = change_ledger_key(ledger, NEXT_LEDGER_KEY, LEDGER_KEY, NEXT_LEDGER_KEY)
    record = ledger.state[ledger_key(ledger.ledger_id)]
    assert isinstance(record, LedgerRecord)
    assert isinstance(first, LedgerRecord)
    assert record.keys == (*first.keys, (NEXT_LEDGER_KEY.public, index))
    assert (record.key_at(index - 1), record.key_at(index)) == (LEDGER_KEY.public, NEXT_LEDGER_KEY.public)
    refused("signer", lambda: attest(ledger, LEDGER_KEY))
    attest(ledger, NEXT_LEDGER_KEY)
    refused("kid-used", lambda: change_ledger_key(ledger, LEDGER_KEY, NEXT_LEDGER_KEY, LEDGER_KEY))


def test_ledger_key_twins(ledger: SmallLedger) -> None:
    new = NEXT_LEDGER_KEY
    refused("signers", lambda: change_ledger_key(ledger, new, LEDGER_KEY))
    refused("signer", lambda: change_ledger_key(ledger, new, new, new))
    refused("signer", lambda: change_ledger_key(ledger, new, LEDGER_KEY, STRANGER))
    refused("signer", lambda: change_ledger_key(ledger, new, STRANGER, new))
    old = ledger.statement(21, [ledger_key(ledger.ledger_id)], {"public_key": new.public}, LEDGER_KEY, new)
    ledger.offer(old)
    refused("prev", lambda: ledger.offer(old))


# --- properties ---------------------------------------------------------------------------------


def test_every_type_of_the_table_has_a_form() -> None:
    assert set(FIELDS) == {int(t) for t in EntryType} - {0, 6}


AMOUNTS = st.integers(1, 9_000)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), AMOUNTS),
        st.tuples(st.just("reverse"), st.integers(0, 5)),
        st.tuples(st.just("credit"), AMOUNTS),
        st.tuples(st.just("write off"), AMOUNTS),
        st.tuples(st.just("recover"), AMOUNTS),
    ),
    max_size=8,
)


class Model:
    """The arithmetic of one invoice, without chain, key or record."""

    def __init__(self) -> None:
        self.payments: list[tuple[bytes, int]] = []
        self.credited = self.written_off = 0

    @property
    def remaining(self) -> int:
        return 12_000 - sum(a for _, a in self.payments) - self.credited - self.written_off


def act(ledger: SmallLedger, model: Model, action: str, value: int) -> bool:
    """Do it to the model; whether it is allowed, by the rules in the table of §4."""
    if action == "pay":
        model.payments.append((ledger.entries[ledger.pay(BAKERY, NUMBER, value)].leaf_hash, value))
        return True
    if action == "reverse":
        if value >= len(model.payments):
            return False
        leaf, _ = model.payments.pop(value)
        say(ledger, 9, BAKERY.signing, payment=leaf, reason="bounced")
        return True
    limit = {"credit": 12_000 - model.credited, "write off": model.remaining, "recover": model.written_off}
    if value > limit[action]:
        with pytest.raises(Refuted):
            _do(ledger, action, value)
        return False
    _do(ledger, action, value)
    model.credited += value if action == "credit" else 0
    model.written_off += {"write off": value, "recover": -value}.get(action, 0)
    return True


def _do(ledger: SmallLedger, action: str, value: int) -> None:
    if action == "credit":
        credit(ledger, value)
    else:
        say(ledger, 16 if action == "write off" else 17, BAKERY.signing, amount=value, reason="x")


@given(ACTIONS)
def test_any_course_of_settlement_agrees_with_its_arithmetic(actions: list[tuple[str, int]]) -> None:
    """Received, credited, written off and remaining are sums of what was accepted; a refusal changes nothing."""
    ledger = SmallLedger()
    ledger.enrol(BAKERY)
    ledger.issue(BAKERY, document_of(BAKERY, NUMBER))
    ledger.issue(BAKERY, document_of(BAKERY, NOTE, type_code="381"))
    model = Model()
    for action, value in actions:
        before = dict(ledger.state)
        if not act(ledger, model, action, value):
            assert ledger.state == before
        record = invoice(ledger)
        assert record.open_payments == tuple(model.payments)
        assert (record.credited, record.written_off) == (model.credited, model.written_off)
        assert record.remaining == model.remaining
        assert decode_record(record.encode()) == record
        assert len(record_hash(record)) == 32


@given(st.permutations([0, 1, 2]))
def test_only_one_order_of_three_payments_is_accepted(order: list[int]) -> None:
    """Chained statements go in as they were signed, or not at all."""
    signer = SmallLedger()
    signer.enrol(BAKERY)
    signer.issue(BAKERY, document_of(BAKERY, NUMBER))
    for amount in (1, 2, 3):
        signer.pay(BAKERY, NUMBER, amount)
    ledger = SmallLedger()
    for entry in signer.entries[:2]:
        ledger.offer(entry)
    offered = [signer.entries[2 + place] for place in order]
    if order == [0, 1, 2]:
        for entry in offered:
            ledger.offer(entry)
        assert ledger.state == signer.state
    else:
        with pytest.raises(Refuted, match="does not follow"):
            for entry in offered:
                ledger.offer(entry)


@pytest.mark.parametrize("kind", [4, -1, "0", None])
def test_a_record_of_another_kind_is_malformed(kind: object) -> None:
    with pytest.raises(Malformed):
        decode_record(encode_cbor({0: kind}))  # type: ignore[dict-item]


def test_a_record_with_a_member_too_much_is_malformed(ledger: SmallLedger) -> None:
    value = {0: 3, 1: BAKERY.key, 2: "F-9", 3: "x"}
    assert decode_record(encode_cbor(value)) == VoidRecord(BAKERY.key, "F-9", "x")
    with pytest.raises(Malformed):
        decode_record(encode_cbor({**value, 4: "more"}))
    with pytest.raises(Malformed):
        decode_record(encode_cbor({0: 3, 1: BAKERY.key, 2: "F-9"}))
