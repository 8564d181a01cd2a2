"""Bilibili's commands about products. Prices are yuan as texts: "5599" stood for a computer."""

from __future__ import annotations

from crawler.platforms.messages import Counts, Figure, Kind, Product
from crawler.platforms.objects import Members, hundredths
from crawler.platforms.said import Said, figures_of

_MOST_SHOWN = 100  # products of one message


def going_to_buy(command: Members) -> Said:
    """GOTO_BUY_FLOW: "x**正在去买" (is going to buy): no purchase has been made. Its name is part of the text."""
    text = command.text("data", "text")
    return Said(Kind.PURCHASE, site_kind="GOTO_BUY_FLOW", id=command.ident("msg_id"), text=text)


def hot_buy(command: Members) -> Said:
    """HOT_BUY_NUM: how many are buying or have bought a product."""
    given = command.inside("data")
    found = given.ident("goods_id")
    return Said(
        Kind.PRODUCT,
        site_kind="HOT_BUY_NUM",
        id=command.ident("msg_id"),
        products=() if found is None else (Product(id=found),),
        figures=figures_of(given, {"num": Counts.BUYING}, "HOT_BUY_NUM."),
    )


def cart_shown(command: Members) -> Said:
    """SHOPPING_CART_SHOW: the cart's button. What its status means is not documented."""
    return Said(
        Kind.PRODUCT_LIST,
        site_kind="SHOPPING_CART_SHOW",
        id=command.ident("msg_id"),
        more=command.inside("data").more("status"),
    )


def explain_card(command: Members) -> Said:
    """SHOPPING_EXPLAIN_CARD: the product that is spoken of."""
    given = command.inside("data")
    return Said(
        Kind.PRODUCT,
        site_kind="SHOPPING_EXPLAIN_CARD",
        id=command.ident("msg_id"),
        products=(_product(given),),
        more=given.more("sale_status", "status", "coupon_name"),
    )


def recommended(command: Members) -> Said:
    """RECOMMEND_CARD: cards with their hot-buy numbers; figure n names product n by its place."""
    products: list[Product] = []
    figures: list[Figure] = []
    more: dict[str, int | str | bool] = {}
    for place in range(min(len(command.items("data", "recommend_list")), _MOST_SHOWN)):
        card = command.inside("data", "recommend_list", place, "shopping_card_detail")
        prefix = f"RECOMMEND_CARD.recommend_list[{place}].shopping_card_detail."
        products.append(_product(card))
        figures += figures_of(card, {"hot_buy_num": Counts.BUYING}, prefix)
        more |= {f"{prefix}{name}": value for name, value in card.more("sale_status").items()}
    return Said(
        Kind.PRODUCT,
        site_kind="RECOMMEND_CARD",
        id=command.ident("msg_id"),
        products=tuple(products),
        figures=tuple(figures),
        more=more,
    )


def bubbles(command: Members) -> Said:
    """SHOPPING_BUBBLES_STYLE: words over the cart's button ("快抢啊") and how many products lie in it."""
    given = command.inside("data")
    more: dict[str, int | str | bool] = {}
    count = len(given.items("bubbles_list"))
    for place in range(min(count, _MOST_SHOWN)):
        for name, value in given.more("tag", "name", within=("bubbles_list", place)).items():
            more[f"bubbles_list[{place}].{name}"] = value
    return Said(
        Kind.PRODUCT_LIST,
        site_kind="SHOPPING_BUBBLES_STYLE",
        id=command.ident("msg_id"),
        text=given.text("bubbles_list", 0, "name") if count == 1 else None,
        figures=figures_of(given, {"goods_count": Counts.CART}, "SHOPPING_BUBBLES_STYLE."),
        more=more,
    )


def _product(card: Members) -> Product:
    price, most = card.ident("goods_price"), card.ident("goods_max_price")
    return Product(
        id=card.ident("goods_id"),
        title=card.text("goods_name"),
        price=hundredths(price, yuan=True),
        price_text=price,
        price_most=hundredths(most, yuan=True),
    )
