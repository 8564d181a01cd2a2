"""A browser is chosen by what it really does, and tried again when its file changes. Real browsers, real fonts."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import av
import pytest

from crawler.provision import browser, fonts, probe
from crawler.provision.clip import SECONDS, SIDE, make_clip
from crawler.provision.piece import MissingPiece
from crawler.provision.record import load, record_path
from crawler.provision.system import System, apt_install
from crawler.setup import browser_executable

NO_APT = System("debian", None)
# One script stands in front of the real browser, so that a test can change the file.
IN_FRONT = '#!/bin/sh\nexec "{}" "$@"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any record of set-up."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv(browser.OVERRIDE, raising=False)
    return folder


def _script(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def _no_fonts(folder: Path) -> str:
    config = folder / "fonts.conf"
    (folder / "fonts").mkdir(exist_ok=True)
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return str(config)


def test_the_clip_is_what_live_rooms_send() -> None:
    with av.open(io.BytesIO(make_clip())) as clip:
        video, sound = clip.streams.video[0], clip.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.profile) == ("h264", "Main")
        assert sound.codec_context.name == "aac"
        pictures = list(clip.decode(video))
    assert (len(pictures), pictures[0].width, pictures[0].height) == (25 * SECONDS, SIDE, SIDE)


@pytest.mark.browser
def test_the_chosen_browser_plays_and_draws(browser_path: Path) -> None:
    tried = probe.probe(browser_path)
    assert tried.why == ""
    assert tried.version.split(".")[0].isdigit()


@pytest.mark.browser
def test_without_a_chinese_font_the_browser_will_not_do(
    browser_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", _no_fonts(tmp_path))
    assert "弹幕" in probe.probe(browser_path).why


@pytest.mark.browser
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#!/bin/sh\nexit 1\n", "does not start"),
        ("no program at all", "does not start"),
        ("#!/bin/sh\necho 'x: error while loading shared libraries: libnss3.so: no such file' >&2\n", "libnss3.so is"),
        ("#!/bin/sh\necho 'FATAL: No usable sandbox! If you are running on' >&2\nexit 1\n", "its sandbox no room"),
    ],
)
def test_what_does_not_start_is_told_why(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in probe.probe(_script(tmp_path / "browser", text)).why


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"supported": False}, "without these decoders"),
        ({"error": "DEMUXER_ERROR_NO_SUPPORTED_STREAMS"}, "DEMUXER_ERROR"),
        ({"pixel": [0, 0, 0]}, "wrong picture"),
        ({"sound": 0}, "no sound"),
    ],
)
def test_what_is_asked_of_playing(changes: dict[str, object], reason: str) -> None:
    answer = {"supported": True, "error": "", "pixel": [222, 33, 58], "sound": 9000, "time": 0.5}
    judged = probe._judge_playing(answer | changes)
    assert reason in judged
    assert bool(judged) == bool(changes)


@pytest.mark.browser
def test_it_is_tried_once_and_again_when_its_file_changes(
    home: Path, browser_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = _script(tmp_path / "browser", IN_FRONT.format(browser_path))
    monkeypatch.setenv(browser.OVERRIDE, str(ours))
    lines: list[str] = []
    assert browser.bring(NO_APT, lines.append).ok
    assert json.loads((home / ".cache/livewitness/setup.json").read_text())["browser"]["path"] == str(ours)
    assert len(lines) == 1
    assert browser.bring(NO_APT, lines.append).ok
    assert browser_executable() == ours
    assert len(lines) == 1, "not tried again"

    _script(ours, IN_FRONT.format(browser_path) + "# an update\n")
    assert not browser.look().ok

    async def in_a_loop() -> Path:
        return browser_executable()

    assert asyncio.run(in_a_loop()) == ours, "tried again by itself, also inside an event loop"
    assert browser.look().ok

    _script(ours, "#!/bin/sh\nexit 1\n# a broken update\n")
    with pytest.raises(MissingPiece, match="will not do: does not start"):
        browser_executable()
    result = browser.bring(NO_APT, lambda _: None)
    assert (result.ok, result.remedy) == (False, f"unset {browser.OVERRIDE}"), "no other browser in its place"


def test_before_set_up_there_is_no_browser(home: Path) -> None:
    with pytest.raises(MissingPiece, match="no browser chosen yet") as caught:
        browser_executable()
    assert caught.value.exit_code == 3
    assert browser.look().remedy.endswith("livewitness setup")
    assert not list(home.iterdir()), "looking writes nothing"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"v": 2}', '{"v": 1, "browser": {"path": "/x"}, "self_test": ""}'])
def test_a_record_that_cannot_be_read_counts_as_none(home: Path, text: str) -> None:
    assert home.exists()
    record_path().parent.mkdir(parents=True)
    record_path().write_text(text, encoding="utf-8")
    assert load().browser is None


def test_missing_fonts_come_with_the_command_that_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fonts.look(NO_APT).ok
    monkeypatch.setenv("FONTCONFIG_FILE", _no_fonts(tmp_path))
    result = fonts.bring(NO_APT, lambda _: None)
    assert (result.ok, result.found) == (False, "no Chinese font")
    assert "apt-get install --yes fontconfig fonts-noto-cjk fonts-noto-color-emoji" in result.remedy
    monkeypatch.setenv("PATH", str(tmp_path))  # no fc-list either
    assert not fonts.look(NO_APT).ok


def test_apt_is_asked_for_lists_first_and_its_reason_is_passed_on(tmp_path: Path) -> None:
    apt = _script(
        tmp_path / "apt",
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n[ $1 = update ] && exit 0\necho "E: no such" >&2\nexit 100\n',
    )
    assert apt_install(System("debian", (str(apt),)), "chromium") == "E: no such"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["update", "install --yes --no-install-recommends chromium"]
    assert "no apt-get" in apt_install(NO_APT, "chromium")


def test_no_browser_at_all_is_said_with_the_packages_to_ask_for(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser.none_at_all(NO_APT) is None, "there is one on this machine"
    monkeypatch.setattr(browser, "_LINUX_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(home))
    nothing = browser.none_at_all(NO_APT)
    assert nothing is not None
    assert not nothing.ok
    assert nothing.remedy.endswith("apt-get install --yes chromium chromium-sandbox")
    ubuntu = browser.none_at_all(System("ubuntu", None))
    assert ubuntu is not None
    assert "playwright install --with-deps chromium" in ubuntu.remedy
