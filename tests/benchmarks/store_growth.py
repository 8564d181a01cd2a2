"""Whether an entry costs the same in a log of 10^3 entries as in one of 10^6, and how soon such a store opens.

    .venv/bin/python tests/benchmarks/store_growth.py [--most 100000]

One store with a log of each size, filled by group commit; then bursts into each of them by turns, so that a noisy
moment of the machine falls on all. Cost: the median burst's wall and CPU time per entry, against the smallest log's.
Then the store is opened for writing and for reading with its logs listed, as it was closed, and as a killed writer
leaves it. A second store has a register of 100,000 entries, made of real heads signed by its key.
Bars: at most 1.3 times the smallest log's cost; a store of 10^6 entries opens in under 1 s.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from evidence_store.canonical_json import canonical
from evidence_store.checkpoint import Checkpoint
from evidence_store.codec import encode_entry
from evidence_store.databases.opening import databases_of
from evidence_store.entries import EntryType
from evidence_store.hashing import entry_id
from evidence_store.keys import load_store_key
from evidence_store.log import LogWriter, WriterLimits
from evidence_store.merkle import CompactRange, leaf_hash
from evidence_store.reader import LogReader
from evidence_store.store import Store
from tests.harness.load import draft, machine, produce, spread

PRODUCERS, WINDOW = 4, 32
BURST, BURSTS = 200, 41  # few enough that the smallest log stays a small one
FLAT, OPENS_S = 1.3, 1.0
OPENINGS = 7
REGISTER = 100_000


def fill(writer: LogWriter, entries: int) -> None:
    """Bring a log, which has its `session.open`, to a size."""
    for at in range(1, entries, 20_000):
        drafts = [draft(n) for n in range(at, min(at + 20_000, entries))]
        produce(writer, drafts, producers=PRODUCERS, window=WINDOW)


def growth(root: Path, sizes: Sequence[int]) -> dict[str, Any]:
    """Microseconds an entry at each size, and each round's largest log against its smallest; the logs end closed."""
    wall: dict[int, list[float]] = {size: [] for size in sizes}
    cpu: dict[int, list[float]] = {size: [] for size in sizes}
    with Store.create(root) as store:
        writers = {size: store.open_log("capture", case="c", subject=str(size), body={}) for size in sizes}
        for size, writer in writers.items():
            fill(writer, size)
        os.sync()  # what filling left to be written back
        for number in range(BURSTS):
            for size in sizes if number % 2 else reversed(sizes):
                burst = produce(writers[size], [draft(n) for n in range(BURST)], producers=PRODUCERS, window=WINDOW)
                wall[size].append(burst.seconds / BURST * 1e6)
                cpu[size].append(burst.cpu_s / BURST * 1e6)
        for writer in writers.values():
            writer.close("measured")
    least, most = sizes[0], sizes[-1]
    return {
        "us_per_entry": {size: {"wall": spread(wall[size], 1), "cpu": spread(cpu[size], 1)} for size in sizes},
        "largest_to_smallest": {
            what: spread([large / small for large, small in zip(took[most], took[least], strict=True)])
            for what, took in (("wall", wall), ("cpu", cpu))
        },
    }


def opening(root: Path) -> dict[str, dict[str, float]]:
    """Seconds until a store is open for writing, and until it is open for reading with every log listed."""
    writing, listing = [], []
    for _ in range(OPENINGS):
        began = time.perf_counter()
        store = Store.open(root)
        writing.append(time.perf_counter() - began)
        store.close()
        began = time.perf_counter()
        with Store.open_read_only(root) as store:
            assert store.logs()
        listing.append(time.perf_counter() - began)
    return {"for_writing_s": spread(writing, 3), "listed_s": spread(listing, 3)}


def opening_after_a_kill(root: Path, entries: int) -> dict[str, object]:
    """Seconds of the first opening after the writer of a log of that size was killed: it checks the log's tail."""
    command = [sys.executable, __file__, "--killed", str(root), "--most", str(entries)]
    died = subprocess.run(command, check=False)
    assert died.returncode == -signal.SIGKILL, died.returncode
    began = time.perf_counter()
    store = Store.open(root)
    seconds = time.perf_counter() - began
    cut_off = [recovered.size for recovered in store.recovered]
    store.close()
    return {"for_writing_s": round(seconds, 3), "cut_off_at": cut_off}


def write_and_die(root: Path, entries: int) -> None:
    """What a child does: a log of that size with a checkpoint each second, and no close."""
    with Store.open_or_create(root, limits=WriterLimits(checkpoint_every_s=1)) as store:
        fill(store.open_log("capture", case="c", subject="killed", body={}), entries)
        os.kill(os.getpid(), signal.SIGKILL)


def long_register(root: Path, entries: int) -> None:
    """Give a log that is being written so many heads that the register has that many entries, then close it.

    Entries and checkpoints as `Register` makes them, but thousands in a transaction: what is measured is reading.
    """
    with Store.create(root) as store:
        writer = store.open_log("capture", case="c", subject="long", body={})
        with closing(databases_of(root)) as databases, closing(databases.register("rw")) as register:
            key = load_store_key(root, store.id)
            with LogReader(databases.register("ro")) as reader:
                last, note = reader.last(), reader.last_checkpoint()
            assert last is not None
            assert note is not None
            body = canonical(dict(last.body))  # the log's first head
            prev, tree = last.id, CompactRange.from_bytes(note.size, note.frontier)
            while tree.size < entries - 1:
                rows, notes = [], []
                for index in range(tree.size, min(tree.size + 5_000, entries - 1)):
                    wall_ns, mono_ns = last.wall_ns + index, last.mono_ns + index
                    raw = encode_entry(log=store.id, index=index, prev=prev, kind=EntryType.LOG_HEAD,
                                       wall_ns=wall_ns, mono_ns=mono_ns, body=body, blobs=())  # fmt: skip
                    prev = entry_id(raw)
                    rows.append({"idx": index, "id": prev, "type": str(EntryType.LOG_HEAD), "raw": raw})
                    tree.append(leaf_hash(raw))
                    signed = key.sign_note(Checkpoint(key.name, tree.size, tree.root()).text())
                    notes.append({"size": tree.size, "note": signed, "frontier": tree.frontier()})
                with register.transaction() as connection:
                    register.add(connection, register.entries, rows)
                    register.add(connection, register.checkpoints, notes)
        writer.close("measured")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=1_000_000, help="entries of the largest log (default: 10^6)")
    parser.add_argument("--killed", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.killed is not None:
        write_and_die(options.killed, options.most)
    sizes = [size for size in (10**3, 10**4, 10**5, 10**6) if size <= options.most]
    with tempfile.TemporaryDirectory(prefix="livewitness-bench-") as folder:
        grown, long = Path(folder) / "grown", Path(folder) / "long"
        cost = growth(grown, sizes)
        opens = opening(grown)
        after_kill = opening_after_a_kill(grown, min(options.most, 100_000))
        long_register(long, min(options.most, REGISTER))
        opens_long = opening(long)
    ratios = cost["largest_to_smallest"]
    met = {
        f"cost at {sizes[-1]} entries at most {FLAT} times that at {sizes[0]}": ratios["wall"]["median"] <= FLAT,
        f"a store of {sum(sizes)} entries opens in under {OPENS_S} s": opens["for_writing_s"]["max"] < OPENS_S,
        f"and is listed in under {OPENS_S} s": opens["listed_s"]["max"] < OPENS_S,
        f"the same with a register of {min(options.most, REGISTER)} entries": all(
            took["max"] < OPENS_S for took in opens_long.values()
        ),
    }
    figures = {"benchmark": "store_growth", **cost, "opening": opens,
               "opening_after_a_kill": after_kill, "opening_with_a_long_register": opens_long, **machine(),
               "met": met}  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
