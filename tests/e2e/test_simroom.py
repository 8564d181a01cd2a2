"""The simulated room in a real browser: it plays, it chats, its faults happen, and what it says about itself is so."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import blake3
import pytest
from playwright.async_api import Page, WebSocket, async_playwright

from crawler.simroom.kinds import ChatSocket, Transport
from crawler.simroom.scenario import Scenario
from crawler.simroom.scenario_file import load
from crawler.simroom.server import ServedRoom, serve

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
PLAYED = """() => {
  const v = document.getElementById("live");
  return {at: v.currentTime, width: v.videoWidth,
    pictures: v.webkitDecodedFrameCount, sound: v.webkitAudioDecodedByteCount};
}"""
CLOCKS_NS = 50_000_000  # the page's clock and the server's may differ by this much
OpenPage = Callable[[], Awaitable[Page]]


@pytest.fixture
async def open_page(browser_path: Path) -> AsyncIterator[OpenPage]:
    """Opens pages as a watch would see them; an error in a page's own script fails the test."""
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


@asynccontextmanager
async def served(scenario: str | Scenario, **changes: Any) -> AsyncIterator[ServedRoom]:
    script = load(scenario) if isinstance(scenario, str) else scenario
    async with serve(replace(script, **changes), progress=print) as room:
        yield room


async def truth(room: ServedRoom) -> dict[str, Any]:
    async with aiohttp.ClientSession() as client, client.get(room.truth_url) as answer:
        told: dict[str, Any] = await answer.json()
        return told


async def ask_for(room: ServedRoom, **cue: Any) -> str:
    async with aiohttp.ClientSession() as client, client.post(f"{room.base_url}/cue", json=cue) as answer:
        planned = await answer.json()
        assert answer.status == 200, planned
        return str(planned["id"])


async def measured(room: ServedRoom, fault_id: str, *, over: bool = True) -> dict[str, Any]:
    """The fault, once it has been measured (and is over)."""
    for _ in range(120):
        fault = next(f for f in (await truth(room))["faults"] if f["id"] == fault_id)
        if fault["from_wall_ns"] and (fault["to_wall_ns"] or not over):
            return dict(fault)
        await asyncio.sleep(0.25)
    raise AssertionError(f"the fault was never measured: {fault}")


async def playing(page: Page) -> None:
    await page.wait_for_function("document.getElementById('live').currentTime > 0.5", timeout=20_000)


def lasted_as_planned(fault: dict[str, Any]) -> bool:
    """Begun no sooner than planned and over no sooner either; a page that learns of it late begins late."""
    begun = fault["planned_from_wall_ns"] - CLOCKS_NS <= fault["from_wall_ns"] < fault["to_wall_ns"]
    return bool(begun and fault["planned_to_wall_ns"] - CLOCKS_NS <= fault["to_wall_ns"])


def prefix(payloads: list[bytes]) -> str:
    return blake3.blake3(b"".join(payloads)).hexdigest()


@pytest.mark.parametrize(("transport", "chat"), [("flv", "page"), ("fmp4", "worker"), ("hls", "page")])
async def test_a_room_plays_chats_and_tells_the_truth(
    open_page: OpenPage, transport: Transport, chat: ChatSocket
) -> None:
    script = load("default")
    media, talk = replace(script.media, transport=transport), replace(script.chat, socket=chat)
    async with served(script, media=media, chat=talk) as room:
        page = await open_page()
        frames: list[bytes] = []
        bodies: dict[str, bytes] = {}

        def on_socket(socket: WebSocket) -> None:
            socket.on("framereceived", lambda data: frames.append(data if isinstance(data, bytes) else data.encode()))

        async def keep(response: Any) -> None:
            if response.url.split("?")[0].endswith((".m4s", ".mp4")):
                bodies[response.url.split("c=")[1]] = await response.body()

        page.on("websocket", on_socket)
        page.on("response", keep)
        await page.goto(room.room_url)
        await playing(page)
        await page.wait_for_timeout(3500)
        played = await page.evaluate(PLAYED)
        assert await page.locator("#chat li").count() > 10
        assert await page.locator("[data-slot=stock]").inner_text() != ""
        await page.goto("about:blank")  # the last report goes out when the room is left
        await page.wait_for_timeout(500)
        told = await truth(room)

    assert played["at"] > 3
    assert played["pictures"] > 60
    assert played["sound"] > 20_000
    assert played["width"] == 720

    [socket] = told["sockets"]
    assert 0 < socket["page_received"] <= len(socket["frames"])
    assert len(frames) >= socket["page_received"]
    assert prefix(frames) == socket["frames"][len(frames) - 1]["prefix_blake3"]
    assert [len(frame) for frame in frames] == [frame["size"] for frame in socket["frames"][: len(frames)]]
    assert len(socket["client_sent"]) == 1

    assert {media["kind"] for media in told["media"]} == {
        "flv": {"flv"}, "fmp4": {"init", "segment"}, "hls": {"init", "segment", "playlist"},
    }[transport]  # fmt: skip
    for media in told["media"]:
        sent = media["chunks"][-1]["end_offset"]
        assert (media["page_received_bytes"] or 0) <= sent
        if media["complete"] and media["id"] in bodies:
            assert media["page_received_bytes"] in (sent, None)
            assert prefix([bodies[media["id"]]]) == media["chunks"][-1]["prefix_blake3"]
    assert sum(media["page_received_bytes"] or 0 for media in told["media"]) > 800_000

    assert {counter["name"] for counter in told["page_counters"]} == {
        "page_stock", "page_percent", "page_clock", "page_viewers",
    }  # fmt: skip
    clock = [counter for counter in told["page_counters"] if counter["name"] == "page_clock"]
    for counter in clock:
        minutes, seconds = map(int, counter["text"].split(":"))
        due = told["started_wall_ns"] + (300 - minutes * 60 - seconds) * 10**9
        assert counter["shown_wall_ns"] >= due - 20_000_000
        assert counter["hidden_wall_ns"] is not None
    samples = told["media_to_wall"]
    assert len(samples) > 8
    # What is on the screen was on air before: media time never runs ahead of the broadcast.
    assert all(s["wall_ns"] > told["started_wall_ns"] + s["media_s"] * 1e9 - 50_000_000 for s in samples)


async def test_an_endless_flv_is_what_the_truth_says() -> None:
    async with served("default") as room, aiohttp.ClientSession() as client:
        received = b""
        async with client.get(f"{room.base_url}/live/{room.scenario.room.id}.flv?c=probe") as answer:
            async for piece in answer.content.iter_any():
                received += piece
                if len(received) > 600_000:
                    break
        [media] = (await truth(room))["media"]
        assert media["id"] == "probe"
        whole = [chunk for chunk in media["chunks"] if chunk["end_offset"] <= len(received)]
        assert len(whole) > 10
        for chunk in whole:
            assert prefix([received[: chunk["end_offset"]]]) == chunk["prefix_blake3"]
        sent = [chunk["sent_wall_ns"] for chunk in media["chunks"]]
        assert sent == sorted(sent)


async def test_faults_on_cue_happen_and_are_measured(open_page: OpenPage) -> None:
    async with served("default") as room:
        page = await open_page()
        await page.goto(room.room_url)
        await playing(page)

        drop = await ask_for(room, kind="chat_drop", **{"for": 1})
        advert = await ask_for(room, kind="popup_cover", **{"for": 1.5})
        assert lasted_as_planned(await measured(room, drop))
        assert lasted_as_planned(await measured(room, advert))
        assert len((await truth(room))["sockets"]) == 2

        mask = await ask_for(room, kind="continue_mask", **{"for": 60})
        await page.get_by_role("button", name="继续观看").click()
        clicked = await measured(room, mask)
        assert clicked["from_wall_ns"] < clicked["to_wall_ns"] < clicked["planned_to_wall_ns"]

        stall = await ask_for(room, kind="video_stall", **{"for": 3})
        freeze = await ask_for(room, kind="freeze", **{"for": 1.5, "in": 7})
        assert (await measured(room, stall))["by"] == "page"
        assert lasted_as_planned(await measured(room, freeze))

        again = await ask_for(room, kind="navigate")
        await measured(room, again)
        await playing(page)

        crash = await ask_for(room, kind="crash")
        devtools = await page.context.new_cdp_session(page)
        gone = asyncio.Event()
        page.on("crash", lambda _: gone.set())
        crashing = asyncio.create_task(devtools.send("Page.crash"))
        await asyncio.wait_for(gone.wait(), 10)
        crashing.cancel()
        page = await open_page()
        await page.goto(room.room_url)
        assert (await measured(room, crash))["by"] == "server"

        await ask_for(room, kind="room_ends")
        await page.wait_for_function("document.body.dataset.roomState === 'ended'", timeout=10_000)
        assert "直播已结束" in await page.locator("body").inner_text()
        told = await truth(room)
    assert len(told["pages"]) == 3
    covered = next(f for f in told["faults"] if f["id"] == advert)
    for counter in told["page_counters"]:
        if counter["name"] != "page_viewers" and counter["hidden_wall_ns"]:  # the pop-up leaves the viewers' count free
            inside = covered["from_wall_ns"] < counter["shown_wall_ns"] < covered["to_wall_ns"] - 50_000_000
            assert not inside, counter


# That fmp4 plays at all is shown above.
@pytest.mark.parametrize("transport", ["flv", pytest.param("fmp4", marks=pytest.mark.soak)])
async def test_the_picture_turns_small_and_black_and_comes_back(open_page: OpenPage, transport: Transport) -> None:
    script = load("resolution_change")
    faults = (replace(script.faults[0], at_s=3.0, length_s=2.0),)
    media = replace(script.media, transport=transport, loop_s=8.0)
    async with served(replace(script, faults=faults, media=media)) as room:
        page = await open_page()
        await page.goto(room.room_url)
        await page.wait_for_function("document.getElementById('live').videoWidth === 540", timeout=20_000)
        await page.wait_for_function("document.getElementById('live').videoWidth === 720", timeout=20_000)
        black = await ask_for(room, kind="black_video", **{"for": 1.6})
        assert lasted_as_planned(await measured(room, black))
        assert lasted_as_planned(await measured(room, "f1"))


@pytest.mark.parametrize("state", ["ended", "login", "captcha", "not_found", "paused"])
async def test_a_room_that_is_not_live_says_so(open_page: OpenPage, state: str) -> None:
    async with served(f"entry_{state}") as room:
        page = await open_page()
        answer = await page.goto(room.room_url)
        assert answer is not None
        assert answer.status == (404 if state == "not_found" else 200)
        assert await page.get_attribute("body", "data-room-state") == state
        assert await page.locator("#state").is_visible()
        assert (await truth(room))["sockets"] == []


async def test_a_room_may_fail_or_never_answer() -> None:
    async with aiohttp.ClientSession() as client:
        async with served("entry_server_error") as room, client.get(room.room_url) as answer:
            assert answer.status == 500
        async with served("entry_never") as room:
            with pytest.raises(TimeoutError):
                await client.get(room.room_url, timeout=aiohttp.ClientTimeout(total=0.7))
        async with served("default") as room, client.get(f"{room.base_url}/room/12345") as answer:
            assert answer.status == 404
            assert 'data-room-state="not_found"' in await answer.text()
        async with served("default") as room, client.post(f"{room.base_url}/cue", json={"kind": "flood"}) as answer:
            assert answer.status == 400
            assert "one of" in (await answer.json())["error"]


@pytest.mark.parametrize("variant", ["navigation", "spa"])
async def test_the_tab_goes_to_another_room(open_page: OpenPage, variant: str) -> None:
    async with served("default") as room:
        page = await open_page()
        await page.goto(room.room_url)
        await playing(page)
        other = room.scenario.room.other_id
        cue = await ask_for(room, kind="other_room", variant=variant)
        await page.wait_for_function(f"document.body.dataset.roomId === '{other}'", timeout=10_000)
        assert page.url.endswith(f"/room/{other}")
        await playing(page)
        await measured(room, cue, over=False)
        told = await truth(room)
    assert len(told["pages"]) == (2 if variant == "navigation" else 1)
    assert {media["room_id"] for media in told["media"]} == {room.scenario.room.id, other}


async def test_a_hostile_room_stays_a_room(open_page: OpenPage) -> None:
    async with served("hostile") as room:
        page = await open_page()
        frames: list[int] = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(len(data))))
        await page.goto(room.room_url)
        await playing(page)
        for _ in range(60):
            if max(frames, default=0) >= 10_000_000:
                break
            await page.wait_for_timeout(250)
        assert max(frames) == 10_000_000
        assert await page.get_attribute("body", "data-room-state") == "live"
        assert await page.locator("#chat img").count() == 0
        assert await page.evaluate("document.querySelectorAll('*').length") > 20_000


async def test_the_command_says_where_the_room_is_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "crawler.simroom", "--media", "hls", "--chat", "worker", "--seed", "7"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    match = re.fullmatch(r"room: (http://127\.0\.0\.1:\d+/room/\w+)\n", line)
    assert match, line
    async with aiohttp.ClientSession() as client, client.get(match[1]) as answer:
        assert 'name="livewitness-simulated-room" content="1"' in await answer.text()
    process.send_signal(signal.SIGTERM)
    out, err = await process.communicate()
    assert (process.returncode, out) == (0, b""), err

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crawler.simroom", "--scenario", "nowhere", cwd=ROOT, stdout=pipe, stderr=pipe
    )
    out, err = await process.communicate()
    assert process.returncode == 2
    assert b"nowhere" in err
    assert b"Traceback" not in err
