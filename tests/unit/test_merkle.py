"""The tree against the roots that RFC 6962 implementations publish, and proofs for every pair of sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.errors import Malformed
from evidence_store.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots of the reference implementation of Certificate Transparency (merkle_tree_test).
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(b"%d" % number) for number in range(34)]


def test_empty_tree_is_sha256_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_published_roots() -> None:
    tree = CompactRange()
    for content, root in zip(INPUTS, ROOTS, strict=True):
        tree.append(leaf_hash(content))
        assert tree.root().hex() == root


def test_frontier_can_be_stored_and_continued_at_every_size() -> None:
    for size in range(len(LEAVES)):
        tree = CompactRange()
        for leaf in LEAVES[:size]:
            tree.append(leaf)
        again = CompactRange.from_bytes(size, tree.frontier())
        for leaf in LEAVES[size:]:
            again.append(leaf)
        assert again.root() == tree_root(LEAVES)


@pytest.mark.parametrize(("size", "length"), [(3, 32), (3, 96), (0, 32), (1, 31)])
def test_frontier_that_does_not_fit_its_size_is_refused(size: int, length: int) -> None:
    with pytest.raises(Malformed, match="one 32-byte hash per bit"):
        CompactRange.from_bytes(size, bytes(length))


def test_every_inclusion_proof_verifies_and_no_other_leaf_or_place_does() -> None:
    for size in range(1, len(LEAVES)):
        root = tree_root(LEAVES[:size])
        for index in range(size):
            path = inclusion_path(index, LEAVES[:size])
            assert verify_inclusion(LEAVES[index], index, size, path, root)
            assert not verify_inclusion(LEAVES[-1], index, size, path, root)
            assert not verify_inclusion(LEAVES[index], index, size, [*path, root], root)
            if path:
                assert not verify_inclusion(LEAVES[index], index, size, path[:-1], root)
            for other in range(size):
                if other != index:
                    assert not verify_inclusion(LEAVES[index], other, size, path, root)
    assert not verify_inclusion(LEAVES[0], 1, 1, [], LEAVES[0])


def test_every_consistency_proof_verifies_and_no_other_root_does() -> None:
    for new in range(1, len(LEAVES)):
        new_root = tree_root(LEAVES[:new])
        for old in range(1, new + 1):
            old_root = tree_root(LEAVES[:old])
            path = consistency_path(old, LEAVES[:new])
            assert verify_consistency(old, new, path, old_root, new_root)
            assert not verify_consistency(old, new, path, EMPTY_ROOT, new_root)
            assert not verify_consistency(old, new, path, old_root, EMPTY_ROOT)
            assert not verify_consistency(old, new, [*path, EMPTY_ROOT], old_root, new_root)
    assert not verify_consistency(0, 1, [], EMPTY_ROOT, LEAVES[0])
    assert not verify_consistency(3, 5, [], EMPTY_ROOT, LEAVES[0])


def test_proofs_outside_the_tree_are_refused() -> None:
    with pytest.raises(IndexError):
        inclusion_path(3, LEAVES[:3])
    with pytest.raises(IndexError):
        consistency_path(4, LEAVES[:3])


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=40, unique=True))
def test_any_two_leaves_swapped_give_another_root(contents: list[bytes]) -> None:
    leaves = [leaf_hash(content) for content in contents]
    swapped = [leaves[1], leaves[0], *leaves[2:]]
    assert tree_root(leaves) != tree_root(swapped)
