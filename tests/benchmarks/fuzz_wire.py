"""Feeds wire readers and adapters with mutated bytes: no exception but `Undecodable`, no hang, at most 64 MB of memory.

    .venv/bin/python tests/benchmarks/fuzz_wire.py [--reader NAME] [--bytes N] [--seconds S] [--seed N]
    .venv/bin/python tests/benchmarks/fuzz_wire.py --replay tests/golden/wire

Each reader in a process of its own, until it had `--bytes` in inputs of at most 64 KiB (larger ones, one in 300, up
to 4 MiB, are counted apart) or `--seconds` are over, whichever comes first. `--engine own` mutates seeds and the
regression corpus by a seeded generator of ours: it repeats, and knows nothing of which lines were reached. `--engine
atheris` lets atheris (libFuzzer, guided by coverage) choose the inputs; it has to be installed. `--replay` feeds files
whose names begin with a reader's. Prints one JSON object; exit 1 when an input broke a promise: it lies in `--crashers`
then, to be moved to tests/golden/wire once it is mended.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parents[1] / "golden" / "wire"
READERS = (
    *("protobuf", "google", "gzip", "zlib", "brotli", "sniff", "bilibili", "json", "json_in_json", "jsonp", "base64"),
    *("douyin", "site_bilibili", "site_douyin", "site_tiktok", "site_kuaishou", "site_jd", "site_xiaohongshu"),
    *("site_taobao", "site_generic"),
)
WRONG_USAGE, MISSING = 2, 3


def corpus_of(reader: str, folder: Path) -> Iterator[bytes]:
    """The files of a folder that are meant for a reader, by name, one at a time."""
    for path in sorted(folder.glob(f"{reader}-*")):
        yield path.read_bytes()


def one(chosen: argparse.Namespace) -> dict[str, Any]:
    """Fuzz or replay one reader in this process."""
    if chosen.engine == "atheris":
        import atheris  # type: ignore[import-not-found]

        with atheris.instrument_imports(include=["crawler.platforms.wire"]):
            import crawler.platforms.wire  # noqa: F401 before anything else imports it
    from tests.benchmarks.wire.running import Feeder, inputs
    from tests.benchmarks.wire.targets import TARGETS

    target = TARGETS[chosen.reader]
    feeder = Feeder(chosen.reader, target, chosen.crashers)
    if chosen.replay is not None:
        for payload in corpus_of(chosen.reader, chosen.replay):
            feeder.feed(payload)
        feeder.look()
        return feeder.count.report()
    corpus = tuple(corpus_of(chosen.reader, CORPUS))
    if chosen.engine == "atheris":
        from tests.benchmarks.wire.guided import run_guided

        run_guided(feeder, target, chosen, corpus)
    rng = random.Random(f"{chosen.seed} {chosen.reader}")  # noqa: S311 it has to repeat
    for payload in inputs(rng, target, corpus):
        if feeder.enough(chosen.bytes, chosen.seconds):
            break
        feeder.feed(payload)
    feeder.look()
    return feeder.count.report()


def each_apart(chosen: argparse.Namespace, given: list[str]) -> dict[str, Any]:
    """Every reader in a process of its own, one after the other."""
    found: dict[str, Any] = {}
    for reader in READERS:
        command = [sys.executable, __file__, *given, "--reader", reader, "--crashers", str(chosen.crashers)]
        run = subprocess.run(command, stdout=subprocess.PIPE, check=False, env={**os.environ, "PYTHONPATH": "."})
        try:
            found[reader] = json.loads(run.stdout)["readers"][reader]
        except (ValueError, KeyError):
            found[reader] = {"crashers": {"": f"the process ended with {run.returncode} and no figures"}}
    return found


def arguments(given: list[str]) -> argparse.Namespace:
    """What was asked for."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reader", choices=READERS, help="default: each, one after the other")
    options.add_argument("--bytes", type=int, default=1_000_000, help="for each reader")
    options.add_argument("--seconds", type=float, default=5.0, help="for each reader")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--engine", choices=("own", "atheris"), default="own")
    options.add_argument("--replay", type=Path, help="folder of files to feed, instead of mutations")
    options.add_argument("--crashers", type=Path, help="folder for inputs that break a promise; default: a new one")
    chosen = options.parse_args(given)
    chosen.crashers = chosen.crashers or Path(tempfile.gettempdir()) / f"wire-crashers-{os.getpid()}"
    return chosen


def main(given: list[str]) -> int:
    """Run, print one JSON object."""
    chosen = arguments(given)
    if chosen.engine == "atheris" and importlib.util.find_spec("atheris") is None:
        print("fuzz_wire: atheris is not installed; type: pip install atheris, or --engine own", file=sys.stderr)
        return MISSING
    if chosen.replay is not None and not chosen.replay.is_dir():
        print(f"fuzz_wire: --replay: expected a folder, got {chosen.replay}", file=sys.stderr)
        return WRONG_USAGE
    readers = {chosen.reader: one(chosen)} if chosen.reader else each_apart(chosen, given)
    ok = not any(figures["crashers"] for figures in readers.values())
    engine = "replay" if chosen.replay is not None else chosen.engine
    print(json.dumps({"engine": engine, "seed": chosen.seed, "readers": readers, "ok": ok}, indent=2))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
