"""A small sound store to attack copies of, and which checks of a report fail."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from evidence_store.entries import Attachment, Draft, EntryType, Part
from evidence_store.store import Store
from evidence_store.verify.report import Report, Status


@dataclass(frozen=True)
class Small:
    """A store with a closed capture log (5 entries), a closed reading log and nothing amiss."""

    root: Path
    capture: str
    reading: str

    @property
    def capture_db(self) -> Path:
        return self.root / "logs" / f"{self.capture}.db"

    @property
    def register_db(self) -> Path:
        return self.root / "register.db"

    def blob(self, role: str) -> Path:
        with Store.open_read_only(self.root) as store, store.reader(self.capture) as reader:
            return next(
                store.blobs.path(blob) for entry in reader.entries() for blob in entry.blobs if blob.role == role
            )


def small_store(root: Path, database: str | None = None) -> Small:
    """Make it, on PostgreSQL when given its URL."""
    with Store.create(root, database=database) as store:
        capture = store.open_log("capture", case="c", subject="room", body={"url": "https://room.example/1"})
        for number in range(3):
            picture = Attachment("picture", "image/jpeg", b"picture %d" % number * 50)
            frames = Attachment("frames", "application/octet-stream", (Part(b"one"), Part(b"%d" % number)))
            draft = Draft(EntryType.SCREEN, number, number, {"n": number}, (picture, frames))
            capture.submit(draft).result()
        capture.close("the time given is over")
        reading = store.open_log("reading", case="c", subject="room", body={"reads": capture.log})
        reading.submit(Draft(EntryType.READINGS, 9, 9, {"readings": [{"entry": 1}, {"entry": 3}]})).result()
        reading.close("all pictures are read")
    return Small(root, capture.log, reading.log)


def copy_of(original: Small, root: Path) -> Small:
    """A copy to attack."""
    shutil.copytree(original.root, root)
    return Small(root, original.capture, original.reading)


def failing(report: Report) -> set[int]:
    """Numbers of the checks that fail."""
    return {result.number for result in report.results if result.status is Status.FAIL}


def unchecked(report: Report) -> set[int]:
    """Numbers of the checks that could not be made."""
    return {result.number for result in report.results if result.status is Status.UNCHECKED}
