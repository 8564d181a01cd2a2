"""Chat events of the browser become batches: every frame raw, in order, named by the index part."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.captures.chat import MAX_BYTES, MAX_FRAMES, ChatCapture, Socket
from crawler.clock import Instant
from evidence_store.canonical_json import canonical
from evidence_store.entries import Draft, EntryType, Part


class StoppedClock:
    """Wall and monotonic time that stand still; the events carry their own."""

    def now(self) -> Instant:
        return Instant(1_700_000_100_000_000_000, 100_000_000_000)


class Bus:
    """Stands where the DevTools connection stands: hands events to the handlers that were registered."""

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}

    def on(self, method: str, handler: Any) -> None:
        self.handlers[method] = handler

    def event(self, method: str, second: float | None = None, session: str = "s1", **params: Any) -> None:
        stamp = {} if second is None else {"timestamp": second}
        self.handlers[f"Network.webSocket{method}"]({"requestId": "r1", **stamp, **params}, session)

    def frame(self, second: float, content: str | bytes, *, sent: bool = False, **more: Any) -> None:
        text = content if isinstance(content, str) else b64encode(content).decode()
        response = {"opcode": 1 if isinstance(content, str) else 2, "mask": sent, "payloadData": text}
        self.event("FrameSent" if sent else "FrameReceived", second, response=response, **more)


class Heard:
    """A capture, what it emitted, and what it said of its sockets."""

    def __init__(self, numbers: int = 0) -> None:
        self.drafts: list[tuple[Draft, int]] = []
        self.sockets: list[tuple[int, bool, int]] = []
        self.bus = Bus()
        self.chat = ChatCapture(
            StoppedClock(),
            lambda session: {"s1": "page", "w1": "worker"}.get(session, ""),
            lambda draft, ended: self.drafts.append((draft, ended)),
            self._socket,
            numbers,
        )
        self.chat.listen(self.bus)  # type: ignore[arg-type]

    def _socket(self, socket: Socket, mono_ns: int) -> None:
        self.sockets.append((socket.number, socket.open, mono_ns))

    def batches(self) -> list[tuple[Mapping[str, Any], list[dict[str, Any]], list[bytes]]]:
        """Body, index events and parts of each batch."""
        self.chat.flush()
        found = []
        for draft, _ in self.drafts:
            assert draft.type is EntryType.CHAT
            canonical(dict(draft.body))
            (attachment,) = draft.attachments
            parts = [part.payload for part in attachment.content if isinstance(part, Part)]
            found.append((draft.body, json.loads(parts[0])["events"], parts))
        return found

    def frames(self, kind: str = "in") -> list[bytes]:
        return [
            parts[event["part"]] for _, events, parts in self.batches() for event in events if event["kind"] == kind
        ]


def test_frames_come_in_order_with_their_own_time_and_part() -> None:
    heard = Heard()
    heard.bus.event("Created", url="wss://chat.example/room/7?token=secret")
    heard.bus.frame(50.000001, "早上好")
    heard.bus.frame(50.5, b"\x00\xff\xfe")
    heard.bus.frame(50.25, "ping", sent=True)
    ((body, events, parts),) = heard.batches()
    assert [event["kind"] for event in events] == ["created", "in", "in", "out"]
    assert [event.get("op") for event in events] == [None, 1, 2, 1]
    assert [event["mono"] for event in events[1:]] == ["50000001000", "50500000000", "50250000000"]
    assert [event["part"] for event in events] == [1, 2, 3, 4]
    assert parts[1:] == [b"wss://chat.example/room/7?token=secret", "早上好".encode(), b"\x00\xff\xfe", b"ping"]
    assert [event["size"] for event in events] == [len(part) for part in parts[1:]]
    assert (body["frames"], body["bytes"]) == (3, sum(len(part) for part in parts[1:]))
    assert body["sockets"] == [
        {
            "socket": 1,
            "url": "wss://chat.example/room/7",
            "target": "page",
            "received": 2,
            "sent": 1,
            "open": True,
        }
    ]
    assert heard.chat.frames == 2


def test_no_text_and_no_secret_stands_in_the_body_or_in_the_index() -> None:
    heard = Heard()
    heard.bus.event("Created", url="wss://chat.example/room/7?token=umbrella")
    heard.bus.event("WillSendHandshakeRequest", 49.0, request={"headers": {"Cookie": "umbrella"}})
    heard.bus.event("HandshakeResponseReceived", 49.5, response={"status": 101, "headers": {"Set-Cookie": "umbrella"}})
    heard.bus.frame(50.0, "umbrella")
    heard.bus.event("FrameError", 51.0, errorMessage="umbrella")
    ((body, events, parts),) = heard.batches()
    assert "umbrella" not in json.dumps(dict(body))
    assert b"umbrella" not in parts[0]
    assert [event["kind"] for event in events] == ["created", "handshake-request", "handshake-response", "in", "error"]
    assert all(b"umbrella" in parts[event["part"]] for event in events)


def test_the_batch_carries_the_times_of_its_content() -> None:
    heard = Heard()
    for second in (60.5, 61.25, 62.0):
        heard.bus.frame(second, "x", requestId="known")
    heard.chat.flush()
    heard.drafts.clear()  # the first batch begins with the moment at which the socket was found
    heard.bus.frame(63.0, "x", requestId="known")
    heard.bus.frame(64.0, "x", requestId="known")
    heard.chat.flush()
    ((draft, ended),) = heard.drafts
    assert (draft.body["first_mono"], draft.body["last_mono"], ended) == ("63000000000", "64000000000", 64_000_000_000)
    assert draft.mono_ns == 63_000_000_000
    assert draft.wall_ns == 1_700_000_063_000_000_000


def test_nothing_heard_is_nothing_written() -> None:
    heard = Heard()
    assert heard.batches() == []


def test_a_socket_that_was_open_before_us_is_known_by_its_first_frame() -> None:
    heard = Heard(numbers=4)
    heard.bus.frame(50.0, b"x", session="w1", requestId="old")
    ((body, events, _),) = heard.batches()
    assert [event["kind"] for event in events] == ["created", "in"]
    assert body["sockets"][0]["socket"] == 5, "numbering goes on from the old browser's"
    assert body["sockets"][0]["target"] == "worker"


def test_two_targets_may_use_the_same_request_id() -> None:
    heard = Heard()
    heard.bus.frame(50.0, "a", session="s1")
    heard.bus.frame(50.1, "b", session="w1")
    heard.bus.frame(50.2, "c", session="s1")
    ((_, events, parts),) = heard.batches()
    said = [(event["socket"], parts[event["part"]]) for event in events if event["kind"] == "in"]
    assert said == [(1, b"a"), (2, b"b"), (1, b"c")]


def test_a_socket_is_told_of_at_its_first_frame_and_at_its_close() -> None:
    heard = Heard()
    heard.bus.event("Created", url="wss://h/c")
    assert heard.sockets == [], "a reconnection may be refused"
    heard.bus.frame(50.0, "a")
    heard.bus.frame(51.0, "b")
    assert heard.sockets == [(1, True, 50_000_000_000)]
    heard.bus.event("Closed", 52.0)
    heard.bus.event("Closed", 53.0)
    assert heard.sockets == [(1, True, 50_000_000_000), (1, False, 52_000_000_000)]
    ((body, events, _),) = heard.batches()
    assert [event["kind"] for event in events] == ["created", "in", "in", "closed"]
    assert "part" not in events[-1]
    assert body["sockets"][0]["open"] is False
    assert heard.chat.sockets == [], "a closed socket is forgotten once it was written"


def test_events_of_a_socket_that_nobody_knows_are_left_alone() -> None:
    heard = Heard()
    heard.bus.event("Closed", 50.0)
    heard.bus.event("FrameError", 50.0, errorMessage="x")
    heard.bus.event("WillSendHandshakeRequest", 50.0, request={})
    assert heard.batches() == []
    assert heard.sockets == []


def test_sockets_go_with_their_page() -> None:
    heard = Heard()
    heard.bus.frame(50.0, "a", requestId="one")
    heard.bus.frame(50.0, "a", requestId="two")
    heard.sockets.clear()
    heard.chat.close_all(60)
    heard.chat.close_all(70)
    assert heard.sockets == [(1, False, 60), (2, False, 60)]


def test_a_batch_closes_early_at_its_number_of_frames() -> None:
    heard = Heard()
    for number in range(2 * MAX_FRAMES + 10):
        heard.bus.frame(50 + number / 1000, f"frame {number}")
    assert len(heard.drafts) == 2, "two are full; the rest waits for the second's tick"
    assert all(len(events) <= MAX_FRAMES for _, events, _ in heard.batches())
    assert heard.frames() == [f"frame {number}".encode() for number in range(2 * MAX_FRAMES + 10)]


def test_a_batch_closes_early_at_its_size_and_a_frame_of_10_mb_is_kept_whole() -> None:
    heard = Heard()
    giant = bytes(range(256)) * 40_000
    for number, content in enumerate([b"small", giant, *[b"x" * 1_000_000] * 9]):
        heard.bus.frame(50.0 + number, content)
    assert heard.frames() == [b"small", giant, *[b"x" * 1_000_000] * 9]
    for draft, _ in heard.drafts:
        *before, _ = draft.attachments[0].content
        held = sum(len(part.payload) for part in before[1:] if isinstance(part, Part))
        assert held < MAX_BYTES, "only the last frame of a batch may go beyond the limit"


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00\x1b[31m\u202e", ""])
def test_odd_text_is_kept_as_the_browser_gave_it(text: str) -> None:
    heard = Heard()
    heard.bus.frame(50.0, text)
    assert heard.frames() == [text.encode("utf-8", "surrogatepass")]


CONTENT = st.one_of(
    st.binary(max_size=300), st.text(st.characters(exclude_categories=()), max_size=100)
)  # lone surrogates too
MOVES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["in", "out"]), st.integers(0, 3), CONTENT),
        st.tuples(st.sampled_from(["created", "closed", "flush", "all gone"]), st.integers(0, 3), st.just(b"")),
    ),
    max_size=60,
)


@given(MOVES)
def test_every_frame_comes_out_once_in_order_whatever_happens_to_its_socket(
    moves: list[tuple[str, int, str | bytes]],
) -> None:
    heard, sent = Heard(), []
    for second, (kind, where, content) in enumerate(moves):
        name = f"r{where}"
        if kind in {"in", "out"}:
            heard.bus.frame(50.0 + second, content, sent=kind == "out", requestId=name)
            sent.append((kind, content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")))
        elif kind == "created":
            heard.bus.event("Created", url=f"wss://h/{where}", requestId=name)
        elif kind == "closed":
            heard.bus.event("Closed", 50.0 + second, requestId=name)
        elif kind == "flush":
            heard.chat.flush()
        else:
            heard.chat.close_all(second)
    kept = [
        (event["kind"], parts[event["part"]])
        for _, events, parts in heard.batches()
        for event in events
        if event["kind"] in {"in", "out"}
    ]
    assert kept == sent
    assert heard.chat.frames == sum(kind == "in" for kind, _ in sent)
    assert all(body["frames"] == sum(e["kind"] in {"in", "out"} for e in events) for body, events, _ in heard.batches())
