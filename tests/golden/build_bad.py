"""Rebuilds the golden bad stores (`bad/README.md`): python -m tests.golden.build_bad [--renew | FOLDER].

One sound store with fixed clock, keys and "randomness", and for each check of FORMAT.md section 9 some that fail this
check and no other. `--renew` has the sound store stamped anew by an authority on this machine (needs openssl): only
when the format changed, for tokens are over its very bytes.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from evidence_store.anchors.records import Record
from evidence_store.appender import Prepared
from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import Checkpoint, SigningKey, log_origin, parse_note, register_origin
from evidence_store.codec import NO_ENTRY, parse_entry
from evidence_store.entries import REPLY_ROLE, Attachment, BlobRef, EntryType
from evidence_store.hashing import entry_id
from evidence_store.key_history import rotation_body
from evidence_store.keys import load_store_key, public_pem
from evidence_store.marker import read_marker
from evidence_store.merkle import CompactRange, leaf_hash
from evidence_store.store import Store
from evidence_store.verify.report import CHECKS
from tests.golden.build_bad_readings import MORE
from tests.harness import keeper
from tests.harness.anchored_store import WITNESS, Clock, Entropy, Recorded, anchored_store, live
from tests.harness.keeper import Told
from tests.harness.small_store import Small, copy_of
from tests.harness.store_text import as_files

BAD = Path(__file__).parent / "bad"
TOKENS = BAD / "tokens"
NOT_CHECKED = {1: [*range(2, max(CHECKS) + 1)], 2: [5, 8, 20]}
"""What can't be looked at any more, by the check that fails."""


@dataclass(frozen=True)
class Hand:
    """A copy of the sound store, and what is needed to spoil it the same way each time."""

    small: Small
    clock: Clock
    entropy: Entropy

    @property
    def root(self) -> Path:
        return self.small.root

    @property
    def store(self) -> str:
        return read_marker(self.root).store

    def key(self, name: str) -> SigningKey:
        """Another key."""
        return SigningKey(name, Ed25519PrivateKey.from_private_bytes(self.entropy(32)))

    def entry(self, kind: str, body: dict[str, object] | None = None, blobs: tuple[BlobRef, ...] = ()) -> Prepared:
        return keeper.prepared(kind, body, blobs, self.clock.wall_ns)

    def log(self, told: Told, *drafts: Prepared) -> tuple[str, SigningKey]:
        """A log written with the store's key."""
        return keeper.own_log(self.root, drafts, told, now=self.clock, entropy=self.entropy)

    def register(self, kind: EntryType, body: dict[str, object], attachments: tuple[Attachment, ...] = ()) -> str:
        """A register entry written with the store's key."""
        with keeper.keepers_register(self.root, now=self.clock, entropy=self.entropy) as register:
            return f"register entry {register.append(kind, body, attachments).index}"

    def register_bytes(self, change: dict[str, object], key: SigningKey) -> str:
        """A register entry of these members, whatever they say, and a true checkpoint over it by this key."""
        with keeper.rows(self.small.register_db) as connection:
            raws = [row[0] for row in connection.execute("SELECT raw FROM entries ORDER BY idx")]
            whole = {**json.loads(raws[-1]), "blobs": [], "index": len(raws), "prev": entry_id(raws[-1]), **change}
            raw, tree = canonical(whole), CompactRange()
            for each in (*raws, raw):
                tree.append(leaf_hash(each))
            row = (len(raws), entry_id(raw), whole["type"], raw)
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", row)
            note = key.sign_note(Checkpoint(key.name, tree.size, tree.root()).text())
            connection.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (tree.size, note, tree.frontier()))
        return f"register entry {len(raws)}"

    def blob(self, role: str) -> tuple[Path, BlobRef, str]:
        """The first blob of a role in the capture log: its file, how an entry names it, where a report finds it."""
        with Store.open_read_only(self.root) as store, store.reader(self.small.capture) as reader:
            for entry in reader.entries():
                for ref in entry.blobs:
                    if ref.role == role:
                        return store.blobs.path(ref), ref, f"blob {ref.blake3} (log {entry.log} entry {entry.index})"
        raise AssertionError(role)


def store_marker(hand: Hand) -> str:
    """A format that is not invented yet."""
    file = hand.root / "store.json"
    file.write_bytes(file.read_bytes().replace(b'"v":1', b'"v":2'))
    return "store.json"


def store_key(hand: Hand) -> str:
    """A public key of another kind."""
    public = ec.derive_private_key(7, ec.SECP256R1()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (hand.root / "keys" / "store.pub").write_bytes(pem)
    return "keys/store.pub"


def database(hand: Hand) -> str:
    """A table that does not belong there."""
    file = hand.root / "logs" / f"{hand.small.reading}.db"
    with keeper.rows(file) as connection:
        connection.execute("CREATE TABLE notes (note TEXT) STRICT")
    return file.name


def register_entry(hand: Hand) -> str:
    """An entry that follows none."""
    key = load_store_key(hand.root, hand.store)
    return hand.register_bytes({"prev": NO_ENTRY, "type": "custody", "body": {"what": "shown"}}, key)


def register_checkpoint(hand: Hand) -> str:
    """A true checkpoint, signed by nobody whom we know."""
    with keeper.rows(hand.small.register_db) as connection:
        (note,) = connection.execute("SELECT note FROM checkpoints WHERE size = 4").fetchone()
        forged = hand.key(register_origin(hand.store)).sign_note(parse_note(note).text)
        connection.execute("UPDATE checkpoints SET note = ? WHERE size = 4", (forged,))
    return "register checkpoint of size 4"


def register_body(hand: Hand) -> str:
    """A head of a log that was never opened."""
    return hand.register(EntryType.LOG_HEAD, {"log": "0" * 32, "size": 1, "root": "0" * 64, "head": "0" * 64})


def log_away(hand: Hand) -> str:
    """A log whose file was taken away."""
    (hand.root / "logs" / f"{hand.small.reading}.db").unlink()
    return f"log {hand.small.reading}"


def log_key(hand: Hand) -> str:
    """A log's key that the store's key signed for a log of another kind."""
    log, _ = hand.log(Told(counts={"session.open": 1}, signed=False), hand.entry("session.open"))
    with Store.open_read_only(hand.root) as store, store.register_reader() as reader:
        opened = next(entry for entry in reader.entries(types={EntryType.LOG_OPENED}) if entry.body["log"] == log)
    return f"register entry {opened.index} (log {log})"


def entry_form(hand: Hand) -> str:
    """An entry with a space in it."""
    spaced = replace(hand.entry("gap"), body=b'{"n": 1}')
    log, _ = hand.log(Told(counts={"session.open": 1}), hand.entry("session.open"), spaced)
    return f"log {log} entry 1"


def chain(hand: Hand) -> str:
    """An id that is not that of the bytes beside it."""
    with keeper.rows(hand.small.capture_db) as connection:
        connection.execute("UPDATE entries SET id = ? WHERE idx = 2", ("ab" * 32,))
    return f"log {hand.small.capture} entry 2"


def checkpoint_signature(hand: Hand) -> str:
    """A true checkpoint of a log, signed by a key that is not the log's."""
    with keeper.rows(hand.small.capture_db) as connection:
        size, note = connection.execute("SELECT size, note FROM checkpoints ORDER BY size DESC").fetchone()
        forged = hand.key(log_origin(hand.small.capture)).sign_note(parse_note(note).text)
        connection.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (forged, size))
    return f"log {hand.small.capture} checkpoint of size {size}"


def checkpoint_root(hand: Hand) -> str:
    """A checkpoint that the log's own key signed over a false root."""
    log, key = hand.log(Told(counts={"session.open": 1, "gap": 1}), hand.entry("session.open"), hand.entry("gap"))
    note = key.sign_note(Checkpoint(key.name, 2, bytes(32)).text())
    with keeper.rows(hand.root / "logs" / f"{log}.db") as connection:
        connection.execute("UPDATE checkpoints SET note = ? WHERE size = 2", (note,))
    return f"log {log} checkpoint of size 2"


def registered_head(hand: Hand) -> str:
    """A head with a root that the log never had."""
    log, _ = hand.log(Told(counts={"session.open": 1}, false_head={"root": "0" * 64}), hand.entry("session.open"))
    return f"log {log}"


def ending(hand: Hand) -> str:
    """A close that counts entries that are not there."""
    log, _ = hand.log(Told(counts={"session.open": 1, "gap": 9}), hand.entry("session.open"), hand.entry("gap"))
    return f"log {log} entry 2"


def blob_away(hand: Hand) -> str:
    """A picture that was taken away."""
    path, _, where = hand.blob("picture")
    path.unlink()
    return where


def blob_changed(hand: Hand) -> str:
    """One bit of a picture."""
    path, _, where = hand.blob("picture")
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    return where


def parts(hand: Hand) -> str:
    """A parts blob with another root than its entry says."""
    _, frames, _ = hand.blob("frames")
    false = replace(frames, parts_root="0" * 64)
    told = Told(counts={"session.open": 1, "chat": 1})
    log, _ = hand.log(told, hand.entry("session.open"), hand.entry("chat", blobs=(false,)))
    return f"blob {frames.blake3} (log {log} entry 1)"


def beside(hand: Hand) -> str:
    """A file that no entry names: no failure, a note."""
    file = hand.root / "blobs" / "aa" / ("a" * 64)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"a stray file")
    return f"blobs/aa/{file.name}"


def reading(hand: Hand) -> str:
    """A reading of an entry that was never captured."""
    read = hand.entry("readings", {"readings": [{"entry": 99}]})
    opened = hand.entry("session.open", {"reads": hand.small.capture})
    log, _ = hand.log(Told(kind="reading", counts={"session.open": 1, "readings": 1}), opened, read)
    return f"log {log} entry 1"


def key_change(hand: Hand) -> str:
    """A change of keys that the old key never signed."""
    old, new = load_store_key(hand.root, hand.store), hand.key(register_origin(hand.store))
    with Store.open_read_only(hand.root) as store, store.register_reader() as reader:
        size = reader.size()
    body = rotation_body(hand.store, size, hand.key(old.name), new)
    where = hand.register_bytes({"type": "key.rotated", "body": {**body, "from": str(old.verifier)}}, new)
    (hand.root / "keys" / "store.pub").write_bytes(public_pem(new.verifier))
    return where


def token(hand: Hand) -> str:
    """A token whose entry says another time than the authority."""
    stamped = _newest_token(hand)
    body = {**stamped.body, "time": str(int(stamped.body["time"]) + 1)}
    return f"{hand.register(EntryType.ANCHOR_TOKEN, body, stamped.attachments)} (token of {body['authority']})"


def cosignature(hand: Hand) -> str:
    """A witness's line over another size than its entry says."""
    with Store.open_read_only(hand.root) as store, store.register_reader() as reader:
        older, newer = (next(reader.checkpoints(size)).note for size in (3, 4))
    line = WITNESS.cosign(parse_note(older).text, hand.clock.wall_ns // 10**9)
    body = {
        "witness": WITNESS.name,
        "vkey": str(WITNESS.verifier),
        "size": 4,
        "root": Checkpoint.parse(parse_note(newer).text).root.hex(),
        "time": str(hand.clock.wall_ns // 10**9),
        "line": line,
    }
    return f"{hand.register(EntryType.ANCHOR_COSIGNATURE, body)} (cosignature of {WITNESS.name})"


def bracket(hand: Hand) -> str:
    """A log that knew a token, and says that it began a day before it."""
    stamped = _newest_token(hand)
    with Store.open_read_only(hand.root) as store, store.register_reader() as reader:
        entry = list(reader.entries(types={EntryType.ANCHOR_TOKEN}))[-1]
    reply = next(blob.blake3 for blob in entry.blobs if blob.role == REPLY_ROLE)
    day_before = int(stamped.body["time"]) - 86_400 * 10**9
    opened = keeper.prepared("session.open", {"after": reply}, wall_ns=day_before)
    log, _ = hand.log(Told(ending=EntryType.LOG_CUT_OFF), opened)
    return f"log {log} entry 0"


MAKERS: dict[int, Callable[[Hand], str]] = dict(
    enumerate(
        (
            store_marker, store_key, database, register_entry, register_checkpoint, register_body, log_away, log_key,
            entry_form, chain, checkpoint_signature, checkpoint_root, registered_head, ending, blob_away, blob_changed,
            parts, beside, reading, key_change, token, cosignature, bracket,
        ),
        1,
    )
)  # fmt: skip


def good_store(root: Path) -> Small:
    """The sound store."""
    recorded = Recorded(TOKENS)
    return anchored_store(root, recorded.wall_ns, recorded.stamp, seed=b"golden")


def build(target: Path) -> None:
    """Write the sound store and each bad one into an existing folder."""
    with tempfile.TemporaryDirectory() as folder:
        good = good_store(Path(folder) / "good")
        sound = as_files(good.root)
        _write(target / "good", sound)
        for number, more, make in (
            *((n, "", make) for n, make in MAKERS.items()),
            *((19, *each) for each in MORE.items()),
        ):
            small = copy_of(good, Path(folder) / f"{number}{more}")
            clock = Clock(Recorded(TOKENS).wall_ns)
            clock.move(60)
            where = make(Hand(small, clock, Entropy(b"golden %d%s" % (number, more.encode()))))
            files = as_files(small.root)
            changed = {name: content for name, content in files.items() if sound.get(name) != content}
            facts = {
                "check": number,
                "name": CHECKS[number][0],
                "status": "note" if number == 18 else "fail",
                "where": where,
                "story": (make.__doc__ or "").strip(),
                "not_checked": NOT_CHECKED.get(number, []),
                "taken_away": sorted(set(sound) - set(files)),
            }
            text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False)
            name = f"{number:02}-{CHECKS[number][0].replace(' ', '-')}{more and f'-{more}'}"
            _write(target / name, {**changed, "expected.json": f"{text}\n".encode()})


def renew() -> None:
    """Have a sound store stamped by an authority of this machine, and write down what it said."""
    import time

    from evidence_store.anchors.settings import load_settings
    from tests.harness.authority import LocalAuthority

    shutil.rmtree(TOKENS, ignore_errors=True)
    TOKENS.mkdir(parents=True)
    wall_ns = time.time_ns() // 10**9 * 10**9
    (TOKENS / "clock.txt").write_text(f"{wall_ns}\n", encoding="ascii")
    with tempfile.TemporaryDirectory() as place, LocalAuthority(Path(place) / "tsa", "golden") as authority:
        settings = Path(place) / "anchors.yaml"
        named = f"{{name: golden, url: '{authority.url}', root: '{authority.root_pem}'}}"
        settings.write_text(f"authorities:\n  - {named}\n", encoding="utf-8")
        ask = live(load_settings(settings).authorities[0], Entropy(b"renew"))

        def stamp(size: int, note: bytes) -> Record:
            record = ask(size, note)
            Recorded(TOKENS).keep(record)
            return record

        anchored_store(Path(place) / "store", wall_ns, stamp, seed=b"golden")


def _newest_token(hand: Hand) -> Record:
    with Store.open_read_only(hand.root) as store, store.register_reader() as reader:
        entry = list(reader.entries(types={EntryType.ANCHOR_TOKEN}))[-1]
        parsed = parse_entry(entry.raw)
        kept = tuple(Attachment(ref.role, ref.media_type, store.blobs.read(ref)) for ref in parsed.blobs)
    return Record(EntryType.ANCHOR_TOKEN, dict(parsed.body), kept)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def main(arguments: list[str]) -> None:
    """Rebuild what is committed, or write it all into another folder."""
    if "--renew" in arguments:
        renew()
    elif arguments:
        build(Path(arguments[0]))
        return
    for folder in BAD.iterdir():
        if folder.is_dir() and folder != TOKENS:
            shutil.rmtree(folder)
    build(BAD)


if __name__ == "__main__":
    main(sys.argv[1:])
