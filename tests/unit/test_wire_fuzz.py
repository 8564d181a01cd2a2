"""Each wire reader on mutated bytes for a few seconds, and on all that ever broke one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.platforms.registry import BY_NAME
from tests.benchmarks.fuzz_wire import CORPUS, READERS
from tests.benchmarks.wire.running import MOST_MEMORY, Feeder
from tests.benchmarks.wire.sites import SPOKEN, pieces
from tests.benchmarks.wire.targets import TARGETS, Target, promised

ROOT = Path(__file__).parents[2]
PROGRAM = "tests/benchmarks/fuzz_wire.py"
TEN_MILLION = 10_000_000


def run(*given: str) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, PROGRAM, *given],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return ended.returncode, json.loads(ended.stdout)


def kept(reader: str, code: int, figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a reader that kept its promises."""
    found: dict[str, Any] = figures["readers"][reader]
    assert found["crashers"] == {}
    assert code == 0
    assert found["peak_mb"] * 1e6 <= MOST_MEMORY
    assert found["inputs"] == found["read"] + sum(found["undecodable"].values())
    return found


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_keeps_its_promises_on_mutated_bytes(reader: str, tmp_path: Path) -> None:
    given = ("--reader", reader, "--seconds", "1", "--bytes", str(TEN_MILLION), "--crashers", str(tmp_path))
    found = kept(reader, *run(*given))
    assert found["inputs"] > len(TARGETS[reader].seeds)
    assert found["bytes"] > 0


@pytest.mark.soak
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_keeps_its_promises_on_ten_million_bytes(reader: str, tmp_path: Path) -> None:
    given = ("--reader", reader, "--seconds", "3000", "--bytes", str(TEN_MILLION), "--crashers", str(tmp_path))
    assert kept(reader, *run(*given))["bytes"] >= TEN_MILLION


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*-*")), ids=lambda path: path.name)
def test_what_once_broke_a_reader_no_longer_does(path: Path) -> None:
    reader = path.name.partition("-")[0]
    feeder = Feeder(reader, TARGETS[reader], path.parent / "never")
    feeder.feed(path.read_bytes())
    assert feeder.count.crashers == {}
    assert feeder.count.read + sum(feeder.count.undecodable.values()) == 1


def test_all_readers_have_a_target_and_every_file_of_the_corpus_a_reader() -> None:
    assert set(READERS) == set(TARGETS)
    assert {path.name.partition("-")[0] for path in CORPUS.glob("*-*")} <= set(READERS)


@pytest.mark.parametrize("name", SPOKEN)
def test_each_seed_of_a_site_says_something(name: str) -> None:
    spoken = SPOKEN[name]
    for seed in spoken.seeds:
        found = [BY_NAME[name].decode(piece) for piece in pieces(spoken, seed)]
        assert any(each.messages and not each.faults for each in found), seed


def test_what_breaks_a_promise_is_found_and_kept(tmp_path: Path) -> None:
    def broken(payload: bytes) -> None:
        promised(payload[:1] != b"x", "no x at the beginning")
        if payload[:1] == b"y":
            raise RecursionError
        if payload[:1] == b"z":
            held.append(bytes(range(256)) * (MOST_MEMORY // 128))

    held: list[bytes] = []
    feeder = Feeder("json", Target(broken, ()), tmp_path / "kept")
    for payload in (b"a", b"x1", b"y2"):
        feeder.feed(payload)
    feeder.look()
    feeder.feed(b"z3")
    feeder.look()
    assert sorted(what.partition(":")[0] for what in feeder.count.crashers.values()) == [
        "AssertionError",
        "RecursionError",
        "memory",
    ]
    assert {(tmp_path / "kept" / name).read_bytes() for name in feeder.count.crashers} == {b"x1", b"y2", b"z3"}
    assert feeder.count.read == 2


def test_the_same_seed_feeds_the_same_bytes() -> None:
    given = ("--reader", "jsonp", "--bytes", "50000", "--seconds", "60", "--seed", "7")
    first, second = (run(*given)[1]["readers"]["jsonp"] for _ in range(2))
    for each in (first, second):
        for varies in ("seconds", "slowest_ms", "peak_mb"):
            del each[varies]
    assert first == second


def test_wrong_usage_is_told() -> None:
    ended = subprocess.run(
        [sys.executable, PROGRAM, "--replay", "nowhere"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "expected a folder" in ended.stderr
