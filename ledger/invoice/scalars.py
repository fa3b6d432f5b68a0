"""The strings that an invoice is made of, each with the one form it may have.

Nothing is stripped, folded or coerced: what a person signs is what was sent, or it is refused.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

_BAD = r"\p{Cc}\p{Noncharacter_Code_Point}\u{2028}-\u{202E}\u{2066}-\u{2069}"
# Control characters break XML and signatures; bidirectional overrides make a name read as another one;
# noncharacters are outside I-JSON (RFC 7493 section 2.1).

TEXT = rf"^[^{_BAD}]*[^\s{_BAD}][^{_BAD}]*$"
"""Some text on one line: no control characters, at least one that is not a space."""

TOKEN = r"^[\x21-\x7E]+(?: [\x21-\x7E]+)*$"  # noqa: S105  a form of text, no secret
"""Printable ASCII without leading, trailing or double space: what references are printed and typed as."""

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
"""ISO 8601 calendar date, no zone."""

_WHOLE = r"(?:0|[1-9][0-9]{0,11})"
DECIMAL = (
    rf"^(?:{_WHOLE}(?:\.[0-9]{{1,6}})?|-(?:[1-9][0-9]{{0,11}}(?:\.[0-9]{{1,6}})?|0\.[0-9]{{0,5}}[1-9][0-9]{{0,5}}))$"
)
"""Decimal string: up to 12 digits before the point and 6 after; no plus, exponent, leading zero or minus
zero."""

MONEY = (
    rf"^(?:{_WHOLE}(?:\.[0-9]{{1,4}})?|-(?:[1-9][0-9]{{0,11}}(?:\.[0-9]{{1,4}})?|0\.[0-9]{{0,3}}[1-9][0-9]{{0,3}}))$"
)
"""Decimal string of an amount: as above with at most 4 digits after the point (the currency then says how
many)."""

PERCENT = r"^(?:100(?:\.0{1,4})?|(?:0|[1-9][0-9]?)(?:\.[0-9]{1,4})?)$"
"""Per cent from 0 to 100 with at most 4 digits after the point."""

CODE = r"^[A-Za-z0-9-]{1,30}$"
"""A code of some list."""

HASH = r"^[0-9a-f]{64}$"
"""SHA-256 in lower-case hexadecimal."""

Name = Annotated[str, StringConstraints(pattern=TEXT, max_length=200)]
Line = Annotated[str, StringConstraints(pattern=TEXT, max_length=1000)]
Prose = Annotated[str, StringConstraints(pattern=TEXT, max_length=4000)]
Unit = Annotated[str, StringConstraints(pattern=TEXT, max_length=30)]
Token = Annotated[str, StringConstraints(pattern=TOKEN, max_length=100)]
Reference = Annotated[str, StringConstraints(pattern=TEXT, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=CODE)]
Date = Annotated[str, StringConstraints(pattern=DATE)]
Decimal = Annotated[str, StringConstraints(pattern=DECIMAL)]
Money = Annotated[str, StringConstraints(pattern=MONEY)]
Percent = Annotated[str, StringConstraints(pattern=PERCENT)]
Sha256 = Annotated[str, StringConstraints(pattern=HASH)]
