"""What Taobao's gateway answers (platforms.md, section 3): mtop as JSON or JSONP, comments, powermsg."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Sequence

from crawler.simroom.timeline import in_wan

from .base import JSON, Answer, Asked, Carried, Moment
from .events import Event, Figures, Person
from .taobao_message import broken_pull, wrapped

COMMENTS, POWERMSG = "mtop.taobao.iliad.comment.query.latest", "mtop.taobao.powermsg.h5.msg.pullnativemsg"
DETAIL, PLAY = "mtop.tblive.live.detail.query", "mtop.mediaplatform.live.livedetail"
COMMENT_LIMIT = 20
PAGESIZE = 200  # messages that one pull gives at most
AGAIN = 2  # of the comments that were told before, at most so many come once more
OK = "SUCCESS::调用成功"
CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,60}", re.ASCII)
# What a wall answers; the first one with the address of the page with the slider.
REFUSALS = {
    "captcha": ["FAIL_SYS_USER_VALIDATE", "RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试!"],
    "blocked": ["FAIL_SYS_TRAFFIC_LIMIT::哎哟喂,被挤爆啦,请稍后重试!"],
    "login": ["FAIL_SYS_SESSION_EXPIRED::Session过期"],
    "not_found": ["FAIL_BIZ_LIVE_NOT_EXIST::直播不存在"],
}


def path(api: str, version: str) -> str:
    """Where the gateway has an API."""
    return f"/h5/{api}/{version}/"


def answer(asked: Asked, body: JSON, carried: Sequence[Carried] = (), cursor: int | None = None) -> Answer:
    """The API's answer, in the callback that the query names (JSONP) or plain; a refusal while a wall stands."""
    state, ret = asked.moment.state, [OK]
    if state == "no_content":
        return Answer(b"", "application/json;charset=UTF-8")
    if state in REFUSALS:
        ret, carried, cursor = REFUSALS[state], (), None
        body = {"url": f"{asked.base}/h5/_____tmd_____/punish?x5step=1"} if state == "captcha" else {}
    _, _, api, version, _ = asked.path.split("/")
    whole = json.dumps({"api": api, "data": body, "ret": ret, "v": version}, ensure_ascii=False, separators=(",", ":"))
    callback = asked.query.get("callback", "")
    if CALLBACK.fullmatch(callback):
        script = f" {callback}({whole})".replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return Answer(script.encode(), "application/javascript;charset=UTF-8", carried=tuple(carried), cursor=cursor)
    return Answer(whole.encode(), "application/json;charset=UTF-8", carried=tuple(carried), cursor=cursor)


def parameters(asked: Asked) -> JSON:
    """The query's ``data``, a JSON object; empty when it is none."""
    try:
        told = json.loads(asked.query.get("data", ""))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def after(value: object) -> int:
    """The event number in a cursor that the page gives back; 0 when there is none in it."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def topic(moment: Moment) -> str:
    """The topic under which a broadcast's messages are."""
    dice = random.Random(f"topic:{moment.room.broadcast}:{moment.run}")
    return str(uuid.UUID(bytes=dice.randbytes(16), version=4))


def comments(asked: Asked) -> Answer:
    """The newest comments since the page's context. They have no ids and no time."""
    told = parameters(asked)
    context = after(told.get("paginationContext", ""))
    events = _events(asked, told, context)
    said = [event for event in events if event.kind == "chat" and event.who]
    before, new = [one for one in said if one.number <= context], [one for one in said if one.number > context]
    listed, carried = [], []
    for event in [*before[-AGAIN:], *new[AGAIN - COMMENT_LIMIT :]]:
        name, user = _person(event.who)
        listed.append({"publisherNick": name, "publisherId": user, "content": event.text})
        carried.append(Carried(event.number, asked.path, "", None, name, user, event.text))
    newest = max([context, *(event.number for event in events)])
    body: JSON = {"comments": listed, "delay": "6000", "paginationContext": str(newest)}
    return answer(asked, body, carried, newest)


def powermsg(asked: Asked) -> Answer:
    """Messages since an offset, each a protobuf wrapper around JSON in base64; the end of the broadcast at last."""
    told = parameters(asked)
    offset = after(told.get("offset", ""))
    if asked.moment.state in ("ended", "replay"):
        over = {
            "offset": str(offset + 1),
            "data": wrapped({"status": 3}, topic(asked.moment), offset + 1, asked.moment.wall_ms),
        }
        return answer(asked, {"timestampList": [over]})
    if asked.moment.state == "live" and (broken := broken_pull(asked)) is not None:
        return broken
    events = _events(asked, told, offset)
    size = min(PAGESIZE, after(told.get("pagesize", "")) or PAGESIZE)
    said = [(event, one) for event in events if (one := _message(event)) is not None][-size:]
    about, now = topic(asked.moment), asked.moment.wall_ms
    listed = [
        {"offset": str(event.number), "data": wrapped(body, about, event.number, now)} for event, (body, _) in said
    ]
    newest = max([offset, *(event.number for event in events)])
    return answer(asked, {"timestampList": listed}, [carried for _, (_, carried) in said], newest)


def _events(asked: Asked, told: JSON, number: int) -> Sequence[Event]:
    """What happened since an event; nothing in another topic than this broadcast's."""
    live = asked.moment.state == "live" and told.get("topic") == topic(asked.moment)
    return asked.since(number) if live else ()


def _message(event: Event) -> tuple[JSON, Carried] | None:
    """An event's JSON and what a decoder should find in it; None for what this site does not tell."""
    own_id, (name, user) = str(event.number), _person(event.who)
    if event.kind == "chat":
        body: JSON = {"subType": 10001, "nick": name, "userid": user, "content": event.text}
        return body, Carried(event.number, "10001", own_id, None, name, user, event.text)
    if event.kind == "gift":
        count = event.figure("count")
        figures: Figures = {"title": event.text, "count": count}
        body = {"subType": 10002, "nick": name, "userid": user, "giftName": event.text, "count": count}
        return body, Carried(event.number, "10002", own_id, None, name, user, figures=figures)
    if event.kind == "viewers":
        total = event.figure("total")
        body = {"viewCountFormat": in_wan(total), "pageViewCount": total * 3, "totalCount": total, "onlineCount": 0}
        figures = {"total": total, "total_shown": in_wan(total)}
        return body, Carried(event.number, "stats", own_id, None, figures=figures)
    if event.kind == "arrival":
        level = event.who.level % 6 if event.who else 0
        body = {"nick": name, "flowSourceText": "来自关注", "identify": {"fanLevel": str(level)}}
        return body, Carried(event.number, "enter", own_id, None, name, "")
    if event.kind == "like":
        likes = event.figure("total")
        return {"value": {"dig": likes}}, Carried(event.number, "dig", own_id, None, figures={"likes": likes})
    return None


def _person(who: Person | None) -> tuple[str, str]:
    return ("", "") if who is None else (who.name, who.id)
