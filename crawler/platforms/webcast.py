"""The "webcast" envelope of Douyin and TikTok: push frame, response, messages (data path 5; pure).

A socket's frame is a PushFrame whose payload is a Response, mostly gzip; `/webcast/im/fetch/` answers with a bare
Response. Each of its messages has a method ("WebcastChatMessage"), an id and a payload of its own. Field numbers: the
facts on both sites, sections 1.3 and 8. What can't be read is a `Fault` and what follows it is still read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crawler.platforms.messages import Message, Where
from crawler.platforms.pieces import Decoded, Fault, Piece, Unknown
from crawler.platforms.webcast_said import Said
from crawler.platforms.wire.inflate import gunzip, sniff
from crawler.platforms.wire.message import Message as Fields
from crawler.platforms.wire.undecodable import Undecodable

MOST_NAME = 80  # characters of a method's name
MOST_FAULTS = 20  # of one piece; a response of 20,000 broken messages says no more than one of 20
# Frames that keep the socket alive or confirm: ours, and nobody's message.
QUIET = frozenset({"hb", "ack", "im_enter_room", "im_enter_room_resp"})

Reader = Callable[[Said], Message]


@dataclass(slots=True)
class Found:
    """What was found in one piece so far, in its order."""

    messages: list[Message] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, broken: Undecodable, end: int, steps: tuple[str, ...] = ()) -> None:
        if len(self.faults) < MOST_FAULTS:
            start = min(broken.offset or 0, end)
            self.faults.append(Fault(broken.rule, start, end, steps))

    def decoded(self) -> Decoded:
        return Decoded(True, tuple(self.messages), tuple(self.unknown), tuple(self.faults))


def decode_frame(piece: Piece, readers: Mapping[str, Reader], replayed: int | None = None) -> Decoded:
    """What a frame of the push socket says. `replayed`: the field of a message that marks it as from before."""
    if piece.outgoing:
        return Decoded()
    found = Found()
    if piece.text:
        found.unknown.append(Unknown("text frame", len(piece.payload)))
        return found.decoded()
    frame = Fields.of(piece.payload, partial=True)
    payload, place = frame.bytes(8), frame.range(8)
    kind, encoding = frame.text(7) or "", frame.text(6) or ""
    for broken in frame.broken:
        found.fault(broken, len(piece.payload))
    if payload is None or place is None:
        if kind not in QUIET and not frame.broken:
            found.faults.append(Fault("webcast: push frame without a payload", 0, len(piece.payload)))
    elif kind in QUIET:
        pass
    elif kind not in {"msg", ""}:
        found.unknown.append(Unknown(f"payload type {kind}"[:MOST_NAME], len(payload)))
    elif encoding not in {"pb", ""}:
        found.unknown.append(Unknown(f"payload encoding {encoding}"[:MOST_NAME], len(payload)))
    else:
        zipped = any(key == "compress_type" and value == "gzip" for key, value in frame.pairs(5))
        _response(payload, place[0], found, piece, readers, zipped=zipped, replayed=replayed)
    return found.decoded()


def decode_answer(piece: Piece, readers: Mapping[str, Reader], replayed: int | None = None) -> Decoded:
    """What an answer of `/webcast/im/fetch/` says. An empty one says nothing, and that is counted as a fault."""
    found = Found()
    if piece.status not in {None, 200}:
        found.faults.append(Fault(f"webcast: answered with HTTP status {piece.status}", 0, len(piece.payload)))
    elif not piece.payload:
        found.faults.append(Fault("webcast: an empty answer", 0, 0))
    else:
        _response(piece.payload, 0, found, piece, readers, zipped=False, replayed=replayed)
    return found.decoded()


def _response(
    payload: bytes,
    base: int,
    found: Found,
    piece: Piece,
    readers: Mapping[str, Reader],
    *,
    zipped: bool,
    replayed: int | None,
) -> None:
    steps: tuple[str, ...] = ()
    if sniff_gzip(payload):
        try:
            payload, base, steps = gunzip(payload), 0, ("gzip",)
        except Undecodable as error:
            found.faults.append(Fault(error.rule, base, base + len(payload)))
            return
    elif zipped and payload:
        # The header says gzip and the bytes are none: read as they are, and said.
        found.faults.append(Fault("gzip: named in the header, not in the bytes", base, base + len(payload)))
    response = Fields.of(payload, base, partial=True)
    for envelope in response.messages(1):
        _message(envelope, steps, found, piece.received_ms, readers, replayed)
    for broken in response.broken:
        found.fault(broken, base + len(payload), steps)


def sniff_gzip(payload: bytes) -> bool:
    """Whether these bytes begin as gzip does, whatever a header says."""
    return payload[:1] == b"\x1f" and sniff(payload) == "gzip"


def _message(
    envelope: Fields,
    steps: tuple[str, ...],
    found: Found,
    received_ms: int,
    readers: Mapping[str, Reader],
    replayed: int | None,
) -> None:
    method = envelope.text(1) or ""
    payload, place = envelope.bytes(2) or b"", envelope.range(2) or (envelope.end, envelope.end)
    read = readers.get(method)
    if read is None:
        found.unknown.append(Unknown(method[:MOST_NAME], len(payload)))
        return
    said = Said(
        method,
        payload,
        place[0],
        Where(envelope.start, envelope.end, steps),
        number=envelope.uint(3),
        history=replayed is not None and bool(envelope.uint(replayed)),
        received_ms=received_ms,
    )
    found.messages.append(said.checked(read(said)))
    for broken in said.body.broken:
        found.fault(broken, place[1], steps)
