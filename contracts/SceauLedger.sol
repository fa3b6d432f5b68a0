// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Checkpoints of verifiable invoice ledgers, each root accepted only with proof that it extends the last one.
/// @notice Anyone opens a ledger of their own. Nobody, its owner included, can replace or remove what was
/// anchored: an anchorer can only append, an owner can only choose the anchorer, stop for good, or hand over.
/// @dev Verifiers read storage by proof (EIP-1186), without calling this code: the layout of `Ledger` and the
/// slots of the two mappings are part of the protocol. What a root does not bind is its size (the same consistency
/// proof can pass for more than one), so readers take the size from the log's own last entry.
contract SceauLedger {
    // ---------------------------------------------------------------- errors

    error AlreadyOpen();
    error ZeroMaximumAge();
    error ZeroFirstKey();
    error NotOwner();
    error NotPendingOwner();
    error NotAnchorer();
    error LedgerIsFrozen();
    error WrongSequence(uint64 current);
    error SizeOutOfRange();
    error LogShrinks(uint64 current);
    error RootChanged();
    error ProofNotEmpty();
    error ProofTooShort();
    error ProofTooLong();
    error NotAnExtension();

    // ---------------------------------------------------------------- events

    event Opened(
        bytes32 indexed ledgerId, address indexed owner, address anchorer, uint64 maximumAge, bytes32 firstKey
    );
    event Anchored(bytes32 indexed ledgerId, uint64 indexed sequence, uint64 size, bytes32 root, uint64 time);
    event Heartbeat(bytes32 indexed ledgerId, uint64 indexed sequence, uint64 time);
    event AnchorerSet(bytes32 indexed ledgerId, address anchorer);
    event Frozen(bytes32 indexed ledgerId);
    event OwnershipOffered(bytes32 indexed ledgerId, address indexed owner, address indexed pendingOwner);
    event OwnershipTransferred(bytes32 indexed ledgerId, address indexed previousOwner, address indexed owner);

    // --------------------------------------------------------------- storage

    /// @dev The offsets +0 … +5 are read by verifiers. `head` is one explicit word, since the compiler would
    /// otherwise pack its parts beside an address: sequence | size << 64 | time << 128 (Unix seconds).
    struct Ledger {
        address owner; //        +0, bits 0–159
        uint64 maximumAge; //    +0, bits 160–223, seconds
        address anchorer; //     +1, bits 0–159
        bool frozen; //          +1, bit 160
        address pendingOwner; // +2
        bytes32 firstKey; //     +3, thumbprint of the first ledger key
        uint256 head; //         +4
        bytes32 root; //         +5, RFC 9162 root of the first `size` entries
    }

    /// @dev The protocol's limit on a log, far under what the arithmetic below could hold.
    uint64 private constant MAXIMUM_SIZE = 1 << 40;

    mapping(bytes32 ledgerId => Ledger) private _ledgers; // slot 0

    /// @notice keccak256(abi.encode(ledgerId, sequence, size, root, time)) of every checkpoint, kept for good.
    mapping(bytes32 ledgerId => mapping(uint64 sequence => bytes32 digest)) public records; // slot 1

    // ----------------------------------------------------------------- logic

    modifier onlyOwner(bytes32 ledgerId) {
        if (_ledgers[ledgerId].owner != msg.sender) revert NotOwner();
        _;
    }

    /// @notice The id that `owner` gets for `salt`: other people, chains and contracts get other ids.
    function ledgerIdOf(address owner, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode("sceau/ledger/1", block.chainid, address(this), owner, salt));
    }

    /// @notice Opens a ledger owned by the caller. `maximumAge` (seconds) and `firstKey` never change.
    function open(bytes32 salt, address anchorer, uint64 maximumAge, bytes32 firstKey)
        external
        returns (bytes32 ledgerId)
    {
        ledgerId = ledgerIdOf(msg.sender, salt);
        Ledger storage ledger = _ledgers[ledgerId];
        if (ledger.owner != address(0)) revert AlreadyOpen();
        if (maximumAge == 0) revert ZeroMaximumAge();
        if (firstKey == 0) revert ZeroFirstKey();
        ledger.owner = msg.sender;
        ledger.maximumAge = maximumAge;
        ledger.anchorer = anchorer;
        ledger.firstKey = firstKey;
        emit Opened(ledgerId, msg.sender, anchorer, maximumAge, firstKey);
    }

    /// @notice Records a larger log that provably extends the anchored one, or, for the same size and root,
    /// only that it still stands (a heartbeat: the head's time moves, its sequence does not).
    /// @param expectedSequence The head's sequence that the caller built on, 0 before the first anchor: a
    /// transaction that is sent twice cannot act twice.
    /// @param proof RFC 9162 §2.1.4 consistency proof; empty for the first anchor and for a heartbeat.
    function anchor(
        bytes32 ledgerId,
        uint64 expectedSequence,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external {
        Ledger storage ledger = _ledgers[ledgerId];
        if (ledger.anchorer != msg.sender) revert NotAnchorer();
        if (ledger.frozen) revert LedgerIsFrozen();

        uint256 head = ledger.head;
        uint64 sequence = uint64(head);
        uint64 size = uint64(head >> 64);
        uint64 time = uint64(block.timestamp);
        if (sequence != expectedSequence) revert WrongSequence(sequence);
        if (newSize == 0 || newSize > MAXIMUM_SIZE) revert SizeOutOfRange();
        if (newSize < size) revert LogShrinks(size);

        if (newSize == size) {
            if (newRoot != ledger.root) revert RootChanged();
            if (proof.length != 0) revert ProofNotEmpty();
            ledger.head = _head(sequence, size, time);
            emit Heartbeat(ledgerId, sequence, time);
            return;
        }
        if (size != 0) _requireExtension(size, ledger.root, newSize, newRoot, proof);
        else if (proof.length != 0) revert ProofNotEmpty();

        // Safe: every step adds at least one to a size that is at most 2^40.
        unchecked {
            ++sequence;
        }
        ledger.head = _head(sequence, newSize, time);
        ledger.root = newRoot;
        records[ledgerId][sequence] = keccak256(abi.encode(ledgerId, sequence, newSize, newRoot, time));
        emit Anchored(ledgerId, sequence, newSize, newRoot, time);
    }

    /// @notice Replaces the key that may anchor; the zero address suspends anchoring.
    function setAnchorer(bytes32 ledgerId, address anchorer) external onlyOwner(ledgerId) {
        _ledgers[ledgerId].anchorer = anchorer;
        emit AnchorerSet(ledgerId, anchorer);
    }

    /// @notice Ends the ledger: nothing is ever anchored in it again, and what was anchored stays.
    function freeze(bytes32 ledgerId) external onlyOwner(ledgerId) {
        _ledgers[ledgerId].frozen = true;
        emit Frozen(ledgerId);
    }

    /// @notice Offers the ledger to `pendingOwner`, who has it only on accepting; the zero address withdraws an offer.
    function transferOwnership(bytes32 ledgerId, address pendingOwner) external onlyOwner(ledgerId) {
        _ledgers[ledgerId].pendingOwner = pendingOwner;
        emit OwnershipOffered(ledgerId, msg.sender, pendingOwner);
    }

    /// @notice Takes over a ledger that was offered to the caller.
    function acceptOwnership(bytes32 ledgerId) external {
        Ledger storage ledger = _ledgers[ledgerId];
        if (ledger.pendingOwner != msg.sender) revert NotPendingOwner();
        emit OwnershipTransferred(ledgerId, ledger.owner, msg.sender);
        ledger.owner = msg.sender;
        ledger.pendingOwner = address(0);
    }

    /// @notice Everything stored about a ledger; all zero when it is not open.
    function ledgers(bytes32 ledgerId)
        external
        view
        returns (
            address owner,
            address pendingOwner,
            address anchorer,
            uint64 maximumAge,
            bool frozen,
            bytes32 firstKey,
            uint64 sequence,
            uint64 size,
            uint64 time,
            bytes32 root
        )
    {
        Ledger storage ledger = _ledgers[ledgerId];
        owner = ledger.owner;
        pendingOwner = ledger.pendingOwner;
        anchorer = ledger.anchorer;
        maximumAge = ledger.maximumAge;
        frozen = ledger.frozen;
        firstKey = ledger.firstKey;
        uint256 head = ledger.head;
        sequence = uint64(head);
        size = uint64(head >> 64);
        time = uint64(head >> 128);
        root = ledger.root;
    }

    function _head(uint64 sequence, uint64 size, uint64 time) private pure returns (uint256) {
        return uint256(sequence) | (uint256(size) << 64) | (uint256(time) << 128);
    }

    /// @dev RFC 9162 §2.1.4.2 for 0 < m < n, with its shifts taken at once. The old tree ends in a complete
    /// subtree of `low` leaves (the lowest set bit of m): the walk starts there, `a` being that subtree's index
    /// and `b` the index of the new tree's last one. Below the fork (a ≠ b) each level uses one node: a left
    /// sibling is in both trees, a right one only in the new tree. From there on only left siblings remain, one
    /// for each set bit. The old tree that is one complete subtree stands for its own first node.
    function _requireExtension(uint256 m, bytes32 oldRoot, uint256 n, bytes32 newRoot, bytes32[] calldata proof)
        private
        view
    {
        // Safe: 0 < m < n ≤ 2^40. So m has a lowest set bit, both divisors are at least 1, neither subtraction
        // wraps, and `next` moves on by one of at most 41 nodes, never past `end`, which the ABI decoder has found
        // to be inside the call data.
        unchecked {
            uint256 low = m & (~m + 1);
            uint256 a = (m - 1) / low;
            uint256 b = (n - 1) / low;
            uint256 next;
            assembly ("memory-safe") {
                next := proof.offset
            }
            uint256 end = next + 32 * proof.length;
            bytes32 oldHash = oldRoot;
            if (a != 0) {
                if (next == end) revert ProofTooShort();
                oldHash = _word(next);
                next += 32;
            }
            bytes32 newHash = oldHash;
            while (a != b) {
                if (next == end) revert ProofTooShort();
                bytes32 sibling = _word(next);
                next += 32;
                if (a & 1 == 1) {
                    oldHash = _node(sibling, oldHash);
                    newHash = _node(sibling, newHash);
                } else {
                    newHash = _node(newHash, sibling);
                }
                a >>= 1;
                b >>= 1;
            }
            while (a != 0) {
                if (a & 1 == 1) {
                    if (next == end) revert ProofTooShort();
                    bytes32 sibling = _word(next);
                    next += 32;
                    oldHash = _node(sibling, oldHash);
                    newHash = _node(sibling, newHash);
                }
                a >>= 1;
            }
            if (next != end) revert ProofTooLong();
            if (oldHash != oldRoot || newHash != newRoot) revert NotAnExtension();
        }
    }

    /// @dev 32 bytes of call data. Indexing `proof` would compare with its length a second time, at every node.
    function _word(uint256 position) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(position)
        }
    }

    /// @dev SHA-256(01 ‖ left ‖ right), the node hash of RFC 9162 §2.1.1.
    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        // Safe: writes only the scratch word 0x00 and the unallocated memory from the free pointer on, which
        // Solidity expects to be dirty; the precompile fails only when it runs out of gas, and that reverts.
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore8(input, 1)
            mstore(add(input, 1), left)
            mstore(add(input, 33), right)
            if iszero(staticcall(gas(), 2, input, 65, 0, 32)) { revert(0, 0) }
            hash := mload(0)
        }
    }
}
