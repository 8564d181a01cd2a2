"""What a store does about logs whose writer died (FORMAT.md section 7).

A cut-off log is never extended and its rows are not touched: its tail is checked from the last checkpoint on, and the
register is told where it ends. A log that does not check is left unregistered, for `livewitness verify` to show.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence_store.blobs import Blobs
from evidence_store.catalog import LONGEST_UNSIGNED_NS, Ending, LogRecord
from evidence_store.checkpoint import Checkpoint, VerifierKey, parse_note
from evidence_store.codec import NO_ENTRY, parse_entry
from evidence_store.databases.seam import Databases
from evidence_store.entries import JSON, EntryType, StoredEntry
from evidence_store.errors import Corrupt, StoreError
from evidence_store.merkle import EMPTY_ROOT, CompactRange, leaf_hash
from evidence_store.reader import LogReader
from evidence_store.registrar import Registrar


@dataclass(frozen=True, slots=True)
class Recovered:
    """One log that was found without a living writer. `problem` says why it could not be registered, else None."""

    log: str
    ending: Ending | None
    size: int
    leftover_files: int
    leftover_bytes: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a log ends, recomputed from its bytes."""

    size: int
    root: str
    head: str
    closed: bool


def recover_log(databases: Databases, record: LogRecord, register: Registrar, blobs: Blobs) -> Recovered:
    """Check and register one log that nobody holds. The caller holds its lease.

    Registers `log.closed` when the log had closed itself and only the register had not been told, else `log.cut_off`.
    Raises StoreError when the register can't be written.
    """
    left_over = blobs.left_over(record.log)
    files, size = len(left_over), sum(path.stat().st_size for path in left_over)
    try:
        tail = check_tail(databases, record)
    except StoreError as error:
        return Recovered(record.log, None, 0, files, size, str(error))
    body: dict[str, JSON] = {"log": record.log, "size": tail.size, "root": tail.root, "head": tail.head}
    if tail.closed:
        register.append(EntryType.LOG_CLOSED, body)
        return Recovered(record.log, Ending.CLOSED, tail.size, files, size)
    register.append(EntryType.LOG_CUT_OFF, {**body, "leftover": {"files": files, "bytes": size}})
    return Recovered(record.log, Ending.CUT_OFF, tail.size, files, size)


def check_tail(databases: Databases, record: LogRecord) -> Tail:
    """Check a log from its last checkpoint to its end: signature, root, canonical bytes, chain. Raises StoreError.

    A log that never got its first registered head may have no database, or an empty one: then its size is 0.
    """
    if not record.heads and not databases.has_log(record.log):
        return Tail(0, EMPTY_ROOT.hex(), NO_ENTRY, closed=False)
    with LogReader(databases.log(record.log, "ro")) as reader:
        tree = _tree_at_checkpoint(reader, VerifierKey.parse(record.vkey))
        head, closed, signed_mono_ns = NO_ENTRY, False, None
        if tree.size:
            last = reader.entry(tree.size - 1)
            head, closed, signed_mono_ns = last.id, last.type == EntryType.SESSION_CLOSE, last.mono_ns
        for row in reader.rows(tree.size):
            entry = parse_entry(row.raw)
            if (entry.log, entry.index, entry.prev, row.id) != (record.log, tree.size, head, entry.id):
                raise Corrupt(
                    "each entry follows the one before it",
                    expected=f"entry {tree.size} after {head}",
                    got=f"entry {entry.index} after {entry.prev} in log {entry.log}",
                    next_step="livewitness verify STORE",
                )
            _check_unsigned(entry, signed_mono_ns)
            tree.append(leaf_hash(row.raw))
            head = entry.id
    known = record.heads[-1] if record.heads else None
    if known is not None and tree.size < known.size:
        raise Corrupt(
            "a log is as long as the register says",
            expected=f"at least {known.size} entries",
            got=tree.size,
            next_step="livewitness verify STORE",
        )
    return Tail(tree.size, tree.root().hex(), head, closed)


def _check_unsigned(entry: StoredEntry, signed_mono_ns: int | None) -> None:
    """What stands after the last checkpoint can't be what only a living writer makes. Raises Corrupt."""
    if entry.type == EntryType.SESSION_CLOSE:
        raise Corrupt(
            "a log closes under a checkpoint of its key",
            expected="no session.close after the last checkpoint",
            got=f"one at index {entry.index}",
            next_step="livewitness verify STORE",
        )
    if signed_mono_ns is not None and entry.mono_ns - signed_mono_ns > LONGEST_UNSIGNED_NS:
        raise Corrupt(
            "a log has a checkpoint every minute while entries come",
            expected=f"at most {LONGEST_UNSIGNED_NS // 10**9} s of entries after the last checkpoint",
            got=f"entry {entry.index}, {(entry.mono_ns - signed_mono_ns) / 1e9:.0f} s after it",
            next_step="livewitness verify STORE",
        )


def _tree_at_checkpoint(reader: LogReader, vkey: VerifierKey) -> CompactRange:
    row = reader.last_checkpoint()
    if row is None:
        return CompactRange()
    tree = CompactRange.from_bytes(row.size, row.frontier)
    note = parse_note(row.note)
    if not note.signed_by([vkey]) or note.text != Checkpoint(vkey.name, row.size, tree.root()).text():
        raise Corrupt(
            "a log's last checkpoint is its key's, over its tree",
            expected=f"size {row.size}, root {tree.root().hex()}",
            got=note.text.replace("\n", " "),
            next_step="livewitness verify STORE",
        )
    return tree
