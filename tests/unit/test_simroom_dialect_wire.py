"""The dialects' wire formats, read back by google's protobuf runtime and the standard library, against their claims."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import brotli
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet

from crawler.simroom.dialects import DIALECTS
from crawler.simroom.dialects.base import HOSTILITIES, Frame, Moment
from crawler.simroom.dialects.bilibili import Bilibili
from crawler.simroom.dialects.events import Event, event
from crawler.simroom.dialects.protobuf import message, nested, varint
from crawler.simroom.scenario_file import load

MINE = ("bilibili", "douyin", "kuaishou", "tiktok")
SCRIPT = load("default")
NOW_MS = 1_795_349_598_406
Fields = dict[int, list[Any]]


def moment(at_ms: int = 250_000, state: str = "live", run: int = 0) -> Moment:
    return Moment(NOW_MS, at_ms, state, run, 7, SCRIPT.room, SCRIPT.product)


@cache
def events(count: int, *, hostile: bool = False, seed: int = 7) -> list[Event]:
    return [event(seed, number, number * 50, hostile=hostile) for number in range(1, count + 1)]


def fields(raw: bytes) -> Fields:
    """A message's fields by number, as the runtime finds them."""
    out: Fields = {}
    for field in UnknownFieldSet(Empty.FromString(raw)):
        out.setdefault(field.field_number, []).append(field.data)
    return out


def text(found: Fields, number: int) -> str:
    return bytes(found[number][0]).decode() if number in found else ""


def signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


Found = dict[str, Any]  # method, message_id, name, user_id, text, and figures that this reader knows


def webcast(payload: bytes) -> Iterator[tuple[str, int, Fields, bool]]:
    """(method, message id, its fields, history) of each message in a PushFrame."""
    push = fields(payload)
    body = push[8][0]
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    for raw in fields(body).get(1, []):
        one = fields(raw)
        yield text(one, 1), one[3][0], fields(one[2][0]), bool(one.get(6, [0])[0])


def read_webcast(payload: bytes, user_ids: Callable[[Fields], str]) -> list[Found]:
    out = []
    places = {"WebcastLikeMessage": 5, "WebcastGiftMessage": 7, "WebcastFansclubMessage": 4}
    for method, own_id, body, _ in webcast(payload):
        common = fields(body[1][0])
        assert (text(common, 1), common[2][0]) == (method, own_id)
        found: Found = {"method": method, "message_id": str(own_id)}
        place = places.get(method, 2)
        if method in {
            *places,
            "WebcastChatMessage",
            "WebcastMemberMessage",
            "WebcastSocialMessage",
            "WebcastEmojiChatMessage",
        }:
            user = fields(body[place][0])
            found |= {"name": text(user, 3), "user_id": user_ids(user)}
        if method == "WebcastChatMessage":
            found["text"] = text(body, 3)
            found["platform_ms"] = body[15][0] * 1000 if 15 in body else common[4][0]
        if method == "WebcastEmojiChatMessage":
            found["text"] = text(body, 5)
        if method == "WebcastRoomUserSeqMessage":
            found["figures"] = {"online": signed(body[3][0]), "total": signed(body[7][0])}
        if method == "WebcastLikeMessage":
            found["figures"] = {"count": body[2][0], "total": body[3][0]}
        out.append(found)
    return out


def read_douyin(payload: bytes) -> list[Found]:
    return read_webcast(payload, lambda user: text(user, 1028))


def read_tiktok(payload: bytes) -> list[Found]:
    return read_webcast(payload, lambda user: str(user[1][0]))


def read_kuaishou(payload: bytes) -> list[Found]:
    outer = fields(payload)
    kind, body = outer[1][0], bytes(outer[3][0])
    inside = fields(gzip.decompress(body) if outer[2] == [2] else body)
    if kind != 310:
        names = {340: "SCWebLiveWatchingUsers", 360: "SC_SHOP_OPENED", 361: "SC_SHOP_CLOSED"}
        names |= {301: "SC_AUTHOR_PAUSE", 302: "SC_AUTHOR_RESUME"}
        return [{"method": names[kind]}]
    out: list[Found] = []
    if 1 in inside:
        figures = {"online_shown": text(inside, 1), "likes_shown": text(inside, 2)}
        out.append({"method": "SCWebFeedPush", "figures": figures})
    feeds = {5: "WebCommentFeed", 8: "WebLikeFeed", 9: "WebGiftFeed", 11: "SystemNotice", 12: "WebShareFeed"}
    for number, method in feeds.items():
        for raw in inside.get(number, []):
            one = fields(raw)
            user = fields(one[2][0])
            found = {"method": method, "message_id": text(one, 1), "name": text(user, 2), "user_id": text(user, 1)}
            if method == "WebCommentFeed":
                found |= {"text": text(one, 3), "platform_ms": one[9][0], "figures": {"show_type": one[7][0]}}
            if method == "SystemNotice":
                found["text"] = text(one, 4)
            out.append(found)
    return out


def packets(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """(operation, body) of each packet, unpacked."""
    while payload:
        length, head, version, operation, _ = struct.unpack_from(">IHHII", payload)
        body, payload = payload[head:length], payload[length:]
        if version in (2, 3):
            yield from packets(zlib.decompress(body) if version == 2 else brotli.decompress(body))
        else:
            yield operation, body


def read_bilibili(payload: bytes) -> list[Found]:
    out = []
    for operation, body in packets(payload):
        assert operation == 5
        told = json.loads(body)
        found: Found = {"method": told["cmd"].split(":")[0]}
        if found["method"] == "DANMU_MSG":
            info = told["info"]
            found |= {"text": info[1], "user_id": str(info[2][0]), "name": info[2][1], "platform_ms": info[0][4]}
            found["message_id"] = json.loads(info[0][15]["extra"])["id_str"]
        if found["method"] == "WATCHED_CHANGE":
            found["figures"] = {"total": told["data"]["num"], "total_shown": told["data"]["text_large"]}
        if found["method"] == "GOTO_BUY_FLOW":
            found["text"] = told["data"]["text"]
        out.append(found)
    return out


READERS: dict[str, Callable[[bytes], list[Found]]] = {
    "douyin": read_douyin,
    "tiktok": read_tiktok,
    "kuaishou": read_kuaishou,
    "bilibili": read_bilibili,
}


def assert_says_what_it_claims(frame: Frame, found: list[Found]) -> None:
    assert len(found) == len(frame.carried)
    for one, claimed in zip(found, frame.carried, strict=True):
        assert one["method"] == claimed.method
        for member in ("message_id", "name", "user_id", "text", "platform_ms"):
            if member in one:
                assert one[member] == getattr(claimed, member), (claimed.method, member)
        for name, value in one.get("figures", {}).items():
            assert claimed.figures[name] == value


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**31, 2**63, 2**64 - 1, -1, -(2**63)])
def test_varints_are_read_back_by_the_runtime(value: int) -> None:
    assert signed(fields(message({7: value}))[7][0]) == signed(value % 2**64)
    assert len(varint(value)) <= 10


def test_messages_are_written_as_the_facts_have_them() -> None:
    assert message({7: "hb"}).hex() == "3a026862"
    inside = fields(message({1: [{3: "a"}, {3: "b"}], 2: b"\x00", 5: True, 300: "很长"}))
    assert [fields(one)[3] for one in inside[1]] == [[b"a"], [b"b"]]
    assert (inside[2], inside[5], bytes(inside[300][0]).decode()) == ([b"\x00"], [1], "很长")
    assert len(nested(40)) > 40


@pytest.mark.parametrize("room", ["default", "hostile"])
@pytest.mark.parametrize("name", MINE)
def test_frames_say_what_the_truth_claims(name: str, room: str) -> None:
    dialect, happened = DIALECTS[name], events(700, hostile=load(room).hostile)
    told = 0
    for start in range(0, len(happened), 5):
        for frame in dialect.frames(happened[start : start + 5], moment()):
            assert isinstance(frame.payload, bytes)
            assert_says_what_it_claims(frame, READERS[name](frame.payload))
            told += len(frame.carried)
    assert told > 600


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_an_event_that_comes_again_has_the_same_ids(name: str) -> None:
    dialect, happened = DIALECTS[name], events(60)
    first = [one for frame in dialect.frames(happened, moment()) for one in frame.carried]
    again = [one for frame in dialect.frames(happened, moment(at_ms=251_000)) for one in frame.carried]
    assert [(one.number, one.method, one.message_id) for one in first] == [
        (one.number, one.method, one.message_id) for one in again
    ]
    keys = [(one.number, one.method) for one in first]
    assert len(keys) == len(set(keys)), "a message is known by number and method"
    ids = [(one.method, one.message_id) for one in first if one.message_id]
    assert len(ids) == len(set(ids))


def test_douyin_tells_exact_counts_beside_rounded_ones_and_ends_with_control_3() -> None:
    viewers = next(one for one in events(30) if one.kind == "viewers")
    [frame] = DIALECTS["douyin"].frames([viewers], moment())
    assert isinstance(frame.payload, bytes)
    bodies = {method: body for method, _, body, _ in webcast(frame.payload)}
    sequence, stats = bodies["WebcastRoomUserSeqMessage"], bodies["WebcastRoomStatsMessage"]
    assert (sequence[3][0], sequence[7][0]) == (viewers.figure("online"), viewers.figure("total"))
    assert text(sequence, 8) == "10万+"
    assert (stats[10][0], stats[5][0]) == (1, viewers.figure("online"))
    ended = Event(10**9, "state", 1, None, "ended")
    [last] = DIALECTS["douyin"].frames([ended], moment(state="ended"))
    assert isinstance(last.payload, bytes)
    [(method, _, body, _)] = webcast(last.payload)
    assert (method, body[2]) == ("WebcastControlMessage", [3])
    assert DIALECTS["douyin"].frames([Event(10**9, "state", 1, None, "paused")], moment()) == []


def test_douyin_chat_has_its_time_in_seconds_and_none_in_common() -> None:
    chat = next(one for one in events(60) if one.kind == "chat" and one.number % 17)
    [frame] = DIALECTS["douyin"].frames([chat], moment())
    assert isinstance(frame.payload, bytes)
    [(_, _, body, _)] = webcast(frame.payload)
    assert 4 not in fields(body[1][0])
    assert body[15] == [(NOW_MS - 250_000 + chat.at_ms) // 1000]


def test_douyin_and_tiktok_answer_a_heartbeat_and_nothing_else() -> None:
    for name in ("douyin", "tiktok"):
        [frame] = DIALECTS[name].heard(bytes.fromhex("3a026862"), moment())
        assert isinstance(frame.payload, bytes)
        answer = fields(frame.payload)
        assert (text(answer, 7), gzip.decompress(answer[8][0])) == ("hb", b"")
        assert fields(answer[5][0])[2] == [str(NOW_MS).encode()]
        for noise in (b"", b"\xff" * 9, "text", b"\x3a\x02hb\x00"):
            assert DIALECTS[name].heard(noise, moment()) == []


def test_an_acknowledgement_repeats_the_frames_log_id_and_internal_ext() -> None:
    [frame, *_] = DIALECTS["douyin"].frames(events(5), moment())
    assert isinstance(frame.payload, bytes)
    sent, back = fields(frame.payload), DIALECTS["douyin"].acknowledge(frame, moment())
    assert isinstance(back, bytes)
    ack = fields(back)
    assert (text(ack, 7), ack[2]) == ("ack", sent[2])
    assert text(fields(gzip.decompress(sent[8][0])), 5) == text(ack, 8)


def test_tiktok_tells_a_new_socket_history_that_says_that_it_is() -> None:
    [frame] = DIALECTS["tiktok"].opened(moment(), lambda _: events(60))
    assert isinstance(frame.payload, bytes)
    told = list(webcast(frame.payload))
    assert [(method, history) for method, _, _, history in told] == [("WebcastChatMessage", True)] * 3
    assert fields(gzip.decompress(fields(frame.payload)[8][0]))[11] == [1]
    [fresh, *_] = DIALECTS["tiktok"].frames(events(5), moment())
    assert isinstance(fresh.payload, bytes)
    assert not any(history for *_, history in webcast(fresh.payload))


def test_kuaishou_answers_entering_and_heartbeats_and_zips_long_payloads() -> None:
    dialect = DIALECTS["kuaishou"]
    [entered] = dialect.heard(message({1: 200, 2: 1, 3: b"x"}), moment())
    [beat] = dialect.heard(message({1: 1, 2: 1, 3: b"x"}), moment())
    assert isinstance(entered.payload, bytes)
    assert isinstance(beat.payload, bytes)
    assert (fields(entered.payload)[1], fields(beat.payload)[1]) == ([300], [101])
    assert dialect.heard(b"\x08", moment()) == []
    kinds = set()
    for start in range(0, 300, 3):
        for frame in dialect.frames(events(300)[start : start + 3], moment()):
            assert isinstance(frame.payload, bytes)
            outer = fields(frame.payload)
            assert outer[4] == [NOW_MS]
            kinds.add((outer[1][0], outer[2][0]))
    assert {(310, 1), (310, 2), (340, 1), (360, 1), (361, 1)} <= kinds


def test_kuaishou_likes_come_as_lines_that_nobody_typed() -> None:
    like = next(one for one in events(99) if one.kind == "like" and one.number % 2)
    [frame] = DIALECTS["kuaishou"].frames([like], moment())
    line, plain = frame.carried
    assert (line.method, line.figures["show_type"], plain.method) == ("WebCommentFeed", 2, "WebLikeFeed")
    assert line.text.endswith("赞了这个直播")


def test_bilibili_answers_and_puts_several_packets_into_one_frame() -> None:
    dialect = DIALECTS["bilibili"]
    [logged_in] = dialect.heard(struct.pack(">IHHII", 18, 16, 1, 7, 1) + b"{}", moment())
    [beat] = dialect.heard(struct.pack(">IHHII", 16, 16, 1, 2, 1), moment())
    assert isinstance(logged_in.payload, bytes)
    assert isinstance(beat.payload, bytes)
    assert list(packets(logged_in.payload)) == [(8, b'{"code":0}')]
    [(operation, online)] = packets(beat.payload)
    assert operation == 3
    assert struct.unpack(">I", online)[0] > 1000
    versions, suffixes = set(), set()
    for start in range(0, 600, 6):
        for frame in dialect.frames(events(600)[start : start + 6], moment()):
            assert isinstance(frame.payload, bytes)
            versions.add(struct.unpack_from(">IHHII", frame.payload)[2])
            suffixes |= {json.loads(body)["cmd"] for _, body in packets(frame.payload)}
    assert versions == {0, 2, 3}
    assert {"DANMU_MSG", "DANMU_MSG:4:0:2:2:2:0", "INTERACT_WORD_V2", "GOTO_BUY_FLOW", "HOT_BUY_NUM"} <= suffixes


def test_bilibili_hides_names_from_guests_after_a_while_and_says_so_once() -> None:
    dialect = Bilibili(mask_after_s=2)
    before, after, notices = [], [], 0
    for tick in range(20):
        batch = [one for one in events(100) if tick * 250 <= one.at_ms < (tick + 1) * 250]
        for frame in dialect.frames(batch, moment(at_ms=(tick + 1) * 250)):
            notices += sum(one.method == "LOG_IN_NOTICE" for one in frame.carried)
            (before if tick < 8 else after).extend(one for one in frame.carried if one.method == "DANMU_MSG")
    assert notices == 1
    assert all(one.user_id != "0" for one in before)
    assert all(one.user_id == "0" and one.name.endswith("***") for one in after)
    assert before
    assert after


@pytest.mark.parametrize("what", HOSTILITIES)
@pytest.mark.parametrize("name", MINE)
def test_hostile_frames_are_what_they_are_called(name: str, what: str) -> None:
    dialect, read = DIALECTS[name], READERS[name]
    frame = dialect.hostile(what, events(8), moment())
    assert frame is not None
    assert frame.hostility == what
    assert isinstance(frame.payload, bytes)
    assert len(frame.payload) < 300_000
    if what in ("cut_short", "broken_text", "deep", "false_length", "noise"):
        with pytest.raises(Exception):  # noqa: B017, PT011 - anything but an answer
            read(frame.payload)
    elif what == "future_clock":
        assert max(one.platform_ms or 0 for one in frame.carried) > NOW_MS + 10 * 365 * 86_400_000


def unpacked_size(body: bytes) -> int:
    """How many bytes come out of gzip or zlib, a piece at a time; it has to be whole, with its check at the end."""
    packed, size = zlib.decompressobj(zlib.MAX_WBITS | 32), 0
    while not packed.eof:
        piece = packed.decompress(body, 1 << 22)
        body = packed.unconsumed_tail
        assert piece or packed.eof, "it ends before its end"
        size += len(piece)
    return size


@pytest.mark.parametrize(("name", "at_ms"), [*((name, 0) for name in MINE), ("bilibili", 1000)])
def test_a_bomb_unpacks_to_more_than_two_hundred_megabytes(name: str, at_ms: int) -> None:
    frame = DIALECTS[name].hostile("bomb", events(3), moment(at_ms=at_ms))
    assert frame is not None
    assert isinstance(frame.payload, bytes)
    if name == "bilibili":
        version, body = struct.unpack_from(">IHHII", frame.payload)[2], frame.payload[16:]
    else:
        version, body = 0, fields(frame.payload)[3 if name == "kuaishou" else 8][0]
    assert (len(brotli.decompress(body)) if version == 3 else unpacked_size(body)) > 200 << 20
