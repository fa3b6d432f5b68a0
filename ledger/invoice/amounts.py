"""Decimal strings as integers: exact arithmetic without `decimal.Decimal` on the hot path.

A decimal string is read as (mantissa, scale): "12.345" is (12345, 3). Money is an integer count of minor
units of its currency. Rounding is half up, away from zero, so that a credit note mirrors its invoice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

POWERS: tuple[int, ...] = tuple(10**n for n in range(64))
"""Powers of ten, by exponent."""

MAX_MINOR = 2**53 - 1
"""Largest amount that a seal and a log entry can carry, in minor units."""


@lru_cache(maxsize=65536)
def fixed(text: str) -> tuple[int, int]:
    """Read a decimal string whose form was already checked: (mantissa, digits after the point)."""
    whole, point, fraction = text.partition(".")
    return (int(whole + fraction), len(fraction)) if point else (int(whole), 0)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The shortest string of the same number: "20.00" and "20" are one VAT rate."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def divide(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half up, away from zero; the denominator is positive."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def to_minor(text: str, digits: int) -> int | None:
    """An amount of money in minor units, or None when it has more digits than its currency."""
    mantissa, scale = fixed(text)
    return None if scale > digits else mantissa * POWERS[digits - scale]


def to_text(minor: int, digits: int) -> str:
    """Minor units as a decimal string with exactly the currency's digits; zero has no sign."""
    if not digits:
        return str(minor)
    text = str(minor)
    if minor >= POWERS[digits]:
        return f"{text[:-digits]}.{text[-digits:]}"
    sign = "-" if minor < 0 else ""
    text = text.lstrip("-").zfill(digits + 1)
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def split(amount: int, weights: Sequence[int]) -> list[int] | None:
    """Split an amount over weights by largest remainder, so that the parts sum to it exactly.

    Only weights with the sign of their total take part. None when the total is zero: there is no share to
    give. Among equal remainders the earlier weight goes first, so the order of weights must not be
    accidental.
    """
    total = sum(weights)
    if not total:
        return None
    shares = [max(0, weight if total > 0 else -weight) for weight in weights]
    whole = sum(shares)
    magnitude = abs(amount)
    parts = [magnitude * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(magnitude * shares[i] % whole), i))
    for i in by_remainder[: magnitude - sum(parts)]:
        parts[i] += 1
    return parts if amount >= 0 else [-part for part in parts]
