"""Huajiao's one known answer, its pages and addresses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.platforms.base import Address, Page, RoomState, Sight
from crawler.platforms.huajiao import Huajiao
from crawler.platforms.messages import Kind
from crawler.platforms.pieces import Decoded, Piece

SITE = Huajiao()
FEED = "https://live.huajiao.com/feed/getFeedInfo?relateid=345096174"


def answered(answer: Any, url: str = FEED) -> Decoded:
    return SITE.decode(Piece("answer", url, json.dumps(answer, ensure_ascii=False).encode(), status=200))


def told(errmsg: str = "", data: Any = None) -> RoomState | None:
    (message,) = answered({"errno": 0, "errmsg": errmsg, "data": data}).messages
    assert message.kind is Kind.ROOM_STATE
    return message.state


LIVE = {
    "creatime": "2026-11-22 10:00:00",
    "feed": {"title": "晚上好", "sn": "_LC_1", "relateid": 345096174},
    "author": {"nickname": "主播", "uid": "1"},
}


def test_a_broadcast() -> None:
    (message,) = answered({"errmsg": "", "data": LIVE}).messages
    assert (message.state, message.broadcast, message.person) == (RoomState.LIVE, "345096174", None)


@pytest.mark.parametrize(
    ("errmsg", "data", "state"),
    [
        ("直播已结束", None, RoomState.ENDED),
        ("直播间不存在", {}, RoomState.NOT_FOUND),
        ("参数错误", None, RoomState.NO_CONTENT),
        ("", {}, RoomState.NO_CONTENT),
        ("", [], RoomState.NO_CONTENT),
        ("", {**LIVE, "creatime": ""}, RoomState.NO_CONTENT),
        ("服务繁忙", LIVE, RoomState.NO_CONTENT),
    ],
)
def test_what_shows_no_room_is_never_ended_unless_words_say_so(errmsg: str, data: Any, state: RoomState) -> None:
    assert told(errmsg, data) is state


def test_answers_that_are_something_else() -> None:
    assert not answered({}, "https://live.huajiao.com/feed/list").ours
    assert [each.method for each in answered([]).unknown] == ["getFeedInfo"]
    assert len(SITE.decode(Piece("answer", FEED, b"<html>")).faults) == 1
    assert not SITE.decode(Piece("frame", FEED, b"{}")).ours


@given(st.binary(max_size=200))
def test_any_bytes(payload: bytes) -> None:
    SITE.decode(Piece("answer", FEED, payload))
    SITE.decode(Piece("answer", FEED, b'{"errmsg":"x","data":{"feed":[' + payload + b"]}}"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.huajiao.com/l/345096174?qd=1", Address(Page.ROOM, "345096174", "345096174")),
        ("https://www.huajiao.com/user/223184650", Address(Page.OTHER)),
        ("https://www.huajiao.com/", Address(Page.OTHER)),
        ("https://huajiao.org/l/1", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert SITE.address(url) == expected


def test_pages() -> None:
    room = "https://www.huajiao.com/l/345096174"
    assert SITE.state(Sight(0, room)) is RoomState.NO_CONTENT
    ended = Sight(0, room, text="本场直播已结束")
    assert SITE.state(ended) is RoomState.ENDED
    identity = SITE.identity(ended)
    assert identity is not None
    assert (identity.platform, identity.room) == ("huajiao", "345096174")
