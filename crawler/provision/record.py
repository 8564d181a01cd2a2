"""What set-up found out, kept in `~/.cache/livewitness/setup.json`, so that the next command need not try again."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from crawler.provision.piece import cache_folder

VERSION = 1


@dataclass(frozen=True, slots=True)
class BrowserRecord:
    """A browser that was launched and did what rooms ask; `size` and `mtime_ns` tell whether the file changed since."""

    path: str
    version: str
    size: int
    mtime_ns: int

    def unchanged(self) -> bool:
        """Whether the file is the one that was tried. A `stat`, nothing more."""
        try:
            now = Path(self.path).stat()
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """The whole record. `self_test` is what the self-test passed with (see `selftest.fingerprint`), or empty."""

    browser: BrowserRecord | None = None
    self_test: str = ""


def record_path() -> Path:
    """Where the record lies. It need not exist."""
    return cache_folder() / "setup.json"


def record_of(path: Path, version: str) -> BrowserRecord:
    """The record of a browser that has just been tried."""
    now = path.stat()
    return BrowserRecord(str(path), version, now.st_size, now.st_mtime_ns)


def load() -> SetupRecord:
    """The record, or an empty one: then set-up looks again. It only saves time, so an unreadable one counts as none."""
    try:
        fields = json.loads(record_path().read_text(encoding="utf-8"))
        if fields["v"] != VERSION:
            return SetupRecord()
        browser = fields["browser"]
        return SetupRecord(BrowserRecord(**browser) if browser else None, str(fields["self_test"]))
    except (OSError, ValueError, KeyError, TypeError):
        return SetupRecord()


def save(record: SetupRecord) -> None:
    """Write the record whole or not at all; two set-ups at once leave one of the two."""
    path = record_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".setup-", suffix=".json", delete=False
    ) as fresh:
        json.dump({"v": VERSION, **asdict(record)}, fresh, indent=1)
    Path(fresh.name).replace(path)
