// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SceauLedger} from "../SceauLedger.sol";
import {CHEATS, Rfc9162} from "./Rfc9162.t.sol";

/// @dev An anchorer that works honestly and then tries everything its key allows: to shrink, to fork, to replay,
/// to change one root for another. It keeps its own copy of the log and of every checkpoint.
contract Anchorer {
    uint256 public constant LARGEST = 80;

    SceauLedger public immutable target;
    bytes32 public immutable id;

    bytes32[] private _log;
    bytes32[] public kept; // record digests as first seen; index 0 is sequence 1
    uint256 public size;
    uint256 public time;
    bytes32 public root;
    string public breach;

    constructor() {
        target = new SceauLedger();
        id = target.open("salt", address(this), 1 days, "first key");
    }

    function grow(uint8 by, bytes32 seed) external {
        uint256 n = size + 1 + by % 9;
        if (n > LARGEST) return;
        for (uint256 i = size; i < n; ++i) _log.push(keccak256(abi.encode(seed, i)));
        bytes32[] memory leaves = _log;
        bytes32 newRoot = Rfc9162.root(leaves, 0, n);
        bytes32[] memory proof = size == 0 ? new bytes32[](0) : Rfc9162.consistency(leaves, size, n);
        target.anchor(id, uint64(kept.length), uint64(n), newRoot, proof);
        (size, root, time) = (n, newRoot, block.timestamp);
        kept.push(keccak256(abi.encode(id, kept.length + 1, n, newRoot, block.timestamp)));
    }

    function heartbeat(uint16 later) external {
        if (size == 0) return;
        CHEATS.warp(block.timestamp + later);
        target.anchor(id, uint64(kept.length), uint64(size), root, new bytes32[](0));
        time = block.timestamp;
    }

    function shrink(uint256 to) external {
        if (size < 2) return;
        bytes32[] memory leaves = _log;
        uint256 n = 1 + to % (size - 1);
        bytes32[] memory rebuilt = Rfc9162.shrinkingProof(leaves, size);
        _attack("shrank to an old root", kept.length, n, Rfc9162.root(leaves, 0, n), new bytes32[](0));
        _attack("shrank under the same root", kept.length, n, root, rebuilt);
        _attack("shrank by one under the same root", kept.length, size - 1, root, rebuilt);
    }

    function fork(uint256 index, uint8 by) external {
        if (size == 0) return;
        uint256 n = size + 1 + by % 9;
        bytes32[] memory leaves = new bytes32[](n);
        for (uint256 i; i < n; ++i) leaves[i] = i < size ? _log[i] : keccak256(abi.encode("fork", i));
        leaves[index % size] ^= bytes32(uint256(1));
        bytes32 forked = Rfc9162.root(leaves, 0, n);
        _attack("forked with the fork's own proof", kept.length, n, forked, Rfc9162.consistency(leaves, size, n));
        _attack("forked without proof", kept.length, n, forked, new bytes32[](0));
    }

    function swapRoot(bytes32 other) external {
        if (size == 0 || other == root) return;
        _attack("replaced the root at the same size", kept.length, size, other, new bytes32[](0));
    }

    function replay(uint64 expected, uint8 by) external {
        if (expected == kept.length) return;
        uint256 n = size + 1 + by % 9;
        _attack("acted on another sequence", expected, n, keccak256("any"), new bytes32[](0));
        _attack("beat on another sequence", expected, size, root, new bytes32[](0));
    }

    function _attack(string memory what, uint256 expected, uint256 n, bytes32 newRoot, bytes32[] memory proof) private {
        (bool accepted,) = address(target).call(
            abi.encodeCall(SceauLedger.anchor, (id, uint64(expected), uint64(n), newRoot, proof))
        );
        if (accepted) breach = what;
    }

    function records() external view returns (uint256) {
        return kept.length;
    }
}

contract SceauLedgerInvariant {
    Anchorer private _anchorer;

    function setUp() public {
        _anchorer = new Anchorer();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_anchorer);
    }

    /// @dev After any sequence of actions the head is the last honest checkpoint.
    function invariant_headIsTheLastHonestCheckpoint() external view {
        (,,,,,, uint64 sequence, uint64 size, uint64 time, bytes32 root) =
            _anchorer.target().ledgers(_anchorer.id());
        require(bytes(_anchorer.breach()).length == 0, _anchorer.breach());
        require(sequence == _anchorer.records(), "sequence");
        require(size == _anchorer.size(), "size");
        require(time == _anchorer.time(), "time");
        require(root == _anchorer.root(), "root");
    }

    /// @dev No record ever changes, and none exists beyond the head.
    function invariant_recordsAreKeptForGood() external view {
        uint256 count = _anchorer.records();
        for (uint64 i; i < count; ++i) {
            require(_anchorer.target().records(_anchorer.id(), i + 1) == _anchorer.kept(i), "a record changed");
        }
        require(_anchorer.target().records(_anchorer.id(), 0) == 0, "a record at sequence 0");
        require(_anchorer.target().records(_anchorer.id(), uint64(count + 1)) == 0, "a record beyond the head");
    }
}
