"""One file per site. `platform_of` picks the adapter for a page that was seen."""

from __future__ import annotations

from crawler.platforms.base import WALLS, Platform, RoomIdentity, RoomState, Sight, Video
from crawler.platforms.generic import GenericRoom
from crawler.platforms.simulated import SimulatedRoom

__all__ = ["WALLS", "Platform", "RoomIdentity", "RoomState", "Sight", "Video", "platform_of"]


def platform_of(sight: Sight) -> Platform:
    """The adapter for the page that this sight shows."""
    return SimulatedRoom() if sight.simulated else GenericRoom()
