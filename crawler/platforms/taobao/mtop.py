"""Answers of Taobao's gateway: `/h5/{api}/{version}/`, JSON or JSONP, `{api, ret, data}`.

Sources: ztj7728/TaobaoLiveWebFetcher, Eikwang/DanmakuListener, ihmily/DouyinLiveRecorder; no recording was found.
"""

from __future__ import annotations

from collections.abc import Callable

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Kind, Message, Product, Where
from crawler.platforms.objects import MOST_NAME, Members, Notes, fault, hundredths, json_or_jsonp
from crawler.platforms.pieces import NOT_OURS, Decoded, Piece, Unknown
from crawler.platforms.said import Said, person_of
from crawler.platforms.spans import Span, span_of, spans_in
from crawler.platforms.taobao.powermsg import pushed
from crawler.platforms.wire.json_text import parsed
from crawler.platforms.wire.undecodable import Undecodable

COMMENTS = "mtop.taobao.iliad.comment.query.latest"
PUSHED = "mtop.taobao.powermsg.h5.msg.pullnativemsg"
DETAIL = "mtop.tblive.live.detail.query"
LIVE_DETAIL = "mtop.mediaplatform.live.livedetail"
ITEMS = "mtop.tblive.live.item.getvideodetailitemlistwithpagination"
SUCCESS = "SUCCESS"
_SLIDER_SIGNS = ("RGV587", "FAIL_SYS_USER_VALIDATE", "x5sec", "_____tmd_____/punish")
_SLIDER_BYTES = tuple(sign.encode() for sign in _SLIDER_SIGNS)
_PEEK = 8_192  # bytes in which a slider's answer names itself
_LIVE = "1"  # streamStatus
_MOST_ITEMS = 500


def decode_answer(piece: Piece) -> Decoded:
    """What an answer says; a slider in place of any answer is told as a captcha."""
    api = api_of(piece)
    reads = _READS.get(api)
    if reads is None and not (api and _names_slider(piece.payload)):
        return NOT_OURS
    try:
        found, begin = json_or_jsonp(piece.payload)
    except Undecodable as error:
        return Decoded(faults=(fault(error, len(piece.payload)),))
    notes = Notes(piece.received_ms)
    notes.flaws(found)
    answer = Members(found.value, notes)
    if _is_slider(answer):
        said = Said(Kind.ROOM_STATE, site_kind=_code(answer), state=RoomState.CAPTCHA)
        return Decoded(
            messages=(said.placed(piece.address.path[:MOST_NAME], Where(0, len(piece.payload)), notes.flags),)
        )
    if reads is None:
        return NOT_OURS
    if _code(answer) not in (None, SUCCESS):
        return Decoded(unknown=(Unknown(f"{api} {_code(answer)}"[:80], len(piece.payload)),))
    return reads(piece, answer.inside("data"), begin)


def api_of(piece: Piece) -> str:
    """The api of an address `/h5/{api}/{version}/`; "" for another."""
    steps = piece.address.path.strip("/").split("/")
    for place, step in enumerate(steps[:-1]):
        if step == "h5" and steps[place + 1].startswith("mtop."):
            return steps[place + 1].lower()
    return ""


def _names_slider(payload: bytes) -> bool:
    head = payload[:_PEEK]
    return any(sign in head for sign in _SLIDER_BYTES)


def _code(answer: Members) -> str | None:
    """The first of `ret`, "RGV587_ERROR::SM::...": its code alone. None when there is none."""
    first = answer.at("ret", 0)
    return first.partition("::")[0][:60] if isinstance(first, str) else None


def _is_slider(answer: Members) -> bool:
    told = [each for each in answer.items("ret")[:10] if isinstance(each, str)]
    url = answer.at("data", "url")
    if isinstance(url, str):
        told.append(url)
    return any(sign in each for each in told for sign in _SLIDER_SIGNS)


def _comments(piece: Piece, given: Members, begin: int) -> Decoded:
    messages: list[Message] = []
    spans = spans_in(piece.payload, ("data", "comments"), begin)
    for place, span in enumerate(spans):
        notes = Notes(piece.received_ms)
        if given.notes.flags:  # which of the comments it is that is odd
            notes.flaws(parsed(piece.payload[slice(*span)]))
        comment = Members(given.at("comments", place), notes)
        said = Said(
            Kind.CHAT,
            id=comment.ident("commentId"),
            person=person_of(comment, "publisherNick", "publisherId"),
            text=comment.text("content"),
        )
        if said.text is not None or said.person is not None:
            messages.append(said.placed(piece.address.path[:MOST_NAME], Where(*span), comment.notes.flags))
    return Decoded(messages=tuple(messages))


def _pushed(piece: Piece, given: Members, _: int) -> Decoded:
    return pushed(given, piece.received_ms)


def _detail(api: str) -> Callable[[Piece, Members, int], Decoded]:
    """A room's detail. Only streamStatus 1 is explained (live); what else it says claims no state."""

    def reads(piece: Piece, given: Members, begin: int) -> Decoded:
        status = given.ident("streamStatus")
        if status is None:
            known = given.at("topic") is not None
            return Decoded(unknown=() if known else (Unknown(api, len(piece.payload)),))
        said = Said(
            Kind.ROOM_STATE,
            site_kind=f"streamStatus {status}"[:80],
            state=RoomState.LIVE if status == _LIVE else None,
            broadcast=given.ident("liveId"),
        )
        where = Where(*_place(piece, ("data",), begin))
        return Decoded(messages=(said.placed(piece.address.path[:MOST_NAME], where, given.notes.flags),))

    return reads


def _items(piece: Piece, given: Members, begin: int) -> Decoded:
    """A list of products: whatever list of `data` has elements with `liveItemStatusData`."""
    for name, found in given.value.items() if isinstance(given.value, dict) else ():
        products = tuple(
            _product(Members(item, given.notes))
            for item in (found if isinstance(found, list) else [])[:_MOST_ITEMS]
            if isinstance(item, dict) and isinstance(item.get("liveItemStatusData"), dict)
        )
        if products:
            where = Where(*_place(piece, ("data", name), begin))
            said = Said(Kind.PRODUCT_LIST, products=products, more=given.more("totalNum"))
            return Decoded(messages=(said.placed(piece.address.path[:MOST_NAME], where, given.notes.flags),))
    return Decoded(unknown=(Unknown(ITEMS, len(piece.payload)),))


def _product(item: Members) -> Product:
    """`isSpeaking`: the anchor speaks of it now. That others do not says nothing about their cards."""
    price = item.short("itemPrice")
    return Product(
        id=item.ident("itemId"),
        title=item.text("itemName"),
        price=hundredths(price),
        price_text=price,
        shown=item.yes("liveItemStatusData", "isSpeaking") or None,
    )


def _place(piece: Piece, path: tuple[str | int, ...], begin: int) -> Span:
    return span_of(piece.payload, path, begin) or (0, len(piece.payload))


_READS: dict[str, Callable[[Piece, Members, int], Decoded]] = {
    COMMENTS: _comments,
    PUSHED: _pushed,
    DETAIL: _detail(DETAIL),
    LIVE_DETAIL: _detail(LIVE_DETAIL),
    ITEMS: _items,
}
