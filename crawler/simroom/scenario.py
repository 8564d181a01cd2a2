"""Scenarios: what a simulated broadcast shows and what goes wrong in it, and when (files: scenario_file.py).

All times are seconds of broadcast time, which begins when the first viewer opens the room.
"""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import ChatSocket, Entry, FaultKind, PageSlot, Transport
from .timeline import Program


@dataclass(frozen=True, slots=True)
class Room:
    """Who broadcasts. ``entry`` is how the room answers from the start (its state, or how its page fails)."""

    id: str
    broadcast: str
    shop: str
    host: str
    title: str
    entry: Entry
    other_id: str
    other_shop: str


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """The video: ``loop_s`` seconds are made once and repeat; sizes in pixels, rates in kilobits a second."""

    transport: Transport
    loop_s: float
    width: int
    height: int
    video_kbps: int
    audio_kbps: int


@dataclass(frozen=True, slots=True)
class Burst:
    """For ``length_s`` seconds from ``at_s`` on, chat runs at ``per_second`` instead of its usual rate."""

    at_s: float
    length_s: float
    per_second: float


@dataclass(frozen=True, slots=True)
class ChatPlan:
    """Chat frames: rate, sizes in bytes (whole frames), and which thread of the page opens the socket."""

    socket: ChatSocket
    per_second: float
    size: tuple[int, int]
    bursts: tuple[Burst, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """The product on the card; prices in yuan as shown."""

    name: str
    price: str
    original_price: str


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter: burned into the video at ``place`` (left, top, font size, in video pixels), or in a page slot."""

    name: str
    kind: str
    program: Program
    slot: PageSlot | None
    place: tuple[int, int, int] | None
    style: str

    @property
    def burned(self) -> bool:
        """Whether the counter is part of the video picture."""
        return self.place is not None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at ``at_s``; ``length_s`` None: for good. ``variant`` only where a kind has some."""

    id: str
    kind: FaultKind
    at_s: float
    length_s: float | None
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scripted broadcast."""

    name: str
    seed: int
    length_s: float
    room: Room
    media: MediaPlan
    chat: ChatPlan
    product: Product
    counters: tuple[Counter, ...]
    faults: tuple[Fault, ...]
    hostile: bool
