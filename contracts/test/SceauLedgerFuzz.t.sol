// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SceauLedger} from "../SceauLedger.sol";
import {CHEATS, Rfc9162} from "./Rfc9162.t.sol";

/// @dev One step at a time, over random logs of up to 97 entries: what is accepted, and each way to be refused.
contract SceauLedgerFuzz {
    uint256 private constant LARGEST = 97;

    SceauLedger private _contract;
    bytes32 private _id;

    function setUp() public {
        _contract = new SceauLedger();
        _id = _contract.open("salt", address(this), 1 days, "first key");
    }

    // ------------------------------------------------------------ accepted

    /// @dev Every honest extension is accepted, and head, root and record say exactly that checkpoint.
    function testFuzz_honestExtension(uint256 m, uint256 n, bytes32 seed, uint32 later) public {
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        _anchorFirst(leaves, m);
        bytes32 firstRecord = _contract.records(_id, 1);
        uint256 time = block.timestamp + later;
        CHEATS.warp(time);
        bytes32 root = Rfc9162.root(leaves, 0, n);
        _contract.anchor(_id, 1, uint64(n), root, Rfc9162.consistency(leaves, m, n));
        _requireHead(2, n, time, root);
        require(_contract.records(_id, 1) == firstRecord, "first record changed");
        require(_contract.records(_id, 2) == keccak256(abi.encode(_id, 2, n, root, time)), "second record");
        require(_contract.records(_id, 3) == 0, "record of the future");
    }

    /// @dev A heartbeat moves the head's time and nothing else.
    function testFuzz_heartbeat(uint256 m, bytes32 seed, uint32 later) public {
        (m,) = _sizes(m, 0);
        bytes32[] memory leaves = _leaves(seed, m);
        bytes32 root = _anchorFirst(leaves, m);
        bytes32 firstRecord = _contract.records(_id, 1);
        CHEATS.warp(block.timestamp + later);
        _contract.anchor(_id, 1, uint64(m), root, new bytes32[](0));
        _requireHead(1, m, block.timestamp, root);
        require(_contract.records(_id, 1) == firstRecord && _contract.records(_id, 2) == 0, "a record was touched");
    }

    // ------------------------------------------------------------- refused

    /// @dev An old entry that was changed makes the new tree's own proof worthless.
    function testFuzz_rewrittenHistory(uint256 m, uint256 n, bytes32 seed, uint256 index) public {
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        _anchorFirst(leaves, m);
        leaves[index % m] ^= bytes32(uint256(1));
        bytes32[] memory proof = Rfc9162.consistency(leaves, m, n);
        _refused(SceauLedger.NotAnExtension.selector, address(this), 1, n, Rfc9162.root(leaves, 0, n), proof);
    }

    /// @dev Every bit of every node of a proof counts.
    function testFuzz_damagedNode(uint256 m, uint256 n, bytes32 seed, uint256 index, uint8 bit) public {
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        _anchorFirst(leaves, m);
        bytes32[] memory proof = Rfc9162.consistency(leaves, m, n);
        proof[index % proof.length] ^= bytes32(uint256(1) << bit);
        _refused(SceauLedger.NotAnExtension.selector, address(this), 1, n, Rfc9162.root(leaves, 0, n), proof);
    }

    /// @dev A proof with its last node missing, or with one node more, is refused.
    function testFuzz_proofOfAnotherLength(uint256 m, uint256 n, bytes32 seed) public {
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        _anchorFirst(leaves, m);
        bytes32 root = Rfc9162.root(leaves, 0, n);
        bytes32[] memory proof = Rfc9162.consistency(leaves, m, n);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        for (uint256 i; i < proof.length; ++i) {
            if (i < shorter.length) shorter[i] = proof[i];
            longer[i] = proof[i];
        }
        longer[proof.length] = seed;
        _refused(SceauLedger.ProofTooShort.selector, address(this), 1, n, root, shorter);
        _refused(SceauLedger.ProofTooLong.selector, address(this), 1, n, root, longer);
    }

    /// @dev A smaller log is refused: the honest one, the same root without proof, and the same root with the nodes
    /// that rebuild it.
    function testFuzz_shrinking(uint256 m, uint256 n, bytes32 seed) public {
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        bytes32 root = _anchorFirst(leaves, n);
        bytes4 shrinks = SceauLedger.LogShrinks.selector;
        _refused(shrinks, address(this), 1, m, Rfc9162.root(leaves, 0, m), new bytes32[](0));
        _refused(shrinks, address(this), 1, m, Rfc9162.root(leaves, 0, m), Rfc9162.consistency(leaves, m, n));
        _refused(shrinks, address(this), 1, m, root, new bytes32[](0));
        _refused(shrinks, address(this), 1, m, root, Rfc9162.shrinkingProof(leaves, n));
        _refused(shrinks, address(this), 1, n - 1, root, Rfc9162.shrinkingProof(leaves, n));
    }

    /// @dev The same size with another root, or with any proof, is refused.
    function testFuzz_sameSizeOtherRoot(uint256 m, bytes32 seed, bytes32 other) public {
        (m,) = _sizes(m, 0);
        bytes32[] memory leaves = _leaves(seed, m);
        bytes32 root = _anchorFirst(leaves, m);
        if (other != root) {
            _refused(SceauLedger.RootChanged.selector, address(this), 1, m, other, new bytes32[](0));
        }
        _refused(SceauLedger.ProofNotEmpty.selector, address(this), 1, m, root, new bytes32[](1));
    }

    /// @dev Only the head's own sequence is accepted, so that what was sent twice acts once.
    function testFuzz_otherSequence(uint256 m, uint256 n, bytes32 seed, uint64 expected) public {
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        _anchorFirst(leaves, m);
        if (expected == 1) expected = 2;
        bytes32 root = Rfc9162.root(leaves, 0, n);
        bytes32[] memory proof = Rfc9162.consistency(leaves, m, n);
        _refused(SceauLedger.WrongSequence.selector, address(this), expected, n, root, proof);
    }

    /// @dev Nobody but the anchorer anchors, and nobody at all in a frozen ledger.
    function testFuzz_strangerAndFrozen(uint256 m, uint256 n, bytes32 seed, address stranger) public {
        if (stranger == address(this)) stranger = address(1);
        (m, n) = _sizes(m, n);
        bytes32[] memory leaves = _leaves(seed, n);
        bytes32 oldRoot = _anchorFirst(leaves, m);
        bytes32 root = Rfc9162.root(leaves, 0, n);
        bytes32[] memory proof = Rfc9162.consistency(leaves, m, n);
        _refused(SceauLedger.NotAnchorer.selector, stranger, 1, n, root, proof);
        _contract.freeze(_id);
        _refused(SceauLedger.LedgerIsFrozen.selector, address(this), 1, n, root, proof);
        _refused(SceauLedger.LedgerIsFrozen.selector, address(this), 1, m, oldRoot, new bytes32[](0));
    }

    /// @dev Before the first anchor there is nothing that a heartbeat could confirm.
    function testFuzz_heartbeatOfNothing(bytes32 root) public {
        _refused(SceauLedger.SizeOutOfRange.selector, address(this), 0, 0, root, new bytes32[](0));
        _refused(SceauLedger.SizeOutOfRange.selector, address(this), 0, 0, 0, new bytes32[](0));
    }

    /// @dev A first anchor has at least one entry, at most 2^40, and no proof.
    function testFuzz_firstAnchor(uint64 size, bytes32 root) public {
        if (size == 0 || size > 1 << 40) {
            _refused(SceauLedger.SizeOutOfRange.selector, address(this), 0, size, root, new bytes32[](0));
        } else {
            _refused(SceauLedger.ProofNotEmpty.selector, address(this), 0, size, root, new bytes32[](1));
            _contract.anchor(_id, 0, size, root, new bytes32[](0));
            _requireHead(1, size, block.timestamp, root);
        }
    }

    // ---------------------------------------------------------------- parts

    /// @dev 0 < m < n ≤ LARGEST.
    function _sizes(uint256 m, uint256 n) private pure returns (uint256, uint256) {
        m = 1 + m % (LARGEST - 1);
        return (m, m + 1 + n % (LARGEST - m));
    }

    function _leaves(bytes32 seed, uint256 n) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](n);
        for (uint256 i; i < n; ++i) leaves[i] = keccak256(abi.encode(seed, i));
    }

    function _anchorFirst(bytes32[] memory leaves, uint256 size) private returns (bytes32 root) {
        root = Rfc9162.root(leaves, 0, size);
        _contract.anchor(_id, 0, uint64(size), root, new bytes32[](0));
    }

    function _requireHead(uint64 sequence, uint256 size, uint256 time, bytes32 root) private view {
        (address owner,, address anchorer, uint64 age, bool frozen, bytes32 key, uint64 s, uint64 n, uint64 t, bytes32 r) =
            _contract.ledgers(_id);
        require(s == sequence && n == size && t == time && r == root, "head");
        require(owner == address(this) && anchorer == address(this), "parties");
        require(age == 1 days && !frozen && key == "first key", "terms");
    }

    function _refused(
        bytes4 why,
        address sender,
        uint64 expected,
        uint256 size,
        bytes32 root,
        bytes32[] memory proof
    ) private {
        CHEATS.prank(sender);
        (bool accepted, bytes memory answer) =
            address(_contract).call(abi.encodeCall(SceauLedger.anchor, (_id, expected, uint64(size), root, proof)));
        require(!accepted, "accepted what must be refused");
        require(bytes4(answer) == why, "refused for another reason");
    }
}
