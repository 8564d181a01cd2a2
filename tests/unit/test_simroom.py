"""The simulated room's pure parts: scripts, timelines, framing, containers, and what is on air when."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import blake3
import pytest

from crawler.simroom import chatter, flv, lettering, wire
from crawler.simroom.air import Air
from crawler.simroom.encode import obtain_reel
from crawler.simroom.fields import ScenarioError
from crawler.simroom.isobmff import init_segment, media_segment
from crawler.simroom.ledger import Ledger, PageRecord, Stream
from crawler.simroom.reel import PICTURES, SOUNDS, Reel
from crawler.simroom.scenario_file import SCENARIOS, load, parse
from crawler.simroom.timeline import Clock, Script, Step, Walk, in_wan, timeline


@pytest.fixture(scope="module")
def small_reel(tmp_path_factory: pytest.TempPathFactory) -> Reel:
    """A real reel of four GOPs, small enough to be made here."""
    scenario = load("default")
    media = replace(scenario.media, loop_s=6.4, width=180, height=320, video_kbps=200)
    counters = tuple(replace(c, place=(4, 20 + 50 * i, 20)) for i, c in enumerate(scenario.counters) if c.burned)
    return obtain_reel(replace(scenario, media=media, counters=counters), 3, tmp_path_factory.mktemp("reel"), print)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_loads(path: Path) -> None:
    assert load(path.stem).name == path.stem


def test_the_default_scenario_has_what_the_benchmarks_count_on() -> None:
    scenario = load("default")
    assert not scenario.faults
    assert sum(counter.burned for counter in scenario.counters) == 3
    assert {counter.slot for counter in scenario.counters} == {None, "stock", "sold_percent", "countdown", "viewers"}
    assert (scenario.media.width, scenario.media.height, scenario.media.video_kbps) == (720, 1280, 2000)
    assert {burst.per_second for burst in scenario.chat.bursts} == {200}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("speed: 3", ["unknown key speed", "known here"]),
        ("faults: [{kind: chat_drop, at: 3}]", ["faults[0]", "for: SECONDS"]),
        ("faults: [{kind: earthquake, at: 3}]", ["faults[0].kind", "one of", "earthquake"]),
        ("faults: [{kind: freeze, at: -1, for: 2}]", ["faults[0].at", "-1"]),
        ("media: {loop_s: 10}", ["multiple of 1.6", "nearest is 9.6"]),
        ("media: {transport: smoke}", ["media.transport", "smoke"]),
        ("counters: [{name: a, kind: stock_left, text: x, slot: stock, walk: {from: 9, until: 1, pace: 2}}]", ["pace"]),
        ("counters: [{name: a, kind: stock_left, text: x, walk: {from: 9, until: 1}}]", ["`place`", "`slot`"]),
        ("counters: [{name: a, kind: deadline, text: x, slot: countdown, clock: {from: 300}}]", ["from", "300"]),
        ("room: {id: ../x}", ["ASCII letters and digits", "../x"]),
        ("[1, 2]", ["expected a mapping"]),
        ("a: [", ["expected YAML"]),
        ("base: nowhere", ["nowhere", "default"]),
    ],
)
def test_a_wrong_scenario_file_is_refused_by_name(tmp_path: Path, text: str, names: list[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load(str(path))
    for name in names:
        assert name in str(refused.value)


def test_a_base_is_taken_over_and_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("base: default\nroom: {entry: ended}\n", encoding="utf-8")
    mine = load(str(tmp_path / "mine.yaml"))
    assert mine.room.entry == "ended"
    assert mine.counters == load("default").counters
    (tmp_path / "round.yaml").write_text(f"base: {tmp_path / 'round.yaml'}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="circle"):
        load(str(tmp_path / "round.yaml"))


def test_timelines_join_without_gaps_and_depend_on_the_seed_alone() -> None:
    walk = Walk("库存 {n}", 60, 3, (-5, -1), (2.0, 5.0), reset=True)
    shown = timeline(walk, name="a", kind="stock_left", seed=7, length_s=600, grid_s=0.04)
    assert shown == timeline(walk, name="a", kind="stock_left", seed=7, length_s=600, grid_s=0.04)
    assert shown != timeline(walk, name="a", kind="stock_left", seed=8, length_s=600, grid_s=0.04)
    assert shown[0].from_s == 0
    assert shown[-1].to_s == 600
    for before, after in pairwise(shown):
        assert before.to_s == after.from_s
        assert before.text != after.text
        assert after.from_s / 0.04 == pytest.approx(round(after.from_s / 0.04))
    values = [int(stretch.text.split()[1]) for stretch in shown]
    assert any(after == 60 and before == 3 for before, after in pairwise(values))
    assert all(after < before or after == 60 for before, after in pairwise(values))


def test_clocks_run_down_are_extended_and_stop() -> None:
    clock = Clock("剩 {clock}", 3, ((2, 62),), restart=False)
    texts = [s.text for s in timeline(clock, name="c", kind="deadline", seed=1, length_s=5, grid_s=0.04)]
    assert texts == ["剩 00:03", "剩 00:02", "剩 01:02", "剩 01:01", "剩 01:00"]
    stopped = timeline(Clock("{clock}", 1, (), restart=False), name="c", kind="deadline", seed=1, length_s=9, grid_s=1)
    assert [(s.text, s.from_s, s.to_s) for s in stopped] == [("00:01", 0, 1), ("00:00", 1, 9)]


def test_a_script_keeps_its_last_text_and_its_steps_kinds() -> None:
    script = Script((Step("最后100单", 2, "stock_left"), Step("已抢空", 1, "sold_out")))
    shown = timeline(script, name="s", kind="stock_left", seed=1, length_s=10, grid_s=0.04)
    assert [(s.text, s.kind, s.from_s, s.to_s) for s in shown] == [
        ("最后100单", "stock_left", 0, 2),
        ("已抢空", "sold_out", 2, 10),
    ]


@pytest.mark.parametrize(("number", "text"), [(9999, "9999"), (10000, "1.0万"), (12999, "1.2万"), (123456, "12.3万")])
def test_large_counts_are_shown_cut_to_a_tenth_of_wan(number: int, text: str) -> None:
    assert in_wan(number) == text


def test_chat_frames_are_the_same_for_the_same_seed_and_hold_what_they_say() -> None:
    plan = load("default").chat
    frames = [chatter.viewer_frame(plan, 7, seq, seq * 50) for seq in range(1, 400)]
    assert frames == [chatter.viewer_frame(plan, 7, seq, seq * 50) for seq in range(1, 400)]
    assert all(250 <= len(frame) <= 4000 for frame in frames)
    kinds = set()
    for seq, frame in enumerate(frames, 1):
        magic, version, _, kind, number, ms, length = wire.HEAD.unpack_from(frame)
        body = json.loads(frame[wire.HEAD.size : wire.HEAD.size + length])
        assert (magic, version, number, ms, body["room_seq"]) == (b"LR", 1, seq, seq * 50, seq)
        if kind == wire.PURCHASE:
            assert body["text"][1:] in {"*正在去购买", "*已购买"}
        kinds.add(kind)
    assert kinds == {wire.CHAT, wire.PURCHASE, wire.ENTER, wire.LIKE, wire.FOLLOW}


def test_hostile_frames_bring_ten_megabytes_and_broken_utf8() -> None:
    frames = [chatter.hostile_frame(7, seq, 0) for seq in range(1, 51)]
    assert max(map(len, frames)) == 10_000_000
    broken = 0
    for frame in frames:
        try:
            frame[wire.HEAD.size :][:200].decode()
        except UnicodeDecodeError:
            broken += 1
    assert broken >= 2


def _air(text: str) -> tuple[Air, list[int]]:
    scenario = parse({"faults": json.loads(text)}, where="here", name="here")
    now = [1_000_000_000_000]
    air = Air(scenario, lambda: now[0])
    air.start()
    return air, now


def test_states_and_renditions_follow_the_script() -> None:
    air, now = _air(
        '[{"kind": "host_pauses", "at": 10, "for": 5}, {"kind": "room_ends", "at": 12},'
        ' {"kind": "black_video", "at": 3.3, "for": 1.6}]'
    )
    assert [air.state(at) for at in (0, 10, 11.9, 12, 20)] == ["live", "paused", "paused", "ended", "ended"]
    assert [air.rendition(gop) for gop in range(6)] == ["main", "main", "main", "black", "main", "main"]
    assert air.picture_span(air.faults[2]) == pytest.approx((4.8, 6.4))
    assert (air.media_flows(9), air.media_flows(10), air.media_over(10), air.media_over(12)) == (
        True,
        False,
        False,
        True,
    )
    now[0] += 2_500_000_000
    assert air.now() == 2.5
    assert air.wall_ns(2.5) == now[0]


def test_the_broadcast_starts_once_with_the_first_viewer() -> None:
    now = [5]
    air = Air(load("default"), lambda: now[0])
    assert (air.now(), air.wall_ns(3)) == (0, None)
    air.start()
    now[0] += 10**9
    air.start()
    assert air.now() == 1


def test_waiting_for_the_air_ends_when_it_is_due() -> None:
    air, now = _air("[]")

    async def wait() -> float:
        asyncio.get_running_loop().call_later(0.03, lambda: now.__setitem__(0, now[0] + 2 * 10**9))
        return await asyncio.wait_for(air.until(lambda at: at >= 2), 5)

    assert asyncio.run(wait()) == 2


def test_both_containers_bring_back_the_very_samples(small_reel: Reel) -> None:
    shape = small_reel.renditions["main"]
    numbers = range(3, 9)  # over the loop's join, not from 0: decode times must follow the broadcast
    samples = [small_reel.gop("main", number) for number in numbers]
    pictures = [picture for gop in samples for picture in gop.pictures]
    sounds = [sound for gop in samples for sound in gop.sounds]
    as_mp4 = init_segment(shape) + b"".join(media_segment(small_reel.gop("main", n), n) for n in numbers)
    as_flv = flv.HEADER + flv.about(shape) + flv.sequence_headers(shape, 0)
    as_flv += b"".join(chunk for n in numbers for _, chunk in flv.gop_chunks(small_reel.gop("main", n), n))
    for body, kind in ((as_mp4, "mp4"), (as_flv, "flv")):
        with av.open(io.BytesIO(body), format=kind) as box:
            got: dict[str, list[tuple[bytes, float]]] = {"video": [], "audio": []}
            for packet in box.demux():
                if packet.size and packet.pts is not None and packet.time_base is not None:
                    got[packet.stream.type].append((bytes(packet), float(packet.pts * packet.time_base)))
        assert [body for body, _ in got["video"]] == pictures, kind
        assert [body for body, _ in got["audio"]] == sounds, kind
        for index, (_, at) in enumerate(got["video"]):
            assert at == pytest.approx((3 * PICTURES + index) / 25, abs=0.001)
    with av.open(io.BytesIO(as_mp4), format="mp4") as box:
        assert sum(1 for _ in box.decode(video=0)) == len(numbers) * PICTURES
    assert len(sounds) == len(numbers) * SOUNDS


def test_a_cached_video_is_read_not_made_again(tmp_path: Path) -> None:
    scenario = replace(load("default"), counters=())
    scenario = replace(scenario, media=replace(scenario.media, loop_s=1.6, width=160, height=160, video_kbps=100))
    told: list[str] = []
    first = obtain_reel(scenario, 3, tmp_path, told.append)
    made = len(told)
    assert made >= 2
    assert obtain_reel(scenario, 3, tmp_path, told.append) == first
    assert len(told) == made
    assert obtain_reel(scenario, 4, tmp_path, told.append) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_a_machine_without_chinese_fonts_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no fc-match
    monkeypatch.setattr(lettering, "FOLDERS", (str(tmp_path),))
    with pytest.raises(lettering.MissingFont, match="livewitness setup"):
        lettering.find_font()
    monkeypatch.undo()
    assert lettering.find_font().is_file()


def test_prefix_digests_are_plain_blake3_of_everything_so_far() -> None:
    stream = Stream()
    for payload in (b"a", b"", b"bc"):
        stream.add(payload, 1)
    assert [(end, digest) for _, _, end, digest in stream.writes] == [
        (1, blake3.blake3(b"a").hexdigest()),
        (1, blake3.blake3(b"a").hexdigest()),
        (3, blake3.blake3(b"abc").hexdigest()),
    ]


def test_a_counters_text_is_gone_when_the_next_one_is_painted() -> None:
    page = PageRecord("p1", "r", 0)
    page.counter_painted("stock", "stock_left", "库存 9", 10)
    page.counter_painted("stock", "stock_left", "库存 8", 20)
    page.counter_painted("clock", "deadline", "04:59", 21)
    page.counter_gone("stock", 30)
    assert [(c["text"], c["shown_wall_ns"], c["hidden_wall_ns"]) for c in page.counters] == [
        ("库存 9", 10, 20),
        ("库存 8", 20, 30),
        ("04:59", 21, None),
    ]


def test_media_time_is_mapped_by_the_next_sample() -> None:
    page = PageRecord("p1", "r", 0, pictures=[(1.0, 10**9), (1.4, 1_400_000_000), (9.0, 5_000_000_000)])
    assert page.wall_of(1.2) == 1_200_000_000
    assert page.wall_of(0.5) is None
    assert page.wall_of(10) is None


def test_a_fault_is_measured_once() -> None:
    ledger = Ledger()
    ledger.fault_ends("f1", 5)
    assert "f1" not in ledger.faults
    ledger.fault_begins("f1", 10, "page")
    ledger.fault_begins("f1", 11, "server")
    ledger.fault_ends("f1", 20)
    ledger.fault_ends("f1", 30)
    assert (ledger.faults["f1"].from_ns, ledger.faults["f1"].to_ns, ledger.faults["f1"].by) == (10, 20, "page")
