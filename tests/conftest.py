"""What all tests share. A missing browser or model is an error here, never a skip."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from crawler.setup import browser_executable, models_dir
from crawler.simroom.encode import default_cache, obtain_reel
from crawler.simroom.scenario_file import load
from crawler.simroom.server import void
from tests.harness.postgresql import Server, running_server

# The same examples in each run, and no time limit for one: this may be a busy machine with two cores.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


def pytest_collection_finish(session: pytest.Session) -> None:
    """On a new machine the simulated room's video is made before the tests, outside of their time limits (a minute)."""
    if not session.config.option.collectonly and any(item.get_closest_marker("browser") for item in session.items):
        scenario = load("default")
        obtain_reel(scenario, scenario.seed, default_cache(), lambda line: void(sys.stdout.write(f"{line}\n")))


@pytest.fixture(autouse=True)
def _no_store_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the store of whoever runs it."""
    monkeypatch.delenv("LIVEWITNESS_STORE", raising=False)
    monkeypatch.delenv("LIVEWITNESS_DATABASE", raising=False)
    monkeypatch.delenv("LIVEWITNESS_ANCHORS", raising=False)
    monkeypatch.delenv("LIVEWITNESS_PASSPHRASE_FILE", raising=False)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL, started once, with a database `evidence` that all stores of the tests share."""
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _no_store_of_a_person: None
) -> str:
    """Runs a test twice: stores are made on SQLite, then on the real server. Which of the two."""
    kind = str(request.param)
    if kind == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        monkeypatch.setenv("LIVEWITNESS_DATABASE", server.url())
    return kind


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """The browser that set-up chose."""
    return browser_executable()


@pytest.fixture(scope="session")
def models_path() -> Path:
    """The OCR models that set-up brought in."""
    return models_dir()
