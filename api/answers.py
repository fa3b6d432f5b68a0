"""What answers hold. Amounts are decimal strings; instants are RFC 3339 UTC; days are YYYY-MM-DD; hashes are hex."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Progress = Literal["accepted", "logged", "anchored", "final"]


class Shown(BaseModel):
    """An answer's object."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ProblemError(Shown):
    """One fault."""

    pointer: str
    """JSON pointer into the body, or ?name of a parameter."""
    code: str
    """The rule, such as BR-CO-25, or the problem's code."""
    message: str
    """In the reader's language for rules."""


class Problem(Shown):
    """RFC 9457."""

    type: str
    title: str
    """In the reader's language."""
    status: int
    detail: str
    code: str
    """Stable."""
    errors: list[ProblemError] = Field(default=[])


class IssuerShown(Shown):
    """An issuer."""

    id: str
    legal_id: str
    """SCHEME:VALUE."""
    name: str
    country: str
    zone: str
    seller: dict[str, Any]
    """BG-4."""
    map_key: str
    created: str


class Enrolled(IssuerShown):
    """A new issuer."""

    recovery_kit: str | None
    """The control key: given once, kept nowhere; null when the answer is replayed."""


class ApiKeyShown(Shown):
    """An API key without its token."""

    id: str
    issuer_id: str | None
    name: str
    prefix: str
    scopes: list[str]
    created: str
    expires: str | None
    revoked: str | None
    last_used: str | None


class NewKeyShown(ApiKeyShown):
    """A new API key."""

    token: str | None
    """Given once, kept nowhere; null when the answer is replayed."""


class SeriesShown(Shown):
    """A series."""

    id: str
    code: str
    pattern: str
    reset: str
    next_number: str
    issued: str
    """Numbers taken so far."""
    last_date: str | None
    """Issue date of the last number."""
    closed: bool


class DraftShown(Shown):
    """A draft."""

    id: str
    number: None = None
    """A draft has none."""
    version: str
    """What the ETag holds."""
    draft: dict[str, Any]
    created: str
    updated: str


class PreviewShown(Shown):
    """What issuing it today would make."""

    document: dict[str, Any]
    """`number` is null."""


class StandingShown(Shown):
    """How an invoice stands now, waiting entries counted."""

    label: str
    flags: list[str]
    due: str
    received: str
    credited: str
    written_off: str
    remaining: str
    pay_to: str | None
    pay_to_changed: bool
    assigned: bool
    disputed: list[str] | None


class InvoiceSummary(Shown):
    """An issued invoice without its document."""

    id: str
    number: str
    type_code: str
    issue_date: str
    due_date: str | None
    currency: str
    total: str
    """BT-112."""
    due: str
    """BT-115."""
    buyer_id: str | None
    buyer_name: str
    seal_digest: str
    standing: StandingShown
    progress: Progress
    """How far its seal has come."""
    created: str


class InvoiceShown(InvoiceSummary):
    """An issued invoice."""

    document: dict[str, Any]
    seal: str
    """base64url of the COSE_Sign1."""
    seal_url: str
    """What the QR code holds."""


class IssuedShown(Shown):
    """One invoice of a batch."""

    id: str
    number: str
    seal_digest: str
    seal_url: str


class BatchShown(Shown):
    """A batch."""

    invoices: list[IssuedShown]


class EventShown(Shown):
    """One entry about an invoice."""

    type: str
    """Name of the entry's type, such as payment_received."""
    log_index: str | None
    """null while it waits."""
    leaf_hash: str
    progress: Progress
    accepted: str
    values: dict[str, Any]
    """The statement's fields."""


class AllocationShown(Shown):
    """A part of a payment on one invoice."""

    id: str
    invoice_id: str
    amount: str
    reversed: bool


class PaymentShown(Shown):
    """A payment."""

    id: str
    buyer_id: str | None
    currency: str
    amount: str
    date: str
    means: str
    reference: str | None
    reversed: str | None
    reason: str | None
    unallocated: str
    """The buyer's credit that is left of it."""
    allocations: list[AllocationShown]


class PaymentsShown(Shown):
    """Payments that an act concerned."""

    payments: list[PaymentShown]


class ApplicationShown(Shown):
    """How much of a credit note went to which invoice."""

    credit_note_id: str
    invoice_id: str
    amount: str


class CreditNoteShown(Shown):
    """A credit note issued for an invoice."""

    credit_note: InvoiceShown
    application: ApplicationShown | None


class BalanceShown(Shown):
    """What a buyer owes and has too much, in one currency."""

    currency: str
    open: str
    """Σ remaining of invoices."""
    credit: str
    """Paid and not used."""
    credit_notes: str
    """Σ of credit notes that are not used."""


class BalancesShown(Shown):
    """One balance a currency; currencies are never added up."""

    buyer_id: str
    balances: list[BalanceShown]


class LedgerShown(Shown):
    """What this server claims its ledger to be. A verifier compares it with what it knows from elsewhere."""

    ledger: str
    """Ledger id, hex."""
    name: str
    chain_id: str
    contract: str
    maximum_age: str
    """Seconds."""
    note: str


class HealthShown(Shown):
    """The process answers."""

    status: str


class ReadyShown(Shown):
    """The ledger can be written to."""

    status: str
    waiting: str
    """Entries that wait for a checkpoint."""


class AnchorShown(Shown):
    """A checkpoint and its way onto the chain."""

    sequence: str
    size: str
    """Entries of the log."""
    root: str
    created: str
    state: str
    """logged, anchored or final."""
    transaction: str | None
    block_number: str | None
    block_time: str | None
    gas_used: str | None


class Page(Shown):
    """A page of a list."""

    next_cursor: str | None
    """null on the last page."""


class IssuerPage(Page):
    """Issuers."""

    data: list[IssuerShown]


class KeyPage(Page):
    """API keys."""

    data: list[ApiKeyShown]


class SeriesPage(Page):
    """Series."""

    data: list[SeriesShown]


class DraftPage(Page):
    """Drafts."""

    data: list[DraftShown]


class InvoicePage(Page):
    """Invoices."""

    data: list[InvoiceSummary]


class EventPage(Page):
    """Events of an invoice; always whole."""

    data: list[EventShown]


class PaymentPage(Page):
    """Payments."""

    data: list[PaymentShown]


class AnchorPage(Page):
    """Anchors."""

    data: list[AnchorShown]
