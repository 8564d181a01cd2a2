"""The RFC 6962 Merkle tree with SHA-256: pure rules, no I/O (FORMAT.md section 5).

Source: RFC 6962 section 2.1 (tree hash, audit path, consistency proof); verification as in RFC 9162 section 2.1.3.2
and 2.1.4.2. Hashes are 32 bytes, indexes count from 0, sizes count leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence_store.errors import Malformed
from evidence_store.hashing import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256()


def leaf_hash(content: bytes) -> bytes:
    """SHA-256(0x00 || content)."""
    return sha256(b"\x00", content)


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01", left, right)


class CompactRange:
    """The right edge of a growing tree: enough to append and to give the root, in O(log n) memory.

    `frontier` are the roots of the complete subtrees, largest first; there are as many as `size` has bits set.
    Not safe for use by several threads at once.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        if size < 0 or size.bit_count() != len(frontier) or any(len(item) != HASH_SIZE for item in frontier):
            raise Malformed(
                "a tree's frontier holds one 32-byte hash per bit set in its size",
                expected=f"{size.bit_count()} hashes for size {size}",
                got=f"{len(frontier)} hashes of {sorted({len(item) for item in frontier})} bytes",
                next_step="livewitness verify STORE",
            )
        self._size = size
        self._hashes = list(frontier)

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        node = leaf
        size = self._size
        while size & 1:  # a complete subtree of this height stands to the left: join them
            node = node_hash(self._hashes.pop(), node)
            size >>= 1
        self._hashes.append(node)
        self._size += 1

    def root(self) -> bytes:
        """The tree hash at the present size."""
        if not self._hashes:
            return EMPTY_ROOT
        node = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            node = node_hash(left, node)
        return node

    def frontier(self) -> bytes:
        """The frontier as it is stored beside a checkpoint: hashes joined, largest subtree first."""
        return b"".join(self._hashes)

    def copy(self) -> CompactRange:
        made = CompactRange()
        made._size, made._hashes = self._size, self._hashes.copy()
        return made

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> CompactRange:
        """Undo `frontier()`. Raises Malformed when the bytes do not fit the size."""
        pieces = [stored[at : at + HASH_SIZE] for at in range(0, len(stored), HASH_SIZE)]
        return cls(size, pieces)


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The tree hash over leaf hashes."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The audit path of leaf `index`, lowest sibling first. Raises IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    at = _split(len(leaves))
    if index < at:
        return [*inclusion_path(index, leaves[:at]), tree_root(leaves[at:])]
    return [*inclusion_path(index - at, leaves[at:]), tree_root(leaves[:at])]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from the leaf hash at `index` to `root` in a tree of `size` leaves."""
    if not 0 <= index < size:
        return False
    node, fn, sn = leaf, index, size - 1
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = node_hash(sibling, node)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            node = node_hash(node, sibling)
        fn >>= 1
        sn >>= 1
    return sn == 0 and node == root


def consistency_path(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof that the tree of the first `old` leaves is a prefix of the tree of all; 0 < old <= len(leaves)."""
    if not 0 < old <= len(leaves):
        raise IndexError(f"old size {old} of a tree of {len(leaves)}")
    return _subproof(old, leaves, complete=True)


def _subproof(old: int, leaves: Sequence[bytes], *, complete: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if complete else [tree_root(leaves)]
    at = _split(len(leaves))
    if old <= at:
        return [*_subproof(old, leaves[:at], complete=complete), tree_root(leaves[at:])]
    return [*_subproof(old - at, leaves[at:], complete=False), tree_root(leaves[:at])]


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `path` proves that the tree (old, old_root) is a prefix of (new, new_root); 0 < old <= new."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    proof = list(path)
    if old & (old - 1) == 0:  # the old tree is one complete subtree of the new one: its root starts the proof
        proof.insert(0, old_root)
    if not proof:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    old_node = new_node = proof[0]
    for sibling in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_node = node_hash(sibling, old_node)
            new_node = node_hash(sibling, new_node)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            new_node = node_hash(new_node, sibling)
        fn >>= 1
        sn >>= 1
    return sn == 0 and old_node == old_root and new_node == new_root
