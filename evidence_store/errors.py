"""What can go wrong with a store, one class per thing that a caller may want to tell apart.

Each message names the rule, what was expected, what was got, and the next command to type.
"""

from __future__ import annotations


class StoreError(Exception):
    """Root of all errors of the evidence store."""

    def __init__(self, rule: str, *, expected: object, got: object, next_step: str) -> None:
        self.rule = rule
        self.expected = str(expected)
        self.got = str(got)
        self.next_step = next_step
        super().__init__(f"{rule}: expected {self.expected}, got {self.got}. Next: {next_step}")


class NotAStore(StoreError):
    """The path is no store: nothing there, or a folder without store.json."""


class StoreIsAFile(NotAStore):
    """The path is a file where a folder should be."""


class StoreExists(StoreError):
    """A store would have been created over something that is already there."""


class ReadOnlyStore(StoreError):
    """The folder can't be written, or the store was opened for reading only."""


class FutureFormat(StoreError):
    """A version number that this program does not know."""


class Malformed(StoreError):
    """Bytes that do not follow FORMAT.md."""


class Corrupt(StoreError):
    """What is stored contradicts itself."""


class KeyMissing(StoreError):
    """The store's private key is not there, or does not belong to the store."""


class InvalidDraft(StoreError):
    """A draft that can't become an entry: body not JSON, too large, a type kept for the store."""


class DiskFull(StoreError):
    """The file system (or the quota) has no room left."""


class StorageFailed(StoreError):
    """The disk or the database refused a write or a read (EIO and its kind)."""


class QueueFull(StoreError):
    """More bytes wait for the disk than the writer's limit allows; what does not fit is a gap."""


class LogClosed(StoreError):
    """The log has been closed; a closed log never grows."""


class LogHeld(StoreError):
    """Another writer holds this log."""


class Fenced(StoreError):
    """A later writer took over this log; nothing more may be appended under the older lease."""


class WrongDatabase(StoreError):
    """The database of a store is not named, is not one that a store can lie in, or holds another store."""


class UnknownLog(StoreError):
    """No log of this id in the store."""


class BlobMissing(StoreError):
    """A blob that an entry names is not in the store."""


class SettingsError(StoreError):
    """A settings file that can't be used as written."""


class AnchorError(StoreError):
    """No anchor came of it: nobody answered, or what came was refused. The kinds are in `anchors/refusals.py`.

    `received` is what came, as it came (empty when nothing did): it is kept beside the entry that tells of it.
    """

    def __init__(self, rule: str, *, expected: object, got: object, next_step: str, received: bytes = b"") -> None:
        super().__init__(rule, expected=expected, got=got, next_step=next_step)
        self.received = received
