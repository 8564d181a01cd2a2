"""Frames of JD's socket: a JSON object each, `{datetime, id, from, body{type, groupid, ...}, type}`.

Statistics come with their type in the envelope, everything else as `chat_group_message` with the type in `body`.
Source: frames and the page's scripts as wzgrx/pure_live recorded them in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crawler.platforms.addresses import members_of
from crawler.platforms.base import RoomState
from crawler.platforms.jd.cards import explain_over, popup, refreshed
from crawler.platforms.messages import Counts, Kind, Where
from crawler.platforms.objects import Members, Notes, fault
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece, Unknown
from crawler.platforms.said import Said, figures_of, person_of
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

GROUP_MESSAGE = "chat_group_message"
_VERSION = re.compile(r"_V[0-9]+$")  # "anchor_new_popup_product_V12010"
_STATISTICS = {
    "current_viewer": Counts.ONLINE,
    "total_viwer": Counts.CUMULATIVE,  # JD's spelling
    "pv": Counts.PAGE_VIEWS,
    "max_viewer": Counts.MOST_ONLINE,
    "message_num": Counts.MESSAGES,
    "thumbs_up_num": Counts.LIKES,
    "cart_num": Counts.CART,
}


def decode_frame(piece: Piece) -> Decoded:
    """What a frame says. Of another socket of the page: not ours."""
    own = "token" in members_of(piece.address.query)
    if piece.outgoing:
        return Decoded(ours=own)
    try:
        found = parsed(piece.payload)
    except Undecodable as error:
        ours = own or (piece.payload[:1] == b"{" and b'"groupid"' in piece.payload)
        return Decoded(faults=(fault(error, len(piece.payload)),)) if ours else NOT_OURS
    if not _is_envelope(found.value):
        return Decoded(unknown=(Unknown("", len(piece.payload)),)) if own else NOT_OURS
    notes = Notes(piece.received_ms)
    notes.flaws(found)
    envelope = Members(found.value, notes)
    method = method_of(envelope)
    says = _METHODS.get(method)
    if says is None:
        return Decoded(unknown=(Unknown(method[:80], len(piece.payload)),))
    said = replace(
        says(envelope),
        id=envelope.ident("id"),
        sent_ms=envelope.time_ms("datetime"),
        broadcast=envelope.ident("body", "groupid"),
    )
    return Decoded(messages=(said.placed(method, Where(0, len(piece.payload)), notes.flags),))


def method_of(envelope: Members) -> str:
    """The type of the body, else that of the envelope, without the version that some carry."""
    inner = envelope.at("body", "type") or envelope.at("body", "bType")
    outer = envelope.at("type")
    found = inner if isinstance(inner, str) else outer
    return _VERSION.sub("", found) if isinstance(found, str) else ""


def _is_envelope(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("body"), dict)
        and isinstance(value.get("type"), str)
        and ("groupid" in value["body"] or "datetime" in value)
    )


def _statistics(envelope: Members) -> Said:
    return Said(Kind.VIEWERS, figures=figures_of(envelope.inside("body"), _STATISTICS))


def _chat(envelope: Members) -> Said:
    body = envelope.inside("body")
    person = person_of(
        Members({"n": body.at("nickName"), "i": envelope.at("from", "pinmd5")}, envelope.notes), "n", "i"
    )
    # autoSend: "1" presumably marks a ready-made text; only "0" was seen.
    return Said(Kind.CHAT, person=person, text=body.text("content"), more=body.more("autoSend"))


def _notice(envelope: Members) -> Said:
    """The anchor or the platform speaks. Whom a reply answers is personal and stays in the frame."""
    return Said(Kind.NOTICE, text=envelope.text("body", "content"))


def _reply(envelope: Members) -> Said:
    more = envelope.inside("body").more("broadcast")  # false: the page shows it to that viewer alone
    return replace(_notice(envelope), site_kind="reply to a viewer", more=more)


def _arrival(envelope: Members) -> Said:
    body = envelope.inside("body")
    return Said(
        Kind.ARRIVAL,
        person=person_of(body, "nickName"),
        text=body.text("content"),
        figures=figures_of(body, {"joinUserNum": Counts.RAW}),
    )


def _like(envelope: Members) -> Said:
    return Said(Kind.LIKE, figures=figures_of(envelope.inside("body"), {"thumbs_up_num": Counts.LIKES}))


def _of_a_viewer(kind: Kind, site_kind: str | None = None) -> Callable[[Members], Said]:
    def says(envelope: Members) -> Said:
        body = envelope.inside("body")
        return Said(kind, site_kind=site_kind, person=person_of(body, "nickName"), text=body.text("content"))

    return says


def _purchase(site_kind: str) -> Callable[[Members], Said]:
    """JD's own word stays beside it: "正在购买" (is buying) is not "bought"."""
    return _of_a_viewer(Kind.PURCHASE, site_kind)


def _cart_number(envelope: Members) -> Said:
    return Said(Kind.PRODUCT_LIST, figures=figures_of(envelope.inside("body"), {"number": Counts.CART}))


def _state(state: RoomState) -> Callable[[Members], Said]:
    def says(envelope: Members) -> Said:
        return Said(Kind.ROOM_STATE, state=state, more=envelope.inside("body").more("close_mode"))

    return says


def _cleared(_: Members) -> Said:
    return Said(Kind.OTHER, site_kind="chat view cleared")


_METHODS: dict[str, Callable[[Members], Said]] = {
    "get_statistics_result": _statistics,
    "viewer_send_message": _chat,
    "anchor_send_message": _notice,
    "anchor_public_reply": _reply,
    "anchor_send_notice": _notice,
    "join_live_broadcast_summary": _arrival,
    "thumbs_up": _like,
    "pay_attention_to_anchor": _of_a_viewer(Kind.FOLLOW),
    "viewer_buy_product_summary": _purchase("viewer_buy_product_summary"),
    "viewer_add_product_to_cart": _purchase("viewer_add_product_to_cart"),
    "user_places_order": _purchase("user_places_order"),
    "viewer_get_coupon": _of_a_viewer(Kind.COUPON, "viewer_get_coupon"),
    "anchor_send_exclusive_coupon": _of_a_viewer(Kind.COUPON, "anchor_send_exclusive_coupon"),
    "new_anchor_cart_number": _cart_number,
    "anchor_new_popup_product": popup,
    "jdlive_refresh_cart": refreshed,
    "anchor_new_explain_product_over": explain_over,
    "suspend_live_broadcast": _state(RoomState.PAUSED),
    "resume_live_broadcast": _state(RoomState.LIVE),
    "stop_live_broadcast": _state(RoomState.ENDED),
    "clean_chat_view": _cleared,
}
