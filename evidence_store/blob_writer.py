"""Writing blobs durably (FORMAT.md section 6): temporary file, fsync, rename, fsync of the folder once per batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evidence_store.blobs import Blobs
from evidence_store.durable import FileSystem
from evidence_store.entries import Attachment, BlobRef
from evidence_store.hashing import digests
from evidence_store.parts import salted


class BlobWriter:
    """Writes blobs for one log. Used by one thread at a time; several writers may share a store.

    A blob counts only after `flush` has returned without an error for its folder.
    """

    def __init__(self, blobs: Blobs, files: FileSystem, entropy: Callable[[int], bytes], tag: str) -> None:
        self._blobs = blobs
        self._files = files
        self._entropy = entropy
        self._tag = tag
        self._count = 0
        self._known: set[Path] = set()
        self._unsynced: set[Path] = set()

    def write(self, attachment: Attachment) -> tuple[BlobRef, Path]:
        """Put an attachment's bytes under their name; returns the reference and the folder that `flush` must sync.

        A blob of the same digest and size that is there already is kept, not rewritten; its folder is synced all the
        same, because the writer that put it there may not have come to that yet. Raises OSError.
        """
        count: int | None = None
        root: str | None = None
        if isinstance(attachment.content, bytes):
            content = attachment.content
        else:
            parts = salted([part.payload for part in attachment.content], self._entropy)
            content, count, root = parts.to_bytes(), len(parts.parts), parts.root.hex()
        found = digests(content)
        path = self._blobs.path_of(found.blake3)
        if (
            path.parent not in self._known
        ):  # once per folder, made by us or not: its maker may have died before its fsync
            self._files.make_folder(path.parent)
            self._files.sync_folder(self._blobs.root)
            self._known.add(path.parent)
        if not (path.is_file() and path.stat().st_size == found.size):
            self._count += 1
            draft = self._blobs.temporary / f"{self._tag}-{self._count}"
            self._files.write_new(draft, content)
            try:
                self._files.rename(draft, path)
            except OSError:
                self._files.remove(draft)
                raise
        self._unsynced.add(path.parent)
        return (
            BlobRef(attachment.role, attachment.media_type, found.size, found.blake3, found.sha256, count, root),
            path.parent,
        )

    def flush(self) -> dict[Path, OSError]:
        """fsync every folder written to since the last flush; the folders that failed, with their error."""
        failed: dict[Path, OSError] = {}
        for folder in self._unsynced:
            try:
                self._files.sync_folder(folder)
            except OSError as error:
                failed[folder] = error
        self._unsynced.clear()
        return failed
