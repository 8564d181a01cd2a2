"""Watches that several files of end-to-end tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.harness.sittings import Sitting, sit

OF_A_PERSON = ("LIVEWITNESS_STORE", "LIVEWITNESS_DATABASE", "LIVEWITNESS_ANCHORS", "LIVEWITNESS_PASSPHRASE_FILE")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_a_person() -> Iterator[None]:
    """As for each test, also for what is made once for several."""
    with pytest.MonkeyPatch.context() as patch:
        for name in OF_A_PERSON:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def sitting(
    tmp_path_factory: pytest.TempPathFactory, _no_settings_of_a_person: None
) -> Callable[[str, str, int], Sitting]:
    """An unread sitting by (media, chat socket, seconds), made when it is first asked for."""

    @cache
    def made(media: str, chat: str, seconds: int) -> Sitting:
        room = ("--media", media, "--chat", chat)
        return sit(tmp_path_factory.mktemp(f"sitting-{media}"), seconds, room, "--no-read")

    return made


@pytest.fixture(scope="session")
def read_sitting(tmp_path_factory: pytest.TempPathFactory, _no_settings_of_a_person: None) -> Sitting:
    """A sitting of 20 s whose pictures and original video were read beside it."""
    return sit(tmp_path_factory.mktemp("sitting-read"), 20, ())
