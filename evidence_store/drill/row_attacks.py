"""Attacks on the rows of databases by somebody who owns the files and holds no key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from evidence_store.catalog import LogRecord
from evidence_store.checkpoint import log_origin, register_origin
from evidence_store.drill.rewriting import (
    Entry,
    append_signed,
    chained,
    new_key,
    rechain,
    write_checkpoints,
    write_entries,
)
from evidence_store.drill.target import NothingToAttackError, Target
from evidence_store.entries import EntryType
from evidence_store.key_history import rotation_body
from evidence_store.keys import load_verifier, public_pem

_NUMBER = {"entries": "idx", "checkpoints": "size"}
_WORDS = {"entries": "entry", "checkpoints": "checkpoint of size"}


def flip(where: str, table: str, column: str) -> Callable[[Target], str]:
    """One bit of a value in a row of the register or of a log, past the triggers."""

    def run(target: Target) -> str:
        path, name = _file(target, where)
        number = _NUMBER[table]
        with target.rows(path) as connection:
            rows = connection.execute(f"SELECT {number}, {column} FROM {table}").fetchall()  # noqa: S608 - ours
            place, value = rows[target.random.randrange(len(rows))]
            new = _other_letter(target, value) if isinstance(value, str) else target.flipped(bytes(value))
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {number} = ?", (new, place))  # noqa: S608
        return f"{name} {_WORDS[table]} {place}"

    return run


def drop(target: Target) -> str:
    """One entry out of the middle; those after it stay as they were."""
    record, place = _middle(target)
    with target.rows(target.log_file(record.log)) as connection:
        connection.execute("DELETE FROM entries WHERE idx = ?", (place,))
    return f"log {record.log}"


def swap(target: Target) -> str:
    """Two entries that follow each other change places."""
    record, place = _middle(target)
    with target.rows(target.log_file(record.log)) as connection:
        for old, new in ((place, -1), (place - 1, place), (-1, place - 1)):
            connection.execute("UPDATE entries SET idx = ? WHERE idx = ?", (new, old))
    return f"log {record.log} entry {place - 1}"


def insert(target: Target) -> str:
    """An entry of the attacker's own between two, with the right index, prev and id; those after it move up."""
    record, place = _middle(target)
    path = target.log_file(record.log)
    raws = target.raws(path)
    own = {**json.loads(raws[place]), "type": str(EntryType.GAP), "blobs": [], "body": {"cause": "nothing to see"}}
    false = chained([*(json.loads(raw) for raw in raws[:place]), own])[-1]
    with target.rows(path) as connection:
        write_entries(connection, [*raws[:place], false, *raws[place:]])
    return f"log {record.log} entry {place + 1}"


def cut_tail(target: Target) -> str:
    """The last entries of a log, and its checkpoints over them."""
    record, place = _middle(target)
    with target.rows(target.log_file(record.log)) as connection:
        connection.execute("DELETE FROM entries WHERE idx >= ?", (place,))
        connection.execute("DELETE FROM checkpoints WHERE size > ?", (place,))
    return f"log {record.log}"


def rechain_log(target: Target) -> str:
    """An entry changed, every id, prev, root and frontier after it recomputed; signatures can't be."""
    record, place = _middle(target)
    contents = _contents(target, target.log_file(record.log))
    _change(contents[place])
    rechain(target, record.log, contents)
    return f"log {record.log}"


def rechain_without(target: Target) -> str:
    """The same with an entry taken out."""
    record, place = _middle(target)
    contents = _contents(target, target.log_file(record.log))
    rechain(target, record.log, [*contents[:place], *contents[place + 1 :]])
    return f"log {record.log}"


def rechain_register(target: Target) -> str:
    """A register entry changed and everything after it made to fit, but for the signatures."""
    contents = _contents(target, target.register_file)
    if len(contents) < 2:
        raise NothingToAttackError("a register of less than two entries")
    place = target.random.randrange(len(contents) // 2, len(contents))
    _change(contents[place])
    rechain(target, target.store, contents)
    return f"register checkpoint of size {place + 1}"


def sign_with_own_key(target: Target) -> str:
    """A whole log told anew and signed by a key that the register does not know."""
    record, place = _middle(target)
    path = target.log_file(record.log)
    contents = _contents(target, path)
    _change(contents[place])
    raws = chained(contents)
    key = new_key(target, log_origin(record.log))
    sizes = [row.size for row in target.checkpoints(path)]
    with target.rows(path) as connection:
        write_entries(connection, raws)
        write_checkpoints(connection, raws, sizes, lambda _: key)
    return f"log {record.log}"


def drop_trigger(target: Target) -> str:
    """A database that takes changes from then on."""
    record = target.log()
    with target.rows(target.log_file(record.log), lost="entries_no_delete"):
        return f"{record.log}.db"


def unregister(target: Target) -> str:
    """A log away, and its entries in the register with it, the register re-chained without a key."""
    record = target.log()
    target.log_file(record.log).unlink()
    contents = _contents(target, target.register_file)
    rechain(target, target.store, [entry for entry in contents if entry["body"].get("log") != record.log])
    return "register"


def rotate_falsely(target: Target) -> str:
    """A change of keys that the store's key never signed; from there on the thief's key signs."""
    name = register_origin(target.store)
    index = len(target.raws(target.register_file))
    thief, nobody = new_key(target, name), new_key(target, name)
    body = rotation_body(target.store, index, nobody, thief)
    body["from"] = str(load_verifier(target.root, target.store))
    time = json.loads(target.raws(target.register_file)[-1])["time"]
    append_signed(target, EntryType.KEY_ROTATED, body, thief, time)
    target.write(target.public_key, public_pem(thief.verifier))
    return f"register entry {index}"


def revoke_falsely(target: Target) -> str:
    """A revocation of the key in force, signed by a key that is not the store's."""
    body = {"vkey": str(load_verifier(target.root, target.store)), "reason": "stolen", "good_to": 1}
    time = json.loads(target.raws(target.register_file)[-1])["time"]
    index = append_signed(target, EntryType.KEY_REVOKED, body, new_key(target, register_origin(target.store)), time)
    return f"register checkpoint of size {index + 1}"


def delete_token(target: Target) -> str:
    """The row of a token out of the register, the rest left as it was."""
    tokens = target.entries(target.register_file, EntryType.ANCHOR_TOKEN)
    if not tokens:
        raise NothingToAttackError("no time-stamp token")
    place = tokens[0].index
    with target.rows(target.register_file) as connection:
        connection.execute("DELETE FROM entries WHERE idx = ?", (place,))
    return "register"


def _other_letter(target: Target, text: str) -> str:
    """The text with the lowest bit of one letter flipped: hex stays printable."""
    at = target.random.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


def _file(target: Target, where: str) -> tuple[Path, str]:
    if where == "register":
        return target.register_file, "register"
    record = target.log(where)
    return target.log_file(record.log), f"log {record.log}"


def _middle(target: Target) -> tuple[LogRecord, int]:
    """The longest capture log, and an entry of it that is neither the first nor the last."""
    record = target.log("capture", at_least=3)
    size = len(target.raws(target.log_file(record.log)))
    return record, target.random.randrange(1, size - 1) if size > 3 else 1


def _contents(target: Target, path: Path) -> list[Entry]:
    return [json.loads(raw) for raw in target.raws(path)]


def _change(entry: Entry) -> None:
    """Another time: every entry has one, whatever its kind."""
    entry["time"]["wall"] = str(int(entry["time"]["wall"]) + 1_000_000_000)
