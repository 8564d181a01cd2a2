"""Product cards in JD's frames: recorded in few rooms only. "-100" stands for "not set"."""

from __future__ import annotations

import re

from crawler.platforms.messages import Counts, Figure, Kind, Product
from crawler.platforms.objects import Members, hundredths
from crawler.platforms.said import Said, figures_of
from crawler.platforms.wire.json_text import parse
from crawler.platforms.wire.undecodable import Undecodable

_SOLD = re.compile(r"已售|已抢|售出|销量")
_EPOCH_MS = 10**12  # September 2001: a promotion's time below it is in another unit, which nobody has explained


def popup(envelope: Members) -> Said:
    """`anchor_new_popup_product`: the card of one product came up."""
    body = envelope.inside("body")
    card = body.inside("data", "popupSkuCardV2")
    base = card.inside("mtaInfo", "base")
    ext = _ext(body)
    begins, ends = _promotion(base, "promotion_starttime"), _promotion(base, "promotion_endtime")
    price_text = card.short("price") or ext.short("jdPrice")
    price = hundredths(price_text, yuan=price_text == ext.at("jdPrice"))
    product = Product(
        id=card.ident("skuId") or base.ident("skuid") or ext.ident("sku"),
        title=card.text("title"),
        price=price,
        price_text=price_text,
        sold_out=base.yes("SoldOut"),
        begins_ms=begins,
        ends_ms=ends,
        shown=True,
    )
    figures = (
        *figures_of(card.inside("hotSaleInfo"), {"hotSaleValue": Counts.RAW}, "hotSaleInfo."),
        *figures_of(body.inside("data", "popupCardVO"), {"limitTime": Counts.RAW}, "popupCardVO."),
    )
    more = {
        **card.more("displayTime", "skuStatus", "explainStatus"),
        **_renamed(card, "topInfo", "tagContent"),
        **_renamed(card, "topSellingInfo", "tagContent"),
        **_renamed(card, "hotSaleInfo", "timeStamp"),
        **_renamed(card, "hotSaleInfo", "reverseTime"),
        **ext.more("jdPrice", "shopId"),
        **base.more("couponStatus", "SoldOut"),
    }
    for name, known in (("promotion_starttime", begins), ("promotion_endtime", ends)):
        if known is None and base.whole(name) is not None:
            more[name] = str(base.plain(name))
    return Said(
        Kind.PRODUCT, site_kind=envelope.short("body", "bType"), products=(product,), figures=figures, more=more
    )


def refreshed(envelope: Members) -> Said:
    """`jdlive_refresh_cart`: a card in the cart changed. Whether it is shown just now is not said."""
    body = envelope.inside("body", "data")
    card = body.inside("skuCard")
    activity = card.short("activity", "content")
    sold = activity if activity is not None and _SOLD.search(activity) else None
    price_text = card.short("priceContent", "price")
    product = Product(
        id=card.ident("skuId") or body.ident("skuId"),
        title=card.text("title"),
        price=hundredths(price_text),
        price_text=price_text,
        sold_text=sold,
    )
    more = {**card.more("skuStatus"), **_renamed(card, "explainAsk", "explainStatus")}
    if activity is not None and sold is None:
        more["activity.content"] = activity
    for place in range(min(len(card.items("space5", "benefitList")), 20)):
        benefit = card.plain("space5", "benefitList", place, "benefitText")
        if benefit is not None:
            more[f"space5.benefitList[{place}].benefitText"] = benefit
    figures = () if sold is None else (Figure(Counts.SOLD, "activity.content", shown=sold),)
    return Said(Kind.PRODUCT, products=(product,), figures=figures, more=more)


def explain_over(envelope: Members) -> Said:
    """`anchor_new_explain_product_over`: the anchor has done with a product. Where its id stands is not documented."""
    body = envelope.inside("body")
    found = body.ident("data", "skuId") or body.ident("data", "sku") or body.ident("skuId") or body.ident("sku")
    products = () if found is None else (Product(id=found),)
    return Said(Kind.PRODUCT, site_kind="explaining is over", products=products)


def _ext(body: Members) -> Members:
    """`extData`: JSON within a JSON text. When it is none, what stands in it is left out; the frame has it."""
    text = body.at("data", "extData")
    if not isinstance(text, str):
        return Members(text, body.notes)
    try:
        return Members(parse(text), body.notes)
    except Undecodable:
        body.notes.flag("extData is no JSON")
        return Members(None, body.notes)


def _promotion(base: Members, name: str) -> int | None:
    """A promotion's time; it may lie in the future, so only its unit is checked."""
    found = base.whole(name)
    return found if found is not None and found >= _EPOCH_MS else None


def _renamed(given: Members, outer: str, name: str) -> dict[str, int | str | bool]:
    found = given.plain(outer, name)
    return {} if found is None else {f"{outer}.{name}": found}
