"""A broken rule: which, where, and what it says in English and French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.invoice.messages import message
from verifier.errors import SceauError


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule at one place."""

    rule: str
    """EN 16931 rule (BR-…), or ours: SC-… (blind spots of EN 16931, form, seal), FR-… (French law)."""
    pointer: str
    """JSON pointer (RFC 6901) of the member at fault; of the absent one when something is missing."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Operands of the message."""

    @property
    def en(self) -> str:
        """The message in English."""
        return message(self.rule, "en", self.params)

    @property
    def fr(self) -> str:
        """The message in French."""
        return message(self.rule, "fr", self.params)


class InvoiceError(SceauError):
    """A draft that cannot become an invoice; carries every violation found, not only the first."""

    kind = "invalid"

    def __init__(self, violations: Sequence[Violation]) -> None:
        first = violations[0]
        more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
        super().__init__(
            "invoice-invalid",
            f"{first.rule}: {first.en.rstrip('.')}{more}",
            where=first.pointer or "/",
        )
        self.violations = tuple(violations)
