"""Huajiao's dialect over real sockets: one address tells the state, and no chat reaches the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from crawler.simroom.dialects import DIALECTS
from crawler.simroom.scenario_file import load
from crawler.simroom.server import ServedRoom, serve

HUAJIAO, SCRIPT, ROOM = DIALECTS["huajiao"], load("default"), "73011224"


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reels")


class Visit:
    """Someone who asks what the page asks."""

    def __init__(self, room: ServedRoom, client: aiohttp.ClientSession) -> None:
        self.room, self.client = room, client

    async def text(self, path: str) -> str:
        async with self.client.get(self.room.base_url + path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def feed(self, relateid: str = ROOM) -> Any:
        return json.loads(await self.text(f"/feed/getFeedInfo?relateid={relateid}&c=p1"))


@asynccontextmanager
async def visiting(cache_dir: Path, entry: Any = "live") -> AsyncIterator[Visit]:
    media = replace(SCRIPT.media, loop_s=1.6, width=160, height=160, video_kbps=100)
    script = replace(SCRIPT, media=media, counters=(), room=replace(SCRIPT.room, entry=entry))
    async with serve(script, dialect="huajiao", cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        yield Visit(room, client)


async def test_a_live_room_has_a_title_a_stream_and_an_author(cache_dir: Path) -> None:
    async with visiting(cache_dir) as visit:
        page = await visit.text(HUAJIAO.path(ROOM))
        told = await visit.feed()
        truth = json.loads(await visit.text("/truth.json"))["dialect"]
    assert (told["errno"], told["errmsg"]) == (0, "")
    feed = told["data"]["feed"]
    assert (feed["relateid"], feed["title"]) == (ROOM, SCRIPT.room.title)
    assert told["data"]["author"]["nickname"] == SCRIPT.room.shop
    assert int(told["data"]["creatime"]) > 1_700_000_000
    assert SCRIPT.room.title in page
    assert f"/feed/getFeedInfo?relateid={ROOM}" in page
    assert all(not one["messages"] for one in truth["events"]), "nothing is told of what happens"
    assert [one["path"].split("?")[0] for one in truth["answers"]] == [f"/l/{ROOM}", "/feed/getFeedInfo"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("ended", "直播已结束"),
        ("replay", "直播已结束"),
        ("not_started", "直播未开始"),
        ("not_found", "直播不存在"),
        ("login", "请先登录"),
        ("captcha", "请完成验证"),
        ("blocked", "操作太频繁"),
    ],
)
async def test_what_is_not_live_has_an_errmsg_and_no_creatime(entry: str, words: str, cache_dir: Path) -> None:
    async with visiting(cache_dir, entry) as visit:
        told = await visit.feed()
    assert told["errmsg"] == words
    assert told["errno"] != 0
    assert told["data"] == {}


async def test_a_pause_is_not_told_and_no_content_is_empty(cache_dir: Path) -> None:
    async with visiting(cache_dir, "paused") as visit:
        assert (await visit.feed())["errmsg"] == ""
    async with visiting(cache_dir, "no_content") as visit:
        assert await visit.text(f"/feed/getFeedInfo?relateid={ROOM}") == ""


async def test_each_broadcast_has_a_relateid_of_its_own(cache_dir: Path) -> None:
    async with visiting(cache_dir) as visit:
        await visit.text(HUAJIAO.path(ROOM))
        first = (await visit.feed())["data"]["feed"]["sn"]
        assert (await visit.feed("999"))["errmsg"] == "直播不存在"
        cue = {"kind": "new_broadcast", "for": 0.3}
        async with visit.client.post(f"{visit.room.base_url}/cue", json=cue) as answer:
            assert answer.status == 200
        await asyncio.sleep(0.8)
        old, new = await visit.feed(), await visit.feed(str(int(ROOM) + 1))
        page = await visit.text(HUAJIAO.path(ROOM))
    assert (old["errmsg"], new["errmsg"]) == ("直播已结束", "")
    assert new["data"]["feed"]["sn"] != first
    assert f'data-relateid="{int(ROOM) + 1}"' in page
