"""Every table (SQLAlchemy Core). What is signed is kept as the bytes that were signed; the rest is for finding it.

Money is in minor units (integers); instants are Unix seconds; days are days since 1970-01-01; hashes are 32 bytes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

_Auto = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="What the ledger is: id, chain, contract; and the alarm that stops it",
)

issuers = Table(
    "issuers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("map_key", LargeBinary, nullable=False, unique=True),
    Column("scheme", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("seller", LargeBinary, nullable=False, comment="BG-4 as JSON, put into each document"),
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("thumbprint", LargeBinary, primary_key=True, comment="RFC 9679; of an anchoring key: its address"),
    Column("issuer", LargeBinary, nullable=True, comment="map key; null for the ledger's own keys"),
    Column("purpose", Text, nullable=False, comment="signing, ledger or anchoring"),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="private key, AES-256-GCM under the master key"),
    Column("created", BigInteger, nullable=False),
    Index(None, "issuer"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer_id", Text, ForeignKey("issuers.id"), nullable=True, comment="null: the operator's"),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the token"),
    Column("scopes", Text, nullable=False, comment="space-separated"),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=True),
    Column("revoked", BigInteger, nullable=True),
    Column("last_used", BigInteger, nullable=True),
    Index(None, "issuer_id"),
)

series = Table(
    "series",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer_id", Text, ForeignKey("issuers.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("reset", Text, nullable=False, comment="yearly or never"),
    Column("year", Integer, nullable=True, comment="of the last number, in the seller's zone"),
    Column("next_number", BigInteger, nullable=False),
    Column("issued", BigInteger, nullable=False, comment="numbers taken so far"),
    Column("last_day", Integer, nullable=True, comment="issue date of the last number"),
    Column("closed", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("issuer_id", "code"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer_id", Text, ForeignKey("issuers.id"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Index(None, "issuer_id", "id"),
)

invoices = Table(
    "invoices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer_id", Text, ForeignKey("issuers.id"), nullable=False),
    Column("map_key", LargeBinary, nullable=False, unique=True),
    Column("series_id", Text, ForeignKey("series.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("number_upper", Text, nullable=False),
    Column("seal_digest", LargeBinary, nullable=False, unique=True),
    Column("type_code", Integer, nullable=False),
    Column("issue_day", Integer, nullable=False),
    Column("due_day", Integer, nullable=True),
    Column("currency", Text, nullable=False),
    Column("exponent", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("buyer_id", Text, nullable=True, comment="legal id as SCHEME:VALUE"),
    Column("buyer_name", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="the document, RFC 8785"),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("issuer_id", "number_upper"),
    Index(None, "issuer_id", "id"),
    Index(None, "issuer_id", "buyer_id"),
)

entries = Table(
    "entries",
    metadata,
    Column("seq", _Auto, primary_key=True, autoincrement=True),
    Column("log_index", BigInteger, nullable=True, unique=True),
    Column("type", Integer, nullable=False),
    Column("issuer", LargeBinary, nullable=True, comment="map key of the issuer concerned"),
    Column("object", LargeBinary, nullable=False, comment="map key of what it is about"),
    Column("second_object", LargeBinary, nullable=True, comment="credit applied: the invoice"),
    Column("leaf_hash", LargeBinary, nullable=False, unique=True),
    Column("raw", LargeBinary, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Index(None, "object", "seq"),
    Index(None, "second_object"),
    Index(None, "issuer", "seq"),
)

records = Table(
    "records",
    metadata,
    Column("map_key", LargeBinary, primary_key=True),
    Column("checkpoint", BigInteger, primary_key=True, comment="first checkpoint with this record"),
    Column("record", LargeBinary, nullable=False),
    Column("holdings", LargeBinary, nullable=True, comment="opening of an issuer's commitment"),
)

log_tiles = Table(
    "log_tiles",
    metadata,
    Column("level", Integer, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("hashes", LargeBinary, nullable=False, comment="1 to 256 node hashes; only ever grows"),
)

map_blocks = Table(
    "map_blocks",
    metadata,
    Column("prefix", LargeBinary, primary_key=True, comment="key bits above the block, whole bytes"),
    Column("checkpoint", BigInteger, primary_key=True, comment="first checkpoint with this content"),
    Column("slots", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("state_root", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
)

transactions = Table(
    "transactions",
    metadata,
    Column("id", _Auto, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False, comment="deploy, open, anchor or heartbeat"),
    Column("sequence", BigInteger, nullable=True, comment="checkpoint that it anchors or confirms"),
    Column("sender", LargeBinary, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False, comment="signed transaction, stored before it is sent"),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("state", Text, nullable=False, comment="signed, sent, mined, final, failed or replaced"),
    Column("block_number", BigInteger, nullable=True),
    Column("block_hash", LargeBinary, nullable=True),
    Column("block_time", BigInteger, nullable=True),
    Column("gas_used", BigInteger, nullable=True),
    Column("created", BigInteger, nullable=False),
    Index(None, "kind", "sequence"),
    Index(None, "sender", "nonce"),
)

renditions = Table(
    "renditions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("invoice_id", Text, ForeignKey("invoices.id"), nullable=False),
    Column("language", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("seq", BigInteger, ForeignKey("entries.seq"), nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("invoice_id", "language", "media_type"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer_id", Text, ForeignKey("issuers.id"), nullable=False),
    Column("buyer_id", Text, nullable=True),
    Column("currency", Text, nullable=False),
    Column("exponent", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("means", Text, nullable=False),
    Column("reference", Text, nullable=True),
    Column("created", BigInteger, nullable=False),
    Column("reversed", BigInteger, nullable=True),
    Column("reason", Text, nullable=True),
    Index(None, "issuer_id", "id"),
    Index(None, "issuer_id", "buyer_id"),
)

allocations = Table(
    "allocations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("payment_id", Text, ForeignKey("payments.id"), nullable=False),
    Column("invoice_id", Text, ForeignKey("invoices.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("seq", BigInteger, ForeignKey("entries.seq"), nullable=False, comment="its type 8 entry"),
    Column("reversal_seq", BigInteger, ForeignKey("entries.seq"), nullable=True, comment="its type 9 entry"),
    Index(None, "payment_id"),
    Index(None, "invoice_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("scope", Text, primary_key=True, comment="issuer id, or 'operator'"),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=True),
    Column("content_type", Text, nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("created", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)
