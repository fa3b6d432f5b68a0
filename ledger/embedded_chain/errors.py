"""Errors of the embedded chain: those that a JSON-RPC caller sees, and those that stop the process."""

from __future__ import annotations


class EmbeddedChainError(Exception):
    """The chain cannot run: its folder is in use, or holds another chain. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RpcError(Exception):
    """An answer of JSON-RPC 2.0 with `error`; the numbers and texts are geth's, which clients match."""

    def __init__(self, number: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.data = data


INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL = -32603
REFUSED = -32000
"""geth's number for a transaction or call that is not acceptable."""
REVERTED = 3
"""geth's number for an execution that reverted; `data` holds the revert data."""
