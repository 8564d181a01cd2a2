"""What any room's page shows, whoever's it is: a playing video, or words of a closed list (pure).

Sites' adapters use it where a page's own state is not known. Words are weak evidence: they may stand in a chat line, so
whoever judges a watch by them waits until they last (`Platform.certain` is false).
"""

from __future__ import annotations

import re
from abc import abstractmethod

from crawler.platforms.base import WALLS, About, Address, Page, RoomIdentity, RoomState, Sight

HAS_CURRENT_DATA = 2  # HTMLMediaElement.HAVE_CURRENT_DATA
_REFUSED = re.compile(
    r"访问被拒绝|风控校验失败|(请求|操作|访问)(过快|太快|过于频繁|太频繁)|网络环境(存在)?(风险|异常)"
    r"|被挤爆啦[,，]\s*请稍后|access denied",
    re.IGNORECASE,
)
# "直播结束" without "已" is an end only on a line of its own: viewers write "直播结束后发货吗" in the chat.
_OVER = re.compile(r"直播(已|已经)结束|^\s*直播结束\s*$|主播已下播|live (has )?ended", re.IGNORECASE | re.MULTILINE)
_PLEASE = re.compile(r"请(先)?登录")  # a wall, or the line at the head of each page of a shop
_NOT_YET = re.compile(
    r"直播(即将|尚未|未)开始|预约直播|直播预告\s{0,10}敬请期待|^\s*主播(还没有?|尚未|未)开播\s*$|starts? soon",
    re.IGNORECASE | re.MULTILINE,
)
# Words of pages without a playing video. Order matters: a captcha page may ask for a login too.
_SIGNS: tuple[tuple[RoomState, re.Pattern[str]], ...] = (
    (
        RoomState.CAPTCHA,
        re.compile(r"拖动滑块|按住滑块|向右滑动|滑块验证|安全验证|完成验证|验证码|captcha", re.IGNORECASE),
    ),
    (RoomState.BLOCKED, _REFUSED),
    (RoomState.ENDED, _OVER),
    (RoomState.NOT_FOUND, re.compile(r"(直播间|直播|页面)不存在|(room|page) not found", re.IGNORECASE)),
    (
        RoomState.LOGIN_WALL,
        re.compile(r"登录后(继续)?(观看|查看)|扫码(登录|观看)|log ?in to (watch|continue)", re.IGNORECASE),
    ),
    (RoomState.LOGIN_WALL, _PLEASE),
    (RoomState.NOT_STARTED, _NOT_YET),
)
_NO_ROOM = WALLS | {RoomState.NOT_FOUND, RoomState.NO_CONTENT}


def by_video(sight: Sight) -> RoomState | None:
    """Live or paused by the largest video; None when none plays or could go on playing."""
    if sight.video is None or sight.video.ready < HAS_CURRENT_DATA or sight.video.ended:
        return None
    return RoomState.PAUSED if sight.video.paused else RoomState.LIVE


def by_words(text: str, *, greets: bool = False) -> RoomState | None:
    """What the first known words in a text say about a room; None when it has none of them.

    `greets`: the site asks guests to log in on each of its pages, so that a bare "请登录" is no wall.
    """
    for state, sign in _SIGNS:
        if sign.search(text) and not (greets and sign is _PLEASE):
            return state
    return None


def seen_state(sight: Sight, *, greets: bool = False) -> RoomState:
    """By the video, then by the page's words. A page with neither shows no room: it is never read as ended."""
    return by_video(sight) or by_words(f"{sight.title}\n{sight.text}", greets=greets) or RoomState.NO_CONTENT


def settled_state(sight: Sight, said: RoomState | None, *, greets: bool = False) -> RoomState:
    """The state where the page's inline state says `said` (None: it says nothing).

    A page's inline state is from when the page was made, so "live" in it is checked against what is seen now; other
    states stand, because no video that plays beside them need be this room's.
    """
    if said is not None and said is not RoomState.LIVE:
        return said
    seen = seen_state(sight, greets=greets)
    return RoomState.LIVE if said is RoomState.LIVE and seen is RoomState.NO_CONTENT else seen


class AddressedRoom:
    """An adapter's part for sites whose rooms are named by their address alone, and judged by what is seen."""

    name: str
    simulated = False
    certain = False
    hosts: tuple[str, ...]
    about: About
    chat_rows: tuple[str, ...] = ()
    state_marks: tuple[str, ...] = ()

    @abstractmethod
    def address(self, url: str) -> Address | None:
        """What an address says by itself; None when it is not this site's."""

    def identity(self, sight: Sight) -> RoomIdentity | None:
        """The room of the address; None where the page shows a wall, an error or nothing."""
        found = self.address(sight.url)
        if found is None or found.page is not Page.ROOM or found.room is None or self.state(sight) in _NO_ROOM:
            return None
        return RoomIdentity(self.name, found.room, found.broadcast)

    def state(self, sight: Sight) -> RoomState:
        """By the video and the words that are seen."""
        return seen_state(sight)
