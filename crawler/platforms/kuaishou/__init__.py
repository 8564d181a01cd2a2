"""Kuaishou 快手: rooms at live.kuaishou.com/u/..., chat on a socket (PC) or by polls (mobile page)."""

from __future__ import annotations

from crawler.platforms.base import About, Address, Page, RoomIdentity, RoomState, Sight
from crawler.platforms.document_state import room_state
from crawler.platforms.kuaishou import answers, page
from crawler.platforms.kuaishou.frames import decode_frame
from crawler.platforms.objects import Members
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece


class Kuaishou:
    """The room is the host's `principalId`; the broadcast its `liveStreamId`."""

    name = "kuaishou"
    simulated = False
    certain = False  # where the document says nothing, words on the page stand in, and those have to last
    hosts: tuple[str, ...] = ("live.kuaishou.com", "kuaishou.com", "kuaishou.cn", "chenzhongtech.com", "gifshow.com")
    about = About(
        title="Kuaishou 快手",
        kept="screen, original video and sound, frames of the chat socket, polls of the mobile page, page",
        decoded="comments with names and times, likes (also those that are shown as comments), gifts, shares, notices, "
        "viewers and likes as they are displayed, that the shop opens and closes, pause and resume",
        not_possible="products, prices and stock are app-only; exact viewer numbers (the site sends texts like 5.6w); "
        "for guests the PC page often has no chat, the mobile page has; frames that the site encrypts",
        login="for chat on the PC page, often, by hand; not on the mobile page",
        figures={
            "SCWebFeedPush.display_watching_count": "viewers now, as displayed: 26万 is a rounded number",
            "SCWebFeedPush.display_like_count": "likes so far, as displayed",
            "SCWebFeedPush.pending_like_count": "the site's word; what it counts is not known",
            "SCWebLiveWatchingUsers.display_watching_count": "viewers now, as displayed",
            "SCWebLiveWatchingUsers.watching_user": "how many viewers that message lists, not how many there are",
            "currentWatchingCount": "viewers now, as displayed, of the mobile page",
        },
    )
    chat_rows: tuple[str, ...] = (".chat-history .comment-cell", ".comment-cell")
    state_marks: tuple[str, ...] = (page.MARK,)

    def address(self, url: str) -> Address | None:
        """Rooms by the host's id or, on the mobile page, by the broadcast's; short links; the rest of the site."""
        return page.address(url)

    def identity(self, sight: Sight) -> RoomIdentity | None:
        """The room of the address, with the broadcast where the page's state is of the same host."""
        address = self.address(sight.url)
        if address is None or address.page is not Page.ROOM:
            return None
        play = page.live_room_of(sight.scripts).inside("playList", 0)
        if address.room is None:
            host = play.ident("author", "id")
            return RoomIdentity(self.name, host or f"broadcast {address.broadcast}", address.broadcast)
        return RoomIdentity(self.name, address.room, play.ident("liveStream", "id") if _same(play, address) else None)

    def state(self, sight: Sight) -> RoomState:
        """From the page's own state, corrected by what is seen; words on the page where it has none."""
        found = page.live_room_of(sight.scripts)
        address = self.address(sight.url)
        ours = address is not None and address.page is Page.ROOM and _same(found.inside("playList", 0), address)
        told = page.state_of(found) if ours else None
        return room_state(told, sight, page.WORDS, wall=page.no_chat(found), vague=told is RoomState.ENDED)

    def decode(self, piece: Piece) -> Decoded:
        """Frames by their shape, polls of the mobile page, the answer about the chat's socket."""
        if piece.source == "frame":
            return decode_frame(piece)
        path = piece.address.path.rstrip("/")
        if path == answers.POLL:
            return answers.poll(piece)
        return answers.socket(piece) if path == answers.SOCKET else NOT_OURS


def _same(play: Members, address: Address) -> bool:
    """Whether the document's state is of the host in the address: a page may go to another room without loading."""
    shown = play.ident("author", "id")
    return shown is None or address.room is None or shown.lower() == address.room.lower()
