"""Where blobs lie, and reading them back checked (FORMAT.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evidence_store.entries import BlobRef
from evidence_store.errors import BlobMissing, Corrupt
from evidence_store.hashing import digests
from evidence_store.parts import PartsBlob, ShownPart, parse_parts

BLOBS = "blobs"
TEMPORARY = "tmp"


class Blobs:
    """Read access to the blobs of a store. No state; safe from any thread and any number of processes."""

    def __init__(self, root: Path) -> None:
        self.root = root / BLOBS
        self.temporary = self.root / TEMPORARY

    def path(self, ref: BlobRef) -> Path:
        """Where the blob's file is, or would be. The bytes there are not checked: `read` does that."""
        return self.path_of(ref.blake3)

    def path_of(self, blake3: str) -> Path:
        return self.root / blake3[:2] / blake3

    def read(self, ref: BlobRef) -> bytes:
        """The blob's bytes, size and both digests checked. Raises BlobMissing or Corrupt."""
        path = self.path(ref)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(
                "a blob that an entry names is there",
                expected=f"{ref.role}, {ref.size} bytes",
                got=f"no file {path}",
                next_step="livewitness verify STORE",
            ) from error
        got = digests(content)
        if got != (ref.size, ref.blake3, ref.sha256):
            raise Corrupt(
                "a blob has the digests that its entry names",
                expected=f"{ref.size} bytes, BLAKE3 {ref.blake3}, SHA-256 {ref.sha256}",
                got=f"{got.size} bytes, BLAKE3 {got.blake3}, SHA-256 {got.sha256}",
                next_step="livewitness verify STORE",
            )
        return content

    def parts_blob(self, ref: BlobRef) -> PartsBlob:
        """The parsed parts blob, count and root checked. Raises BlobMissing, Corrupt or Malformed."""
        parsed = parse_parts(self.read(ref))
        if (len(parsed.parts), parsed.root.hex()) != (ref.parts_count, ref.parts_root):
            raise Corrupt(
                "a parts blob has the count and root that its entry names",
                expected=f"{ref.parts_count} parts, root {ref.parts_root}",
                got=f"{len(parsed.parts)} parts, root {parsed.root.hex()}",
                next_step="livewitness verify STORE",
            )
        return parsed

    def parts(self, ref: BlobRef) -> list[bytes]:
        """The payloads of a parts blob in order, count and root checked. Raises as `parts_blob`."""
        # A blob in the store shows every part: with one withheld its digests would not be those of the entry.
        return [part.payload for part in self.parts_blob(ref).parts if isinstance(part, ShownPart)]

    def files(self) -> Iterator[Path]:
        """Every file under blobs/ except the temporary ones, in name order by folder."""
        for folder in sorted(self.root.iterdir()):
            if folder.is_dir() and folder.name != TEMPORARY:
                yield from sorted(folder.iterdir())
            elif folder.name != TEMPORARY:
                yield folder

    def left_over(self, prefix: str = "") -> list[Path]:
        """Temporary files whose name begins so: blobs that were being written when their writer died."""
        if not self.temporary.is_dir():
            return []
        return sorted(path for path in self.temporary.iterdir() if path.name.startswith(prefix))
