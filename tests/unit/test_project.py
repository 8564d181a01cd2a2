"""Rules of the house that a reader of the source relies on, checked over every file."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import cv2
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDERS = ("crawler", "spiders", "evidence_store", "tests")
SOURCES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
OURS = {"crawler", "spiders", "evidence_store"}
LONGEST = 400
# Put together from pieces, or this file would be one that names them.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("pypi", "tuna", "tsinghua"),
        ("mirrors", "aliyun"),
    )
)
BANNED_WORDS = ("tamper-" + "proof", "court-" + "admissible", "block" + "chain")


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _imported(file: Path) -> set[str]:
    """Full dotted names of modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _locked() -> dict[str, str]:
    """Name and block of text of each pinned package."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
    return {block.splitlines()[0]: block for block in blocks}


@pytest.mark.parametrize("distribution", ["opencv-python", "opencv-contrib-python"])
def test_cv2_is_the_opencv_that_is_pinned(distribution: str) -> None:
    # Another opencv wheel unpacks into the same folder without a word, and then reads differently.
    assert metadata.version(distribution) == "4.10.0.84"
    assert cv2.__version__ == "4.10.0"


@pytest.mark.parametrize("file", SOURCES, ids=_name)
def test_no_source_uses_hashlib(file: Path) -> None:
    banned = {name for name in _imported(file) if name.split(".")[0] == "hash" + "lib"}
    assert not banned, "use blake3, or cryptography.hazmat.primitives.hashes"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == "hash" + "lib"]
    assert not calls, "imported by name"


@pytest.mark.parametrize("file", SOURCES, ids=_name)
def test_no_module_is_too_long_to_read(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_the_simulated_room_knows_nothing_of_ours() -> None:
    # Also what import-linter can't say in one rule: nothing of crawler/ either, though it lies inside.
    wrong = {
        (_name(file), name)
        for file in (ROOT / "crawler" / "simroom").rglob("*.py")
        for name in _imported(file)
        if name.split(".")[0] in OURS and not f"{name}.".startswith("crawler.simroom.") and name != "crawler"
    }
    assert not wrong


def test_each_dependency_is_pinned_with_digests() -> None:
    locked = _locked()
    for first, block in locked.items():
        requirement = Requirement(first.removesuffix("\\").strip())
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), first
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), first


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [Requirement(line) for line in project["project"]["dependencies"] + project["dependency-groups"]["dev"]]
    pinned = [Requirement(first.removesuffix("\\").strip()) for first in _locked()]
    for requirement in asked:
        versions = [
            str(pin.specifier).removeprefix("==")
            for pin in pinned
            if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
        ]
        assert versions, f"{requirement} is not in requirements.lock; type: make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}; type: make lock"


def test_the_lock_names_no_address() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in (ROOT / "crawler" / "models.lock").read_text(encoding="utf-8")


def test_no_committed_file_names_a_package_index() -> None:
    for file in _committed():
        content = file.read_bytes()
        named = [host for host in REGISTRY_HOSTS if host.encode() in content]
        assert not named, f"{_name(file)} names {named}"


def test_no_committed_text_promises_too_much() -> None:
    for file in _committed():
        if file.suffix in {".py", ".md", ".html", ".js", ".toml", ".yaml", ".yml"}:
            text = file.read_text(encoding="utf-8").lower()
            promised = [word for word in BANNED_WORDS if word in text]
            assert not promised, f"{_name(file)} says {promised}"
