"""The rules of a witness: what an add-checkpoint request is, and what the answer to one must be. Pure.

Source: c2sp.org/tlog-witness. A request is judged in two steps, so that nobody without a log's key gets as far as the
witness's state: `admit` looks at the request alone (form, origin, signature), `judge` compares it with the last tree
head that was cosigned for that log. Whoever calls `judge` keeps what it read and what it writes in one transaction:
else a slow request could put an older head over a newer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidence_store.anchors.cosignature import read_tree_head
from evidence_store.checkpoint import Checkpoint, Note, VerifierKey, parse_note
from evidence_store.errors import Malformed
from evidence_store.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from evidence_store.note_lines import malformed, read_base64, write_base64

REQUEST_LIMIT = 256 << 10
"""Bytes of a request: 63 hashes and a note with dozens of signatures, post-quantum ones among them, fit in it."""
PROOF_LIMIT = 63
SIZE_LIMIT = 2**63 - 1
TEXT_TYPE = "text/plain; charset=utf-8"
SIZE_TYPE = "text/x.tlog.size"

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Head:
    """The last tree head that was cosigned for a log."""

    size: int
    root: bytes


NOTHING_YET = Head(0, EMPTY_ROOT)
"""Where a log stands for a witness that never cosigned for it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An add-checkpoint request: the size to start from, the consistency proof (32 bytes each), the signed note.

    `raw` is the note's bytes as received, `note` and `checkpoint` are what they say.
    """

    old: int
    proof: tuple[bytes, ...]
    raw: bytes
    note: Note
    checkpoint: Checkpoint

    @property
    def head(self) -> Head:
        return Head(self.checkpoint.size, self.checkpoint.root)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that is not cosigned. `body` ends in LF."""

    status: int
    body: str
    content_type: str = TEXT_TYPE


def known_logs(keys: Iterable[VerifierKey]) -> dict[str, tuple[VerifierKey, ...]]:
    """Keys by origin, which is the key's name. A log whose key was rotated has several keys under one name."""
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    for key in keys:
        logs[key.name] = (*(known for known in logs.get(key.name, ()) if known != key), key)
    return logs


def write_submission(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """The body of a request."""
    lines = [f"old {old}", *map(write_base64, proof), ""]
    return "".join(f"{line}\n" for line in lines).encode("ascii") + note


def read_submission(body: bytes) -> Submission:
    """Read a request's body, which may be hostile. Raises Malformed."""
    if len(body) > REQUEST_LIMIT:
        raise malformed("a request is at most 256 KiB", REQUEST_LIMIT, len(body))
    preface, gap, note = body.partition(b"\n\n")
    if not gap:
        raise malformed("an empty line stands before the checkpoint", "an empty line", "none")
    try:
        first, *hashes = preface.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise malformed("what stands before the checkpoint is ASCII", "ASCII", str(error)[:80]) from error
    if (old := _OLD.fullmatch(first)) is None:
        raise malformed("a request begins with the old size", "old <size>", repr(first[:60]))
    if len(hashes) > PROOF_LIMIT:
        raise malformed("a proof has at most 63 lines", PROOF_LIMIT, len(hashes))
    proof = tuple(read_base64(line, "a line of the proof") for line in hashes)
    if any(len(item) != HASH_SIZE for item in proof):
        raise malformed("a line of the proof is one hash", f"{HASH_SIZE} bytes", sorted({len(item) for item in proof}))
    parsed = parse_note(note)
    checkpoint = read_tree_head(parsed.text)
    if max(int(old[1]), checkpoint.size) > SIZE_LIMIT:
        raise malformed("a size is below 2^63", SIZE_LIMIT, max(int(old[1]), checkpoint.size))
    return Submission(int(old[1]), proof, note, parsed, checkpoint)


def admit(body: bytes, logs: Mapping[str, tuple[VerifierKey, ...]]) -> Submission | Refusal:
    """Whether a request has the right form, is of a log that is known here, and is signed by it."""
    try:
        submission = read_submission(body)
    except Malformed as error:
        return Refusal(400, f"{error.rule}: expected {error.expected}, got {error.got}\n")
    keys = logs.get(submission.checkpoint.origin)
    if keys is None:
        return Refusal(404, "this witness does not know the log of that origin\n")
    if not submission.note.signed_by(keys):
        return Refusal(403, "no signature by a key that this witness knows for that origin\n")
    if submission.old > submission.checkpoint.size:
        return Refusal(400, "the old size is over the checkpoint's size\n")
    return submission


def judge(submission: Submission, known: Head) -> Head | Refusal:
    """The head to keep and to cosign, or the refusal, given the head that was cosigned last."""
    new = submission.head
    if submission.old != known.size:
        return _conflict(known)
    if new.size == known.size and new.root != known.root:  # two trees of one size: the log has forked
        return _conflict(known)
    if known.size == 0:
        consistent = not submission.proof
    else:
        consistent = verify_consistency(known.size, new.size, submission.proof, known.root, new.root)
    return new if consistent else Refusal(422, "the proof does not lead from the last cosigned tree to this one\n")


def _conflict(known: Head) -> Refusal:
    return Refusal(409, f"{known.size}\n", SIZE_TYPE)
