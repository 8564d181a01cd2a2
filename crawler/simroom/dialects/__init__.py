"""The simulated room in the dialects of real sites (DIALECTS.md). Start reading at ``base.py``."""

from __future__ import annotations

from crawler.simroom.fields import ScenarioError

from .base import Dialect
from .bilibili import Bilibili
from .douyin import Douyin
from .huajiao import Huajiao
from .jd import Jd
from .kuaishou import Kuaishou
from .taobao import Taobao
from .tiktok import TikTok
from .xiaohongshu import Xiaohongshu

__all__ = ["DIALECTS", "Dialect", "named"]

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (Douyin(), TikTok(), Kuaishou(), Bilibili(), Jd(), Xiaohongshu(), Taobao(), Huajiao())
}


def named(name: str) -> Dialect:
    """The dialect of that name. Raises ScenarioError when there is none."""
    if name not in DIALECTS:
        raise ScenarioError(
            f"dialect {name!r}: expected one of {', '.join(sorted(DIALECTS))}. "
            f"Next: livewitness simroom --dialect {min(DIALECTS)}"
        )
    return DIALECTS[name]
