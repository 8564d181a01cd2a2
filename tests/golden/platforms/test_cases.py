"""Pieces as sites send them (written from the facts, no recording) and all that each says, checked by hand once.

`cases.json` of a site: a list of {name, source, url, payload or payload_base64, decoded}. `decoded` leaves out what is
None or empty, and `masked` and `history` when they are False; a case fails on anything more, less or different.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.platforms.pieces import Piece
from crawler.platforms.registry import BY_NAME

HERE = Path(__file__).parent
RECEIVED_MS = 1_790_636_326_300
SITES = ("bilibili", "douyin", "jd", "kuaishou", "taobao", "tiktok", "xiaohongshu")
BINARY = frozenset({"bilibili", "douyin", "kuaishou", "tiktok"})  # their frames are no text frames


def left_out(name: str, value: Any) -> bool:
    return value is None or value in ([], {}) or (value is False and name in {"masked", "history"})


def plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        members = {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        return {name: each for name, each in members.items() if not left_out(name, each)}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return str(value) if isinstance(value, str) else value


def cases() -> list[Any]:
    return [
        pytest.param(site, case, id=f"{site}: {case['name']}")
        for site in SITES
        for case in json.loads((HERE / site / "cases.json").read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("site", "case"), cases())
def test_each_piece_says_what_was_checked_by_hand(site: str, case: dict[str, Any]) -> None:
    encoded = case.get("payload_base64")
    payload = case["payload"].encode() if encoded is None else base64.b64decode(encoded)
    text = case["source"] == "frame" and site not in BINARY
    piece = Piece(case["source"], case["url"], payload, text=text, received_ms=RECEIVED_MS)
    assert plain(BY_NAME[site].decode(piece)) == case["decoded"]
