"""What a platform adapter knows: which URL is whose, and what a page's sight says about the room's state.

An adapter is pure: it judges a `Sight` that the session took; it never touches the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class RoomState(StrEnum):
    """What the room's page shows. Only `ENDED` means that the broadcast is over."""

    LIVE = "live"
    NOT_STARTED = "not started"
    PAUSED = "paused"
    ENDED = "ended"
    NOT_FOUND = "not found"
    LOGIN_WALL = "login wall"
    CAPTCHA = "captcha"
    BLOCKED = "blocked"  # the site refuses this machine or network: no answer about the room
    REPLAY = "replay"  # a recording runs in the room's place
    UNREACHABLE = "unreachable"
    NO_CONTENT = "no room content"  # a page without a room: never to be read as "ended"


WALLS = frozenset({RoomState.LOGIN_WALL, RoomState.CAPTCHA, RoomState.BLOCKED})


@dataclass(frozen=True, slots=True)
class Video:
    """The largest visible video of the page, as the page's own element reports it."""

    time: float  # seconds of media time
    paused: bool
    ended: bool
    width: int  # of the picture, pixels
    height: int
    ready: int  # HTMLMediaElement.readyState
    box: tuple[float, float, float, float]  # x, y, width, height on the screen, CSS pixels
    covered: float  # part of its box under opaque elements, 0 to 1
    frames: int  # decoded since the element began


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at the page from an isolated world: the page can't see or change it."""

    mono_ns: int  # when the look began
    url: str
    title: str = ""
    text: str = ""  # visible text, taken only when no video plays; at most 20,000 characters
    simulated: bool = False
    dialect: str = ""  # which site the simulated room imitates; "" for its own page
    scripts: tuple[str, ...] = ()  # inline state of the document (`Platform.state_marks`), while no video plays
    facts: Mapping[str, Any] = field(
        default_factory=dict
    )  # body's data-* attributes, strings of at most 200 characters
    video: Video | None = None
    buttons: tuple[tuple[str, float, float], ...] = ()  # words of a closed list on visible buttons, with their centres


@dataclass(frozen=True, slots=True)
class RoomIdentity:
    """Which room this is, and which run of its host; `broadcast` is None where the page does not say."""

    platform: str
    room: str
    broadcast: str | None = None

    def same_room(self, other: RoomIdentity) -> bool:
        return (self.platform, self.room) == (other.platform, other.room)

    def same_broadcast(self, other: RoomIdentity) -> bool:
        return self.same_room(other) and (
            self.broadcast is None or other.broadcast is None or self.broadcast == other.broadcast
        )


class Page(StrEnum):
    """What kind of page an address is of."""

    ROOM = "room"
    SHORT = "short link"  # leads to a room; which one, only the site knows
    OTHER = "no live room"  # the site's, but a video, a shop, a person


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says by itself."""

    page: Page
    room: str | None = None
    broadcast: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What `livewitness platforms` and the README say of a site, in words for an investigator."""

    title: str  # the site's name as people know it: "Douyin 抖音"
    kept: str
    decoded: str
    not_possible: str  # and why
    login: str  # whether, and for what, a person must log in by hand
    figures: Mapping[str, str] = field(default_factory=dict)  # each number of the site: what it means there


class Platform(Protocol):
    """One site. Stateless; safe from anywhere."""

    name: str
    simulated: bool
    certain: bool  # its states come from the site's own data; else they are words on a page, and have to last
    hosts: tuple[str, ...]  # of its room pages; a name covers what ends with "." and it
    about: About
    chat_rows: tuple[str, ...]  # CSS selectors of the chat's lines on the page, the first that finds any counts
    state_marks: tuple[str, ...]  # an inline script with one of these words holds the page's state

    def address(self, url: str) -> Address | None:
        """What an address says by itself; None when it is not this site's."""
        ...

    def identity(self, sight: Sight) -> RoomIdentity | None:
        """The room that the page shows, or None when it shows none (a wall, an error page, a blank one)."""
        ...

    def state(self, sight: Sight) -> RoomState:
        """What the page says about the room."""
        ...
