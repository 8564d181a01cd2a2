"""CPU and memory of a whole process tree, sampled while it runs."""

from __future__ import annotations

import threading
import time

import psutil


class TreeCost:
    """Samples a process and all its descendants; children that end keep what they had used at the last sample."""

    def __init__(self, pid: int, *, leave_out: str = "", every: float = 0.25) -> None:
        self._root = psutil.Process(pid)
        self._leave_out = leave_out
        self._every = every
        self._seconds: dict[tuple[int, float], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds used by the tree so far, as of the last sample."""
        return sum(self._seconds.values())

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _sample(self) -> None:
        while not self._stop.is_set():
            try:
                processes = [self._root, *self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process in processes:
                try:
                    if self._leave_out and self._leave_out in " ".join(process.cmdline()):
                        continue
                    times = process.cpu_times()
                except (psutil.NoSuchProcess, psutil.ZombieProcess):
                    continue
                self._seconds[process.pid, process.create_time()] = times.user + times.system
            time.sleep(self._every)


def cpu_between(cost: TreeCost, seconds: float) -> float:
    """CPU seconds that the tree uses within the next `seconds`."""
    before = cost.cpu_seconds
    time.sleep(seconds)
    return cost.cpu_seconds - before
