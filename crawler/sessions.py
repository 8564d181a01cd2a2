"""Lists a store's sessions and finds one by the beginning of its id; rereading starts here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.exits import BadInputError, ExitCode
from crawler.jobs import parse_duration, shown
from crawler.progress import clock, visible
from crawler.reading import EVERY_FRAME, MESSAGES, ReaderProcess
from evidence_store.store import LogSummary, Store

FAR_MS = 1 << 43  # the year 2248


def session_rows(path: Path) -> list[dict[str, Any]]:
    """A mapping per session: log, state, times (epoch ms), entries, room, platform, seen, gaps, case, reading logs."""
    with Store.open_read_only(path) as store:
        logs = store.logs()
        rows = []
        for log in logs:
            if log.kind != "capture":
                continue
            rows.append(
                {
                    "log": log.log,
                    "state": log.state,
                    "opened_ms": log.opened_wall_ns // 1_000_000,
                    **_told(store, log),
                    "entries": log.size,
                    "reason": log.closed_reason,
                    "case": log.case,
                    "room": log.subject,
                    "readings": [other.log for other in logs if other.reads == log.log],
                    "problem": log.problem,
                }
            )
        return rows


def sessions_json(path: Path) -> str:
    """The rows as JSON, for scripts."""
    return json.dumps(session_rows(path), ensure_ascii=False, indent=2)


def session_lines(path: Path) -> list[str]:
    """A line per session, for a person; times in UTC."""
    rows = session_rows(path)
    if not rows:
        return [f"no sessions in {path}; type: livewitness watch URL --store {path}"]
    lines = [f"{'session':10}{'opened (UTC)':21}{'length':>8}{'seen':>8}{'gaps':>6}  {'ended':26}{'case':14}room"]
    for row in rows:
        opened = datetime.fromtimestamp(row["opened_ms"] / 1000, UTC)
        length = clock((row["last_ms"] - row["opened_ms"]) / 1000) if row["last_ms"] else "?"
        seen = clock(row["seen_ms"] / 1000)
        simulated = "SIMULATED " if row["platform"] == "simulated" else ""
        ended = row["reason"] or row["state"]
        lines.append(
            f"{row['log'][:8]:10}{opened:%Y-%m-%d %H:%M:%S}  {length:>8}{seen:>8}{row['gaps']:>6}  {ended:26.26}"
            f"{visible(row['case'] or '(erased)'):14.14}{simulated}{visible(row['room'] or '(erased)')}"
        )
        if row["problem"]:
            lines.append(f"          can't be read: {row['problem']}")
    return lines


@contextmanager
def find_session(path: Path, name: str) -> Iterator[tuple[Store, str]]:
    """The store, open for reading, and the capture log whose id begins with `name`.

    Raises `BadInputError` when none or several begin so.
    """
    with Store.open_read_only(path) as store:
        logs = [log.log for log in store.logs() if log.kind == "capture"]
        found = [log for log in logs if log.startswith(name.lower())] if name else []
        if name == "last":
            found = logs[-1:]
        if len(found) != 1:
            got = "no session begins" if not found else f"{len(found)} sessions begin"
            msg = (
                f"session: expected the beginning of one session's id, or 'last'; {got} with {name!r}; "
                f"type: livewitness sessions --store {path}"
            )
            raise BadInputError(msg)
        yield store, found[0]


def reread_session(
    path: Path, name: str, start: str | None, end: str | None, say: Callable[[str], None], *, every_frame: bool = False
) -> ExitCode:
    """Read a session's pictures anew, by the models of this installation, into a new reading log.

    `every_frame`: every picture of the original video in place of the screenshots.
    """
    seconds = [_offset("--from", start), _offset("--to", end)]
    with find_session(path, name) as (store, log), store.reader(log) as entries:
        opened_ms = entries.entry(0).wall_ns // 1_000_000
        last = entries.last()
        lasted = 0.0 if last is None else last.wall_ns / 1e9 - opened_ms / 1e3
    _within(seconds[0], seconds[1], lasted)
    bounds = [None if offset is None else opened_ms + round(offset * 1000) for offset in seconds]
    if every_frame:
        reader = ReaderProcess(path, log, bounds[0] or 0, bounds[1] or FAR_MS, module=EVERY_FRAME)
    else:
        reader = ReaderProcess(path, log, bounds[0], bounds[1])
    try:
        while not reader.wait(2.0):
            say(f"read {reader.figures.read} pictures, {reader.figures.behind} to go")
    except KeyboardInterrupt:
        reader.stop()
        say(f"stopped; {reader.figures.behind} pictures not read; what was read is kept")
        return ExitCode.STOPPED
    if reader.failed:
        say(f"reading ended early: {reader.figures.error}")
        return ExitCode(reader.exit_code) if reader.exit_code in set(ExitCode) else ExitCode.OURS
    chosen = f" --reading-log {reader.figures.log}" if every_frame else ""
    say(f"read {reader.figures.read} pictures; type: livewitness readings {log[:8]} --store {path}{chosen}")
    return ExitCode.FINE


def reread_messages(path: Path, name: str, say: Callable[[str], None]) -> ExitCode:
    """Decode a session's frames and answers anew, by the adapters of this installation, into a new reading log."""
    with find_session(path, name) as (_, log):
        pass
    reader = ReaderProcess(path, log, module=MESSAGES)
    try:
        while not reader.wait(2.0):
            say(f"read {reader.figures.read} batches of frames and answers, {reader.figures.behind} to go")
    except KeyboardInterrupt:
        reader.stop()
        say(f"stopped; {reader.figures.behind} batches not read; what was read is kept")
        return ExitCode.STOPPED
    if reader.failed:
        say(f"reading ended early: {reader.figures.error}")
        return ExitCode(reader.exit_code) if reader.exit_code in set(ExitCode) else ExitCode.OURS
    count = sum(reader.figures.kinds.values())
    say(f"read {count} messages; type: livewitness messages {log[:8]} --store {path}")
    return ExitCode.FINE


def _offset(option: str, text: str | None) -> float | None:
    """Seconds from the session's start; null when the option was not given."""
    try:
        return None if text is None else parse_duration(text)
    except BadInputError as error:
        msg = (
            f"reread: expected {option} as a number with s, m or h, from the session's start, got {shown(text)}; "
            f"type for example {option} 90s"
        )
        raise BadInputError(msg) from error


def _within(start: float | None, end: float | None, lasted: float) -> None:
    """Refuse a stretch in which no picture can lie."""
    if start is not None and end is not None and start >= end:
        msg = f"reread: expected --from before --to, got {start:g}s and {end:g}s; both count from the session's start"
        raise BadInputError(msg)
    if start is not None and start > lasted:
        msg = f"reread: expected --from within the session, which lasted {lasted:.0f}s, got {start:g}s"
        raise BadInputError(msg)


def _told(store: Store, log: LogSummary) -> dict[str, Any]:
    """What the log's own entries say: its last moment, platform, seconds seen and gaps, as of the last heartbeat."""
    told: dict[str, Any] = {"last_ms": None, "platform": None, "seen_ms": 0, "gaps": 0}
    if log.problem or not log.size:
        return told
    with store.reader(log.log) as reader:
        last = reader.last()
        told["last_ms"] = None if last is None else last.wall_ns // 1_000_000
        for entry in reader.entries(types={"room.state", "heartbeat"}):
            if entry.type == "heartbeat":
                told |= {name: entry.body[name] for name in ("seen_ms", "gaps") if name in entry.body}
            else:
                told["platform"] = told["platform"] or entry.body.get("platform")
    return told
