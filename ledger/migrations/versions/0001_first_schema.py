"""The first schema: everything that `ledger.store.tables` held at version 0.1."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes every table."""
    op.create_table(
        "checkpoints",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("state_root", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "entries",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.LargeBinary(), nullable=True, comment="map key of the issuer concerned"),
        sa.Column("object", sa.LargeBinary(), nullable=False, comment="map key of what it is about"),
        sa.Column("second_object", sa.LargeBinary(), nullable=True, comment="credit applied: the invoice"),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entries")),
        sa.UniqueConstraint("leaf_hash", name=op.f("uq_entries_leaf_hash")),
        sa.UniqueConstraint("log_index", name=op.f("uq_entries_log_index")),
    )
    op.create_index(op.f("ix_entries_issuer_seq"), "entries", ["issuer", "seq"], unique=False)
    op.create_index(op.f("ix_entries_object_seq"), "entries", ["object", "seq"], unique=False)
    op.create_index(op.f("ix_entries_second_object"), "entries", ["second_object"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.Text(), nullable=False, comment="issuer id, or 'operator'"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "issuers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("map_key", sa.LargeBinary(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("seller", sa.LargeBinary(), nullable=False, comment="BG-4 as JSON, put into each document"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuers")),
        sa.UniqueConstraint("map_key", name=op.f("uq_issuers_map_key")),
    )
    op.create_table(
        "keys",
        sa.Column("thumbprint", sa.LargeBinary(), nullable=False, comment="RFC 9679; of an anchoring key: its address"),
        sa.Column("issuer", sa.LargeBinary(), nullable=True, comment="map key; null for the ledger's own keys"),
        sa.Column("purpose", sa.Text(), nullable=False, comment="signing, ledger or anchoring"),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="private key, AES-256-GCM under the master key"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("thumbprint", name=op.f("pk_keys")),
    )
    op.create_index(op.f("ix_keys_issuer"), "keys", ["issuer"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False, comment="1 to 256 node hashes; only ever grows"),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_log_tiles")),
    )
    op.create_table(
        "map_blocks",
        sa.Column("prefix", sa.LargeBinary(), nullable=False, comment="key bits above the block, whole bytes"),
        sa.Column("checkpoint", sa.BigInteger(), nullable=False, comment="first checkpoint with this content"),
        sa.Column("slots", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "checkpoint", name=op.f("pk_map_blocks")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
        comment="What the ledger is: id, chain, contract; and the alarm that stops it",
    )
    op.create_table(
        "records",
        sa.Column("map_key", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", sa.BigInteger(), nullable=False, comment="first checkpoint with this record"),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("holdings", sa.LargeBinary(), nullable=True, comment="opening of an issuer's commitment"),
        sa.PrimaryKeyConstraint("map_key", "checkpoint", name=op.f("pk_records")),
    )
    op.create_table(
        "transactions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="deploy, open, anchor or heartbeat"),
        sa.Column("sequence", sa.BigInteger(), nullable=True, comment="checkpoint that it anchors or confirms"),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False, comment="signed transaction, stored before it is sent"),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="signed, sent, mined, final, failed or replaced"),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("hash", name=op.f("uq_transactions_hash")),
    )
    op.create_index(op.f("ix_transactions_kind_sequence"), "transactions", ["kind", "sequence"], unique=False)
    op.create_index(op.f("ix_transactions_sender_nonce"), "transactions", ["sender", "nonce"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=True, comment="null: the operator's"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of the token"),
        sa.Column("scopes", sa.Text(), nullable=False, comment="space-separated"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_api_keys_issuer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
    )
    op.create_index(op.f("ix_api_keys_issuer_id"), "api_keys", ["issuer_id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_drafts_issuer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_issuer_id_id"), "drafts", ["issuer_id", "id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_payments_issuer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_issuer_id_buyer_id"), "payments", ["issuer_id", "buyer_id"], unique=False)
    op.create_index(op.f("ix_payments_issuer_id_id"), "payments", ["issuer_id", "id"], unique=False)
    op.create_table(
        "series",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("reset", sa.Text(), nullable=False, comment="yearly or never"),
        sa.Column("year", sa.Integer(), nullable=True, comment="of the last number, in the seller's zone"),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False, comment="numbers taken so far"),
        sa.Column("last_day", sa.Integer(), nullable=True, comment="issue date of the last number"),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_series_issuer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("issuer_id", "code", name=op.f("uq_series_issuer_id_code")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer_id", sa.Text(), nullable=False),
        sa.Column("map_key", sa.LargeBinary(), nullable=False),
        sa.Column("series_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_upper", sa.Text(), nullable=False),
        sa.Column("seal_digest", sa.LargeBinary(), nullable=False),
        sa.Column("type_code", sa.Integer(), nullable=False),
        sa.Column("issue_day", sa.Integer(), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("exponent", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=True, comment="legal id as SCHEME:VALUE"),
        sa.Column("buyer_name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="the document, RFC 8785"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_invoices_issuer_id")),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_invoices_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("issuer_id", "number_upper", name=op.f("uq_invoices_issuer_id_number_upper")),
        sa.UniqueConstraint("map_key", name=op.f("uq_invoices_map_key")),
        sa.UniqueConstraint("seal_digest", name=op.f("uq_invoices_seal_digest")),
    )
    op.create_index(op.f("ix_invoices_issuer_id_buyer_id"), "invoices", ["issuer_id", "buyer_id"], unique=False)
    op.create_index(op.f("ix_invoices_issuer_id_id"), "invoices", ["issuer_id", "id"], unique=False)
    op.create_table(
        "allocations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="its type 8 entry"),
        sa.Column("reversal_seq", sa.BigInteger(), nullable=True, comment="its type 9 entry"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_allocations_invoice_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_allocations_payment_id")),
        sa.ForeignKeyConstraint(["reversal_seq"], ["entries.seq"], name=op.f("fk_allocations_reversal_seq")),
        sa.ForeignKeyConstraint(["seq"], ["entries.seq"], name=op.f("fk_allocations_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
    )
    op.create_index(op.f("ix_allocations_invoice_id"), "allocations", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_allocations_payment_id"), "allocations", ["payment_id"], unique=False)
    op.create_table(
        "renditions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_renditions_invoice_id")),
        sa.ForeignKeyConstraint(["seq"], ["entries.seq"], name=op.f("fk_renditions_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
        sa.UniqueConstraint(
            "invoice_id", "language", "media_type", name=op.f("uq_renditions_invoice_id_language_media_type")
        ),
    )
