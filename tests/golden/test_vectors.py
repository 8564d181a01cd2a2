"""Published numbers: RFC 6962 roots and proofs of the reference leaves, and verifier keys of the C2SP specifications.

Sources: the reference implementation of Certificate Transparency (merkle_tree_test), testdata/inclusion and
testdata/consistency of github.com/transparency-dev/merkle, c2sp.org/signed-note, golang.org/x/mod/sumdb/note. The
signed notes themselves are in tests/unit/test_checkpoint.py.
"""

from __future__ import annotations

import base64

import pytest

from evidence_store.checkpoint import VerifierKey
from evidence_store.hashing import sha256
from evidence_store.merkle import EMPTY_ROOT, leaf_hash, tree_root, verify_consistency, verify_inclusion
from evidence_store.proofs.tlog_proof import parse_consistency, parse_tlog_proof
from evidence_store.proofs.tree import LevelTree

LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NODES = {
    "0": "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
    "1": "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
    "2": "ApjRIpBtz8EIkstTpzmS/FufST6kybrbJ7eRtBJ6f+c=",
    "4": "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    "5": "QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg=",
    "6": "sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=",
    "01": "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
    "23": "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
    "45": "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
    "67": "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
    "0123": "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    "4567": "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
}
"""Every hash in the published proofs, by the leaves under it."""

# (leaf, size, path): testdata/inclusion/{1,2,3,4}/happy-path.json
INCLUSION = [(0, 8, "1 23 4567"), (5, 8, "4 67 0123"), (2, 3, "01"), (1, 5, "0 23 4")]
# (old, new, path): testdata/consistency/{1,2,3,4}/happy-path.json
CONSISTENCY = [(1, 8, "1 23 4567"), (6, 8, "45 67 0123"), (2, 5, "23 4"), (6, 7, "45 6 0123")]
TREE = LevelTree(LEAVES)


def published(path: str) -> list[bytes]:
    return [base64.b64decode(NODES[name]) for name in path.split()]


def test_published_roots_of_the_sizes_0_to_8() -> None:
    assert EMPTY_ROOT.hex() == ROOTS[0]
    assert [tree_root(LEAVES[:size]).hex() for size in range(9)] == ROOTS
    assert [TREE.root(size).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_published_leaf_hashes(number: int) -> None:
    assert base64.b64encode(LEAVES[number]).decode() == NODES[str(number)]


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_published_inclusion_proofs(leaf: int, size: int, path: str) -> None:
    assert TREE.inclusion(leaf, size) == published(path)
    assert verify_inclusion(LEAVES[leaf], leaf, size, published(path), bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_published_consistency_proofs(old: int, new: int, path: str) -> None:
    assert TREE.consistency(old, new) == published(path)
    roots = [bytes.fromhex(ROOTS[size]) for size in (old, new)]
    assert verify_consistency(old, new, published(path), *roots)


@pytest.mark.parametrize(
    "vkey",
    [
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ],
)
def test_published_verifier_keys_have_the_key_id_that_the_rule_gives(vkey: str) -> None:
    name, key_id, encoded = vkey.split("+", 2)
    assert sha256(name.encode(), b"\n", base64.b64decode(encoded))[:4].hex() == key_id
    assert str(VerifierKey.parse(vkey)) == vkey


# The proof of leaf 5 of 8 as a file of c2sp.org/tlog-proof, and 6 -> 8 as the body of c2sp.org/tlog-witness; the note
# is the example of c2sp.org/signed-note, since the texts before it do not depend on it.
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_published_proofs_as_files() -> None:
    inclusion = f"c2sp.org/tlog-proof@v1\nindex 5\n{NODES['4']}\n{NODES['67']}\n{NODES['0123']}\n\n{NOTE}".encode()
    proof = parse_tlog_proof(inclusion)
    assert (proof.index, list(proof.path), proof.note) == (5, published("4 67 0123"), NOTE.encode())
    consistency = f"old 6\n{NODES['45']}\n{NODES['67']}\n{NODES['0123']}\n\n{NOTE}".encode()
    growth = parse_consistency(consistency)
    assert (growth.old, list(growth.path), growth.note) == (6, published("45 67 0123"), NOTE.encode())
    assert (proof.to_bytes(), growth.to_bytes()) == (inclusion, consistency)
