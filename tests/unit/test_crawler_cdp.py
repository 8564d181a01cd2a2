"""The DevTools connection, against a real WebSocket server on this machine that behaves as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from crawler.cdp import CdpClosedError, CdpConnection, CdpError, CdpTimeoutError

Answer = Callable[[web.WebSocketResponse, dict[str, Any]], Awaitable[None]]


class Browser:
    """A DevTools end point whose answers a test decides; it keeps what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.answer: Answer = echo

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            command = json.loads(message.data)
            self.heard.append(command)
            await self.answer(socket, command)
        return socket

    async def say(self, *events: dict[str, Any]) -> None:
        for event in events:
            await self.sockets[0].send_str(json.dumps(event))


async def echo(socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
    await socket.send_str(json.dumps({"id": command["id"], "result": {"asked": command["method"]}}))


async def silence(_: web.WebSocketResponse, __: dict[str, Any]) -> None:
    return


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    served = Browser()
    app = web.Application()
    app.router.add_get("/devtools", served.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/devtools"
    yield served
    await runner.cleanup()


async def test_a_command_is_answered_with_its_result(browser: Browser) -> None:
    async with CdpConnection(browser.url) as cdp:
        assert await cdp.send("Page.enable") == {"asked": "Page.enable"}
        await cdp.send("Page.navigate", {"url": "about:blank"}, session="s1")
    first, second = browser.heard
    assert first == {"id": 1, "method": "Page.enable"}
    assert second == {"id": 2, "method": "Page.navigate", "params": {"url": "about:blank"}, "sessionId": "s1"}


async def test_answers_may_come_in_any_order(browser: Browser) -> None:
    waiting: list[dict[str, Any]] = []

    async def backwards(socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
        waiting.append(command)
        if len(waiting) == 3:
            for one in reversed(waiting):
                await echo(socket, one)

    browser.answer = backwards
    async with CdpConnection(browser.url) as cdp:
        answers = await asyncio.gather(*(cdp.send(f"A.{number}") for number in range(3)))
    assert [answer["asked"] for answer in answers] == ["A.0", "A.1", "A.2"]


async def test_a_refusal_is_an_error_with_the_browsers_words(browser: Browser) -> None:
    async def refuse(socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
        error = {"code": -32601, "message": "'Nope' wasn't found"}
        await socket.send_str(json.dumps({"id": command["id"], "error": error}))

    browser.answer = refuse
    async with CdpConnection(browser.url) as cdp:
        with pytest.raises(CdpError, match="'Nope' wasn't found"):
            await cdp.send("Nope")
        assert not cdp.closed.is_set(), "the next command may be fine"


async def test_no_answer_in_time_is_a_time_out_and_a_late_one_harms_nobody(browser: Browser) -> None:
    browser.answer = silence
    async with CdpConnection(browser.url) as cdp:
        with pytest.raises(CdpTimeoutError, match=r"Page\.captureScreenshot: no answer .* within 0\.05 s"):
            await cdp.send("Page.captureScreenshot", timeout=0.05)
        await echo(browser.sockets[0], browser.heard[0])
        browser.answer = echo
        assert await cdp.send("Page.enable") == {"asked": "Page.enable"}


async def test_commands_reach_the_browser_in_the_order_of_the_calls(browser: Browser) -> None:
    async with CdpConnection(browser.url) as cdp:
        for number in range(200):
            cdp.fire(f"A.{number}")
        await cdp.send("Last")
    assert [command["method"] for command in browser.heard] == [*(f"A.{number}" for number in range(200)), "Last"]


async def test_events_are_heard_in_order_by_each_who_listens(browser: Browser) -> None:
    heard: list[tuple[int, str]] = []
    also: list[int] = []
    done = asyncio.Event()
    async with CdpConnection(browser.url) as cdp:
        cdp.on("Network.dataReceived", lambda params, session: heard.append((params["n"], session)))
        cdp.on("Network.dataReceived", lambda params, _: also.append(params["n"]))
        cdp.on("Network.loadingFinished", lambda _, __: done.set())
        await cdp.send("Network.enable")
        await browser.say(
            *({"method": "Network.dataReceived", "params": {"n": n}, "sessionId": f"s{n % 2}"} for n in range(300)),
            {"method": "Nobody.listens", "params": {}},
            {"method": "Network.loadingFinished"},
        )
        await done.wait()
    assert heard == [(n, f"s{n % 2}") for n in range(300)]
    assert also == list(range(300))


async def test_a_message_of_10_mb_is_taken_whole(browser: Browser) -> None:
    data = "x" * 14_000_000

    async def large(socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
        await socket.send_str(json.dumps({"id": command["id"], "result": {"data": data}}))

    browser.answer = large
    async with CdpConnection(browser.url) as cdp:
        assert (await cdp.send("Network.getResponseBody", timeout=30))["data"] == data


async def test_a_message_over_the_limit_ends_the_connection_and_not_the_program(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.cdp.MAX_MESSAGE", 1000)

    async def large(socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
        await socket.send_str(json.dumps({"id": command["id"], "result": {"data": "x" * 2000}}))

    browser.answer = large
    async with CdpConnection(browser.url) as cdp:
        with pytest.raises(CdpClosedError):
            await cdp.send("Network.getResponseBody")
        assert cdp.closed.is_set()


async def test_a_browser_that_dies_is_told_to_everybody_who_waits(browser: Browser) -> None:
    arrived = asyncio.Semaphore(0)

    async def keep_waiting(_: web.WebSocketResponse, __: dict[str, Any]) -> None:
        arrived.release()

    browser.answer = keep_waiting
    async with CdpConnection(browser.url) as cdp:
        calls = [asyncio.create_task(cdp.send(f"A.{number}", timeout=30)) for number in range(3)]
        for _ in calls:
            await arrived.acquire()
        await browser.sockets[0].close()
        for call in calls:
            with pytest.raises(CdpClosedError):
                await call
        await cdp.closed.wait()
        with pytest.raises(CdpClosedError, match=r"Page\.enable: the connection to the browser is closed"):
            await cdp.send("Page.enable")
        cdp.fire("Page.enable")
    assert cdp.handler_error is None


async def test_a_connection_that_was_closed_refuses_commands(browser: Browser) -> None:
    async with CdpConnection(browser.url) as cdp:
        pass
    with pytest.raises(CdpClosedError):
        await cdp.send("Page.enable")
    await cdp.close()


async def test_closing_ends_what_was_spawned(browser: Browser) -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("yes")

    async with CdpConnection(browser.url) as cdp:
        cdp.spawn(work())
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ended == ["yes"]


async def test_idle_is_when_nothing_spawned_is_under_way(browser: Browser) -> None:
    steps: list[str] = []

    async def second(cdp: CdpConnection) -> None:
        await cdp.send("B")
        steps.append("second")

    async def first(cdp: CdpConnection) -> None:
        await cdp.send("A")
        steps.append("first")
        cdp.spawn(second(cdp))

    async with CdpConnection(browser.url) as cdp:
        cdp.spawn(first(cdp))
        await cdp.idle()
    assert steps == ["first", "second"]


async def test_a_fault_in_a_handler_is_kept_and_ends_the_connection(browser: Browser) -> None:
    def broken(_: dict[str, Any], __: str) -> None:
        raise KeyError("not what was expected")

    async with CdpConnection(browser.url) as cdp:
        cdp.on("Some.event", broken)
        await cdp.send("A")
        await browser.say({"method": "Some.event", "params": {}})
        await cdp.closed.wait()
        assert isinstance(cdp.handler_error, KeyError), "a fault of ours is never silent"
        with pytest.raises(CdpClosedError):
            await cdp.send("B")


async def test_a_fault_in_spawned_work_is_kept_and_ends_the_connection(browser: Browser) -> None:
    async def broken() -> None:
        raise ValueError("not what was expected")

    async with CdpConnection(browser.url) as cdp:
        await cdp.send("A")
        cdp.spawn(broken())
        await cdp.closed.wait()
        assert isinstance(cdp.handler_error, ValueError)


async def test_nobody_who_listens_is_an_error_at_once() -> None:
    with pytest.raises(aiohttp.ClientError):
        await CdpConnection("ws://127.0.0.1:9/devtools").__aenter__()
