"""The generic adapter's guesses: chat in frames and answers of a site that nobody described, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.generic import GenericRoom
from crawler.platforms.guesses import MOST_LINES
from crawler.platforms.messages import Kind, Person
from crawler.platforms.pieces import Decoded, Piece

SITE = GenericRoom()
NOW = 1_790_504_180_000


def framed(value: Any, *, prefix: str = "") -> Decoded:
    payload = (prefix + json.dumps(value, ensure_ascii=False)).encode()
    return SITE.decode(Piece("frame", "wss://chat.example/ws", payload, text=True, received_ms=NOW))


@pytest.mark.parametrize(
    ("value", "text", "person"),
    [
        ({"type": "chat", "nick": "甲", "content": "好", "msgId": "1"}, "好", Person("甲")),
        ({"user": {"nickname": "乙", "uid": 7}, "text": "hi"}, "hi", Person("乙", "7")),
        ({"sender": {"userName": "b**d"}, "message": "x", "time": NOW}, "x", Person("b**d", masked=True)),
        ({"op": 5, "body": {"list": [{"uname": "丙", "msg": "多少钱", "uid": "3"}]}}, "多少钱", Person("丙", "3")),
    ],
)
def test_what_looks_like_chat_is_guessed_and_marked(value: Any, text: str, person: Person) -> None:
    (message,) = framed(value).messages
    assert (message.kind, message.site_kind, message.text) == (Kind.CHAT, "guess", text)
    assert message.person == person
    assert "guessed" in message.flags


def test_where_each_line_of_a_list_stands() -> None:
    lines = [{"nick": f"n{n}", "content": "}],", "id": n} for n in range(3)]
    payload = json.dumps({"d": {"rows": lines}}).encode()
    found = SITE.decode(Piece("frame", "wss://x/", payload, text=True)).messages
    assert [json.loads(payload[each.where.start : each.where.end]) for each in found] == lines
    assert {each.method for each in found} == {"$.d.rows[]"}


def test_socket_io_frames() -> None:
    (message,) = framed(["chat", {"nick": "甲", "content": "好", "cid": 9}], prefix="42").messages
    assert (message.text, message.id) == ("好", "9")
    payload = b'42["chat",{"nick":"a","content":"b","id":9}]'
    (message,) = SITE.decode(Piece("frame", "wss://x/", payload, text=True)).messages
    assert payload[message.where.start : message.where.end] == b'{"nick":"a","content":"b","id":9}'


def test_an_id_that_may_be_the_writers_is_told_as_nothing() -> None:
    (message,) = framed({"nick": "甲", "content": "好", "id": 9}).messages
    assert message.id is None
    assert message.person == Person("甲")


def test_times_in_seconds_and_in_milliseconds() -> None:
    line = {"nick": "甲", "content": "好"}
    assert framed({**line, "ts": NOW // 1000}).messages[0].sent_ms == NOW
    assert framed({**line, "time": NOW}).messages[0].sent_ms == NOW
    ahead = framed({**line, "time": NOW + 2 * 86_400_000}).messages[0]
    assert ahead.flags == ("guessed", "time in the future")


@pytest.mark.parametrize(
    "decoy",
    [
        {"nick": "甲", "content": "好"},  # two members fit, not three
        {"content": "好", "id": 1, "time": NOW},  # nobody's
        {"nick": "甲", "id": 1, "uid": 2},  # says nothing
        {"nick": "甲", "content": "很好用", "id": 1, "rating": 5},  # a review
        {"userName": "店", "text": "杯子", "id": 1, "price": "9.9"},
        {"userName": "店", "text": "杯子", "id": 1, "skuId": "9"},
        {"user": {"name": "x"}, "title": "新闻", "content": "正文", "id": 1},
        {"code": 0, "message": "ok", "username": "me", "uid": 1},  # an answer's own frame
        {"status": "error", "msg": "fail", "nickname": "me", "id": 1},
        {"nick": "甲", "content": '{"a":1}', "id": 1},
        {"nick": "甲", "content": "https://a.example/x.png", "id": 1},
        {"nick": "甲" * 61, "content": "好", "id": 1},
        {"nick": "甲", "content": "长" * 1001, "id": 1},
        {"nick": "甲", "content": "  ", "id": 1},
        {"nick": 5, "content": "好", "id": 1},
        {"nick": "甲", "content": "好", "id": {"a": 1}},
        {"event": "pong", "time": NOW},
        [1, 2, 3],
        "text",
        None,
    ],
)
def test_decoys_are_left_alone(decoy: Any) -> None:
    found = framed(decoy)
    assert (found.ours, found.messages, found.unknown, found.faults) == (False, (), (), ())


def test_answers_are_read_only_where_the_path_speaks_of_chat() -> None:
    rows = {"data": {"comments": [{"nickName": "甲", "content": "好", "commentId": 4}]}}
    body = json.dumps(rows).encode()
    assert SITE.decode(Piece("answer", "https://x.example/api/live/comments?since=1", body)).messages
    assert SITE.decode(Piece("answer", "https://x.example/chat/poll", b"cb1(" + body + b");")).messages
    assert not SITE.decode(Piece("answer", "https://x.example/api/users", body)).ours
    assert not SITE.decode(Piece("answer", "https://x.example/api/users?q=chat", body)).ours


def test_a_name_that_may_be_a_persons_is_no_part_of_the_method() -> None:
    (message,) = framed({"张三 13800000000": {"nick": "甲", "content": "好", "id": 1}}).messages
    assert message.method == "$.*"


def test_what_is_sent_and_what_is_too_large_is_left_alone() -> None:
    line = json.dumps({"nick": "a", "content": "b", "id": 1}).encode()
    assert not SITE.decode(Piece("frame", "wss://x/", line, outgoing=True, text=True)).ours
    assert not SITE.decode(Piece("frame", "wss://x/", line + b" " * (1 << 20), text=True)).ours


def test_a_flood_is_bounded() -> None:
    lines = [{"nick": "a", "content": "b", "id": n} for n in range(2 * MOST_LINES)]
    assert len(framed(lines).messages) == MOST_LINES


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes(payload: bytes) -> None:
    SITE.decode(Piece("frame", "wss://x/", payload, text=True))
    SITE.decode(Piece("answer", "https://x.example/chat", payload))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
NAMES = st.sampled_from(["nick", "content", "id", "user", "time", "uid", "from", "list", "text", "nickname", "坏"])
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25
)


@settings(max_examples=100)
@given(ANY_JSON)
def test_every_guess_stands_where_it_says(value: Any) -> None:
    payload = json.dumps(value).encode()
    for message in SITE.decode(Piece("frame", "wss://x/", payload, text=True)).messages:
        stands = json.loads(payload[message.where.start : message.where.end])
        assert message.text in stands.values()
