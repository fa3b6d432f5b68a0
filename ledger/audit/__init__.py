"""Audit: the whole ledger replayed against the contract, and one issuer's part of it made provable on its own."""

from ledger.audit.findings import Finding
from ledger.audit.issuer import issuer_audit, issuer_evidence
from ledger.audit.report import AuditReport, render_text
from ledger.audit.run import audit

__all__ = ["AuditReport", "Finding", "audit", "issuer_audit", "issuer_evidence", "render_text"]
