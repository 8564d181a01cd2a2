"""Protobuf messages of sites, made with google's runtime from the tables of the facts: nothing of our reader's.

A table says per message "name number type", `*` before a type for repeated ones; a type with a capital is a message.
"""

from __future__ import annotations

import gzip
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Proto = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "str": _Proto.TYPE_STRING,
    "bytes": _Proto.TYPE_BYTES,
    "u64": _Proto.TYPE_UINT64,
    "i64": _Proto.TYPE_INT64,
    "i32": _Proto.TYPE_INT32,
    "bool": _Proto.TYPE_BOOL,
}

WEBCAST = {
    "Header": "key 1 str, value 2 str",
    "PushFrame": "seq_id 1 u64, log_id 2 u64, service 3 u64, method 4 u64, headers 5 *Header, "
    "payload_encoding 6 str, payload_type 7 str, payload 8 bytes",
    "Response": "messages 1 *Message, cursor 2 str, fetch_interval 3 u64, now 4 u64, internal_ext 5 str, "
    "fetch_type 6 u64, heartbeat_duration 8 u64, need_ack 9 bool",
    "Message": "method 1 str, payload 2 bytes, msg_id 3 i64, msg_type 4 i32, offset 5 i64, is_history 6 bool",
    "Common": "method 1 str, msg_id 2 u64, room_id 3 u64, create_time 4 u64, describe 7 str",
    "User": "id 1 u64, nick_name 3 str, gender 4 i32, level 6 i32, display_id 38 str, sec_uid 46 str, id_str 1028 str",
    "ChatMessage": "common 1 Common, user 2 User, content 3 str, event_time 15 u64, content_language 14 str",
    "EmojiChatMessage": "common 1 Common, user 2 User, emoji_id 3 i64, default_content 5 str",
    "MemberMessage": "common 1 Common, user 2 User, member_count 3 u64, enter_type 9 u64, action 10 u64",
    "LikeMessage": "common 1 Common, count 2 u64, total 3 u64, user 5 User",
    "SocialMessage": "common 1 Common, user 2 User, share_type 3 u64, action 4 u64, follow_count 6 u64, "
    "share_count 8 u64",
    "Gift": "id 5 u64, type 11 u64, diamond_count 12 u64, name 16 str",
    "GiftMessage": "common 1 Common, gift_id 2 u64, group_count 4 u64, repeat_count 5 u64, combo_count 6 u64, "
    "user 7 User, repeat_end 9 u64, group_id 11 u64, gift 15 Gift, total_count 29 u64, send_time 33 u64",
    "RoomUserSeqMessage": "common 1 Common, total 3 i64, pop_str 4 str, popularity 6 i64, total_user 7 i64, "
    "total_user_str 8 str, total_str 9 str, online_user_for_anchor 10 str, total_pv_for_anchor 11 str, "
    "up_right_stats_str 12 str",
    "Tiktok_RoomUserSeqMessage": "common 1 Common, total 3 i64, popularity 6 i64, total_user 7 i64, anonymous 8 i64",
    "RoomStatsMessage": "common 1 Common, display_short 2 str, display_middle 3 str, display_long 4 str, "
    "display_value 5 i64, incremental 7 bool, is_hidden 8 bool, total 9 i64, display_type 10 i64",
    "ControlMessage": "common 1 Common, action 2 i32, tips 3 str",
    "FansclubMessage": "common 1 Common, type 2 i32, content 3 str, user 4 User",
    "RoomMessage": "common 1 Common, content 2 str, biz_scene 20 str",
    "ProductCard": "price 1 str, title 2 str, status 4 i64",
    "Coupon": "is_valid 4 bool, coupon_meta_id 5 str, left_amount 24 i64, total_amount 29 i64",
    "Campaign": "is_valid 1 bool, label 2 str, price 3 i64, start_time 5 i64, end_time 6 i64, user_limit 9 i64, "
    "campaign_id 11 i64",
    "SkuUpdate": "min_price 2 i64, max_price 3 i64, coupon_price 5 i64",
    "Group": "joined 2 i64, group_size 3 i64, persent 4 i64",
    "Heat": "sale_num 2 i64, type 3 i64, num 4 i64",
    "LiveShoppingMessage": "common 1 Common, msg_type 2 i32, promotion_id 3 i64, target_uid 4 i64, bubble_type 5 i32, "
    "updated_product_ids 9 *i64, update_type 10 i32, updated_product_info 11 ProductCard, sold_out 12 bool, "
    "updated_coupon_info 13 Coupon, updated_campaign_info 14 Campaign, promotions_num 17 i64, "
    "update_sku_info 18 SkuUpdate, "
    "group_info 20 Group, redpack 25 Group, hot_atmosphere 30 Heat, update_toast 31 str, can_sold 32 bool",
    "LivePop": "shopping_promotion_id 1 i64, promotion_id 2 i64, unix_time 3 i64",
    "LiveEcomGeneralMessage": "common 1 Common, content_type 2 str, content_format 3 str, logic_clock 4 i64, "
    "data 6 bytes",
    "LiveEcomMessage": "common 1 Common, msg_type 2 i32, nick_name 3 str, purchase_cnt 4 i64, text 5 str, "
    "meta_id 7 i64, server_time 8 i64, countdown 9 i64, coupon_type 11 i32, coupon_meta 13 Coupon",
    "ChangedProduct": "promotion_id 1 i64, index 2 i32, explain_type 4 i64",
    "ProductChangeMessage": "common 1 Common, update_timestamp 2 i64, update_toast 3 str, "
    "update_product_info 4 *ChangedProduct, total 5 i64",
    "Explained": "promotion_id 1 i64, active 2 bool",
    "AwemeShopExplainMessage": "common 1 Common, extra 2 Explained",
    "Intention": "id 1 i64, title 2 str, count 3 i64",
    "EcomBuyIntentionMessage": "common 1 Common, counts 2 *Intention, unix_time 3 i64",
    "ShelfTradeDataMessage": "common 1 Common, data 2 bytes",
    "ShelfCardAtmosphereMessage": "common 1 Common, sale_num 5 i64",
    "PopProduct": "title 1 str, price 2 str, product_type 5 i64, product_id 6 i64, product_status 11 i64",
    "Timings": "one 1 i64, two 2 i64, three 3 i64",
    "OecLiveShoppingMessage": "common 1 Common, msg_type 2 i32, pop_product 4 PopProduct, timings 5 Timings",
    "OecLiveManagerMessage": "common 1 Common, message_type 2 i32, purchase_product_info 3 bytes",
    "EcBarrageMessage": "common 1 Common, content 3 str, duration 4 i64",
}
KUAISHOU = {
    "SocketMessage": "payload_type 1 i32, compression_type 2 i32, payload 3 bytes, server_ms 4 u64",
    "User": "principal_id 1 str, user_name 2 str, head_url 3 str",
    "Comment": "id 1 str, user 2 User, content 3 str, device_hash 4 str, sort_rank 5 u64, color 6 str, "
    "show_type 7 i32, time 9 u64",
    "Like": "id 1 str, user 2 User, sort_rank 3 u64, device_hash 4 str",
    "Gift": "id 1 str, user 2 User, time 3 u64, gift_id 4 u64, batch_size 7 i32, combo_count 8 i32, rank 9 i32",
    "Notice": "id 1 str, user 2 User, time 3 u64, content 4 str, display_type 7 i32",
    "Share": "id 1 str, user 2 User, time 3 u64, third_party_platform 4 i32",
    "FeedPush": "display_watching_count 1 str, display_like_count 2 str, pending_like_count 3 u64, "
    "push_interval 4 u64, comment_feeds 5 *Comment, comment_cursor 6 str, "
    "combo_comment_feed 7 *Comment, like_feeds 8 *Like, "
    "gift_feeds 9 *Gift, system_notice_feeds 11 *Notice, share_feeds 12 *Share",
    "WatchingUsers": "watching_user 1 *User, display_watching_count 2 str",
}


class Site:
    """Makes messages of one site: `site("ChatMessage", user={"id": 1}, content="hi")` gives their bytes."""

    def __init__(self, package: str, tables: dict[str, str]) -> None:
        file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
        for name, fields in tables.items():
            message = file.message_type.add(name=name)
            for field in fields.split(", "):
                called, number, kind = field.split()
                base = kind.lstrip("*")
                made = message.field.add(
                    name=called,
                    number=int(number),
                    label=_Proto.LABEL_REPEATED if kind.startswith("*") else _Proto.LABEL_OPTIONAL,
                    type=_TYPES.get(base, _Proto.TYPE_MESSAGE),
                )
                if base not in _TYPES:
                    made.type_name = f".{package}.{base}"
        pool = descriptor_pool.DescriptorPool()
        pool.Add(file)
        self._classes = {
            name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in tables
        }

    def __call__(self, name: str, **members: Any) -> bytes:
        return bytes(self._classes[name](**members).SerializeToString())


webcast = Site("webcast_of_tests", WEBCAST)
kuaishou = Site("kuaishou_of_tests", KUAISHOU)


def said(name: str, *, number: int | None = None, history: bool = False, **members: Any) -> dict[str, Any]:
    """One message of a response: `members` are those of its payload."""
    return {
        "method": f"Webcast{name.removeprefix('Tiktok_')}",
        "payload": webcast(name, **members),
        **({} if number is None else {"msg_id": number}),
        **({"is_history": True} if history else {}),
    }


def response(*messages: dict[str, Any], **members: Any) -> bytes:
    """A Response, as `/webcast/im/fetch/` gives it."""
    return webcast("Response", messages=list(messages), **members)


def pushed(*messages: dict[str, Any], packed: bool = True, kind: str = "msg") -> bytes:
    """A push frame with these messages, as the socket brings it: service 8888, method 8, mostly gzip."""
    inner = response(*messages, cursor="t-1_r-1", need_ack=True)
    headers = [{"key": "im-cursor", "value": "t-1_r-1"}, {"key": "im-now", "value": "1790000000000"}]
    if packed:
        headers.insert(0, {"key": "compress_type", "value": "gzip"})
    return webcast(
        "PushFrame",
        seq_id=1,
        log_id=7630361251285076745,
        service=8888,
        method=8,
        headers=headers,
        payload_encoding="pb",
        payload_type=kind,
        payload=gzip.compress(inner, mtime=0) if packed else inner,
    )


def socket_message(kind: int, payload: bytes, *, packed: bool = False, **members: Any) -> bytes:
    """A frame of Kuaishou's socket."""
    content = gzip.compress(payload, mtime=0) if packed else payload
    return kuaishou("SocketMessage", payload_type=kind, compression_type=2 if packed else 1, payload=content, **members)
