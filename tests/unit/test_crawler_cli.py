"""The command line: help for each command, exit codes of wrong usage, and one table that both agree with."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from typer.main import get_command

from crawler.cli import app
from crawler.exits import BadInputError, ExitCode, LiveWitnessError, RoomError
from evidence_store.store import Store
from tests.harness.room import livewitness

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS: dict[str, click.Command] = get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_and_each_option_is_explained(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help.endswith("."), "a sentence"
    unexplained = [option.name for option in command.params if not getattr(option, "help", None)]
    assert unexplained == []


@pytest.mark.parametrize("code", list(ExitCode), ids=lambda code: code.name)
def test_each_exit_code_has_a_row_in_the_readme_and_a_word_in_the_source(code: ExitCode) -> None:
    assert re.search(rf"^\|\s*`?{code.value}`?\s*\|\s*\S", README, flags=re.MULTILINE)
    source = (ROOT / "crawler" / "exits.py").read_text(encoding="utf-8")
    assert re.search(rf"^    {code.name} = {code.value}  # \w", source, flags=re.MULTILINE)


def test_errors_carry_their_exit_code() -> None:
    codes = [error.exit_code for error in (LiveWitnessError, BadInputError, RoomError)]
    assert codes == [ExitCode.OURS, ExitCode.USAGE, ExitCode.ROOM]


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in sorted(COMMANDS))])
def test_help_is_given_without_loading_what_is_heavy(arguments: list[str]) -> None:
    done = livewitness(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


def test_a_store_that_does_not_verify_is_exit_code_1_and_one_that_does_is_0(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Store.create(store) as opened:
        writer = opened.open_log("capture", case="c", subject="r", body={})
        writer.close("time over", {})
    assert livewitness("verify", str(store)).returncode == ExitCode.FINE
    assert livewitness("verify", str(store), "--json").returncode == ExitCode.FINE
    (store / "logs" / f"{writer.log}.db").unlink()
    for arguments in ([], ["--json"]):
        done = livewitness("verify", str(store), *arguments)
        assert (done.returncode, done.stderr) == (ExitCode.NOT_VERIFIED, "")
