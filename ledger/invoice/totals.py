"""Totals of an invoice (EN 16931 BR-CO-10 to BR-CO-17), in integer minor units.

Line net = round(quantity × price / base quantity × (1 − Σ discounts)) − amounts off + amounts on. VAT is
computed once for each (category, rate), on the sum. Rounding is half up, away from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger.invoice.amounts import (
    POWERS,
    divide,
    fixed,
    plain,
    split,
    to_minor,
    to_text,
)
from ledger.invoice.codes import currency_digits
from ledger.invoice.line import Adjustment, InvoiceLine, LineAdjustment
from ledger.invoice.model import Draft
from ledger.invoice.violation import InvoiceError, Violation

VatKey = tuple[str, str]
"""VAT category and shortest form of its rate; the rate is '' for category O."""


class Share(NamedTuple):
    """A document allowance or charge under one VAT category and rate."""

    source: int
    """Index in the draft's list."""
    amount: int
    """Minor units."""
    vat: VatKey


class Group(NamedTuple):
    """One row of the VAT breakdown (BG-23), minor units."""

    vat: VatKey
    taxable: int
    tax: int


class Computed(NamedTuple):
    """Every computed amount of a draft, in minor units of its currency."""

    digits: int
    """Digits of the currency after the point."""
    line_nets: list[int]
    """BT-131 of each line."""
    line_parts: dict[int, tuple[list[int], list[int]]]
    """BT-136 and BT-141 of the lines that have allowances or charges."""
    allowances: list[Share]
    """BG-20."""
    charges: list[Share]
    """BG-21."""
    groups: list[Group]
    """BG-23, by category and rate."""
    lines: int
    """BT-106."""
    allowance_total: int
    """BT-107."""
    charge_total: int
    """BT-108."""
    tax_exclusive: int
    """BT-109."""
    tax: int
    """BT-110."""
    tax_inclusive: int
    """BT-112."""
    prepaid: int
    """BT-113."""
    rounding: int
    """BT-114."""
    due: int
    """BT-115."""


def compute(draft: Draft) -> Computed:
    """Compute every amount of a draft.

    Raises:
        InvoiceError: when there is no such amount (unknown currency, base quantity of zero, more digits than
            the currency has, an allowance without an amount). What is merely wrong is for `rules`.
    """
    if draft._computed is not None:
        return draft._computed  # type: ignore[no-any-return]
    digits = currency_digits(draft.currency)
    if digits is None:
        raise InvoiceError([Violation("BR-CL-04", "/currency", {"value": draft.currency})])
    work = _Work(digits)
    nets, parts, sums = work.lines(draft.lines)
    allowances = work.shares(draft.allowances or (), "allowances", sums) if draft.allowances else []
    charges = work.shares(draft.charges or (), "charges", sums) if draft.charges else []
    totals = draft.totals
    prepaid = work.money(totals.prepaid, "BR-DEC-16", "/totals/prepaid") if totals and totals.prepaid else 0
    rounding = work.money(totals.rounding, "BR-DEC-17", "/totals/rounding") if totals and totals.rounding else 0
    if work.found:
        raise InvoiceError(work.found)
    lines = sum(nets)
    off, on = (
        sum(share.amount for share in allowances),
        sum(share.amount for share in charges),
    )
    groups = _groups(sums, allowances, charges)
    tax = sum(group.tax for group in groups)
    net = lines - off + on
    computed = Computed(
        digits, nets, parts, allowances, charges, groups, lines, off, on,
        net, tax, net + tax, prepaid, rounding, net + tax - prepaid + rounding,
    )  # fmt: skip
    draft._computed = computed
    return computed


def vat_key(category: str, rate: str | None) -> VatKey:
    """The group that a category and rate fall into: "20" and "20.00" are one."""
    return (category, "" if rate is None else plain(rate))


def _groups(sums: dict[VatKey, int], allowances: list[Share], charges: list[Share]) -> list[Group]:
    taxable = dict(sums)
    for share in allowances:
        taxable[share.vat] = taxable.get(share.vat, 0) - share.amount
    for share in charges:
        taxable[share.vat] = taxable.get(share.vat, 0) + share.amount
    groups = []
    for vat in _ordered(taxable):
        amount = taxable[vat]
        mantissa, scale = fixed(vat[1] or "0")
        groups.append(Group(vat, amount, divide(amount * mantissa, POWERS[scale + 2])))
    return groups


def _ordered(keys: dict[VatKey, int]) -> list[VatKey]:
    # By content and not by place in the draft, so that the order of lines changes no amount.
    if len(keys) < 2:
        return list(keys)
    return sorted(
        keys,
        key=lambda vat: (
            vat[0],
            fixed(vat[1] or "0")[0] * POWERS[8 - fixed(vat[1] or "0")[1]],
        ),
    )


class _Work:
    """The draft's amounts being read, with what is wrong with them."""

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.found: list[Violation] = []

    def money(self, text: str, rule: str, pointer: str) -> int:
        minor = to_minor(text, self.digits)
        if minor is None:
            self.found.append(Violation(rule, pointer, {"value": text, "digits": str(self.digits)}))
            return 0
        return minor

    def lines(
        self, lines: Sequence[InvoiceLine]
    ) -> tuple[list[int], dict[int, tuple[list[int], list[int]]], dict[VatKey, int]]:
        """Line nets, their allowances and charges, and the sum of nets of each VAT group."""
        nets: list[int] = []
        parts: dict[int, tuple[list[int], list[int]]] = {}
        sums: dict[VatKey, int] = {}
        digits = self.digits
        for index, line in enumerate(lines):
            quantity, scale = fixed(line.quantity)
            price, price_scale = fixed(line.net_price)
            numerator, shift = quantity * price, scale + price_scale - digits
            if line.price_base_quantity is None and line.allowances is None and line.charges is None:
                # The usual line, kept free of calls: it is the hot path of a bulk issue.
                net = divide(numerator, POWERS[shift]) if shift > 0 else numerator * POWERS[-shift]
            else:
                net = self._adjusted(index, line, numerator, shift, parts)
            nets.append(net)
            vat = line.vat
            key = (vat.category, plain(vat.rate) if vat.rate is not None else "")
            sums[key] = sums.get(key, 0) + net
        return nets, parts, sums

    def _adjusted(
        self,
        index: int,
        line: InvoiceLine,
        numerator: int,
        shift: int,
        parts: dict[int, tuple[list[int], list[int]]],
    ) -> int:
        denominator = POWERS[max(shift, 0)]
        numerator *= POWERS[max(-shift, 0)]
        if line.price_base_quantity is not None:
            base, base_scale = fixed(line.price_base_quantity)
            if base <= 0:
                self.found.append(Violation("SC-BASE-QUANTITY", f"/lines/{index}/price_base_quantity"))
                return 0
            numerator, denominator = numerator * POWERS[base_scale], denominator * base
        line_parts = _LineParts(self, numerator, denominator)
        where = f"/lines/{index}"
        off = line_parts.take(line.allowances or (), -1, f"{where}/allowances", ("BR-DEC-24", "BR-DEC-25"))
        on = line_parts.take(line.charges or (), 1, f"{where}/charges", ("BR-DEC-27", "BR-DEC-28"))
        parts[index] = (off, on)
        return line_parts.net

    def percentage(self, amount: int, percent: str) -> int:
        mantissa, scale = fixed(percent)
        return divide(amount * mantissa, POWERS[scale + 2])

    def shares(self, adjustments: Sequence[Adjustment], member: str, sums: dict[VatKey, int]) -> list[Share]:
        """Document allowances or charges, each under one VAT group; those without VAT are split."""
        rules = ("BR-DEC-01", "BR-DEC-02") if member == "allowances" else ("BR-DEC-05", "BR-DEC-06")
        groups = _ordered(sums)
        weights = [sums[key] for key in groups]
        shares: list[Share] = []
        for index, item in enumerate(adjustments):
            where = f"/{member}/{index}"
            vat = None if item.vat is None else vat_key(item.vat.category, item.vat.rate)
            base = sum(weights) if vat is None else sums.get(vat, 0)
            amount = self.stated(item, base, where, rules)
            if vat is not None:
                shares.append(Share(index, amount, vat))
                continue
            split_amounts = split(amount, weights) if amount else [0] * len(weights)
            if split_amounts is None:
                self.found.append(Violation("SC-SPLIT", f"{where}/vat"))
                continue
            chosen = [(key, part) for key, part in zip(groups, split_amounts, strict=True) if part]
            shares.extend(Share(index, part, key) for key, part in chosen or [(groups[0], 0)])
        return shares

    def stated(self, item: LineAdjustment, base: int, where: str, rules: tuple[str, str]) -> int:
        """The amount of an allowance or charge: given, or a percentage of its base, or both and equal."""
        given = None if item.amount is None else self.money(item.amount, rules[0], f"{where}/amount")
        if item.base is not None:
            base = self.money(item.base, rules[1], f"{where}/base")
        if item.percent is None:
            if given is None:
                self.found.append(Violation("SC-ADJUSTMENT", f"{where}/amount"))
            return given or 0
        amount = self.percentage(base, item.percent)
        if given is not None and given != amount:
            self.differs(f"{where}/amount", given, amount, "SC-PERCENT")
        return amount

    def differs(self, pointer: str, given: int, expected: int, rule: str) -> None:
        params = {
            "given": to_text(given, self.digits),
            "expected": to_text(expected, self.digits),
        }
        self.found.append(Violation(rule, pointer, params))


class _LineParts:
    """Allowances and charges of one line.

    Percentages of the line are taken of the exact product and only the result is rounded, so that the net is
    round(quantity × price × (1 − discount)); each part is the difference that it makes to the rounded net.
    """

    def __init__(self, work: _Work, numerator: int, denominator: int) -> None:
        self.work = work
        self.numerator = numerator
        self.denominator = denominator
        self.factor = 1_000_000
        """What is left of the line after percentages, in millionths (a percentage has at most 4 decimals)."""
        self.of_percent = divide(numerator, denominator)
        self.flat = 0

    @property
    def net(self) -> int:
        """BT-131, minor units."""
        return self.of_percent + self.flat

    def take(
        self,
        items: Sequence[LineAdjustment],
        sign: int,
        where: str,
        rules: tuple[str, str],
    ) -> list[int]:
        amounts = []
        for index, item in enumerate(items):
            if item.percent is None or item.base is not None:
                amount = self.work.stated(item, 0, f"{where}/{index}", rules)
                self.flat += sign * amount
            else:
                amount = self._percent(item, sign, f"{where}/{index}", rules)
            amounts.append(amount)
        return amounts

    def _percent(self, item: LineAdjustment, sign: int, where: str, rules: tuple[str, str]) -> int:
        mantissa, scale = fixed(item.percent or "0")
        self.factor += sign * mantissa * POWERS[4 - scale]
        after = divide(self.numerator * self.factor, self.denominator * 1_000_000)
        amount = sign * (after - self.of_percent)
        self.of_percent = after
        if item.amount is not None:
            given = self.work.money(item.amount, rules[0], f"{where}/amount")
            if given != amount:
                self.work.differs(f"{where}/amount", given, amount, "SC-PERCENT")
        return amount
