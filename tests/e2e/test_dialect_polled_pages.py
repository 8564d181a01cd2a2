"""Sites without a chat socket, in a real browser: Taobao's and 1688's pages poll, Huajiao's has pictures alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright

from crawler.simroom.server import ServedRoom, serve

pytestmark = pytest.mark.browser
OpenPage = Callable[[], Awaitable[Page]]
MOVES = "document.querySelector('video').currentTime > 0.3"


@pytest.fixture
async def open_page(browser_path: Path) -> AsyncIterator[OpenPage]:
    """Opens pages; an error in a page's own script fails the test."""
    arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    errors: list[str] = []
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=browser_path, channel=None, args=arguments)

        async def opened() -> Page:
            page = await browser.new_page(viewport={"width": 1280, "height": 720})
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield opened
        await browser.close()
    assert errors == []


async def truth(room: ServedRoom) -> dict[str, Any]:
    async with aiohttp.ClientSession() as client, client.get(room.truth_url) as answer:
        told: dict[str, Any] = await answer.json()
        return told


def asked_for(told: dict[str, Any], api: str) -> list[str]:
    return [request["path"] for request in told["requests"] if api in request["path"]]


def shown_and_told(told: dict[str, Any]) -> tuple[set[int], set[int]]:
    """The events that the page painted, and the chat that it was told."""
    painted = {number for row in told["dialect"]["rows"] for number in row["numbers"]}
    chats = (event for event in told["dialect"]["events"] if event["kind"] == "chat" and event["messages"])
    return painted, {event["number"] for event in chats}


@pytest.mark.soak
async def test_taobaos_page_polls_both_ways_shows_comments_and_learns_of_the_end(open_page: OpenPage) -> None:
    async with serve("default", dialect="taobao", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        await page.wait_for_function(MOVES, timeout=20_000)
        rows = '#liveComment [class^="itemWrap--"] [class^="content--"]'
        await page.wait_for_function(f"document.querySelectorAll({rows!r}).length > 8", timeout=15_000)
        await page.wait_for_timeout(6500)  # comments are asked for each six seconds
        texts = await page.locator(rows).all_inner_texts()
        middle = await truth(room)
        async with aiohttp.ClientSession() as client:
            await client.post(f"{room.base_url}/cue", json={"kind": "room_ends"})
        await page.wait_for_selector("#state:not([hidden])")
        await page.wait_for_timeout(800)
        last = await truth(room)
    pulls, comments = asked_for(middle, "pullnativemsg"), asked_for(middle, "query.latest")
    assert len(pulls) >= 3
    assert len(comments) >= 2
    # Each address goes on from where it was itself, whatever the other one has told.
    assert "offset%22%3A%220%22" in pulls[0]
    assert "Context%22%3A%220%22" in comments[0]
    assert "Context%22%3A%220%22" not in comments[-1]
    assert len(asked_for(last, "livedetail")) == 2, "asked again when it is over"
    painted, chats = shown_and_told(last)
    assert len(painted & chats) >= 8
    known = {event["text"].strip() for event in middle["dialect"]["events"] if event["kind"] == "chat"}
    assert {text.strip() for text in texts} <= known
    assert last["sockets"] == []


@pytest.mark.soak
async def test_1688s_page_shows_what_it_pulls(open_page: OpenPage) -> None:
    async with serve("default", dialect="taobao", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url.replace("/live?liveId=", "/zb/play.html?feedId="))
        await page.wait_for_function(MOVES, timeout=20_000)
        rows = ".pc-living-room-message .comment-message .msg-text"
        await page.wait_for_function(f"document.querySelectorAll({rows!r}).length > 8", timeout=15_000)
        told = await truth(room)
    assert asked_for(told, "query.latest") == []
    painted, chats = shown_and_told(told)
    assert painted <= chats


@pytest.mark.soak
async def test_taobaos_slider_stands_in_the_pages_place(open_page: OpenPage) -> None:
    async with serve("entry_captcha", dialect="taobao", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        assert await page.locator("#nc_1_n1z.btn_slide").count() == 1
        assert await page.get_attribute("meta[name=livewitness-simulated-room]", "content") == "taobao"
        told = await truth(room)
    assert asked_for(told, "mtop") == []


async def test_huajiaos_page_plays_and_asks_again_when_it_is_over(open_page: OpenPage) -> None:
    async with serve("default", dialect="huajiao", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        await page.wait_for_function(MOVES, timeout=20_000)
        async with aiohttp.ClientSession() as client:
            await client.post(f"{room.base_url}/cue", json={"kind": "room_ends"})
        await page.wait_for_selector("#state:not([hidden])")
        words = await page.inner_text("#state")
        await page.wait_for_timeout(500)
        told = await truth(room)
    assert "直播已结束" in words
    assert len(asked_for(told, "getFeedInfo")) == 2
    assert told["sockets"] == []
    assert told["dialect"]["rows"] == []


@pytest.mark.soak  # its hostile frames are kept and counted in test_dialects.py
async def test_a_hostile_room_leaves_taobaos_page_whole(open_page: OpenPage) -> None:
    async with serve("hostile", dialect="taobao", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        await page.wait_for_function(MOVES, timeout=20_000)
        rows = '#liveComment [class^="itemWrap--"]'
        await page.wait_for_function(f"document.querySelectorAll({rows!r}).length > 20", timeout=15_000)
        for _ in range(40):
            await page.wait_for_timeout(500)
            told = await truth(room)
            if hostile := told["dialect"]["hostile_frames"]:
                break
        shown = await page.locator(rows).all_text_contents()
    assert hostile
    paths = {told["dialect"]["answers"][one["answer"] - 1]["path"].split("/")[2] for one in hostile}
    assert paths == {"mtop.taobao.powermsg.h5.msg.pullnativemsg"}
    assert any("\u202e" in line for line in shown)
