"""What a proof needs out of a store: entries, their places in both trees, keys, tokens (FORMAT.md section 12).

The store is only read, and may be written meanwhile: the register is read before the log that it speaks of, so that
whatever is chosen from it is there. Nothing is checked here beyond what choosing needs: a folder is checked when it
is written (`folder`), and by whoever gets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Self

from evidence_store.blobs import Blobs
from evidence_store.catalog import Catalog, Ending, Head, LogRecord
from evidence_store.checkpoint import Checkpoint, VerifierKey, log_origin
from evidence_store.databases.opening import databases_of
from evidence_store.entries import AFTER, REPLY_ROLE, EntryType, StoredEntry
from evidence_store.errors import Corrupt, UnknownLog
from evidence_store.keys import load_key_history
from evidence_store.merkle import leaf_hash
from evidence_store.proofs.gathered import Gathered, KnownToken, NotProvable, Proven
from evidence_store.proofs.tlog_proof import ConsistencyProof, TlogProof
from evidence_store.proofs.tree import LevelTree
from evidence_store.reader import LogReader


class Source:
    """A store, opened for proofs. Reads the register once, when it is made; use it in a `with`.

    Raises NotAStore, FutureFormat, Corrupt or Malformed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = Blobs(root)
        self._databases = databases_of(root)
        self._open = ExitStack()
        self._open.callback(self._databases.close)
        self._register = self._open.enter_context(LogReader(self._databases.register("ro")))
        self.store = self._register.log
        self.catalog = Catalog()
        self._tree = LevelTree()
        self._tokens: list[StoredEntry] = []
        self._rotated: list[StoredEntry] = []
        try:
            self.keys = load_key_history(root, self.store, self._register)
            for entry in self._register.entries():
                self.catalog.add(entry)
                self._tree.append(leaf_hash(entry.raw))
                if entry.type == EntryType.ANCHOR_TOKEN:
                    self._tokens.append(entry)
                elif entry.type == EntryType.KEY_ROTATED:
                    self._rotated.append(entry)
        except BaseException:  # nobody gets this object, so nobody else will close what it opened
            self._open.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def register_size(self) -> int:
        """How many register entries there were when this was made."""
        return self._tree.size

    def find_log(self, name: str) -> LogRecord:
        """The log, capture or reading, whose id begins with `name`. Raises UnknownLog for none or several."""
        found = [record for log, record in self.catalog.logs.items() if name and log.startswith(name.lower())]
        if len(found) != 1:
            got = "no log begins" if not found else f"{len(found)} logs begin"
            raise UnknownLog(
                "a log is named by its id, or by enough of its beginning",
                expected="the beginning of one log's id",
                got=f"{got} with {name!r}",
                next_step=f"livewitness sessions --store {self.root}",
            )
        return found[0]

    def reader(self, record: LogRecord) -> LogReader:
        """Read a log; close the reader."""
        return LogReader(self._databases.log(record.log, "ro"))

    def entries(self, record: LogRecord, first: int, last: int) -> Gathered:
        """Entries `first` to `last`, both included, under the smallest registered head that contains the last one.

        Raises NotProvable when no head contains it yet, or there is no such entry.
        """
        head = self._head_over(record, last)
        if not 0 <= first <= last:
            raise self._not_provable("entries are counted from 0, the first before the last", "0 or more", first)
        with self.reader(record) as reader:
            tree = LevelTree(leaf_hash(row.raw) for row in islice(reader.rows(), head.size))
            wanted = list(islice(reader.entries(first), last + 1 - first))
            note = _note_of(reader, record, head)
            not_before = self._known_at(reader, first)
        self._same_root(record.log, tree.root(), head)
        proven = [Proven(entry, TlogProof(entry.index, _path(tree, entry.index, head.size), note)) for entry in wanted]
        return self._gathered(record, head, proven, not_before)

    def log(self, record: LogRecord) -> Gathered:
        """That the log is registered, with its last registered head. Raises NotProvable when it has none yet."""
        if not record.heads:
            raise self._not_provable("a log has a registered head", "log.head in the register", f"none of {record.log}")
        return self._gathered(record, record.heads[-1], ())

    def consistency(self, record: LogRecord | None, old: int, new: int) -> ConsistencyProof:
        """That the first `old` entries of a log (of the register when None) are a prefix of the first `new`.

        `new` is a size that has a checkpoint. Raises NotProvable.
        """
        with ExitStack() as stack:
            reader = self._register if record is None else stack.enter_context(self.reader(record))
            sizes = {row.size: row.note for row in reader.checkpoints()}
            if new not in sizes:
                near = sorted(sizes, key=lambda size: abs(size - new))[:3]
                expected = f"one of {len(sizes)} sizes, the nearest {', '.join(map(str, sorted(near)))}"
                raise self._not_provable("the newer size is that of a checkpoint", expected, new)
            if not 0 < old <= new:
                raise self._not_provable("the older size is 1 or more and not above the newer", f"1 to {new}", old)
            tree = self._tree if record is None else LevelTree(leaf_hash(row.raw) for row in reader.rows())
            return ConsistencyProof(old, tuple(tree.consistency(old, new)), sizes[new])

    def opened_ns(self, record: LogRecord) -> int:
        """When the log's first entry was made: Unix nanoseconds of the recording machine's clock."""
        self._head_over(record, 0)
        with self.reader(record) as reader:
            return reader.entry(0).wall_ns

    def between(self, record: LogRecord, start_ns: int | None, end_ns: int | None) -> tuple[int, int]:
        """First and last index of the registered entries made between two moments (Unix nanoseconds, both included).

        One entry more stands at each end where there is one: its time lies outside, so that nothing was left out
        there. None is the log's beginning, or its last registered entry. Raises NotProvable when nothing was made then.
        """
        size = record.heads[-1].size if record.heads else 0
        with self.reader(record) as reader:
            inside = [
                entry.index
                for entry in islice(reader.entries(), size)
                if (start_ns is None or entry.wall_ns >= start_ns) and (end_ns is None or entry.wall_ns <= end_ns)
            ]
        if not inside:
            raise self._not_provable(
                "a stretch of time has entries",
                f"an entry among the {size} registered ones of log {record.log}",
                "none in that time",
            )
        return max(inside[0] - 1, 0), min(inside[-1] + 1, size - 1)

    def naming(self, blake3: str) -> Iterator[tuple[LogRecord, int]]:
        """Each registered entry of a log that names this blob, logs in the order of their opening."""
        needle = f'"blake3":"{blake3}"'.encode()
        for record in self.catalog.logs.values():
            if not record.heads:
                continue
            with self.reader(record) as reader:
                for row in islice(reader.rows(), record.heads[-1].size):
                    # The bytes are searched first: parsing every entry takes twenty times as long.
                    if needle in row.raw and any(blob.blake3 == blake3 for blob in reader.entry(row.idx).blobs):
                        yield record, row.idx

    def _head_over(self, record: LogRecord, index: int) -> Head:
        for head in record.heads:  # they only grow
            if head.size > index:
                return head
        size = record.heads[-1].size if record.heads else 0
        ended = record.ending is not None
        raise NotProvable(
            "a proof rests on a registered head that contains the entry",
            expected=f"an index below {size} in log {record.log}" + ("" if ended else ", so far"),
            got=f"index {index}",
            next_step=f"livewitness sessions --store {self.root}"
            if ended
            else "again in a minute: heads are registered every 60 s, and when the log ends",
        )

    def _known_at(self, reader: LogReader, index: int) -> KnownToken | None:
        """The token that the log knew when it wrote the entry of this index."""
        said_by = None
        for entry in reader.entries(types=[EntryType.SESSION_OPEN, EntryType.HEARTBEAT]):
            if entry.index > index:
                break
            said_by = entry
        after = None if said_by is None else said_by.body.get(AFTER)
        for token in self._tokens:
            if said_by is not None and any(blob.role == REPLY_ROLE and blob.blake3 == after for blob in token.blobs):
                return KnownToken(said_by, token)
        return None

    def _gathered(
        self, record: LogRecord, head: Head, entries: Sequence[Proven], not_before: KnownToken | None = None
    ) -> Gathered:
        size, tokens, passed_over = self._register_size_over(head.at)
        note = self._register_note(size)
        rotated = [entry for entry in self._rotated if entry.index > record.opened_at]
        return Gathered(
            self.store,
            tuple(entries),
            self._registered(head.at, size, note),
            self._registered(record.opened_at, size, note),
            VerifierKey.parse(record.vkey),
            self.keys.spans[-1].key,  # keys/store.pub, but for the moment in which it is changed
            tokens,
            tuple(self._registered(entry.index, size, note) for entry in rotated),
            not_before,
            passed_over,
        )

    def _register_size_over(self, index: int) -> tuple[int, tuple[StoredEntry, ...], StoredEntry | None]:
        """The smallest stamped size that contains the register entry and that the present key signed, with its tokens.

        Without one the newest size, which that key signed too. Last, the first token over a checkpoint of an older key
        that contains the entry and was passed over: in a folder nobody sees whether that key was stolen since.
        """
        stamped = {size for token in self._tokens if type(size := token.body.get("size")) is int}
        over = [size for size in sorted(stamped) if size > index and self.keys.span_at(size).trusted_at(size)]
        good = [size for size in over if size >= self.keys.spans[-1].first]
        passed_over = self._tokens_over(over[0])[0] if over and over[:1] != good[:1] else None
        if not good:
            return self.register_size, (), passed_over
        return good[0], self._tokens_over(good[0]), passed_over

    def _tokens_over(self, size: int) -> tuple[StoredEntry, ...]:
        return tuple(token for token in self._tokens if token.body.get("size") == size)

    def _registered(self, index: int, size: int, note: bytes) -> Proven:
        return Proven(self._register.entry(index), TlogProof(index, _path(self._tree, index, size), note))

    def _register_note(self, size: int) -> bytes:
        for row in self._register.checkpoints(size):
            if row.size == size:
                return row.note
            break
        raise Corrupt(
            "the register has a checkpoint for each entry",
            expected=f"a checkpoint of size {size}",
            got="none",
            next_step=f"livewitness verify {self.root}",
        )

    def _same_root(self, log: str, root: bytes, head: Head) -> None:
        if root.hex() != head.root:
            raise Corrupt(
                "a log's entries have the root that the register holds",
                expected=f"root {head.root} at size {head.size} (register entry {head.at})",
                got=f"root {root.hex()} of log {log}",
                next_step=f"livewitness verify {self.root}",
            )

    def _not_provable(self, rule: str, expected: object, got: object) -> NotProvable:
        return NotProvable(rule, expected=expected, got=got, next_step="livewitness prove --help")


def _path(tree: LevelTree, index: int, size: int) -> tuple[bytes, ...]:
    return tuple(tree.inclusion(index, size))


def _note_of(reader: LogReader, record: LogRecord, head: Head) -> bytes:
    """The log's checkpoint of that size; for a cut-off log, for which nobody could sign, its text alone."""
    if head.ending is Ending.CUT_OFF:
        return Checkpoint(log_origin(record.log), head.size, bytes.fromhex(head.root)).text().encode()
    for row in reader.checkpoints(head.size):
        if row.size == head.size:
            return row.note
        break
    raise Corrupt(
        "a registered head has its checkpoint in the log",
        expected=f"a checkpoint of size {head.size} (register entry {head.at})",
        got=f"none in log {record.log}",
        next_step="livewitness verify STORE",
    )
