"""Checks 15 to 18: the blobs that entries name, and the files that nothing names."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from evidence_store.blobs import Blobs
from evidence_store.entries import BlobRef
from evidence_store.errors import Malformed
from evidence_store.hashing import digests_of_file
from evidence_store.marker import LOGS
from evidence_store.parts import parse_parts
from evidence_store.verify.report import Findings

Progress = Callable[[str, int, int], None]
LARGE = 256 << 10
AT_ONCE = 1024  # blobs handed to the threads at a time; bounds what waits to be told


class BlobCheck:
    """Gathers blob references while logs are walked, then looks at each blob once."""

    def __init__(self, root: Path, findings: Findings, progress: Progress) -> None:
        self._root = root
        self._blobs = Blobs(root)
        self._findings = findings
        self._progress = progress
        # Keyed by all that an entry claims: the same digest with another size or root is another claim.
        self._claims: dict[tuple[str, int, str, int | None, str | None], str] = {}
        self._total = 0

    def keep(self, ref: BlobRef, where: str) -> None:
        """Remember a reference; the first place that names it stands in the report."""
        claim = (ref.blake3, ref.size, ref.sha256, ref.parts_count, ref.parts_root)
        if claim not in self._claims:
            self._claims[claim] = where
            self._total += ref.size

    def run(self) -> None:
        """Check every blob that was named, then list the files that were not."""
        done = 0
        refs = [
            (BlobRef("", "", size, blake3, sha256, count, root), where)
            for (blake3, size, sha256, count, root), where in self._claims.items()
        ]
        # Both hash functions let go of the interpreter's lock, so that threads use every core. Over small blobs they
        # would only hand that lock to one another: those are for this thread, meanwhile.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for at in range(0, len(refs), AT_ONCE):
                large = [claim for claim in refs[at : at + AT_ONCE] if claim[0].size >= LARGE]
                small = [claim for claim in refs[at : at + AT_ONCE] if claim[0].size < LARGE]
                of_large = pool.map(lambda claim: self._check(*claim), large)
                for (ref, _), found in chain(
                    ((claim, self._check(*claim)) for claim in small), zip(large, of_large, strict=True)
                ):
                    self._findings.merge(found)
                    done += ref.size
                    self._progress("blobs", done, self._total)
        self._progress("blobs", self._total, self._total)
        self._files_beside({claim[0] for claim in self._claims})

    def _check(self, ref: BlobRef, where: str) -> Findings:
        findings = Findings()
        self._check_blob(ref, f"blob {ref.blake3} ({where})", findings)
        return findings

    def _check_blob(self, ref: BlobRef, here: str, findings: Findings) -> None:
        path = self._blobs.path(ref)
        findings.count(15)
        try:
            status = path.lstat()
        except OSError:
            findings.fail(15, expected=f"a file of {ref.size} bytes", got="no file", where=here)
            return
        if not stat.S_ISREG(status.st_mode):  # a pipe or a link in its place must not be followed
            findings.fail(15, expected="a plain file", got=stat.filemode(status.st_mode), where=here)
            return
        if status.st_size != ref.size:
            findings.fail(15, expected=f"{ref.size} bytes", got=f"{status.st_size} bytes", where=here)
        findings.count(16)
        try:
            with path.open("rb") as file:
                found = digests_of_file(file)
            content = path.read_bytes() if ref.parts_count is not None and found.size == ref.size else None
        except OSError as error:
            findings.fail(16, expected="a file that can be read", got=str(error), where=here)
            return
        for name, expected, got in (("BLAKE3", ref.blake3, found.blake3), ("SHA-256", ref.sha256, found.sha256)):
            if expected != got:
                findings.fail(16, expected=f"{name} {expected}", got=f"{name} {got}", where=here)
        if content is not None:
            self._check_parts(ref, content, here, findings)

    def _check_parts(self, ref: BlobRef, content: bytes, here: str, findings: Findings) -> None:
        findings.count(17)
        expected = f"{ref.parts_count} parts, root {ref.parts_root}"
        try:
            blob = parse_parts(content)
        except Malformed as error:
            findings.fail(17, expected=expected, got=str(error), where=here)
            return
        if (len(blob.parts), blob.root.hex()) != (ref.parts_count, ref.parts_root):
            got = f"{len(blob.parts)} parts, root {blob.root.hex()}"
            findings.fail(17, expected=expected, got=got, where=here)

    def _files_beside(self, named: set[str]) -> None:
        for path in self._blobs.files() if self._blobs.root.is_dir() else ():
            self._findings.count(18)
            if path.name not in named or path.parent.name != path.name[:2]:
                self._note("a blob that an entry names", path)
        for path in self._blobs.left_over():
            self._findings.count(18)
            self._note("no left-over temporary file", path)
        logs = self._root / LOGS
        for path in sorted(logs.iterdir()) if logs.is_dir() else ():
            if not path.name.endswith((".db", ".db-wal", ".db-shm", ".lock")):
                self._findings.count(18)
                self._note("a log's database", path)

    def _note(self, expected: str, path: Path) -> None:
        size = path.lstat().st_size if path.exists() else 0
        self._findings.note(
            18, expected=expected, got=f"{size} bytes, not adopted", where=str(path.relative_to(self._root))
        )
