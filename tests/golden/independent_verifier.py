"""A verifier of a whole store, written from `evidence_store/FORMAT.md` alone: python independent_verifier.py STORE.

It has no line in common with ours: standard library, BLAKE3, SHA-256, Ed25519. Checks 1 to 17 and 20 of section 9,
a line for each thing that fails; ends with 0 or 1. Anchors (section 10) it leaves to openssl and to any tlog tool.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

CONTEXT, ZERO = "LiveWitness 2026-11-21 log entry v1", "0" * 64
HEADS = ("log.head", "log.closed", "log.cut_off")
WRONG = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError)


def sha(*pieces: bytes) -> bytes:
    state = hashes.Hash(hashes.SHA256())
    for piece in pieces:
        state.update(piece)
    return state.finalize()


class Tree:
    """Section 5, leaf by leaf: the complete subtrees so far as (leaves under it, hash), largest first."""

    def __init__(self) -> None:
        self.size, self.parts = 0, list[tuple[int, bytes]]()

    def append(self, leaf: bytes) -> None:
        self.size += 1
        self.parts.append((1, leaf))
        while len(self.parts) > 1 and self.parts[-1][0] == self.parts[-2][0]:
            (count, right), (_, left) = self.parts.pop(), self.parts.pop()
            self.parts.append((2 * count, sha(b"\x01", left, right)))

    def root(self) -> bytes:
        node = self.parts[-1][1] if self.parts else sha()
        for _, left in reversed(self.parts[:-1]):
            node = sha(b"\x01", left, node)
        return node


def canonical(value: Any) -> str:
    """RFC 8785: members in order of their UTF-16 code units, numbers as ECMAScript writes doubles."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(item)}" for name, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float) or (type(value) is int and abs(value) >= 2**53):
        value = float(value)
        if value == 0 or 1e-6 <= abs(value) < 1e21:
            text = format(Decimal(repr(value or 0.0)), "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        mantissa, exponent = repr(value).split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
    return json.dumps(value, ensure_ascii=False)


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member occurs twice")
    return dict(pairs)


def parse(raw: bytes) -> Any:
    value = json.loads(raw.decode("utf-8"), object_pairs_hook=members_once, parse_constant=float.fromhex)
    if len(raw) > 65_535 or canonical(value).encode() != raw:
        raise ValueError("not RFC 8785, or over 65,535 bytes")
    if type(value["v"]) is not int or value["v"] != 1:
        raise ValueError("unknown v")
    return value


def key_of(vkey: str, name: str) -> bytes:
    """Section 8: the public key in a verifier key of this name."""
    told, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if told != name or sha(name.encode(), b"\n", key)[:4].hex() != key_id or len(key) != 33 or key[0] != 1:
        raise ValueError(f"a verifier key named {name}")
    return key[1:]


def signed(key: bytes, signature: str, message: str) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)[-64:]  # a note's line has four bytes of key id before it
        Ed25519PublicKey.from_public_bytes(key).verify(raw, message.encode())
    except InvalidSignature:
        return False
    return True


class Verifier:
    def __init__(self, root: Path) -> None:
        self.root, self.failed, self.blobs = root, list[str](), dict[str, Any]()

    def check(self, n: int, holds: object, what: object, where: str) -> None:
        if not holds:
            self.failed.append(f"{n}: {what} ({where})")

    def run(self) -> list[str]:
        for n, step in ((1, self.marker), (4, self.register), (9, self.logs), (15, self.files)):
            try:
                step()
            except (*WRONG, sqlite3.DatabaseError) as error:
                number = 3 if isinstance(error, sqlite3.DatabaseError) else n
                return [*self.failed, f"{number}: {type(error).__name__}: {error}"]
        return self.failed

    def marker(self) -> None:
        marker = json.loads((self.root / "store.json").read_bytes())
        self.store, self.name = str(marker["store"]), f"livewitness/register/{marker['store']}"
        fixed = {"format": "livewitness-store", "store": self.store, "v": 1}
        self.check(1, marker == fixed and re.fullmatch("[0-9a-f]{32}", self.store), "format, version, id", "store.json")
        try:
            public = load_pem_public_key((self.root / "keys/store.pub").read_bytes())
            self.current = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        except WRONG as error:
            raise ValueError(f"2: keys/store.pub: {error}") from error

    def walk(
        self, path: Path, log: str, columns: str, n: tuple[int, int, int, int]
    ) -> tuple[list[Any], list[Any], Any]:
        """Sections 4 to 6: entries; root and head of each size; checkpoints. `n`: the checks to report to."""
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        pragmas = ("integrity_check", "application_id", "user_version")
        sound = [row[0] for each in pragmas for row in database.execute(f"PRAGMA {each}")]
        self.check(3, sound == ["ok", 0x4C575354, 1] and tables == set(columns.split()), sound, path.name)
        notes = {size: (bytes(note), edge) for size, note, edge in database.execute("SELECT * FROM checkpoints")}
        entries, heads, tree = list[Any](), [(sha(), ZERO)], Tree()
        for idx, entry_id, kind, raw in database.execute("SELECT idx, id, type, raw FROM entries ORDER BY idx"):
            where, found = f"{path.name} entry {idx}", blake3(raw, derive_key_context=CONTEXT).hexdigest()
            try:
                entry = parse(raw)
                place = [entry["log"], entry["index"], entry["prev"], entry["type"], idx]
                self.check(
                    n[1], place == [log, tree.size, heads[-1][1], kind, tree.size], "log, index, prev, type", where
                )
                times = [entry["time"]["mono"], entry["time"]["wall"]]
                self.check(n[0], all(re.fullmatch("0|[1-9][0-9]{0,19}", each) for each in times), "time", where)
                self.blobs |= {canonical(blob): blob for blob in entry["blobs"]}
            except WRONG as error:
                self.check(n[0], False, error, where)
                entry = {"index": idx, "type": kind, "body": {}}
            self.check(n[1], entry_id == found, "id", where)
            tree.append(sha(b"\x00", raw))
            entries.append(entry)
            heads.append((tree.root(), found))
            edge = b"".join(node for _, node in tree.parts)
            self.check(n[3], notes.get(tree.size, (0, edge))[1] == edge, "frontier", f"{path.name} size {tree.size}")
        self.check(n[3], max(notes, default=0) <= tree.size, "a checkpoint beyond the end", path.name)
        return entries, heads, {size: note for size, (note, _) in notes.items()}

    def note(self, note: bytes, name: str, key: bytes, size: int, root: bytes, n: tuple[int, int, int, int]) -> None:
        where = f"{name} size {size}"
        text, _, lines = note.decode().rpartition("\n\n")
        mine = [line.split(" ")[2] for line in lines.split("\n") if line.startswith(f"— {name} ")]
        key_id = sha(name.encode(), b"\n\x01", key)[:4]
        good = [base64.b64decode(each)[:4] == key_id and signed(key, each, text + "\n") for each in mine]
        self.check(n[2], good == [True] and text.startswith(f"{name}\n{size}\n"), "text, signature", where)
        self.check(n[3], text == f"{name}\n{size}\n{base64.b64encode(root).decode()}", "root", where)

    def register(self) -> None:
        numbers = (4, 4, 5, 5)
        entries, heads, notes = self.walk(self.root / "register.db", self.store, "entries checkpoints", numbers)
        rotations = [entry for entry in entries if entry["type"] == "key.rotated"]
        spans = [(0, rotations[0]["body"]["from"] if rotations else None)]
        for entry in rotations:  # section 11
            body, where = entry["body"], f"register entry {entry['index']}"
            text = f"livewitness/key-rotation/v1\n{self.store}\n{entry['index']}\n{body['from']}\n{body['to']}\n"
            for end in ("from", "to"):
                self.check(20, signed(key_of(body[end], self.name), body[f"signature_{end}"], text), end, where)
            self.check(20, body["from"] == spans[-1][1], "from the key in force", where)
            spans.append((entry["index"], body["to"]))
        keys = [(since, key_of(vkey, self.name) if vkey else self.current) for since, vkey in spans]
        self.check(20, keys[-1][1] == self.current, "keys/store.pub is the key in force", "keys/store.pub")
        self.check(5, sorted(notes) == list(range(1, len(heads))), "a checkpoint of each size", "register.db")
        for size, note in notes.items():
            key = [key for since, key in keys if since < size][-1]
            self.note(note, self.name, key, size, heads[size][0], numbers)
        self.known: dict[str, Any] = {}
        for entry in entries:
            body, where = entry["body"], f"register entry {entry['index']}"
            if entry["type"] == "log.opened":
                self.check(6, body["log"] not in self.known, "a log is opened once", where)
                text = f"livewitness/log-key/v1\n{self.store}\n{body['log']}\n{body['kind']}\n{body['vkey']}\n"
                signer = [key for since, key in keys if since <= entry["index"]][-1]
                self.check(8, signed(signer, body["signature"], text), "key statement", where)
                key = key_of(body["vkey"], f"livewitness/log/{body['log']}")
                self.known[body["log"]] = {"key": key, "kind": body["kind"], "heads": [], "end": None}
            elif entry["type"] in HEADS:
                log = self.known[body["log"]]
                self.check(6, log["end"] is None, "nothing follows the end of a log", where)
                log["heads"].append(body)
                log["end"] = entry["type"] if entry["type"] != "log.head" else None

    def logs(self) -> None:
        there = {path.stem for path in (self.root / "logs").glob("*.db")}
        self.check(7, there <= set(self.known), "each database is registered", str(there - set(self.known)))
        for log, known in self.known.items():
            self.check(7, log in there or not any(head["size"] for head in known["heads"]), "its file", f"log {log}")
            if log in there:
                self.log(log, known)

    def log(self, log: str, known: Any) -> None:
        numbers, where = (9, 10, 11, 12), f"log {log}"
        entries, heads, notes = self.walk(self.root / "logs" / f"{log}.db", log, "entries checkpoints leases", numbers)
        for size, note in notes.items():
            if size < len(heads):
                self.note(note, f"livewitness/log/{log}", known["key"], size, heads[size][0], numbers)
        for head in known["heads"]:
            told = (bytes.fromhex(head["root"]), head["head"])
            self.check(13, head["size"] < len(heads) and told == heads[head["size"]], f"size {head['size']}", where)
            cut = known["end"] == "log.cut_off" and head is known["heads"][-1]
            self.check(11, cut or head["size"] in notes, f"a checkpoint of size {head['size']}", where)
        kinds = [entry["type"] for entry in entries]
        last = len(kinds) - 1
        self.check(
            14, [at for at, kind in enumerate(kinds) if kind == "session.open"] == [0][: len(kinds)], "opening", where
        )
        if "session.close" in kinds:
            body = entries[kinds.index("session.close")]["body"]
            counts = body["counts"] == dict(Counter(kinds[:last])) and body["last"] == heads[last][1]
            self.check(14, kinds.index("session.close") == last and counts, "session.close", where)
        self.check(14, known["end"] != "log.closed" or kinds[-1:] == ["session.close"], "closed, ends otherwise", where)
        ended = known["end"] is None or len(kinds) == known["heads"][-1]["size"]
        self.check(14, ended and (known["end"], kinds[-1:]) != ("log.cut_off", ["session.close"]), "its end", where)

    def files(self) -> None:
        for blob in self.blobs.values():
            path, where = self.root / "blobs" / blob["blake3"][:2] / blob["blake3"], f"blob {blob['blake3']}"
            good = path.is_file() and not path.is_symlink() and path.stat().st_size == blob["size"]
            self.check(15, good, "a file of the size", where)
            content = path.read_bytes() if path.is_file() else b""
            digests = (blake3(content).hexdigest(), sha(content).hex())
            self.check(16, not good or digests == (blob["blake3"], blob["sha256"]), "digests", where)
            if good and "parts" in blob:
                self.check(17, parts_of(content) == blob["parts"], "count and root", where)


def parts_of(blob: bytes) -> dict[str, Any] | None:
    """Section 3: count and root of a parts blob; None for bytes of another form."""
    count, at, tree = int.from_bytes(blob[8:12], "big"), 12, Tree()
    while at < len(blob) and blob[at] in {0, 1}:
        start, at = at, at + (33 if blob[at] else 37 + int.from_bytes(blob[at + 1 : at + 5], "big"))
        tree.append(blob[start + 1 : at] if blob[start] else sha(b"\x00", blob[start + 5 : at]))
    whole = blob[:8] == b"LWPARTS1" and at == len(blob) and tree.size == count
    return {"count": count, "root": tree.root().hex()} if whole else None


if __name__ == "__main__":
    failed = Verifier(Path(sys.argv[1])).run()
    sys.stdout.write("\n".join(failed or ["every check passes"]) + "\n")
    sys.exit(bool(failed))
