"""A verdict as a sheet: what a person reads, in which order. Command, report and page only lay it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from verifier.figures import account, clean, day, instant, money, words_of
from verifier.seal import Seal
from verifier.verdict import Authenticity, Check, Outcome, Standing, StatusAxis, Verdict
from verifier.wording import (
    ADVICE,
    COMPARE,
    CREDIT_NOTE_ISSUED,
    CUSTODY,
    FLAGS,
    GRADES,
    HEADLINES,
    IDENTITIES,
    LABELS,
    OTHER_REASON,
    OUTCOMES,
    REASONS,
    TIERS,
    Lang,
    Pair,
    check_title,
    pick,
)

Mark = Literal["current", "as_of", "cannot_tell", "forged", "not_sealed_file", "malformed"]


@dataclass(frozen=True)
class Row:
    """One fact with its name."""

    name: str
    value: str
    warn: bool = False
    """To be read first: it contradicts the paper or forbids a payment."""
    main: bool = False
    """What most readers came for: whom to pay, and how much."""
    hash: bool = False
    """Long hexadecimal, set small."""


@dataclass(frozen=True)
class Section:
    """Facts under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class CheckLine:
    """One of the eleven checks."""

    step: int
    title: str
    outcome: str
    """`passed`, `failed` or `skipped`: chooses the symbol."""
    word: str
    """The same in the reader's language."""
    detail: str
    """Technical, in English, with the stable code; empty when it passed."""


@dataclass(frozen=True)
class Sheet:
    """All that is shown about one input."""

    mark: Mark
    headline: str
    reason: str
    warnings: tuple[str, ...]
    advice: tuple[str, ...]
    sections: tuple[Section, ...]
    checks: tuple[CheckLine, ...]


def mark_of(verdict: Verdict) -> Mark:
    """Which of the six faces a verdict has."""
    if verdict.authenticity is Authenticity.FORGED:
        return "forged"
    if verdict.not_sealed_file:
        return "not_sealed_file"
    if verdict.authenticity is Authenticity.CANNOT_TELL:
        return "cannot_tell"
    return "current" if verdict.status is StatusAxis.CURRENT else "as_of"


def present(verdict: Verdict, lang: Lang, *, notes: Iterable[str] = ()) -> Sheet:
    """Lays out a verdict; `notes` are warnings about how the input was found, already in the reader's language."""
    mark = mark_of(verdict)
    key = verdict.status_reason if mark == "as_of" else verdict.reason
    as_of = "–" if verdict.as_of is None else instant(verdict.as_of, lang)
    reason = REASONS.get(key, OTHER_REASON)
    sections = (_status(verdict, lang), _facts(verdict, lang), _trust(verdict, lang))
    return Sheet(
        mark,
        pick(HEADLINES[mark], lang),
        pick(reason, lang, as_of=as_of, code=clean(key, 60)),
        (*_warnings(verdict, lang), *notes),
        _advice(verdict, mark, key, lang),
        tuple(section for section in sections if section.rows),
        _checks(verdict, lang),
    )


# --- the parts -------------------------------------------------------------------------------------------------


def _advice(verdict: Verdict, mark: Mark, key: str, lang: Lang) -> tuple[str, ...]:
    if mark == "forged":
        return tuple(pick(item, lang) for item in ADVICE["forged"])
    if mark == "current":
        return (*_payment_advice(verdict, lang), pick(COMPARE, lang))
    return tuple(pick(item, lang) for item in ADVICE.get(key, ADVICE["bad-evidence"]))


def _payment_advice(verdict: Verdict, lang: Lang) -> tuple[str, ...]:
    standing, seal = verdict.standing, verdict.seal
    if standing is None or seal is None or seal.is_credit_note:
        return ()
    if standing.remaining <= 0:
        return (
            pick(("Nothing is left to pay: do not pay again.", "Rien à payer : ne payez pas une seconde fois."), lang),
        )
    if standing.pay_to is None:
        words = (
            "The account to pay is not shown here: ask the issuer on a number that you already had.",
            "Le compte à créditer n'est pas indiqué ici : demandez-le à l'émetteur à un numéro que vous aviez déjà.",
        )
        return (pick(words, lang),)
    words = ("If you pay, pay only the account shown here.", "Si vous payez, payez uniquement le compte affiché ici.")
    return (pick(words, lang),)


def _warnings(verdict: Verdict, lang: Lang) -> tuple[str, ...]:
    found: list[Pair] = []
    standing = verdict.standing
    if standing is not None and standing.pay_to_changed:
        found.append(
            (
                "The account printed on the document is no longer the one to pay.",
                "Le compte imprimé sur le document n'est plus celui à créditer.",
            )
        )
    if standing is not None and standing.disputed is not None:
        found.append(("A dispute is open.", "Une contestation est ouverte."))
    if verdict.identity == "declared" and standing is not None:
        found.append(
            (
                "Nobody has checked that the issuer is who it says: the name below was typed by whoever enrolled.",
                "Personne n'a vérifié que l'émetteur est bien celui qu'il dit : le nom ci-dessous a été saisi par "
                "la personne inscrite.",
            )
        )
    dated = next((check.code for check in verdict.checks if check.step == 10), "")
    if dated in ("logged-later", "dated-ahead"):
        found.append(
            (
                "The issue date is not the day on which it was logged: see “Logged between”.",
                "La date d'émission n'est pas le jour de l'enregistrement : voir « Enregistrée entre ».",
            )
        )
    return tuple(pick(item, lang) for item in found)


def _status(verdict: Verdict, lang: Lang) -> Section:
    title = pick(("What is owed", "Ce qui est dû"), lang)
    standing, seal = verdict.standing, verdict.seal
    if standing is None or seal is None:
        return Section(title, ())
    rows = [_pay_to(standing, lang)] if not seal.is_credit_note else []
    left = ("Credit left", "Avoir restant") if seal.is_credit_note else ("Remaining", "Reste à payer")
    balance = pick((" (in the buyer's favour)", " (en faveur de l'acheteur)"), lang) if standing.remaining < 0 else ""
    rows.append(Row(pick(left, lang), money(standing.remaining, seal.currency, lang) + balance, main=True))
    rows.append(Row(pick(("Status", "Situation"), lang), _label(standing, seal, lang)))
    for name, amount in _amounts(standing, seal):
        if amount:
            rows.append(Row(pick(name, lang), money(amount, seal.currency, lang)))
    if standing.payment_grades:
        words = ", ".join(pick(GRADES[g], lang) if g in GRADES else clean(g, 40) for g in standing.payment_grades)
        rows.append(Row(pick(("Payments", "Paiements"), lang), words))
    if verdict.as_of is not None:
        rows.append(Row(pick(("As of", "Situation au"), lang), instant(verdict.as_of, lang)))
    return Section(title, tuple(rows))


def _pay_to(standing: Standing, lang: Lang) -> Row:
    open_ = standing.remaining > 0
    name = pick(("Pay to", "Payer à") if open_ else ("Account of record", "Compte au registre"), lang)
    changed = standing.pay_to_changed
    if standing.pay_to is not None:
        return Row(name, account(standing.pay_to), changed, main=open_)
    if changed:
        words = (
            "another account, not shown here; not the printed one",
            "un autre compte, non affiché ; pas celui imprimé",
        )
        return Row(name, pick(words, lang), True)
    return Row(name, pick(("no account is named", "aucun compte indiqué"), lang))


def _label(standing: Standing, seal: Seal, lang: Lang) -> str:
    pair = LABELS.get(standing.label, (standing.label, standing.label))
    if seal.is_credit_note and standing.label == "issued":
        pair = CREDIT_NOTE_ISSUED
    words = [pick(pair, lang), *(pick(FLAGS[flag], lang) for flag in standing.flags if flag in FLAGS)]
    return ", ".join(dict.fromkeys(words))


def _amounts(standing: Standing, seal: Seal) -> tuple[tuple[Pair, int], ...]:
    used = ("Used", "Utilisé") if seal.is_credit_note else ("Credited", "Crédité par avoir")
    return (
        (("Received", "Reçu"), standing.received),
        (used, standing.credited),
        (("Written off", "Passé en perte"), standing.written_off),
    )


def _facts(verdict: Verdict, lang: Lang) -> Section:
    sure = verdict.authenticity is Authenticity.AUTHENTIC or verdict.reason == "file-unknown"
    title = ("Compare with the document", "Comparez avec le document")
    if not sure:
        title = ("What the code claims", "Ce que prétend le code")
    seal = verdict.seal
    if seal is None:
        return Section(pick(title, lang), ())
    kind = ("Credit note", "Avoir") if seal.is_credit_note else ("Invoice", "Facture")
    due = "–" if seal.due_day is None else day(seal.due_day, lang)
    rows = [
        Row(pick(("Seller", "Vendeur"), lang), clean(seal.seller_name)),
        Row(pick(("Seller's number", "Identifiant du vendeur"), lang), _legal_id(seal.seller_id)),
        Row(pick(kind, lang), seal.number),
        Row(pick(("Issued", "Émise le"), lang), day(seal.issue_day, lang)),
        Row(pick(("Due", "Échéance"), lang), due),
        Row(pick(("Total with VAT", "Total TTC"), lang), money(seal.total, seal.currency, lang)),
        Row(pick(("of which VAT", "dont TVA"), lang), money(seal.total_vat, seal.currency, lang)),
        Row(pick(("Amount due", "Net à payer"), lang), money(seal.due, seal.currency, lang)),
        _printed_account(verdict, seal, lang),
    ]
    if seal.corrects:
        rows.append(Row(pick(("Corrects", "Rectifie"), lang), ", ".join(number for _, number in seal.corrects)))
    return Section(pick(title, lang), tuple(rows))


def _printed_account(verdict: Verdict, seal: Seal, lang: Lang) -> Row:
    changed = verdict.standing is not None and verdict.standing.pay_to_changed
    name = pick(("Printed account", "Compte imprimé"), lang)
    if seal.account is None:
        return Row(name, pick(("none", "aucun"), lang))
    stale = pick((" (no longer to be paid)", " (n'est plus à créditer)"), lang) if changed else ""
    return Row(name, account(seal.account) + stale, changed)


def _legal_id(pair: tuple[str, str]) -> str:
    scheme, value = pair
    if scheme == "0002":
        return f"SIREN {value[:3]} {value[3:6]} {value[6:]}"
    return f"{value} (ICD {scheme})" if scheme != "9957" else value


def _trust(verdict: Verdict, lang: Lang) -> Section:
    rows = []
    # Whose identity it would be is no comfort when the seal is not proven to be theirs.
    if verdict.identity is not None and verdict.standing is not None:
        declared = verdict.identity == "declared"
        rows.append(Row(pick(("Identity", "Identité"), lang), _identity(verdict.identity, lang), declared))
    if verdict.ledger_name is not None:
        rows.append(Row(pick(("Ledger", "Registre"), lang), clean(verdict.ledger_name)))
    if verdict.logged_between is not None:
        start, end = verdict.logged_between
        first = pick(("the ledger's start", "l'ouverture du registre"), lang) if start is None else instant(start, lang)
        between = pick(("{a} and {b}", "{a} et {b}"), lang, a=first, b=instant(end, lang))
        rows.append(Row(pick(("Logged between", "Enregistrée entre"), lang), between))
    for name, code, words in (
        (("Signing key", "Clé de signature"), verdict.custody, CUSTODY),
        (("Chain read by", "Blockchain lue par"), verdict.tier, TIERS),
    ):
        if code is not None:
            rows.append(Row(pick(name, lang), pick(words[code], lang) if code in words else clean(code, 40)))
    if verdict.hidden:
        hidden = f"{len(verdict.hidden)}: {clean(', '.join(verdict.hidden))}"
        rows.append(Row(pick(("Parts not shown", "Parties non montrées"), lang), hidden))
    if verdict.seal_digest is not None:
        rows.append(Row(pick(("Seal digest", "Empreinte du sceau"), lang), verdict.seal_digest.hex(), hash=True))
    return Section(pick(("How far this goes", "Ce que cela prouve"), lang), tuple(rows))


def _identity(identity: str, lang: Lang) -> str:
    if identity == "declared":
        return pick(IDENTITIES["declared"], lang)
    # `attested:KIND:VALUE:DATE`; a value may hold colons, the date does not.
    _, kind, rest = identity.split(":", 2)
    value, _, checked = rest.rpartition(":")
    pair = IDENTITIES[kind] if kind in ("domain", "certificate") else IDENTITIES["other"]
    return pick(pair, lang, kind=clean(kind, 30), value=clean(value, 120), date=_iso_date(checked, lang))


def _detail(check: Check) -> str:
    return clean(f"{check.detail} [{check.code}]" if check.code and check.detail else check.detail or check.code)


def _iso_date(text: str, lang: Lang) -> str:
    try:
        return words_of(date.fromisoformat(text), lang)
    except ValueError:
        return clean(text, 12)


def _checks(verdict: Verdict, lang: Lang) -> tuple[CheckLine, ...]:
    return tuple(
        CheckLine(
            check.step,
            check_title(check.step, lang),
            str(check.outcome),
            pick(OUTCOMES[str(check.outcome)], lang),
            "" if check.outcome is Outcome.PASSED else _detail(check),
        )
        for check in verdict.checks
    )
