"""The closed lists that scenario files choose from."""

from __future__ import annotations

from typing import Literal

Transport = Literal["flv", "fmp4", "hls"]
ChatSocket = Literal["page", "worker"]
PageSlot = Literal["stock", "sold_percent", "countdown", "viewers"]

# How the room answers from the start: a state that its page shows, or a way in which its page can't be had.
Entry = Literal[
    "live",
    "not_started",
    "ended",
    "paused",
    "replay",  # a recording of a broadcast that is over
    "login",
    "captcha",
    "not_found",
    "blocked",  # the site refuses this visitor
    "no_content",  # an answer without anything in it
    "server_error",
    "never",
]

FaultKind = Literal[
    "chat_drop",  # the server closes every chat socket and refuses new ones
    "chat_silent",  # sockets stay open, no frame comes
    "video_stall",  # the server stops sending media; the picture freezes when the buffer is empty
    "black_video",  # the encoded picture is black, sound goes on
    "resolution_change",  # the server switches to a smaller rendition and back
    "continue_mask",  # 继续观看? over the paused video, until clicked or over
    "popup_cover",  # a pop-up covers the counters
    "freeze",  # a busy loop in the page
    "navigate",  # the page loads itself again
    "crash",  # the harness crashes the page (CDP Page.crash); the room measures how long nobody was there
    "host_pauses",  # state "paused", 主播暂时离开
    "room_ends",  # state "ended", 直播已结束
    "login_wall",  # state "login"
    "captcha",  # state "captcha"
    "not_found",  # state "not_found"; 404 from then on
    "blocked",  # state "blocked": the site refuses this visitor from then on
    "no_content",  # state "no_content": answers come, with nothing in them
    "room_starts",  # a room that was not live from the start is live from then on
    "new_broadcast",  # ended for so long, then the same room is live with another broadcast
    "other_room",  # the tab goes to another shop's room
]

CLAIM_KINDS = ("stock_left", "stock_pct_sold", "sold_count", "sold_out", "restock", "deadline", "viewers")
