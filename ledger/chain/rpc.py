"""JSON-RPC calls to the ledger's node, each with one meaning: an answer, a refusal, or out of reach.

Whatever goes wrong on the way is `Unavailable`: asking again is always right. A refusal is the node's own word about
a call; a caller may read its text, since clients agree on little else (EIP-1474 has one code for most of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from ledger.errors import Unavailable

TIMEOUT = 10.0
"""Seconds for one call."""

MAX_ANSWER = 4 * 2**20
"""Bytes; the largest answer that is asked for is one block without its transactions' bodies."""

_KNOWN = ("already known", "already imported", "alreadyknown", "known transaction")
_USED = ("nonce too low", "nonce is too low", "old nonce", "noncetoolow")
_CHEAP = ("underpriced", "fee too low")


class Refusal(Unavailable):
    """The node answers a call with an error; `text` is its own, lower case."""

    def __init__(self, url: str, method: str, text: str, data: str) -> None:
        super().__init__("chain-refuses", f"{_shown(url)} refuses {method}: {text[:200]!r}")
        self.text = text.lower()
        self.data = data

    @property
    def known(self) -> bool:
        """A transaction that the node has, or whose nonce is used: its receipt tells."""
        return any(part in self.text for part in _KNOWN + _USED)

    @property
    def underpriced(self) -> bool:
        """Not enough for the node's pool, or to replace what it has."""
        return any(part in self.text for part in _CHEAP)


@dataclass(frozen=True)
class Receipt:
    """Where a transaction was mined, and how it ended."""

    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int


@dataclass(frozen=True)
class Block:
    """What the worker needs of a block."""

    number: int
    hash: bytes
    time: int
    """Unix seconds."""
    base_fee: int
    """Wei per gas (EIP-1559)."""


class Chain:
    """One node. As a context manager it keeps its connection; it holds no state beside that."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        self.url = url
        # A proxy of the environment is for the outside world: a node on this machine is asked directly.
        remote = "//127.0.0.1" not in url and "//localhost" not in url
        self._client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=remote)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def call(self, method: str, *params: object) -> Any:
        """The result of one call.

        Raises:
            Unavailable: `chain`, no usable answer in time.
            Refusal: the node's own error.
        """
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        try:
            answer = self._client.post(self.url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unavailable(f"is out of reach: {type(error).__name__}") from error
        if len(answer.content) > MAX_ANSWER:
            raise self._unavailable("answers with more than can be meant")
        try:
            value = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise self._unavailable(f"does not answer in JSON (HTTP {answer.status_code})") from error
        if not isinstance(value, dict) or ("result" not in value and "error" not in value):
            raise self._unavailable(f"does not answer in JSON-RPC (HTTP {answer.status_code})")
        problem = value.get("error")
        if problem is not None:
            detail = problem if isinstance(problem, dict) else {}
            raise Refusal(self.url, method, str(detail.get("message", "")), str(detail.get("data", "")))
        return value["result"]

    def chain_id(self) -> int:
        """EIP-155."""
        return self._quantity(self.call("eth_chainId"))

    def nonce(self, address: bytes) -> int:
        """Transactions of an account that are in the latest block's state (`pending` counts differ between nodes)."""
        return self._quantity(self.call("eth_getTransactionCount", _hex(address), "latest"))

    def send(self, raw: bytes) -> None:
        """Hands a signed transaction to the node."""
        self.call("eth_sendRawTransaction", _hex(raw))

    def knows(self, transaction: bytes) -> bool:
        """Whether the node has a transaction, mined or waiting."""
        return self.call("eth_getTransactionByHash", _hex(transaction)) is not None

    def receipt(self, transaction: bytes) -> Receipt | None:
        """The receipt, or None while there is none (or no longer: a reorganisation)."""
        value = self.call("eth_getTransactionReceipt", _hex(transaction))
        if value is None or (isinstance(value, dict) and value.get("blockHash") is None):
            return None
        found = self._member(value)
        return Receipt(
            self._quantity(found("blockNumber")),
            self._bytes(found("blockHash"), 32),
            self._quantity(found("status")) == 1,
            self._quantity(found("gasUsed")),
        )

    def block(self, at: int | str) -> Block | None:
        """A block by height or tag, or None when the node has none there."""
        value = self.call("eth_getBlockByNumber", hex(at) if isinstance(at, int) else at, False)
        if value is None:
            return None
        found = self._member(value)
        return Block(
            self._quantity(found("number")),
            self._bytes(found("hash"), 32),
            self._quantity(found("timestamp")),
            self._quantity(found("baseFeePerGas")),
        )

    def tip(self) -> int:
        """Wei per gas that the node suggests for whoever makes the block."""
        return self._quantity(self.call("eth_maxPriorityFeePerGas"))

    def estimate(self, sender: bytes, to: bytes | None, data: bytes) -> int:
        """Gas that a transaction would use on the latest block; raises Refusal when it would revert."""
        message = {"from": _hex(sender), "data": _hex(data)} | ({} if to is None else {"to": _hex(to)})
        return self._quantity(self.call("eth_estimateGas", message))

    def view(self, to: bytes, data: bytes) -> bytes:
        """What a contract answers on the latest block."""
        return self._bytes(self.call("eth_call", {"to": _hex(to), "data": _hex(data)}, "latest"))

    def _unavailable(self, message: str) -> Unavailable:
        return Unavailable("chain", f"{_shown(self.url)} {message}")

    def _member(self, value: object) -> Any:
        if not isinstance(value, dict):
            raise self._unavailable("answers with something else")
        return value.get

    def _quantity(self, value: object) -> int:
        try:
            if isinstance(value, str) and value.startswith("0x"):
                return int(value, 16)
        except ValueError:
            pass
        raise self._unavailable("answers with something that is no number")

    def _bytes(self, value: object, size: int | None = None) -> bytes:
        try:
            if isinstance(value, str) and value.startswith("0x"):
                content = bytes.fromhex(value[2:])
                if size is None or len(content) == size:
                    return content
        except ValueError:
            pass
        raise self._unavailable("answers with something that is no byte string")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _shown(url: str) -> str:
    """Scheme and host alone: providers put their customer's key into the path."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "the chain"
    return f"{parsed.scheme}://{parsed.netloc.decode(errors='replace').rpartition('@')[2]}"
