"""The drafts of the bulk issue: the five-line sample, for a thousand buyers, each with its own amounts and order."""

from __future__ import annotations

import json
from importlib import resources
from random import Random
from typing import Any

import orjson

BUYERS = 1_000
"""Firms that are invoiced: a biller's clients come back, month after month."""


def sample() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((resources.files("ledger.samples") / "five-lines.json").read_bytes())
    return value


def siren(random: Random) -> str:
    """Nine digits with their Luhn digit."""
    digits = [random.randrange(1, 10) for _ in range(8)]
    total = sum(d if at % 2 == 0 else sum(divmod(2 * d, 10)) for at, d in enumerate(digits))
    return "".join(map(str, digits)) + str(-total % 10)


def drafts(count: int, seed: int = 1) -> list[bytes]:
    """JSON as a client sends it, compact."""
    random = Random(seed)
    base = sample()
    buyers = []
    for at in range(BUYERS):
        number = siren(random)
        vat = f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"
        buyers.append(
            base["buyer"]
            | {
                "name": f"Librairie Œuvres & Cie n° {at}",
                "legal_id": {"scheme": "0002", "value": number},
                "vat_id": vat,
                "electronic_address": {"scheme": "0225", "value": number},
            }
        )
    made = []
    for _ in range(count):
        draft = base | {"buyer": random.choice(buyers), "order_reference": f"PO-{random.randrange(10**6)}"}
        draft["lines"] = [line | {"quantity": str(random.randint(1, 400))} for line in base["lines"]]
        made.append(orjson.dumps(draft))
    return made
