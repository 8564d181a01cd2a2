"""Which adapter is whose: by a page that was seen, by an address, by a name."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.platforms.base import Platform, Sight
from crawler.platforms.bilibili import Bilibili
from crawler.platforms.douyin import Douyin
from crawler.platforms.generic import GenericRoom
from crawler.platforms.huajiao import Huajiao
from crawler.platforms.inke import Inke
from crawler.platforms.jd import JD
from crawler.platforms.kuaishou import Kuaishou
from crawler.platforms.simulated import ImitatedSite, SimulatedRoom, Site
from crawler.platforms.taobao import Taobao
from crawler.platforms.tiktok import TikTok
from crawler.platforms.xiaohongshu import Xiaohongshu
from crawler.platforms.yizhibo import Yizhibo

SITES: tuple[Site, ...] = (
    Bilibili(),
    Douyin(),
    Huajiao(),
    Inke(),
    JD(),
    Kuaishou(),
    Taobao(),
    TikTok(),
    Xiaohongshu(),
    Yizhibo(),
)
GENERIC = GenericRoom()
SIMULATED = SimulatedRoom()
BY_NAME: dict[str, Site] = {site.name: site for site in (*SITES, GENERIC, SIMULATED)}
STATE_MARKS: list[str] = sorted({mark for site in SITES for mark in site.state_marks})


def platform_of(sight: Sight) -> Platform:
    """The adapter for the page that this sight shows."""
    if sight.simulated:
        return site_named(f"simulated {sight.dialect}") if sight.dialect else SIMULATED
    return site_of(sight.url)


def site_of(url: str) -> Site:
    """The adapter for an address; the generic one when no site claims its host."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return GENERIC
    for site in SITES:
        if any(host == each or host.endswith(f".{each}") for each in site.hosts):
            return site
    return GENERIC


def site_named(name: str) -> Site:
    """The adapter by the name that a session's entries give; the simulated room's own for an unknown dialect."""
    if name.startswith("simulated "):
        imitated = BY_NAME.get(name.removeprefix("simulated "))
        return SIMULATED if imitated is None else ImitatedSite(imitated)
    return BY_NAME.get(name, GENERIC)
