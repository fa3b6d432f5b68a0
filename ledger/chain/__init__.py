"""The chain side of the ledger: the compiled contract, its client, the embedded chain."""
