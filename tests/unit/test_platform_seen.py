"""What any page shows: by its video first, then by words, and never an end that is not said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.platforms.base import RoomState, Sight, Video
from crawler.platforms.seen import by_words, seen_state, settled_state

PLAYING = Video(1.0, paused=False, ended=False, width=720, height=1280, ready=4, box=(0, 0, 9, 9), covered=0, frames=9)
ROOM = "https://room.example/1"


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("直播已结束", RoomState.ENDED),
        ("推荐\n 直播结束 \n更多", RoomState.ENDED),
        ("主播已下播，去看看别的", RoomState.ENDED),
        ("本场直播已经结束", RoomState.ENDED),
        ("小明：直播结束后发货吗", None),
        ("直播结束了吗", None),
        ("直播间不存在", RoomState.NOT_FOUND),
        ("直播即将开始", RoomState.NOT_STARTED),
        ("请按住滑块，拖动到最右边", RoomState.CAPTCHA),
        ("请拖动滑块完成验证，或请先登录", RoomState.CAPTCHA),
        ("请先登录", RoomState.LOGIN_WALL),
        ("直播不存在", RoomState.NOT_FOUND),
        ("直播预告\n\n敬请期待", RoomState.NOT_STARTED),
        ("直播预告 周五晚八点", None),
        ("弹幕\n主播还没有开播\n", RoomState.NOT_STARTED),
        ("主播还没有开播吗", None),
        ("请使用京东App扫码观看", RoomState.LOGIN_WALL),
        ("当前网络环境存在风险，请切换网络环境后重试", RoomState.BLOCKED),
        ("哎哟喂，被挤爆啦，请稍后重试", RoomState.BLOCKED),
        ("小明：直播间被挤爆啦", None),
        ("多少钱", None),
    ],
)
def test_words(words: str, state: RoomState | None) -> None:
    assert by_words(words) is state
    assert seen_state(Sight(0, ROOM, text=words)) is (state or RoomState.NO_CONTENT)
    assert seen_state(Sight(0, ROOM, text=words, video=PLAYING)) is RoomState.LIVE


def test_a_site_that_greets_guests_with_a_login_is_no_wall() -> None:
    assert by_words("你好，请登录", greets=True) is None
    assert by_words("扫码登录", greets=True) is RoomState.LOGIN_WALL


def test_the_video() -> None:
    assert seen_state(Sight(0, ROOM, video=replace(PLAYING, paused=True))) is RoomState.PAUSED
    assert seen_state(Sight(0, ROOM, video=replace(PLAYING, ready=1))) is RoomState.NO_CONTENT
    assert seen_state(Sight(0, ROOM, video=replace(PLAYING, ended=True), text="直播已结束")) is RoomState.ENDED


def test_what_the_page_said_of_itself_first_and_what_is_seen_now() -> None:
    live, blank = Sight(0, ROOM, video=PLAYING), Sight(0, ROOM)
    assert settled_state(blank, RoomState.LIVE) is RoomState.LIVE
    assert settled_state(Sight(0, ROOM, text="直播已结束"), RoomState.LIVE) is RoomState.ENDED
    assert settled_state(live, RoomState.REPLAY) is RoomState.REPLAY
    assert settled_state(live, None) is RoomState.LIVE
    assert settled_state(blank, None) is RoomState.NO_CONTENT
