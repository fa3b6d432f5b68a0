"""The REST API and the web pages around the ledger."""
