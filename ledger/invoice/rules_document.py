"""Rules of the document's head: codes, dates, references, payment, attachments."""

from __future__ import annotations

from ledger.invoice.code_lists import (
    MIME_TYPES,
    NOTE_SUBJECTS,
    PAYMENT_MEANS,
    TYPE_CODES,
)
from ledger.invoice.codes import currency_digits
from ledger.invoice.keys import day, is_bic, is_iban, is_rf
from ledger.invoice.line import Period
from ledger.invoice.model import Draft, Payment
from ledger.invoice.violation import Violation
from verifier.errors import Malformed
from verifier.seal import check_number

CREDIT_TRANSFERS = frozenset({"30", "58"})
TAX_POINT_CODES = frozenset({"3", "35", "432"})
SEAL_DAYS = ("1970-01-01", "2199-12-31")
MAX_ACCOUNT = 34
"""Bytes of an account in a seal: the longest IBAN."""


def check(draft: Draft, found: list[Violation]) -> None:
    """Append what is wrong with the document's head."""
    if draft.type_code not in TYPE_CODES:
        found.append(Violation("BR-CL-01", "/type_code", {"value": draft.type_code}))
    _dates(draft, found)
    _tax(draft, found)
    for i, note in enumerate(draft.notes or ()):
        if note.subject_code is not None and note.subject_code not in NOTE_SUBJECTS:
            found.append(Violation("BR-CL-08", f"/notes/{i}/subject_code", {"value": note.subject_code}))
    for i, earlier in enumerate(draft.preceding or ()):
        _number(earlier.number, f"/preceding/{i}/number", found)
        check_date(earlier.issue_date, f"/preceding/{i}/issue_date", found)
    for i, payment in enumerate(draft.payment or ()):
        _payment(payment, f"/payment/{i}", found)
    for i, attachment in enumerate(draft.attachments or ()):
        if attachment.media_type is not None and attachment.media_type not in MIME_TYPES:
            found.append(
                Violation(
                    "BR-CL-24",
                    f"/attachments/{i}/media_type",
                    {"value": attachment.media_type},
                )
            )


def check_date(text: str | None, pointer: str, found: list[Violation]) -> None:
    """Append SC-DATE when a date has the form of one but is none, such as 30 February."""
    if text is not None and day(text) is None:
        found.append(Violation("SC-DATE", pointer, {"value": text}))


def check_period(period: Period, pointer: str, rules: tuple[str, str], found: list[Violation]) -> None:
    """Append what is wrong with a period: empty, or ending before it starts."""
    check_date(period.start, f"{pointer}/start", found)
    check_date(period.end, f"{pointer}/end", found)
    if period.start is None and period.end is None:
        found.append(Violation(rules[0], pointer))
    elif period.start is not None and period.end is not None and period.end < period.start:
        found.append(Violation(rules[1], f"{pointer}/end"))


def _number(number: str, pointer: str, found: list[Violation]) -> None:
    try:
        check_number(number, pointer)
    except Malformed:
        found.append(Violation("SC-SEAL-NUMBER", pointer))


def _dates(draft: Draft, found: list[Violation]) -> None:
    for name in ("issue_date", "due_date"):
        text = getattr(draft, name)
        if text is None:
            continue
        check_date(text, f"/{name}", found)
        if not SEAL_DAYS[0] <= text <= SEAL_DAYS[1]:
            found.append(Violation("SC-SEAL-DATE", f"/{name}", {"value": text}))
    if draft.due_date is not None:
        if draft.due_terms is not None:
            found.append(Violation("SC-DUE", "/due_terms"))
        if draft.issue_date is not None and draft.due_date < draft.issue_date:
            params = {"given": draft.due_date, "expected": draft.issue_date}
            found.append(Violation("SC-DUE-BEFORE-ISSUE", "/due_date", params))
    check_date(draft.tax_point_date, "/tax_point_date", found)
    if draft.delivery is not None:
        check_date(draft.delivery.date, "/delivery/date", found)
    if draft.period is not None:
        check_period(draft.period, "/period", ("BR-CO-19", "BR-29"), found)


def _tax(draft: Draft, found: list[Violation]) -> None:
    if draft.tax_point_code is not None:
        if draft.tax_point_code not in TAX_POINT_CODES:
            found.append(Violation("BR-CL-06", "/tax_point_code", {"value": draft.tax_point_code}))
        if draft.tax_point_date is not None:
            found.append(Violation("BR-CO-03", "/tax_point_code"))
    if draft.tax_currency is None:
        if draft.tax_total_in_tax_currency is not None:
            found.append(Violation("SC-TAX-CURRENCY", "/tax_currency"))
        return
    digits = currency_digits(draft.tax_currency)
    if digits is None:
        found.append(Violation("BR-CL-05", "/tax_currency", {"value": draft.tax_currency}))
    if draft.tax_currency == draft.currency:
        found.append(Violation("SC-TAX-CURRENCY", "/tax_currency"))
    amount = draft.tax_total_in_tax_currency
    if amount is None:
        found.append(Violation("BR-53", "/tax_total_in_tax_currency"))
    elif digits is not None and len(amount.partition(".")[2]) > digits:
        params = {"value": amount, "digits": str(digits)}
        found.append(Violation("BR-DEC-15", "/tax_total_in_tax_currency", params))


def _payment(payment: Payment, where: str, found: list[Violation]) -> None:
    if payment.means_code not in PAYMENT_MEANS:
        found.append(Violation("BR-CL-16", f"{where}/means_code", {"value": payment.means_code}))
    account = payment.iban or payment.account
    if payment.iban is not None:
        if payment.account is not None:
            found.append(Violation("SC-ACCOUNT", f"{where}/account"))
        if not is_iban(payment.iban):
            found.append(Violation("SC-IBAN", f"{where}/iban", {"value": payment.iban}))
    if account is None:
        if payment.means_code in CREDIT_TRANSFERS:
            found.append(Violation("BR-61", f"{where}/iban"))
        elif payment.bic is not None or payment.account_name is not None:
            found.append(Violation("BR-50", f"{where}/iban"))
    elif len(account) > MAX_ACCOUNT:
        found.append(Violation("SC-SEAL-ACCOUNT", f"{where}/{'iban' if payment.iban else 'account'}"))
    if payment.bic is not None and not is_bic(payment.bic):
        found.append(Violation("SC-BIC", f"{where}/bic", {"value": payment.bic}))
    reference = payment.reference
    if reference is not None and reference[:2] == "RF" and reference[2:4].isdigit() and not is_rf(reference):
        found.append(Violation("SC-RF", f"{where}/reference", {"value": reference}))
    if payment.card_number is not None and not (payment.card_number.isdigit() and 4 <= len(payment.card_number) <= 6):
        found.append(Violation("BR-51", f"{where}/card_number"))
