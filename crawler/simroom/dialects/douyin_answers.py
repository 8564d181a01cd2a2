"""What live.douyin.com's own addresses answer (platforms.md 1.1, 1.5), and the state that its page carries."""

from __future__ import annotations

import json

from crawler.simroom.timeline import in_wan

from .base import JSON, Answer, Asked, Carried, Moment
from .events import Event, Figures, counts, product_id

# data.data[0].status and data.room_status by state.
STATUS = {"live": (2, 0), "paused": (3, 0), "not_started": (1, 2), "ended": (4, 2), "replay": (4, 2)}
QUALITIES = ("origin", "uhd", "hd", "sd", "ld", "md", "ao")
VERIFY = {
    "bdturing-verify": json.dumps({"code": "10000", "type": "verify", "subtype": "whirl", "detail": "simulated"}),
    "x-vc-bdturing-parameters": "simulated",
}


def room_id(moment: Moment) -> str:
    """The broadcast's 19 digits."""
    known = moment.room.broadcast
    return known if not moment.run else str(int(known) + 10**9 * moment.run)


def wall(asked: Asked) -> Answer | None:
    """The answer of any address while a wall stands; None when none does."""
    state = asked.moment.state
    if state == "blocked":
        return Answer(b"", "text/plain", status=444)
    if state == "captcha":
        return Answer(b"", "application/json; charset=utf-8", headers=VERIFY)
    if state == "no_content":
        return Answer(b"", "application/json; charset=utf-8")
    if state == "login":
        return _json({"status_code": 2483, "data": {"message": "请先登录", "prompts": "请先登录"}})
    return None


def enter(asked: Asked) -> Answer:
    """/webcast/room/web/enter/: the room as the page asks for it."""
    if (stopped := wall(asked)) is not None:
        return stopped
    moment, wanted = asked.moment, asked.query.get("web_rid", "")
    if moment.state == "not_found" or wanted not in (moment.room.id, moment.room.other_id):
        words = "该内容暂时无法无法查看"
        return _json(
            {"status_code": 4001038, "data": {"message": words, "prompts": words}, "extra": {"now": moment.wall_ms}}
        )
    status = STATUS[moment.state]
    body = {
        "data": [room(asked)],
        "enter_room_id": room_id(moment),
        "user": _anchor(moment),
        "qrcode_url": "",
        "enter_mode": 0,
        "room_status": status[1],
        "web_stream_url": None,
        "has_commerce_goods": True,
        "login_lead": {"is_login": False, "level": 0, "items": {}},
    }
    latest = _latest(asked, "viewers")
    carried = () if latest is None or moment.state != "live" else (_viewers(latest),)
    return Answer(_bytes({"data": body, "extra": {"now": moment.wall_ms}, "status_code": 0}), carried=carried)


def room(asked: Asked) -> JSON:
    """A room object, as in data.data[0] and in the page's state."""
    moment = asked.moment
    latest = _latest(asked, "viewers")
    now = latest.figures if latest is not None else counts(moment.seed, 0)
    online, total, likes = int(now["online"]), int(now["total"]), int(now["likes"])
    status = STATUS.get(moment.state, (4, 2))[0]
    out: JSON = {
        "id_str": room_id(moment),
        "status": status,
        "status_str": str(status),
        "title": moment.room.title,
        "user_count_str": in_wan(online),
        "owner": _anchor(moment),
        "stats": {"total_user_str": in_wan(total), "user_count_str": in_wan(online), "like_count": likes},
        "like_count": likes,
        "room_view_stats": {
            "is_hidden": False,
            "display_short": in_wan(online),
            "display_middle": in_wan(online),
            "display_long": f"{in_wan(online)}在线观众",
            "display_value": online,
            "display_type": 1,
            "incremental": False,
        },
        "has_commerce_goods": True,
        "room_cart": {"contain_cart": False, "total": 0, "flash_total": 0, "cart_icon": "", "show_cart": 0},
        "ecom_data": {"instant_type": 1, "route_rule": "", "shop_author_header": {}, "intro_type": 0},
        "room_auth": {"CommerceCard": 1, "CommerceComponent": True, "Chat": True},
    }
    if moment.state in ("live", "paused"):
        out["stream_url"] = _streams(asked)
    return out


def page_state(asked: Asked) -> JSON:
    """The state in the page's script; on a wall there is no room in it."""
    moment = asked.moment
    store: JSON = {"roomInfo": {"web_rid": asked.room_id}, "liveStatus": "normal"}
    if moment.state not in ("not_found", "captcha", "login", "no_content"):
        store["roomInfo"] = {
            "room": room(asked),
            "roomId": room_id(moment),
            "web_rid": moment.room.id,
            "anchor": _anchor(moment),
        }
    return {
        "state": {"appStore": {"skin": "dark"}, "roomStore": store, "userStore": {"odin": {"user_is_login": False}}}
    }


def current_card(asked: Asked) -> Answer:
    """/live/promotions/pop/v3/: the product that is being explained, with what is left of it."""
    if (stopped := wall(asked)) is not None:
        return stopped
    card = _latest(asked, "product_card") if asked.moment.state == "live" else None
    if card is None:
        return _json({"status_code": 0, "promotion": None, "server_time": asked.moment.wall_ms // 1000})
    product, price, stock = str(card.figures["product_id"]), card.figure("price_fen"), card.figure("stock")
    promotion = {
        "promotion_id": product,
        "product_id": str(int(product) + 1),
        "title": card.text,
        "min_price": price,
        "max_price": card.figure("original_fen"),
        "cover": "https://p3.douyinpic.example/c.webp",
        "detail_url": f"https://haohuo.jinritemai.com/views/product/item2?id={int(product) + 1}",
        "shop_id": "8231",
        "status": 1,
        "in_stock": True,
        "campaign": {"left_stock": stock, "price": price, "campaign_id": str(card.number)},
    }
    figures: Figures = {"title": card.text, "product_id": product, "price_fen": price, "stock": stock}
    carried = Carried(card.number, "/live/promotions/pop/v3/", product, None, figures=figures)
    body = {"status_code": 0, "promotion": promotion, "server_time": asked.moment.wall_ms // 1000}
    return Answer(_bytes(body), carried=(carried,))


def cart(asked: Asked) -> Answer:
    """/live/promotions/page/: for those who are logged in; a guest is told so."""
    return wall(asked) or _json({"status_code": 2483, "data": {"message": "请先登录", "prompts": "请先登录"}})


def _viewers(latest: Event) -> Carried:
    online, total = latest.figure("online"), latest.figure("total")
    figures: Figures = {
        "online": online,
        "online_shown": in_wan(online),
        "total_shown": in_wan(total),
        "likes": latest.figure("likes"),
    }
    return Carried(latest.number, "/webcast/room/web/enter/", "", None, figures=figures)


def _latest(asked: Asked, kind: str) -> Event | None:
    return next((event for event in reversed(asked.since(0)) if event.kind == kind), None)


def _anchor(moment: Moment) -> JSON:
    anchor = product_id(moment.seed, 10_000)
    return {
        "id_str": anchor,
        "sec_uid": f"MS4wLjABAAAA{anchor}",
        "nickname": moment.room.shop,
        "web_rid": moment.room.id,
    }


def _streams(asked: Asked) -> JSON:
    flv, hls = (f"{asked.base}/live/{asked.room_id}{end}" for end in (".flv", "/index.m3u8"))
    data = {
        quality: {"main": {"flv": flv, "hls": hls, "sdk_params": json.dumps({"VCodec": "h264", "vbitrate": 2_000_000})}}
        for quality in QUALITIES
    }
    names = ("FULL_HD1", "HD1", "SD1", "SD2")
    return {
        "flv_pull_url": dict.fromkeys(names, flv),
        "hls_pull_url_map": dict.fromkeys(names, hls),
        "default_resolution": "HD1",
        "live_core_sdk_data": {"pull_data": {"stream_data": json.dumps({"data": data}), "options": {"qualities": []}}},
    }


def _bytes(value: JSON) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _json(value: JSON) -> Answer:
    return Answer(_bytes(value), "application/json; charset=utf-8")
