"""Rooms in a dialect over real sockets: what goes out is what the truth says, through faults, walls and polls."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import blake3
import pytest

from crawler.simroom.dialects import DIALECTS, named
from crawler.simroom.fields import ScenarioError
from crawler.simroom.scenario import Scenario
from crawler.simroom.scenario_file import load
from crawler.simroom.server import ServedRoom, serve

ROOM = "73011224"
WITH_SOCKETS = sorted(name for name, dialect in DIALECTS.items() if dialect.socket_paths)
# Faults are the framework's: one binary and one text dialect in CI, all of them in the soak.
FAULTED = [pytest.param(name, marks=() if name in {"douyin", "jd"} else pytest.mark.soak) for name in WITH_SOCKETS]


def small(scenario: str = "default", **chat: Any) -> Scenario:
    """The scenario with a video that is made in a moment, and chat as asked for."""
    script = load(scenario)
    media = replace(script.media, loop_s=1.6, width=160, height=160, video_kbps=100)
    return replace(script, media=media, counters=(), chat=replace(script.chat, bursts=(), **chat))


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reels")


class Visit:
    """Someone with a plain HTTP client in a room."""

    def __init__(self, room: ServedRoom, client: aiohttp.ClientSession) -> None:
        self.room, self.client = room, client

    async def get(self, path: str) -> tuple[int, bytes, Any]:
        async with self.client.get(self.room.base_url + path) as answer:
            return answer.status, await answer.read(), answer.headers

    async def json(self, path: str) -> Any:
        return json.loads((await self.get(path))[1])

    async def truth(self) -> dict[str, Any]:
        told: dict[str, Any] = await self.json("/truth.json")
        return told

    async def cue(self, **cue: Any) -> None:
        async with self.client.post(f"{self.room.base_url}/cue", json=cue) as answer:
            assert answer.status == 200, await answer.text()

    def plan(self) -> str:
        """The socket's path with its query, by what the page was told."""
        dialect = DIALECTS[self.name]
        return dialect.socket_paths[0]

    @property
    def name(self) -> str:
        return str(self._name)

    async def open(self, name: str) -> None:
        """Ask for the page, which starts the broadcast."""
        self._name = name
        status, body, _ = await self.get(DIALECTS[name].path(ROOM))
        assert status == 200
        assert f'<meta name="livewitness-simulated-room" content="{name}">'.encode() in body

    def socket(self, own_id: str = "p1-s1") -> Any:
        return self.client.ws_connect(f"{self.room.base_url}{self.plan()}?c={own_id}", max_msg_size=0)


@asynccontextmanager
async def visiting(script: Scenario, name: str, cache_dir: Path) -> AsyncIterator[Visit]:
    async with serve(script, dialect=name, cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        yield Visit(room, client)


async def listen(socket: Any, seconds: float) -> list[bytes]:
    """Frames that come within so many seconds; ends early when the socket is closed."""
    frames: list[bytes] = []

    def keep(frame: Any) -> None:
        frames.append(frame.data if isinstance(frame.data, bytes) else frame.data.encode())

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for frame in socket:
                keep(frame)
    return frames


@pytest.mark.parametrize("name", WITH_SOCKETS)
async def test_the_truth_names_the_frame_of_each_message_and_duplicates(name: str, cache_dir: Path) -> None:
    async with visiting(small(per_second=300.0), name, cache_dir) as visit:
        await visit.open(name)
        async with visit.socket() as socket:
            frames = await listen(socket, 2.0)
        told = await visit.truth()
    [socket_truth] = told["sockets"]
    assert len(frames) > 5
    digest = blake3.blake3()
    for frame, noted in zip(frames, socket_truth["frames"], strict=False):
        digest.update(frame)
        assert (noted["size"], noted["prefix_blake3"]) == (len(frame), digest.hexdigest())
    places: dict[tuple[int, int], str] = {}
    first_seen: set[tuple[int, str]] = set()
    duplicates = 0
    for event in told["dialect"]["events"]:
        for message in event["messages"]:
            for sent in message["sent"]:
                assert 1 <= sent["frame"] <= len(socket_truth["frames"])
                place = (sent["frame"], sent["position"])
                assert place not in places, "one message at a place"
                places[place] = message["method"]
                assert sent["duplicate"] == ((event["number"], message["method"]) in first_seen)
                first_seen.add((event["number"], message["method"]))
                duplicates += sent["duplicate"]
    by_frame: dict[int, list[int]] = {}
    for frame_number, position in places:
        by_frame.setdefault(frame_number, []).append(position)
    assert all(sorted(positions) == list(range(len(positions))) for positions in by_frame.values())
    assert len(places) > 150
    assert 1 <= duplicates < len(places) * 0.1


@pytest.mark.parametrize("name", FAULTED)
async def test_a_dropped_socket_is_refused_for_a_while_and_its_messages_are_not_claimed(
    name: str, cache_dir: Path
) -> None:
    async with visiting(small(per_second=60.0), name, cache_dir) as visit:
        await visit.open(name)
        async with visit.socket() as socket:
            await listen(socket, 0.6)
            await visit.cue(kind="chat_drop", **{"for": 1})
            await listen(socket, 3)
            assert socket.closed
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await visit.socket("p1-s2")
        await asyncio.sleep(1)
        async with visit.socket("p1-s3") as socket:
            assert await listen(socket, 1)
        told = await visit.truth()
    [fault] = told["faults"]
    assert fault["from_wall_ns"]
    assert fault["to_wall_ns"]
    unsent = [event for event in told["dialect"]["events"] if event["kind"] == "chat" and not event["messages"]]
    assert len(unsent) > 5, "events go on while nobody can be told"


@pytest.mark.parametrize("name", FAULTED)
async def test_a_silence_is_silent_and_an_end_closes_the_socket(name: str, cache_dir: Path) -> None:
    async with visiting(small(per_second=60.0), name, cache_dir) as visit:
        await visit.open(name)
        async with visit.socket() as socket:
            await listen(socket, 0.6)
            await visit.cue(kind="chat_silent", **{"for": 1})
            await listen(socket, 2)
            await visit.cue(kind="room_ends")
            await listen(socket, 5)
            assert socket.closed
        told = await visit.truth()
    assert [state["state"] for state in told["dialect"]["states"]] == ["live", "ended"]
    silence = told["faults"][0]
    begins, ends = ((silence[f"planned_{side}_wall_ns"] - told["started_wall_ns"]) / 1e6 for side in ("from", "to"))
    tick_ms = DIALECTS[name].tick_s * 1000
    chats = [event for event in told["dialect"]["events"] if event["kind"] == "chat"]
    silent = [event for event in chats if begins + tick_ms < event["at_ms"] < ends - tick_ms]
    assert len(silent) > 5
    assert not any(event["messages"] for event in silent)
    assert any(event["messages"] for event in chats if event["at_ms"] > ends), "and then it speaks again"


async def test_douyin_says_in_the_stream_and_in_its_answer_that_it_is_over(cache_dir: Path) -> None:
    async with visiting(small(), "douyin", cache_dir) as visit:
        await visit.open("douyin")
        path = f"/webcast/room/web/enter/?web_rid={ROOM}"
        before = await visit.json(path)
        async with visit.socket() as socket:
            await visit.cue(kind="room_ends")
            frames = await listen(socket, 5)
        after = await visit.json(path)
        told = await visit.truth()
    assert frames
    assert (before["data"]["data"][0]["status"], before["data"]["room_status"]) == (2, 0)
    assert (after["data"]["data"][0]["status"], after["data"]["room_status"]) == (4, 2)
    assert before["data"]["data"][0]["room_cart"]["total"] == 0
    end = next(event for event in told["dialect"]["events"] if event["kind"] == "state")
    [message] = end["messages"]
    assert (message["method"], message["figures"]) == ("WebcastControlMessage", {"action": 3})
    assert message["sent"][0]["frame"] == len(frames)


@pytest.mark.parametrize("name", sorted(DIALECTS))
@pytest.mark.parametrize(
    "entry", ["not_started", "ended", "replay", "login", "captcha", "not_found", "blocked", "no_content"]
)
async def test_no_state_but_live_is_taken_for_live(name: str, entry: Any, cache_dir: Path) -> None:
    script = small()
    script = replace(script, room=replace(script.room, entry=entry))
    async with visiting(script, name, cache_dir) as visit:
        status, page, _ = await visit.get(DIALECTS[name].path(ROOM))
        assert status < 500
        assert f'content="{name}"'.encode() in page, "a wall says too that it is a simulation"
        for path in DIALECTS[name].socket_paths[:1]:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await visit.client.ws_connect(f"{visit.room.base_url}{path}")
        told = await visit.truth()
    assert [state["state"] for state in told["dialect"]["states"]] in ([], [entry])
    assert told["dialect"]["answers"][0]["blake3"] == blake3.blake3(page).hexdigest()
    assert all(not event["messages"] for event in told["dialect"]["events"])


WALLS = {  # dialect: address, and what it answers: (status, body begins with, header)
    ("douyin", "captcha"): ("/webcast/room/web/enter/?web_rid=73011224", 200, b"", "bdturing-verify"),
    ("douyin", "blocked"): ("/webcast/room/web/enter/?web_rid=73011224", 444, b"", ""),
    ("douyin", "no_content"): ("/webcast/room/web/enter/?web_rid=73011224", 200, b"", ""),
    ("douyin", "login"): ("/webcast/room/web/enter/?web_rid=73011224", 200, b'{"status_code": 2483', ""),
    ("douyin", "not_found"): ("/webcast/room/web/enter/?web_rid=73011224", 200, b'{"status_code": 4001038', ""),
    ("tiktok", "blocked"): ("/@sim73011224/live", 200, b"<!doctype", ""),
    ("kuaishou", "login"): ("/live_api/liveroom/websocketinfo", 200, b'{"data": {"result": 1, "token": ""', ""),
    ("bilibili", "blocked"): ("/room/v1/Room/get_info?room_id=73011224", 200, b'{"code": -352', ""),
}


@pytest.mark.parametrize(("name", "entry"), WALLS)
async def test_walls_answer_as_their_sites_do(name: str, entry: Any, cache_dir: Path) -> None:
    path, status, begins, header = WALLS[name, entry]
    script = small()
    async with visiting(replace(script, room=replace(script.room, entry=entry)), name, cache_dir) as visit:
        got, body, headers = await visit.get(path)
    assert got == status
    assert (
        body == b""
        if not begins
        else body.startswith(begins) or json.dumps(json.loads(body)).encode().startswith(begins)
    )
    assert header == "" or header in headers


async def test_an_unknown_room_is_not_the_one_that_is_live(cache_dir: Path) -> None:
    async with visiting(small(), "douyin", cache_dir) as visit:
        _, page, _ = await visit.get("/999")
        answer = await visit.json("/webcast/room/web/enter/?web_rid=999")
    assert b"7630361251285076745" not in page.split(b'id="boot"')[0]
    assert answer["status_code"] == 4001038


async def test_the_other_shops_room_speaks_under_its_own_ids(cache_dir: Path) -> None:
    async with visiting(small(per_second=60.0), "douyin", cache_dir) as visit:
        await visit.open("douyin")
        other = visit.room.scenario.room.other_id
        await visit.get(f"/{other}")  # page p2
        mine = (await visit.json(f"/webcast/room/web/enter/?web_rid={ROOM}&c=p1"))["data"]["data"][0]
        theirs = (await visit.json(f"/webcast/room/web/enter/?web_rid={other}&c=p2"))["data"]["data"][0]
        async with visit.socket("p1-s1") as first, visit.socket("p2-s1") as second:
            ours, others = await asyncio.gather(listen(first, 1), listen(second, 1))
        told = await visit.truth()
    assert mine["id_str"] != theirs["id_str"]
    assert mine["owner"]["nickname"] != theirs["owner"]["nickname"]
    assert {one["id"]: one["room_id"] for one in told["sockets"]} == {"p1-s1": ROOM, "p2-s1": other}
    assert ours
    assert others
    assert set(ours).isdisjoint(others)


async def test_another_broadcast_in_the_same_room_has_other_ids(cache_dir: Path) -> None:
    async with visiting(small(per_second=60.0), "douyin", cache_dir) as visit:
        await visit.open("douyin")
        path = f"/webcast/room/web/enter/?web_rid={ROOM}"
        first = (await visit.json(path))["data"]["data"][0]["id_str"]
        await visit.cue(kind="new_broadcast", **{"for": 0.6})
        await asyncio.sleep(0.3)
        between = (await visit.json(path))["data"]["room_status"]
        await asyncio.sleep(0.8)
        second = (await visit.json(path))["data"]["data"][0]["id_str"]
        told = await visit.truth()
    assert between == 2
    assert first != second
    assert [one["broadcast_id"] for one in told["dialect"]["broadcasts"]] == [first, second]
    assert [one["state"] for one in told["dialect"]["states"]] == ["live", "ended", "live"]


async def test_kuaishous_h5_page_is_told_comments_by_polls_some_of_them_twice(cache_dir: Path) -> None:
    async with visiting(small(per_second=100.0), "kuaishou", cache_dir) as visit:
        await visit.open("kuaishou")
        _, page, _ = await visit.get(f"/fw/live/{ROOM}")
        assert b"/wap/live/feed?liveStreamId=" in page
        stream = DIALECTS["kuaishou"].broadcast_id(visit.room.sent and _moment(visit.room))
        cursor, seen = "", []
        for _ in range(4):
            await asyncio.sleep(0.8)
            answer = await visit.json(f"/wap/live/feed?liveStreamId={stream}&cursor={cursor}&c=p2")
            assert isinstance(answer, str), "JSON in a JSON string"
            inside = json.loads(answer)
            cursor = inside["cursor"]
            assert (inside["result"], inside["pullCycleSeconds"]) == (1, 3)
            seen += [(feed["time"], feed["author"]["userName"], feed["content"]) for feed in inside["liveStreamFeeds"]]
        told = await visit.truth()
        over = await visit.json("/wap/live/feed?liveStreamId=unknown")
    sent = [
        (
            message["platform_ms"],
            message["name"],
            message["text"],
            place["answer"],
            place["position"],
            place["duplicate"],
        )
        for event in told["dialect"]["events"]
        for message in event["messages"]
        if message["method"] == "comment"
        for place in message["sent"]
    ]
    assert [one[:3] for one in sorted(sent, key=lambda one: one[3:5])] == seen
    assert len(seen) > 40
    assert json.loads(over)["result"] != 1
    answers = told["dialect"]["answers"]
    assert {answers[one[3] - 1]["path"].split("?")[0] for one in sent} == {"/wap/live/feed"}


def _moment(room: ServedRoom) -> Any:
    from crawler.simroom.dialects.base import Moment

    return Moment(0, 0, "live", 0, room.scenario.seed, room.scenario.room, room.scenario.product)


@pytest.mark.parametrize("name", FAULTED)
async def test_hostile_frames_are_noted_and_the_others_stay_good(name: str, cache_dir: Path) -> None:
    async with visiting(small("hostile", per_second=40.0), name, cache_dir) as visit:
        await visit.open(name)
        async with visit.socket() as socket:
            frames = await listen(socket, 2.8)
        told = await visit.truth()
    hostile = told["dialect"]["hostile_frames"]
    assert len(hostile) >= 2
    assert {place["frame"] for place in hostile} <= {frame["n"] for frame in told["sockets"][0]["frames"]}
    assert len(frames) > 2 * len(hostile)
    marked = {
        place["frame"]
        for event in told["dialect"]["events"]
        for message in event["messages"]
        for place in message["sent"]
        if "hostility" in place
    }
    assert marked <= {place["frame"] for place in hostile}


@pytest.mark.parametrize("name", sorted(DIALECTS))
async def test_no_bytes_from_a_page_break_the_room(name: str, cache_dir: Path) -> None:
    if not DIALECTS[name].socket_paths:
        return
    async with visiting(small(), name, cache_dir) as visit:
        await visit.open(name)
        async with visit.socket() as socket:
            for noise in (b"", b"\xff" * 40, b"\x00" * 16, b"\x08\xc8\x01", b"{", bytes(range(256))):
                await socket.send_bytes(noise)
            await socket.send_str("{not json")
            assert await listen(socket, 1)


def test_an_unknown_dialect_is_refused_by_name() -> None:
    with pytest.raises(ScenarioError, match=r"expected one of .*douyin.*livewitness simroom --dialect"):
        named("mars")


async def test_a_room_that_can_not_keep_up_still_answers(cache_dir: Path) -> None:
    hurried = time.time_ns()
    fast = serve(
        small(per_second=50.0),
        dialect="douyin",
        cache_dir=cache_dir,
        clock=lambda: hurried + (time.time_ns() - hurried) * 1000,  # a thousand seconds of chat are due each second
    )
    async with fast as room, aiohttp.ClientSession() as client, asyncio.timeout(60):
        visit = Visit(room, client)
        await visit.open("douyin")
        for _ in range(3):
            assert (await visit.get(DIALECTS["douyin"].path(ROOM)))[0] == 200


async def test_a_worker_cannot_open_a_dialects_socket(cache_dir: Path) -> None:
    script = small()
    script = replace(script, chat=replace(script.chat, socket="worker"))
    with pytest.raises(ScenarioError, match="expected the page to open the chat socket"):
        async with visiting(script, "douyin", cache_dir):
            pass
