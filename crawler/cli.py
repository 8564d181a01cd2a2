"""The `livewitness` command. Heavy parts are imported where they are used: `--help` answers in under half a second."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler import database_cli, drill_cli, keys_cli, messages_cli, prove_cli, verify_cli, witness_cli
from crawler.exits import BadInputError, ExitCode, LiveWitnessError
from crawler.speech import JsonOption, StoreOption, line, say, store_of

app = typer.Typer(
    name="livewitness",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Sits in live rooms as a passive viewer and keeps what they showed in a chained, signed evidence store.",
)


class Media(StrEnum):
    """How the simulated room's page gets its video."""

    FMP4 = "fmp4"
    FLV = "flv"
    HLS = "hls"


class Chat(StrEnum):
    """What opens the simulated room's chat socket."""

    PAGE = "page"
    WORKER = "worker"


@app.command()
def setup() -> None:
    """Bring in what is missing: browser, fonts, OCR models."""
    from crawler.setup import main as set_up

    raise typer.Exit(set_up())


@app.command()
def doctor(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what is missing on this machine and the one command that mends it."""
    from crawler import doctor as doctors

    report = doctors.examine(store_of(store))
    say(_as_json(report.to_json()) if as_json else "\n".join(report.lines()))
    raise typer.Exit(report.exit_code)


@app.command()
def watch(
    urls: Annotated[list[str] | None, typer.Argument(metavar="URL...", help="Live rooms, one process each.")] = None,
    job: Annotated[Path | None, typer.Option("--job", help="A job file (YAML or JSON) in place of URLs.")] = None,
    duration: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 2h.")] = "30m",
    case: Annotated[str, typer.Option("--case", help="The case that the session belongs to.")] = "unfiled",
    rate: Annotated[float, typer.Option("--rate", help="Pictures a second, 0.1 to 5.")] = 1.0,
    store: StoreOption = None,
    profile: Annotated[str | None, typer.Option("--profile", help="A named browser profile; else a fresh one.")] = None,
    headed: Annotated[bool, typer.Option("--headed", help="Show the browser's window.")] = False,
    read: Annotated[bool, typer.Option("--read/--no-read", help="Read counters from the pictures meanwhile.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Watch live rooms and keep what they show."""
    from crawler.jobs import WatchJob, load_jobs, parse_duration

    if bool(urls) == bool(job):
        msg = "watch: expected one or more URLs, or --job FILE (not both); type: livewitness watch --help"
        raise BadInputError(msg)
    if job is not None:
        jobs = load_jobs(job)
    else:
        seconds = parse_duration(duration)
        jobs = [WatchJob(url, case, seconds, rate, profile, headed) for url in urls or []]
    from crawler.fleet import watch_each, watch_one

    if len(jobs) > 1:
        raise typer.Exit(watch_each(jobs, store_of(store), as_json=as_json, read=read))
    raise typer.Exit(watch_one(jobs[0], store_of(store), as_json=as_json, read=read, say=say, line=line))


@app.command()
def demo(
    seconds: Annotated[float, typer.Option("--seconds", help="How long to watch.")] = 40.0, store: StoreOption = None
) -> None:
    """Watch a simulated room, verify what was kept, show what was read."""
    from crawler.demo import run_demo

    raise typer.Exit(run_demo(seconds, store, say))


@app.command()
def sessions(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List the sessions of a store."""
    from crawler.sessions import session_lines, sessions_json

    path = store_of(store)
    say(sessions_json(path) if as_json else "\n".join(session_lines(path)))


@app.command()
def readings(
    session: Annotated[str, typer.Argument(help="The session's log, or enough of its beginning.")],
    store: StoreOption = None,
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    contact_sheet: Annotated[Path | None, typer.Option("--contact-sheet", help="Write an HTML file.")] = None,
    reading_log: Annotated[str | None, typer.Option(help="Which run, by its log; else the newest whole one.")] = None,
) -> None:
    """Counters read from a session's pictures, a line for each change."""
    from crawler.readers import listing
    from crawler.sessions import find_session

    if form not in {"table", "json", "csv"}:
        msg = f"readings: expected --format table, json or csv, got {form!r}"
        raise BadInputError(msg)
    path = store_of(store)
    with find_session(path, session) as (opened, log):
        if contact_sheet is not None:
            try:
                contact_sheet.write_text(listing.render_contact_sheet(opened, log, reading_log), encoding="utf-8")
            except OSError as error:
                msg = f"contact sheet: expected a file that can be written, got {contact_sheet}: {error.strerror}"
                raise BadInputError(msg) from error
            say(f"written: {contact_sheet}")
            return
        changes = listing.list_changes(opened, log, reading_log)
        render = {"table": listing.render_table, "json": listing.render_json, "csv": listing.render_csv}[form]
        say(render(changes).rstrip("\n"))


@app.command()
def reread(
    session: Annotated[str, typer.Argument(help="The session's log, or enough of its beginning.")],
    store: StoreOption = None,
    start: Annotated[str | None, typer.Option("--from", help="First second, from the session's start.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last second, from the session's start.")] = None,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Every picture of the original video, in place of the screenshots.")
    ] = False,
    of_messages: Annotated[bool, typer.Option("--messages", help="Frames and answers, in place of pictures.")] = False,
) -> None:
    """Read a session's pictures, or its frames and answers, anew, into a reading log of its own."""
    from crawler.sessions import reread_messages, reread_session

    if of_messages:
        if start or end or every_frame:
            msg = "reread: expected --messages alone: frames are read from the first to the last; leave out the others"
            raise BadInputError(msg)
        raise typer.Exit(reread_messages(store_of(store), session, say))
    raise typer.Exit(reread_session(store_of(store), session, start, end, say, every_frame=every_frame))


app.command()(messages_cli.messages)
app.command()(messages_cli.platforms)
app.command()(verify_cli.verify)
app.command()(verify_cli.anchor)
app.command()(drill_cli.drill)
for name, part in (("prove", prove_cli), ("keys", keys_cli), ("witness", witness_cli), ("database", database_cli)):
    app.add_typer(part.app, name=name)


@app.command()
def simroom(
    scenario: Annotated[str, typer.Option("--scenario", help="A scenario's name or file.")] = "default",
    seed: Annotated[int | None, typer.Option("--seed", help="Another seed than the scenario's.")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Loopback port; 0 takes a free one.")] = 0,
    media: Annotated[Media | None, typer.Option("--media", help="How the page gets its video.")] = None,
    chat: Annotated[Chat | None, typer.Option("--chat", help="What opens the chat socket.")] = None,
    dialect: Annotated[str | None, typer.Option("--dialect", help="Speak as a site does: douyin, jd, ...")] = None,
) -> None:
    """Serve a simulated live room with known truth on this machine."""
    from crawler.simroom.dialects import DIALECTS
    from crawler.simroom.fields import ScenarioError
    from crawler.simroom.lettering import MissingFont
    from crawler.simroom.server import run

    if dialect is not None and dialect not in DIALECTS:
        msg = f"simroom: expected --dialect {', '.join(sorted(DIALECTS))}, got {dialect!r}"
        raise BadInputError(msg)
    try:
        run(
            scenario,
            seed=seed,
            port=port,
            media=media.value if media else None,
            chat=chat.value if chat else None,
            dialect=dialect,
        )
    except (ScenarioError, OSError) as error:
        raise BadInputError(str(error)) from error
    except MissingFont as error:
        _complain(str(error), ExitCode.MISSING)


def main() -> None:
    """Entry point. Errors meant for a person end as one message and the documented exit code; ours keep a traceback."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        # Not standalone, the command line returns the code of a `typer.Exit` and raises its own errors to us.
        code = int(app(standalone_mode=False) or ExitCode.FINE)
        sys.exit(int(ExitCode.STOPPED) if code == INTERRUPTED else code)
    except typer.Abort:
        sys.exit(int(ExitCode.STOPPED))
    except KeyboardInterrupt:
        sys.exit(int(ExitCode.STOPPED))
    except LiveWitnessError as error:
        _complain(str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last stop: each becomes a message and an exit code
        _complain(*_known(error))


INTERRUPTED = 130  # what the parser makes of Ctrl-C


# What the command line's own parser raises: typer carries its parser inside, and names this root class nowhere.
USAGE_ERROR = typer.BadParameter.__mro__[2]


def _known(error: Exception) -> tuple[str, ExitCode]:
    """Message and exit code of an error of the store or of the command line; any other is ours and goes on up."""
    if isinstance(error, USAGE_ERROR):
        return f"{error.format_message().rstrip('.')}; type: livewitness --help", ExitCode.USAGE  # type: ignore[attr-defined]
    from evidence_store.errors import Corrupt, DiskFull, Malformed, StoreError

    if isinstance(error, DiskFull):
        return str(error), ExitCode.STOPPED
    if isinstance(error, Corrupt | Malformed):
        return str(error), ExitCode.NOT_VERIFIED
    if isinstance(error, StoreError):
        return str(error), ExitCode.USAGE
    import traceback

    traceback.print_exception(error)
    return f"our own fault ({type(error).__name__}): please report the lines above", ExitCode.OURS


def _complain(message: str, code: ExitCode) -> None:
    sys.stderr.write(f"livewitness: {message}\n")
    sys.exit(int(code))


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
