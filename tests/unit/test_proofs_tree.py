"""Proofs read out of stored levels are those of RFC 6962, for every pair of sizes; nothing else verifies."""

from __future__ import annotations

import pytest

from evidence_store.merkle import (
    EMPTY_ROOT,
    consistency_path,
    inclusion_path,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from evidence_store.proofs.tree import LevelTree

COUNT = 70
LEAVES = [leaf_hash(b"%d" % number) for number in range(COUNT)]
ROOTS = [tree_root(LEAVES[:size]) for size in range(COUNT + 1)]
TREE = LevelTree(LEAVES)


def test_roots_of_all_sizes() -> None:
    assert [TREE.root(size) for size in range(COUNT + 1)] == ROOTS
    assert TREE.root() == ROOTS[-1]
    assert (LevelTree().size, LevelTree().root()) == (0, EMPTY_ROOT)


def test_every_inclusion_path_is_that_of_the_definition_and_verifies_for_its_leaf_and_place_only() -> None:
    for size in range(1, COUNT + 1):
        for index in range(size):
            path = TREE.inclusion(index, size)
            assert path == inclusion_path(index, LEAVES[:size])
            assert verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
            assert not verify_inclusion(LEAVES[index], index, size, path, ROOTS[size - 1])
            assert not verify_inclusion(LEAVES[index - 1], index, size, path, ROOTS[size]) or size == 1
            for other in {index - 1, index + 1, index ^ 1, size - 1} - {index}:
                assert not verify_inclusion(LEAVES[index], other, size, path, ROOTS[size])


def test_every_consistency_path_is_that_of_the_definition_and_verifies_for_its_roots_only() -> None:
    for new in range(1, COUNT + 1):
        for old in range(1, new + 1):
            path = TREE.consistency(old, new)
            assert path == consistency_path(old, LEAVES[:new])
            assert verify_consistency(old, new, path, ROOTS[old], ROOTS[new])
            assert not verify_consistency(old, new, path, ROOTS[old - 1], ROOTS[new])
            assert not verify_consistency(old, new, path, ROOTS[old], ROOTS[new - 1])
            if path:
                assert not verify_consistency(old, new, path[:-1], ROOTS[old], ROOTS[new])


def test_a_proof_of_a_large_tree_has_as_many_hashes_as_the_tree_is_high() -> None:
    tree = LevelTree(LEAVES[number % COUNT] for number in range(20_000))
    path = tree.inclusion(12_345, 20_000)
    assert len(path) == 15
    assert verify_inclusion(LEAVES[12_345 % COUNT], 12_345, 20_000, path, tree.root())


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0), (0, COUNT + 1)])
def test_inclusion_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        TREE.inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3), (1, COUNT + 1)])
def test_consistency_outside_the_tree_is_refused(old: int, new: int) -> None:
    with pytest.raises(IndexError):
        TREE.consistency(old, new)
