"""Douyin: product, list, coupon and purchase messages on the push socket (facts 1.3; pure).

The facts are partly contradictory and the enumerations unexplained: `msg_type` stays "type 2", and a purchase is
claimed only where the site's own `content_type` names one. Units that nobody gives (prices in `update_sku_info`,
`countdown`) stay raw figures under the site's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crawler.platforms.doubts import epoch_ms
from crawler.platforms.messages import Counts, Figure, Kind, Message, Product
from crawler.platforms.webcast import Reader
from crawler.platforms.webcast_said import Said
from crawler.platforms.wire.message import Message as Fields

MOST_PRODUCTS = 1000  # of one message; a room's list has some hundreds
# Members of LiveShoppingMessage whose inside nobody has described: that they are there is said.
_ONLY_NAMED = {
    8: "ecom_notice",
    19: "commentary_video",
    21: "commerce_authority_change_toast",
    23: "auction_success",
    24: "auction_info",
    25: "redpack",
    26: "updated_cart_info",
    27: "lottery 27",
    28: "lottery 28",
    29: "lottery 29",
    36: "interaction_data",
}


def _either(said: Said, number: int, of: Fields, name: str) -> tuple[Figure, ...]:
    """A raw figure whose type the facts leave open: a number, or a text."""
    place = of.range(number)
    if place is None:
        return ()
    value = said.count(number, of)
    text = None if of.uint(number) is not None else said.text(number, of)
    if value is None and text is None:
        return ()
    return (Figure(Counts.RAW, f"{said.name}.{name}", value, text),)


def _ids(said: Said, number: int) -> list[str]:
    """Ids of a repeated field: numbers, texts of digits, or packed numbers. No packed id of 19 digits is ASCII."""
    found: list[str] = []
    for each in said.body.unknown(said.body.numbers() - {number})[:MOST_PRODUCTS]:
        if isinstance(each.value, int):
            found.append(str(each.value))
        elif bytes(each.value).isdigit():
            found.append(bytes(each.value).decode("ascii"))
        else:
            return [str(one) for one in said.body.ints(number)[:MOST_PRODUCTS] if one > 0]
    return found


def _shopping(said: Said) -> Message:
    body = said.body
    figures: list[Figure] = []
    more: dict[str, int | str | bool | None] = {
        "bubble_type": said.count(5),
        "update_type": said.count(10),
        "update_timestamp": said.count(15),
        "sold_out": said.flag(12),
        "can_sold": said.flag(32),
    }
    figures += said.figure(Counts.RAW, 17, "promotions_num")
    product = Product(id=said.name_of(3))
    shown = body.message(11)
    if shown is not None:
        product = replace(product, title=said.text(2, shown), price_text=said.text(1, shown))
        more["updated_product_info.status"] = said.name_of(4, shown)
        if product.price_text is None:
            figures += _either(said, 1, shown, "updated_product_info.price")
    product = _coupon_and_campaign(said, product, figures, more)
    _group_and_heat(said, figures)
    for number, name in _ONLY_NAMED.items():
        if number in body:
            more[f"has {name}"] = True
    ids = [each for each in _ids(said, 9) if each != product.id]
    if product == Product() and len(ids) == 1:
        product, ids = Product(id=ids[0]), []
    if not ids:
        product = replace(product, sold_out=said.flag(12))
    products = ((product,) if product != Product() else ()) + tuple(Product(id=each) for each in ids)
    return said.message(
        Kind.PRODUCT,
        site_kind=said.kind_of(2),
        text=said.text(31),
        figures=tuple(figures),
        products=products,
        more=more,
    )


def _coupon_and_campaign(
    said: Said, product: Product, figures: list[Figure], more: dict[str, int | str | bool | None]
) -> Product:
    coupon, campaign, sku = said.body.message(13), said.body.message(14), said.body.message(18)
    if coupon is not None:
        more["updated_coupon_info.tag"] = said.text(1, coupon)
        more["updated_coupon_info.is_valid"] = said.flag(4, coupon)
        more["updated_coupon_info.coupon_meta_id"] = said.name_of(5, coupon)
    if campaign is not None:
        more["updated_campaign_info.is_valid"] = said.flag(1, campaign)
        more["updated_campaign_info.campaign_id"] = said.name_of(11, campaign)
        more["updated_campaign_info.label"] = said.text(2, campaign)
        product = replace(
            product, begins_ms=epoch_ms(said.count(5, campaign)), ends_ms=epoch_ms(said.count(6, campaign))
        )
        figures += _either(said, 3, campaign, "updated_campaign_info.price")
        figures += said.figure(Counts.RAW, 9, "updated_campaign_info.user_limit", of=campaign)
    if sku is not None:
        for number, name in ((2, "min_price"), (3, "max_price"), (5, "coupon_price")):
            figures += _either(said, number, sku, f"update_sku_info.{name}")
    return product


def _group_and_heat(said: Said, figures: list[Figure]) -> None:
    group, heat = said.body.message(20), said.body.message(30)
    if group is not None:
        for number, name in ((2, "joined"), (3, "group_size"), (4, "persent")):
            figures += _either(said, number, group, f"group_info.{name}")
    if heat is not None:
        sold = _either(said, 2, heat, "hot_atmosphere.sale_num")
        figures += [replace(each, what=Counts.SOLD) for each in sold]
        figures += _either(said, 4, heat, "hot_atmosphere.num")


def _general(said: Said) -> Message:
    """LiveEcomGeneralMessage: `content_type` names what it is; only "LivePopMessage" is a purchase."""
    content = said.text(2)
    more: dict[str, int | str | bool | None] = {"content_format": said.name_of(3), "logic_clock": said.count(4)}
    raw, place = said.body.bytes(6), said.body.range(6)
    kind = Kind.OTHER
    products: tuple[Product, ...] = ()
    if raw is not None and place is not None:
        more["data.size"] = len(raw)
    if content == "ProductRefreshMessage":
        kind = Kind.PRODUCT_LIST
    elif content == "LivePopMessage":
        kind = Kind.PURCHASE
        inside = said.body.message(6)
        if inside is not None:
            sold = said.name_of(2, inside) or said.name_of(1, inside)
            products = () if sold is None else (Product(id=sold),)
            more["shopping promotion id"] = said.name_of(1, inside)
            more["unix_time"] = said.count(3, inside)
    return said.message(kind, site_kind=content, products=products, more=more)


def _ecom(said: Said) -> Message:
    """LiveEcomMessage: a coupon where it carries one."""
    coupon = said.body.message(13)
    figures = (
        *said.figure(Counts.BUYING, 4, "purchase_cnt"),
        *said.figure(Counts.RAW, 9, "countdown"),
        *(() if coupon is None else said.figure(Counts.COUPONS_LEFT, 24, "coupon_meta.left_amount", of=coupon)),
        *(() if coupon is None else said.figure(Counts.COUPONS_TOTAL, 29, "coupon_meta.total_amount", of=coupon)),
    )
    name = said.text(3)
    return said.message(
        Kind.OTHER if coupon is None else Kind.COUPON,
        site_kind=said.kind_of(2),
        person=None if name is None else said.named(name),
        text=said.text(5),
        figures=figures,
        more={
            "meta_id": said.name_of(14) or said.name_of(7),
            "server_time": said.count(8),
            "coupon_type": said.count(11),
        },
    )


def _list_changed(said: Said) -> Message:
    """ProductChangeMessage. `index` is a product's place in the list, as the site counts it."""
    changed = said.body.messages(4)[:MOST_PRODUCTS]
    products = tuple(Product(id=said.name_of(1, each), number=said.count(2, each)) for each in changed)
    return said.message(
        Kind.PRODUCT_LIST,
        text=said.text(3),
        figures=said.figure(Counts.CART, 5, "total"),
        products=products,
        more={"update_timestamp": said.count(2), "categories": len(said.body.messages(8)) or None},
    )


def _explain(said: Said) -> Message:
    extra = said.body.message(2)
    if extra is None:
        return said.message(Kind.PRODUCT)
    product = said.name_of(1, extra)
    return said.message(
        Kind.PRODUCT,
        products=() if product is None else (Product(id=product),),
        more={"extra.active": said.flag(2, extra)},
    )


def _intention(said: Said) -> Message:
    """EcomBuyIntentionMessage: numbers under titles of the site; an intention is no purchase, so they are raw."""
    figures: list[Figure] = []
    products: list[Product] = []
    for each in said.body.messages(2)[:MOST_PRODUCTS]:
        figures += said.figure(Counts.RAW, 3, "counts.count", of=each)
        products.append(Product(id=said.name_of(1, each), title=said.text(2, each)))
    return said.message(
        Kind.OTHER,
        figures=tuple(figures),
        products=tuple(products),
        sent_ms=said.created_ms() or epoch_ms(said.count(3)),
    )


def _atmosphere(said: Said) -> Message:
    figures = tuple(replace(each, what=Counts.SOLD) for each in _either(said, 5, said.body, "sale_num"))
    return said.message(Kind.PRODUCT, figures=figures)


def _shelf(said: Said) -> Message:
    inside = said.body.bytes(2)
    return said.message(Kind.OTHER, more={"data.size": None if inside is None else len(inside)})


READERS: Mapping[str, Reader] = {
    "WebcastLiveShoppingMessage": _shopping,
    "WebcastLiveEcomGeneralMessage": _general,
    "WebcastLiveEcomMessage": _ecom,
    "WebcastProductChangeMessage": _list_changed,
    "WebcastAwemeShopExplainMessage": _explain,
    "WebcastEcomBuyIntentionMessage": _intention,
    "WebcastShelfTradeDataMessage": _shelf,
    "WebcastShelfCardAtmosphereMessage": _atmosphere,
}
