"""Whether anchoring slows a capture: the append rate beside no authority, one that answers, and one that hangs.

    .venv/bin/python tests/benchmarks/store_anchoring.py [--quick]

Three stores take the same bursts by turns, eight producers that wait, a checkpoint each second. The authorities are
real ones on this machine (openssl), asked every ten seconds; the one that hangs takes the connection and says nothing.
Ratio: the rate beside an authority to the rate with none in the same round. Bar: no median is below 0.9.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

import yaml

from evidence_store.anchors.settings import AnchorSettings, load_settings
from evidence_store.log import WriterLimits
from evidence_store.store import Store
from tests.harness.authority import LocalAuthority
from tests.harness.load import draft, machine, produce, spread

PRODUCERS, BAR = 8, 0.9


def settings_for(authority: LocalAuthority, file: Path) -> AnchorSettings:
    file.write_text(yaml.safe_dump({"authorities": [authority.setting], "every_s": 10, "close_wait_s": 1}))
    return load_settings(file)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the rounds")
    options = parser.parse_args()
    entries, rounds = 2_000, 5 if options.quick else 25
    rates: dict[str, list[float]] = {}
    asked: dict[str, int] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livewitness-bench-")))
        authorities = {name: stack.enter_context(LocalAuthority(folder, name)) for name in ("answers", "hangs")}
        authorities["hangs"].misbehave("hang")
        writers = {}
        for beside in ("none", *authorities):
            settings = AnchorSettings()
            if beside in authorities:
                settings = settings_for(authorities[beside], folder / f"{beside}.yaml")
            limits = WriterLimits(checkpoint_every_s=1)  # so that there is always something new to be anchored
            store = stack.enter_context(Store.create(folder / f"store-{beside}", anchors=settings, limits=limits))
            writers[beside] = store.open_log("capture", case="c", subject="room", body={})
            stack.callback(writers[beside].close, "measured")
        for number in range(rounds):
            # Whoever comes first in a round finds another machine than who comes last.
            for beside in sorted(writers, key=lambda name: (list(writers).index(name) + number) % len(writers)):
                drafts = [draft(n) for n in range(entries)]
                rates.setdefault(beside, []).append(
                    produce(writers[beside], drafts, producers=PRODUCERS, window=1).rate
                )
        asked = {name: authority.asked for name, authority in authorities.items()}
    ratios = {
        beside: [ours / none for ours, none in zip(rates[beside], rates["none"], strict=True)] for beside in authorities
    }
    met = {
        f"an authority that {beside} leaves {BAR} of the rate": statistics.median(ratios[beside]) >= BAR
        for beside in ratios
    }
    met["both authorities were asked"] = all(asked.values())
    figures = {
        "benchmark": "store_anchoring",
        "entries_per_s": {beside: spread(values, 0) for beside, values in rates.items()},
        "ratio_to_none": {beside: spread(values) for beside, values in ratios.items()},
        "asked": asked,
        **machine(),
        "met": met,
    }
    print(json.dumps(figures, indent=1))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
