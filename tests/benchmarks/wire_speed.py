"""What it costs to decode 50,000 chat messages a minute, beside google's protobuf runtime on the same frames.

    .venv/bin/python tests/benchmarks/wire_speed.py [--messages 50000] [--runs 3]

Frames as Douyin sends them (facts: platforms): 5 chats and 1.6 kB each, gzip. Decoded: envelope, gzip, response, of
each message its method and id, of each chat name, ids, text with its place in the bytes, times. The peer does the same
with a schema and without places, by turns. Figure: CPU seconds for the messages of one minute, as a share of one core;
of `runs` the middle one and the lowest (CPU time grows too when others use the machine's caches). The same with all of
Douyin's adapter: every field it reads, the common model, faults. Bars: 0.25 with the adapter, half of it without.
Memory: growth of what Python holds between a tenth of the messages and all of them, decoded again by the adapter with
tracemalloc. Exit 1 when a bar is missed, or when both do not read the same.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from crawler.platforms.douyin import Douyin
from crawler.platforms.pieces import Piece
from crawler.platforms.wire import Message, gunzip
from tests.harness.wire_bytes import douyin_frame

MINUTE = 60.0
PER_FRAME = 5
RECEIVED_MS = 1_790_000_000_500
DISTINCT = 1000  # frames; they are decoded over and over
BAR = 0.125
ADAPTER_BAR = 0.25
SOCKET = "wss://webcast100-ws-web-lq.douyin.com/webcast/im/push/v2/?room_id=1"
MOST_GROWTH = 256 * 1024  # bytes
Chat = tuple[str, int, str, str, str, int]  # method, message id, sec uid, name, text, event time

TYPES = {
    "Frame": "1:u 2:u 3:u 4:u 5:*Pair 6:s 7:s 8:b",
    "Pair": "1:s 2:s",
    "Response": "1:*Envelope 2:s 3:u 4:u 5:s 6:u 7:*Pair 8:u 9:u 10:s 11:s 12:u",
    "Envelope": "1:s 2:b 3:i 4:i 5:i 6:u 7:i 8:s",
    "Chat": "1:Common 2:User 3:s 4:u 15:u",
    "Common": "1:s 2:i 3:i 4:i 5:i 6:u 7:s 9:i 10:i 11:i 12:s",
    "Image": "1:*s 2:s 3:u 4:u 9:s",
    "User": "1:u 2:u 3:s 4:u 5:s 6:u 9:Image 12:u 14:s 22:Follow 23:Grade 24:Club 38:s 46:s 1028:s",
    "Follow": "1:u 2:u 3:u",
    "Grade": "6:u 10:Image",
    "Club": "1:ClubState",
    "ClubState": "1:s 2:u 3:u 6:u",
}


def peer_types() -> dict[str, Any]:
    """Google's classes for `TYPES`: number, then u and i for numbers, s text, b bytes, a name a message, * repeated."""
    scalars = {"u": 4, "i": 3, "s": 9, "b": 12}  # FieldDescriptorProto.TYPE_UINT64, _INT64, _STRING, _BYTES
    file = descriptor_pb2.FileDescriptorProto(name="peer.proto", package="peer", syntax="proto3")
    for name, listed in TYPES.items():
        described = file.message_type.add(name=name)
        for each in listed.split():
            at, _, kind = each.partition(":")
            label = 3 if kind.startswith("*") else 1
            field = described.field.add(name=f"f{at}", number=int(at), label=label)
            kind = kind.lstrip("*")
            field.type = scalars.get(kind, 11)
            if kind not in scalars:
                field.type_name = f".peer.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"peer.{name}")) for name in TYPES}


def ours(frame: bytes) -> Iterator[tuple[Chat, tuple[int, int] | None]]:
    """The chats of a frame, each with the place of its text among the inflated bytes."""
    pushed = Message.of(frame)
    headers = dict(pushed.pairs(5))
    payload = pushed.bytes(8) or b""
    response = Message.of(gunzip(payload) if headers.get("compress_type") == "gzip" else payload)
    for each in response.messages(1):
        method = each.text(1)
        chat = each.message(2)
        if method != "WebcastChatMessage" or chat is None:
            continue
        common, user = chat.message(1), chat.message(2)
        if common is None or user is None:
            continue
        found = (
            method,
            each.int(3, 0),
            user.text(46) or user.text(1028) or "",
            user.text(3) or "",
            chat.text(3) or "",
            chat.int(15) or common.int(4) or response.int(4, 0),
        )
        yield found, chat.range(3)


def peers(types: dict[str, Any]) -> Callable[[bytes], Iterator[Chat]]:
    """The same by google's runtime (its C library `upb`) and one-shot zlib."""
    frame_type, response_type, chat_type = types["Frame"], types["Response"], types["Chat"]

    def read(frame: bytes) -> Iterator[Chat]:
        pushed = frame_type.FromString(frame)
        headers = {pair.f1: pair.f2 for pair in pushed.f5}
        packed = headers.get("compress_type") == "gzip"
        response = response_type.FromString(zlib.decompress(pushed.f8, 31) if packed else pushed.f8)
        for each in response.f1:
            if each.f1 == "WebcastChatMessage":
                chat = chat_type.FromString(each.f2)
                user = chat.f2
                time_said = chat.f15 or chat.f1.f4 or response.f4
                yield each.f1, each.f3, user.f46 or user.f1028, user.f3, chat.f3, time_said

    return read


def adapters() -> Callable[[bytes], Iterator[tuple[str | None, int | None]]]:
    """Text and time of each message, by the adapter."""
    site = Douyin()

    def read(frame: bytes) -> Iterator[tuple[str | None, int | None]]:
        found = site.decode(Piece("frame", SOCKET, frame, received_ms=RECEIVED_MS))
        if found.faults or found.unknown:
            raise AssertionError(f"expected chats alone, got {found.faults} {found.unknown}")
        for each in found.messages:
            yield each.text, each.sent_ms

    return read


def cpu_seconds(read: Callable[[bytes], Iterator[Any]], frames: list[bytes], count: int) -> float:
    """CPU seconds to decode `count` frames, and to hold what each says for as long as one frame is decoded."""
    gc.collect()
    began = time.process_time()
    for n in range(count):
        list(read(frames[n % len(frames)]))
    return time.process_time() - began


def growth(read: Callable[[bytes], Iterator[Any]], frames: list[bytes], count: int) -> tuple[int, int]:
    """How much more Python holds after all frames than after a tenth of them, and the peak between the two."""
    tracemalloc.start()
    for n in range(count // 10):
        list(read(frames[n % len(frames)]))
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for n in range(count // 10, count):
        list(read(frames[n % len(frames)]))
    _, peak = tracemalloc.get_traced_memory()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before, peak - before


def main() -> int:
    """Measure, print one JSON object."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=int, default=50_000, help="of one minute")
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    rng = random.Random(20261122)  # noqa: S311 the same frames each time
    frames = [douyin_frame(rng, PER_FRAME * n) for n in range(DISTINCT)]
    theirs = peers(peer_types())
    adapter = adapters()
    same = all([chat for chat, _ in ours(frame)] == list(theirs(frame)) for frame in frames)
    same = same and all([text for text, _ in adapter(frame)] == [chat[4] for chat in theirs(frame)] for frame in frames)
    count = chosen.messages // PER_FRAME
    taken = [
        [cpu_seconds(read, frames, count) / MINUTE for read in (ours, theirs, adapter)] for _ in range(chosen.runs)
    ]
    our_share, their_share, adapter_share = (statistics.median(shares) for shares in zip(*taken, strict=True))
    lowest = [min(shares) for shares in zip(*taken, strict=True)]
    grown, peak = growth(adapter, frames, count)
    ok = same and our_share <= BAR and adapter_share <= ADAPTER_BAR and grown <= MOST_GROWTH
    figures = {
        "messages": chosen.messages,
        "bytes_a_frame": round(statistics.mean(len(frame) for frame in frames)),
        "runs": chosen.runs,
        "core_share": round(our_share, 4),
        "core_share_lowest": round(lowest[0], 4),
        "core_share_bar": BAR,
        "us_a_message": round(our_share * MINUTE / chosen.messages * 1e6, 1),
        "peer": "google protobuf (upb) with a schema, without places",
        "peer_core_share": round(their_share, 4),
        "cpu_ratio_to_peer": round(our_share / their_share, 2),
        "adapter_core_share": round(adapter_share, 4),
        "adapter_core_share_lowest": round(lowest[2], 4),
        "adapter_core_share_bar": ADAPTER_BAR,
        "same_as_peer": same,
        "memory_growth_bytes": grown,
        "memory_peak_bytes": peak,
        "ok": ok,
    }
    print(json.dumps(figures, indent=2))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
