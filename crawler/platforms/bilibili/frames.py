"""Frames of Bilibili's socket: packets, each with one JSON command (`wire.bilibili`)."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.platforms.bilibili.commands import COMMANDS
from crawler.platforms.messages import Counts, Figure, Kind, Message, Where
from crawler.platforms.objects import Members, Notes, fault
from crawler.platforms.pieces import NOT_OURS, Decoded, Fault, Piece, Unknown
from crawler.platforms.said import Said
from crawler.platforms.wire.bilibili import HEARTBEAT_REPLY, Packet, packets
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

_HEADER = 16
_COMMAND, _AUTH_REPLY = 5, 8
_OPS = range(2, 9)
_PACKED = {2: "zlib", 3: "brotli"}


def decode_frame(piece: Piece) -> Decoded:
    """What all packets of a frame say, in their order. What stands before a break is read."""
    if not (piece.address.path.rstrip("/").endswith("/sub") or _looks_like_packets(piece.payload)):
        return NOT_OURS
    if piece.outgoing:
        return Decoded()
    faults: list[Fault] = []
    try:
        found = packets(piece.payload)
    except Undecodable as error:
        found = [each for each in error.so_far if isinstance(each, Packet)]
        faults.append(fault(error, len(piece.payload)))
    messages: list[Message] = []
    unknown: list[Unknown] = []
    ordinals = _ordinals(piece.payload) if any(packet.inflated for packet in found) else {}
    for packet in found:
        where = _where(packet, piece.payload, ordinals)
        said = _read(packet, where, piece.received_ms)
        if isinstance(said, Message):
            messages.append(said)
        elif isinstance(said, Unknown):
            unknown.append(said)
        elif isinstance(said, Fault):
            faults.append(said)
    return Decoded(messages=tuple(messages), unknown=tuple(unknown), faults=tuple(faults))


def _read(packet: Packet, where: Where, received_ms: int) -> Message | Unknown | Fault | None:
    """One packet; None when it is known and says nothing about the room."""
    size = len(packet.body)
    if packet.op == HEARTBEAT_REPLY:
        if size < 4:
            return Fault("bilibili: popularity", where.start, where.end, where.steps)
        popularity = Figure(Counts.POPULARITY, "popularity", int.from_bytes(packet.body[:4], "big"))
        return Said(Kind.VIEWERS, figures=(popularity,)).placed("heartbeat reply", where, ())
    if packet.op != _COMMAND:
        return None if packet.op == _AUTH_REPLY else Unknown(f"operation {packet.op}", size)
    return _command(packet.body, where, received_ms)


def _command(body: bytes, where: Where, received_ms: int) -> Message | Unknown | Fault:
    size = len(body)
    try:
        found = parsed(body)
    except Undecodable as error:
        at = where.start + min(error.offset or 0, size)
        return Fault(error.rule, at, where.end, where.steps)
    notes = Notes(received_ms)
    notes.flaws(found)
    command = Members(found.value, notes)
    name = command.at("cmd")
    if not isinstance(name, str):
        return Unknown("", size)
    method = name.partition(":")[0]  # "DANMU_MSG:4:0:2:2:2:0"
    says = COMMANDS.get(method)
    if says is None:
        return Unknown(method[:80], size)
    return says(command).placed(method, where, notes.flags)


def _where(packet: Packet, frame: bytes, ordinals: Mapping[int, int]) -> Where:
    """The packet's body: in the frame when it came plain, else in what its carrier, the n-th packet, inflates to."""
    end = packet.end if packet.within is None else packet.within[1]
    start = end - len(packet.body)
    if not packet.inflated:
        return Where(start, end)
    packed = _PACKED.get(int.from_bytes(frame[packet.start + 6 : packet.start + 8], "big"), "packed")
    return Where(start, end, (f"packet {ordinals.get(packet.start, 0)}", packed))


def _ordinals(frame: bytes) -> dict[int, int]:
    """Where each of the frame's own packets begins, and which it is, from 1."""
    found: dict[int, int] = {}
    at = 0
    while at < len(frame):
        found[at] = len(found) + 1
        at += max(int.from_bytes(frame[at : at + 4], "big"), _HEADER)
    return found


def _looks_like_packets(payload: bytes) -> bool:
    if len(payload) < _HEADER:
        return False
    size, header = int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:6], "big")
    version, op = int.from_bytes(payload[6:8], "big"), int.from_bytes(payload[8:12], "big")
    return header == _HEADER and header <= size <= len(payload) and version <= max(_PACKED) and op in _OPS
