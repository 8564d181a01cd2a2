"""Media streams are cut into bounded pieces without changing a byte; addresses lose what may be secret."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from urllib.parse import urlsplit

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.captures.addresses import MAX_CANONICAL, canonical
from crawler.captures.media import container_of
from crawler.captures.segments import CUT_SECONDS, MAX_BYTES, MAX_SECONDS, Cutter, Piece, split

SECOND = 1_000_000_000
FLV_HEAD = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"


def film(container: str, seconds: float = 12.0, options: dict[str, str] | None = None) -> bytes:
    """Real H.264 of noise (about 4 Mb/s), written by FFmpeg's own muxer."""
    held = io.BytesIO()
    grain = np.random.default_rng(7)
    with av.open(held, "w", format=container, options=options or {}) as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "ultrafast", "qp": "30", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(round(seconds * 25)):
            frame = av.VideoFrame.from_ndarray(grain.integers(0, 255, (120, 160, 3), np.uint8), format="rgb24")
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    return held.getvalue()


@pytest.fixture(scope="module")
def flv() -> bytes:
    return film("flv", options={"flvflags": "no_duration_filesize"})


@pytest.fixture(scope="module")
def fmp4() -> bytes:
    return film("mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})


def flv_borders(stream: bytes) -> set[int]:
    """Where a tag ends, by the format's own rule (Adobe FLV 10.1, annex E)."""
    at, found = 13, {13}
    while at + 15 <= len(stream):
        at += 15 + int.from_bytes(stream[at + 1 : at + 4])
        found.add(at)
    return found


def box_borders(stream: bytes) -> set[int]:
    """Where a moof or moov box begins (ISO/IEC 14496-12)."""
    at, found = 0, set()
    while at + 8 <= len(stream):
        if stream[at + 4 : at + 8] in {b"moof", b"moov"}:
            found.add(at)
        at += int.from_bytes(stream[at : at + 4])
    return found


def feed(stream: bytes, container: str, seed: int, chunk: tuple[int, int], chunk_ns: int = 20_000_000) -> list[Piece]:
    """Bytes as a network hands them over: in chunks of any size, each a little later."""
    dice = random.Random(seed)  # noqa: S311 - sizes of chunks, the same in each run
    cutter, at, now = Cutter(container), 0, SECOND
    pieces: list[Piece] = []
    while at < len(stream):
        size = dice.randint(*chunk)
        pieces += cutter.feed(stream[at : at + size], now)
        at += size
        now += chunk_ns
        pieces += cutter.tick(now)
    return pieces + cutter.finish()


def check_pieces(pieces: list[Piece], stream: bytes) -> None:
    assert b"".join(piece.content for piece in pieces) == stream
    offset = 0
    for number, piece in enumerate(pieces):
        assert (piece.number, piece.offset) == (number, offset)
        assert 0 < len(piece.content) <= MAX_BYTES
        assert piece.from_mono_ns <= piece.to_mono_ns
        assert piece.to_mono_ns - piece.from_mono_ns <= MAX_SECONDS * SECOND
        offset += len(piece.content)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("chunk", [(1, 50), (1, 3_000), (2_000, 70_000)])
def test_an_flv_stream_is_cut_at_tag_borders_whatever_the_chunks(flv: bytes, chunk: tuple[int, int], seed: int) -> None:
    # Slow enough that several cuts by time are due, whatever the size of the chunks.
    chunk_ns = round(30 * SECOND * (sum(chunk) / 2) / len(flv))
    pieces = feed(flv, "flv", seed, chunk, chunk_ns)
    check_pieces(pieces, flv)
    assert len(pieces) >= 4
    borders = flv_borders(flv)
    assert all(piece.offset + len(piece.content) in borders for piece in pieces)
    assert all(piece.at_border for piece in pieces)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("chunk", [(16, 50), (16, 3_000), (2_000, 70_000)])
def test_fragmented_mp4_is_cut_before_a_moof_whatever_the_chunks(
    fmp4: bytes, chunk: tuple[int, int], seed: int
) -> None:
    chunk_ns = round(30 * SECOND * (sum(chunk) / 2) / len(fmp4))
    pieces = feed(fmp4, "fmp4", seed, chunk, chunk_ns)
    check_pieces(pieces, fmp4)
    assert len(pieces) >= 3
    borders = box_borders(fmp4)
    assert all(piece.offset + len(piece.content) in borders for piece in pieces[:-1])


def test_each_piece_of_an_flv_plays_when_the_codec_description_stands_before_it(flv: bytes) -> None:
    pieces = feed(flv, "flv", 1, (1, 3_000), round(30 * SECOND * 1500 / len(flv)))
    opening = flv[: sorted(flv_borders(flv))[2]]  # header, onMetaData, AVC sequence header
    for piece in pieces[1:]:
        with av.open(io.BytesIO(opening + piece.content), format="flv") as opened:
            assert sum(1 for packet in opened.demux(video=0) if packet.size) > 0


def test_a_fast_stream_is_cut_by_size(flv: bytes) -> None:
    stream = FLV_HEAD + flv[13:] * (1 + 9_000_000 // len(flv))
    pieces = feed(stream, "flv", 3, (10_000, 60_000), chunk_ns=1000)
    check_pieces(pieces, stream)
    borders = flv_borders(stream)
    assert len(pieces) >= 3
    assert all(piece.offset + len(piece.content) in borders for piece in pieces)


def test_a_tag_that_is_larger_than_a_piece_is_cut_and_that_is_said() -> None:
    tag = b"\x09" + (6_000_000).to_bytes(3) + bytes(7) + b"\xaa" * 6_000_000 + (6_000_011).to_bytes(4)
    pieces = feed(FLV_HEAD + tag, "flv", 1, (5_000, 9_000), chunk_ns=1000)
    check_pieces(pieces, FLV_HEAD + tag)
    assert [piece.at_border for piece in pieces] == [True, *[False] * (len(pieces) - 2), True], (
        "head, then a tag in parts"
    )


def test_a_stalled_stream_gives_its_piece_within_the_limit(flv: bytes) -> None:
    cutter = Cutter("flv")
    assert cutter.feed(flv[:20_000], SECOND) == []
    assert cutter.tick(round(CUT_SECONDS * SECOND)) == []
    (piece,) = cutter.tick(SECOND + round((MAX_SECONDS - 1) * SECOND))
    assert piece.offset + len(piece.content) in flv_borders(flv)
    rest = cutter.finish()
    assert piece.content + b"".join(part.content for part in rest) == flv[:20_000]
    assert cutter.tick(10**15) == []
    assert cutter.finish() == []


def test_nothing_fed_is_nothing_cut() -> None:
    cutter = Cutter("fmp4")
    assert (cutter.feed(b"", 1), cutter.tick(10**12), cutter.finish()) == ([], [], [])


HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.binary(max_size=400).map(lambda tail: b"FLV\x01\x05" + tail),
    st.binary(max_size=400).map(lambda tail: FLV_HEAD + tail),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([b"moof", b"moov", b"mdat", b"\x00\xff\x00\xff"])))
    .map(lambda boxes: b"".join(size.to_bytes(4) + kind for size, kind in boxes)),
)  # fmt: skip


@given(HOSTILE, st.sampled_from(["flv", "fmp4", "bytes"]), st.integers(0, 2**32), st.integers(0, 3 * SECOND))
@example(b"FLV\x01\x05\xff\xff\xff\xff" + bytes(500), "flv", 1, SECOND)  # a header that claims to be 4 GB long
@example(b"\x00\x00\x00\x01moof" + b"\xff" * 300, "fmp4", 1, SECOND)  # a 64-bit size beyond all disks
@example(bytes(300), "fmp4", 1, SECOND)  # a box of size 0
@example(FLV_HEAD + b"\x09\xff\xff\xff" + bytes(500), "flv", 1, SECOND)  # a tag that never ends
def test_hostile_bytes_come_out_as_they_went_in(stream: bytes, container: str, seed: int, chunk_ns: int) -> None:
    check_pieces(feed(stream, container, seed, (1, 60), chunk_ns), stream)


@given(st.integers(0, 3 * MAX_BYTES))
def test_a_finished_resource_is_split_without_a_byte_lost(size: int) -> None:
    content = bytes(size)
    pieces = split(content)
    assert [offset for offset, _ in pieces] == list(range(0, size, MAX_BYTES))
    assert sum(len(piece) for _, piece in pieces) == size
    assert all(0 < len(piece) <= MAX_BYTES for _, piece in pieces)


PLAIN = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
SECRET = "s3cr3tUmbrella"  # stands in query, fragment, user and password; it may never come out


@given(
    scheme=st.sampled_from(["http", "https", "ws", "wss", "HTTPS"]),
    host=PLAIN.map(lambda name: f"h{name}.example"),
    port=st.one_of(st.none(), st.integers(1, 65535)),
    path=st.lists(PLAIN, max_size=5),
    user=st.booleans(),
    password=st.booleans(),
    noise=st.text(max_size=20),
)
def test_no_query_fragment_user_or_password_is_left_in_an_address(
    *, scheme: str, host: str, port: int | None, path: list[str], user: bool, password: bool, noise: str
) -> None:
    who = (SECRET + (f":{SECRET}" if password else "") + "@") if user else ""
    where = host if port is None else f"{host}:{port}"
    address = f"{scheme}://{who}{where}/{'/'.join(path)}?token={SECRET}&{noise}#{SECRET}{noise}"
    told = canonical(address)
    assert SECRET not in told
    assert told == f"{scheme.lower()}://{where}/{'/'.join(path)}"


@given(st.one_of(st.text(max_size=60), st.text("htps:/@?#[]\\%.\n\t\x00\ud800abc0189", max_size=60)))
def test_any_text_is_answered_with_an_address_that_holds_no_query(text: str) -> None:
    for address in (text, f"https://{text}", f"wss://{text}?{SECRET}", f"http://{SECRET}:{SECRET}@host/{text}"):
        told = canonical(address)
        assert "?" not in told
        assert "#" not in told
        assert SECRET not in told


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://user:secret@host:8443/live/a.flv?token=x#y", "https://host:8443/live/a.flv"),
        ("https://[2001:db8::1]:8443/a?b", "https://[2001:db8::1]:8443/a"),
        ("data:text/html,<p>secret", "data:"),
        ("blob:https://host/8d1c-secret", "blob:"),
        ("about:blank", "about:"),
        ("", ""),
        ("https://host:99999/a?token=x", "unreadable address"),
        ("https://[::1/a?token=x", "unreadable address"),
        ("https://直播.example/房间/7?x=1", "https://直播.example/房间/7"),
    ],
)
def test_addresses_as_they_stand_in_entries(address: str, told: str) -> None:
    assert canonical(address) == told


def test_a_network_address_is_told_in_at_most_a_thousand_characters() -> None:
    assert len(canonical(f"https://host/{'a' * 5000}")) == MAX_CANONICAL


@pytest.mark.parametrize(
    ("mime", "address", "container"),
    [
        ("video/x-flv", "https://h/x", "flv"),
        ("VIDEO/X-FLV; charset=binary", "https://h/x", "flv"),
        ("application/octet-stream", "https://h/live/a.flv?auth=1.mp4", "flv"),
        ("", "https://h/live/A.FLV", "flv"),
        ("video/mp4", "https://h/seg", "fmp4"),
        ("application/octet-stream", "https://h/1.m4s", "fmp4"),
        ("video/MP2T", "https://h/1", "mpeg-ts"),
        ("audio/aac", "https://h/1", "aac"),
        ("application/vnd.apple.mpegurl", "https://h/index", "playlist"),
        ("text/plain", "https://h/index.m3u8", "playlist"),
        ("application/dash+xml", "https://h/manifest", "playlist"),
        ("video/webm", "https://h/a", "bytes"),
        ("audio/ogg", "https://h/a", "bytes"),
        ("text/html", "https://h/login.mp4", None),
        ("application/json", "https://h/a.ts", None),
        ("image/png", "https://h/a.mp4", None),
        ("text/javascript", "https://h/player.js", None),
        ("text/html", "https://h/room?next=a.flv", None),
        ("", "https://h.mp4", None),
        ("", "", None),
    ],
)
def test_what_counts_as_media(mime: str, address: str, container: str | None) -> None:
    assert container_of(mime, address) == container


@given(st.text(max_size=20), st.text(max_size=60))
def test_any_answer_is_told_as_media_or_not(mime: str, path: str) -> None:
    known = {"flv", "fmp4", "mpeg-ts", "aac", "playlist", "bytes", None}
    tell: Callable[[str, str], str | None] = container_of
    assert tell(mime, f"https://host/{path}") in known
    assert urlsplit(f"https://host/{path}").hostname == "host"


def test_a_stream_ends_at_a_moment_and_what_came_later_is_not_in_it() -> None:
    cutter = Cutter("bytes")
    for second, content in enumerate((b"ours one ", b"ours two ", b"another room")):
        assert cutter.feed(content, second * SECOND) == []
    pieces = cutter.finish_until(SECOND)
    assert b"".join(piece.content for piece in pieces) == b"ours one ours two "
    assert cutter.finish() == []
