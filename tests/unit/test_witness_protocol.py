"""The witness's rules, status by status, on the requests that FiloSottile/torchwood publishes and on hostile ones."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.anchors.witness_protocol import (
    NOTHING_YET,
    REQUEST_LIMIT,
    Head,
    Refusal,
    Submission,
    admit,
    judge,
    known_logs,
    read_submission,
    write_submission,
)
from evidence_store.checkpoint import Checkpoint, SigningKey, VerifierKey
from evidence_store.errors import Malformed
from evidence_store.merkle import EMPTY_ROOT, consistency_path, leaf_hash, tree_root

# The log of github.com/FiloSottile/torchwood, internal/witness/witness_test.go: its public key and three checkpoints.
ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
PUBLISHED = VerifierKey(ORIGIN, bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"))
SIZE_1 = f"""{ORIGIN}
1
KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

— {ORIGIN} UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=
"""
SIZE_3 = f"""{ORIGIN}
3
RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=

— {ORIGIN} UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=
"""
SIZE_5 = f"""{ORIGIN}
5
QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=

— {ORIGIN} UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=
"""
ONE_TO_THREE = "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nKgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
ONE_TO_FIVE = (
    "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=\n"
    "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
)
ROOT_5 = bytes.fromhex("42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36")

LOG = SigningKey("livewitness/register/x", Ed25519PrivateKey.from_private_bytes(bytes(32)))
LEAVES = [leaf_hash(bytes([n])) for n in range(40)]
OTHER = [leaf_hash(bytes([n, 1])) for n in range(40)]


def note(size: int, leaves: list[bytes] = LEAVES, key: SigningKey = LOG) -> bytes:
    return key.sign_note(Checkpoint(LOG.name, size, tree_root(leaves[:size])).text())


def path(old: int, new: int, leaves: list[bytes] = LEAVES) -> list[bytes]:
    return consistency_path(old, leaves[:new]) if 0 < old <= new else []


def head(size: int) -> Head:
    return Head(size, tree_root(LEAVES[:size]))


def answer(body: bytes | str, known: Head = NOTHING_YET, key: VerifierKey = LOG.verifier) -> Head | tuple[int, str]:
    raw = body.encode() if isinstance(body, str) else body
    verdict: Head | Submission | Refusal = admit(raw, known_logs([key]))
    if isinstance(verdict, Submission):
        verdict = judge(verdict, known)
    return (verdict.status, verdict.body) if isinstance(verdict, Refusal) else verdict


def status(body: bytes | str, known: Head = NOTHING_YET, key: VerifierKey = LOG.verifier) -> int:
    verdict = answer(body, known, key)
    return 200 if isinstance(verdict, Head) else verdict[0]


def test_the_published_requests_get_the_published_answers() -> None:
    one = answer(f"old 0\n\n{SIZE_1}", key=PUBLISHED)
    assert isinstance(one, Head)
    assert one.size == 1
    three = answer(f"old 1\n{ONE_TO_THREE}\n{SIZE_3}", one, PUBLISHED)
    five = answer(f"old 1\n{ONE_TO_FIVE}\n{SIZE_5}", one, PUBLISHED)
    assert isinstance(three, Head)
    assert five == Head(5, ROOT_5)
    # From the size that another request has overtaken: told the size that is known.
    assert answer(f"old 1\n{ONE_TO_THREE}\n{SIZE_3}", Head(5, ROOT_5), PUBLISHED) == (409, "5\n")
    # No proof, a changed proof, a changed signature.
    assert status(f"old 1\n\n{SIZE_3}", one, PUBLISHED) == 422
    assert status(f"old 1\n{ONE_TO_THREE.replace('KgI', 'KgM')}\n{SIZE_3}", one, PUBLISHED) == 422
    assert status(f"old 1\n{ONE_TO_THREE}\n{SIZE_3.replace('6go=', '6gs=')}", one, PUBLISHED) == 403


@pytest.mark.parametrize("old", range(21))
def test_each_growth_is_accepted_with_its_proof_and_no_other(old: int) -> None:
    for new in range(max(old, 1), 21):
        proof = path(old, new)
        assert answer(write_submission(old, proof, note(new)), head(old)) == head(new)
        assert status(write_submission(old, [*proof, LEAVES[0]], note(new)), head(old)) == 422
        for at in range(len(proof)):
            less = proof[:at] + proof[at + 1 :]
            assert status(write_submission(old, less, note(new)), head(old)) == 422


def test_another_size_than_the_one_known_is_told_and_comes_before_the_proof() -> None:
    for old in (0, 3, 9):
        assert answer(write_submission(old, path(old, 9), note(9)), head(5)) == (409, "5\n")


def test_an_old_size_over_the_checkpoints_is_a_bad_request() -> None:
    assert status(write_submission(9, [], note(5)), head(9)) == 400
    assert status(write_submission(9, [], note(5)), head(5)) == 400


def test_a_fork_of_the_same_size_is_a_conflict_and_of_a_larger_one_does_not_verify() -> None:
    assert answer(write_submission(5, [], note(5, OTHER)), head(5)) == (409, "5\n")
    assert status(write_submission(5, path(5, 9, OTHER), note(9, OTHER)), head(5)) == 422


def test_the_same_checkpoint_again_is_cosigned_again() -> None:
    assert answer(write_submission(5, [], note(5)), head(5)) == head(5)
    assert status(write_submission(5, [LEAVES[0]], note(5)), head(5)) == 422


def test_an_empty_log_is_cosigned_with_the_empty_root_only() -> None:
    assert answer(write_submission(0, [], note(0))) == NOTHING_YET == Head(0, EMPTY_ROOT)
    assert status(write_submission(0, [LEAVES[0]], note(0))) == 422
    false = LOG.sign_note(Checkpoint(LOG.name, 0, LEAVES[0]).text())
    assert answer(write_submission(0, [], false)) == (409, "0\n")
    # The proof of a first checkpoint must be empty.
    assert status(write_submission(0, [LEAVES[0]], note(1))) == 422


def test_unknown_logs_and_foreign_keys_are_told_apart_and_get_nowhere() -> None:
    stranger = SigningKey(LOG.name, Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
    assert status(write_submission(0, [], note(5)), key=PUBLISHED) == 404
    assert status(write_submission(0, [], note(5, key=stranger))) == 403
    # A line by another key may stand beside the log's own.
    both = note(5) + note(5, key=stranger).rpartition(b"\n\n")[2]
    assert answer(write_submission(0, [], both)) == head(5)


def test_a_log_with_a_rotated_key_may_sign_with_either() -> None:
    later = SigningKey(LOG.name, Ed25519PrivateKey.from_private_bytes(bytes([2] * 32)))
    logs = known_logs([LOG.verifier, later.verifier, LOG.verifier])
    assert len(logs[LOG.name]) == 2
    for key in (LOG, later):
        assert isinstance(admit(write_submission(0, [], note(5, key=key)), logs), Submission)


def test_lines_after_the_root_do_not_hinder() -> None:
    text = f"{Checkpoint(LOG.name, 5, tree_root(LEAVES[:5])).text()}extension\n"
    assert answer(write_submission(0, [], LOG.sign_note(text))) == head(5)


HASH_LINE = b"KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
GOOD = note(5)
HOSTILE = {
    "empty": b"",
    "only a size": b"old 0\n",
    "no empty line": b"old 0\n" + GOOD,
    "no size line": b"\n" + GOOD,
    "leading zero": b"old 00\n\n" + GOOD,
    "negative": b"old -1\n\n" + GOOD,
    "plus": b"old +1\n\n" + GOOD,
    "two spaces": b"old  0\n\n" + GOOD,
    "other digits": "old ٣\n\n".encode() + GOOD,
    "too long a size": b"old " + b"9" * 20 + b"\n\n" + GOOD,
    "size over 63 bits": b"old 9999999999999999999\n\n" + GOOD,
    "a tree over 63 bits": b"old 0\n\n" + LOG.sign_note(f"{LOG.name}\n9999999999999999999\n{HASH_LINE.decode()}"),
    "CRLF": (b"old 0\n\n" + GOOD).replace(b"\n", b"\r\n"),
    "CRLF in the preface": b"old 0\r\n\n" + GOOD,
    "64 lines": b"old 1\n" + HASH_LINE * 64 + b"\n" + GOOD,
    "short hash": b"old 1\nKgE=\n\n" + GOOD,
    "bad base64": b"old 1\n!!!!\n\n" + GOOD,
    "base64 in another spelling": b"old 1\n" + HASH_LINE.replace(b"AA=", b"AB=") + b"\n" + GOOD,
    "url base64": b"old 1\n" + HASH_LINE.replace(b"Kg", b"-_") + b"\n" + GOOD,
    "unsigned": b"old 0\n\n" + GOOD.rpartition(b"\n\n")[0] + b"\n\n",
    "no last line end": b"old 0\n\n" + GOOD[:-1],
    "binary": bytes(range(256)) * 4,
    "zeros": bytes(1000),
    "not UTF-8": b"old 0\n\n" + GOOD.replace(b"register", b"regi\xffter"),
    "101 signatures": b"old 0\n\n" + GOOD + GOOD.rpartition(b"\n\n")[2] * 100,
    "no root": b"old 0\n\n" + LOG.sign_note(f"{LOG.name}\n5\n"),
    "huge": b"old 0\n\n" + b"a" * REQUEST_LIMIT,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_request_is_a_bad_request(body: bytes) -> None:
    verdict = admit(body, known_logs([LOG.verifier]))
    assert isinstance(verdict, Refusal)
    assert verdict.status == 400
    assert len(verdict.body) < 400


def test_the_longest_proof_is_read() -> None:
    assert len(read_submission(b"old 1\n" + HASH_LINE * 63 + b"\n" + GOOD).proof) == 63


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_what_is_written_is_read_back(old: int, proof: list[bytes]) -> None:
    read = read_submission(write_submission(old, proof, GOOD))
    assert (read.old, list(read.proof), read.head) == (old, proof, head(5))


@given(st.binary(max_size=200), st.integers(0, 10))
def test_no_bytes_make_reading_fail_otherwise(noise: bytes, at: int) -> None:
    whole = b"old 0\n\n" + GOOD
    cut = at * len(whole) // 10
    try:
        read_submission(whole[:cut] + noise + whole[cut:])
    except Malformed:
        return
