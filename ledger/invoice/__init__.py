"""EN 16931 invoices and credit notes: model, totals, rules."""

from ledger.invoice.complete import Prepared, complete, prepare, violations_of
from ledger.invoice.model import Draft
from ledger.invoice.parse import parse_draft, read_draft
from ledger.invoice.rules import violations
from ledger.invoice.totals import Computed, compute
from ledger.invoice.violation import InvoiceError, Violation

__all__ = [
    "Computed",
    "Draft",
    "InvoiceError",
    "Prepared",
    "Violation",
    "complete",
    "compute",
    "parse_draft",
    "prepare",
    "read_draft",
    "violations",
    "violations_of",
]
