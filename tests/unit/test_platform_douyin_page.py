"""Douyin's addresses and pages: which room this is, and what the page says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.platforms.base import Address, Page, RoomIdentity, RoomState, Sight, Video
from crawler.platforms.douyin import Douyin

URL = "https://live.douyin.com/80017709309"
ROOM = "7630361251285076745"
PLAYS = Video(12.0, False, False, 1280, 720, 4, (0, 0, 1280, 720), 0.0, 300)


def scripts(room: dict[str, Any], web_rid: str = "80017709309") -> tuple[str, ...]:
    """The page's state as the site streams it: cut into pushes, values that refer to other rows, a bare undefined."""
    state = {"state": {"appStore": {"a": "$undefined"}, "roomStore": {"roomInfo": {"room": room, "web_rid": web_rid}}}}
    row = f'7:["$","$L9",null,{json.dumps(state, ensure_ascii=False)}]\n'
    return tuple(
        f"self.__pace_f.push([1,{json.dumps(piece)}])" for piece in ("1:T10,abc", row[:40], row[40:90], row[90:])
    )


def sight(room: dict[str, Any] | None = None, url: str = URL, **more: Any) -> Sight:
    held = () if room is None else scripts({"id_str": ROOM, **room})
    return Sight(1, url, **{"scripts": held, **more})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, Address(Page.ROOM, "80017709309")),
        (f"{URL}/?enter_from_merge=web_live&action_type=click#top", Address(Page.ROOM, "80017709309")),
        ("https://v.douyin.com/iAbCdEf/", Address(Page.SHORT)),
        (f"https://webcast.amemv.com/douyin/webcast/reflow/{ROOM}?u_code=1", Address(Page.ROOM, None, ROOM)),
        ("https://www.douyin.com/80017709309", Address(Page.ROOM, "80017709309")),
        ("https://www.douyin.com/root/live/80017709309", Address(Page.ROOM, "80017709309")),
        ("https://www.douyin.com/follow/live/80017709309?a=1", Address(Page.ROOM, "80017709309")),
        ("https://www.douyin.com/video/7298145681699622182", Address(Page.OTHER)),
        ("https://www.douyin.com/user/MS4wLjABAAAA", Address(Page.OTHER)),
        ("https://www.douyin.com/", Address(Page.OTHER)),
        ("https://live.douyin.com/", Address(Page.OTHER)),
        ("https://live.douyin.com/categorynew/1_1", Address(Page.OTHER)),
        ("https://live.douyin.com.evil.example/80017709309", None),
        ("https://evil.example/?u=https://live.douyin.com/80017709309", None),
        ("javascript:alert(1)", None),
        ("https://[", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert Douyin().address(url) == expected


def test_the_room_stays_and_the_broadcast_comes_from_the_page() -> None:
    assert Douyin().identity(sight({"status": 2})) == RoomIdentity("douyin", "80017709309", ROOM)
    assert Douyin().identity(sight()) == RoomIdentity("douyin", "80017709309")
    assert Douyin().identity(sight(url="https://www.douyin.com/video/1")) is None


def test_the_state_of_another_room_is_not_this_room_s() -> None:
    """The page went to another room without loading a document: its scripts are still the first room's."""
    gone = Sight(1, "https://live.douyin.com/11111", scripts=scripts({"id_str": ROOM, "status": 4}))
    assert Douyin().identity(gone) == RoomIdentity("douyin", "11111")
    assert Douyin().state(gone) is RoomState.NO_CONTENT


def test_a_shared_link_knows_the_broadcast() -> None:
    link = f"https://webcast.amemv.com/douyin/webcast/reflow/{ROOM}"
    assert Douyin().identity(Sight(1, link)) == RoomIdentity("douyin", f"broadcast {ROOM}", ROOM)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, RoomState.NOT_STARTED),
        (2, RoomState.LIVE),
        (3, RoomState.PAUSED),
        (4, RoomState.ENDED),
        (9, RoomState.NO_CONTENT),
    ],
)
def test_the_page_tells_its_state(status: int, state: RoomState) -> None:
    assert Douyin().state(sight({"status": status})) is state


def test_what_is_seen_corrects_a_document_that_is_older() -> None:
    douyin = Douyin()
    assert douyin.state(sight({"status": 2}, text="主播已下播")) is RoomState.ENDED
    assert douyin.state(sight({"status": 2}, text="请完成安全验证")) is RoomState.CAPTCHA
    assert douyin.state(sight({"status": 3}, video=PLAYS)) is RoomState.LIVE
    # A guest's page asks for a login beside the room all the time.
    assert douyin.state(sight({"status": 2}, text="请先登录后发言")) is RoomState.LIVE
    # What plays on the page of an ended broadcast is some other room's preview.
    assert douyin.state(sight({"status": 4}, video=PLAYS)) is RoomState.ENDED


def test_without_state_the_video_and_words_decide() -> None:
    douyin = Douyin()
    assert douyin.state(sight(video=PLAYS)) is RoomState.LIVE
    assert douyin.state(sight(text="请先登录")) is RoomState.LOGIN_WALL
    assert douyin.state(sight()) is RoomState.NO_CONTENT
    assert not douyin.certain


@pytest.mark.parametrize(
    "script",
    [
        'self.__pace_f.push([1,"\\"roomInfo\\":{\\"room\\":',
        'self.__pace_f.push([1,"\\"roomInfo\\":{\\"room\\":"])',
        'self.__pace_f.push([1,"' + '\\"roomInfo\\":{' * 5000 + '"])',
        "self.__pace_f.push([1," + '"' + "\\\\" * 50_000,
        'self.__pace_f.push([1,"\\ud800\\"roomInfo\\":{\\"room\\":{\\"status\\":1e999}}"])',
    ],
)
def test_broken_state_is_no_state(script: str) -> None:
    assert Douyin().state(sight(scripts=(script,))) is RoomState.NO_CONTENT
    assert Douyin().identity(sight(scripts=(script,))) == RoomIdentity("douyin", "80017709309")
