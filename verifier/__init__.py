"""The checker: what anyone needs to prove an invoice's authenticity and current payment status."""
