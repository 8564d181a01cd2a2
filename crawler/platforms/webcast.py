"""The "webcast" envelope of Douyin and TikTok: push frame, response, messages (data path 5; pure).

A socket's frame is a PushFrame whose payload is a Response, mostly gzip; `/webcast/im/fetch/` answers with a bare
Response. Each of its messages has a method ("WebcastChatMessage"), an id and a payload of its own. Field numbers: the
facts on both sites, sections 1.3 and 8. What can't be read is a `Fault`, and what follows it is still read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crawler.platforms.found import Found
from crawler.platforms.messages import Message, Where
from crawler.platforms.pieces import Decoded, Piece
from crawler.platforms.webcast_said import Said
from crawler.platforms.wire.inflate import gunzip, sniff
from crawler.platforms.wire.message import Message as Fields
from crawler.platforms.wire.undecodable import Undecodable

# Frames that keep the socket alive or confirm: ours, and nobody's message.
QUIET = frozenset({"hb", "ack", "im_enter_room", "im_enter_room_resp"})

Reader = Callable[[Said], Message]


@dataclass(frozen=True, slots=True)
class Webcast:
    """One site's messages: a reader for each method that it knows.

    `replayed` is the field of a message in a response that marks it as said before this seat came; None: no such field.
    """

    readers: Mapping[str, Reader]
    replayed: int | None = None

    def frame(self, piece: Piece) -> Decoded:
        """What a frame of the push socket says. What the page itself sends (acks, heartbeats) says nothing."""
        if piece.outgoing:
            return Decoded()
        found, size = Found(), len(piece.payload)
        if piece.text:
            found.unknown_method("text frame", size)
            return found.decoded()
        frame = Fields.of(piece.payload, partial=True)
        payload, place = frame.bytes(8), frame.range(8)
        kind, encoding = frame.text(7) or "", frame.text(6) or ""
        if payload is None or place is None:
            if kind not in QUIET and not frame.broken:
                found.fault("webcast: a push frame without a payload", 0, size)
        elif kind not in QUIET | {"msg", ""}:
            found.unknown_method(f"payload type {kind}", len(payload))
        elif encoding not in {"pb", ""}:
            found.unknown_method(f"payload encoding {encoding}", len(payload))
        elif kind not in QUIET:
            zipped = ("compress_type", "gzip") in frame.pairs(5)
            self._response(payload, place[0], found, piece.received_ms, frame, zipped=zipped)
        for error in frame.broken:
            found.broken(error, size)
        return found.decoded()

    def answer(self, piece: Piece) -> Decoded:
        """What an answer of `/webcast/im/fetch/` says. A refusing or an empty one is counted as a fault."""
        found, size = Found(), len(piece.payload)
        if piece.status not in {None, 200}:
            found.fault(f"webcast: answered with HTTP status {piece.status}", 0, size)
        elif not size:
            found.fault("webcast: an empty answer", 0, 0)
        else:
            self._response(piece.payload, 0, found, piece.received_ms, None, zipped=False)
        return found.decoded()

    def _response(
        self, payload: bytes, base: int, found: Found, received_ms: int, frame: Fields | None, *, zipped: bool
    ) -> None:
        steps: tuple[str, ...] = ()
        if is_gzip(payload):  # whatever the header says
            try:
                payload, base, steps = gunzip(payload), 0, ("gzip",)
            except Undecodable as refused:
                found.fault(refused.rule, base, base + len(payload))
                return
        elif zipped and payload:
            found.fault("gzip: named in the header, not in the bytes", base, base + len(payload))
        # What is packed in a frame shares its bound: 8 kB of gzip could hold hundreds of messages, each as large as it.
        opened = Fields.of if frame is None else frame.apart
        response = opened(payload, base, partial=True)
        for envelope in response.messages(1):
            if found.full(envelope.start, base + len(payload), steps):
                break
            self._message(envelope, steps, found, received_ms)
        for error in response.broken:
            found.broken(error, base + len(payload), steps)

    def _message(self, envelope: Fields, steps: tuple[str, ...], found: Found, received_ms: int) -> None:
        method = envelope.text(1) or ""
        payload, place = envelope.bytes(2) or b"", envelope.range(2) or (envelope.end, envelope.end)
        read = self.readers.get(method)
        if read is None:
            found.unknown_method(method, len(payload))
            return
        said = Said(
            method,
            envelope.apart(payload, place[0], partial=True),
            Where(envelope.start, envelope.end, steps),
            number=envelope.uint(3),
            history=self.replayed is not None and bool(envelope.uint(self.replayed)),
            received_ms=received_ms,
        )
        found.messages.append(said.checked(read(said)))
        for error in said.body.broken:
            found.broken(error, place[1], steps)


def is_gzip(payload: bytes) -> bool:
    """Whether these bytes begin as gzip does."""
    return payload[:1] == b"\x1f" and sniff(payload) == "gzip"
