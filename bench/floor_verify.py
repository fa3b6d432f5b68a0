"""Floor of one bundle verified: the primitive calls that PROTOCOL.md needs for this bundle, and nothing of ours.

`python bench/floor_verify.py BUNDLE EVIDENCE COUNT`. What to hash, read and check is arranged beforehand, untimed; then
only the calls run. A call that the protocol needs twice on the same bytes stands here once.
"""

from __future__ import annotations

import hmac
import json
import sys
import time
from base64 import urlsafe_b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

import cbor2
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from eth_hash.auto import keccak

SORTED = orjson.OPT_SORT_KEYS
ES256 = ec.ECDSA(hashes.SHA256())
CURVE = ec.SECP256R1()
NODE = bytes(65)


def b64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def rlp_items(data: bytes) -> list[bytes]:
    """The items of one RLP list (Yellow Paper, appendix B); nested lists as their bytes."""
    at = 1 if data[0] < 0xF8 else data[0] - 0xF7 + 1
    items = []
    while at < len(data):
        first = data[at]
        if first < 0x80:
            start, size = at, 1
        elif first < 0xB8:
            start, size = at + 1, first - 0x80
        elif first < 0xC0:
            start = at + 1 + first - 0xB7
            size = int.from_bytes(data[at + 1 : start])
        else:
            start, size = at + 1, first - 0xC0
        items.append(data[start : start + size])
        at = start + size
    return items


class Floor:
    """Everything that the timed part walks through."""

    def __init__(self, data: bytes, evidence: dict[str, Any]) -> None:
        value = orjson.loads(data)
        self.data, self.ledger = data, bytes.fromhex(value["ledger"])
        self.hexes: list[str] = [value["ledger"]]
        self.cbor: list[bytes] = []
        self.hashed: list[bytes] = []
        self.signatures: list[tuple[bytes, bytes, bytes]] = []
        self.logged = [*value["entries"], value["state"]]
        records = value["records"]
        self.texts = [value["seal"]] + [item["entry"] for item in self.logged] + [
            item["record"] for item in records.values()
        ]  # fmt: skip
        self._entries(value)
        self._records(records)
        self._document(value["document"])
        self._chain(value, evidence)

    def _entries(self, value: dict[str, Any]) -> None:
        """§4: entries and what they wrap; §8 steps 3 to 6: signatures, chains, inclusion."""
        keys: dict[bytes, bytes] = {}
        issuer = cbor2.loads(b64(value["records"]["issuer"]["record"]))
        ledger = cbor2.loads(b64(value["records"]["ledger"]["record"]))
        for public in [*issuer[5], *(key[0] for key in issuer[6]), *(key[0] for key in ledger[1])]:
            # §1: thumbprint (RFC 9679), of which the kid is the head
            cose_key = b"\xa4\x01\x02\x20\x01\x21\x58\x20" + public[:32] + b"\x22\x58\x20" + public[32:]
            self.hashed.append(cose_key)
            keys[sha256(cose_key).digest()[:8]] = public
        self.keys = [b"\4" + key for key in keys.values()]
        self.types = set()
        for item in self.logged:
            raw = b64(item["entry"])
            _, kind, body = cbor2.loads(raw)
            outer = cbor2.loads(body)
            self.types.add(kind)
            # §1: the one form, "and so must every byte string that wraps CBOR"; an envelope of fixed form is cut, free.
            self.cbor += [body] if kind == 1 else []
            self.hashed.append(b"\0" + raw)  # §4: leaf hash
            self.hashed += [NODE] * len(item["path"])  # §8 step 6: inclusion
            self.hexes += item["path"]
            signed = outer if isinstance(outer[0], list) else [outer]
            self.cbor.append(signed[0][2])  # the payload
            for protected, _, payload, signature in signed:
                aad = cbor2.dumps(["sceau/statement/1", self.ledger, kind])
                message = cbor2.dumps(["Signature1", protected, aad, payload])
                self.signatures.append((keys[protected[-8:]], message, signature))
            if kind == 6:
                assert b64(value["seal"]) == body  # §8 step 4: the seal's signature is the entry's, checked once
                self.hashed.append(message)  # §3: seal digest
                self.seal = cbor2.loads(payload)
                # §5: payee commitment
                self.commitment = [sha256(message).digest(), self.seal[11]]
            if kind != 0:
                self.hashed.append(NODE)  # §4: object chain, H(04 ‖ c ‖ leaf hash)
        self.hashed += [NODE] * len(value["origin"]["path"])  # §8 step 10
        self.hexes += value["origin"]["path"]
        self.pepper, self.legal_id = issuer[8], issuer[1]

    def _records(self, records: dict[str, Any]) -> None:
        """§5: map keys, record hashes, leaves and nodes of the state map (§8 step 7)."""
        self.hashed.append(b"sceau/ledger-record/1\0" + self.ledger)
        for item in records.values():
            record, proof = b64(item["record"]), item["proof"]
            self.cbor.append(record)
            bitmap = int(proof["bitmap"] or "0", 16)
            depth = 4 * len(proof["bitmap"]) - ((bitmap & -bitmap).bit_length() - 1 if bitmap else 0)
            self.hashed += [record, NODE] + [NODE] * depth
            self.hexes += [proof["bitmap"], *proof["siblings"]]

    def _document(self, document: dict[str, Any]) -> None:
        """§2: claims, index leaf and document root."""
        self.claims = [leaf["value"] for leaf in document["leaves"]]
        names = [
            (name, i) for name, count in document["members"] for i in ([None] if count is None else range(int(count)))
        ]
        self.paths = [[name] if i is None else [name, i] for name, i in names]
        self.index = [[name, None if count is None else int(count)] for name, count in document["members"]]
        self.salts = [document["index_salt"]] + [leaf["salt"] for leaf in document["leaves"]]
        self.hashed += [NODE] * len(self.claims)  # nodes above n+1 leaves: n

    def _chain(self, value: dict[str, Any], evidence: dict[str, Any]) -> None:
        """§6, §8 step 8: header, account and slots by EIP-1186; each node that the proofs share stands here once."""
        proofs = [evidence["account_proof"], *evidence["storage_proofs"].values()]
        self.nodes = [bytes.fromhex(node) for node in dict.fromkeys(node for proof in proofs for node in proof)]
        self.nodes.append(bytes.fromhex(evidence["header"]))
        points = [value["checkpoint"], value["origin"]["checkpoint"], value["origin"]["before"]]
        points = [point for point in points if point is not None]
        self.hexes += [point["root"] for point in points]
        distinct = {point["sequence"] for point in points}
        # The address; the mappings' places; each record's slot; each slot's path in the trie; each record's digest.
        words = [bytes(20), bytes(64), bytes(64)] + [bytes(64)] * len(distinct)
        self.keccaks = words + [bytes(32)] * len(evidence["storage_proofs"]) + [bytes(160)] * len(distinct)

    def run(self) -> None:
        value = orjson.loads(self.data)  # §7
        assert orjson.dumps(value, option=SORTED) == self.data  # §1: RFC 8785, so also no member twice
        text = self.data.decode()
        assert text.isprintable()  # §1: no control characters
        assert is_normalized("NFC", text)  # §1
        for coded in self.texts:
            b64(coded)  # §1: base64url
        for coded in self.hexes:
            bytes.fromhex(coded)  # §7
        for item in self.cbor:
            assert cbor2.dumps(cbor2.loads(item)) == item  # §1: deterministic
        keys = {key[1:]: ec.EllipticCurvePublicKey.from_encoded_point(CURVE, key) for key in self.keys}  # §1: on P-256
        for kind in self.types:
            cbor2.dumps(["sceau/statement/1", self.ledger, kind])  # §1: external_aad
        for key, message, signature in self.signatures:  # §8 steps 3 to 6
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            keys[key].verify(encode_dss_signature(r, s), message, ES256)
        for data in self.hashed:
            sha256(data).digest()
        sha256(b"sceau/issuer/1\0" + cbor2.dumps(self.legal_id)).digest()  # §5: issuer's map key
        hmac.digest(self.pepper, NODE, "sha256")  # §5: invoice's map key
        sha256(b"\5" + cbor2.dumps(self.commitment)).digest()  # §5: payee commitment
        salts = [bytes.fromhex(salt) for salt in self.salts]
        leaf = b"\0\x83\x50" + salts[0] + b"\x40\x58\0" + cbor2.dumps(self.index)  # §2: leaf 0
        sha256(leaf).digest()
        for salt, path, claim in zip(salts[1:], self.paths, self.claims, strict=True):  # §2: leaf i
            body = orjson.dumps(claim, option=SORTED)
            sha256(b"\0\x83\x50" + salt + cbor2.dumps(path) + b"\x59\0\0" + body).digest()
        for data in self.keccaks:
            keccak(data)
        for node in self.nodes:
            keccak(node)
            rlp_items(node)


def main(bundle: Path, evidence: Path, count: int) -> None:
    floor = Floor(bundle.read_bytes(), orjson.loads(evidence.read_bytes()))
    cpu = wall = 0.0
    for at in range(-20, count):
        began, clock = time.process_time(), time.perf_counter()
        floor.run()
        if at >= 0:
            cpu, wall = cpu + time.process_time() - began, wall + time.perf_counter() - clock
    print(json.dumps({"cpu": cpu, "wall": wall, "count": count}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
