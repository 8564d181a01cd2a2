"""Xiaohongshu's dialect: frames unwrapped by the standard library against their claims; the page's own state."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from crawler.simroom.dialects import DIALECTS
from crawler.simroom.dialects.base import HOSTILITIES, Frame, Moment
from crawler.simroom.dialects.events import Event, event
from crawler.simroom.scenario import Scenario
from crawler.simroom.scenario_file import load
from crawler.simroom.server import serve

XHS, SCRIPT, ROOM, NOW_MS = DIALECTS["xiaohongshu"], load("default"), "73011224", 1_795_349_598_406
STATE = re.compile(rb"<script>window\.__INITIAL_STATE__=(.*?)</script>", re.DOTALL)
BOOT = re.compile(rb'id="boot">(.*?)</script>', re.DOTALL)


def moment(at_ms: int = 250_000, run: int = 0) -> Moment:
    return Moment(NOW_MS + at_ms, at_ms, "live", run, 7, SCRIPT.room, SCRIPT.product)


def events(count: int, *, hostile: bool = False) -> list[Event]:
    return [event(7, number, number * 50, hostile=hostile) for number in range(1, count + 1)]


def unwrapped(payload: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(the message around it, its customData) of each message in a frame."""
    whole = json.loads(payload)
    assert whole["t"] == 4
    outer = [json.loads(base64.b64decode(item["d"], validate=True)) for item in whole["b"]["d"]["b"]]
    return [(one, json.loads(one["customData"])) for one in outer]


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reels")


def small(entry: Any = "live") -> Scenario:
    media = replace(SCRIPT.media, loop_s=1.6, width=160, height=160, video_kbps=100)
    chat = replace(SCRIPT.chat, bursts=(), per_second=60.0)
    return replace(SCRIPT, media=media, counters=(), chat=chat, room=replace(SCRIPT.room, entry=entry))


def stream(page: bytes) -> Any:
    """liveStream of a page: a script's object, which is no JSON before ``undefined`` is out of it."""
    [text] = STATE.findall(page)
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(text)
    return json.loads(text.replace(b":undefined", b":null"))["liveStream"]


@pytest.mark.parametrize("hostile", [False, True])
def test_frames_say_what_the_truth_claims(*, hostile: bool) -> None:
    kinds, happened = Counter[str](), events(900, hostile=hostile)
    for start in range(0, len(happened), 9):
        for frame in XHS.frames(happened[start : start + 9], moment()):
            told = unwrapped(frame.payload)
            assert len(told) == len(frame.carried) <= 6
            for (outer, custom), claimed in zip(told, frame.carried, strict=True):
                assert (outer["msgId"], outer["ts"]) == (claimed.message_id, claimed.platform_ms)
                assert outer["roomId"] == ROOM
                assert custom["type"] == claimed.method
                sender = custom.get("send_user_info", custom.get("profile", {}))
                assert sender.get("user_id", "") == claimed.user_id
                assert sender.get("nickname", sender.get("nick_name", "")) == claimed.name
                assert custom.get("desc", "") == claimed.text
                kinds[claimed.method] += 1
    assert kinds["text"] > 300
    assert set(kinds) == {
        *("text", "audience_join", "audience_join_v2", "like", "praise", "gift", "gift_dock_and_effect"),
        *("follow_emcee", "share", "refresh", "letter_refresh"),
    }


def test_likes_and_gifts_come_in_two_shapes_with_their_counts() -> None:
    for frame in XHS.frames(events(900), moment()):
        for (_, custom), claimed in zip(unwrapped(frame.payload), frame.carried, strict=True):
            counts = {
                "like": lambda one: one["likeActionCount"],
                "praise": lambda one: one["praise_info"]["count"],
                "gift": lambda one: one["count"],
                "gift_dock_and_effect": lambda one: one["gift_action_info"]["count"],
            }
            if claimed.method in counts:
                assert counts[claimed.method](custom) == claimed.figures["count"]
            if claimed.method == "praise":
                assert (claimed.name, "nickname" in custom["profile"]) == ("", False)


def test_the_server_answers_entering_and_heartbeats_and_nothing_else() -> None:
    [pong] = XHS.heard('{"v":1,"t":0}', moment())
    [entered] = XHS.heard('{"v":1,"t":2,"b":{"roomId":"1"}}', moment())
    assert (json.loads(pong.payload)["t"], json.loads(entered.payload)["t"]) == (128, 2)
    for noise in ("", "{", "[" * 9000, b"\xff\xfe", "4", '{"t":4}'):
        assert XHS.heard(noise, moment()) == []


@pytest.mark.parametrize("what", HOSTILITIES)
@pytest.mark.parametrize("at_ms", [0, 1000])
def test_hostile_frames_are_what_they_are_called(what: str, at_ms: int) -> None:
    frame = XHS.hostile(what, events(8), moment(at_ms))
    assert isinstance(frame, Frame)
    assert frame.hostility == what
    assert len(frame.payload) < 400_000
    if what in ("unknown_method", "out_of_range", "future_clock"):
        [(outer, custom)] = unwrapped(frame.payload)
        assert custom["type"]
        assert what != "future_clock" or outer["ts"] > NOW_MS + 10 * 365 * 86_400_000
        return
    with pytest.raises((ValueError, RecursionError)):
        unwrapped(frame.payload)
    if what == "bomb":
        inside = base64.b64decode(json.loads(frame.payload)["b"]["d"]["b"][0]["d"])
        assert len(gzip.decompress(inside)) > 200 << 20


STATES = {
    "live": ("success", 2),
    "not_started": ("success", 1),
    "paused": ("success", 2),
    "ended": ("end", 3),
    "replay": ("end", 3),
    "login": ("success", 2),
}


@pytest.mark.parametrize("entry", STATES)
async def test_the_page_carries_its_state_and_another_rooms(entry: Any, cache_dir: Path) -> None:
    async with (
        serve(small(entry), dialect="xiaohongshu", cache_dir=cache_dir) as room,
        aiohttp.ClientSession() as client,
        client.get(room.room_url) as answer,
    ):
        told = stream(await answer.read())
    own, other = told["roomData"]["roomInfo"], told["nextRoomInfo"]
    assert (told["pageStatus"], told["liveStatus"], own["status"]) == ("success", *STATES[entry])
    assert own["roomId"] == ROOM
    assert own["displayViewerCount"].endswith("万")
    assert (own["joinLimitTypes"] == [0]) == (entry != "login")
    assert (own["pullConfig"] != "") == (entry in ("live", "paused"))
    assert (other["status"], other["displayViewerCount"]) == (2, "300万+")
    assert other["roomId"] != ROOM


@pytest.mark.parametrize(("entry", "told"), [("not_found", "error"), ("captcha", None), ("blocked", None)])
async def test_a_wall_has_no_room_in_its_state(entry: Any, told: str | None, cache_dir: Path) -> None:
    async with (
        serve(small(entry), dialect="xiaohongshu", cache_dir=cache_dir) as room,
        aiohttp.ClientSession() as client,
        client.get(room.room_url) as answer,
    ):
        state = stream(await answer.read())
    assert state.get("pageStatus") == told
    assert not state.get("roomData")


async def test_what_goes_out_over_a_socket_is_in_the_truth_and_some_comes_twice(cache_dir: Path) -> None:
    script = small()
    script = replace(script, chat=replace(script.chat, per_second=300.0))
    async with serve(script, dialect="xiaohongshu", cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        async with client.get(room.room_url) as answer:
            [boot] = BOOT.findall(await answer.read())
        plan = json.loads(boot)["site"]["socket"]
        assert room.room_url.split("?")[0].endswith(f"/livestream/{ROOM}")
        ids = Counter[str]()
        async with client.ws_connect(room.base_url + plan["url"].replace("{c}", "p1-s1")) as socket:
            await socket.send_str(plan["opening"][0]["text"])
            while len(ids) < 400:
                frame = await socket.receive_str(timeout=5)
                if json.loads(frame)["t"] == 4:
                    ids.update(outer["msgId"] for outer, _ in unwrapped(frame))
        async with client.get(room.truth_url) as answer:
            told = (await answer.json())["dialect"]
    messages = {one["message_id"]: one for happened in told["events"] for one in happened["messages"]}
    assert set(ids) <= set(messages)
    assert 1 <= sum(count > 1 for count in ids.values()) < 40
    twice = [own_id for own_id, count in ids.items() if count > 1]
    assert all([place["duplicate"] for place in messages[own_id]["sent"]][:2] == [False, True] for own_id in twice)
