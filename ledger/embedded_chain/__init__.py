"""A real Ethereum chain in one process and one folder: blocks, state roots, proofs, JSON-RPC on loopback.

It is what Sceau runs on until a public chain is configured, and it is reached as a public chain is:
by URL. Only `client` is meant to be imported by other packages.
"""
