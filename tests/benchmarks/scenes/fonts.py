"""The fonts that the scenes are lettered with: from packages, pinned by version and digest, fetched once.

No font lies in the repository. `fonts()` brings what is missing with the packages' own clients (`npm pack`,
`apt-get download`) into a cache folder, keeps the one file of each face, and refuses any whose digest differs.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from blake3 import blake3

FETCH_LIMIT_S = 300
AGAIN = "PYTHONPATH=. .venv/bin/python tests/benchmarks/reading_scenes.py"


class MissingFonts(RuntimeError):
    """A face can't be had, or is not the one that the scenes were declared with."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font file of a package."""

    name: str
    source: Literal["npm", "debian"]
    package: str
    version: str
    member: str  # the file's path in the package's archive
    digest: str  # BLAKE3 of the file
    art: bool  # brush, display and other art faces; false: the faces that pages and studios use for text

    @property
    def file(self) -> str:
        """The file's name in the cache folder: a changed digest never meets an old copy."""
        return f"{self.name}-{self.digest[:12]}{Path(self.member).suffix}"


def _fontsource(name: str, package: str, version: str, weight: int, digest: str, *, art: bool) -> Face:
    member = f"package/files/{package}-chinese-simplified-{weight}-normal.woff2"
    return Face(name, "npm", f"@fontsource/{package}", version, member, digest, art)


def _debian(name: str, package: str, version: str, path: str, digest: str, *, art: bool) -> Face:
    return Face(name, "debian", package, version, f"./usr/share/fonts/truetype/{path}", digest, art)


FACES: tuple[Face, ...] = (
    _fontsource(
        "sans-400",
        "noto-sans-sc",
        "5.3.0",
        400,
        "417353226dc1bfabfc383f978a265b5a1e01db9c2cf7190ed45005241de429c5",
        art=False,
    ),
    _fontsource(
        "sans-700",
        "noto-sans-sc",
        "5.3.0",
        700,
        "bd2b084ed8e85a9a0d855ac43004d542721e44b202f40814571d57e6be050f0d",
        art=False,
    ),
    _fontsource(
        "sans-900",
        "noto-sans-sc",
        "5.3.0",
        900,
        "b6d22cc72df7e21cae4957fb21ab3f88ebc83f33fd06e8fee1383ef68c013198",
        art=False,
    ),
    _fontsource(
        "serif-700",
        "noto-serif-sc",
        "5.3.0",
        700,
        "9ae934097dba1bdc05713a33b03ca5f528a633d178d088ea15de3d57c0e02b0a",
        art=False,
    ),
    _debian(
        "microhei",
        "fonts-wqy-microhei",
        "0.2.0-beta-3.1",
        "wqy/wqy-microhei.ttc",
        "0c83291cb2125389564a3ada61fc4b11a3693d4de29526ff12731958bff0cb77",
        art=False,
    ),
    _debian(
        "zenhei",
        "fonts-wqy-zenhei",
        "0.9.45-8",
        "wqy/wqy-zenhei.ttc",
        "d0b43e9aaa7fe916586ebb1f25058ff64f7bd4a0b35e77eac5542e3f950fb5b2",
        art=False,
    ),
    _fontsource(
        "kuaile",
        "zcool-kuaile",
        "5.3.0",
        400,
        "4e5a657f580287e47a7b5425881b7528d052e85af2b605e5f11d100814fe2ecc",
        art=True,
    ),
    _fontsource(
        "xiaowei",
        "zcool-xiaowei",
        "5.3.0",
        400,
        "5ca21522f306b13dccb7f16ad3ca2f9eb65f5db2079c08c26333a60f3948997b",
        art=True,
    ),
    _fontsource(
        "huangyou",
        "zcool-qingke-huangyou",
        "5.3.0",
        400,
        "ed04b1acdb147516bfb4dafdd88cdc5374f590f4814cbc5e833f9732bf55ec1b",
        art=True,
    ),
    _fontsource(
        "brush",
        "ma-shan-zheng",
        "5.3.1",
        400,
        "32d97a30769ba300b9c822b309640c780516a84136afdb5c802380b4b79de1b5",
        art=True,
    ),
    _debian(
        "smiley",
        "fonts-smiley-sans",
        "1.1.1-1",
        "smiley-sans/SmileySans-Oblique.ttf",
        "45e86b21e65f5042bfe881b3ed4008a13ed95bda2199fdfccb49a8161b2056cd",
        art=True,
    ),
)


def cache_folder() -> Path:
    """Where fetched fonts and rendered scenes are kept: below `$XDG_CACHE_HOME`, else `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "livewitness"


def fonts(folder: Path | None = None, faces: Iterable[Face] = FACES) -> dict[str, Path]:
    """Each face's file, by the face's name. What is missing is fetched first (one to two minutes, once).

    Raises:
        MissingFonts: a client is missing or fails, or a file has another digest than the declared one.
    """
    folder = folder or cache_folder() / "bench-fonts"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = tuple(faces)
    missing: dict[tuple[str, str, str], list[Face]] = {}
    for face in wanted:
        if not (folder / face.file).exists():
            missing.setdefault((face.source, face.package, face.version), []).append(face)
    for members in missing.values():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            archive = _fetch(members[0], Path(work))
            for face in members:
                _keep(_member(archive, face), face, folder)
    for face in wanted:
        _check((folder / face.file).read_bytes(), face, folder / face.file)
    return {face.name: folder / face.file for face in wanted}


def _fetch(face: Face, work: Path) -> Path:
    """The package's archive as a tar file."""
    if face.source == "npm":
        _run(["npm", "pack", "--silent", f"{face.package}@{face.version}"], work, face, "apt-get install npm")
        return _one(work, "*.tgz", face)
    update = "apt-get update"
    _run(["apt-get", "download", "--quiet", f"{face.package}={face.version}"], work, face, update)
    package = _one(work, "*.deb", face)
    tar = work / "package.tar"
    tar.write_bytes(_run(["dpkg-deb", "--fsys-tarfile", str(package)], work, face, "apt-get install dpkg"))
    return tar


def _run(command: list[str], work: Path, face: Face, mend: str) -> bytes:
    try:
        done = subprocess.run(command, cwd=work, capture_output=True, timeout=FETCH_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingFonts(f"font {face.name}: `{' '.join(command)}` did not run: {error}. Next: {mend}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-300:]
        raise MissingFonts(
            f"font {face.name}: expected `{' '.join(command)}` to end with 0, got {done.returncode}: {said}. "
            f"Next: {mend}, then {AGAIN}"
        )
    return done.stdout


def _one(work: Path, pattern: str, face: Face) -> Path:
    found = sorted(work.glob(pattern))
    if len(found) != 1:
        raise MissingFonts(f"font {face.name}: expected one {pattern} from {face.package}, got {len(found)}. {AGAIN}")
    return found[0]


def _member(archive: Path, face: Face) -> bytes:
    with tarfile.open(archive) as tar:
        try:
            content = tar.extractfile(face.member)
        except KeyError:
            content = None
        if content is None:
            raise MissingFonts(f"font {face.name}: expected {face.member} in {face.package} {face.version}, not there")
        return BytesIO(content.read()).getvalue()


def _keep(content: bytes, face: Face, folder: Path) -> None:
    """Write a checked file under its name, whole or not at all."""
    _check(content, face, folder / face.file)
    half = folder / f".{face.file}.{os.getpid()}"
    half.write_bytes(content)
    half.replace(folder / face.file)


def _check(content: bytes, face: Face, path: Path) -> None:
    got = blake3(content).hexdigest()
    if got != face.digest:
        raise MissingFonts(
            f"font {face.name}: expected BLAKE3 {face.digest} ({face.package} {face.version}), got {got}. "
            f"Next: rm -f '{path}' && {AGAIN}"
        )
