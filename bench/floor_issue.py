"""Floor of the bulk issue: each primitive call that one invoice needs, and nothing of ours.

`python bench/floor_issue.py DRAFTS FOLDER BATCH SCHEMA`: the same drafts, the same tables (SCHEMA: their DDL), the same
batches and the same durability as the product; no rule, no error, no object of ours. Where a primitive has a cheaper
way, the cheaper one stands here. What the product does twice is here once.
"""

from __future__ import annotations

import gc
import json
import os
import sqlite3
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Optional
from unicodedata import is_normalized

import cbor2
import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pydantic import BaseModel, ConfigDict, StringConstraints, create_model

# --- the closed schema (PROTOCOL §2: "a JSON object in EN 16931 terms"), as pydantic patterns ---

_BAD = r"\p{Cc}\p{Noncharacter_Code_Point}\u{2028}-\u{202E}\u{2066}-\u{2069}"
_TEXT = rf"^[^{_BAD}]*[^\s{_BAD}][^{_BAD}]*$"
_NUMBER = r"(?:0|[1-9][0-9]{0,11})"
Text = Annotated[str, StringConstraints(pattern=_TEXT, max_length=4000)]
Token = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7E]+(?: [\x21-\x7E]+)*$", max_length=100)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,30}$")]
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Number = Annotated[str, StringConstraints(pattern=rf"^-?{_NUMBER}(?:\.[0-9]{{1,6}})?$")]


def model(required: dict[str, Any], optional: dict[str, Any]) -> Any:
    """A strict model that refuses unknown members."""
    config = ConfigDict(extra="forbid", strict=True)
    fields: dict[str, Any] = {name: (kind, ...) for name, kind in required.items()}
    fields |= {name: (Optional[kind], None) for name, kind in optional.items()}  # noqa: UP045
    return create_model("Model", __config__=config, **fields)


def members(kind: Any, names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), kind)


ID = model({"value": Token}, {"scheme": Code})
VAT = model({"category": Code}, members(Number, "rate") | members(Text, "exemption_reason") | {"exemption_code": Code})
PERIOD = model({}, members(Date, "start end"))
ADDRESS = model({"country": Code}, members(Text, "line1 line2 line3 city postcode subdivision"))
CONTACT = model({}, members(Text, "name phone email"))
PARTY = model(
    {"name": Text, "address": ADDRESS},
    members(Text, "trading_name legal_info")
    | members(Token, "vat_id tax_id")
    | {"ids": list[ID], "legal_id": ID, "electronic_address": ID, "contact": CONTACT},
)
ADJUSTMENT = model({}, members(Number, "amount base percent") | {"reason": Text, "reason_code": Code, "vat": VAT})
LINE = model(
    {"quantity": Number, "net_price": Number, "vat": VAT, "name": Text},
    members(Token, "id order_line seller_item_id buyer_item_id")
    | members(Text, "note unit accounting_reference description")
    | members(Number, "net_amount price_discount gross_price price_base_quantity")
    | members(Code, "currency origin")
    | members(ID, "invoiced_object standard_item_id")
    | members(list[ADJUSTMENT], "allowances charges")
    | {"period": PERIOD, "attributes": list[model({"name": Text, "value": Text}, {})]},
)
PAYMENT = model(
    {"means_code": Code},
    members(Text, "means_text account_name card_holder")
    | members(Token, "reference iban account bic card_number mandate_reference creditor_id debited_account"),
)
TOTALS = model({}, members(Number, "lines allowances charges tax_exclusive tax tax_inclusive prepaid rounding due"))
DRAFT: type[BaseModel] = model(
    {"currency": Code, "seller": PARTY, "buyer": PARTY, "lines": list[LINE]},
    members(Code, "type_code tax_currency tax_point_code")
    | members(Date, "issue_date due_date tax_point_date")
    | members(
        Text,
        "terms buyer_reference project_reference contract_reference order_reference sales_order_reference"
        " receiving_advice_reference despatch_advice_reference tender_reference accounting_reference",
    )
    | {
        "number": type(None),
        "due_terms": model({"days": Token}, {"end_of_month": Literal["none", "before", "after"]}),
        "tax_total_in_tax_currency": Number,
        "process": Token,
        "invoiced_object": ID,
        "notes": list[model({"text": Text}, {"subject_code": Code})],
        "preceding": list[model({"number": Token}, {"issue_date": Date})],
        "payee": model({"name": Text}, members(ID, "id legal_id")),
        "tax_representative": model({"name": Text, "vat_id": Token, "address": ADDRESS}, {}),
        "delivery": model({}, {"name": Text, "location": ID, "date": Date, "address": ADDRESS}),
        "period": PERIOD,
        "payment": list[PAYMENT],
        "allowances": list[ADJUSTMENT],
        "charges": list[ADJUSTMENT],
        "totals": TOTALS,
        "vat_breakdown": list[model({"category": Code, "taxable": Number, "tax": Number}, {"rate": Number})],
        "attachments": list[model({"id": Token}, members(Text, "description name") | members(Token, "url media_type"))],
    },
)

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
VERIFY = ec.ECDSA(hashes.SHA256())
SORTED = orjson.OPT_SORT_KEYS
HUNDREDTHS = [10**n for n in range(16)]
EPOCH_DAYS = int(time.time()) // 86_400
TODAY, DUE = time.strftime("%Y-%m-%d"), time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86_400))


def cents(text: str) -> tuple[int, int]:
    """A decimal string as an integer and its digits after the point."""
    whole, _, part = text.partition(".")
    return int(whole + part), len(part)


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def byte_string(data: bytes) -> bytes:
    """CBOR byte string (RFC 8949 §3.1): cheaper here than a call of cbor2."""
    size = len(data)
    head = bytes((0x40 | size,)) if size < 24 else bytes((0x58, size)) if size < 256 else b"\x59" + size.to_bytes(2)
    return head + data


# PROTOCOL §2: the path of a claim is CBOR([member]) or CBOR([member, index]); the same for every invoice.
PATHS: dict[Any, bytes] = {}


def path_of(name: str, index: int | None) -> bytes:
    found = PATHS.get((name, index))
    if found is None:
        path = cbor2.dumps([name] if index is None else [name, index], canonical=True)
        found = PATHS[name, index] = path
    return found


def hmac_of(secret: bytes) -> Any:
    """HMAC-SHA-256 (RFC 2104) with the key's two blocks hashed once: a third of the price of hmac.digest a claim."""
    block = secret.ljust(64, b"\0")
    inner, outer = sha256(block.translate(IPAD)), sha256(block.translate(OPAD))

    def digest(message: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    return digest


IPAD, OPAD = bytes(n ^ 0x36 for n in range(256)), bytes(n ^ 0x5C for n in range(256))


class Floor:
    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.ledger_id, self.pepper, self.issuer_key = bytes(range(32)), os.urandom(32), os.urandom(32)
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key()
        self.protected = bytes.fromhex("a201260448") + os.urandom(8)
        # PROTOCOL §1: external_aad; one for every seal of the ledger.
        self.aad = cbor2.dumps(["sceau/statement/1", self.ledger_id, 6], canonical=True)
        self.number = 0
        self.pepper_mac = hmac_of(self.pepper)

    def document(self, raw: bytes) -> tuple[dict[str, Any], list[int]]:
        value = orjson.loads(raw)  # §2: the document is a JSON object
        # §1, I-JSON (RFC 7493 §2.3): member names are unique. The reader keeps the last of two; the bytes then differ.
        assert orjson.dumps(value) == raw
        draft = DRAFT.__pydantic_validator__.validate_python(value)  # §2: in EN 16931 terms, closed
        lines, sums, nets = [], {}, 0
        for at, (line, member) in enumerate(zip(draft.lines, value["lines"], strict=True), start=1):  # type: ignore[attr-defined]
            (quantity, scale), (price, more) = cents(line.quantity), cents(line.net_price)
            shift = HUNDREDTHS[scale + more]
            net = (2 * quantity * price * 100 + shift) // (2 * shift)  # §1: money in integer minor units
            rate = line.vat.rate
            sums[rate] = sums.get(rate, 0) + net
            nets += net
            lines.append(member | {"id": str(at), "net_amount": money(net)})
        tax, rows = 0, []
        for rate, taxable in sums.items():
            (percent, scale), shift = cents(rate), HUNDREDTHS[2]
            shift *= HUNDREDTHS[scale]
            part = (2 * taxable * percent + shift) // (2 * shift)
            tax += part
            rows.append({"category": "S", "rate": rate, "taxable": money(taxable), "tax": money(part)})
        del value["due_terms"]
        value["lines"], value["vat_breakdown"] = lines, rows
        value["totals"] = {
            "lines": money(nets), "allowances": "0.00", "charges": "0.00", "tax_exclusive": money(nets),
            "tax": money(tax), "tax_inclusive": money(nets + tax), "prepaid": "0.00", "rounding": "0.00",
            "due": money(nets + tax),
        }  # fmt: skip
        self.number += 1
        value["number"], value["issue_date"], value["due_date"] = f"F-2026-{self.number:05d}", TODAY, DUE
        return value, [nets + tax, tax]

    def root(self, document: dict[str, Any], secret: bytes) -> tuple[bytes, bytes]:
        """§2: claims, salts, leaves, root; and the RFC 8785 bytes of the whole, which are stored."""
        salt_of = hmac_of(secret)
        names = sorted(document, key=lambda name: (len(name), name))
        index: list[Any] = []
        leaves: list[bytes] = [b""]
        bodies = {}
        for name in names:
            value = document[name]
            if type(value) is list:
                index.append([name, len(value)])
                parts = []
                for at, item in enumerate(value):
                    claim = orjson.dumps(item, option=SORTED)  # §2: bytes RFC 8785(value)
                    path = path_of(name, at)
                    salt = salt_of(b"sceau/salt/1\0" + path)[:16]  # §2: salt
                    # §2: leaf CBOR([salt, path, bytes]), RFC 9162 leaf hash
                    leaf = b"\0\x83\x50" + salt + byte_string(path) + byte_string(claim)
                    leaves.append(sha256(leaf).digest())
                    parts.append(claim)
                bodies[name] = b"[" + b",".join(parts) + b"]"
            else:
                index.append([name, None])
                claim = bodies[name] = orjson.dumps(value, option=SORTED)
                path = path_of(name, None)
                salt = salt_of(b"sceau/salt/1\0" + path)[:16]
                leaves.append(sha256(b"\0\x83\x50" + salt + byte_string(path) + byte_string(claim)).digest())
        opened = cbor2.dumps(index)  # §2: leaf 0, the index
        leaves[0] = sha256(b"\0\x83\x50" + salt_of(b"sceau/salt/1\0")[:16] + b"\x40" + byte_string(opened)).digest()
        body = b"{" + b",".join([b'"%b":%b' % (name.encode(), bodies[name]) for name in sorted(bodies)]) + b"}"
        text = body.decode()
        # §1: NFC without control characters; escapes are all that JSON leaves of a control character.
        assert is_normalized("NFC", text)
        assert text.isprintable()
        while len(leaves) > 1:  # §2: RFC 9162 nodes
            pairs = zip(leaves[::2], leaves[1::2], strict=False)
            level = [sha256(b"\1" + left + right).digest() for left, right in pairs]
            leaves = level + leaves[-1:] if len(leaves) % 2 else level
        return body, leaves[0]

    def invoice(self, raw: bytes) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        document, (total, tax) = self.document(raw)
        secret = os.urandom(32)  # §2: 32 fresh random bytes for every document
        body, root = self.root(document, secret)
        number, seller, buyer = document["number"], document["seller"], document["buyer"]
        seal = {
            1: ["0002", seller["legal_id"]["value"]], 2: seller["name"], 3: number, 4: 380, 5: EPOCH_DAYS,
            6: EPOCH_DAYS + 30, 7: ["EUR", 2], 8: total, 9: tax, 10: total, 11: document["payment"][0]["iban"],
            12: root, 13: [], 14: None,
        }  # fmt: skip
        payload = cbor2.dumps(seal)  # §3: the payload map
        # §3: Sig_structure (RFC 9052 §4.4) and its hash, the seal digest
        head = b"\x84\x6aSignature1" + byte_string(self.protected)
        message = head + byte_string(self.aad) + byte_string(payload)
        digest = sha256(message).digest()
        r, s = decode_dss_signature(self.private.sign(message, SIGN))  # §1: ES256, RFC 6979
        s = min(s, P256_ORDER - s)  # §1: low s
        signature = r.to_bytes(32) + s.to_bytes(32)
        # §1: COSE_Sign1, array of 4; §4: entry and its leaf hash
        cose = b"\x84" + byte_string(self.protected) + b"\xa0" + byte_string(payload) + byte_string(signature)
        entry = b"\x83\x01\x06" + byte_string(cose)
        leaf = sha256(b"\0" + entry).digest()
        # §4: an entry that the fold refuses is refused when it is offered; the fold checks the signature (§8 step 4)
        self.public.verify(encode_dss_signature(r, s), message, VERIFY)
        # §5: map keys of issuer (from the seal, so for every entry) and invoice
        assert sha256(b"sceau/issuer/1\0" + cbor2.dumps(seal[1], canonical=True)).digest()
        key = self.pepper_mac(b"sceau/invoice/1\0" + self.issuer_key + number.encode())
        # RFC 9562 §5.7: UUIDv7
        now, random = time.time(), int.from_bytes(os.urandom(10))
        bits = (int(now * 1000) << 80) | 7 << 76 | (random >> 62 & 0xFFF) << 64 | 2 << 62 | random & (2**62 - 1)
        row = (
            f"inv_{bits:032x}", "iss", key, "ser", number, number, digest, 380, EPOCH_DAYS, EPOCH_DAYS + 30, "EUR", 2,
            total, total, "0002:" + buyer["legal_id"]["value"], buyer["name"], secret, body, int(now),
        )  # fmt: skip
        return row, (6, self.issuer_key, key, None, leaf, entry, int(now))

    def batch(self, raws: list[bytes]) -> None:
        made = [self.invoice(raw) for raw in raws]
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany(INVOICES, [invoice for invoice, _ in made])
        self.database.executemany(ENTRIES, [entry for _, entry in made])
        self.database.execute("UPDATE series SET next_number = ?, issued = ?", (self.number + 1, self.number))
        self.database.execute("COMMIT")


INVOICES = (
    "INSERT INTO invoices (id, issuer_id, map_key, series_id, number, number_upper, seal_digest, type_code, issue_day,"
    " due_day, currency, exponent, total, due, buyer_id, buyer_name, secret, body, created) VALUES "
    f"({','.join('?' * 19)})"
)
ENTRIES = "INSERT INTO entries (type, issuer, object, second_object, leaf_hash, raw, accepted) VALUES (?,?,?,?,?,?,?)"


def open_database(folder: Path, schema: str) -> sqlite3.Connection:
    """The product's tables and indexes on a file, with one issuer and one series."""
    database = sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        database.execute(f"PRAGMA {pragma}")
    database.executescript(schema)
    database.execute("INSERT INTO issuers VALUES ('iss', x'00', '0002', '1', 'n', 'FR', 'Europe/Paris', x'7b7d', 1, 0)")
    database.execute(
        "INSERT INTO series (id, issuer_id, code, pattern, reset, next_number, issued, closed, created)"
        " VALUES ('ser', 'iss', 'F', 'F', 'yearly', 1, 0, 0, 0)"
    )
    return database


def main(drafts: Path, folder: Path, batch: int, schema: Path) -> None:
    bodies = drafts.read_bytes().splitlines()
    floor = Floor(open_database(folder, schema.read_text()))
    floor.batch([bodies.pop()])
    gc.collect()
    gc.disable()  # as the product does while it makes a batch
    cpu, wall = time.process_time(), time.perf_counter()
    for at in range(0, len(bodies), batch):
        floor.batch(bodies[at : at + batch])
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps(spent | {"count": len(bodies)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
