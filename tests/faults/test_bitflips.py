"""One random bit of any file of a store: verify sees it and names the place, or nothing that is evidence changed.

The store has logs, readings, parts, media, tokens, cosignatures, a change of keys and a revocation. Half of the flips
take a file first, so that small ones are hit too; half take it by its size.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence_store.blobs import Blobs
from evidence_store.databases.opening import databases_of
from evidence_store.keys import load_private, load_verifier
from evidence_store.marker import read_marker
from evidence_store.reader import LogReader
from evidence_store.verify import Status, verify
from tests.harness.anchored_store import Recorded, anchored_store
from tests.harness.database_pages import place_in_database
from tests.harness.small_store import Small

TOKENS = Path(__file__).parents[1] / "golden" / "bad" / "tokens"
RESERVE_WEIGHT = 1 << 12  # among files taken by size: it is 8 MiB of zeroes
HARMLESS = {
    "reserve: no evidence",
    "keys/store.key: words around the key",
    "keys/store.pub: words around the key",
    "database: unused bytes of a page",
    "database: header",
    "database: names and rules of tables",
    "database: leases",
}
"""Where a bit may differ without anybody seeing it."""


@dataclass(frozen=True)
class Flip:
    file: str
    offset: int
    bit: int


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Small:
    recorded = Recorded(TOKENS)
    return anchored_store(tmp_path_factory.mktemp("flips") / "store", recorded.wall_ns, recorded.stamp, seed=b"golden")


def evidence(root: Path) -> dict[str, object]:
    """Every entry, checkpoint, blob, token and key as it reads back; tokens are blobs."""
    marker = read_marker(root)
    found: dict[str, object] = {"store.json": marker}
    found["store.pub"] = load_verifier(root, marker.store)
    found["store.key"] = load_private(root, marker.store).verifier
    with closing(databases_of(root)) as databases:
        for log in (None, *databases.logs()):
            with LogReader(databases.register("ro") if log is None else databases.log(log, "ro")) as reader:
                found[f"entries {log}"] = list(reader.rows())
                found[f"checkpoints {log}"] = list(reader.checkpoints())
    found["blobs"] = {path.name: path.read_bytes() for path in Blobs(root).files()}
    return found


def names(flip: Flip) -> tuple[str, ...]:
    """What a report may call the place: what the store's id and key say is said of the register."""
    path = Path(flip.file)
    if path.name in {"store.json", "store.pub"}:
        return (path.name, "register")
    return ("register",) if path.name == "register.db" else (path.stem,) if path.suffix == ".db" else (path.name,)


def harmless_place(root: Path, flip: Flip) -> str:
    path = root / flip.file
    if path.suffix == ".db":
        return f"database: {place_in_database(path, flip.offset)}"
    if path.parent.name == "keys":
        return f"{flip.file}: words around the key"
    return f"{flip.file}: no evidence"


def files_of(root: Path) -> dict[str, int]:
    return {str(path.relative_to(root)): path.stat().st_size for path in sorted(root.rglob("*")) if path.is_file()}


def choose(source: random.Random, sizes: dict[str, int]) -> Flip:
    names = [name for name, size in sizes.items() if size]
    weights = (
        None if source.random() < 0.5 else [RESERVE_WEIGHT if name == "reserve" else sizes[name] for name in names]
    )
    (name,) = source.choices(names, weights)
    return Flip(name, source.randrange(sizes[name]), source.randrange(8))


def turn(root: Path, flip: Flip) -> None:
    with (root / flip.file).open("r+b") as file:
        file.seek(flip.offset)
        byte = file.read(1)[0]
        file.seek(flip.offset)
        file.write(bytes([byte ^ 1 << flip.bit]))


def flips(original: Small, root: Path, number: int, seed: int) -> Counter[str]:
    """Flip so many bits, one at a time, and judge each."""
    shutil.copytree(original.root, root)
    (root / "logs" / f"{original.capture}.lock").write_bytes(b"")
    sizes, before = files_of(root), evidence(root)
    source, counted = random.Random(seed), Counter[str]()  # noqa: S311 - to be repeated
    for _ in range(number):
        flip = choose(source, sizes)
        place = harmless_place(root, flip)
        turn(root, flip)
        report = verify(root)
        told = f"seed {seed}: {flip}\n" + "\n".join(report.lines())
        if report.ok:
            assert evidence(root) == before, told
            assert place in HARMLESS, f"{place}\n{told}"
            counted[f"harmless, {place}"] += 1
        else:
            findings = [each for result in report.results for each in result.findings if each.status is Status.FAIL]
            said = " ".join(f"{finding.where} {finding.got}" for finding in findings)
            assert any(name in said for name in names(flip)), told
            counted["detected and located"] += 1
        turn(root, flip)
        if files_of(root) != sizes:  # the database program may have left something beside a file that it took for open
            shutil.rmtree(root)
            shutil.copytree(original.root, root)
    assert evidence(root) == before
    assert verify(root).ok
    return counted


def say(counted: Counter[str], seed: int) -> None:
    lines = [f"  {count:>5}  {what}" for what, count in counted.most_common()]
    sys.stdout.write("\n".join(["", f"bit flips, seed {seed}:", *lines, ""]))


@pytest.mark.timeout(600)
def test_each_of_200_random_bits_is_detected_and_located_or_harmless(original: Small, tmp_path: Path) -> None:
    counted = flips(original, tmp_path / "store", 200, seed=20261122)
    say(counted, 20261122)
    assert counted["detected and located"] > 80


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_each_of_2000_random_bits_is_detected_and_located_or_harmless(original: Small, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    say(flips(original, tmp_path / "store", 2000, seed), seed)


def test_a_flip_in_each_kind_of_place_is_judged_rightly(original: Small, tmp_path: Path) -> None:
    """The judge itself: what it calls harmless, and what it must not."""
    root = tmp_path / "store"
    shutil.copytree(original.root, root)
    with closing(sqlite3.connect(root / "register.db")) as connection:
        (raw,) = connection.execute("SELECT raw FROM entries WHERE idx = 2").fetchone()
    content = (root / "register.db").read_bytes()
    evident = Flip("register.db", content.find(raw) + 40, 0)
    assert harmless_place(root, evident) not in HARMLESS
    turn(root, evident)
    assert not verify(root).ok
    turn(root, evident)
    assert verify(root).ok
