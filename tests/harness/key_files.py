"""What tests of the store's keys have in common."""

from __future__ import annotations

import json
from pathlib import Path

from evidence_store.store import Store
from evidence_store.verify import Status, verify

KEY_FILES = {"store.key", "store.pub"}


def store_id(root: Path) -> str:
    """The store's id."""
    return str(json.loads((root / "store.json").read_bytes())["store"])


def key_files(root: Path) -> set[str]:
    """What lies in keys/."""
    return {path.name for path in (root / "keys").iterdir()}


def write_a_log(root: Path) -> None:
    """Open the store, write a log, close both."""
    with Store.open(root) as store:
        store.open_log("capture", case="c", subject="r", body={}).close("done")


def rotate(root: Path) -> int:
    """Change the store's key; the index of the entry that says so."""
    with Store.open(root) as store:
        return store.keys().rotate().index


def assert_sound(root: Path) -> None:
    """Each check passes, without a note."""
    report = verify(root)
    # 21 to 23 speak of what others say, and here nobody else was asked.
    amiss = [each.number for each in report.results if each.status is not Status.PASS and each.number < 21]
    assert amiss == [], "\n".join(report.lines())
