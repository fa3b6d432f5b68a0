"""What the verifier reads of Ethereum: headers, state proofs, the contract's storage, and the one socket."""
