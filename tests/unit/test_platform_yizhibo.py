"""Yizhibo: pages and addresses; nothing is decoded."""

from __future__ import annotations

import pytest

from crawler.platforms.base import Address, Page, RoomState, Sight
from crawler.platforms.pieces import Piece
from crawler.platforms.registry import site_of
from crawler.platforms.yizhibo import Yizhibo

SITE = Yizhibo()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.yizhibo.com/l/IgNfGeZabgI2egsR.html", Address(Page.ROOM, "IgNfGeZabgI2egsR", "IgNfGeZabgI2egsR")),
        (
            "https://www.yizhibo.com/l/ytbdVP1SSmWXzUx_.html?p=1",
            Address(Page.ROOM, "ytbdVP1SSmWXzUx_", "ytbdVP1SSmWXzUx_"),
        ),
        ("https://www.yizhibo.com/member/personel/user_info", Address(Page.OTHER)),
        ("https://example.com/l/a.html", None),
    ],
)
def test_addresses(url: str, expected: Address | None) -> None:
    assert SITE.address(url) == expected


def test_it_is_judged_by_what_is_seen_and_decodes_nothing() -> None:
    room = "https://www.yizhibo.com/l/abc.html"
    assert SITE.state(Sight(0, room)) is RoomState.NO_CONTENT
    assert SITE.state(Sight(0, room, text="页面不存在")) is RoomState.NOT_FOUND
    assert not SITE.decode(Piece("frame", "wss://x.yizhibo.com/", b'{"content":"a","nick":"b","id":1}')).ours
    assert site_of(room).name == "yizhibo"
    assert "may be closed" in SITE.about.decoded
