"""From media bytes to the pictures of the original video: real H.264 and HEVC, cut anywhere, damaged anywhere."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest

from crawler.readers.streams.decoding import BrokenStretch, Found, VideoFrame
from crawler.readers.streams.frames import Frames
from crawler.readers.streams.isobmff import MOST_BOX, Fragments, tracks_of
from crawler.readers.streams.pieces import MediaPiece
from tests.harness import video
from tests.harness.video import Clip, encode, number_of, piece

Parts = Sequence[tuple[MediaPiece, bytes]]


@pytest.fixture(scope="module")
def clip() -> Clip:
    return encode(60)


def read(parts: Parts, *, keys_only: bool = False) -> list[Found]:
    frames = Frames(keys_only=keys_only)
    found = [what for facts, content in parts for what in frames.feed(facts, content)]
    return [*found, *frames.finish()]


def pictures(found: Iterable[Found]) -> list[VideoFrame]:
    return [what for what in found if isinstance(what, VideoFrame)]


def broken(found: Iterable[Found]) -> list[BrokenStretch]:
    return [what for what in found if isinstance(what, BrokenStretch)]


def numbers(found: Iterable[Found]) -> list[int]:
    return [number_of(frame.bgr()) for frame in pictures(found)]


def cut(content: bytes, size: int) -> list[tuple[MediaPiece, bytes]]:
    starts = range(0, len(content), size)
    return [(piece(10 + i, at), content[at : at + size]) for i, at in enumerate(starts)]


def flv_of(clip: Clip) -> bytes:
    return video.flv_header(clip) + b"".join(video.flv_tags(clip))


def segments(*contents: tuple[str, bytes], container: str = "fmp4") -> list[tuple[MediaPiece, bytes]]:
    """Finished resources of one folder, by name."""
    return [
        (
            piece(
                i, resource=i, container=container, init=name.startswith("init"), last=True, streamed=False, name=name
            ),
            content,
        )
        for i, (name, content) in enumerate(contents)
    ]


@pytest.mark.parametrize("size", [7, 1000, 4096, 10**9])
def test_an_flv_cut_anywhere_gives_each_picture_once(clip: Clip, size: int) -> None:
    found = read(cut(flv_of(clip), size))
    assert not broken(found)
    assert numbers(found) == list(range(60))
    assert [frame.media_us for frame in pictures(found)] == [n * 40_000 for n in range(60)]


def test_each_picture_leads_to_the_entry_that_carries_its_first_byte(clip: Clip) -> None:
    tags = video.flv_tags(clip)
    content = video.flv_header(clip) + b"".join(tags)
    found = pictures(read(cut(content, 3000)))
    at = len(video.flv_header(clip))
    for frame, tag in zip(found, tags, strict=True):
        assert frame.piece.entry == 10 + at // 3000
        at += len(tag)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_key_pictures_alone_are_those_of_all_pictures(b_frames: int) -> None:
    clip = encode(40, b_frames=b_frames)
    content = [(piece(1), flv_of(clip))]
    keys, every = pictures(read(content, keys_only=True)), pictures(read(content))
    assert numbers(every) == list(range(40))
    assert numbers(keys) == [0, 10, 20, 30]
    assert [k.media_us for k in keys] == [f.media_us for f in every if f.key]
    for key, same in zip(keys, [f for f in every if f.key], strict=True):
        assert (key.bgr() == same.bgr()).all()


def test_hevc_by_the_codec_number_of_chinese_networks() -> None:
    found = read([(piece(1), flv_of(encode(20, codec="libx265")))])
    assert numbers(found) == list(range(20))
    assert not broken(found)


def test_hevc_as_enhanced_rtmp_writes_it() -> None:
    clip = encode(20, codec="libx265")
    content = video.flv.HEADER + video.flv.tag(9, 0, b"\x90hvc1" + clip.configuration)
    for sample in clip.samples:
        head = bytes([(0x90 if sample.key else 0xA0) | 1]) + b"hvc1" + bytes(3)
        content += video.flv.tag(9, sample.pts * 40, head + sample.content)
    assert numbers(read([(piece(1), content)])) == list(range(20))


@pytest.mark.parametrize("b_frames", [0, 2])
def test_segments_find_their_initialization_even_when_it_comes_after_them(b_frames: int) -> None:
    options = {"movflags": "empty_moov+default_base_moof+frag_keyframe"}
    content = video.muxed({"b_frames": b_frames}, "mp4", options)
    init, fragments = video.init_and_fragments(content)
    named = [(f"{i}.m4s", content) for i, content in enumerate(fragments)]
    usual = read(segments(("init.mp4", init), *named))
    late = read(segments(named[0], ("init.mp4", init), *named[1:]))
    for found in (usual, late):
        assert not broken(found)
        assert numbers(found) == list(range(50))
    assert {frame.piece.entry for frame in pictures(usual)} == set(range(1, 6))
    assert [frame.media_us for frame in pictures(usual)] == pytest.approx(video.times_of(content), abs=2)


def test_a_rendition_that_changes_before_its_initialization_comes() -> None:
    options = {"movflags": "empty_moov+default_base_moof+frag_keyframe"}
    large, first = video.init_and_fragments(video.muxed({"count": 20}, "mp4", options))
    small, second = video.init_and_fragments(video.muxed({"count": 20, "width": 160, "height": 90}, "mp4", options))
    found = read(
        segments(
            ("init-a.mp4", large),
            ("0.m4s", first[0]),
            ("1.m4s", second[0]),
            ("init-b.mp4", small),
            ("2.m4s", second[1]),
        )
    )
    assert not broken(found)
    assert numbers(found) == [*range(10), *range(20)]
    assert [frame.width for frame in pictures(found)] == [320] * 10 + [160] * 20


def test_segments_of_sound_in_the_same_folder_are_passed_over() -> None:
    options = {"movflags": "empty_moov+default_base_moof+frag_keyframe"}
    init, fragments = video.init_and_fragments(video.muxed({"count": 20}, "mp4", options))
    sound = init.replace(b"vide", b"soun")
    found = read(
        segments(
            ("init-stream0.m4s", init), ("init-stream1.m4s", sound),
            ("chunk-stream1-1.m4s", b"\0\0\0\x08moof\0\0\0\x0cmdat1234"), ("chunk-stream0-1.m4s", fragments[0]),
            ("chunk-stream1-2.m4s", b"\0\0\0\x08moof\0\0\0\x0cmdat1234"), ("chunk-stream0-2.m4s", fragments[1]),
        )
    )  # fmt: skip
    assert not broken(found)
    assert numbers(found) == list(range(20))


def test_an_endless_fragmented_mp4_is_joined_over_its_entries() -> None:
    options = {"movflags": "empty_moov+default_base_moof", "frag_duration": "40000"}
    content = video.muxed({"b_frames": 0}, "mp4", options)
    found = read(
        [
            (piece(10 + i, at, container="fmp4"), content[at : at + 5000])
            for i, at in enumerate(range(0, len(content), 5000))
        ]
    )
    assert not broken(found)
    assert numbers(found) == list(range(50))


@pytest.mark.parametrize("b_frames", [0, 2])
def test_transport_stream_segments(b_frames: int) -> None:
    content = video.muxed({"b_frames": b_frames}, "mpegts")
    third = len(content) // 3 // 188 * 188
    parts = [content[:third], content[third : 2 * third], content[2 * third :]]
    whole = read([(piece(1, container="mpeg-ts", last=True, streamed=False), content)])
    assert not broken(whole)
    assert numbers(whole) == list(range(50))
    assert sum(frame.key for frame in pictures(whole)) == 5
    steps = {b.media_us - a.media_us for a, b in pairwise(pictures(whole))}
    assert steps == {40_000}
    # As an endless response, cut where it falls.
    places = [sum(map(len, parts[:i])) for i in range(3)]
    joined = read(
        [(piece(i, at, container="bytes"), part) for i, (at, part) in enumerate(zip(places, parts, strict=True))]
    )
    assert numbers(joined) == list(range(50))


def test_a_change_of_size_and_times_that_jump_back() -> None:
    first, second = encode(20), encode(20, first=20, width=640, height=360)
    content = video.flv_header(first) + b"".join(video.flv_tags(first, 90_000))
    content += video.flv_configuration(second) + b"".join(video.flv_tags(second, 100))
    found = read(cut(content, 5000))
    assert not broken(found)
    assert numbers(found) == list(range(40))
    assert [frame.media_us for frame in pictures(found)][18:22] == [90_720_000, 90_760_000, 100_000, 140_000]
    assert {(frame.width, frame.height) for frame in pictures(found)} == {(320, 180), (640, 360)}


def test_missing_bytes_are_told_and_reading_goes_on_at_the_next_key_picture(clip: Clip) -> None:
    parts = cut(flv_of(clip), 9000)
    assert len(parts) > 5
    del parts[2]
    found = read(parts)
    assert [b.entry for b in broken(found)][:1] == [13]
    assert "are missing" in broken(found)[0].what
    said = numbers(found)
    assert said == [frame.media_us // 40_000 for frame in pictures(found)]
    assert said[-10:] == list(range(50, 60))
    gap = next(i for i, (a, b) in enumerate(pairwise(said)) if b != a + 1)
    assert said[gap + 1] % 10 == 0  # a key picture


def test_a_stream_that_is_entered_in_the_middle_begins_with_its_next_key_picture(clip: Clip) -> None:
    tags = video.flv_tags(clip)
    found = read([(piece(1), video.flv_header(clip) + b"".join(tags[5:]))])
    assert numbers(found) == list(range(10, 60))


def test_damage_never_gives_a_picture_that_says_something_else(clip: Clip) -> None:
    """Bytes are changed at random: what still comes out shows what it showed, or nothing comes out."""
    rng = random.Random(5)  # noqa: S311 - repeatable
    content = flv_of(clip)
    lost = 0
    for _ in range(25):
        spoilt = bytearray(content)
        for _ in range(rng.randrange(1, 12)):
            at = rng.randrange(len(spoilt) - 40)
            spoilt[at : at + rng.randrange(1, 40)] = rng.randbytes(rng.randrange(1, 40))
        found = read(cut(bytes(spoilt), rng.randrange(2000, 40_000)))
        for frame in pictures(found):
            if frame.media_us % 40_000 == 0 and frame.media_us < 2_400_000:  # its time was not what was damaged
                lost += number_of(frame.bgr()) != frame.media_us // 40_000
        assert broken(found)
    assert lost == 0


@pytest.mark.parametrize("container", ["flv", "fmp4", "mpeg-ts", "bytes"])
def test_noise_ends_and_is_told(container: str) -> None:
    rng = random.Random(3)  # noqa: S311 - repeatable
    parts = [(piece(i, i * 50_000, container=container), rng.randbytes(50_000)) for i in range(8)]
    found = read(parts)
    assert not pictures(found)
    assert broken(found)
    assert len(broken(found)) < 1000


def test_a_picture_of_8k_is_refused_and_told() -> None:
    huge = encode(1, width=7680, height=4320)
    found = read([(piece(1), flv_of(huge) + b"".join(video.flv_tags(huge)))])
    assert not pictures(found)
    assert broken(found)
    assert all("h264" in what.what for what in broken(found))


def test_boxes_that_claim_more_than_was_sent_hold_no_memory() -> None:
    fragments = Fragments()
    claimed = (1 << 62).to_bytes(8)
    told = fragments.feed(b"\0\0\0\x01mdat" + claimed)
    for _ in range(64):
        told += fragments.feed(bytes(1 << 20))
    assert any("a box mdat" in str(what) for what in told)
    assert len(fragments._buffer) <= MOST_BOX
    # A run of four thousand million samples without sizes, and one whose samples lie outside.
    init, (fragment, *_) = video.init_and_fragments(
        video.muxed({"count": 10}, "mp4", {"movflags": "empty_moov+default_base_moof+frag_keyframe"})
    )
    at = fragment.index(b"trun")
    for flags in (b"\0\0\0\0", fragment[at + 4 : at + 8]):
        spoilt = fragment[: at + 4] + flags + b"\xff\xff\xff\xff" + fragment[at + 12 :]
        found = Fragments(tracks_of(init)).feed(spoilt)
        assert found
        assert len(found) < 100


def test_what_is_encrypted_or_unknown_is_told() -> None:
    init, fragments = video.init_and_fragments(
        video.muxed({"count": 10}, "mp4", {"movflags": "empty_moov+default_base_moof+frag_keyframe"})
    )
    found = read(segments(("init.mp4", init.replace(b"avc1", b"encv")), ("0.m4s", fragments[0])))
    assert any("encrypted" in what.what for what in broken(found))
    assert not pictures(found)
    (told,) = read(
        [(piece(4, container="bytes"), b"\x1aE\xdf\xa3 a Matroska file"), (piece(5, 20, container="bytes"), b"x")]
    )
    assert isinstance(told, BrokenStretch)
    assert told.entry == 4
    assert "1a45dfa3" in told.what


def test_a_page_with_very_many_responses_keeps_few_of_them(clip: Clip) -> None:
    frames = Frames(keys_only=True)
    content = flv_of(clip)
    seen = 0
    for number in range(100):
        seen += len(pictures(frames.feed(piece(number, stream=number, resource=number), content)))
    seen += len(pictures(frames.finish()))
    assert seen == 600
    assert len(frames._resources) == len(frames._streams) == 0


def test_key_pictures_close_together_are_spared_and_counted(clip: Clip) -> None:
    frames = Frames(keys_only=True, apart_us=1_000_000)
    found = [*frames.feed(piece(1), flv_of(clip)), *frames.finish()]
    assert numbers(found) == [0, 30]
    assert frames.spared == 4
