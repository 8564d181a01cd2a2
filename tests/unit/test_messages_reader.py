"""The reader of pieces: what came before is marked, what a room sends without end is bounded, states are told once."""

from __future__ import annotations

import json

import pytest

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Kind, Message, Where
from crawler.platforms.pieces import NOT_OURS, Decoded, Fault, Piece, Unknown
from crawler.readers.messages import reader as reading
from crawler.readers.messages.raw import RawPiece, RawPieces
from crawler.readers.messages.reader import MOST_NAMES, REST, MessageReader
from evidence_store.entries import StoredEntry


class Lines:
    """Decodes frames of one word and an id: "chat 7", "state ended", "what 3", anything else breaks a rule."""

    def decode(self, piece: Piece) -> Decoded:
        word, _, rest = piece.payload.decode().partition(" ")
        where = Where(0, len(piece.payload))
        if piece.source == "answer":
            return NOT_OURS
        if word == "chat":
            return Decoded(messages=(Message(Kind.CHAT, "Chat", where, id=rest or None),))
        if word == "state":
            return Decoded(messages=(Message(Kind.ROOM_STATE, "Control", where, state=RoomState(rest)),))
        if word == "what":
            return Decoded(unknown=(Unknown(rest, len(piece.payload)),))
        return Decoded(faults=(Fault(rest, 0, 1),))


def frame(text: str, entry: int = 1, *, source: str = "frame", outgoing: bool = False) -> RawPiece:
    piece = Piece("answer" if source == "answer" else "frame", "wss://x/", text.encode(), outgoing=outgoing)
    return RawPiece(piece, entry, 1, 10, 20)


def test_a_message_sent_again_is_kept_and_marked() -> None:
    messages, _ = MessageReader(Lines()).read([frame("chat 1"), frame("chat 2"), frame("chat 1", 5), frame("chat")])
    assert [(m.message.id, m.entry, m.again) for m in messages] == [
        ("1", 1, False), ("2", 1, False), ("1", 5, True), (None, 1, False),
    ]  # fmt: skip


def test_messages_without_an_id_are_never_taken_for_the_same() -> None:
    messages, _ = MessageReader(Lines()).read([frame("chat")] * 3)
    assert [m.again for m in messages] == [False] * 3


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "REMEMBERED", 10)
    reader = MessageReader(Lines())
    reader.read([frame(f"chat {n}") for n in range(11)])
    messages, _ = reader.read([frame("chat 0"), frame("chat 10")])
    assert [m.again for m in messages] == [False, True]


def test_a_state_is_told_when_it_changes() -> None:
    _, told = MessageReader(Lines()).read(
        [frame("state live"), frame("state live"), frame("state ended", 7), frame("state live", 9)]
    )
    assert [(t.state, t.entry) for t in told] == [(RoomState.LIVE, 1), (RoomState.ENDED, 7), (RoomState.LIVE, 9)]


def test_everything_is_counted_once_and_by_name() -> None:
    reader = MessageReader(Lines())
    reader.read(
        [frame("what A"), frame("what A"), frame("what B"), frame("zzz short"), frame("x", source="answer"),
         frame("chat 1"), frame("chat 1"), frame("chat 2", outgoing=True)]
    )  # fmt: skip
    tally = reader.tally
    assert (tally.frames, tally.frames_sent, tally.answers, tally.not_ours) == (6, 1, 1, 1)
    assert (tally.messages, tally.again, dict(tally.kinds)) == (3, 1, {"chat": 3})
    assert (dict(tally.unknown), dict(tally.undecodable)) == ({"A": 2, "B": 1}, {"short": 1})


def test_a_room_that_invents_names_without_end_fills_no_memory() -> None:
    reader = MessageReader(Lines())
    reader.read([frame(f"what {'n' * 500}{n}"[:600]) for n in range(3)])
    assert max(map(len, reader.tally.unknown)) <= 80
    reader.read([frame(f"what m{n}") for n in range(2 * MOST_NAMES)])
    assert len(reader.tally.unknown) <= MOST_NAMES + 1
    assert sum(reader.tally.unknown.values()) == 3 + 2 * MOST_NAMES
    assert reader.tally.unknown[REST] > 0


def entry(index: int = 4) -> StoredEntry:
    body = {"sockets": [{"socket": 3, "url": "wss://known.example/a"}]}
    return StoredEntry("l", index, "id", "prev", "chat", 1_000_000_000_000, 500, body, (), b"")


def test_frames_come_with_their_socket_address_direction_and_time() -> None:
    events = [
        {"kind": "created", "socket": 1, "mono": "400", "part": 1},
        {"kind": "handshake-request", "socket": 1, "mono": "400", "part": 2},
        {"kind": "in", "socket": 1, "mono": "700", "op": 2, "part": 3},
        {"kind": "out", "socket": 1, "mono": "800", "op": 1, "part": 4},
        {"kind": "in", "socket": 3, "mono": "900", "op": 1, "part": 5},
        {"kind": "closed", "socket": 1, "mono": "950"},
    ]
    parts = [json.dumps({"events": events}).encode(), b"wss://one.example/?q=1", b"{}", b"\x01", b"hi", b"there"]
    pieces = list(RawPieces().of_chat(entry(), parts))
    assert [(p.part, p.piece.url, p.piece.outgoing, p.piece.text, p.piece.payload) for p in pieces] == [
        (3, "wss://one.example/?q=1", False, False, b"\x01"),
        (4, "wss://one.example/?q=1", True, True, b"hi"),
        (5, "wss://known.example/a", False, True, b"there"),
    ]
    assert [p.wall_ns for p in pieces] == [1_000_000_000_200, 1_000_000_000_300, 1_000_000_000_400]


def test_an_index_that_is_no_index_is_counted_and_breaks_nothing() -> None:
    for first in (
        b"",
        b"{",
        b"[]",
        b'{"events": 7}',
        b'{"events": [1, {"kind": "in", "part": 99}, {"kind": "in"}]}',
        b"[" * 9999,
    ):
        raw = RawPieces()
        assert [p.piece.payload for p in raw.of_chat(entry(), [first, b"x"])] in ([], [b""])
        assert [*raw.of_answers(entry(), [first, b"x"])] == []
