"""`python -m crawler.setup` and `make environment`, as a person runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from crawler.exits import ExitCode

ROOT = Path(__file__).parents[2]
# A build back end of the standard kind (PEP 660) that needs nothing installed: the copied project stays offline.
BACKEND = """
import zipfile

INFO = "tiny-1.dist-info"

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{INFO}/RECORD", "")
    return name
"""
PROJECT = """
[project]
name = "tiny"
version = "1"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def _set_up(home: Path, models: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HOME": str(home), "LIVEWITNESS_MODELS": str(models)} | more
    return subprocess.run(
        [sys.executable, "-m", "crawler.setup"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.browser
def test_set_up_proves_everything_once_and_then_only_looks(
    tmp_path: Path, browser_path: Path, models_path: Path
) -> None:
    first = _set_up(tmp_path, models_path, LIVEWITNESS_BROWSER=str(browser_path))
    assert first.returncode == ExitCode.FINE, first.stdout + first.stderr
    assert "both models read it" in first.stdout
    again = _set_up(tmp_path, models_path, LIVEWITNESS_BROWSER=str(browser_path))
    assert again.returncode == ExitCode.FINE
    for work in ("trying", "fetching", "self-test: the browser draws", "installing"):
        assert work not in again.stdout
    assert "passed before" in again.stdout


@pytest.mark.browser
def test_what_is_missing_ends_with_3_and_one_command(tmp_path: Path, models_path: Path) -> None:
    ended = _set_up(tmp_path, models_path, LIVEWITNESS_BROWSER="/nonexistent/browser")
    assert ended.returncode == ExitCode.MISSING
    assert "browser: MISSING: LIVEWITNESS_BROWSER=/nonexistent/browser does not start" in ended.stdout
    assert "browser: type: unset LIVEWITNESS_BROWSER" in ended.stdout
    assert "models: ok" in ended.stdout, "the other steps still run"
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of our Makefile over a project without dependencies."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.lock").write_text("", encoding="utf-8")
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    return folder


def _make(project: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    if path is not None:
        environment["PATH"] = path
    make = shutil.which("make")
    assert make is not None
    return subprocess.run(
        [make, "environment", *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def _python(folder: Path, text: str) -> Path:
    """A `python3` that behaves as another machine's does."""
    folder.mkdir(exist_ok=True)
    script = folder / "python3"
    script.write_text("#!/bin/sh\n" + textwrap.dedent(text), encoding="utf-8")
    script.chmod(0o755)
    return script


def test_the_environment_is_made_once_for_given_contents(project: Path) -> None:
    first = _make(project, f"PYTHON={sys.executable}")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "setup: environment: .venv from Python" in first.stdout
    assert "setup: packages:" in first.stdout

    (project / "pyproject.toml").touch()
    assert _make(project).stdout == "", "a newer date alone changes nothing"

    (project / "pyproject.toml").write_text(PROJECT + "\n# changed\n", encoding="utf-8")
    changed = _make(project)
    assert "setup: packages:" in changed.stdout
    assert "setup: environment:" not in changed.stdout, "made over in place"

    (project / ".venv/bin/python").unlink()
    mended = _make(project, f"PYTHON={sys.executable}")
    assert "setup: environment:" in mended.stdout
    assert mended.returncode == 0


def test_a_debian_without_python3_venv_is_told_the_package(project: Path, tmp_path: Path) -> None:
    python = _python(tmp_path / "bin", f'case "$2" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n')
    ended = _make(project, f"PYTHON={python}")
    assert "apt-get install python3-venv" in ended.stdout
    assert "Error 3" in ended.stderr
    assert not (project / ".venv").exists()


def test_a_python_that_is_too_old_is_named(project: Path, tmp_path: Path) -> None:
    old = _python(tmp_path / "bin", 'if [ "$1" = --version ]; then echo Python 3.9.2; exit; fi\nexit 1\n')
    for name in ("python3.11", "python3.12", "python3.13"):
        shutil.copy(old, old.with_name(name))
    searched = _make(project, path=f"{old.parent}:/usr/bin:/bin")
    assert "needs Python 3.11, 3.12 or 3.13; found: Python 3.9.2" in searched.stdout
    assert "Error 3" in searched.stderr
    given = _make(project, f"PYTHON={old}")
    assert f"PYTHON={old} does not fit" in given.stdout
    assert "Error 3" in given.stderr


def test_a_store_is_deleted_only_by_typing_its_name(project: Path) -> None:
    def clean(store: str, answer: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "clean-store", f"STORE={store}"],
            cwd=project,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )

    (project / "photos").mkdir()
    assert "is not a store" in clean("photos", "photos\n").stdout
    (project / "evidence").mkdir()
    (project / "evidence" / "store.json").touch()
    assert "nothing deleted" in clean("evidence", "yes\n").stdout
    assert (project / "evidence" / "store.json").exists()
    assert clean("evidence", "evidence\n").returncode == 0
    assert not (project / "evidence").exists()
    assert (project / "photos").exists()
