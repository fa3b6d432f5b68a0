"""Payments, their parts and renditions, against the statements that say so; and nothing that no statement says."""

from __future__ import annotations

from collections import defaultdict
from hashlib import sha256
from typing import Any

from ledger.audit.context import Audit, Said
from ledger.audit.documents import Issued
from ledger.audit.people import check_id
from ledger.audit.rows import count, place, read
from ledger.ids import is_id, payload_of
from ledger.invoice.codes import currency_digits
from ledger.store.tables import allocations, payments, renditions
from verifier.statement import EntryType

_LANGUAGES = ("fr", "en")


class Settlement:
    """What the log says about payments and files, ticked off row by row."""

    def __init__(self, audit: Audit, issued: list[Issued], issuer_keys: dict[str, bytes]) -> None:
        self.issuer_keys = issuer_keys
        self.audit = audit
        self.findings = audit.findings
        self.invoices = {item.id: item for item in issued}
        said = audit.shown.said
        self.open = {item.seq: item for item in said.values()}
        self.payments: dict[str, Any] = {}
        self.parts: dict[str, list[Any]] = defaultdict(list)

    def check(self) -> None:
        """Allocations, then payments, then renditions, then what is left."""
        self._read(payments, lambda row: self.payments.__setitem__(row.id, row))
        self._read(allocations, self._allocation)
        for row in self.payments.values():
            with self.findings.guard("payment", place(payments, row)):
                self._payment(row)
        self._read(renditions, self._rendition)
        tables = {8: "allocations", 9: "allocations", 18: "renditions"}
        for item in self.open.values():
            where = f"{tables[item.type]}/seq={item.seq}"
            self.findings.add("row-missing", where, f"entry {item.seq} of type {item.type} has no row")

    def _read(self, table: Any, check: Any) -> None:
        total = count(self.audit.connection, self.findings, table)
        done = 0
        for row in read(self.audit.connection, self.findings, table):
            with self.findings.guard("row", place(table, row)):
                check(row)
            done += 1
            self.audit.step(str(table.name), done, total)
        self.audit.counts[str(table.name)] = done

    def _said(self, seq: int, entry_type: int, where: str) -> Said | None:
        """The statement that a row rests on; each is used once."""
        item = self.open.get(seq)
        if item is None or item.type != entry_type:
            known = self.audit.shown.said.get(seq)
            reason = "another row rests on it too" if known and known.type == entry_type else "it says no such thing"
            self.findings.add("row-unfounded", where, f"entry {seq} is no ground for this row: {reason}")
            return None
        del self.open[seq]
        return item

    def _allocation(self, row: Any) -> None:
        where, findings = place(allocations, row), self.findings
        findings.check(is_id(row.id, "alc"), "id", f"{where}/id", "no id of the form alc_…")
        payment, invoice = self.payments.get(row.payment_id), self.invoices.get(row.invoice_id)
        findings.check(payment is not None, "orphan", f"{where}/payment_id", f"no payment {row.payment_id} is stored")
        findings.check(invoice is not None, "orphan", f"{where}/invoice_id", f"no invoice {row.invoice_id} is stored")
        self.parts[row.payment_id].append(row)
        item = self._said(row.seq, EntryType.PAYMENT_RECEIVED, f"{where}/seq")
        reversal = None
        if row.reversal_seq is not None:
            reversal = self._said(row.reversal_seq, EntryType.PAYMENT_REVERSED, f"{where}/reversal_seq")
        if item is None:
            return
        values = item.values
        findings.equal(row.amount, values["amount"], f"{where}/amount", "the statement")
        if invoice is not None:
            findings.equal(invoice.map_key, item.objects[0], f"{where}/invoice_id", "the statement")
        if is_id(row.payment_id, "pay"):
            findings.equal(payload_of(row.payment_id), values["payment_id"], f"{where}/payment_id", "the statement")
        if reversal is not None:
            findings.equal(reversal.values["payment"], item.leaf_hash, f"{where}/reversal_seq", "the payment")
        if payment is not None:
            self._stated(payment, values, reversal, place(payments, payment))

    def _stated(self, payment: Any, values: Any, reversal: Said | None, where: str) -> None:
        """What each statement repeats of its payment."""
        findings = self.findings
        findings.equal(payment.day, values["day"], f"{where}/day", "the statement")
        findings.equal(payment.means, values["means"], f"{where}/means", "the statement")
        hashed = None
        if payment.reference is not None:
            hashed = sha256(payload_of(payment.id) + payment.reference.encode()).digest()
        findings.equal(hashed, values["reference"], f"{where}/reference", "the statement")
        findings.check(
            (payment.reversed is None) == (reversal is None),
            "payment-reversed", f"{where}/reversed", "payment and statements differ on whether it was taken back",
        )  # fmt: skip
        if reversal is not None:
            findings.equal(payment.reason, reversal.values["reason"], f"{where}/reason", "the statement")

    def _payment(self, row: Any) -> None:
        where, findings = place(payments, row), self.findings
        check_id(findings, row.id, "pay", row.created, where)
        known = row.issuer_id in self.issuer_keys
        findings.check(known, "orphan", f"{where}/issuer_id", f"no issuer {row.issuer_id} is stored")
        findings.check(row.amount > 0, "payment-amount", f"{where}/amount", "a payment is above zero")
        findings.equal(row.exponent, currency_digits(row.currency), f"{where}/exponent", "the currency")
        findings.check(
            (row.reversed is None) == (row.reason is None),
            "payment-reversed",
            f"{where}/reason",
            "one without the other",
        )
        parts = self.parts.pop(row.id, [])
        used = sum(part.amount for part in parts)
        message = f"{used} is allocated of a payment of {row.amount}"
        findings.check(used <= row.amount, "payment-sum", f"{where}/amount", message)
        for part in parts:
            invoice = self.invoices.get(part.invoice_id)
            if invoice is None:
                continue
            findings.equal(row.issuer_id, invoice.issuer_id, f"{where}/issuer_id", "its invoice")
            findings.equal(row.buyer_id, invoice.buyer_id, f"{where}/buyer_id", "its invoice")
            findings.equal((row.currency, row.exponent), invoice.currency, f"{where}/currency", "its invoice")

    def _rendition(self, row: Any) -> None:
        where, findings = place(renditions, row), self.findings
        check_id(findings, row.id, "ren", row.created, where)
        findings.check(row.language in _LANGUAGES, "language", f"{where}/language", "fr or en")
        invoice = self.invoices.get(row.invoice_id)
        findings.check(invoice is not None, "orphan", f"{where}/invoice_id", f"no invoice {row.invoice_id} is stored")
        findings.equal(row.hash, sha256(row.content).digest(), f"{where}/content", "the file")
        item = self._said(row.seq, EntryType.RENDITION_REGISTERED, f"{where}/seq")
        if item is None:
            return
        findings.equal(row.hash, item.values["hash"], f"{where}/hash", "the statement")
        findings.equal(row.media_type, item.values["media_type"], f"{where}/media_type", "the statement")
        if invoice is not None:
            findings.equal(invoice.map_key, item.objects[0], f"{where}/invoice_id", "the statement")
