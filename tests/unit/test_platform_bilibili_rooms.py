"""Bilibili's answers about rooms, its pages and addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.platforms.base import Address, Page, RoomState, Sight, Video
from crawler.platforms.bilibili import Bilibili
from crawler.platforms.messages import Counts, Kind
from crawler.platforms.pieces import Decoded, Piece

SITE = Bilibili()
API = "https://api.live.bilibili.com"
PLAYING = Video(1.0, paused=False, ended=False, width=1280, height=720, ready=4, box=(0, 0, 9, 9), covered=0, frames=9)


def answered(path: str, answer: Any) -> Decoded:
    return SITE.decode(Piece("answer", f"{API}{path}?room_id=42062", json.dumps(answer, indent=1).encode(), status=200))


@pytest.mark.parametrize(
    "path", ["/room/v1/Room/get_info", "/room/v1/Room/room_init", "/xlive/web-room/v2/index/getRoomPlayInfo"]
)
@pytest.mark.parametrize(
    ("status", "state"), [(0, RoomState.ENDED), (1, RoomState.LIVE), (2, RoomState.REPLAY), (9, None)]
)
def test_live_status(path: str, status: int, state: RoomState | None) -> None:
    found = answered(
        path, {"code": 0, "message": "ok", "data": {"room_id": 42062, "short_id": 6, "live_status": status}}
    )
    (message,) = found.messages
    assert (message.kind, message.state, message.site_kind) == (Kind.ROOM_STATE, state, f"live_status {status}")
    assert (message.more["room_id"], message.more["short_id"]) == (42062, 6)


def test_the_room_with_those_who_watched() -> None:
    watched = {"switch": True, "num": 93177, "text_small": "9.3万", "text_large": "9.3万人看过"}
    answer = {"code": 0, "data": {"room_info": {"live_status": 1, "live_id_str": "7336"}, "watched_show": watched}}
    payload = json.dumps(answer, ensure_ascii=False).encode()
    found = SITE.decode(Piece("answer", f"{API}/xlive/web-room/v1/index/getInfoByRoom?room_id=1", payload))
    state, viewers = found.messages
    assert (state.state, state.broadcast) == (RoomState.LIVE, "7336")
    assert [(each.what, each.value) for each in viewers.figures] == [(Counts.CUMULATIVE, 93177)]
    assert json.loads(payload[viewers.where.start : viewers.where.end]) == watched


@pytest.mark.parametrize("path", ["/room/v1/Room/get_info", "/xlive/web-room/v1/index/getDanmuInfo"])
def test_risk_control_is_blocked_and_never_ended(path: str) -> None:
    (message,) = answered(path, {"code": -352, "message": "-352", "data": {}}).messages
    assert (message.state, message.site_kind) == (RoomState.BLOCKED, "code -352")


@pytest.mark.parametrize("answer", [{"code": 60004, "msg": "直播间不存在"}, {"code": 1, "message": "未找到该房间"}])
def test_no_such_room(answer: dict[str, Any]) -> None:
    (message,) = answered("/room/v1/Room/room_init", answer).messages
    assert message.state is RoomState.NOT_FOUND


@pytest.mark.parametrize(
    "answer", [{"code": -500, "message": "服务异常"}, {"data": {"live_status": 0}}, [], "x", {"code": 0}]
)
def test_what_is_not_explained_claims_no_state(answer: Any) -> None:
    found = answered("/room/v1/Room/get_info", answer)
    assert found.messages == ()
    assert len(found.unknown) == 1


def test_answers_of_other_paths_and_the_token() -> None:
    assert not answered("/xlive/web-room/v1/gift/list", {"code": 0}).ours
    token = answered("/xlive/web-room/v1/index/getDanmuInfo", {"code": 0, "data": {"token": "t"}})
    assert (token.ours, token.messages, token.unknown) == (True, (), ())
    empty = SITE.decode(Piece("answer", f"{API}/room/v1/Room/get_info", b""))
    assert (empty.messages, len(empty.faults)) == ((), 1)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://live.bilibili.com/1", Address(Page.ROOM, "1")),
        ("https://live.bilibili.com/blanc/42062?liteVersion=true", Address(Page.ROOM, "42062")),
        ("https://live.bilibili.com/h5/42062", Address(Page.ROOM, "42062")),
        ("https://live.bilibili.com/42062/?spm=1", Address(Page.ROOM, "42062")),
        ("https://live.bilibili.com/", Address(Page.OTHER)),
        ("https://live.bilibili.com/p/eden/area-tags", Address(Page.OTHER)),
        ("https://www.bilibili.com/video/BV1xx411c7mD", Address(Page.OTHER)),
        ("https://www.bilibili.com/42062", Address(Page.OTHER)),
        ("https://space.bilibili.com/730732", Address(Page.OTHER)),
        ("https://b23.tv/AbCd123", Address(Page.SHORT)),
        ("https://bilibili.com.example/1", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert SITE.address(url) == expected


def inline(status: int, code: int = 0, message: str = "") -> str:
    state = {"roomInitRes": {"code": code, "message": message, "data": {"live_status": status}}}
    return f"window.__NEPTUNE_IS_MY_WAIFU__={json.dumps(state)}"


BARE = 'window.__NEPTUNE_IS_MY_WAIFU__={"roomInitRes":{"room_id":1,"live_status":0},"x":"</a>"}'


@pytest.mark.parametrize(
    ("sight", "state"),
    [
        (Sight(0, "https://live.bilibili.com/1", video=PLAYING), RoomState.LIVE),
        (Sight(0, "https://live.bilibili.com/1", scripts=(inline(1),)), RoomState.LIVE),
        (Sight(0, "https://live.bilibili.com/1", scripts=(inline(1),), text="直播已结束"), RoomState.ENDED),
        (Sight(0, "https://live.bilibili.com/1", scripts=(inline(0),)), RoomState.ENDED),
        (Sight(0, "https://live.bilibili.com/1", scripts=(BARE,)), RoomState.ENDED),
        (Sight(0, "https://live.bilibili.com/1", scripts=(BARE,), text="主播还没有开播"), RoomState.NOT_STARTED),
        (Sight(0, "https://live.bilibili.com/1", scripts=(inline(2),), video=PLAYING), RoomState.REPLAY),
        (Sight(0, "https://live.bilibili.com/1", scripts=('{"a":', inline(0, -352))), RoomState.BLOCKED),
        (Sight(0, "https://live.bilibili.com/1", scripts=(inline(0)[:-4],)), RoomState.NO_CONTENT),
        (Sight(0, "https://live.bilibili.com/1"), RoomState.NO_CONTENT),
        (Sight(0, "https://passport.bilibili.com/login"), RoomState.LOGIN_WALL),
    ],
)
def test_pages(sight: Sight, state: RoomState) -> None:
    assert SITE.state(sight) is state


def test_a_page_that_risk_control_answered_is_blocked() -> None:
    script = 'window.__NEPTUNE_IS_MY_WAIFU__={"roomInitRes":{"code":-352,"message":"-352","data":{}}}'
    sight = Sight(0, "https://live.bilibili.com/1", scripts=(script,))
    assert SITE.state(sight) is RoomState.BLOCKED
    assert SITE.identity(sight) is None


def test_the_identity_does_not_change_with_what_the_page_says() -> None:
    url = "https://live.bilibili.com/blanc/6"
    with_script, without = (
        SITE.identity(Sight(0, url, scripts=(inline(1),))),
        SITE.identity(Sight(0, url, video=PLAYING)),
    )
    assert with_script is not None
    assert without is not None
    assert with_script == without
    assert with_script.room == "6"
