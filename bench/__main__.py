"""`python -m bench [PAIRS]`: runs every benchmark, prints them and writes bench/results.json."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bench import alone
from bench.bundle import make_case
from bench.drafts import drafts
from bench.paired import paired
from bench.results import Row, table, write
from ledger.store.tables import metadata

INVOICES, BATCH, BUNDLES = 10_000, 1_000, 400
HERE = Path(__file__).parent


def schema() -> str:
    """DDL of the product's tables and indexes, for the floor."""
    dialect = sqlite.dialect()
    made = []
    for each in metadata.sorted_tables:
        made.append(str(CreateTable(each).compile(dialect=dialect)).strip())
        made += [str(CreateIndex(index).compile(dialect=dialect)).strip() for index in each.indexes]
    return ";\n".join(made) + ";\n"


def bulk_issue(folder: Path, pairs: int) -> list[Row]:
    bodies, ddl = folder / "drafts.jsonl", folder / "schema.sql"
    bodies.write_bytes(b"\n".join(drafts(INVOICES + 1)))  # one more to warm up with
    ddl.write_text(schema())
    floor = str(HERE / "floor_issue.py")
    found = paired(
        lambda own: ["-m", "bench.product_issue", str(bodies), str(own), str(BATCH)],
        lambda own: [floor, str(bodies), str(own), str(BATCH), str(ddl)],
        pairs,
    )
    return [
        Row("bulk issue, CPU of product over floor", "x", 1.5, found.ratio),
        Row("bulk issue, wall clock of product over floor", "x", None, found.wall_ratio),
        Row("bulk issue, CPU of one invoice", "us", None, found.product),
        Row("bulk issue, CPU of one invoice's floor", "us", None, found.floor),
    ]


def verification(folder: Path, pairs: int) -> list[Row]:
    case = make_case(folder)
    bundle, evidence, policy = str(case.bundle), str(case.evidence), str(case.policy)
    floor = str(HERE / "floor_verify.py")
    found = paired(
        lambda _: ["-m", "bench.product_verify", bundle, evidence, policy, str(case.now), str(BUNDLES)],
        lambda _: [floor, bundle, evidence, str(BUNDLES)],
        pairs,
    )
    return [
        Row("a bundle verified offline, CPU of product over floor", "x", 1.5, found.ratio),
        Row("a bundle verified offline, CPU", "us", None, found.product),
        Row("a bundle verified offline, CPU of its floor", "us", None, found.floor),
        Row("size of that bundle", "bytes", None, case.bundle.stat().st_size),
    ]


def main(pairs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="sceau-bench-") as folder:
        print(f"{pairs} pairs of {INVOICES} invoices, of {BUNDLES} bundles", file=sys.stderr)
        rows = [*bulk_issue(Path(folder), pairs), *verification(Path(folder), pairs), *alone.rows()]
    write(HERE / "results.json", rows)
    print(table(rows))
    if any(row.met is False for row in rows):
        print("A target is missed: see docs/performance.md for where the time goes.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
