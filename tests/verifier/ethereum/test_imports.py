"""What reading Ethereum costs an auditor's machine."""

from __future__ import annotations

import subprocess
import sys


def test_the_verifier_needs_no_ethereum_stack() -> None:
    """Neither web3, nor py-evm, nor the test oracles are imported by any module of the package."""
    program = (
        "import sys, verifier.ethereum.rpc\n"
        "server = {'web3', 'eth', 'trie', 'eth_utils', 'eth_abi', 'eth_account', 'ledger'}\n"
        "loaded = server & set(sys.modules)\n"
        "sys.exit(repr(loaded) if loaded else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
