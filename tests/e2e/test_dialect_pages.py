"""The dialects in a real browser: each page shows its chat list and plays the video while its socket brings frames."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright

from crawler.simroom.server import ServedRoom, serve
from tests.harness.room import simulated_room

pytestmark = pytest.mark.browser
OpenPage = Callable[[], Awaitable[Page]]
# The dialect and, on its page: chat rows, names and texts in them, the viewer counter (none: the site shows none).
PAGES = [
    (
        "douyin",
        ".webcast-chatroom___list .webcast-chatroom___item",
        ".webcast-chatroom___content-with-emoji-text",
        "[data-e2e=live-room-audience]",
    ),
    ("tiktok", "[data-e2e=chat-message]", "div.w-full.break-words", "[data-e2e=live-people-count]"),
    ("kuaishou", ".chat-history .comment-cell", ".comment", ".watching-count"),
    ("bilibili", "#chat-items .chat-item.danmaku-item", ".danmaku-item-right", ".watched-count"),
    ("jd", ".chat-list .chat-item", ".chat-text", ".view-count"),
    ("xiaohongshu", ".comments .comment-list-item", ".text-p9d4", ".viewer-count"),
]


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


async def ask_for(room: ServedRoom, **cue: Any) -> None:
    async with aiohttp.ClientSession() as client, client.post(f"{room.base_url}/cue", json=cue) as answer:
        assert answer.status == 200, await answer.text()


async def rows_at_least(page: Page, selector: str, count: int) -> None:
    await page.wait_for_function(f"document.querySelectorAll({selector!r}).length >= {count}", timeout=15_000)


# In CI the others' pages are opened by test_dialects.py, which sees their rows, their video and their end.
@pytest.mark.parametrize(
    ("dialect", "rows", "text", "counter"),
    [pytest.param(*page, id=page[0], marks=() if page[0] == "douyin" else pytest.mark.soak) for page in PAGES],
)
async def test_rows_appear_the_video_moves_and_the_end_is_told(
    open_page: OpenPage, dialect: str, rows: str, text: str, counter: str
) -> None:
    async with serve("default", dialect=dialect, progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        name = await page.get_attribute("meta[name=livewitness-simulated-room]", "content")
        await page.wait_for_function(
            f"document.querySelector('video').currentTime > 0.5 && document.querySelectorAll({rows!r}).length > 8",
            timeout=20_000,
        )
        if counter:
            await page.wait_for_function(f"document.querySelector({counter!r}).textContent !== ''")
        shown = await page.eval_on_selector_all(f"{rows} {text}", "found => found.map(one => one.textContent.trim())")
        left_over = await page.evaluate("document.querySelectorAll('[data-put], template, [data-room-state]').length")
        await ask_for(room, kind="room_ends")
        await page.wait_for_selector("#state:not([hidden])")
        words = await page.inner_text("#state")
        await page.wait_for_timeout(3000)  # the site closes its socket, the page tells what it got and painted
        whole = await truth(room)
    told = whole["dialect"]
    assert name == dialect
    assert words.strip()
    [socket] = whole["sockets"]
    assert socket["closed_wall_ns"]
    assert socket["page_received"] == len(socket["frames"])
    assert told["states"][-1]["state"] == "ended"
    assert left_over == 0
    known = {event["text"].strip() for event in told["events"] if event["kind"] == "chat"}
    assert len(set(shown) & known) >= 5
    painted = {number for row in told["rows"] for number in row["numbers"]}
    chats = {event["number"] for event in told["events"] if event["kind"] == "chat" and event["messages"]}
    assert len(painted & chats) >= 5


async def test_a_socket_that_is_closed_is_opened_again_by_the_page(open_page: OpenPage) -> None:
    async with serve("default", dialect="douyin", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        await page.wait_for_function("document.querySelector('video').currentTime > 0.3", timeout=20_000)
        async with aiohttp.ClientSession() as client:
            await client.post(f"{room.base_url}/cue", json={"kind": "chat_drop", "for": 1})
        for _ in range(60):
            told = await truth(room)
            if told["faults"][0]["to_wall_ns"]:
                break
            await asyncio.sleep(0.25)
    first, second = (socket for socket in told["sockets"] if socket["frames"])
    assert first["closed_wall_ns"]
    assert second["opened_wall_ns"] > first["closed_wall_ns"]
    assert first["client_sent"], "frames are acknowledged"


@pytest.mark.parametrize(
    ("dialect", "rows"),
    [pytest.param(*page[:2], id=page[0], marks=() if page[0] == "bilibili" else pytest.mark.soak) for page in PAGES],
)
async def test_a_hostile_room_leaves_the_page_whole(open_page: OpenPage, dialect: str, rows: str) -> None:
    async with serve("hostile", dialect=dialect, progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        await page.wait_for_function("document.querySelector('video').currentTime > 0.5", timeout=20_000)
        await rows_at_least(page, rows, 20)
        hostile: set[str] = set()
        while len(hostile) < 2:
            await page.wait_for_timeout(500)
            told = await truth(room)
            hostile = {frame["what"] for frame in told["dialect"]["hostile_frames"]}
        shown = await page.eval_on_selector_all(rows, "found => found.map(one => one.textContent)")
    assert any("\u202e" in line for line in shown)
    assert not any(socket["closed_wall_ns"] for socket in told["sockets"])


def test_the_command_serves_a_dialect() -> None:
    with simulated_room("default", "--dialect", "tiktok") as room:
        assert room.url.endswith("/@sim73011224/live")
        with urllib.request.urlopen(room.url, timeout=20) as answer:
            assert b'<meta name="livewitness-simulated-room" content="tiktok">' in answer.read()


async def test_a_room_that_is_not_live_yet_is_live_later_in_the_same_page(open_page: OpenPage) -> None:
    async with serve("entry_not_started", dialect="kuaishou", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url)
        assert "尚未开播" in await page.inner_text("#state")
        assert "错误代码22" in await page.evaluate("JSON.stringify(window.__INITIAL_STATE__)")
        await ask_for(room, kind="room_starts")
        await rows_at_least(page, ".chat-history .comment-cell", 3)
        assert await page.is_hidden("#state")


async def test_another_broadcast_in_the_same_page_has_a_socket_of_its_own(open_page: OpenPage) -> None:
    async with serve("default", dialect="douyin", progress=print) as room:
        page = await open_page()
        opened: list[str] = []
        page.on("websocket", lambda socket: opened.append(socket.url))
        await page.goto(room.room_url)
        await rows_at_least(page, ".webcast-chatroom___item", 3)
        await page.evaluate("window.kept = true")
        await ask_for(room, kind="new_broadcast", variant="spa", **{"for": 1})
        for _ in range(60):
            if len(opened) > 1:
                break
            await asyncio.sleep(0.25)
        await page.wait_for_timeout(1200)
        told = await truth(room)
        assert await page.evaluate("window.kept"), "the same document"
    ids = [one["broadcast_id"] for one in told["dialect"]["broadcasts"]]
    assert len(set(ids)) == 2
    assert [f"room_id={own_id}" in url for own_id, url in zip(ids, opened, strict=True)] == [True, True]
    assert all(socket["frames"] for socket in told["sockets"])


async def test_the_h5_page_polls_and_shows_what_it_was_told(open_page: OpenPage) -> None:
    async with serve("default", dialect="kuaishou", progress=print) as room:
        page = await open_page()
        await page.goto(room.room_url.replace("/u/", "/fw/live/"))
        await rows_at_least(page, ".comment-list .comment-cell", 8)
        polls: list[str] = []
        while len(polls) < 3:
            await page.wait_for_timeout(700)
            told = await truth(room)
            polls = [request["path"] for request in told["requests"] if request["path"].startswith("/wap/live/feed")]
    assert "cursor=0&" in polls[0]
    assert "cursor=0&" not in polls[-1]
    assert told["sockets"] == []
    painted = {number for row in told["dialect"]["rows"] for number in row["numbers"]}
    polled = {event["number"] for event in told["dialect"]["events"] if event["messages"]}
    assert painted
    assert painted <= polled
