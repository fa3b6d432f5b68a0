"""Private keys: encrypted at rest, and the signatures that they make (ES256, RFC 6979).

The control key is never kept: `recovery_kit` hands it out once, at enrolment.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select

from ledger.errors import Invalid, Stopped
from ledger.store.tables import keys
from verifier.cose import (
    P256_ORDER,
    PublicKey,
    Sign1,
    external_aad,
    kid,
    parse_public_key,
    protected_header,
    sig_structure,
    signature_from_der,
    thumbprint,
)

Entropy = Callable[[int], bytes]

_ECDSA = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_NONCE = 12


@dataclass(frozen=True)
class SigningKeyPair:
    """A P-256 private key that signs statements."""

    private: ec.EllipticCurvePrivateKey
    public: PublicKey
    header: bytes
    """Protected header with its kid."""

    def sign(self, ledger_id: bytes, entry_type: int, payload: bytes) -> Sign1:
        """A COSE_Sign1 over a statement's payload."""
        message = sig_structure(self.header, external_aad(ledger_id, entry_type), payload)
        return Sign1(self.header, payload, signature_from_der(self.private.sign(message, _ECDSA)))

    def scalar(self) -> bytes:
        """The private key, 32 bytes."""
        return self.private.private_numbers().private_value.to_bytes(32, "big")


def key_pair(scalar: bytes) -> SigningKeyPair:
    """The pair of a 32-byte private key."""
    private = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    public = parse_public_key(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))
    return SigningKeyPair(private, public, protected_header(kid(public)))


def draw_key(entropy: Entropy) -> SigningKeyPair:
    """A fresh pair; 64 random bits above the order's size leave no measurable bias (FIPS 186-5 A.2.1)."""
    scalar = int.from_bytes(entropy(40), "big") % (P256_ORDER - 1) + 1
    return key_pair(scalar.to_bytes(32, "big"))


class Vault:
    """Seals private keys under the master key; the row's identity is authenticated with them."""

    def __init__(self, master: bytes, entropy: Entropy) -> None:
        self._aead = AESGCM(master)
        self._entropy = entropy

    def seal(self, scalar: bytes, purpose: str, name: bytes) -> bytes:
        """Nonce and ciphertext of a private key."""
        nonce = self._entropy(_NONCE)
        return nonce + self._aead.encrypt(nonce, scalar, _aad(purpose, name))

    def open(self, sealed: bytes, purpose: str, name: bytes) -> bytes:
        """The private key.

        Raises:
            Stopped: `key-unreadable`, another master key or an altered row.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], _aad(purpose, name))
        except (InvalidTag, ValueError) as error:
            where = f"keys/{name.hex()[:16]}"
            raise Stopped("key-unreadable", "a stored key does not open under the master key", where=where) from error


def _aad(purpose: str, name: bytes) -> bytes:
    return b"sceau/key/1\x00" + purpose.encode() + b"\x00" + name


def store_key(
    connection: Connection, vault: Vault, pair: SigningKeyPair, purpose: str, issuer: bytes | None, now: int
) -> None:
    """Keeps a custodial key, encrypted."""
    name = thumbprint(pair.public)
    connection.execute(
        keys.insert().values(
            thumbprint=name,
            issuer=issuer,
            purpose=purpose,
            public_key=bytes(pair.public),
            sealed=vault.seal(pair.scalar(), purpose, name),
            created=now,
        )
    )


def load_key(connection: Connection, vault: Vault, name: bytes) -> SigningKeyPair | None:
    """The custodial key with this thumbprint, or None when the ledger does not hold it."""
    row = connection.execute(select(keys).where(keys.c.thumbprint == name)).one_or_none()
    if row is None:
        return None
    pair = key_pair(vault.open(row.sealed, row.purpose, row.thumbprint))
    if bytes(pair.public) != row.public_key or thumbprint(pair.public) != name:
        raise Stopped("key-unreadable", "a stored key is not the one that it is filed as", where="keys")
    return pair


def load_master(path: Path, entropy: Entropy, *, create: bool = False) -> bytes:
    """The master key's 32 bytes from a file of mode 0600.

    Raises:
        Invalid: `master-key`, absent or damaged.
    """
    if create and not path.exists():
        _make_master(path, entropy)
    try:
        return parse_master(path.read_text().strip())
    except OSError as error:
        raise Invalid("master-key", f"the master key cannot be read: {error.strerror}", where=str(path)) from error


def _make_master(path: Path, entropy: Entropy) -> None:
    """Linked when whole, and never over another: keys may already be sealed under the one that is there."""
    draft = path.with_name(f"{path.name}.{entropy(8).hex()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(entropy(32).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def parse_master(text: str) -> bytes:
    """32 bytes in hexadecimal."""
    try:
        master = bytes.fromhex(text)
    except ValueError:
        master = b""
    if len(master) != 32:
        raise Invalid("master-key", "a master key is 64 hexadecimal digits", where="SCEAU_MASTER_KEY")
    return master


def recovery_kit(pair: SigningKeyPair, *, name: str, legal_id: tuple[str, str], ledger_id: bytes) -> str:
    """What the owner prints and locks away: the control key as PKCS #8 PEM, and what it is for."""
    pem = pair.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return (
        "SCEAU RECOVERY KIT — KIT DE RÉCUPÉRATION\n\n"
        f"Issuer / émetteur : {name} ({legal_id[0]}:{legal_id[1]})\n"
        f"Ledger / registre : {ledger_id.hex()}\n"
        f"Key / clé         : {thumbprint(pair.public).hex()}\n\n"
        "This is your control key. It revokes a stolen signing key and changes the account that your\n"
        "clients are told to pay. The server kept no copy. Print it, lock it away, delete this file.\n\n"
        "Voici votre clé de contrôle. Elle révoque une clé de signature volée et change le compte que vos\n"
        "clients doivent payer. Le serveur n'en garde aucune copie. Imprimez-la, mettez-la sous clé,\n"
        "effacez ce fichier.\n\n"
        f"{pem}"
    )


def control_key_of(kit: str) -> SigningKeyPair:
    """The control key in a recovery kit.

    Raises:
        Invalid: `recovery-kit`, no P-256 private key in it.
    """
    start = kit.find("-----BEGIN PRIVATE KEY-----")
    try:
        private = serialization.load_pem_private_key(kit[max(start, 0) :].encode(), None)
    except (ValueError, TypeError) as error:
        raise Invalid("recovery-kit", "the file holds no private key") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise Invalid("recovery-kit", "the key is not on P-256")
    return key_pair(private.private_numbers().private_value.to_bytes(32, "big"))
