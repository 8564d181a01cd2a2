"""A log's tree with the hash of every complete subtree kept, so that each proof takes O(log n) (FORMAT.md section 5).

`merkle.inclusion_path` recomputes the whole tree for one path; here the tree is built once, 64 bytes for each leaf,
and any number of paths, at any size up to the present one, are read out of it. Pure, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable

from evidence_store.merkle import EMPTY_ROOT, HASH_SIZE, node_hash


class LevelTree:
    """A growing tree. `levels[k]` are the roots of the complete subtrees of 2^k leaves, joined, left to right.

    Not safe for use by several threads while it grows.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """`leaves` are leaf hashes, 32 bytes each."""
        self._levels = [bytearray()]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._levels[0]) // HASH_SIZE

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        node, height = leaf, 0
        self._levels[0] += node
        while len(self._levels[height]) // HASH_SIZE % 2 == 0:  # a pair is complete: so is the subtree above it
            node = node_hash(bytes(self._levels[height][-2 * HASH_SIZE : -HASH_SIZE]), node)
            height += 1
            if height == len(self._levels):
                self._levels.append(bytearray())
            self._levels[height] += node

    def root(self, size: int | None = None) -> bytes:
        """The tree hash over the first `size` leaves (all when None). Raises IndexError beyond the tree."""
        end = self.size if size is None else self._within(size)
        return self._range(0, end) if end else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of leaf `index` in the tree of the first `size` leaves, the leaf's sibling first.

        Raises IndexError outside the tree.
        """
        if not 0 <= index < self._within(size):
            raise IndexError(f"leaf {index} of a tree of {size}")
        path, start, end = [], 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `old` leaves are a prefix of the first `new`; 0 < old <= new.

        Raises IndexError outside the tree.
        """
        if not 0 < old <= self._within(new):
            raise IndexError(f"old size {old} of a tree of {new}")
        path, start, end, complete = [], 0, new, True
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(self._range(middle, end))
                end = middle
            else:
                path.append(self._range(start, middle))
                start, complete = middle, False
        if not complete:
            path.append(self._range(start, end))
        return path[::-1]

    def _within(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise IndexError(f"size {size} of a tree of {self.size}")
        return size

    def _range(self, start: int, end: int) -> bytes:
        """The hash over leaves [start, end), which is a subtree of RFC 6962: complete, or at the right edge."""
        pieces = []
        while start < end:  # its complete subtrees, largest first
            height = (end - start).bit_length() - 1
            at = (start >> height) * HASH_SIZE
            pieces.append(bytes(self._levels[height][at : at + HASH_SIZE]))
            start += 1 << height
        node = pieces.pop()
        while pieces:
            node = node_hash(pieces.pop(), node)
        return node


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)
