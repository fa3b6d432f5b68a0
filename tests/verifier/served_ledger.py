"""A small ledger behind loopback HTTP: a JSON-RPC node with true proofs, and a host that hands out bundles.

Its checkpoints are anchored just now, so that a process with its own clock finds them current.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import rlp
from eth_hash.auto import keccak

from tests.verifier.small_ledger import BAKERY, LEDGER_KEY, SmallLedger, document_of, seal_of
from verifier.bundle import Bundle
from verifier.canonical import b64url_decode, b64url_encode
from verifier.policy import Policy
from verifier.seal import SignedSeal

_NAMES = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty",
    "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce", "baseFeePerGas",
)  # fmt: skip
_NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}

REGISTERED = b"%PDF-1.4 the registered original"
"""Its SHA-256 is logged as a rendition of F-2025-0001."""


@dataclass(frozen=True)
class World:
    """The ledger and its invoices: open, paid, forged, unknown."""

    ledger: SmallLedger
    documents: dict[str, dict[str, Any]]
    seals: dict[str, SignedSeal]
    now: int

    def bundle(self, name: str, **options: Any) -> Bundle:
        return self.ledger.bundle(self.seals[name], self.documents[name], **options)


def world(moment: int | None = None) -> World:
    """Anchored a minute ago, by this machine's clock or by `moment`."""
    now = int(time.time()) if moment is None else moment
    ledger = SmallLedger()
    ledger.enrol(BAKERY)
    evidence = {"kind": "domain", "value": "boulangerie.example", "evidence": bytes(32), "checked": now - 86_400}
    ledger.offer(ledger.statement(5, [BAKERY.key], evidence, LEDGER_KEY))
    documents = {
        "open": document_of(BAKERY, "F-2025-0001"),
        "paid": document_of(BAKERY, "F-2025-0002"),
        "unknown": document_of(BAKERY, "F-2025-0099"),
        "forged": document_of(
            BAKERY, "F-2025-0001", payment=[{"means_code": "30", "iban": "FR7630006000011234567890189"}]
        ),
    }
    seals = {name: ledger.issue(BAKERY, documents[name]) for name in ("open", "paid")}
    seals |= {name: ledger.sign_seal(seal_of(documents[name]), BAKERY.signing) for name in ("unknown", "forged")}
    ledger.pay(BAKERY, "F-2025-0002", 12_000)
    ledger.checkpoint(now - 120)
    ledger.checkpoint(now - 60)
    return World(ledger, documents, seals, now)


@dataclass
class Served:
    """The loopback server: what it answers may be changed by a test."""

    world: World
    port: int
    down: set[str] = field(default_factory=set)
    """Paths that answer 503."""
    asked: list[tuple[str, bytes]] = field(default_factory=list)
    bundle: Callable[[str], bytes] | None = None
    """Overrides the answer to a seal (base64url)."""

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def policy(self, **changes: Any) -> Policy:
        trusted = next(iter(self.world.ledger.policy().ledgers.values()))
        mine = {"hosts": (self.host,), "endpoints": (f"http://127.0.0.1:{self.port}/rpc",), "block": "latest"}
        return Policy({trusted.ledger_id: replace(trusted, **(mine | changes))})

    def write_policy(self, path: Path, **changes: Any) -> Path:
        path.write_bytes(self.policy(**changes).encode())
        return path

    def address(self, name: str, host: str | None = None) -> str:
        return f"https://{host or self.host}/v#{b64url_encode(self.world.seals[name].to_bytes())}"

    def answer(self, path: str, body: bytes) -> bytes:
        question = json.loads(body)
        if path == "/v1/public/bundle":
            if self.bundle is not None:
                return self.bundle(question["seal"])
            data = b64url_decode(question["seal"])
            name = next(n for n, seal in self.world.seals.items() if seal.to_bytes() == data)
            return self.world.ledger.bundle(self.world.seals[name], None).encode()
        assert path == "/rpc"
        result = self._rpc(question["method"], question["params"])
        return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()

    def _rpc(self, method: str, params: list[Any]) -> Any:
        evidence = self.world.ledger.evidence()
        if method == "eth_chainId":
            return hex(evidence.chain_id)
        if method == "eth_getBlockByNumber":
            fields = zip(_NAMES, rlp.decode(evidence.header), strict=True)
            named = {n: hex(int.from_bytes(v, "big")) if n in _NUMBERS else "0x" + v.hex() for n, v in fields}
            return {**named, "hash": "0x" + keccak(evidence.header).hex()}
        assert method == "eth_getProof"
        nodes = [evidence.storage_proofs[bytes.fromhex(slot[2:])] for slot in params[1]]
        return {
            "accountProof": ["0x" + node.hex() for node in evidence.account_proof],
            "storageProof": [{"proof": ["0x" + node.hex() for node in proof]} for proof in nodes],
        }


@contextmanager
def serve(made: World) -> Iterator[Served]:
    """Serves until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            served.asked.append((self.path, body))
            failing = self.path in served.down
            data = b"" if failing else served.answer(self.path, body)
            self.send_response(503 if failing else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(made, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
