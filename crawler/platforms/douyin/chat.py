"""Douyin: chat, people and counters on the push socket (facts 1.3; pure)."""

from __future__ import annotations

from collections.abc import Mapping

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Counts, Figure, Kind, Message
from crawler.platforms.webcast import Reader
from crawler.platforms.webcast_said import Said, arrival, like, social

_CONTROL = {3: "ended"}
_FAN_CLUB = {1: "upgrade", 2: "join", 6: "silent"}
DISPLAY = {1: Counts.ONLINE, 3: Counts.CUMULATIVE}  # what a `display_value` counts, by `display_type`


def _chat(said: Said) -> Message:
    return said.message(
        Kind.CHAT,
        sent_ms=said.seconds_ms(15),
        person=said.person(2),
        text=said.text(3),
        more={"chat_by": said.name_of(20)},
    )


def _emoji_chat(said: Said) -> Message:
    return said.message(Kind.CHAT, person=said.person(2), text=said.text(5), more={"emoji_id": said.name_of(3)})


def _gift(said: Said) -> Message:
    gift = said.body.message(15)
    more: dict[str, int | str | bool | None] = {
        "gift_id": said.name_of(2),
        "group_count": said.count(4),
        "repeat_count": said.count(5),
        "combo_count": said.count(6),
        "repeat_end": said.count(9),
        "group_id": said.name_of(11),
        "total_count": said.count(29),
        "send_time": said.count(33),
    }
    if gift is not None:
        more |= {
            "gift.type": said.count(11, gift),
            "gift.diamond_count": said.count(12, gift),
            "gift.name": said.text(16, gift),
        }
    return said.message(Kind.GIFT, person=said.person(7), more=more)


def _fan_club(said: Said) -> Message:
    return said.message(Kind.FAN_CLUB, site_kind=said.kind_of(2, _FAN_CLUB), person=said.person(4), text=said.text(3))


def _viewers(said: Said) -> Message:
    """RoomUserSeqMessage: exact numbers even where the page shows "10万+". [checked] 1986 online, 131861 in all."""
    figures = (
        *said.figure(Counts.ONLINE, 3, "total", shown=9),
        *said.figure(Counts.CUMULATIVE, 7, "total_user", shown=8),
        *said.figure(Counts.POPULARITY, 6, "popularity"),
        *said.shown(Counts.RAW, 4, "pop_str"),
        *said.shown(Counts.RAW, 10, "online_user_for_anchor"),
        *said.shown(Counts.RAW, 11, "total_pv_for_anchor"),
        *said.shown(Counts.RAW, 12, "up_right_stats_str"),
    )
    return said.message(Kind.VIEWERS, figures=figures)


def _stats(said: Said) -> Message:
    """RoomStatsMessage: one number; `display_type` says which (1 online, 3 cumulative), others leave it raw."""
    display_type = said.count(10)
    value = said.count(5)
    shown = said.text(4) or said.text(3) or said.text(2)
    figures: tuple[Figure, ...] = said.figure(Counts.RAW, 9, "total")
    if value is not None or shown is not None:
        what = DISPLAY.get(display_type or 0, Counts.RAW)
        figures = (Figure(what, f"{said.name}.display_value", value, shown), *figures)
    return said.message(
        Kind.VIEWERS,
        site_kind=None if display_type is None else f"display type {display_type}",
        figures=figures,
        more={"incremental": said.flag(7), "is_hidden": said.flag(8)},
    )


def _control(said: Said) -> Message:
    """ControlMessage: 3 ends the broadcast. No other value is explained, so no other one is a state."""
    ended = said.body.uint(2) == 3
    return said.message(
        Kind.ROOM_STATE,
        site_kind=said.kind_of(2, _CONTROL),
        text=said.text(3),
        state=RoomState.ENDED if ended else None,
    )


def _notice(said: Said) -> Message:
    return said.message(Kind.NOTICE, text=said.text(2), more={"biz_scene": said.name_of(20)})


READERS: Mapping[str, Reader] = {
    "WebcastChatMessage": _chat,
    "WebcastEmojiChatMessage": _emoji_chat,
    "WebcastMemberMessage": arrival,
    "WebcastLikeMessage": like,
    "WebcastSocialMessage": social,
    "WebcastGiftMessage": _gift,
    "WebcastRoomUserSeqMessage": _viewers,
    "WebcastRoomStatsMessage": _stats,
    "WebcastControlMessage": _control,
    "WebcastFansclubMessage": _fan_club,
    "WebcastRoomMessage": _notice,
}
