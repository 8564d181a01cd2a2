"""What a person is told of an address before it is watched: it may be a video, a shop, or a link."""

from __future__ import annotations

import pytest

from crawler.fleet import doubt_about

ROOMS = (
    "https://live.douyin.com/123456789",
    "https://live.kuaishou.com/u/someone",
    "https://tbzb.taobao.com/live?liveId=123456789",
    "https://zhibo.jd.com/liveroom?liveId=12345678",
    "https://live.bilibili.com/12345",
    "https://www.xiaohongshu.com/livestream/568912345678901234",
    "https://www.tiktok.com/@someone/live",
    "https://live.example.com/room/1",
    "http://127.0.0.1:9391/room/73011224",
)
OTHERS = (
    ("https://www.douyin.com/video/7300000000000000000", "Douyin"),
    ("https://www.tiktok.com/@someone/video/7300000000000000000", "TikTok"),
    ("https://www.bilibili.com/video/BV1xx411c7mD", "Bilibili"),
    ("https://item.jd.com/100012345678.html", "JD"),
    ("https://item.taobao.com/item.htm?id=600000000000", "Taobao"),
)


@pytest.mark.parametrize("url", ROOMS)
def test_a_rooms_address_raises_no_doubt(url: str) -> None:
    assert doubt_about(url) is None


@pytest.mark.parametrize(("url", "site"), OTHERS)
def test_another_page_of_a_site_is_told(url: str, site: str) -> None:
    note = doubt_about(url)
    assert note is not None
    assert site in note
    assert "not a live room" in note


@pytest.mark.parametrize(
    "url", ["https://v.douyin.com/iAbCdEf/", "https://xhslink.com/aBcDeF", "https://b23.tv/aBcDeF"]
)
def test_a_short_link_is_told(url: str) -> None:
    assert "short link" in str(doubt_about(url))
