"""One room in this process, or several rooms in one process each; the highest exit code counts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from crawler.exits import ExitCode
from crawler.jobs import WatchJob
from crawler.platforms import site_of
from crawler.platforms.base import Page
from crawler.watch import SIGNALS, run_watch


def watch_one(
    job: WatchJob, store: Path, *, as_json: bool, read: bool, say: Callable[[str], None], line: Callable[[str], None]
) -> ExitCode:
    """Watch a room; say how it ended and what to type next.

    `line` is for progress and raises BrokenPipeError when nobody reads it; `say` never does.
    """
    note = doubt_about(job.url)
    if note is not None:
        say(json.dumps({"event": "note", "words": note}, ensure_ascii=False) if as_json else f"note: {note}")
    result = run_watch(job, store, as_json=as_json, read=read, say=line)
    if as_json:
        ended = {"event": "ended", "exit_code": int(result.code), "words": result.words, "log": result.log,
                 "reading_behind": result.reading_behind}  # fmt: skip
        say(json.dumps(ended, ensure_ascii=False))
        return result.code
    say(f"{result.words} (exit code {int(result.code)})")
    if result.log is not None:
        say(f"session {result.log} in {store}")
        if result.reading_behind:
            say(
                f"reading: {result.reading_behind} pictures not read yet; "
                f"type: livewitness reread {result.log[:8]} --store {store}"
            )
        say(f"check it:    livewitness verify {store}")
        if result.was_read:
            say(f"see numbers: livewitness readings {result.log[:8]} --store {store}")
    return result.code


def doubt_about(url: str) -> str | None:
    """What a person should know of an address that looks like no live room; it is watched all the same."""
    site = site_of(url)
    address = site.address(url)
    if address is None or address.page is Page.ROOM:
        return None
    if address.page is Page.SHORT:
        return f"this is a short link of {site.about.title}: which room it leads to, only the site knows"
    return (
        f"this address looks like another page of {site.about.title}, not a live room (a video, a shop, a person); "
        "open the room in a browser and copy its address"
    )


def watch_each(jobs: list[WatchJob], store: Path, *, as_json: bool, read: bool) -> ExitCode:
    """Watch several rooms, one process each. Ctrl-C and SIGTERM reach every one of them."""
    with tempfile.TemporaryDirectory(prefix="livewitness-jobs-") as folder:
        children = []
        for number, job in enumerate(jobs):
            file = Path(folder) / f"{number}.json"
            file.write_text(json.dumps(job.to_mapping()), encoding="utf-8")
            flags = ["--read" if read else "--no-read", *(["--json"] if as_json else [])]
            start = [sys.executable, "-c", "from crawler.cli import main; main()"]
            command = [*start, "watch", "--job", str(file), "--store", str(store), *flags]
            children.append(subprocess.Popen(command, start_new_session=True))

        def pass_on(number: int, _: object) -> None:
            for child in children:
                if child.poll() is None:
                    child.send_signal(number)

        before = {number: signal.signal(number, pass_on) for number in SIGNALS}
        try:
            codes = [child.wait() for child in children]
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    # A child that a signal killed has a negative code: that is a stop, not a success.
    return ExitCode(max(code if code >= 0 else int(ExitCode.STOPPED) for code in codes))
