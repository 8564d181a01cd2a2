"""What the keeper of the store's key can do: a whole history told anew, in which everything agrees with itself.

Nothing inside the store shows it, but for what others said of the register, and only to whoever trusts those others, or
kept a checkpoint.
"""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence_store.anchors.cosignature import CosigningKey
from evidence_store.anchors.records import cosignature_record
from evidence_store.catalog import build_catalog
from evidence_store.checkpoint import VerifierKey, parse_note
from evidence_store.codec import parse_entry
from evidence_store.drill.false_authority import stamp_by_own_authority
from evidence_store.drill.forging import ANCHORS, Forgery
from evidence_store.drill.target import NothingToAttackError, Target
from evidence_store.entries import EntryType
from evidence_store.keys import public_pem

_SECOND_NS = 10**9


def change_entry(target: Target) -> str:
    """An entry changed; tokens and cosignatures stay, over checkpoints that are no longer the register's."""
    forgery = Forgery(target)
    _change_one(forgery)
    forgery.write()
    return "register"


def move_clock(target: Target) -> str:
    """Every wall clock a day back."""
    forgery = Forgery(target)
    forgery.move_clock(-1)
    forgery.write()
    return "register"


def watch_ahead(target: Target) -> str:
    """What a store looks like that was kept by a clock a day fast. Its witness is the drill's own, and honest."""
    forgery = Forgery(target)
    forgery.without_anchors()
    _need_entries(forgery)
    newest = max(int(entry["time"]["wall"]) for entries in forgery.logs.values() for entry in entries)
    forgery.move_clock(1)
    forgery.write()
    witness = CosigningKey("drill.example/witness", Ed25519PrivateKey.from_private_bytes(target.random.randbytes(32)))
    text = parse_note(forgery.newest_note()).text
    line = witness.cosign(text, newest // _SECOND_NS + 60)
    record = cosignature_record(witness.verifier.verify(line, text))
    forgery.append(record.kind, record.body)
    forgery.write()
    return "log"


def token_over_something_else(target: Target) -> str:
    """The newest token's entry with the reply, and its facts, of the oldest one."""
    forgery = Forgery(target)
    tokens = [entry for entry in forgery.register if entry["type"] == EntryType.ANCHOR_TOKEN]
    if not tokens:
        raise NothingToAttackError("no time-stamp token")
    oldest, newest = tokens[0], tokens[-1]
    newest["body"] = {**oldest["body"], "size": newest["body"]["size"]}
    newest["blobs"] = oldest["blobs"]
    forgery.write()
    return "register"


def drop_anchors(target: Target) -> str:
    """An entry changed, and nobody outside ever said anything."""
    forgery = Forgery(target)
    forgery.without_anchors()
    _change_one(forgery)
    forgery.write()
    return "register"


def own_authority(target: Target) -> str:
    """The same, stamped by an authority that the keeper made himself."""
    forgery = Forgery(target)
    names = [entry["body"]["authority"] for entry in forgery.register if entry["type"] == EntryType.ANCHOR_TOKEN]
    forgery.without_anchors()
    _change_one(forgery)
    forgery.write()
    size = len(target.raws(target.register_file))
    record = stamp_by_own_authority(
        names[0] if names else "authority.example", size, forgery.newest_note(), target.random.randbytes
    )
    forgery.append(record.kind, record.body, record.attachments)
    forgery.write()
    return "register"


def delete_session(target: Target) -> str:
    """A log that never was, and no readings of it."""
    forgery = Forgery(target)
    forgery.without_anchors()
    forgery.without(target.log("capture").log)
    forgery.write()
    return "register"


def fork(target: Target) -> str:
    """The last entry of the longest log told otherwise; where others spoke, they are said to have been out of reach."""
    forgery = Forgery(target)
    kinds = [entry["type"] for entry in forgery.register]
    forgery.without_anchors()
    kept = iter(forgery.register)
    # As many entries as there were: whoever knows a checkpoint of this size has the other one.
    forgery.register = [_unreachable(target) if kind in ANCHORS else next(kept) for kind in kinds]
    _need_entries(forgery)
    entries = forgery.logs[target.log().log]
    entries[-1]["time"]["wall"] = str(int(entries[-1]["time"]["wall"]) + _SECOND_NS)
    forgery.write()
    return "register"


def cut_register(target: Target) -> str:
    """The newest entry of the register, which nothing after it names."""
    size = len(target.raws(target.register_file))
    with target.rows(target.register_file) as connection:
        connection.execute("DELETE FROM entries WHERE idx = ?", (size - 1,))
        connection.execute("DELETE FROM checkpoints WHERE size = ?", (size,))
    return f"register checkpoint of size {size}"


def roll_back(target: Target) -> str:
    """Register and logs as they were when the register had half its entries: every signature is true."""
    raws = target.raws(target.register_file)
    size = len(raws) // 2
    older = [parse_entry(raw) for raw in raws[:size]]
    if not any(entry.type == EntryType.LOG_HEAD for entry in older):
        raise NothingToAttackError("no older state with a log in it")
    then, now = build_catalog(older), target.catalog()
    for log in now.logs:
        heads = then.logs[log].heads if log in then.logs else []
        path = target.log_file(log)
        if not heads:
            path.unlink(missing_ok=True)
            continue
        with target.rows(path) as connection:
            connection.execute("DELETE FROM entries WHERE idx >= ?", (heads[-1].size,))
            connection.execute("DELETE FROM checkpoints WHERE size > ?", (heads[-1].size,))
    with target.rows(target.register_file) as connection:
        connection.execute("DELETE FROM entries WHERE idx >= ?", (size,))
        connection.execute("DELETE FROM checkpoints WHERE size > ?", (size,))
    changes = [entry for entry in map(parse_entry, raws[size:]) if entry.type == EntryType.KEY_ROTATED]
    if changes:  # the key that signed then
        target.write(target.public_key, public_pem(VerifierKey.parse(str(changes[0].body["from"]))))
    return f"register checkpoint of size {len(raws)}"


def _change_one(forgery: Forgery) -> None:
    """A second later, in an entry of the middle of the longest log."""
    _need_entries(forgery)
    entries = max(forgery.logs.values(), key=len)
    time = entries[len(entries) // 2]["time"]
    time["wall"] = str(int(time["wall"]) + _SECOND_NS)


def _need_entries(forgery: Forgery) -> None:
    if not any(forgery.logs.values()):
        raise NothingToAttackError("no log with an entry")


def _unreachable(target: Target) -> dict[str, object]:
    body = {
        "from": "authority",
        "size": 1,
        "tries": 1,
        "rule": "somebody answers",
        "expected": "a reply",
        "got": "none",
    }
    time = json.loads(target.raws(target.register_file)[0])["time"]
    return {"blobs": [], "body": body, "log": target.store, "time": time, "type": "anchor.failed", "v": 1}
