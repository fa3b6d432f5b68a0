"""EN 16931 invoices and credit notes: model, totals, rules."""
