"""The simulated room (`livewitness simroom`): it says its state in attributes of its body.

Known by `<meta name="livewitness-simulated-room">`, so that what was kept from it can never pass for a real room.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from crawler.platforms.base import About, Address, Page, Platform, RoomIdentity, RoomState, Sight
from crawler.platforms.pieces import NOT_OURS, Decoded, Decoder, Piece

_STATES = {
    "live": RoomState.LIVE,
    "paused": RoomState.PAUSED,
    "ended": RoomState.ENDED,
    "login": RoomState.LOGIN_WALL,
    "captcha": RoomState.CAPTCHA,
    "not_found": RoomState.NOT_FOUND,
    "not_started": RoomState.NOT_STARTED,
}


class SimulatedRoom:
    """`data-room-id`, `data-broadcast-id` and `data-room-state` of the body."""

    name = "simulated"
    simulated = True
    certain = True
    hosts: tuple[str, ...] = ()
    about = About(
        title="simulated room",
        kept="as a real room",
        decoded="nothing: its own chat is for tests of what is kept; its dialects speak as real sites do",
        not_possible="nothing that it shows happened in a shop",
        login="never",
    )
    chat_rows: tuple[str, ...] = ()
    state_marks: tuple[str, ...] = ()

    def address(self, _: str) -> Address | None:
        """It has no address of its own: it is known by its page."""
        return None

    def decode(self, _: Piece) -> Decoded:
        """Its own chat is not decoded."""
        return NOT_OURS

    def identity(self, sight: Sight) -> RoomIdentity | None:
        room = sight.facts.get("roomId")
        if not room:
            return None
        broadcast = sight.facts.get("broadcastId")
        return RoomIdentity(self.name, str(room), str(broadcast) if broadcast else None)

    def state(self, sight: Sight) -> RoomState:
        return _STATES.get(str(sight.facts.get("roomState", "")), RoomState.NO_CONTENT)


class Site(Platform, Decoder, Protocol):
    """A site's adapter as a whole."""


class ImitatedSite:
    """The simulated room in a site's dialect: judged and decoded as that site, and named as what it is.

    Its pages lie on this machine; the site's adapter sees them under the site's own host.
    """

    simulated = True

    def __init__(self, site: Site) -> None:
        self._site = site
        self.name = f"simulated {site.name}"
        self.certain = site.certain
        self.hosts: tuple[str, ...] = ()
        self.about = site.about
        self.chat_rows = site.chat_rows
        self.state_marks = site.state_marks

    def address(self, url: str) -> Address | None:
        """As the site says of the same path on its own host."""
        found = self._site.address(self._rehosted(url))
        return found or Address(Page.OTHER)

    def decode(self, piece: Piece) -> Decoded:
        """As the site's."""
        return self._site.decode(piece)

    def identity(self, sight: Sight) -> RoomIdentity | None:
        """As the site's, under a name that says that it is simulated."""
        found = self._site.identity(replace(sight, url=self._rehosted(sight.url)))
        return None if found is None else replace(found, platform=self.name)

    def state(self, sight: Sight) -> RoomState:
        """As the site's."""
        return self._site.state(replace(sight, url=self._rehosted(sight.url)))

    def _rehosted(self, url: str) -> str:
        split = urlsplit(url)
        return split._replace(scheme="https", netloc=self._site.hosts[0]).geturl()
