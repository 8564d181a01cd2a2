"""Bombs of 4 MiB for each wire reader: each ends in a value or in `Undecodable`, within 64 MB, in a process apart."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from tests.harness.wire_bytes import held, number, packet, varint

ROOT = Path(__file__).parents[2]
SIZE = 4 << 20
MOST_MB = 64 * 1.048576


def over(piece: bytes, before: bytes = b"", behind: bytes = b"") -> bytes:
    """A piece over and over, 4 MiB in all."""
    return before + piece * ((SIZE - len(before) - len(behind)) // len(piece)) + behind


def deflated(megabytes: int, wbits: int) -> bytes:
    """A stream of zeros whose blocks repeat: gigabytes in 4 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    head = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * megabytes


def nested(depth: int) -> bytes:
    """Messages in messages."""
    sizes = [0]
    for _ in range(depth):
        sizes.append(sizes[-1] + 1 + len(varint(sizes[-1])))
    return b"".join(b"\x0a" + varint(size) for size in reversed(sizes[:-1]))


def brotli_bomb() -> bytes:
    return bytes(brotli.compress(bytes(256 << 20), quality=3, lgwin=24))


def distinct_keys() -> bytes:
    return json.dumps({f"k{n}": [n * 1.5] for n in range(24_000)}).encode()


BOMBS: dict[str, dict[str, Callable[[], bytes]]] = {
    "protobuf": {
        "two-byte fields": lambda: over(b"\x08\x01"),
        "empty messages": lambda: over(b"\x0a\x00"),
        "messages in messages": lambda: nested(900_000)[:SIZE],
        "messages of many fields": lambda: over(held(1, b"\x08\x01" * 19_000)),
        "groups": lambda: over(b"\x0b"),
        "groups side by side": lambda: over(b"\x0b\x0c"),
        "continued varint": lambda: over(b"\xff"),
        "packed numbers": lambda: held(1, bytes(SIZE - 10)),
        "a text of no UTF-8": lambda: held(1, over(b"\xff")[:-10]),
        "a text of emoji": lambda: held(1, over("😀".encode())[:-10]),
        "many wrong types": lambda: over(b"\x08\x01\x0a\x01\xff")[:95_000],
        "fixed fields": lambda: over(b"\x09" + bytes(8)),
    },
    "google": {"two-byte fields": lambda: b"\x08\x01" * 20_000, "groups": lambda: over(b"\x0b")},
    "gzip": {
        "zeros": lambda: deflated(3000, 31)[:SIZE],
        "many streams": lambda: over(gzip.compress(b"", mtime=0)),
        "a long name": lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * SIZE,
    },
    "zlib": {"zeros": lambda: deflated(3000, 15)[:SIZE], "empty blocks": lambda: over(b"\0\0\0\xff\xff", b"\x78\x9c")},
    "brotli": {
        "zeros": brotli_bomb,
        "empty metadata": lambda: over(b"\x06", b"\x06"),
        "random": lambda: bytes(range(1, 256)) * 16_000,
    },
    "bilibili": {
        "small packets": lambda: over(packet(2, b"")),
        "empty carriers": lambda: over(packet(5, zlib.compress(b""), 2)),
        "a zlib bomb": lambda: packet(5, deflated(3000, 15)[: SIZE - 16], 2),
        "a brotli bomb": lambda: packet(5, brotli_bomb(), 3),
        "bombs in turn": lambda: over(packet(5, zlib.compress(packet(5, bytes(7 << 20))), 2)),
        "packed small packets": lambda: packet(5, zlib.compress(packet(2, b"") * 500_000), 2),
    },
    "json": {
        "brackets": lambda: over(b"["),
        "objects": lambda: over(b'{"a":'),
        "empty lists": lambda: over(b"[],", b"[", b"0]"),
        "empty objects": lambda: over(b"{},", b"[", b"0]"),
        "short texts": lambda: over('"你",'.encode(), b"[", b"0]"),
        "99,000 short texts": lambda: b"[" + '"你好",'.encode() * 99_000 + b"0]",
        "49,000 objects": lambda: b"[" + b'{"a":1},' * 33_000 + b"0]",
        "99,000 numbers": lambda: b"[" + b"1.2345678901234,5e22," * 49_000 + b"0]",
        "distinct keys": distinct_keys,
        "long numbers": lambda: over(b"9" * 4300 + b",", b"[", b"0]"),
        "one long number": lambda: over(b"9"),
        "a long fraction": lambda: over(b"9", b"0."),
        "lone surrogates": lambda: over(b"\\ud800", b'"', b'"'),
        "an emoji in a long text": lambda: over(b"a", '"😀'.encode(), b'"'),
        "escaped emoji in a long text": lambda: over(b"a", b'"\\ud83d\\ude00', b'"'),
        "texts of no UTF-8": lambda: over(b"\xff", b'"', b'"'),
        "escapes without end": lambda: over(b'\\"', b'["'),
        "double keys": lambda: b"{" + b'"a":1,' * 49_000 + b'"a":1}',
        "space": lambda: over(b" "),
    },
    "json_in_json": {
        "a long text of quotes": lambda: json.dumps(json.dumps(json.dumps('"' * 400_000))).encode()[:SIZE],
        "lists in a text": lambda: json.dumps("[" + "[]," * 30_000 + "0]").encode(),
        "brackets in a text": lambda: over(b"[", b'"', b'"'),
    },
    "jsonp": {
        "names": lambda: over(b"a."),
        "guards": lambda: over(b"a&&"),
        "brackets": lambda: over(b"("),
        "closing brackets": lambda: over(b")", b"cb("),
        "spaces": lambda: over(b" "),
        "lists": lambda: over(b"[],", b"cb([", b"0]);"),
    },
    "base64": {
        "letters": lambda: over(b"A"),
        "line ends": lambda: over(b"\n"),
        "signs": lambda: over(b"="),
        "encoded": lambda: base64.b64encode(bytes(3 << 20)),
    },
    "sniff": {"zeros": lambda: deflated(3000, 15)[:SIZE], "a brotli bomb": brotli_bomb},
    "douyin": {
        "gzip of zeros": lambda: held(8, deflated(3000, 31)[: SIZE - 10]),
        "gzip of two-byte fields": lambda: held(8, gzip.compress(b"\x08\x01" * (4 << 20), mtime=0)),
        "gzip of messages": lambda: held(8, gzip.compress(held(1, b"\x08\x01" * 19_000) * 200, mtime=0)),
    },
}


def push(messages: bytes) -> bytes:
    """A webcast frame of these messages."""
    return held(5, held(1, "compress_type") + held(2, "gzip")) + held(7, "msg") + held(8, gzip.compress(messages))


def webcast(method: str, payload: bytes) -> bytes:
    return held(1, held(1, method) + held(2, payload) + number(3, 7))


def kuaishou(payload: bytes) -> bytes:
    return number(1, 310) + number(2, 2) + held(3, gzip.compress(payload))


def commands(one: bytes, count: int) -> bytes:
    return packet(5, zlib.compress(packet(5, one) * count), 2)


CHAT = webcast("WebcastChatMessage", held(2, number(1, 5) + held(3, "a")) + held(3, "b"))
FEED = held(5, held(1, "c") + held(2, held(2, "n")) + held(3, "x"))
DANMAKU = b'{"cmd":"DANMU_MSG","info":[[0,1,25,0,5,0],"x",[0,"a",0]]}'
SITE_BOMBS: dict[str, dict[str, Callable[[], bytes]]] = {
    "site_douyin": {
        "100,000 chats": lambda: push(CHAT * 100_000),
        "messages of many fields": lambda: push(webcast("WebcastChatMessage", b"\x08\x01" * 9000) * 50),
        "empty messages": lambda: push(b"\x0a\x00" * 4_000_000),
        "19,000 methods": lambda: push(b"".join(webcast(f"W{n}", b"") for n in range(19_000))),
        "products": lambda: push(webcast("WebcastProductChangeMessage", held(4, number(1, 5)) * 19_000) * 50),
    },
    "site_tiktok": {"100,000 chats": lambda: push(CHAT * 100_000)},
    "site_kuaishou": {
        "200,000 feeds": lambda: kuaishou(FEED * 200_000),
        "empty feeds": lambda: kuaishou(b"\x2a\x00" * 4_000_000),
        "a poll": lambda: json.dumps(json.dumps({"liveStreamFeeds": [{"type": "comment"}] * 20_000})).encode(),
    },
    "site_bilibili": {
        "19,000 lines": lambda: commands(DANMAKU, 19_000),
        "100,000 lines": lambda: commands(DANMAKU, 100_000),
        "empty commands": lambda: commands(b"{}", 19_000),
    },
    "site_jd": {"space": lambda: over(b" ", b"{"), "brackets": lambda: over(b"[")},
    "site_xiaohongshu": {
        "30,000 entries": lambda: json.dumps({"t": 4, "b": {"d": {"b": [{"d": "e30="}] * 30_000}}}).encode()
    },
    "site_taobao": {
        "30,000 comments": lambda: json.dumps(
            {"ret": ["SUCCESS::"], "data": {"comments": [{"content": "x"}] * 30_000}}
        ).encode(),
        "brackets": lambda: over(b"[", b"cb("),
    },
    "site_generic": {
        "11,000 lines": lambda: json.dumps([{"nick": "a", "content": "b", "msgId": n} for n in range(11_000)]).encode(),
        "brackets": lambda: over(b"[{"),
    },
}
BOMBS |= SITE_BOMBS


@pytest.mark.parametrize("reader", BOMBS)
def test_bombs_of_4_mib_stay_within_64_mb(reader: str, tmp_path: Path) -> None:
    for name, made in BOMBS[reader].items():
        payload = made()
        assert len(payload) <= SIZE + 10, name
        (tmp_path / f"{reader}-{name}").write_bytes(payload)
    crashers = tmp_path / "crashers"
    run = subprocess.run(
        [
            *(sys.executable, "tests/benchmarks/fuzz_wire.py", "--reader", reader),
            *("--replay", str(tmp_path), "--crashers", str(crashers)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    figures = json.loads(run.stdout)["readers"][reader]
    assert figures["inputs"] == len(BOMBS[reader])
    assert figures["peak_mb"] <= MOST_MB
