"""What every adapter owes: hosts of its own, addresses without errors, the same judgement when it is imitated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.base import Page, RoomState, Sight, Video
from crawler.platforms.registry import SITES, site_named, site_of
from crawler.platforms.simulated import Site

PLAYING = Video(1.0, paused=False, ended=False, width=720, height=1280, ready=4, box=(0, 0, 9, 9), covered=0, frames=9)
ROOMS = {
    "bilibili": ("https://live.bilibili.com/42062", "42062"),
    "huajiao": ("https://www.huajiao.com/l/345096174", "345096174"),
    "inke": ("https://www.inke.cn/liveroom/index.html?uid=22954469&id=1720860391070904", "22954469"),
    "jd": ("https://lives.jd.com/#/48399381", "48399381"),
    "taobao": ("https://tbzb.taobao.com/live?liveId=123456789012", "123456789012"),
    "xiaohongshu": ("https://www.xiaohongshu.com/livestream/570459564696889177", "570459564696889177"),
    "yizhibo": ("https://www.yizhibo.com/l/abc_-1.html", "abc_-1"),
}


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_no_two_sites_claim_one_host(site: Site) -> None:
    assert site.hosts
    for host in site.hosts:
        assert site_of(f"https://{host}/") is site
        assert site_of(f"https://any.{host.upper()}./x?y=1") is site
        assert site_of(f"https://x{host}.example/") is not site


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_what_an_investigator_reads_of_a_site(site: Site) -> None:
    about = site.about
    for words in (about.title, about.kept, about.decoded, about.not_possible, about.login, *about.figures.values()):
        assert words.strip() == words != ""


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_of_the_site_and_the_same_imitated_on_this_machine(name: str) -> None:
    url, room = ROOMS[name]
    site = site_of(url)
    assert site.name == name
    real = site.identity(Sight(0, url, video=PLAYING))
    assert real is not None
    assert (real.platform, real.room) == (name, room)
    local = "http://127.0.0.1:8765/" + url.split("/", 3)[3]
    imitated = site_named(f"simulated {name}")
    found = imitated.identity(Sight(0, local, video=PLAYING, simulated=True, dialect=name))
    assert found is not None
    assert (found.platform, found.room, found.broadcast) == (f"simulated {name}", room, real.broadcast)
    assert imitated.state(Sight(0, local, simulated=True, dialect=name)) is RoomState.NO_CONTENT


@pytest.mark.parametrize("name", ROOMS)
def test_a_page_without_a_room_is_never_ended_and_no_room(name: str) -> None:
    url, _ = ROOMS[name]
    site = site_of(url)
    for sight in (Sight(0, url), Sight(0, url, text="加载中"), Sight(0, url, title="Please wait...", scripts=("{",))):
        assert site.state(sight) is RoomState.NO_CONTENT
        assert site.identity(sight) is None


PIECES = [
    "https://",
    "http://",
    "//",
    "[",
    "]",
    "@",
    ":99999",
    "?",
    "#",
    "/",
    "%",
    "\\",
    "liveId=",
    "\u202e",
    " ",
    "\n",
]
HOSTS = [host for site in SITES for host in site.hosts]


@settings(max_examples=150)
@given(st.lists(st.sampled_from([*PIECES, *HOSTS]) | st.text(max_size=5), max_size=8))
def test_addresses_of_any_shape(parts: list[str]) -> None:
    url = "".join(parts)
    for site in SITES:
        found = site.address(url)
        assert found is None or found.page is Page.ROOM or found.room is None
        site.state(Sight(0, url))
        site.identity(Sight(0, url, video=PLAYING))
