"""One file per site (PLATFORMS.md). `platform_of` picks the adapter for a page that was seen."""

from __future__ import annotations

from crawler.platforms.base import WALLS, Platform, RoomIdentity, RoomState, Sight, Video
from crawler.platforms.registry import STATE_MARKS, platform_of, site_named, site_of

__all__ = [
    "STATE_MARKS",
    "WALLS",
    "Platform",
    "RoomIdentity",
    "RoomState",
    "Sight",
    "Video",
    "platform_of",
    "site_named",
    "site_of",
]
