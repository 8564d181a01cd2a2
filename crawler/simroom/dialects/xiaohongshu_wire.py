"""Xiaohongshu's socket (platforms.md, section 6): JSON text; inside, base64 of JSON; inside that, JSON in a string."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Iterator, Sequence

from crawler.simroom.sockets import Payload
from crawler.simroom.timeline import in_wan

from .base import JSON, Carried, Frame, Moment
from .bombs import gzip_bomb
from .events import Event, Figures, Person

PING, SIGNAL, MESSAGES = 0, 2, 4  # t
MESSAGES_A_FRAME = 6
Message = tuple[JSON, str, str, str, Figures]  # customData, then the name, id, text and figures that stand in it


def live_id(moment: Moment) -> str:
    """The room's id, which each broadcast has anew."""
    known = moment.room.id
    return str(int(known) + moment.run) if known.isdigit() else f"{known}{moment.run or ''}"


def frames(batch: Sequence[Event], moment: Moment) -> list[Frame]:
    """Several messages a frame."""
    told = [one for event in batch for one in wrapped(event, moment)]
    groups = [told[start : start + MESSAGES_A_FRAME] for start in range(0, len(told), MESSAGES_A_FRAME)]
    return [Frame(_text([item for item, _ in group], moment), tuple(one for _, one in group)) for group in groups]


def answers(payload: Payload, moment: Moment) -> list[Frame]:
    """The server's word on entering or on a heartbeat."""
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return []
    kind = said.get("t") if isinstance(said, dict) else None
    if kind not in (PING, SIGNAL):
        return []
    inside = {"a": {"b": {"time": moment.wall_ms}, "c": 0, "m": "success"}}
    answer = {"v": 1, "t": 128, "b": {}} if kind == PING else {"v": 1, "t": SIGNAL, "m": "a", "b": inside}
    return [Frame(json.dumps(answer, separators=(",", ":")))]


def entering(moment: Moment) -> str:
    """What the page sends first."""
    return json.dumps({"v": 1, "t": SIGNAL, "b": {"roomId": live_id(moment)}}, separators=(",", ":"))


def wrapped(event: Event, moment: Moment) -> list[tuple[str, Carried]]:
    """Each message of an event in base64, and what a decoder should find in it."""
    out = []
    at = moment.wall_of(event)
    for part, (custom, name, user, text, figures) in enumerate(_messages(event)):
        dice = random.Random(f"xiaohongshu:{moment.seed}:{moment.run}:{event.number}:{part}")
        own_id = dice.randbytes(12).hex()
        if custom["type"] == "text":
            custom |= {"commentId": own_id, "current_time": at}
        outer: JSON = {"command": 1, "customData": _json(custom), "msgId": own_id, "priority": 2, "ts": at}
        outer |= {"roomId": live_id(moment), "roomType": "LIVE"}
        carried = Carried(event.number, custom["type"], own_id, at, name, user, text, figures)
        out.append((base64.b64encode(_json(outer).encode()).decode(), carried))
    return out


def user_id(who: Person) -> str:
    """24 hexadecimal digits."""
    return f"5{int(who.id):023x}"


def _messages(event: Event) -> Iterator[Message]:
    if event.kind == "viewers":
        custom: JSON = {"type": "refresh", "room_data": {"display_count": in_wan(event.figure("total")), "viewers": []}}
        yield custom if event.number % 40 == 1 else {"type": "letter_refresh"}, "", "", "", {}
    if (who := event.who) is None:
        return
    name, user, even = who.name, user_id(who), event.number % 2 == 0
    profile = {"user_id": user, "nickname": name, "role": 0}
    if event.kind == "chat":
        yield {"type": "text", "desc": event.text, "profile": profile}, name, user, event.text, {}
    elif event.kind == "arrival":
        yield {"type": "audience_join_v2" if even else "audience_join", "profile": profile}, name, user, "", {}
    elif event.kind == "like":
        yield _like(event, user, profile)
    elif event.kind == "gift":
        yield _gift(event, name, user)
    elif event.kind in ("follow", "share"):
        kind = "follow_emcee" if event.kind == "follow" else "share"
        yield {"type": kind, "profile": profile}, name, user, "", {}


def _like(event: Event, user: str, profile: JSON) -> Message:
    """``praise`` names nobody by name; each fourth comes as ``like``, which some report and others never saw."""
    count = event.figure("count")
    if event.number % 4 == 0:
        custom: JSON = {"type": "like", "likeActionCount": count, "profile": profile}
        return custom, str(profile["nickname"]), user, "", {"count": count}
    custom = {"type": "praise", "profile": {"user_id": user}, "praise_info": {"count": count}}
    return custom, "", user, "", {"count": count}


def _gift(event: Event, name: str, user: str) -> Message:
    count = event.figure("count")
    figures: Figures = {"title": event.text, "count": count}
    if event.number % 4 == 0:
        custom: JSON = {"type": "gift", "giftName": event.text, "count": count}
        return {**custom, "profile": {"user_id": user, "nickname": name}}, name, user, "", figures
    custom = {"type": "gift_dock_and_effect", "send_user_info": {"user_id": user, "nick_name": name}}
    custom |= {"base_gift_info": {"name": event.text, "id": event.figure("gift_id")}}
    return {**custom, "gift_action_info": {"count": count}}, name, user, "", figures


def _text(items: Sequence[str], moment: Moment) -> str:
    listed = [{"d": item, "e": {}, "m": str(index)} for index, item in enumerate(items)]
    return _json(
        {"v": 1, "t": MESSAGES, "m": "0ac8", "b": {"d": {"a": 0, "biz": "room", "t": moment.wall_ms, "b": listed}}}
    )


def hostile(what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
    """A frame as nobody should send it: a frame of JSON, or base64 that is not what it should be."""
    number = batch[0].number if batch else 0
    told = [one for event in batch for one in wrapped(event, moment)]
    items, carried = [item for item, _ in told], tuple(one for _, one in told)
    whole, odd = _text(items, moment), moment.at_ms // 1000 % 2
    late, words, user = 4_000_000_000_000, "from the future", "5" + "0" * 23
    nobody = {"user_id": user, "nickname": "z"}
    future: JSON = {"type": "text", "desc": words, "profile": nobody, "commentId": "f", "current_time": late}
    said = Carried(number, "text", "f", late, "z", user, words)
    absurd: JSON = {"type": "praise", "profile": {"user_id": -1}, "praise_info": {"count": -(2**70)}}
    made: dict[str, tuple[Payload, tuple[Carried, ...]]] = {
        "cut_short": (whole[: len(whole) * 2 // 3], ()),
        "wrong_compression_flag": (_text([_packed(gzip.compress(b'{"customData":"{}"}', mtime=0))], moment), ()),
        "unknown_method": (_inside({"type": "make_sandwich"}, moment), (_bare(number, "make_sandwich", moment),)),
        "out_of_range": (_inside(absurd, moment), ()),
        "future_clock": (_inside(future, moment, "f", late), (said,)),
        "broken_text": (
            _text([_packed(b'{"customData":"{\\"type\\":\\"text\\",\\"desc\\":\\"\xff\xfe\xc3\\"}"}')], moment),
            (),
        ),
        "deep": (_text([_packed(b'{"customData":' + b"[" * 30_000)], moment) if odd else '{"t":4,"b":' * 9000, ()),
        "false_length": (_text([item[:-1] for item in items] or ["abcde"], moment), ()),  # base64 of no whole bytes
        "noise": (random.Random(f"noise:{moment.seed}:{moment.at_ms}").randbytes(700), carried[:0]),
    }
    if what == "bomb":
        return Frame(_text([_packed(gzip_bomb(b'{"customData":"'))], moment), (), what)
    payload, had = made[what]
    return Frame(payload, had, what)


def _bare(number: int, kind: str, moment: Moment) -> Carried:
    return Carried(number, kind, "odd", moment.wall_ms)


def _inside(custom: JSON, moment: Moment, own_id: str = "odd", at: int = 0) -> str:
    outer: JSON = {"command": 1, "customData": _json(custom), "msgId": own_id, "ts": at or moment.wall_ms}
    return _text([_packed(_json({**outer, "roomId": live_id(moment)}).encode())], moment)


def _packed(inside: bytes) -> str:
    return base64.b64encode(inside).decode()


def _json(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
