"""The values of docs/spec.md §11; `python -m tests.docs.test_spec_values` prints the table."""

from __future__ import annotations

from tests.docs.tables import DOCS, tables
from tests.docs.test_spec import KEY
from verifier.cose import external_aad as aad_of
from verifier.cose import kid, sig_structure, thumbprint
from verifier.ethereum.contract import ledger_id, record_digest
from verifier.keyed_map import leaf, node
from verifier.records import Holdings, LedgerRecord, chain_next, invoice_key, issuer_key, ledger_key, payee_commitment

LEDGER, PEPPER, NONCE = b"\x11" * 32, b"\x22" * 32, b"\x33" * 32
ISSUER = ("0002", "732829320")
VALUES: dict[str, bytes] = {
    "thumbprint of the public key": thumbprint(KEY),
    "kid of the public key": kid(KEY),
    "external_aad of type 6": aad_of(LEDGER, 6),
    "Sig_structure of that key, type 6 and the payload `a0`": sig_structure(
        bytes.fromhex("a201260448") + kid(KEY), aad_of(LEDGER, 6), b"\xa0"
    ),
    "map key of the ledger": ledger_key(LEDGER),
    'map key of the issuer `["0002", "732829320"]`': issuer_key(ISSUER),
    "map key of that issuer's invoice `f-2026-0001`": invoice_key(PEPPER, issuer_key(ISSUER), "f-2026-0001"),
    "payee commitment to `FR7630006000011234567890189`": payee_commitment(NONCE, "FR7630006000011234567890189"),
    "payee commitment to no account": payee_commitment(NONCE, None),
    "chain after one entry whose leaf hash is the nonce": chain_next(bytes(32), NONCE),
    "commitment with the nonce as salt, before any entry": Holdings(NONCE, 0, bytes(32), 0).commitment(),
    "leaf of the ledger's map key and record hash the nonce": leaf(ledger_key(LEDGER), NONCE),
    "node of an empty left and that leaf": node(bytes(32), leaf(ledger_key(LEDGER), NONCE)),
    "genesis record of that key": LedgerRecord(((KEY, 0),), bytes(32)).encode(),
    "ledger id: chain 31337, contract 20 bytes `44`, owner 20 bytes `55`, salt the nonce": ledger_id(
        31337, b"\x44" * 20, b"\x55" * 20, NONCE
    ),
    "record digest: sequence 1, size 2, root the nonce, time 3": record_digest(LEDGER, 1, 2, NONCE, 3),
}


def test_values() -> None:
    assert {row[0]: row[1].strip("`") for row in tables(DOCS / "spec.md")["values"]} == {
        k: v.hex() for k, v in VALUES.items()
    }


if __name__ == "__main__":
    print("\n".join(f"| {name} | `{value.hex()}` |" for name, value in VALUES.items()))
