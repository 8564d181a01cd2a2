"""Any room that has no adapter of its own: judged by its video and by words that such pages show."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from blake3 import blake3

from crawler.platforms.base import About, Address, Page, RoomIdentity, RoomState, Sight
from crawler.platforms.guesses import decode_guess
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.seen import seen_state

# Names of query members by which sites tell rooms apart; others (share tokens, tracking) change within a room.
_ROOM_KEYS = frozenset({"id", "liveid", "live_id", "rid", "room", "roomid", "room_id", "web_rid"})


class GenericRoom:
    """The fallback adapter: a room is its address, and of the query only what names a room."""

    name = "generic"
    simulated = False
    certain = False
    hosts: tuple[str, ...] = ()
    about = About(
        title="any other room",
        kept="screen, original video and sound, chat frames and answers raw, page",
        decoded="what looks like chat in JSON frames and answers (a text, a nickname, and an id or a time): marked as "
        "guessed, and to be checked against the page",
        not_possible="counters and products as messages, packed or binary formats, room states other than words on the "
        "page say: how this site speaks is not known",
        login="where the site asks for it",
    )
    chat_rows: tuple[str, ...] = ()
    state_marks: tuple[str, ...] = ()

    def address(self, url: str) -> Address | None:
        """Any address of the web may be a room's."""
        return Address(Page.ROOM) if url.startswith(("http://", "https://")) else None

    def decode(self, piece: Piece) -> Decoded:
        """Nothing is known of how an unknown site speaks: lines that look like chat, marked as guessed."""
        return decode_guess(piece)

    def identity(self, sight: Sight) -> RoomIdentity | None:
        split = urlsplit(sight.url)
        if split.scheme not in {"http", "https"}:
            return None
        named = sorted((key, value) for key, value in parse_qsl(split.query) if key.lower() in _ROOM_KEYS)
        # A digest, not the value: no query stands in an entry.
        query = f"?{blake3(repr(named).encode()).hexdigest(8)}" if named else ""
        return RoomIdentity(self.name, f"{split.hostname or ''}:{split.port or ''}{split.path.rstrip('/')}{query}")

    def state(self, sight: Sight) -> RoomState:
        return seen_state(sight)
