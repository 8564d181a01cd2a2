"""The peer, a subtitle reader from the package index (cshortranslate): its own environment, its clips, its runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from blake3 import blake3

from crawler.provision.models import models_dir
from tests.benchmarks.scenes.fonts import cache_folder

REQUIREMENTS = Path(__file__).with_name("peer_requirements.txt")
ENTRY = Path(__file__).with_name("peer_entry.py")
DETECTOR = "PP-OCRv6_small_det_onnx/inference.onnx"
STAMP = "complete"
INSTALL_LIMIT_S = 600
RUN_LIMIT_S = 300
AGAIN = "PYTHONPATH=. .venv/bin/python tests/benchmarks/reading_peer.py"
CALLS = re.compile(r"^OCR:\s+(\d+) calls for (\d+) frames$", re.MULTILINE)


class MissingPeer(RuntimeError):
    """The peer can't be had, or did not run to its end."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of running the peer: its name, and options of its command line beside the rate."""

    name: str
    options: tuple[str, ...]


WAYS = (
    Way("as it comes", ()),
    Way(
        "every picture",
        ("--phash-threshold", "0", "--no-correct", "--dedup-threshold", "1", "--dedup-window", "0", "--min-dur", "0"),
    ),
)


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What one run of the peer wrote and cost. `read`: pictures that it did not skip, of `pictures`."""

    subtitles: str
    cpu_s: float
    read: int
    pictures: int


def environment(folder: Path | None = None) -> Path:
    """The Python of the peer's environment, made first when it is missing (about a minute, 670 MB, once).

    Raises:
        MissingPeer: its packages can't be installed.
    """
    key = blake3(REQUIREMENTS.read_bytes() + repr(sys.version_info[:3]).encode()).hexdigest()[:16]
    place = (folder or cache_folder() / "bench-peer") / key
    python = place / "bin" / "python"
    if (place / STAMP).exists():
        return python
    print(f"reading_peer: installing the peer into {place}", file=sys.stderr)
    place.parent.mkdir(parents=True, exist_ok=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(place)],
        [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS)],
    ):
        _finish(command, INSTALL_LIMIT_S, "the peer's environment")
    (place / STAMP).touch()
    return python


def write_clip(pictures: Sequence[bytes], per_second: int, path: Path) -> None:
    """A video whose pictures are these JPEGs byte for byte (Motion JPEG in Matroska, nothing encoded again).

    Raises:
        ValueError: there are no pictures, or the first is no picture.
    """
    first = cv2.imdecode(np.frombuffer(pictures[0], np.uint8), cv2.IMREAD_COLOR) if pictures else None
    if first is None:
        raise ValueError(f"clip {path.name}: expected JPEG pictures, got {len(pictures)} with none first")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=per_second)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuvj420p"
        for number, jpeg in enumerate(pictures):
            packet = av.Packet(jpeg)
            packet.stream, packet.time_base = stream, Fraction(1, per_second)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            container.mux(packet)


def run(python: Path, clip: Path, per_second: int, way: Way) -> PeerRun:
    """Run the peer over a clip, whole pictures; CPU is that of its process, start included.

    Raises:
        MissingPeer: it failed, took longer than `RUN_LIMIT_S`, or wrote no count of its work.
        crawler.provision.piece.MissingPiece: our OCR models are not there.
    """
    detector = models_dir() / DETECTOR
    subtitles = clip.with_suffix(".srt")
    subtitles.unlink(missing_ok=True)
    command = [str(python), str(ENTRY), str(detector), str(clip), "-o", str(subtitles), "--fps", str(per_second)]
    begun = os.times()
    said = _finish([*command, *way.options], RUN_LIMIT_S, f"the peer on {clip.name}")
    ended = os.times()
    cpu_s = ended.children_user + ended.children_system - begun.children_user - begun.children_system
    count = CALLS.search(said)
    if count is None:
        raise MissingPeer(f"the peer on {clip.name}: expected it to say how much it read, got {said[-300:]!r}")
    text = subtitles.read_text(encoding="utf-8") if subtitles.exists() else ""
    return PeerRun(text, cpu_s, int(count[1]), int(count[2]))


def start_cost(python: Path) -> float:
    """CPU seconds of the peer's start: its imports and models, on one small picture with one short text."""
    card = np.full((96, 320, 3), 255, np.uint8)
    cv2.putText(card, "start 100", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 3)
    jpeg = cv2.imencode(".jpg", card)[1].tobytes()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "start.mkv"
        write_clip([jpeg], 1, clip)
        return run(python, clip, 1, Way("start", ("--phash-threshold", "0"))).cpu_s


def _finish(command: list[str], limit_s: float, what: str) -> str:
    """Run a command to its end; its standard output.

    Raises:
        MissingPeer: it failed or took too long.
    """
    # Our own search path is not the peer's; OpenCV's threads are held as ours are.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    own |= {"OPENCV_FOR_THREADS_NUM": "1", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=limit_s, check=True)
    except subprocess.TimeoutExpired as error:
        raise MissingPeer(f"{what}: expected an end within {limit_s:.0f} s, got none. Type: {AGAIN}") from error
    except (subprocess.CalledProcessError, OSError) as error:
        reason = (getattr(error, "stderr", "") or str(error)).strip()[-600:]
        raise MissingPeer(f"{what}: expected it to succeed, got: {reason}. Type: {AGAIN}") from error
    return done.stdout
