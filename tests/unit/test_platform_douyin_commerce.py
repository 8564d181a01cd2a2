"""Douyin's product messages: numbers as sent, unexplained ones without a label, a purchase where the site says it."""

from __future__ import annotations

from crawler.platforms.douyin import Douyin
from crawler.platforms.messages import Counts, Figure, Kind, Message, Product
from crawler.platforms.pieces import Piece
from tests.harness.site_messages import pushed, said, webcast

SOCKET = "wss://webcast100-ws-web-hl.douyin.com/webcast/im/push/v2/"
ID, OTHER = 3700000000000000001, 3700000000000000002


def only(message: dict[str, object]) -> Message:
    found = Douyin().decode(Piece("frame", SOCKET, pushed(message), received_ms=1_790_000_000_000))
    assert not found.faults
    assert not found.unknown
    [one] = found.messages
    return one


def test_a_product_that_sold_out() -> None:
    """As in the sample of 2024: message type 7, update type 1, one product id."""
    message = only(said("LiveShoppingMessage", msg_type=7, update_type=1, sold_out=True, updated_product_ids=[ID]))
    assert (message.kind, message.site_kind) == (Kind.PRODUCT, "type 7")
    assert message.products == (Product(id=str(ID), sold_out=True),)
    assert message.more["update_type"] == 1
    assert message.more["sold_out"] is True


def test_the_product_stands_in_field_3_and_field_4_is_somebody() -> None:
    message = only(said("LiveShoppingMessage", msg_type=2, promotion_id=ID, target_uid=99))
    assert message.kind is Kind.PRODUCT
    assert message.site_kind == "type 2"
    assert message.products == (Product(id=str(ID)),)


def test_a_card_with_its_campaign() -> None:
    message = only(
        said(
            "LiveShoppingMessage",
            promotion_id=ID,
            updated_product_info={"price": "39.9", "title": "纯棉短袖", "status": 1},
            updated_campaign_info={"start_time": 1790000000, "end_time": 1790000600, "price": 2990, "user_limit": 2},
            update_sku_info={"min_price": 2990, "max_price": 5990},
            group_info={"joined": 40, "group_size": 100},
            hot_atmosphere={"sale_num": 12345},
            redpack={},
            updated_product_ids=[ID],
        )
    )
    [card] = message.products
    assert (card.title, card.price_text, card.price) == ("纯棉短袖", "39.9", None)
    assert (card.begins_ms, card.ends_ms) == (1_790_000_000_000, 1_790_000_600_000)
    raw = {each.name: each.value for each in message.figures if each.what is Counts.RAW}
    assert raw["LiveShoppingMessage.update_sku_info.min_price"] == 2990  # a price whose unit nobody gives
    assert raw["LiveShoppingMessage.updated_campaign_info.user_limit"] == 2
    assert Figure(Counts.SOLD, "LiveShoppingMessage.hot_atmosphere.sale_num", 12345) in message.figures
    assert message.more["has redpack"] is True


def test_several_products_of_one_message_do_not_share_what_is_said_of_one() -> None:
    message = only(said("LiveShoppingMessage", promotion_id=ID, sold_out=True, updated_product_ids=[ID, OTHER]))
    assert message.products == (Product(id=str(ID)), Product(id=str(OTHER)))
    assert message.more["sold_out"] is True


def test_ids_come_as_numbers_packed_numbers_or_texts() -> None:
    numbers = webcast("LiveShoppingMessage", updated_product_ids=[ID, OTHER])
    varints = numbers.replace(b"\x48", b"")  # without the tags: as packed numbers are sent
    packed = b"\x4a" + bytes([len(varints)]) + varints
    texts = b"".join(b"\x4a\x13" + str(each).encode() for each in (ID, OTHER))
    for inside in (numbers, packed, texts):
        message = only({"method": "WebcastLiveShoppingMessage", "payload": inside})
        assert message.products == (Product(id=str(ID)), Product(id=str(OTHER)))
        assert message.flags == ()


def test_a_purchase_is_what_the_site_calls_one() -> None:
    inside = webcast("LivePop", shopping_promotion_id=OTHER, promotion_id=ID, unix_time=1790000000)
    sold = only(said("LiveEcomGeneralMessage", content_type="LivePopMessage", data=inside))
    assert (sold.kind, sold.site_kind, sold.products) == (Kind.PURCHASE, "LivePopMessage", (Product(id=str(ID)),))
    assert sold.more["shopping promotion id"] == str(OTHER)
    assert sold.more["unix_time"] == 1790000000
    assert sold.person is None
    fresh = only(said("LiveEcomGeneralMessage", content_type="ProductRefreshMessage", data=b"\xff\xff"))
    assert fresh.kind is Kind.PRODUCT_LIST
    other = only(said("LiveEcomGeneralMessage", content_type="SomethingMessage", data=inside))
    assert (other.kind, other.site_kind, other.products) == (Kind.OTHER, "SomethingMessage", ())


def test_a_coupon_says_how_many_are_left() -> None:
    coupon = {"left_amount": 12, "total_amount": 500}
    message = only(
        said("LiveEcomMessage", msg_type=3, nick_name="王**", purchase_cnt=40, countdown=299, coupon_meta=coupon)
    )
    assert (message.kind, message.site_kind) == (Kind.COUPON, "type 3")
    assert {each.name.rpartition(".")[2]: (each.what, each.value) for each in message.figures} == {
        "purchase_cnt": (Counts.BUYING, 40),
        "countdown": (Counts.RAW, 299),  # seconds, hundredths, or a time of day: nobody says
        "left_amount": (Counts.COUPONS_LEFT, 12),
        "total_amount": (Counts.COUPONS_TOTAL, 500),
    }
    assert message.person is not None
    assert message.person.name == "王**"


def test_a_list_of_198_products_changes() -> None:
    products = [{"promotion_id": ID + at, "index": at + 1} for at in range(198)]
    toast = "主播更新了商品，已自动刷新"
    message = only(said("ProductChangeMessage", update_toast=toast, update_product_info=products, total=198))
    assert message.kind is Kind.PRODUCT_LIST
    assert message.text == toast
    assert message.products[0] == Product(id=str(ID), number=1)
    assert len(message.products) == 198
    assert message.figures == (Figure(Counts.CART, "ProductChangeMessage.total", 198),)


def test_the_rest_is_named_and_not_explained() -> None:
    assert only(said("AwemeShopExplainMessage", extra={"promotion_id": ID, "active": True})).more == {
        "extra.active": True
    }
    intention = only(
        said("EcomBuyIntentionMessage", counts=[{"id": 5, "title": "想买", "count": 31}], unix_time=1790000000)
    )
    assert intention.sent_ms == 1_790_000_000_000
    assert intention.figures == (Figure(Counts.RAW, "EcomBuyIntentionMessage.counts.count", 31),)
    assert only(said("ShelfTradeDataMessage", data=b"abc")).more == {"data.size": 3}
    heat = only(said("ShelfCardAtmosphereMessage", sale_num=200))
    assert heat.figures == (Figure(Counts.SOLD, "ShelfCardAtmosphereMessage.sale_num", 200),)
