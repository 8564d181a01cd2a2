"""Doctor looks, changes nothing, and each thing that is missing comes with one command."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from crawler import doctor
from crawler.doctor import DoctorReport, Finding, State, disk, examine, packages, python_version, writable
from crawler.exits import ExitCode


def _named(report: DoctorReport, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.name == name)


def test_a_machine_that_is_set_up_passes(tmp_path: Path) -> None:
    report = examine(tmp_path / "evidence")
    assert report.exit_code is ExitCode.FINE, "\n".join(report.lines())
    for name in ("python", "packages", "fonts", "browser", "models", "self-test", "store"):
        assert _named(report, name).state is State.OK, _named(report, name)
    assert not (tmp_path / "evidence").exists()


def test_an_empty_home_lacks_browser_and_models_and_stays_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LIVEWITNESS_MODELS", "LIVEWITNESS_BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    report = examine(tmp_path / "evidence")
    assert report.exit_code is ExitCode.MISSING
    for name in ("browser", "models"):
        assert _named(report, name).state is State.MISSING
        assert _named(report, name).remedy.endswith("livewitness setup")
    # fontconfig, not we, may put a cache of its own there.
    assert [entry for entry in tmp_path.rglob("*") if "livewitness" in entry.name] == []


def test_the_report_is_the_same_for_people_and_scripts(tmp_path: Path) -> None:
    report = DoctorReport((Finding("disk", State.OK, "10 GiB"), Finding("models", State.MISSING, "none", "mend it")))
    assert list(report.lines()) == [
        "disk    ok       10 GiB",
        "models  missing  none",
        "        type:    mend it",
    ]
    read = json.loads(json.dumps(report.to_json()))
    assert read["ok"] is False
    assert read["findings"][1] == {"name": "models", "state": "missing", "found": "none", "remedy": "mend it"}
    assert json.loads(json.dumps(examine(tmp_path).to_json()))["ok"] is True


def test_every_missing_thing_has_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIVEWITNESS_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("LIVEWITNESS_BROWSER", "/nonexistent/browser")
    (tmp_path / "file").touch()
    report = examine(tmp_path / "file")
    missing = [finding for finding in report.findings if finding.state is State.MISSING]
    assert {finding.name for finding in missing} >= {"browser", "models", "store"}
    assert all(finding.remedy for finding in missing)


def test_a_package_that_is_not_as_pinned_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    blake3 = metadata.version("blake3")
    lock.write_text(
        f"blake3=={blake3} \\\n    --hash=sha256:00\nnumpy==1.0 \\\n    --hash=sha256:00\n"
        "not-there==3 ; sys_platform == 'win32' \\\n    --hash=sha256:00\nmissing-one==3 \\\n    --hash=sha256:00\n",
        encoding="utf-8",
    )
    found = packages(lock)
    assert found.state is State.MISSING
    assert f"numpy {metadata.version('numpy')}, pinned 1.0" in found.found
    assert "missing-one missing, pinned 3" in found.found
    assert "blake3" not in found.found
    assert "not-there" not in found.found
    assert "--require-hashes" in found.remedy
    assert packages(tmp_path / "no.lock").state is State.NOTE


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), State.MISSING), ((3, 14, 0), State.MISSING), ((3, 13, 1), State.OK)]
)
def test_the_range_of_pythons(version: tuple[int, int, int], state: State) -> None:
    assert python_version(version).state is state


def test_a_store_that_is_a_file_or_cannot_be_written(tmp_path: Path) -> None:
    assert writable(tmp_path).state is State.OK
    (tmp_path / "file").touch()
    for store in (tmp_path / "file", tmp_path / "file" / "below"):
        found = writable(store)
        assert found.state is State.MISSING
        assert "is a file, expected a folder" in found.found


@pytest.fixture
def without_rights() -> Iterator[None]:
    """For the length of a test, not root (who may write everywhere)."""
    user = os.getuid()
    if user == 0:
        os.setresuid(65534, 65534, 0)
    yield
    if user == 0:
        os.setresuid(0, 0, 0)


@pytest.mark.usefixtures("without_rights")
@pytest.mark.parametrize("store", ["/", "/evidence", "/proc/1/root/evidence"])
def test_a_store_that_may_not_be_written(store: str) -> None:
    found = writable(Path(store))
    assert found.state is State.MISSING
    assert "is not writable for this user" in found.found
    assert found.remedy


def test_a_full_disk_is_told_before_a_watch_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "GiB free" in disk(tmp_path).found
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    monkeypatch.setattr(doctor, "GOOD_FREE", free * 2)
    assert disk(tmp_path).state is State.NOTE
    monkeypatch.setattr(doctor, "LEAST_FREE", free * 2)
    assert disk(tmp_path).state is State.MISSING
    assert disk(tmp_path).remedy
