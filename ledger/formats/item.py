"""What a row of the table says: one invoice line, or one allowance or charge on the whole document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.formats import figures
from ledger.formats.voice import Voice

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row in words; `net` is its amount as a number, for what is carried forward."""

    name: str
    details: tuple[str, ...]
    cells: tuple[str, str, str, str, str]
    """Id, quantity, price, VAT, net amount."""
    net: Decimal


def rows(document: Json, voice: Voice) -> Iterator[Row]:
    """The rows in document order: lines, then allowances, then charges."""
    for line in document["lines"]:
        yield _line(line, voice)
    for member, key in (("allowances", "allowance"), ("charges", "charge")):
        for adjustment in document.get(member, ()):
            yield _adjustment(adjustment, key, voice)


def vat_label(vat: Mapping[str, str], voice: Voice) -> str:
    """VAT of a row: its rate, or the short name of the reason why there is none."""
    short = voice.names.vat_short.get(vat["category"])
    return short if short else voice.percent(vat.get("rate", "0"))


def _line(line: Json, voice: Voice) -> Row:
    cells = (
        line["id"],
        voice.quantity(line["quantity"], line["unit"]),
        voice.bare(line["net_price"]),
        vat_label(line["vat"], voice),
        voice.bare(line["net_amount"]),
    )
    return Row(line["name"], tuple(_details(line, voice)), cells, Decimal(line["net_amount"]))


def _adjustment(adjustment: Json, key: str, voice: Voice) -> Row:
    amount = adjustment["amount"]
    signed = figures.opposite(amount) if key == "allowance" else amount
    cells = ("", "", "", vat_label(adjustment["vat"], voice), voice.bare(signed))
    return Row(_reason(adjustment, key, voice), (), cells, Decimal(signed))


def _reason(adjustment: Json, key: str, voice: Voice) -> str:
    text = str(adjustment.get("reason") or voice.words[key])
    if "percent" in adjustment:
        text += f" {voice.percent(adjustment['percent'])}"
        if "base" in adjustment:
            text += f" × {voice.bare(adjustment['base'])}"
    return text


def _details(line: Json, voice: Voice) -> Iterator[str]:
    if "description" in line:
        yield line["description"]
    for member, key in (("seller_item_id", "item_sellers_id"), ("buyer_item_id", "item_id")):
        if member in line:
            yield voice.labelled(key, line[member])
    if "standard_item_id" in line:
        yield voice.labelled("standard_id", voice.identifier(line["standard_item_id"]))
    for attribute in line.get("attributes", ()):
        yield f"{attribute['name']}{voice.words['colon']}{attribute['value']}"
    if "origin" in line:
        yield voice.labelled("origin", voice.names.countries.get(line["origin"], line["origin"]))
    if "period" in line:
        yield voice.period(line["period"])
    for member, key in (("order_line", "order_line"), ("accounting_reference", "accounting_reference")):
        if member in line:
            yield voice.labelled(key, line[member])
    if "invoiced_object" in line:
        yield voice.labelled("invoiced_object", voice.identifier(line["invoiced_object"]))
    yield from _price(line, voice)
    if "note" in line:
        yield line["note"]


def _price(line: Json, voice: Voice) -> Iterator[str]:
    base = line.get("price_base_quantity", "1")
    if Decimal(base) != 1:
        yield voice.words["price_base"].format(quantity=voice.quantity(base, line["unit"]))
    if "gross_price" in line:
        discount = voice.bare(line.get("price_discount", "0"))
        yield voice.words["gross_price"].format(gross=voice.bare(line["gross_price"]), discount=discount)
    for member, key in (("allowances", "allowance"), ("charges", "charge")):
        for adjustment in line.get(member, ()):
            amount = adjustment["amount"]
            signed = figures.opposite(amount) if key == "allowance" else amount
            yield f"{_reason(adjustment, key, voice)}{voice.words['colon']}{voice.bare(signed)}"
