"""Inke: pages and addresses; nothing is decoded."""

from __future__ import annotations

import pytest

from crawler.platforms.base import Address, Page, RoomState, Sight
from crawler.platforms.inke import Inke
from crawler.platforms.pieces import Piece
from crawler.platforms.registry import site_of

SITE = Inke()
ROOM = "https://www.inke.cn/liveroom/index.html?uid=22954469&id=1720860391070904"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (ROOM, Address(Page.ROOM, "22954469", "1720860391070904")),
        ("https://www.inke.cn/liveroom/index.html?uid=123456", Address(Page.ROOM, "123456", None)),
        ("https://mlive2.inke.cn/app/hot/live?uid=5&liveid=6&ctime=7", Address(Page.ROOM, "5", "6")),
        ("https://www.inke.cn/liveroom/index.html?id=1720860391070904", Address(Page.OTHER)),
        ("https://www.inke.cn/", Address(Page.OTHER)),
        ("https://inke.cn.example/liveroom/index.html?uid=1", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert SITE.address(url) == expected


def test_a_host_that_begins_anew_is_the_same_room_and_another_broadcast() -> None:
    first = SITE.identity(Sight(0, ROOM, text="直播已结束"))
    second = SITE.identity(Sight(0, ROOM.replace("1720860391070904", "1720860391070905"), text="直播已结束"))
    assert first is not None
    assert second is not None
    assert first.same_room(second)
    assert not first.same_broadcast(second)


def test_it_is_judged_by_what_is_seen_and_decodes_nothing() -> None:
    assert SITE.state(Sight(0, ROOM, text="下载手机APP查看")) is RoomState.NO_CONTENT
    assert SITE.identity(Sight(0, ROOM, text="下载手机APP查看")) is None
    assert not SITE.decode(Piece("frame", "wss://x.inke.cn/", b"42[]")).ours
    assert site_of(ROOM).name == "inke"
    assert "not known" in SITE.about.decoded
