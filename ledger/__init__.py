"""The issuer: drafts become sealed, logged and anchored invoices."""
