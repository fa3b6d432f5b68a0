// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The tree of RFC 9162 as its text defines it, top down, over leaf hashes: slow, and shares no idea with the
/// bottom-up check in the contract. `leaves[from .. to)` is D[from:to].
library Rfc9162 {
    /// @dev The largest power of two smaller than `n` (n > 1).
    function split(uint256 n) internal pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }

    /// @dev MTH(D[from:to]), §2.1.1.
    function root(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to - from == 1) return leaves[from];
        uint256 middle = from + split(to - from);
        return sha256(abi.encodePacked(bytes1(0x01), root(leaves, from, middle), root(leaves, middle, to)));
    }

    /// @dev PROOF(m, D[0:n]), §2.1.4.1; empty for m = n.
    function consistency(bytes32[] memory leaves, uint256 m, uint256 n) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory nodes = new bytes32[](64);
        uint256 count = subproof(leaves, m, 0, n, true, nodes);
        proof = new bytes32[](count);
        for (uint256 i; i < count; ++i) proof[i] = nodes[i];
    }

    /// @dev SUBPROOF(m, D[from:to], whole), m counted from the start of the log; returns how many nodes were written.
    function subproof(bytes32[] memory leaves, uint256 m, uint256 from, uint256 to, bool whole, bytes32[] memory nodes)
        private
        pure
        returns (uint256 count)
    {
        if (m == to) {
            if (!whole) nodes[count++] = root(leaves, from, to);
            return count;
        }
        uint256 middle = from + split(to - from);
        if (m <= middle) {
            count = subproof(leaves, m, from, middle, whole, nodes);
            nodes[count++] = root(leaves, middle, to);
        } else {
            count = subproof(leaves, m, middle, to, false, nodes);
            nodes[count++] = root(leaves, from, middle);
        }
    }

    /// @dev The nodes that rebuild the root of the first `m` leaves from its last complete subtree: what a verifier
    /// that forgets to compare sizes would take as a proof for a *smaller* log.
    function shrinkingProof(bytes32[] memory leaves, uint256 m) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory nodes = new bytes32[](64);
        uint256 count;
        uint256 width = m & (~m + 1);
        uint256 end = m - width;
        if (end != 0) nodes[count++] = root(leaves, end, m);
        while (end != 0) {
            width = end & (~end + 1);
            nodes[count++] = root(leaves, end - width, end);
            end -= width;
        }
        proof = new bytes32[](count);
        for (uint256 i; i < count; ++i) proof[i] = nodes[i];
    }
}

/// @dev The few cheat codes that the tests need, at the address where Hardhat answers them.
interface Cheats {
    function prank(address sender) external;
    function warp(uint256 time) external;
}

Cheats constant CHEATS = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));
