"""From a message back to its bytes: `where` is followed by hand, step by step, and what it says stands there.

The steps are read here anew (base64, JSON paths, packets, zlib, brotli), with nothing of the readers'.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import brotli
import pytest

HERE = Path(__file__).parent
SITES = ("bilibili", "jd", "taobao", "xiaohongshu")


def followed(payload: bytes, steps: list[str]) -> bytes:
    content = payload
    for step in steps:
        if step.startswith("json $"):
            content = at_path(content, step.removeprefix("json $"))
        elif step.startswith("packet "):
            content = packet(content, int(step.removeprefix("packet ")))
        else:
            content = {"base64": base64.b64decode, "zlib": zlib.decompress, "brotli": brotli.decompress}[step](content)
    return content


def at_path(content: bytes, path: str) -> bytes:
    value: Any = json.loads(content)
    for name, place in re.findall(r"\.([^.\[]+)|\[(\d+)\]", path):
        value = value[int(place)] if place else value[name]
    assert isinstance(value, str)
    return value.encode()


def packet(content: bytes, number: int) -> bytes:
    for _ in range(number - 1):
        content = content[struct.unpack(">I", content[:4])[0] :]
    size, header = struct.unpack(">IH", content[:6])
    return content[header:size]


def said() -> list[Any]:
    found = []
    for site in SITES:
        for case in json.loads((HERE / site / "cases.json").read_text(encoding="utf-8")):
            encoded = case.get("payload_base64")
            payload = case["payload"].encode() if encoded is None else base64.b64decode(encoded)
            for number, message in enumerate(case["decoded"].get("messages", [])):
                found.append(pytest.param(payload, message, id=f"{site}: {case['name']} {number}"))
    return found


def words(message: dict[str, Any]) -> list[str]:
    """What a message says as it stood on the wire: texts, names, ids, numbers."""
    person, products = message.get("person", {}), message.get("products", [])
    found = [message.get("text"), person.get("name"), person.get("id")]
    found += [each.get(name) for each in products for name in ("id", "title", "price_text", "sold_text")]
    found += [str(each["value"]) for each in message.get("figures", []) if "value" in each]
    return [each for each in found if each]


@pytest.mark.parametrize(("payload", "message"), said())
def test_what_a_message_says_stands_where_it_points(payload: bytes, message: dict[str, Any]) -> None:
    where = message["where"]
    stands = followed(payload, where.get("steps", []))[where["start"] : where["end"]]
    assert 0 <= where["start"] < where["end"]
    if message["method"] == "heartbeat reply":
        assert int.from_bytes(stands, "big") == message["figures"][0]["value"]
        return
    text = stands.decode()  # a range that cut a character in two would fail here
    for each in words(message):
        assert each in text
