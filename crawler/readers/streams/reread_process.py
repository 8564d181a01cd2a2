"""Rereading the original video as a process of its own: `livewitness reread SESSION --every-frame` (data path 5).

    python -m crawler.readers.streams.reread_process --store DIR --log CAPTURE_LOG --from-ms T --to-ms T [--key-frames]

Says what the follower says, one JSON object a line on stdout: opened, reading (`read`: pictures, `behind`: media
entries), closed, error. SIGTERM and SIGINT close its log; what was read is kept.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from crawler.anchors import settings_of
from crawler.clock import SystemClock
from crawler.exits import ExitCode, LiveWitnessError
from crawler.readers.follow import ASKED_S
from crawler.readers.ocr import PaddleEngine
from crawler.readers.speaking import Say, exit_code_of, speaker
from crawler.readers.streams.rereading import Reread, VideoRereading
from crawler.readers.turns import Turns
from evidence_store.errors import StoreError
from evidence_store.store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Reread a stretch; returns an exit code of the README's table."""
    parser = argparse.ArgumentParser(
        prog="python -m crawler.readers.streams.reread_process", description="Read every picture of a session's video."
    )
    parser.add_argument("--store", required=True, type=Path)
    parser.add_argument("--log", required=True, help="id of the capture log")
    parser.add_argument("--from-ms", required=True, type=int, help="first picture's time, epoch milliseconds")
    parser.add_argument("--to-ms", required=True, type=int, help="time before which the last one lies")
    parser.add_argument("--key-frames", action="store_true", help="only pictures that need no other")
    options = parser.parse_args(arguments)
    say = speaker()
    os.nice(10)
    try:
        with Store.open(options.store, anchors=settings_of(options.store)) as store:
            store.reader(options.log).close()
            done = _run(store, options, say)
    except (StoreError, LiveWitnessError) as error:
        code = exit_code_of(error)
        say({"event": "error", "message": str(error), "exit_code": int(code)})
        return code
    return ExitCode.FINE if done.reason == "complete" else ExitCode.STOPPED


def _run(store: Store, options: argparse.Namespace, say: Say) -> Reread:
    stretch = (options.from_ms * 1_000_000, options.to_ms * 1_000_000)
    every = not options.key_frames
    asked: list[int] = []  # a handler may interrupt anything, so it takes no lock
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _: asked.append(signum))
    run = VideoRereading(store, options.log, PaddleEngine(), SystemClock(), stretch, every_frame=every, turns=Turns())
    say({"event": "opened", "log": run.log, "reads": options.log})
    ended: list[Reread | BaseException] = []

    def work() -> None:
        try:
            ended.append(
                run.run(lambda at: say({"event": "reading", "read": at.read, "behind": at.entries_left, "latest": {}}))
            )
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that asked
            ended.append(error)

    thread = threading.Thread(target=work, name="rereading")
    thread.start()
    while thread.is_alive() and not asked:
        thread.join(ASKED_S)
    run.stop()
    thread.join()
    (done,) = ended
    if isinstance(done, BaseException):
        raise done
    say({"event": "closed", "log": done.log, "reason": done.reason, "read": done.tally.read, "left": 0})
    return done


if __name__ == "__main__":
    sys.exit(main())
