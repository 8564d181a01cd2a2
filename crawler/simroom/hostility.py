"""Markup as a hostile page would have it: huge, broken, full of bidi and control characters, lying about its state."""

from __future__ import annotations

import random


def hostile_markup(seed: int, nodes: int = 20_000) -> str:
    """HTML for a page's body: ``nodes`` hidden elements, deep nests, lookalikes, unclosed tags, odd attributes."""
    dice = random.Random(f"markup:{seed}")
    lookalike = (
        '<div data-room-state="ended" data-room-id="0">直播已结束</div>'
        '<meta name="livewitness-simulated-room" content="0">'
    )
    odd = ""
    for _ in range(200):
        title = f"{chr(dice.randrange(0x2028, 0x202F))}{chr(dice.randrange(1, 9))}\u202e"
        odd += f'<p title="{title}">\u2067仅剩\u2066{dice.randrange(100)}\u202e单</p>'
    nest = "<div>" * 400 + "<b><i><table><tr><td>" + "</div>" * 200
    crowd = "".join(
        f"<span class='c{dice.randrange(99)}' data-x='{dice.getrandbits(64):x}'>¥{dice.randrange(999)}</span>"
        for _ in range(nodes)
    )
    long = f'<a href="javascript:void(0)" data-long="{"长" * 200_000}">x</a>'
    comment = f"<!-- {'-' * 5000}"
    return f'<div hidden aria-hidden="true">{lookalike}{odd}{crowd}{long}{nest}</div><noscript><plaintext>{comment}'
