"""The attacks of a drill: what a thief would do in one sentence, what it takes to see it, and how it is done.

Each is a plain function over a `Target`, returns the place that it changed, in the words of verify's report, and raises
NothingToAttackError where the store has nothing of the kind. None of them knows anything of the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evidence_store.drill import forgeries, row_attacks
from evidence_store.drill.target import NothingToAttackError, Target
from evidence_store.errors import StoreError
from evidence_store.marker import read_marker


class Needs(StrEnum):
    """What a verifier needs to see an attack."""

    NOTHING = "nothing"
    ANCHOR = "an anchor"  # a token or a cosignature in the store
    KNOWLEDGE = "outside knowledge"  # a checkpoint, a root or a witness's key that does not come out of the store


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack. `run` changes the target and returns where, as a part of what a report names.

    `aside`: what the drill itself had to bring, for the table.
    """

    name: str
    story: str
    needs: Needs
    run: Callable[[Target], str]
    aside: str = ""


def attacks_on(target: Target) -> list[Attack]:
    """Every attack, in the order of the table: first one bit of each kind of file that this store has."""
    flips = [
        Attack(f"one bit of a blob: {role}", f"changes one bit of a kept {role}", Needs.NOTHING, _flip_blob(role))
        for role in target.blobs()
    ]
    return [*_FILES, *flips, *_ROWS, *_BLOBS, _CLOCK, *_KEEPER]


def _flip_marker(target: Target) -> str:
    target.flip(target.marker)
    try:
        read_marker(target.root)
    except StoreError:
        return "store.json"
    return "register"  # another store's id: then nothing in the register is this store's


def _flip_public_key(target: Target) -> str:
    lines = target.public_key.read_bytes().splitlines(keepends=True)  # the key itself, not the words around it
    target.write(target.public_key, lines[0] + _other_letter(target, lines[1]) + b"".join(lines[2:]))
    return "register"  # a sound key, but nobody's: every signature looks false


def _other_letter(target: Target, line: bytes) -> bytes:
    at = target.random.randrange(24, 56)
    return line[:at] + (b"B" if line[at : at + 1] == b"A" else b"A") + line[at + 1 :]


def _flip_blob(role: str) -> Callable[[Target], str]:
    def flip(target: Target) -> str:
        ref = target.pick(target.blobs()[role])
        target.flip(target.blob_file(ref))
        return f"blob {ref.blake3}"

    return flip


def _remove_blob(target: Target) -> str:
    ref = target.pick(target.every_blob())
    target.blob_file(ref).unlink()
    return f"blob {ref.blake3}"


def _cut_blob(target: Target) -> str:
    ref = target.pick(target.every_blob())
    target.write(target.blob_file(ref), target.blob_file(ref).read_bytes()[:-1])
    return f"blob {ref.blake3}"


def _replace_blob(target: Target) -> str:
    ref = target.pick(target.every_blob())
    target.write(target.blob_file(ref), target.random.randbytes(ref.size))
    return f"blob {ref.blake3}"


def _swap_blobs(target: Target) -> str:
    names = {ref.blake3: ref for ref in target.every_blob()}
    if len(names) < 2:
        raise NothingToAttackError("no two blobs")
    one, other = (names[name] for name in target.random.sample(sorted(names), 2))
    first, second = (target.blob_file(ref).read_bytes() for ref in (one, other))
    target.write(target.blob_file(one), second)
    target.write(target.blob_file(other), first)
    return f"blob {one.blake3}"


def _stray_blob(target: Target) -> str:
    content = target.random.randbytes(64)
    name = target.random.randbytes(32).hex()
    folder = target.root / "blobs" / name[:2]
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return f"blobs/{name[:2]}/{name}"


def _remove_log(target: Target) -> str:
    record = target.log()
    target.log_file(record.log).unlink()
    return f"log {record.log}"


def _add_log(target: Target) -> str:
    record = target.log()
    name = target.random.randbytes(16).hex()
    target.write(target.log_file(name), target.log_file(record.log).read_bytes())
    return name


_FILES: Sequence[Attack] = (
    Attack("one bit of store.json", "makes the folder another store, or none", Needs.NOTHING, _flip_marker),
    Attack(
        "one letter of keys/store.pub", "puts a key of nobody in the store's place", Needs.NOTHING, _flip_public_key
    ),
)
_ROWS: Sequence[Attack] = tuple(
    Attack(name, story, Needs.NOTHING, run)
    for name, story, run in (
        ("one bit of a register entry", "changes what was registered", row_attacks.flip("register", "entries", "raw")),
        ("one bit of a register id", "changes an entry's id", row_attacks.flip("register", "entries", "id")),
        ("one bit of a register note", "changes a checkpoint", row_attacks.flip("register", "checkpoints", "note")),
        (
            "one bit of a register frontier",
            "changes what the next root is made of",
            row_attacks.flip("register", "checkpoints", "frontier"),
        ),
        ("one bit of an entry", "changes what a log says", row_attacks.flip("capture", "entries", "raw")),
        ("one bit of an entry's id", "changes an entry's id", row_attacks.flip("capture", "entries", "id")),
        ("one bit of a log's note", "changes a checkpoint", row_attacks.flip("capture", "checkpoints", "note")),
        (
            "one bit of a log's frontier",
            "changes what the next root is made of",
            row_attacks.flip("capture", "checkpoints", "frontier"),
        ),
        ("one bit of a reading", "changes what was read", row_attacks.flip("reading", "entries", "raw")),
        ("drop an entry", "takes an unwelcome entry out", row_attacks.drop),
        ("swap two entries", "makes the later one the earlier", row_attacks.swap),
        ("insert an entry", "puts an entry of his own between two", row_attacks.insert),
        ("cut a log's tail", "lets a log end before the unwelcome part", row_attacks.cut_tail),
        ("re-chain a log from the middle", "changes an entry, makes ids, prev and tree fit", row_attacks.rechain_log),
        ("re-chain without an entry", "takes one out and makes all that follow fit", row_attacks.rechain_without),
        ("tell a log anew, key and all", "signs a false log with a key of his own", row_attacks.sign_with_own_key),
        ("re-chain the register", "changes a registered entry, makes the rest fit", row_attacks.rechain_register),
        ("take a trigger away", "makes the database take changes", row_attacks.drop_trigger),
        ("delete a log", "takes a whole session away", _remove_log),
        ("delete a log, register too", "takes its entries in the register away too", row_attacks.unregister),
        ("add a log", "puts in a log that was never registered", _add_log),
        ("hand the store to another key", "forges a change of keys", row_attacks.rotate_falsely),
        ("revoke the store's key falsely", "says that good checkpoints are not", row_attacks.revoke_falsely),
    )
)
_BLOBS: Sequence[Attack] = tuple(
    Attack(name, story, Needs.NOTHING, run)
    for name, story, run in (
        ("delete a blob", "takes a picture away", _remove_blob),
        ("cut a blob short", "takes the end of a film away", _cut_blob),
        ("another blob of the same size", "puts another picture in its place", _replace_blob),
        ("swap two blobs", "shows one picture for another", _swap_blobs),
        ("delete a token", "takes an authority's word away", row_attacks.delete_token),
        ("add a stray file", "hopes that a file of his own passes for evidence", _stray_blob),
    )
)
_CLOCK = Attack(
    "a clock a day fast, and a witness",
    "watches with a clock that is a day fast; an honest witness cosigns",
    Needs.ANCHOR,
    forgeries.watch_ahead,
    aside="drill's witness",
)
_KEEPER: Sequence[Attack] = tuple(
    Attack(name, story, needs, run)
    for name, story, needs, run in (
        (
            "keeper: an entry changed",
            "changes an entry, rebuilds and signs all, leaves what others said",
            Needs.ANCHOR,
            forgeries.change_entry,
        ),
        (
            "keeper: every clock a day back",
            "rebuilds and signs all, a day earlier",
            Needs.ANCHOR,
            forgeries.move_clock,
        ),
        (
            "keeper: token over something else",
            "puts an older token in the place of the newest",
            Needs.ANCHOR,
            forgeries.token_over_something_else,
        ),
        (
            "keeper: no anchor ever was",
            "rebuilds and signs all as if nobody had ever stamped it",
            Needs.KNOWLEDGE,
            forgeries.drop_anchors,
        ),
        (
            "keeper: a self-made authority",
            "rebuilds and signs all, stamps it with an authority of his own",
            Needs.KNOWLEDGE,
            forgeries.own_authority,
        ),
        (
            "keeper: a session deleted",
            "rebuilds and signs all without one log",
            Needs.KNOWLEDGE,
            forgeries.delete_session,
        ),
        (
            "keeper: the last entry told twice",
            "forks the log: another history of the same size",
            Needs.KNOWLEDGE,
            forgeries.fork,
        ),
        (
            "cut the register's tail",
            "takes the register's last entry away, its checkpoint too",
            Needs.KNOWLEDGE,
            forgeries.cut_register,
        ),
        (
            "roll back to an older copy",
            "brings the store back as it was some time ago",
            Needs.KNOWLEDGE,
            forgeries.roll_back,
        ),
    )
)
