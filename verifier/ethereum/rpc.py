"""The only socket of the verifier: chain evidence from one JSON-RPC node, which nobody needs to trust.

What a node sends is rebuilt and re-hashed before it leaves this module, so a node can at worst be
out of reach, late, or useless. All of that is `Inconclusive`: an outage is never a forgery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Self

import httpx
import orjson

from verifier.errors import Inconclusive, Malformed, Refuted
from verifier.ethereum.contract import prove_slots, slots_for
from verifier.ethereum.evidence import MAX_SEQUENCES, ChainEvidence
from verifier.ethereum.header import encode_header, hex_digits

BlockTag = Literal["latest", "safe", "finalized"] | int

MAX_ANSWER = 8 * 2**20
"""Bytes. The largest honest answer, a proof of 261 slots, stays under 2 MiB."""


def fetch_evidence(
    url: str,
    contract: bytes,
    ledger_id: bytes,
    sequences: Iterable[int] = (),
    *,
    block: BlockTag = "latest",
    timeout: float = 10.0,
    chain_id: int | None = None,
    now: Callable[[], float] = time.monotonic,
) -> ChainEvidence:
    """Fetch a header and the proofs of one ledger under it, and check that they verify.

    Args:
        url: http or https address of the node.
        contract: 20 bytes.
        ledger_id: 32 bytes.
        sequences: checkpoints whose records are wanted, at most 256 (a set: order does not matter).
        block: `latest`, `safe`, `finalized`, or a height.
        timeout: seconds for the whole of it, connection included.
        chain_id: the chain that the caller's policy names; None to take the node's word.
        now: a monotonic clock, seconds.

    Raises:
        Inconclusive: always with the endpoint in its message; `rpc-unreachable`, `rpc-timeout`,
            `rpc-rate-limited`, `rpc-error` (the node answers with an error), `rpc-no-block` (the tag
            or height is not served), `rpc-bad-answer` (an answer that is no such answer, or does
            not verify), `rpc-wrong-chain`, `rpc-no-contract` (nothing is at the address).
        Malformed: `eth-slot`, for arguments of the wrong size.
    """
    wanted = tuple(sorted(set(sequences)))
    if len(wanted) > MAX_SEQUENCES:
        raise Malformed("eth-slot", f"at most {MAX_SEQUENCES} records are read at once")
    slots = slots_for(ledger_id, wanted)
    with _Node(url, timeout, now) as node:
        served = node.quantity(node.call("eth_chainId", []))
        if chain_id is not None and served != chain_id:
            raise node.fail("rpc-wrong-chain", f"serves chain {served}, not {chain_id}")
        for attempt in (1, 2):
            header, height = node.header(block)
            account, proofs = node.proof(contract, slots, height)
            evidence = ChainEvidence(served, header, account, dict(zip(slots, proofs, strict=True)), wanted)
            try:
                prove_slots(evidence, contract, ledger_id)
            except Refuted as error:
                if error.code == "eth-account-absent":
                    raise node.fail("rpc-no-contract", "proves that nothing is at the address") from error
                # A reorganisation between the two calls looks like a lie once, but not twice.
                if attempt == 2:
                    raise node.fail("rpc-bad-answer", f"sends a proof that fails: {error}") from error
            except Malformed as error:
                raise node.fail("rpc-bad-answer", f"sends a malformed proof: {error}") from error
            else:
                return evidence
    raise AssertionError("unreachable: the second attempt returns or raises")


class _Node:
    """One endpoint for the time of one fetch: a connection, a deadline, and its name in every error."""

    def __init__(self, url: str, timeout: float, now: Callable[[], float]) -> None:
        self._url = url
        self._now = now
        self._deadline = now() + timeout
        # A proxy of the environment is for the outside world: a node on this machine is asked directly.
        remote = "//127.0.0.1" not in url and "//localhost" not in url
        self._client = httpx.Client(follow_redirects=False, trust_env=remote, headers={"Accept-Encoding": "identity"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fail(self, code: str, message: str) -> Inconclusive:
        return Inconclusive(code, f"{_shown(self._url)} {message}")

    def call(self, method: str, params: list[object]) -> object:
        body = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        try:
            # orjson has a depth limit of its own. The standard parser's is the interpreter's recursion
            # limit, which py-evm raises so far that "[[[[…" ends the process.
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise self.fail("rpc-bad-answer", f"does not answer {method} in JSON") from error
        if not isinstance(answer, dict):
            raise self.fail("rpc-bad-answer", f"does not answer {method} in JSON-RPC")
        error_object = answer.get("error")
        if error_object is not None:
            detail = error_object if isinstance(error_object, dict) else {}
            text = f"{str(detail.get('message'))[:200]!r} (code {str(detail.get('code'))[:20]})"
            # -32005 is "limit exceeded" of EIP-1474; providers also put the HTTP status there.
            code = "rpc-rate-limited" if detail.get("code") in (-32005, 429) else "rpc-error"
            raise self.fail(code, f"answers {method} with {text}")
        if "result" not in answer:
            raise self.fail("rpc-bad-answer", f"answers {method} without a result")
        return answer["result"]

    def quantity(self, value: object) -> int:
        try:
            return int(hex_digits(value), 16)
        except (Malformed, ValueError) as error:
            raise self.fail("rpc-bad-answer", "answers with something that is no number") from error

    def header(self, block: BlockTag) -> tuple[bytes, int]:
        """Return the RLP of the block's header and its height."""
        tag = hex(block) if isinstance(block, int) else block
        try:
            answer = self.call("eth_getBlockByNumber", [tag, False])
        except Inconclusive as error:
            if error.code == "rpc-error" and tag in ("safe", "finalized"):
                raise self.fail("rpc-no-block", f"does not serve the block {tag!r}: {error}") from error
            raise
        if answer is None:
            raise self.fail("rpc-no-block", f"has no block {tag!r}")
        if not isinstance(answer, dict):
            raise self.fail("rpc-bad-answer", "answers eth_getBlockByNumber with something else")
        height = self.quantity(answer.get("number"))
        if isinstance(block, int) and height != block:
            raise self.fail("rpc-bad-answer", f"sends block {height} for {block}")
        try:
            return encode_header(answer), height
        except Malformed as error:
            raise self.fail("rpc-bad-answer", f"sends a bad block {tag!r}: {error}") from error

    def proof(
        self, contract: bytes, slots: list[bytes], height: int
    ) -> tuple[tuple[bytes, ...], list[tuple[bytes, ...]]]:
        """Return the account's proof, and one proof for each slot in the order of `slots`."""
        # Slots of 32 bytes always: geth and Hardhat refuse odd-length hex (web3.py issue 3352).
        keys = ["0x" + slot.hex() for slot in slots]
        answer = self.call("eth_getProof", ["0x" + contract.hex(), keys, hex(height)])
        if not isinstance(answer, dict):
            raise self.fail("rpc-bad-answer", "answers eth_getProof with something else")
        storage = answer.get("storageProof")
        if not isinstance(storage, list) or len(storage) != len(slots):
            raise self.fail("rpc-bad-answer", "does not prove the slots that were asked for")
        return self._nodes(answer.get("accountProof")), [
            self._nodes(entry.get("proof") if isinstance(entry, dict) else None) for entry in storage
        ]

    def _nodes(self, value: object) -> tuple[bytes, ...]:
        if not isinstance(value, list):
            raise self.fail("rpc-bad-answer", "sends a proof that is no list")
        if value == ["0x80"]:
            # anvil's way to prove an empty trie; geth's, and the one form of the evidence, is [].
            return ()
        try:
            return tuple(bytes.fromhex(hex_digits(node)) for node in value)
        except (Malformed, ValueError) as error:
            raise self.fail("rpc-bad-answer", "sends a proof node that is no hex") from error

    def _post(self, request: Mapping[str, object]) -> bytes:
        content = bytearray()
        try:
            with self._client.stream("POST", self._url, json=request, timeout=self._left()) as response:
                if response.status_code == 429:
                    raise self.fail("rpc-rate-limited", "answers HTTP 429: too many requests")
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER:
                        raise self.fail("rpc-bad-answer", f"answers with more than {MAX_ANSWER} bytes")
                    self._left()  # httpx limits each read, not their sum: a slow drip ends here.
                if response.status_code != 200 and not content.startswith(b"{"):
                    raise self.fail("rpc-error", f"answers HTTP {response.status_code}")
        except httpx.TimeoutException as error:
            raise self.fail("rpc-timeout", "does not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise self.fail("rpc-unreachable", f"cannot be reached: {error}") from error
        return bytes(content)

    def _left(self) -> float:
        left = self._deadline - self._now()
        if left <= 0:
            raise self.fail("rpc-timeout", "does not answer in time")
        return left


def _shown(url: str) -> str:
    """Name an endpoint without what may be a secret: providers put API keys into path and query."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return "the endpoint"
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.scheme}://{parsed.host}{port}"
