"""What a dialect is: one site's page shape and wire format, spoken by the simulated room.

A dialect is pure: it is handed neutral events (events.py) and gives bytes. The framework (station.py, pages.py) owns
clock, sockets, HTTP, faults and the truth. To add one: a module with a class as below, a page in ``pages/NAME.html``,
a line in ``dialects/__init__.py``, a section in DIALECTS.md. Write it from the published facts alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crawler.simroom.scenario import Product, Room
from crawler.simroom.sockets import Payload

from .events import Event

# What can be wrong with a frame of a hostile room. A dialect says which of them its wire can carry.
HOSTILITIES = (
    "cut_short",  # the frame ends in the middle
    "wrong_compression_flag",  # it says compressed and is not, or the other way round
    "bomb",  # a few kB that unpack to more than 200 MB
    "unknown_method",  # a message of a kind that nobody documented
    "out_of_range",  # negative counts, numbers of 2**63 and more
    "future_clock",  # a platform time years ahead
    "broken_text",  # text that is not UTF-8
    "deep",  # nested far deeper than any reader should follow
    "false_length",  # a length that points behind the frame's end
    "noise",  # random bytes
)


# Events that went on air after this event number, oldest first (a few may come again).
Since = Callable[[int], Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the broadcast stands. Times in milliseconds: ``wall_ms`` Unix, ``at_ms`` since the broadcast's second 0."""

    wall_ms: int
    at_ms: int
    state: str  # live, not_started, paused, ended, replay, login, captcha, not_found, blocked, no_content
    run: int  # which broadcast of this room it is, from 0: a new one has new ids
    seed: int
    room: Room
    product: Product

    def wall_of(self, event: Event) -> int:
        """The Unix milliseconds at which an event of this broadcast happened."""
        return self.wall_ms - self.at_ms + event.at_ms


@dataclass(frozen=True, slots=True)
class Carried:
    """One message in a frame or an answer: what a decoder should find. Its identity is (``number``, ``method``).

    ``name``, ``user_id`` and ``text`` (what is said) are as on the wire (masked where the site masks); ``figures``
    too, by neutral names (``title``: what a product, gift or coupon is called). ``platform_ms`` is the message's own
    time in Unix milliseconds, None when it carries none. ``method`` of an answer is its path.
    """

    number: int
    method: str
    message_id: str
    platform_ms: int | None
    name: str = ""
    user_id: str = ""
    text: str = ""
    figures: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebSocket frame (bytes: binary, str: text) and the messages in it, in wire order."""

    payload: Payload
    carried: tuple[Carried, ...] = ()
    hostility: str = ""  # one of HOSTILITIES: then nobody has to decode it, and `carried` is what could be had


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to one of the site's addresses. ``base`` is this server's origin, for URLs inside answers.

    ``hostile``: the room is a hostile one, an address that brings messages may answer as nobody should.
    """

    moment: Moment
    base: str
    path: str
    room_id: str
    query: Mapping[str, str]
    since: Since
    hostile: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered. ``cursor``: what the page asks for next (a number for ``Asked.since``), None: unchanged."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    carried: tuple[Carried, ...] = ()
    cursor: int | None = None
    hostility: str = ""  # one of HOSTILITIES: then nobody has to decode it


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the site. ``chat``: messages come by it, so it is away during a drop and silent in a silence."""

    method: str
    path: str
    answer: Callable[[Asked], Answer]
    chat: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line for the page's chat list: which <template data-row> of the page, and what stands in its {places}."""

    template: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Put:
    """A text for the page's elements with ``data-put="slot"``. ``counter`` is its kind when it is a counter."""

    slot: str
    text: str
    counter: str = ""


@dataclass(frozen=True, slots=True)
class SocketPlan:
    """The chat socket as the page opens it. ``{c}`` in ``url`` becomes the socket's id; payloads are sent as they are.

    ``opening`` goes out when it is open, ``beat`` every ``beat_s`` seconds from then on.
    """

    url: str
    opening: tuple[Payload, ...] = ()
    beat: Payload = b""
    beat_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Poll:
    """An address that the page asks by itself; ``every_s`` 0: once, before its socket opens. ``script``: as JSONP.

    ``{cursor}``, ``{c}`` and ``{n}`` in ``url`` become the path's newest cursor, the page's id and the count of asks.
    """

    url: str
    every_s: float = 0.0
    method: str = "GET"
    script: bool = False


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What the page's own script does: which socket, which polls, what it says in each state (title, small print)."""

    socket: SocketPlan | None
    polls: tuple[Poll, ...]
    words: Mapping[str, tuple[str, str]]
    list: str  # CSS selector of the chat list
    rows_kept: int = 60  # sites trim their lists


class Dialect(Protocol):
    """One site. Paths are aiohttp routes; ``{room}`` in a page's path is the room's id of the scenario."""

    @property
    def name(self) -> str:
        """The word for ``--dialect``."""

    @property
    def tick_s(self) -> float:
        """Events are sent together every so many seconds."""

    @property
    def page_paths(self) -> tuple[str, ...]:
        """Where the room's page is; the first one is the one to watch."""

    @property
    def socket_paths(self) -> tuple[str, ...]:
        """Where its WebSockets are; none when the site polls."""

    def path(self, room_id: str) -> str:
        """The path of the page to watch."""

    def broadcast_id(self, moment: Moment) -> str:
        """The broadcast's own id on this site."""

    def page(self, asked: Asked) -> Answer:
        """The page as HTML, with ``{{boot}}`` where the framework puts its own script (none on a wall without one)."""

    def plan(self, asked: Asked) -> PagePlan:
        """What that page does."""

    def routes(self) -> tuple[Route, ...]:
        """The API answers that the page itself asks for."""

    def frames(self, batch: Sequence[Event], moment: Moment) -> list[Frame]:
        """Wire frames for events, less those that this site does not tell. An event may come again (same ids)."""

    def opened(self, moment: Moment, since: Since) -> list[Frame]:
        """What the server sends first on a new socket; ``since`` for sites that tell again what was said before."""

    def heard(self, payload: Payload, moment: Moment) -> list[Frame]:
        """What the server sends back to something that the page sent. Must survive any bytes."""

    def acknowledge(self, frame: Frame, moment: Moment) -> Payload | None:
        """What the page is to send back for a frame, None: nothing."""

    def shown(self, event: Event, moment: Moment) -> tuple[Row | Put, ...]:
        """What the site's page shows of an event."""

    def hostile(self, what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
        """A frame as nobody should send it, ``what`` from HOSTILITIES; None when this wire can't be broken so."""


JSON = dict[str, Any]
