"""A small Ethereum state made with the independent PyPI `trie`, and a loopback node that serves answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from verifier.ethereum.contract import slots_for
from verifier.ethereum.evidence import ChainEvidence

CONTRACT = bytes(range(20))
LEDGER = keccak(b"a ledger")


def proof_of(trie: Any, key: bytes) -> tuple[bytes, ...]:
    """EIP-1186 proof by the independent library."""
    return tuple(rlp.encode(node) for node in trie.get_proof(keccak(key)))


@dataclass
class World:
    """A contract with storage among other accounts, and a block header over it."""

    storage: dict[bytes, int]
    chain_id: int = 31337
    fields: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.storage_trie = HexaryTrie({})
        for slot, word in self.storage.items():
            if word:
                self.storage_trie[keccak(slot)] = rlp.encode(word)
        self.accounts = HexaryTrie({})
        for other in range(1, 30):
            self.accounts[keccak(bytes([other]) * 20)] = rlp.encode([b"", b"\1", bytes(32), bytes(32)])
        account = [b"\1", b"", self.storage_trie.root_hash, keccak(b"code")]
        self.accounts[keccak(CONTRACT)] = rlp.encode(account)
        self.fields = [
            *(bytes([n]) * 32 for n in (1, 2)), b"\3" * 20, self.accounts.root_hash,
            *(bytes([n]) * 32 for n in (4, 5)), bytes(256), b"", b"\x12\x34", b"\x01\xc9\xc3\x80", b"",
            (1_764_000_000).to_bytes(4, "big"), b"extra", b"\6" * 32, bytes(8), b"\7",
        ]  # fmt: skip

    @property
    def header(self) -> bytes:
        return bytes(rlp.encode(self.fields))

    def evidence(self, sequences: tuple[int, ...] = ()) -> ChainEvidence:
        slots = slots_for(LEDGER, sequences)
        return ChainEvidence(
            self.chain_id,
            self.header,
            proof_of(self.accounts, CONTRACT),
            {slot: proof_of(self.storage_trie, slot) for slot in slots},
            sequences,
        )

    def block_json(self) -> dict[str, Any]:
        names = [
            "parentHash",
            "sha3Uncles",
            "miner",
            "stateRoot",
            "transactionsRoot",
            "receiptsRoot",
            "logsBloom",
            "difficulty",
            "number",
            "gasLimit",
            "gasUsed",
            "timestamp",
            "extraData",
            "mixHash",
            "nonce",
            "baseFeePerGas",
        ]
        numbers = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}
        block: dict[str, Any] = {
            name: hex(int.from_bytes(value, "big")) if name in numbers else "0x" + value.hex()
            for name, value in zip(names, self.fields, strict=True)
        }
        return {**block, "hash": "0x" + keccak(self.header).hex()}

    def answer(self, method: str, params: list[Any]) -> Any:
        """Answer as an honest node."""
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "eth_getBlockByNumber":
            return self.block_json()
        if method == "eth_getProof":
            slots = [bytes.fromhex(key[2:]) for key in params[1]]
            return {
                "accountProof": ["0x" + n.hex() for n in proof_of(self.accounts, bytes.fromhex(params[0][2:]))],
                "storageProof": [
                    {"proof": ["0x" + n.hex() for n in proof_of(self.storage_trie, slot)]} for slot in slots
                ],
            }
        raise AssertionError(method)


@pytest.fixture
def world() -> World:
    """A ledger at sequence 7 with records 1 to 7, and forty foreign slots."""
    base, anchorer, first_key, head, root, *records = slots_for(LEDGER, range(1, 8))
    owner = int.from_bytes(b"\xaa" * 20, "big")
    storage = {
        base: owner | 86_400 << 160,
        anchorer: int.from_bytes(b"\xbb" * 20, "big"),
        first_key: int.from_bytes(b"\xcc" * 32, "big"),
        head: 7 | 1000 << 64 | 1_763_999_990 << 128,
        root: int.from_bytes(b"\xdd" * 32, "big"),
    }
    storage |= {slot: 1000 + number for number, slot in enumerate(records)}
    storage |= {keccak(bytes([n])): n + 1 for n in range(40)}
    return World(storage)


Answer = Callable[[str, list[Any]], Any]


@dataclass
class Node:
    """A loopback HTTP server: `answer` gives a result, `raw` (status, headers, body) overrides it."""

    url: str
    answer: Answer
    raw: Callable[[], tuple[int, dict[str, str], bytes]] | None = None


@pytest.fixture
def node(world: World) -> Iterator[Node]:
    """An honest node over `world`, to be made dishonest by a test."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if state.raw is not None:
                status, headers, body = state.raw()
            else:
                result = state.answer(request["method"], request["params"])
                part = result if isinstance(result, dict) and "error" in result else {"result": result}
                body = json.dumps({"jsonrpc": "2.0", "id": 1, **part}).encode()
                status, headers = 200, {}
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = Node(f"http://127.0.0.1:{server.server_address[1]}/secret-api-key", world.answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
