"""Pushed messages that Taobao's page polls: base64 of a wrapper with JSON objects in it.

The wrapper (protobuf of unknown numbers) is not read: its JSON objects are found. Kinds are told by `subType` or, as
public clients do, by the members that a kind has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Counts, Figure, Kind, Message, Where
from crawler.platforms.objects import Members, Notes, fault
from crawler.platforms.pieces import Decoded, Fault, Unknown
from crawler.platforms.said import Said, figures_of, person_of
from crawler.platforms.spans import Span, root
from crawler.platforms.wire.json_text import b64, parse
from crawler.platforms.wire.undecodable import Undecodable

METHOD = "powermsg"
CHAT, GIFT = 10001, 10002  # subType
ENDED = 3  # status
MOST_PUSHED = 500  # of one answer
MOST_BYTES = 1 << 20  # of one message
MOST_OBJECTS = 100  # of one message
_MOST_READ = 4  # times the content: a wrapper's length may look like a bracket, and is followed to the end in vain
_STATISTICS = {
    "pageViewCount": Counts.PAGE_VIEWS,
    "totalCount": Counts.RAW,
    "onlineCount": Counts.RAW,  # always 0 on the web
}


def pushed(given: Members, received_ms: int) -> Decoded:
    """All messages of `timestampList[]{offset, data}`."""
    messages: list[Message] = []
    unknown: list[Unknown] = []
    faults: list[Fault] = []
    numbers: Counter[str] = Counter()
    for place in range(min(len(given.items("timestampList")), MOST_PUSHED)):
        offset = given.ident("timestampList", place, "offset")
        encoded = given.at("timestampList", place, "data")
        steps = (f"json $.data.timestampList[{place}].data", "base64")
        if not isinstance(encoded, str) or not encoded:
            continue
        try:
            content = b64(encoded, MOST_BYTES)
        except Undecodable as error:
            faults.append(fault(error, len(encoded), steps))
            continue
        count = 0
        for value, span in objects_in(content):
            count += 1
            if count > MOST_OBJECTS:
                faults.append(Fault(f"powermsg: at most {MOST_OBJECTS} objects in a message", *span, steps))
                break
            told = _told(Members(value, Notes(received_ms)), Where(*span, steps), _id(offset, numbers))
            messages += [told] if isinstance(told, Message) else []
            unknown += [told] if isinstance(told, Unknown) else []
        if not count:
            unknown.append(Unknown(METHOD, len(content)))
    return Decoded(messages=tuple(messages), unknown=tuple(unknown), faults=tuple(faults))


def objects_in(content: bytes) -> Iterator[tuple[dict[str, Any], Span]]:
    """The JSON objects among other bytes, with their places.

    A bracket that begins none costs what is read behind it until that shows; all such reading together is bounded.
    """
    at = 0
    spare = _MOST_READ * len(content)
    while (at := content.find(b"{", at)) >= 0 and spare > 0:
        span = root(content, at)
        spare -= (len(content) if span is None else span[1]) - at
        try:
            value = None if span is None else parse(content[slice(*span)])
        except Undecodable:
            value = None
        if isinstance(value, dict) and span is not None:
            yield value, span
            at = span[1]
        else:
            at += 1


def _id(offset: str | None, numbers: Counter[str]) -> str | None:
    """A message's place in what is polled: its item's offset, and which it is of those with that offset.

    An answer that gives an offset again gives the same messages again.
    """
    if offset is None:
        return None
    numbers[offset] += 1
    return offset if numbers[offset] == 1 else f"{offset}.{numbers[offset]}"


def _told(given: Members, where: Where, message_id: str | None) -> Message | Unknown:
    sub_type = given.whole("subType")
    method, said = _said(given, sub_type)
    if said is None:
        name = METHOD if sub_type is None else f"{METHOD} subType {sub_type}"
        return Unknown(name, where.end - where.start)
    return replace(said, id=message_id).placed(method, where, given.notes.flags)


def _said(given: Members, sub_type: int | None) -> tuple[str, Said | None]:
    """A message's name, its `subType` or what its members are known by, and what it says."""
    if sub_type == CHAT:
        return str(CHAT), Said(Kind.CHAT, person=person_of(given, "nick", "userid"), text=given.text("content"))
    if sub_type == GIFT:
        more = given.more("giftName", "count")
        return str(GIFT), Said(Kind.GIFT, person=person_of(given, "nick", "userid"), more=more)
    return _by_members(given) if sub_type is None else ("", None)


def _by_members(given: Members) -> tuple[str, Said | None]:
    if any(name in given.value for name in ("viewCountFormat", "pageViewCount", "totalCount")):
        return "stats", Said(Kind.VIEWERS, figures=_statistics(given))
    if "nick" in given.value and "flowSourceText" in given.value:
        text = given.text("flowSourceText")
        return "enter", Said(Kind.ARRIVAL, person=person_of(given, "nick", "userid"), text=text)
    if given.at("value", "dig") is not None:
        return "dig", Said(Kind.LIKE, figures=figures_of(given.inside("value"), {"dig": Counts.LIKES}, "value."))
    if given.whole("status") == ENDED:
        return "status", Said(Kind.ROOM_STATE, site_kind=f"status {ENDED}", state=RoomState.ENDED)
    return "", None


def _statistics(given: Members) -> tuple[Figure, ...]:
    shown = given.short("viewCountFormat")
    views = () if shown is None else (Figure(Counts.RAW, "viewCountFormat", shown=shown),)
    return (*figures_of(given, _STATISTICS), *views)
