"""Chat lines in frames and answers of a site that nobody has described: guessed, and marked as guesses (pure).

An object is taken for a chat line only when three of its members fit: a text, a nickname, and an id or a time. What has
members that speak of products, reviews or an answer's own status is none. So much chat is missed, and little that is
no chat gets in; the raw frames are kept either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.platforms.doubts import epoch_ms
from crawler.platforms.messages import Kind, Message, Person, Where
from crawler.platforms.objects import Members, Notes, is_masked, json_or_jsonp
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece
from crawler.platforms.said import Said
from crawler.platforms.spans import Path, spans_of
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

FLAG = "guessed"
SITE_KIND = "guess"
MOST_LINES = 200  # of one piece
MOST_NODES = 5_000  # objects and lists that are looked into
MOST_BYTES = 1 << 20
_LONGEST_TEXT, _LONGEST_NAME = 1_000, 60  # characters: more is an article, or a signature
_TEXTS = ("content", "text", "msg", "message", "comment", "msgContent", "danmu", "danmaku", "chat")
_NAMES = (
    *("nick", "nickname", "nickName", "nick_name", "uname", "userName", "user_name", "username", "screenName"),
    *("displayName", "senderName", "sender_name", "fromNick", "publisherNick", "authorName"),
)
_PEOPLE = ("user", "author", "sender", "from", "profile", "userInfo", "user_info", "fromUser", "member", "publisher")
_IDS = ("msgId", "msg_id", "messageId", "message_id", "commentId", "comment_id", "cid")
_SOMETHINGS_ID = "id"  # the line's or its writer's: it fits, and is not told as either
_PERSON_IDS = ("uid", "userId", "user_id", "userid", "openid", "fromId", "senderId", "publisherId")
_TIMES = ("timestamp", "time", "ts", "createTime", "create_time", "sendTime", "send_time", "createdAt")
# With one of these an object is a product, a review, an article, or the frame of an answer.
_DECOYS = re.compile(
    r"price|sku|goods|product|order|star|rating|score|title|headline|summary|href|^(code|ret|status|success|err.*|reason)$",
    re.IGNORECASE,
)
_CHAT_PATH = re.compile(r"chat|comment|danmu|danmaku|barrage|bullet|message|msg", re.IGNORECASE)
_SOCKET_IO = re.compile(rb"[0-9]{1,6}(?=[\[{])")  # '42["chat",{...}]'
_PLAIN = re.compile(r"[A-Za-z_]{1,30}")
Line = tuple[Said, tuple[str, ...]]  # a line and its flags


def decode_guess(piece: Piece) -> Decoded:
    """The objects of a piece that look like chat lines; nothing of ours when there are none."""
    if piece.outgoing or len(piece.payload) > MOST_BYTES:
        return NOT_OURS
    if piece.source == "answer" and not _CHAT_PATH.search(piece.address.path):
        return NOT_OURS
    try:
        value, begin = _value(piece)
    except Undecodable:
        return NOT_OURS  # another format than JSON: nothing is known of what it should be
    lines = []
    for path, found in _objects(value):
        line = _line(found, piece.received_ms)
        if line is not None:
            lines.append((path, line))
        if len(lines) == MOST_LINES:
            break
    messages = tuple(_placed(piece.payload, begin, lines))
    return Decoded(messages=messages) if messages else NOT_OURS


def _value(piece: Piece) -> tuple[Any, int]:
    """The JSON of a piece, and where in its bytes to look for it."""
    if piece.source == "frame":
        prefix = _SOCKET_IO.match(piece.payload)
        begin = 0 if prefix is None else prefix.end()
        return parsed(piece.payload[begin:]).value, begin
    found, begin = json_or_jsonp(piece.payload)
    return found.value, begin


def _objects(value: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """All objects of a JSON value, outer ones first, each with its path."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    for looked, (path, found) in enumerate(waiting):  # grows while it is gone through
        if looked == MOST_NODES:
            return
        if isinstance(found, dict):
            yield path, found
            waiting += [((*path, name), each) for name, each in found.items() if isinstance(each, (dict, list))]
        elif isinstance(found, list):
            waiting += [((*path, at), each) for at, each in enumerate(found) if isinstance(each, (dict, list))]


def _line(found: Mapping[str, Any], received_ms: int) -> Line | None:
    if any(_DECOYS.search(name) for name in found):
        return None
    given = Members(found, Notes(received_ms))
    text = _first(given, _TEXTS, _LONGEST_TEXT)
    people = (given, *(given.inside(each) for each in _PEOPLE if isinstance(given.at(each), dict)))
    name = next((called for each in people if (called := _first(each, _NAMES, _LONGEST_NAME))), None)
    if text is None or name is None or text.lstrip().startswith(("{", "[", "http://", "https://")):
        return None
    known = next((uid for each in people for key in _PERSON_IDS if (uid := each.ident(key))), None)
    line_id = next((each for key in _IDS if (each := given.ident(key))), None)
    sent = next((time for key in _TIMES if (time := epoch_ms(given.whole(key)))), None)
    if known is None and line_id is None and sent is None and given.ident(_SOMETHINGS_ID) is None:
        return None
    sent_ms = given.notes.time_ms(sent, received_ms)
    person = Person(name, known, masked=is_masked(name, known))
    said = Said(Kind.CHAT, site_kind=SITE_KIND, person=person, text=text, id=line_id, sent_ms=sent_ms)
    return said, (FLAG, *given.notes.flags)


def _first(given: Members, names: tuple[str, ...], most: int) -> str | None:
    for name in names:
        found = given.at(name)
        if isinstance(found, str) and found.strip() and len(found) <= most:
            return found
    return None


def _placed(payload: bytes, begin: int, lines: list[tuple[Path, Line]]) -> Iterator[Message]:
    spans = spans_of(payload, [path for path, _ in lines], begin)
    for path, (said, flags) in lines:
        yield said.placed(_method(path), Where(*spans.get(path, (0, len(payload)))), flags)


def _method(path: Path) -> str:
    """The path without places, so that all lines of a list have one method; without names that may be a person's."""
    names = (step if isinstance(step, str) and _PLAIN.fullmatch(step) else "*" for step in path)
    steps = ("[]" if isinstance(step, int) else f".{name}" for step, name in zip(path, names, strict=True))
    return f"${''.join(steps)}"[:80]
