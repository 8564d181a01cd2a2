"""JD's socket (platforms.md, section 4): one JSON object a text frame, each with an envelope around its body."""

from __future__ import annotations

import gzip
import json
import random
import uuid
from collections.abc import Iterator, Sequence

from crawler.simroom.sockets import Payload

from .base import JSON, Carried, Frame, Moment
from .bombs import gzip_bomb
from .events import Event, Figures, counts
from .jd_products import Message, products

CHAT, STATISTICS = "chat_group_message", "get_statistics_result"
TICK_MS = 310
STATISTICS_TICKS = 11  # about each 3.4 s
STATES = {"paused": "suspend_live_broadcast", "live": "resume_live_broadcast", "ended": "stop_live_broadcast"}


def live_id(moment: Moment) -> str:
    """The eight digits of the broadcast, which are its group on the socket too."""
    known = moment.room.id
    return str(int(known) + moment.run) if known.isdigit() else f"{known}{moment.run or ''}"


def pin_md5(user_id: str) -> str:
    """The digest by which the wire names a person."""
    return random.Random(f"pin:{user_id}").randbytes(16).hex()


def frames(batch: Sequence[Event], moment: Moment) -> list[Frame]:
    """A frame a message; statistics last, when their time has come."""
    out = [frame for event in batch for frame in told(event, moment)]
    fresh = [event for event in batch if counted(event) and 0 <= moment.at_ms - event.at_ms <= TICK_MS + 1]
    if fresh:
        out.append(_statistics(max(fresh, key=lambda event: event.number), moment))
    return out


def counted(event: Event) -> bool:
    """Whether the statistics are told in the tick in which this happened."""
    return event.kind != "state" and event.at_ms // TICK_MS % STATISTICS_TICKS == STATISTICS_TICKS - 1


def told(event: Event, moment: Moment) -> list[Frame]:
    """The frames that an event becomes; none for what this site does not tell."""
    messages = _of_a_viewer(event) if event.who else _of_the_anchor(event, moment)
    return [_frame(event, moment, message) for message in messages]


def _of_a_viewer(event: Event) -> Iterator[Message]:
    name = event.who.name if event.who else ""
    if event.kind == "chat":
        yield "viewer_send_message", {"nickName": name, "content": event.text, **_standing(event)}, event.text, {}
        if event.number % 13 == 0 and event.who:  # the site answers some viewers by itself
            words = f"@{name} 亲，点击下方购物袋就能看到哦"
            about = {"rePin": pin_md5(event.who.id), "reNickName": name, "reContent": event.text, "broadcast": False}
            yield "anchor_public_reply", {**about, "content": words}, words, {}
    elif event.kind == "arrival":
        words = f"{name}来了"
        yield "join_live_broadcast_summary", {"nickName": name, "joinUserNum": 1, "content": words}, words, {}
    elif event.kind == "like":
        total = event.figure("total")
        yield "thumbs_up", {"thumbs_up_num": str(total)}, "", {"total": total}
    elif event.kind == "follow":
        yield "pay_attention_to_anchor", {"nickName": name}, "", {}
    elif event.kind == "purchase":
        yield from _purchase(event, name)


def _of_the_anchor(event: Event, moment: Moment) -> Iterator[Message]:
    if event.kind == "notice":
        kind = "anchor_send_notice" if event.number // 100 % 2 else "anchor_send_message"
        yield kind, {"content": event.text, "needAck": False}, event.text, {}
    elif event.kind == "product_list":
        count = event.figure("count")
        yield "new_anchor_cart_number", {"number": str(count)}, "", {"count": count}
    elif event.kind == "coupon":
        # What is in it is in no fact: only its kind is claimed.
        coupon = {"couponId": event.figures["coupon_id"], "content": event.text}
        yield "anchor_send_exclusive_coupon", coupon, "", {}
    elif event.kind == "state" and event.text in STATES:
        yield STATES[event.text], {"close_mode": "1"} if event.text == "ended" else {}, "", {}
    else:
        yield from products(event, moment)


def _purchase(event: Event, name: str) -> Iterator[Message]:
    index = event.figure("index")
    if event.figures["stage"] == "going" and event.number % 3:
        words = f"{name}正在购买{index}号商品"
        yield "viewer_buy_product_summary", {"nickName": name, "content": words}, words, {}
    elif event.figures["stage"] == "going":
        yield "viewer_add_product_to_cart", {"nickName": name}, "", {}
    else:
        if event.number % 4 == 0:
            yield "viewer_get_coupon", {"nickName": name}, "", {}
        yield "user_places_order", {"nickName": name}, "", {}


def _standing(event: Event) -> JSON:
    """What a chat message says of its author. ``autoSend`` "1" stands on each seventeenth."""
    level = event.who.level if event.who else 0
    return {
        "plus": level % 2 == 1,
        "userMemberLevel": level % 6,
        "loveLevel": level // 5,
        "autoSend": "1" if event.number % 17 == 0 else "0",
        "shopMember": "0",
        "extraTag": "",
    }


def _frame(event: Event, moment: Moment, message: Message) -> Frame:
    kind, members, text, figures = message
    who = event.who if "nickName" in members else None
    at, own_id = moment.wall_of(event), _id(event.number, kind, moment)
    name, pin = ("", "") if who is None else (who.name, pin_md5(who.id))
    sender: JSON = {"app": "jd.live", "pinmd5": pin or pin_md5("anchor"), "secretPin": ""}
    if who is not None:
        sender |= {"secretPin": f"sim{who.id}==", "clientType": "android" if who.level % 2 else "apple"}
    body = {"type": kind, "groupid": live_id(moment), **members}
    carried = Carried(event.number, kind, own_id, at, name, pin, text, figures)
    return Frame(_text(CHAT, own_id, at, sender, body), (carried,))


def _statistics(event: Event, moment: Moment) -> Frame:
    """All numbers are strings, and one member's name is misspelt, as on the site."""
    now = counts(moment.seed, event.number)
    online, total, likes = (int(now[name]) for name in ("online", "total", "likes"))
    number = event.number
    body = {
        "type": STATISTICS,
        "groupid": live_id(moment),
        "current_viewer": str(online),
        "total_viwer": str(total),
        "pv": str(total + 4 * number),
        "max_viewer": str(4000),
        "message_num": str(number * 6 // 10),
        "thumbs_up_num": str(likes),
        "cart_num": str(190 + number // 100),
    }
    own_id = _id(number, STATISTICS, moment)
    figures: Figures = {"online": online, "total": total, "likes": likes}
    carried = Carried(number, STATISTICS, own_id, moment.wall_of(event), figures=figures)
    return Frame(_text(STATISTICS, own_id, moment.wall_of(event), {"app": "jd.live"}, body), (carried,))


def _text(kind: str, own_id: str, at: int, sender: JSON, body: JSON) -> str:
    whole: JSON = {"datetime": at, "id": own_id, "from": sender, "body": body, "type": kind, "msgSource": "jd.live"}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _id(number: int, kind: str, moment: Moment) -> str:
    return str(
        uuid.UUID(bytes=random.Random(f"jd:{moment.seed}:{moment.run}:{number}:{kind}").randbytes(16), version=4)
    )


def hostile(what: str, batch: Sequence[Event], moment: Moment) -> Frame | None:
    """A frame as nobody should send it; this wire packs nothing and counts nothing, but a frame may be binary."""
    number = batch[0].number if batch else 0
    good = next((frame.payload for event in batch for frame in told(event, moment)), "{}")
    whole = good if isinstance(good, str) else good.decode()
    late = 4_000_000_000_000
    sender: JSON = {"app": "jd.live", "pinmd5": "0" * 32, "secretPin": ""}
    group = {"groupid": live_id(moment), "nickName": "z"}
    words = "from the future"
    future = _text(CHAT, "future", late, sender, {"type": "viewer_send_message", **group, "content": words})
    said = Carried(number, "viewer_send_message", "future", late, "z", "0" * 32, words)
    strange = _text(CHAT, "odd", moment.wall_ms, sender, {"type": "make_sandwich", **group})
    unknown = Carried(number, "make_sandwich", "odd", moment.wall_ms, "z", "0" * 32)
    absurd = {"current_viewer": "-1", "total_viwer": "9" * 40, "pv": 2**70, "thumbs_up_num": None, "cart_num": "1e999"}
    made: dict[str, tuple[Payload, tuple[Carried, ...]]] = {
        "cut_short": (whole[: len(whole) * 2 // 3], ()),
        "wrong_compression_flag": (gzip.compress(whole.encode(), 6, mtime=0), ()),
        "bomb": (gzip_bomb(b'{"type":"'), ()),
        "unknown_method": (strange, (unknown,)),
        "out_of_range": (_text(STATISTICS, "far", moment.wall_ms, sender, {"type": STATISTICS, **absurd}), ()),
        "future_clock": (future, (said,)),
        "broken_text": (whole.encode()[:40] + b"\xff\xfe\xc3\x28" + whole.encode()[40:], ()),
        "deep": ('{"type":"chat_group_message","body":' + "[" * 30_000, ()),
        "noise": (random.Random(f"noise:{moment.seed}:{moment.at_ms}").randbytes(700), ()),
    }
    if what not in made:
        return None
    payload, had = made[what]
    return Frame(payload, had, what)
