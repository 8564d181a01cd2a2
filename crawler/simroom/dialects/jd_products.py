"""JD's product messages (platforms.md, section 4): pop-up card V2, refreshed card, the end of an explanation."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .base import JSON, Moment
from .events import Event, Figures

POPUP, REFRESH, OVER = "anchor_new_popup_product", "jdlive_refresh_cart", "anchor_new_explain_product_over"
NOT_SET = -100  # what the site seems to write where it has nothing
LIMIT_MS = 259_200_000
Message = tuple[str, JSON, str, Figures]  # body.type, the body's other members, the text in it, the figures in it


def products(event: Event, moment: Moment) -> Iterator[Message]:
    """What the anchor does with products; none for other events."""
    if event.kind == "product_card":
        yield _popup(event, moment, event.figure("price_fen"), event.figure("original_fen"))
        yield _refresh(event)
    elif event.kind == "countdown":
        yield _popup(event, moment, event.figure("price_fen"), NOT_SET, event.figure("seconds"))
    elif event.kind == "sold_out":
        yield _popup(event, moment, NOT_SET, NOT_SET)
        yield OVER, {"data": {"skuId": sku(event)}}, "", {"product_id": sku(event)}


def sku(event: Event) -> str:
    """The product's number on this site: twelve digits."""
    return f"100{str(event.figures['product_id'])[-9:]}"


def _popup(event: Event, moment: Moment, price: int, original: int, seconds: int = 0) -> Message:
    """The card. ``seconds``: a promotion of that length; without one its window is not set. Price -100: sold out."""
    own, at, gone = sku(event), moment.wall_of(event), price == NOT_SET
    shown = str(NOT_SET) if gone else f"{price / 100:.2f}"
    starts, ends = (at, at + seconds * 1000) if seconds else (NOT_SET, NOT_SET)
    figures: Figures = {"product_id": own, "title": event.text, "sold_out": int(gone)}
    if not gone:
        figures["price_shown"] = shown
    if seconds:
        figures |= {"starts_ms": starts, "ends_ms": ends}
    card: JSON = {
        "skuId": own,
        "title": event.text,
        "price": shown,
        "displayTime": 30_000,
        "skuStatus": 2 if gone else 1,
        "explainStatus": 1,
        "topInfo": {"tagContent": f"{event.figure('index')}号"},
        "hotSaleInfo": {"hotSaleValue": NOT_SET, "timeStamp": at, "reverseTime": NOT_SET},
        "mtaInfo": {
            "base": {
                "SoldOut": int(gone),
                "promotion_starttime": starts,
                "promotion_endtime": ends,
                "couponStatus": NOT_SET,
            }
        },
    }
    usual = str(NOT_SET) if original == NOT_SET else f"{original / 100:.2f}"
    more = json.dumps({"jdPrice": usual, "shopId": "1000004123", "sku": own}, ensure_ascii=False)
    content: JSON = {"popupSkuCardV2": card, "popupCardVO": {"limitTime": LIMIT_MS}, "extData": more}
    return POPUP, {"bType": f"{POPUP}_V12010", "data": content}, "", figures


def _refresh(event: Event) -> Message:
    """The card in the bag; it names its product by title alone."""
    sold = f"已售{event.figure('sold') // 1000 * 1000}+"
    card: JSON = {
        "activity": {"content": sold},
        "skuStatus": 1,
        "title": event.text,
        "explainAsk": {"videoUrl": ""},
        "space5": {"benefitList": [{"benefitText": "满99减20"}]},
    }
    return REFRESH, {"data": {"skuCard": card}}, "", {"title": event.text, "sold_shown": sold}
