"""JD's dialect: frames read back by the standard library against their claims, states and walls over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from crawler.simroom.dialects import DIALECTS
from crawler.simroom.dialects.base import HOSTILITIES, Frame, Moment
from crawler.simroom.dialects.events import Event, event
from crawler.simroom.scenario import Scenario
from crawler.simroom.scenario_file import load
from crawler.simroom.server import serve

JD, SCRIPT, ROOM, NOW_MS = DIALECTS["jd"], load("default"), "73011224", 1_795_349_598_406
PLAY = f"/api?appid=live_pc&functionId=getImmediatePlayToM&body={quote(json.dumps({'liveId': ROOM}))}"


def moment(at_ms: int = 250_000, run: int = 0) -> Moment:
    return Moment(NOW_MS + at_ms, at_ms, "live", run, 7, SCRIPT.room, SCRIPT.product)


def ticks(count: int, *, hostile: bool = False) -> list[Frame]:
    """Frames of as many events, 50 ms apart, told tick by tick."""
    happened = [event(7, number, number * 50, hostile=hostile) for number in range(1, count + 1)]
    out, until = [], 310
    while happened:
        batch = [one for one in happened if one.at_ms < until]
        happened = happened[len(batch) :]
        out += JD.frames(batch, moment(until))
        until += 310
    return out


def body(frame: Frame) -> dict[str, Any]:
    assert isinstance(frame.payload, str)
    told: dict[str, Any] = json.loads(frame.payload)
    return told


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reels")


def small(entry: Any = "live") -> Scenario:
    media = replace(SCRIPT.media, loop_s=1.6, width=160, height=160, video_kbps=100)
    chat = replace(SCRIPT.chat, bursts=(), per_second=60.0)
    return replace(SCRIPT, media=media, counters=(), chat=chat, room=replace(SCRIPT.room, entry=entry))


async def get(client: aiohttp.ClientSession, url: str, method: str = "GET") -> tuple[int, bytes]:
    async with client.request(method, url) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("hostile", [False, True])
def test_frames_are_text_in_an_envelope_and_say_what_the_truth_claims(*, hostile: bool) -> None:
    kinds = Counter[str]()
    for frame in ticks(900, hostile=hostile):
        told, [claimed] = body(frame), frame.carried
        assert (told["id"], told["datetime"]) == (claimed.message_id, claimed.platform_ms)
        assert told["body"]["groupid"] == ROOM
        assert told["type"] == ("get_statistics_result" if "pv" in told["body"] else "chat_group_message")
        assert told["body"]["type"] == claimed.method
        assert told["body"].get("nickName", "") == claimed.name
        if claimed.name:
            assert told["from"]["pinmd5"] == claimed.user_id
        if claimed.text:
            assert told["body"]["content"] == claimed.text
        kinds[claimed.method] += 1
    assert kinds["viewer_send_message"] > 300
    assert {"anchor_public_reply", "viewer_buy_product_summary", "user_places_order", "viewer_get_coupon"} <= set(kinds)
    assert {"viewer_add_product_to_cart", "anchor_send_exclusive_coupon", "new_anchor_cart_number"} <= set(kinds)
    assert {"anchor_new_explain_product_over", "anchor_send_notice", "anchor_send_message"} <= set(kinds)
    # 900 events of 50 ms each are 45 s: statistics about each 3.4 s.
    assert 12 <= kinds["get_statistics_result"] <= 14


def test_statistics_are_strings_with_the_sites_own_spelling() -> None:
    frames = [frame for frame in ticks(400) if frame.carried[0].method == "get_statistics_result"]
    for frame in frames:
        told, figures = body(frame)["body"], frame.carried[0].figures
        counted = {name: value for name, value in told.items() if name not in ("type", "groupid")}
        assert all(isinstance(value, str) and value.isdigit() for value in counted.values())
        assert set(counted) == {
            *("current_viewer", "total_viwer", "pv", "max_viewer", "message_num", "thumbs_up_num", "cart_num"),
        }
        assert (int(told["current_viewer"]), int(told["total_viwer"])) == (figures["online"], figures["total"])
    times = [frame.carried[0].platform_ms or 0 for frame in frames]
    assert all(3000 < later - earlier < 3800 for earlier, later in pairwise(times))


def test_cards_tell_price_sold_text_promotion_window_and_sold_out() -> None:
    cards, sold = [], []
    for frame in ticks(300):
        told, [claimed] = body(frame)["body"], frame.carried
        if claimed.method == "anchor_new_popup_product":
            card, more = told["data"]["popupSkuCardV2"], json.loads(told["data"]["extData"])
            assert told["bType"] == "anchor_new_popup_product_V12010"
            assert (card["skuId"], card["title"]) == (claimed.figures["product_id"], claimed.figures["title"])
            assert more["sku"] == card["skuId"]
            assert card["price"] == claimed.figures.get("price_shown", "-100")
            base = card["mtaInfo"]["base"]
            assert base["SoldOut"] == claimed.figures["sold_out"]
            window: tuple[int, int] = (base["promotion_starttime"], base["promotion_endtime"])
            assert window == (claimed.figures.get("starts_ms", -100), claimed.figures.get("ends_ms", -100))
            cards.append((base["SoldOut"], window[0] > 0))
        if claimed.method == "jdlive_refresh_cart":
            assert told["data"]["skuCard"]["activity"]["content"] == claimed.figures["sold_shown"]
            sold.append(claimed.figures["sold_shown"])
    assert {(0, False), (0, True), (1, False)} == set(cards)
    assert "已售3000+" in sold


def test_states_are_told_by_the_sites_own_words() -> None:
    kinds = {}
    for state in ("paused", "live", "ended", "login"):
        frames = JD.frames([Event(10**9, "state", 1, None, state)], moment())
        kinds[state] = [frame.carried[0].method for frame in frames]
    assert kinds["paused"] == ["suspend_live_broadcast"]
    assert kinds["live"] == ["resume_live_broadcast"]
    assert kinds["ended"] == ["stop_live_broadcast"]
    assert kinds["login"] == []


@pytest.mark.parametrize("what", HOSTILITIES)
def test_hostile_frames_are_what_they_are_called(what: str) -> None:
    frame = JD.hostile(what, [event(7, number, number * 50) for number in range(1, 9)], moment())
    if what == "false_length":
        assert frame is None
        return
    assert frame is not None
    assert frame.hostility == what
    assert len(frame.payload) < 300_000
    if what in ("cut_short", "broken_text", "deep", "noise", "bomb", "wrong_compression_flag"):
        with pytest.raises((ValueError, RecursionError)):
            json.loads(frame.payload)
    else:
        assert json.loads(frame.payload)["type"]
    if what == "bomb":
        assert isinstance(frame.payload, bytes)
        assert len(gzip.decompress(frame.payload)) > 200 << 20


STATUS = {"live": 1, "not_started": 0, "ended": 2, "replay": 3, "login": 1, "paused": 10}


@pytest.mark.parametrize("entry", STATUS)
async def test_the_state_is_a_number(entry: Any, cache_dir: Path) -> None:
    async with serve(small(entry), dialect="jd", cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        await get(client, room.room_url)
        _, body_ = await get(client, room.base_url + PLAY)
        auth = await get(client, room.base_url + PLAY.replace("getImmediatePlayToM", "liveauth"), "POST")
        detail = await get(client, room.base_url + PLAY.replace("getImmediatePlayToM", "liveDetailToM"))
    play, given = json.loads(body_)["data"], json.loads(auth[1])
    assert play["status"] == STATUS[entry]
    assert play["secret"] == (1 if entry == "login" else 0)
    assert ("videoUrl" in play) == (entry in ("live", "paused"))
    assert ("data" in given) == (entry != "login")
    assert detail == (403, b"")


@pytest.mark.parametrize(
    ("entry", "begins"),
    [
        ("captcha", b'{"code": "605"'),
        ("no_content", b""),
        ("blocked", b""),
        ("not_found", b'{"code": "0", "success": f'),
    ],
)
async def test_walls_answer_in_their_own_way(entry: Any, begins: bytes, cache_dir: Path) -> None:
    async with serve(small(entry), dialect="jd", cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        page, _ = await get(client, room.room_url)
        status, told = await get(client, room.base_url + PLAY)
    assert (page, status) == ((403, 403) if entry == "blocked" else (200, 200))
    assert told.startswith(begins)
    assert told or not begins
    assert not begins or told


async def test_the_socket_at_the_root_is_told_the_end_and_another_broadcast_has_another_id(cache_dir: Path) -> None:
    async with serve(small(), dialect="jd", cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        assert room.room_url.endswith(f"/liveroom?liveId={ROOM}")
        await get(client, room.room_url)
        auth = json.loads(
            (await get(client, room.base_url + PLAY.replace("getImmediatePlayToM", "liveauth"), "POST"))[1]
        )
        given = auth["data"]
        assert given["token"].encode() in (await get(client, room.room_url))[1], "the page opens it with this token"
        async with client.ws_connect(f"{given['liveUrl']}/?token={given['token']}&c=p1-s1") as socket:
            first = await socket.receive_json(timeout=5)
            assert first["from"]["app"] == "jd.live"
            await client.post(f"{room.base_url}/cue", json={"kind": "new_broadcast", "for": 2})
            said = [json.loads(one.data)["body"]["type"] async for one in socket]
        await asyncio.sleep(1)
        _, old = await get(client, room.base_url + PLAY)
        _, new = await get(client, room.base_url + PLAY.replace(ROOM, str(int(ROOM) + 1)))
        async with client.get(room.truth_url) as answer:
            told = (await answer.json())["dialect"]
    assert said[-1] == "stop_live_broadcast"
    assert (json.loads(old)["data"]["status"], json.loads(new)["data"]["status"]) == (2, 1)
    assert [one["broadcast_id"] for one in told["broadcasts"]] == [ROOM, str(int(ROOM) + 1)]
