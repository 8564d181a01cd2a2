"""`livewitness doctor`: look at everything a watch needs on this machine, change nothing, name what mends it.

Nothing is launched, installed, fetched or written; about one second. What set-up proved by launching is taken from its
record, as long as the files are the same.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from crawler.exits import ExitCode
from crawler.provision import browser, fonts, models, selftest
from crawler.provision.piece import StepResult, own_command
from crawler.provision.record import load
from crawler.provision.system import this_system

LOCK = Path(__file__).parent.parent / "requirements.lock"
OLDEST, TOO_NEW = (3, 11), (3, 14)
LEAST_FREE = 1 << 30  # bytes: under this a watch soon stops
GOOD_FREE = 10 << 30
ROOM_HOUR = 2 << 30  # bytes: 1.0 GB of original media at 2.2 Mb/s, 0.5 GB of pictures at 1 Hz, chat and page
# They unpack into the same cv2/ folder as opencv-python, and whichever came last wins without a word.
COLLIDING = ("opencv-python-headless", "opencv-contrib-python-headless")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


class State(StrEnum):
    """How one thing stands."""

    OK = "ok"
    NOTE = "note"  # works, with something a person should know
    MISSING = "missing"  # a watch would not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is the one command that mends it, empty where nothing needs mending."""

    name: str
    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """All findings, in a fixed order."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> ExitCode:
        """0 when rooms can be watched (notes count as fine), else 3."""
        missing = any(finding.state is State.MISSING for finding in self.findings)
        return ExitCode.MISSING if missing else ExitCode.FINE

    def lines(self) -> Iterator[str]:
        """For people: a line for each finding, and under it what to type."""
        width = max(len(finding.name) for finding in self.findings)
        for finding in self.findings:
            yield f"{finding.name:<{width}}  {finding.state:<7}  {finding.found}"
            if finding.remedy:
                yield f"{'':<{width}}  type:    {finding.remedy}"

    def to_json(self) -> dict[str, Any]:
        """For scripts: `{"ok": bool, "findings": [{name, state, found, remedy}]}`."""
        return {"ok": self.exit_code is ExitCode.FINE, "findings": [asdict(finding) for finding in self.findings]}


def examine(store: Path, lock: Path = LOCK) -> DoctorReport:
    """Look at everything, for a watch that would write into `store` (which need not exist yet)."""
    return DoctorReport(
        (
            python_version(sys.version_info[:3]),
            packages(lock),
            _step(fonts.look(this_system())),
            _step(browser.look()),
            _models(),
            _self_test(),
            _user(),
            _clock(),
            disk(store),
            writable(store),
        )
    )


def python_version(version: tuple[int, int, int]) -> Finding:
    """Whether this Python is one that the packages are pinned for."""
    shown = ".".join(map(str, version))
    if OLDEST <= version[:2] < TOO_NEW:
        return Finding("python", State.OK, shown)
    return Finding("python", State.MISSING, f"{shown}; expected 3.11 to 3.13", "make setup PYTHON=python3.11")


def packages(lock: Path) -> Finding:
    """Installed versions against the pins in `lock`, and nothing beside them that overwrites OpenCV."""
    if not lock.exists():
        return Finding("packages", State.NOTE, f"not compared: {lock.name} lies beside the source, and this is not it")
    pins = list(_pins(lock))
    wrong = [f"{name} {_installed(name) or 'missing'}, pinned {pin}" for name, pin in pins if _installed(name) != pin]
    if wrong:
        shown = "; ".join(wrong[:3]) + (f"; {len(wrong) - 3} more" if len(wrong) > 3 else "")
        remedy = f"{sys.executable} -m pip install --require-hashes -r {os.path.relpath(lock)}"
        return Finding("packages", State.MISSING, shown, remedy)
    if colliding := [name for name in COLLIDING if _installed(name)]:
        remedy = f"rm -r {os.path.relpath(sys.prefix)} && make setup"
        return Finding("packages", State.MISSING, f"{colliding[0]} overwrites parts of opencv-python", remedy)
    return Finding("packages", State.OK, f"all {len(pins)} as pinned")


def disk(store: Path) -> Finding:
    """Room on the disk that `store` is, or would be, on."""
    free = shutil.disk_usage(_nearest(store)).free
    shown = f"{free / (1 << 30):.1f} GiB free for {store}, about {free // ROOM_HOUR} hours of one room"
    if free >= GOOD_FREE:
        return Finding("disk", State.OK, shown)
    state = State.NOTE if free >= LEAST_FREE else State.MISSING
    return Finding("disk", state, shown, "export LIVEWITNESS_STORE=/a/larger/disk/evidence")


def writable(store: Path) -> Finding:
    """Whether `store` is, or can become, a folder that we may write to."""
    remedy = "export LIVEWITNESS_STORE=$HOME/evidence"
    place = _nearest(store)
    if not place.is_dir():
        return Finding("store", State.MISSING, f"{place} is a file, expected a folder", remedy)
    if os.statvfs(place).f_flag & os.ST_RDONLY:  # said first: it is not the rights that are wrong
        return Finding("store", State.MISSING, f"{place} is on a read-only disk", remedy)
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("store", State.MISSING, f"{place} is not writable for this user", remedy)
    return Finding("store", State.OK, f"{store}{'' if place == store.absolute() else ' (not there yet, can be made)'}")


def _step(result: StepResult) -> Finding:
    return Finding(result.name, State.OK if result.ok else State.MISSING, result.found, result.remedy)


def _models() -> Finding:
    folder = models.models_folder()
    wrong = models.faults(folder)
    if wrong:
        return Finding("models", State.MISSING, wrong[0], own_command("setup"))
    return Finding("models", State.OK, f"{folder} (digests as pinned)")


def _self_test() -> Finding:
    record = load()
    if record.browser is not None and record.self_test == selftest.fingerprint(record.browser):
        return Finding("self-test", State.OK, "passed with this browser and these models")
    return Finding("self-test", State.NOTE, "not run with this browser and these models", own_command("setup"))


def _user() -> Finding:
    if os.geteuid() == 0:
        return Finding("user", State.NOTE, "root: Chromium runs without its sandbox; better a user without rights")
    return Finding("user", State.OK, "not root: the browser keeps its sandbox")


def _clock() -> Finding:
    """The kernel's own word on whether something disciplines its clock (adjtimex with nothing to adjust)."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return Finding("clock", State.NOTE, "can't be asked here; each watch measures the offset against NTP itself")
    # struct timex is 208 bytes on 64-bit Linux; modes = 0 asks and sets nothing.
    state = adjtimex(ctypes.create_string_buffer(1024))
    if state == _TIME_ERROR:
        found = "not synchronised, says the kernel; each watch measures the offset against NTP itself"
        return Finding("clock", State.NOTE, found, "timedatectl set-ntp true")
    if state < 0:
        return Finding(
            "clock", State.NOTE, "the kernel does not say; each watch measures the offset against NTP itself"
        )
    return Finding("clock", State.OK, "synchronised, says the kernel")


def _pins(lock: Path) -> Iterator[tuple[str, str]]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name, str(requirement.specifier).removeprefix("==")


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    absolute = path.absolute()
    return next(place for place in (absolute, *absolute.parents) if _exists(place))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # below a folder that we may not enter: that folder is the nearest one
        return False
