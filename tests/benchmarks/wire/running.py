"""Feeds one target and counts: bytes, refusals by rule, the slowest input, the process's highest memory."""

from __future__ import annotations

import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from blake3 import blake3

from crawler.platforms.wire import Undecodable
from tests.benchmarks.wire.mutations import USUAL, grown, mutated
from tests.benchmarks.wire.targets import Target

MOST_MEMORY = 64 << 20  # bytes over what the process had at first, the input itself included
HANG_SECONDS = 20
LARGE_EVERY = 300  # inputs
LONGER_EVERY = 20  # inputs: one from any seed, the others from small ones, of which more are tried in the same time
SMALL = 4096  # bytes
LOOK_EVERY = 32  # small inputs between two looks at the memory
STATUS = Path("/proc/self/status")
FORGET = Path("/proc/self/clear_refs")  # Linux: "5" resets VmHWM


class Hang(BaseException):
    """An input took over `HANG_SECONDS` of CPU. Not an Exception, so that no reader can take it for one of its own."""


def memory(which: str) -> int:
    """Bytes of this process: "VmRSS" now, "VmHWM" at its highest.

    On Linux from its own status: `ru_maxrss` there begins with what the process had that started this one. Elsewhere
    the highest stands for both.
    """
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1 << 10)


def from_here() -> int:
    """Let the highest memory begin anew, where the system can; the bytes that it is counted from."""
    try:
        FORGET.write_text("5")
    except OSError:
        return memory("VmHWM")
    return memory("VmRSS")


@dataclass(slots=True)
class Count:
    """What one target was fed, and what came of it."""

    inputs: int = 0
    bytes_fed: int = 0  # in inputs of the usual size
    large_inputs: int = 0
    large_bytes: int = 0
    read: int = 0
    undecodable: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest_ms: float = 0.0  # of CPU
    peak_bytes: int = 0  # over what the process had at first
    crashers: dict[str, str] = field(default_factory=dict)  # name of the input: what happened

    def report(self) -> dict[str, Any]:
        """As JSON members."""
        return {
            "inputs": self.inputs,
            "bytes": self.bytes_fed,
            "large_inputs": self.large_inputs,
            "large_bytes": self.large_bytes,
            "read": self.read,
            "undecodable": dict(sorted(self.undecodable.items())),
            "seconds": round(self.seconds, 1),
            "slowest_ms": round(self.slowest_ms, 1),
            "peak_mb": round(self.peak_bytes / 1e6, 1),
            "crashers": self.crashers,
        }


class Feeder:
    """Feeds a target; inputs that break a promise are written to `crashers`."""

    def __init__(self, name: str, target: Target, crashers: Path) -> None:
        self.count = Count()
        self._name = name
        self._target = target
        self._crashers = crashers
        self._first = from_here()
        self._since_look: list[bytes] = []
        self._began = time.monotonic()
        signal.signal(signal.SIGPROF, _hang)

    def enough(self, least_bytes: int, seconds: float) -> bool:
        """Whether it had so many bytes, or so much time, that of making the inputs included."""
        return self.count.bytes_fed >= least_bytes or time.monotonic() - self._began >= seconds

    def feed(self, payload: bytes) -> None:
        """One input."""
        count = self.count
        count.inputs += 1
        if len(payload) > USUAL:
            count.large_inputs += 1
            count.large_bytes += len(payload)
        else:
            count.bytes_fed += len(payload)
        began, cpu_began = time.perf_counter(), time.process_time()
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
        try:
            self._target.read(payload)
        except Undecodable as error:
            count.undecodable[error.rule] += 1
        except (Exception, Hang) as error:  # noqa: BLE001 any other is what we look for
            self._found(payload, f"{type(error).__name__}: {error}"[:300])
        else:
            count.read += 1
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        count.seconds += time.perf_counter() - began
        count.slowest_ms = max(count.slowest_ms, (time.process_time() - cpu_began) * 1e3)
        self._since_look.append(payload)
        if len(payload) > USUAL or len(self._since_look) >= LOOK_EVERY:
            self.look()

    def look(self) -> None:
        """Look at the memory; one finding for a run, for what is over the bound once stays so."""
        before = self.count.peak_bytes
        self.count.peak_bytes = max(before, memory("VmHWM") - self._first)
        if before <= MOST_MEMORY < self.count.peak_bytes:
            self._found(max(self._since_look, key=len), f"memory: {self.count.peak_bytes} bytes over {MOST_MEMORY}")
        self._since_look.clear()

    def _found(self, payload: bytes, what: str) -> None:
        name = f"{self._name}-{blake3(payload).hexdigest(8)}.bin"
        self._crashers.mkdir(parents=True, exist_ok=True)
        (self._crashers / name).write_bytes(payload)
        self.count.crashers.setdefault(name, what)


def inputs(rng: random.Random, target: Target, corpus: tuple[bytes, ...]) -> Iterator[bytes]:
    """Endless: the seeds, then mutations of them; packed formats half of the time mutated before they are packed."""
    seeds = (*target.seeds, *corpus)
    yield from seeds
    plain = tuple(seed for seed in seeds if len(seed) <= USUAL)
    small = tuple(seed for seed in plain if len(seed) <= SMALL) or plain
    at = 0
    while True:
        at += 1
        payload = mutated(rng, rng.choice(small if at % LONGER_EVERY else plain), plain)
        if target.wrap is not None and rng.random() < 0.5:
            payload = target.wrap(payload)
            if rng.random() < 0.2:
                payload = mutated(rng, payload, plain)
        yield grown(rng, payload) if at % LARGE_EVERY == 0 else payload


def _hang(_: int, __: FrameType | None) -> None:
    raise Hang(f"over {HANG_SECONDS} s of CPU")
