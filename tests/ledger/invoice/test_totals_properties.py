"""Integer totals against a slow oracle in plain Decimal, and the laws that totals obey."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, getcontext, localcontext
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.invoice import Computed, compute, read_draft
from ledger.invoice.amounts import divide, fixed, plain, split, to_minor, to_text

Build = Callable[..., dict[str, Any]]
Json = dict[str, Any]

DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    """Decimal strings in the one form that a draft may use."""
    return st.builds(
        lambda mantissa, scale: f"{Decimal(mantissa).scaleb(-scale):f}",
        st.integers(low, high),
        st.integers(0, places),
    ).filter(lambda text: text.strip("-0.") != "" or not text.startswith("-"))


REASON = {"reason": "Remise"}
RATES = st.sampled_from(["20", "5.5", "10", "2.1", "0.9", "20.00"])
PERCENTS = st.builds(
    lambda percent: {**REASON, "percent": percent},
    st.sampled_from(["4", "33.333", "0.05", "100", "12.5"]),
)


def amounts(currency: str) -> st.SearchStrategy[Json]:
    """Allowances of a fixed amount, with at most the currency's digits."""
    return st.builds(lambda amount: {**REASON, "amount": amount}, decimals(0, 5000, DIGITS[currency]))


@st.composite
def drafts(draw: st.DrawFn) -> Json:
    """Lines with base quantities, discounts and charges, document allowances with and without VAT."""
    currency = draw(st.sampled_from(sorted(DIGITS)))
    adjustments = st.lists(PERCENTS | amounts(currency), max_size=2)
    lines = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "name": st.just("Article"),
                    "quantity": decimals(-9999999, 9999999, 4),
                    "net_price": decimals(0, 99999999, 6),
                    "vat": st.builds(lambda rate: {"category": "S", "rate": rate}, RATES),
                },
                optional={
                    "allowances": adjustments,
                    "charges": adjustments,
                    "price_base_quantity": decimals(1, 1000, 2),
                },
            ),
            min_size=1,
            max_size=6,
        )
    )
    with_vat = st.builds(
        lambda item, rate: {**item, "vat": {"category": "S", "rate": rate}},
        amounts(currency) | PERCENTS,
        RATES,
    )
    totals = draw(st.just({}) | st.builds(lambda prepaid: {"prepaid": prepaid}, decimals(0, 9999, DIGITS[currency])))
    return {
        "currency": currency,
        "lines": lines,
        "allowances": draw(st.lists(with_vat, max_size=2)),
        "charges": draw(st.lists(with_vat, max_size=2)),
        "totals": totals,
        "seller": {"name": "Vendeur", "address": {"country": "FR"}},
        "buyer": {"name": "Acheteur", "address": {"country": "FR"}},
    }


def oracle(
    draft: Json,
) -> tuple[list[Decimal], dict[Decimal, tuple[Decimal, Decimal]], Decimal]:
    """Line nets, (taxable, tax) by rate and amount due, by the text of the rules and nothing else."""
    unit = Decimal(1).scaleb(-DIGITS[draft["currency"]])

    def money(value: Decimal) -> Decimal:
        return value.quantize(unit, ROUND_HALF_UP)

    def sum_of(items: list[Json], key: str) -> Decimal:
        return sum((Decimal(item[key]) for item in items if key in item), Decimal(0))

    nets, bases = [], dict[Decimal, Decimal]()
    for line in draft["lines"]:
        off, on = line.get("allowances", []), line.get("charges", [])
        factor = 1 - (sum_of(off, "percent") - sum_of(on, "percent")) / 100
        product = Decimal(line["quantity"]) * Decimal(line["net_price"]) * factor
        net = money(product / Decimal(line.get("price_base_quantity", 1)))
        nets.append(net - sum_of(off, "amount") + sum_of(on, "amount"))
        rate = Decimal(line["vat"]["rate"])
        bases[rate] = bases.get(rate, Decimal(0)) + nets[-1]
    of_lines = dict(bases)
    for sign, member in ((-1, "allowances"), (1, "charges")):
        for item in draft[member]:
            rate = Decimal(item["vat"]["rate"])
            base = of_lines.get(rate, Decimal(0))
            amount = Decimal(item["amount"]) if "amount" in item else money(base * Decimal(item["percent"]) / 100)
            bases[rate] = bases.get(rate, Decimal(0)) + sign * amount
    groups = {rate: (base, money(base * rate / 100)) for rate, base in bases.items()}
    total = sum((base + tax for base, tax in groups.values()), Decimal(0))
    return nets, groups, total - Decimal(draft["totals"].get("prepaid", 0))


def computed(draft: Json) -> Computed:
    """Totals of a draft that need not be a lawful one."""
    return compute(read_draft(draft))


@settings(max_examples=400, deadline=None)
@given(drafts())
def test_integers_equal_decimals(draft: Json) -> None:
    """Every amount is the one that Decimal gives with half up, away from zero."""
    result = computed(draft)
    with localcontext() as context:
        context.prec = 60
        nets, groups, due = oracle(draft)
    digits = result.digits
    assert [Decimal(to_text(net, digits)) for net in result.line_nets] == nets
    rows = {Decimal(row.vat[1]): tuple(Decimal(to_text(n, digits)) for n in row[1:]) for row in result.groups}
    assert rows == groups
    assert Decimal(to_text(result.due, digits)) == due


@settings(max_examples=150, deadline=None)
@given(drafts(), st.randoms(use_true_random=False))
def test_order_of_lines_changes_nothing(draft: Json, shuffler: random.Random) -> None:
    """Totals and VAT breakdown do not depend on where a line stands."""
    shuffled = {**draft, "lines": shuffler.sample(draft["lines"], len(draft["lines"]))}
    one, other = computed(draft), computed(shuffled)
    assert sorted(one.line_nets) == sorted(other.line_nets)
    assert (one.groups, one.due, one.tax) == (other.groups, other.due, other.tax)


@settings(max_examples=150, deadline=None)
@given(drafts())
def test_totals_are_sums_of_rounded_parts(draft: Json) -> None:
    """Whoever adds up what is printed finds the totals: no hidden fraction of a cent."""
    result = computed(draft)
    assert result.lines == sum(result.line_nets)
    assert result.tax_exclusive == sum(row.taxable for row in result.groups)
    assert result.tax == sum(row.tax for row in result.groups)
    assert result.tax_inclusive == result.tax_exclusive + result.tax
    assert result.due == result.tax_inclusive - result.prepaid + result.rounding
    for index, (off, on) in result.line_parts.items():
        line = draft["lines"][index]
        product = Decimal(line["quantity"]) * Decimal(line["net_price"]) / Decimal(line.get("price_base_quantity", 1))
        gross = to_minor(
            f"{product.quantize(Decimal(1).scaleb(-result.digits), ROUND_HALF_UP):f}",
            result.digits,
        )
        assert result.line_nets[index] == (gross or 0) - sum(off) + sum(on)


@settings(max_examples=150, deadline=None)
@given(drafts())
def test_a_credit_note_mirrors_its_invoice(draft: Json) -> None:
    """Negated quantities give exactly negated nets and VAT (bug 2: half away from zero is symmetric)."""
    for line in draft["lines"]:
        line.pop("charges", None)
        line["allowances"] = [item for item in line.get("allowances", ()) if "percent" in item]
    draft["allowances"] = draft["charges"] = []
    opposite = []
    for line in draft["lines"]:
        quantity = line["quantity"]
        negated = quantity.removeprefix("-") if quantity.startswith("-") else f"-{quantity}"
        opposite.append({**line, "quantity": negated if quantity.strip("0.") else quantity})
    one, other = computed(draft), computed({**draft, "lines": opposite})
    assert other.line_nets == [-net for net in one.line_nets]
    assert [(row.vat, -row.taxable, -row.tax) for row in other.groups] == list(one.groups)


@settings(max_examples=100, deadline=None)
@given(decimals(0, 10**6, 2), st.integers(1, 20), RATES)
def test_ten_of_one_is_one_of_ten(draft: Build, line: Build, price: str, count: int, rate: str) -> None:
    """With a price in whole cents, n lines of one and one line of n have the same VAT and totals."""
    one, many = (
        computed(draft(line(str(count), price, rate))),
        computed(draft(*[line("1", price, rate)] * count)),
    )
    assert one[5:] == many[5:]


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8),
)
def test_split_sums_exactly(amount: int, weights: list[int]) -> None:
    """Parts sum to the amount, none is further than one minor unit from its share, a zero total has no
    split."""
    parts = split(amount, weights)
    if not sum(weights):
        assert parts is None
        return
    assert parts is not None
    assert sum(parts) == amount
    shares = [max(0, weight if sum(weights) > 0 else -weight) for weight in weights]
    for part, share in zip(parts, shares, strict=True):
        assert abs(part * sum(shares) - amount * share) < sum(shares)


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**10))
def test_divide_rounds_half_away_from_zero(numerator: int, denominator: int) -> None:
    """The same as Decimal's ROUND_HALF_UP, which is away from zero."""
    with localcontext(getcontext()) as context:
        context.prec = 80
        exact = Decimal(numerator) / Decimal(denominator)
        assert divide(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert divide(-numerator, denominator) == -divide(numerator, denominator)


@given(st.integers(-(10**18), 10**18), st.integers(0, 4))
def test_minor_units_and_text(minor: int, digits: int) -> None:
    """Text has exactly the currency's digits, and reads back; zero has no sign."""
    text = to_text(minor, digits)
    assert to_minor(text, digits) == minor
    assert len(text.partition(".")[2]) == digits
    assert Decimal(text).scaleb(digits) == minor
    assert text.startswith("-") is (minor < 0)


@given(decimals(0, 10**8, 6))
def test_plain_is_one_form_of_a_number(text: str) -> None:
    """Equal numbers have one plain form, of the same value."""
    assert Decimal(plain(text)) == Decimal(text)
    assert plain(text + ("0" if "." in text else ".0")) == plain(text)
    assert fixed(text)[0] == Decimal(text).scaleb(fixed(text)[1])
