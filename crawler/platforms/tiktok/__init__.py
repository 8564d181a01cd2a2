"""TikTok Live: rooms at tiktok.com/@name/live, chat and shop cards on the webcast socket, the user-room answer."""

from __future__ import annotations

from dataclasses import replace

from crawler.platforms.base import About, Address, Page, RoomIdentity, RoomState, Sight
from crawler.platforms.document_state import room_state
from crawler.platforms.messages import Counts, Figure, Kind, Message, Where
from crawler.platforms.objects import Members, Notes, fault
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.tiktok import page
from crawler.platforms.tiktok.messages import IS_HISTORY, READERS
from crawler.platforms.webcast import Webcast
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

WEBCAST = Webcast(READERS, IS_HISTORY)
SOCKETS = ("/webcast/im/push/", "/webcast/im/ws_proxy/")
FETCH = "/webcast/im/fetch/"
USER_ROOM = "/api-live/user/room/"
NO_SUCH_USER = 19881007


class TikTok:
    """The room is the host's name in small letters; the broadcast its `roomId`."""

    name = "tiktok"
    simulated = False
    certain = False  # where the document says nothing, words on the page stand in, and those have to last
    hosts: tuple[str, ...] = ("www.tiktok.com", "tiktok.com")
    about = About(
        title="TikTok Live / Shop",
        kept="screen, original video and sound, frames of the chat socket, the room's answer, page",
        decoded="chat with names and times (lines from before we came are marked), arrivals, likes, follows, shares, "
        "viewer numbers, product cards as they come up and go, room state",
        not_possible="gifts are counted and not read; sold and stock stand mainly in the app; where shop or site are "
        'closed to a region nothing comes; a page that says "Please wait..." is the site\'s own check and no room',
        login="not for chat; some regions and rooms ask for it",
        figures={
            "RoomUserSeqMessage.total": "viewers now",
            "RoomUserSeqMessage.total_user": "viewers so far",
            "RoomUserSeqMessage.anonymous": "the site's word; what it counts is not known",
            "LikeMessage.total": "likes of this broadcast so far",
            "SocialMessage.follow_count": "fans of the host at that instant",
            "liveRoomStats.userCount": "viewers now",
            "liveRoomStats.enterCount": "viewers so far",
        },
    )
    chat_rows: tuple[str, ...] = ('[data-e2e="chat-message"]', '[data-e2e="live-chat-container"] [data-index]')
    state_marks: tuple[str, ...] = (page.MARK,)

    def address(self, url: str) -> Address | None:
        """Rooms by the host's name or, in shared links, by `roomId`; short links; everything else of the site."""
        return page.address(url)

    def identity(self, sight: Sight) -> RoomIdentity | None:
        """The room of the address, with the broadcast where the page's state is of the same host."""
        address = self.address(sight.url)
        if address is None or address.page is not Page.ROOM:
            return None
        found = page.room_of(sight.scripts)
        if address.room is None:
            host = found.ident("user", "uniqueId")
            return RoomIdentity(
                self.name, host.lower() if host else f"broadcast {address.broadcast}", address.broadcast
            )
        broadcast = found.ident("user", "roomId") if _same(found, address) else None
        return RoomIdentity(self.name, address.room, None if broadcast == "0" else broadcast)

    def state(self, sight: Sight) -> RoomState:
        """From the page's own state, corrected by what is seen; words on the page where it has none."""
        found = page.room_of(sight.scripts)
        address = self.address(sight.url)
        ours = address is not None and address.page is Page.ROOM and _same(found, address)
        # 4 says "not live" of a broadcast that ended as of a host who shows nothing to this seat.
        return room_state(page.state_of(found) if ours else None, sight, page.WORDS, vague=True)

    def decode(self, piece: Piece) -> Decoded:
        """Frames of the push socket, answers of its first fetch and of the room."""
        path = piece.address.path.rstrip("/") + "/"
        if piece.source == "frame":
            ours = any(each in path for each in SOCKETS)
            return WEBCAST.frame(piece) if ours else NOT_OURS
        if path.endswith(FETCH):
            return WEBCAST.answer(piece)
        return _user_room(piece) if path.endswith(USER_ROOM) else NOT_OURS


def _same(found: Members, address: Address) -> bool:
    """Whether the document's state is of the host in the address: a page may go to another room without loading."""
    shown = found.ident("user", "uniqueId")
    return shown is None or address.room is None or shown.lower() == address.room


def _user_room(piece: Piece) -> Decoded:
    """`api-live/user/room`: whether the host is live, and how many watch."""
    whole = Where(0, len(piece.payload))
    if not piece.payload.strip():
        empty = Message(Kind.ROOM_STATE, USER_ROOM, whole, site_kind="an empty answer", state=RoomState.NO_CONTENT)
        return Decoded(messages=(empty,))
    try:
        found = parsed(piece.payload)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    notes = Notes(piece.received_ms)
    notes.flaws(found)
    given = Members(found.value, notes)
    status, data = given.whole("statusCode"), given.inside("data")
    state = page.state_of(data) if isinstance(data.value, dict) else RoomState.NO_CONTENT
    if status == NO_SUCH_USER:
        state = RoomState.NOT_FOUND
    stats = data.inside("liveRoom", "liveRoomStats")
    live = state is RoomState.LIVE  # else the numbers are what the last broadcast left
    figures = tuple(
        Figure(what if live else Counts.RAW, f"liveRoomStats.{name}", value)
        for name, what in (("userCount", Counts.ONLINE), ("enterCount", Counts.CUMULATIVE))
        if (value := stats.whole(name)) is not None
    )
    number = data.whole("liveRoom", "status")
    site_kind = f"statusCode {status}" if status else (None if number is None else f"status {number}")
    message = Message(
        Kind.ROOM_STATE,
        USER_ROOM,
        whole,
        site_kind=site_kind,
        figures=figures,
        state=state,
        broadcast=data.ident("user", "roomId"),
    )
    return Decoded(messages=(replace(message, flags=notes.flags),))
