"""The same feeding with inputs chosen by atheris (libFuzzer): guided by which lines of the readers they reach."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import atheris  # type: ignore[import-not-found]

from tests.benchmarks.wire.mutations import USUAL
from tests.benchmarks.wire.running import SMALL, Feeder
from tests.benchmarks.wire.targets import Target


def run_guided(feeder: Feeder, target: Target, chosen: argparse.Namespace, corpus: tuple[bytes, ...]) -> NoReturn:
    """Feed until `chosen.bytes` or `chosen.seconds`, print the report, end the process: libFuzzer never returns."""

    def one_input(payload: bytes) -> None:
        feeder.feed(payload)
        if feeder.enough(chosen.bytes, chosen.seconds):
            feeder.look()
            report = {"readers": {chosen.reader: feeder.count.report()}}
            report |= {"engine": "atheris", "seed": chosen.seed, "ok": not feeder.count.crashers}
            os.write(1, json.dumps(report, indent=2).encode() + b"\n")
            os._exit(0 if not feeder.count.crashers else 1)

    seeds = Path(tempfile.mkdtemp(prefix="wire-seeds-"))
    for at, seed in enumerate(seed for seed in (*target.seeds, *corpus) if len(seed) <= SMALL):
        (seeds / f"{at:03}").write_bytes(seed)
    # Hangs and memory are the feeder's to judge; libFuzzer's own limits only have to stay out of the way.
    flags = ("-timeout=600", "-rss_limit_mb=0", f"-max_len={USUAL}", f"-seed={chosen.seed}")
    atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={seeds}/found-", str(seeds)], one_input)
    atheris.Fuzz()
    raise SystemExit(70)  # not reached: the last input ends the process
