"""A store: made, opened, its logs listed, read and written. The one place that hands out writers of logs.

Reading needs no key and no writable folder. Several processes may use one store at a time; each log has one writer.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, Unpack

from evidence_store.anchors.anchoring import Anchoring
from evidence_store.appender import Appender
from evidence_store.blob_writer import BlobWriter
from evidence_store.blobs import Blobs
from evidence_store.canonical_json import canonical
from evidence_store.catalog import ENDINGS, KINDS, SUBJECT_ROLE, Catalog, Ending, LogRecord, build_catalog
from evidence_store.checkpoint import SigningKey, key_statement
from evidence_store.codec import is_log_id
from evidence_store.creation import create_store
from evidence_store.databases.opening import databases_of
from evidence_store.databases.seam import Databases
from evidence_store.durable import as_store_error, ensure_reserve
from evidence_store.entries import JSON, Attachment, EntryType, Part, Receipt
from evidence_store.errors import Corrupt, InvalidDraft, LogHeld, ReadOnlyStore, StoreError, StoreExists, UnknownLog
from evidence_store.keys import new_log_key
from evidence_store.lease import LOCK_SUFFIX, Lease, is_held
from evidence_store.log import LogWriter, Surroundings
from evidence_store.marker import LOGS, MARKER_NAME, read_marker
from evidence_store.options import StoreArguments, StoreOptions, system_now
from evidence_store.reader import LogReader
from evidence_store.recovery import Recovered, recover_log
from evidence_store.register import Register
from evidence_store.registrar import Registrar
from evidence_store.rotation import KeyKeeper, open_store_key

Now = Callable[[], tuple[int, int]]
WHO_ROLE = "who"
LogState = Literal["open", "closed", "cut off", "being written"]


@dataclass(frozen=True, slots=True)
class LogSummary:
    """One log as a list shows it.

    `state`: "being written" while its writer lives; "open" when the writer died and nobody has registered that yet
    (the next writer that opens the store does). `case` and `subject` are None when their parts were erased;
    `problem` says why the log could not be read, and `livewitness verify` says more.
    """

    log: str
    kind: str
    opened_wall_ns: int
    state: LogState
    size: int
    closed_reason: str | None
    case: str | None
    subject: str | None
    reads: str | None
    problem: str | None = None


class Store:
    """An open store. Safe from any thread; close it, or use it in a `with` (writers of logs are closed on their own).

    `recovered` lists what opening found of logs whose writer died; `anchoring` says how authorities and witnesses
    stand (None in a store opened for reading).
    """

    def __init__(self, root: Path, store: str, databases: Databases, writing: _Writing | None, now: Now) -> None:
        """Use `create`, `open`, `open_or_create` or `open_read_only`."""
        self.root = root
        self.id = store
        self.blobs = Blobs(root)
        self.recovered: list[Recovered] = []
        self.anchoring: Anchoring | None = None
        self._databases = databases
        self._now = now
        self._writing = writing

    @classmethod
    def create(cls, path: str | os.PathLike[str], **arguments: Unpack[StoreArguments]) -> Self:
        """Make a store in a new or empty folder and open it. Durable when it returns.

        Arguments: see StoreOptions. Raises StoreExists, StoreIsAFile, NotAStore, WrongDatabase, ReadOnlyStore,
        DiskFull or StorageFailed.
        """
        options = StoreOptions(**arguments)
        create_store(Path(path), options.entropy, options.files, options.database)
        return cls.open(path, **arguments)

    @classmethod
    def open(cls, path: str | os.PathLike[str], **arguments: Unpack[StoreArguments]) -> Self:
        """Open for reading and writing; registers logs whose writer died (`recovered`), makes the reserve anew.

        Arguments: see StoreOptions. Raises StoreIsAFile, NotAStore, FutureFormat, Corrupt, WrongDatabase,
        ReadOnlyStore, KeyMissing, DiskFull or StorageFailed.
        """
        root, options = Path(path), StoreOptions(**arguments)
        store = read_marker(root).store
        _check_writable(root, options)
        databases = databases_of(root, options.database)
        key = open_store_key(
            root, store, lambda: LogReader(databases.register("ro")), options.files, options.passphrase
        )
        register = Register(
            root,
            databases.register("rw"),
            key,
            options.files,
            options.now,
            options.entropy,
            passphrase=options.passphrase,
        )
        registrar = Registrar(register, lambda: LogReader(databases.register("ro")))
        opened = cls(root, store, databases, _Writing(registrar, options), options.now)
        try:
            opened.recovered = list(opened._recover(registrar))
            opened._fold()
        except BaseException:  # nobody gets this store, so nobody else will close what it opened
            registrar.close()
            databases.close()
            raise
        opened.anchoring = Anchoring(
            root, options.anchors, registrar, opened.register_reader, options.entropy, options.now
        )
        return opened

    @classmethod
    def open_or_create(cls, path: str | os.PathLike[str], **arguments: Unpack[StoreArguments]) -> Self:
        """Open the store that is there, or make one. Several processes may do this at once. Raises as both."""
        if not (Path(path) / MARKER_NAME).exists():
            options = StoreOptions(**arguments)
            with suppress(StoreExists):  # another process made it meanwhile
                create_store(Path(path), options.entropy, options.files, options.database)
        return cls.open(path, **arguments)

    @classmethod
    def open_read_only(cls, path: str | os.PathLike[str], *, database: str | None = None) -> Self:
        """Open for reading: needs no key, writes nothing, registers nothing. `database` as in `open`.

        Raises StoreIsAFile, NotAStore, FutureFormat, Corrupt or WrongDatabase.
        """
        root = Path(path)
        return cls(root, read_marker(root).store, databases_of(root, database), None, system_now)

    @property
    def read_only(self) -> bool:
        return self._writing is None

    def open_log(
        self, kind: Literal["capture", "reading"], *, case: str, subject: str, body: Mapping[str, JSON]
    ) -> LogWriter:
        """Begin a log. Its entry 0 is `session.open` with this body, registered and durable when this returns.

        `case` and `subject` (the room) go into salted parts of the register, never into an entry. The body of a
        reading log names the capture log under `reads`. Raises ReadOnlyStore, InvalidDraft, DiskFull, StorageFailed.
        """
        writing = self._need_writing()
        if kind not in KINDS:
            raise InvalidDraft("a log's kind is known", expected=KINDS, got=kind, next_step="see FORMAT.md section 4")
        canonical(dict(body))
        if kind == "reading":
            self._record(str(body.get("reads")))
        log = writing.options.entropy(16).hex()
        key = new_log_key(log, writing.options.entropy)
        try:
            lease = Lease.acquire(self._lock_path(log))
        except OSError as error:
            raise as_store_error(error, "opening a log") from error
        try:
            self._register_log(writing, log, kind, str(key.verifier), case, subject)
            self._databases.create_log(log)
            writing.options.files.sync_folder(self.root / LOGS)
            writer = LogWriter(
                log,
                Appender(self._databases.log(log, "rw"), key, self._now()[0]),
                lease,
                Surroundings(
                    self.root,
                    writing.register,
                    BlobWriter(self.blobs, writing.options.files, writing.options.entropy, log),
                    self._now,
                    writing.options.limits,
                ),
            )
            writer.start(EntryType.SESSION_OPEN, body)
            if self.anchoring is not None:
                self.anchoring.wake()
        except OSError as error:
            lease.release()
            raise as_store_error(error, "opening a log") from error
        except BaseException:
            lease.release()
            raise
        return writer

    def logs(self) -> list[LogSummary]:
        """Every log of the store in the order in which they were opened. A log that can't be read has a `problem`."""
        records = self._catalog((EntryType.LOG_OPENED, *ENDINGS)).logs  # most of a long register is heads
        if any(record.ending is None and not self._databases.has_log(record.log) for record in records.values()):
            records = self._catalog().logs  # only its first head tells a log that was taken away from one never begun
        return [self._summary(record) for record in records.values()]

    def reader(self, log: str) -> LogReader:
        """Read a log, also while it is being written, here or in another process. Close the reader.

        Raises UnknownLog, Corrupt or StorageFailed.
        """
        if not is_log_id(log) or not self._databases.has_log(log):
            self._record(log)
        return LogReader(self._databases.log(log, "ro"))

    def register_reader(self) -> LogReader:
        """Read the register, also while others write it. Close the reader. Raises Corrupt or StorageFailed."""
        return LogReader(self._databases.register("ro"))

    def being_written(self, log: str) -> bool:
        """Whether a living writer holds this log; cheap enough to ask at each poll. False: it will not grow."""
        return is_log_id(log) and is_held(self._lock_path(log))

    def keys(self) -> KeyKeeper:
        """Changes and revokes the store's own keys. Raises ReadOnlyStore."""
        writing = self._need_writing()
        files, entropy, passphrase = writing.options.files, writing.options.entropy, writing.options.passphrase
        return KeyKeeper(
            self.root, self.id, self.register_reader, writing.register, files, entropy, passphrase=passphrase
        )

    def record_custody(self, what: str, body: Mapping[str, JSON], *, who: str, why: str) -> Receipt:
        """Add a custody event to the register: what was done with the evidence (FORMAT.md section 13).

        `who` (a person, an account) and `why` go into salted parts. Raises ReadOnlyStore, InvalidDraft or StoreError.
        """
        named = Attachment(WHO_ROLE, "text/plain; charset=utf-8", (Part(who.encode()), Part(why.encode())))
        return self._need_writing().register.append(EntryType.CUSTODY, {**body, "what": what}, [named])

    def close(self, *, anchor_wait_s: float | None = None) -> None:
        """Have the newest register anchored, then close it. Close writers of logs first.

        Waits for authorities and witnesses at most `anchor_wait_s`, else `close_wait_s` of the settings.
        """
        try:
            if self._writing is not None:
                try:
                    if self.anchoring is not None:
                        self.anchoring.close(anchor_wait_s)
                    self._fold()
                finally:
                    self._writing.register.close()
        finally:
            self._databases.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _register_log(self, writing: _Writing, log: str, kind: str, vkey: str, case: str, subject: str) -> None:
        named = Attachment(SUBJECT_ROLE, "text/plain; charset=utf-8", (Part(case.encode()), Part(subject.encode())))

        def body(key: SigningKey, _index: int) -> dict[str, JSON]:
            signature = base64.b64encode(key.private.sign(key_statement(self.id, log, kind, vkey))).decode("ascii")
            return {"log": log, "kind": kind, "vkey": vkey, "signature": signature}

        writing.register.append(EntryType.LOG_OPENED, body, [named])

    def _recover(self, register: Registrar) -> Iterator[Recovered]:
        for log in self._unfinished():
            try:
                lease = Lease.acquire(self._lock_path(log))
            except LogHeld:
                continue
            try:
                # Read again under the lease: its writer, or another recovery, may have ended the log meanwhile.
                record = self._record(log)
                if record.ending is None:
                    yield recover_log(self._databases, record, register, self.blobs)
            finally:
                lease.release()

    def _unfinished(self) -> list[str]:
        """Logs whose end is not registered. Reads openings and endings only: most of a long register is heads."""
        logs: dict[str, None] = {}
        with self.register_reader() as reader:
            for entry in reader.entries(types=(EntryType.LOG_OPENED, *ENDINGS)):
                log = entry.body.get("log")
                if not isinstance(log, str) or not is_log_id(log):  # it becomes the name of a file
                    raise Corrupt(
                        "the register names logs by their ids",
                        expected="32 hex",
                        got=f"{log!r:.80} in register entry {entry.index}",
                        next_step=f"livewitness verify {self.root}",
                    )
                if entry.type == EntryType.LOG_OPENED:
                    logs[log] = None
                else:
                    logs.pop(log, None)
        return list(logs)

    def _fold(self) -> None:
        """Make one plain file of each closed log whose writer could not, because a reader was attached.

        A cut-off log stays as it was found.
        """
        unfolded = [log for log in self._databases.unfolded() if not self.being_written(log)]
        logs = self._catalog((EntryType.LOG_OPENED, *ENDINGS)).logs if unfolded else {}
        for log in unfolded:
            if log in logs and logs[log].ending is Ending.CLOSED:
                # Nothing hangs on it: a damaged log or a full disk is for verify and for the next write to say.
                with suppress(StoreError):
                    self._databases.log(log, "rw").close()

    def _summary(self, record: LogRecord) -> LogSummary:
        state: LogState = "being written" if self.being_written(record.log) else "open"
        if record.ending is not None:
            state = record.ending.value
        size, reason, reads = (record.heads[-1].size if record.heads else 0), None, None
        case, subject, problem = None, None, None
        try:
            if record.subject is not None and self.blobs.path(record.subject).exists():
                case, subject = (part.decode() for part in self.blobs.parts(record.subject))
            if size or (record.ending is None and self._databases.has_log(record.log)):
                with self.reader(record.log) as reader:
                    registered, size = size, reader.size()
                    if size or registered:
                        named = reader.entry(0).body.get("reads")
                        reads = named if isinstance(named, str) else None
                        last = reader.entry(size - 1)
                        reason = last.body.get("reason") if last.type == EntryType.SESSION_CLOSE else None
        except (StoreError, IndexError, ValueError, OSError) as error:
            problem = str(error)
        return LogSummary(
            record.log, record.kind, record.opened_wall_ns, state, size, reason, case, subject, reads, problem
        )

    def _catalog(self, types: Collection[EntryType] | None = None, *, naming: str | None = None) -> Catalog:
        with self.register_reader() as reader:
            return build_catalog(reader.entries(types=types, naming=naming))

    def _record(self, log: str) -> LogRecord:
        record = self._catalog(naming=log).logs.get(log)
        if record is None:
            raise UnknownLog(
                "a log is registered in its store",
                expected="the id of a log of this store",
                got=repr(log)[:80],
                next_step=f"livewitness sessions --store {self.root}",
            )
        return record

    def _need_writing(self) -> _Writing:
        if self._writing is None:
            raise ReadOnlyStore(
                "writing needs a store opened for writing",
                expected="Store.open",
                got="Store.open_read_only",
                next_step="open the store for writing",
            )
        return self._writing

    def _lock_path(self, log: str) -> Path:
        return self.root / LOGS / f"{log}{LOCK_SUFFIX}"


@dataclass(frozen=True, slots=True)
class _Writing:
    """What only a store opened for writing has."""

    register: Registrar
    options: StoreOptions


def _check_writable(root: Path, options: StoreOptions) -> None:
    # Root may write whatever the mode bits say, so only writing tells.
    probe = Blobs(root).temporary / f"probe-{options.entropy(8).hex()}"
    try:
        options.files.write_new(probe, b"")
        options.files.remove(probe)
        ensure_reserve(root)
        options.files.sync_folder(root)  # whoever made the store may have died before that
    except OSError as error:
        raise as_store_error(error, f"writing to the store {root}") from error
