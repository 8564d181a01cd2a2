"""Taobao's dialect over real sockets: what its gateway answers is what the truth says."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet

from crawler.simroom.dialects import DIALECTS
from crawler.simroom.dialects.base import HOSTILITIES, Asked, Moment
from crawler.simroom.dialects.events import event
from crawler.simroom.dialects.taobao_wire import powermsg, topic
from crawler.simroom.scenario_file import load
from crawler.simroom.server import ServedRoom, serve

TAOBAO, SCRIPT, ROOM = DIALECTS["taobao"], load("default"), "73011224"
BOOT = re.compile(rb'id="boot">(.*?)</script>', re.DOTALL)
COMMENTS, POWERMSG = "iliad.comment.query.latest", "powermsg.h5.msg.pullnativemsg"


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reels")


class Page:
    """The page as its plan has it: asks what the page would ask."""

    def __init__(self, room: ServedRoom, client: aiohttp.ClientSession, polls: list[dict[str, Any]]) -> None:
        self.room, self.client, self.polls = room, client, polls

    async def raw(self, url: str) -> tuple[str, str]:
        async with self.client.get(self.room.base_url + url) as answer:
            assert answer.status == 200
            return answer.headers["Content-Type"], await answer.text()

    async def ask(self, api: str, cursor: str = "0") -> Any:
        """The API's answer, out of its callback when it has one."""
        poll = next(one for one in self.polls if api in one["url"])
        url = poll["url"].replace("{c}", "p1").replace("{n}", "7").replace("{cursor}", cursor)
        kind, text = await self.raw(url)
        if poll["script"]:
            assert kind.startswith("application/javascript")
            found = re.fullmatch(r"\s*mtopjsonp7\((.*)\)", text, re.DOTALL)
            assert found, text[:80]
            text = found[1]
        return json.loads(text)

    async def truth(self) -> Any:
        return json.loads((await self.raw("/truth.json"))[1])

    async def cue(self, **cue: Any) -> None:
        async with self.client.post(f"{self.room.base_url}/cue", json=cue) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def visiting(
    cache_dir: Path, entry: Any = "live", path: str = "", scenario: str = "default", per_second: float = 100.0
) -> AsyncIterator[Page]:
    script = load(scenario)
    media = replace(script.media, loop_s=1.6, width=160, height=160, video_kbps=100)
    chat = replace(script.chat, bursts=(), per_second=per_second)
    script = replace(script, media=media, counters=(), chat=chat, room=replace(script.room, entry=entry))
    async with serve(script, dialect="taobao", cache_dir=cache_dir) as room, aiohttp.ClientSession() as client:
        async with client.get(room.base_url + (path or TAOBAO.path(ROOM))) as answer:
            boot = BOOT.findall(await answer.read())
        yield Page(room, client, json.loads(boot[0])["site"]["polls"] if boot else [])


def inside(told: str) -> dict[str, Any]:
    """The JSON in a message's wrapper: whichever field of it begins as JSON does."""
    wrapper = UnknownFieldSet(Empty.FromString(base64.b64decode(told, validate=True)))
    [text] = [field.data for field in wrapper if isinstance(field.data, bytes) and field.data[:1] == b"{"]
    out: dict[str, Any] = json.loads(text)
    return out


def kind(body: dict[str, Any]) -> str:
    if "subType" in body:
        return str(body["subType"])
    return next(name for sign, name in SIGNS.items() if sign in body)


SIGNS = {"viewCountFormat": "stats", "flowSourceText": "enter", "value": "dig", "status": "status"}


@pytest.mark.parametrize("scenario", ["default", "hostile"])
async def test_powermsg_tells_what_the_truth_claims_and_some_of_it_twice(scenario: str, cache_dir: Path) -> None:
    offset, seen, bodies = "0", [], {}
    async with visiting(cache_dir, scenario=scenario) as page:
        for _ in range(4):
            await asyncio.sleep(0.6)
            try:
                answer = await page.ask(POWERMSG, offset)
            except ValueError:  # from its fourth second on a hostile room cuts some answers short
                assert scenario == "hostile"
                continue
            assert answer["ret"] == ["SUCCESS::调用成功"]
            for one in answer["data"]["timestampList"]:
                body = inside(one["data"])
                bodies[one["offset"], kind(body)] = body
                seen.append((one["offset"], kind(body)))
            offset = max((one["offset"] for one in answer["data"]["timestampList"]), key=int)
        told = (await page.truth())["dialect"]
    messages = [one for happened in told["events"] for one in happened["messages"]]
    places = sorted(
        (place["answer"], place["position"], one["message_id"], one["method"])
        for one in messages
        for place in one["sent"]
    )
    assert [place[2:] for place in places] == seen
    assert 1 <= sum(place["duplicate"] for one in messages for place in one["sent"]) < len(seen) * 0.1
    assert {what for _, what in seen} >= {"10001", "10002", "stats", "enter", "dig"}
    for one in messages:
        body, figures = bodies[one["message_id"], one["method"]], one["figures"]
        assert body.get("nick", "") == one["name"]
        assert body.get("content", "") == one["text"]
        assert body.get("userid", "") == one["user_id"]
        if one["method"] == "stats":
            assert (body["totalCount"], body["viewCountFormat"]) == (figures["total"], figures["total_shown"])
            assert body["onlineCount"] == 0
        if one["method"] == "dig":
            assert body["value"] == {"dig": figures["likes"]}
        if one["method"] == "10002":
            assert (body["giftName"], body["count"]) == (figures["title"], figures["count"])


async def test_comments_come_by_jsonp_twenty_at_most_and_go_on_where_they_were(cache_dir: Path) -> None:
    context, seen = "0", []
    async with visiting(cache_dir) as page:
        for _ in range(4):
            await asyncio.sleep(0.4)
            data = (await page.ask(COMMENTS, context))["data"]
            assert data["delay"] == "6000"
            assert 1 <= len(data["comments"]) <= 20
            assert int(data["paginationContext"]) > int(context)
            context = data["paginationContext"]
            seen += [(one["publisherNick"], one["publisherId"], one["content"]) for one in data["comments"]]
        told = (await page.truth())["dialect"]
    sent = sorted(
        (place["answer"], place["position"], one["name"], one["user_id"], one["text"])
        for happened in told["events"]
        for one in happened["messages"]
        for place in one["sent"]
    )
    assert [one[2:] for one in sent] == seen
    assert len(seen) > 40


async def test_the_same_line_comes_by_both_ways_and_is_one_event(cache_dir: Path) -> None:
    async with visiting(cache_dir) as page:
        await asyncio.sleep(0.8)
        await page.ask(POWERMSG)
        await page.ask(COMMENTS)
        told = (await page.truth())["dialect"]
    ways = Counter(
        tuple(sorted({one["method"].split("/")[0] or one["method"].split("/")[2] for one in happened["messages"]}))
        for happened in told["events"]
        if happened["kind"] == "chat"
    )
    assert ways["10001", f"mtop.taobao.{COMMENTS}"] >= 5


STREAM = {"live": "1", "paused": "1", "not_started": "0", "ended": "0", "replay": "0"}


@pytest.mark.parametrize("entry", STREAM)
async def test_the_stream_has_a_status_and_addresses_only_while_it_is_one(entry: str, cache_dir: Path) -> None:
    async with visiting(cache_dir, entry) as page:
        play = (await page.ask("livedetail"))["data"]
        detail = (await page.ask("detail.query"))["data"]
        pulled = (await page.ask(POWERMSG))["data"]["timestampList"]
    assert play["streamStatus"] == STREAM[entry]
    definitions = [one["definition"] for one in play["liveUrlList"]]
    assert definitions == (["lld", "ld", "md", "hd", "ud"] if STREAM[entry] == "1" else [])
    assert (detail["liveId"], len(detail["topic"])) == (ROOM, 36)
    said = [body for one in pulled if kind(body := inside(one["data"])) == "status"]
    assert said == ([{"status": 3}] if entry in ("ended", "replay") else [])


WALLS = {
    "blocked": "FAIL_SYS_TRAFFIC_LIMIT",
    "login": "FAIL_SYS_SESSION_EXPIRED",
    "not_found": "FAIL_BIZ_LIVE_NOT_EXIST",
}


@pytest.mark.parametrize("entry", WALLS)
async def test_a_wall_is_the_gateways_own_answer_everywhere(entry: str, cache_dir: Path) -> None:
    async with visiting(cache_dir, entry) as page:
        for api in ("livedetail", "detail.query", POWERMSG, COMMENTS):
            answer = await page.ask(api)
            assert answer["ret"][0].startswith(WALLS[entry])
            assert answer["data"] == {}


async def test_a_captcha_is_a_slider_page_and_an_answer_that_leads_to_one(cache_dir: Path) -> None:
    async with visiting(cache_dir) as page:
        before = await page.ask("livedetail")
        await page.cue(kind="captcha")
        answer = await page.ask("livedetail")
        _, slider = await page.raw(TAOBAO.path(ROOM))
    assert before["ret"] == ["SUCCESS::调用成功"]
    assert answer["ret"][1].startswith("RGV587_ERROR::SM::")
    assert "/punish?" in answer["data"]["url"]
    assert 'id="nc_1_n1z"' in slider
    assert "btn_slide" in slider
    assert 'content="taobao"' in slider


async def test_1688s_page_pulls_messages_and_no_comments(cache_dir: Path) -> None:
    async with visiting(cache_dir, path=f"/zb/play.html?feedId={ROOM}") as page:
        await asyncio.sleep(0.5)
        asked = [one["url"].split("/")[2] for one in page.polls if one["every_s"]]
        pulled = (await page.ask(POWERMSG))["data"]["timestampList"]
        _, shown = await page.raw(f"/zb/play.html?feedId={ROOM}")
    assert asked == ["mtop.taobao.powermsg.h5.msg.pullnativemsg"]
    assert pulled
    assert "pc-living-room-message" in shown
    assert "comment-message" in shown


async def test_another_broadcast_has_another_id_and_topic_and_the_old_one_is_over(cache_dir: Path) -> None:
    async with visiting(cache_dir) as page:
        topic = (await page.ask("detail.query"))["data"]["topic"]
        await page.cue(kind="new_broadcast", **{"for": 0.5})
        await asyncio.sleep(1.2)
        old, stale = await page.ask("livedetail"), await page.ask(POWERMSG)
        async with page.client.get(page.room.room_url) as answer:
            page.polls = json.loads(BOOT.findall(await answer.read())[0])["site"]["polls"]
        new, fresh = await page.ask("livedetail"), await page.ask(POWERMSG)
        assert (await page.ask("detail.query"))["data"]["topic"] != topic
        told = (await page.truth())["dialect"]
    assert (old["data"]["streamStatus"], new["data"]["streamStatus"]) == ("0", "1")
    assert (bool(stale["data"]["timestampList"]), bool(fresh["data"]["timestampList"])) == (False, True)
    assert [one["broadcast_id"] for one in told["broadcasts"]] == [ROOM, str(int(ROOM) + 1)]


def test_a_hostile_rooms_pulls_are_broken_in_turns_and_lose_nothing() -> None:
    moment = Moment(1_795_349_598_406, 0, "live", 0, 7, SCRIPT.room, SCRIPT.product)
    broken: dict[str, bytes] = {}
    for second in range(1, 95, 3):
        now = replace(moment, at_ms=second * 1000)
        data = json.dumps({"topic": topic(now), "offset": "0"})
        asked = Asked(
            now, "", f"/h5/mtop.taobao.{POWERMSG}/1.0/", ROOM, {"data": data}, lambda _: [event(7, 2, 100)], True
        )
        answer, calm = powermsg(asked), powermsg(replace(asked, hostile=False))
        assert calm.hostility == ""
        assert calm.cursor == 2
        if answer.hostility:
            assert (answer.cursor, answer.carried) == (None, ())
            broken[answer.hostility] = answer.body
    assert set(broken) == set(HOSTILITIES)
    assert max(map(len, broken.values())) < 400_000
    for what in ("cut_short", "wrong_compression_flag", "bomb", "broken_text", "deep", "false_length", "noise"):
        with pytest.raises(Exception):  # noqa: B017, PT011 - anything but a message
            inside(json.loads(broken[what])["data"]["timestampList"][0]["data"])
    assert kind(inside(json.loads(broken["out_of_range"])["data"]["timestampList"][0]["data"])) == "stats"


async def test_the_truth_names_a_hostile_answer(cache_dir: Path) -> None:
    async with visiting(cache_dir, scenario="hostile") as page:
        await asyncio.sleep(3.1)
        await page.raw(page.polls[-2]["url"].replace("{c}", "p1").replace("{cursor}", "0"))
        told = (await page.truth())["dialect"]
    [hostile] = told["hostile_frames"]
    assert (hostile["what"], hostile["answer"]) == (HOSTILITIES[0], len(told["answers"]))


@pytest.mark.parametrize("query", ["", "?data=%7B", "?data=[[[[", "?callback=alert(1)//&data=1", "?data=%22%22"])
async def test_odd_questions_are_answered(query: str, cache_dir: Path) -> None:
    async with visiting(cache_dir) as page:
        for api in (
            "mtop.mediaplatform.live.livedetail/4.0",
            f"mtop.taobao.{POWERMSG}/1.0",
            f"mtop.taobao.{COMMENTS}/1.0",
        ):
            _, text = await page.raw(f"/h5/{api}/{query}")
            assert json.loads(text)["ret"]
