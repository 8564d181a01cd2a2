"""Bilibili's commands as messages of the common model. What is not in the table is counted.

Sources: xfgryujk/blivedm, SocialSisterYi/bilibili-API-collect, sjh8130/bili_danmaku.
"""

from __future__ import annotations

from collections.abc import Callable

from crawler.platforms.base import RoomState
from crawler.platforms.bilibili.shopping import bubbles, cart_shown, explain_card, going_to_buy, hot_buy, recommended
from crawler.platforms.messages import Counts, Figure, Kind, Person
from crawler.platforms.objects import Members, is_masked
from crawler.platforms.said import Said, figures_of
from crawler.platforms.wire.json_text import parse
from crawler.platforms.wire.undecodable import Undecodable

_ROUND = 1  # of PREPARING: a recording runs on in a loop


def _chat(command: Members) -> Said:
    name, uid = command.text("info", 2, 1), command.ident("info", 2, 0)
    person = None if name is None and uid is None else Person(name, uid, masked=is_masked(name, uid))
    return Said(
        Kind.CHAT,
        id=_chat_id(command) or command.ident("msg_id"),
        sent_ms=command.time_ms("info", 0, 4),
        person=person,
        text=command.text("info", 1),
    )


def _chat_id(command: Members) -> str | None:
    """`id_str` in a JSON text that newer frames carry; the page has the same id on its line (data-id_str)."""
    extra = command.at("info", 0, 15, "extra")
    if not isinstance(extra, str):
        return None
    try:
        return Members(parse(extra)).ident("id_str")
    except Undecodable:
        return None


def _said(command: Members, kind: Kind, figures: tuple[Figure, ...] = (), text: str | None = None) -> Said:
    return Said(
        kind,
        id=command.ident("msg_id"),
        sent_ms=command.time_ms("send_time"),
        figures=figures,
        text=text,
    )


def watched(given: Members, name: str = "WATCHED_CHANGE.num") -> tuple[Figure, ...]:
    """WATCHED_CHANGE's numbers ("9.3万人看过"): those who have watched so far."""
    value, shown = given.whole("num"), given.short("text_large") or given.short("text_small")
    return () if value is None and shown is None else (Figure(Counts.CUMULATIVE, name, value, shown),)


def _watched(command: Members) -> Said:
    return _said(command, Kind.VIEWERS, watched(command.inside("data")))


def _online(command: Members) -> Said:
    given = command.inside("data")
    found = []
    for name, what in (("count", Counts.RAW), ("online_count", Counts.ONLINE)):
        value, shown = given.whole(name), given.short(f"{name}_text")
        if value is not None or shown is not None:
            found.append(Figure(what, f"ONLINE_RANK_COUNT.{name}", value, shown))
    return _said(command, Kind.VIEWERS, tuple(found))


def _counted(kind: Kind, method: str, name: str, what: Counts) -> Callable[[Members], Said]:
    def says(command: Members) -> Said:
        return _said(command, kind, figures_of(command.inside("data"), {name: what}, f"{method}."))

    return says


def _live(command: Members) -> Said:
    return Said(Kind.ROOM_STATE, state=RoomState.LIVE, more=command.more("live_key"))


def _preparing(command: Members) -> Said:
    turn = command.whole("round")
    if turn is None:
        turn = command.whole("data", "round")
    if turn == _ROUND:
        return Said(Kind.ROOM_STATE, site_kind="round 1", state=RoomState.REPLAY)
    return Said(Kind.ROOM_STATE, state=RoomState.ENDED)


def _cut_off(command: Members) -> Said:
    return Said(Kind.ROOM_STATE, site_kind="CUT_OFF", state=RoomState.ENDED, text=_words(command))


def _locked(command: Members) -> Said:
    """The platform locked the room. What becomes of the broadcast it does not say, so no state is claimed."""
    more = {**command.more("expire"), **command.inside("data").more("expire")}
    return Said(Kind.ROOM_STATE, site_kind="ROOM_LOCK", more=more)


def _notice(command: Members) -> Said:
    return _said(command, Kind.NOTICE, text=_words(command))


def _words(command: Members) -> str | None:
    return command.text("msg") or command.text("data", "msg") or command.text("data", "notice_msg")


def _other(*names: str) -> Callable[[Members], Said]:
    def says(command: Members) -> Said:
        return Said(Kind.OTHER, id=command.ident("msg_id"), more=command.inside("data").more(*names))

    return says


COMMANDS: dict[str, Callable[[Members], Said]] = {
    "DANMU_MSG": _chat,
    "WATCHED_CHANGE": _watched,
    "ONLINE_RANK_COUNT": _online,
    "LIKE_INFO_V3_UPDATE": _counted(Kind.LIKE, "LIKE_INFO_V3_UPDATE", "click_count", Counts.LIKES),
    "ROOM_REAL_TIME_MESSAGE_UPDATE": _counted(Kind.OTHER, "ROOM_REAL_TIME_MESSAGE_UPDATE", "fans", Counts.FANS),
    "LIVE": _live,
    "PREPARING": _preparing,
    "CUT_OFF": _cut_off,
    "ROOM_LOCK": _locked,
    "WARNING": _notice,
    "LOG_IN_NOTICE": _notice,  # from now on names are masked
    "ROOM_CHANGE": _other("title", "area_name", "parent_area_name"),
    "ROOM_SILENT_ON": _other("type", "level", "second"),
    "RECALL_DANMU_MSG": _other("target_id", "recall_type"),
    "ANCHOR_ECOMMERCE_STATUS": _other("status"),
    "GOTO_BUY_FLOW": going_to_buy,
    "HOT_BUY_NUM": hot_buy,
    "SHOPPING_CART_SHOW": cart_shown,
    "SHOPPING_EXPLAIN_CARD": explain_card,
    "RECOMMEND_CARD": recommended,
    "SHOPPING_BUBBLES_STYLE": bubbles,
}
