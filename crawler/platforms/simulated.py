"""The simulated room (`livewitness simroom`): it says its state in attributes of its body.

Known by `<meta name="livewitness-simulated-room">`, so that what was kept from it can never pass for a real room.
"""

from __future__ import annotations

from crawler.platforms.base import RoomIdentity, RoomState, Sight

_STATES = {
    "live": RoomState.LIVE,
    "paused": RoomState.PAUSED,
    "ended": RoomState.ENDED,
    "login": RoomState.LOGIN_WALL,
    "captcha": RoomState.CAPTCHA,
    "not_found": RoomState.NOT_FOUND,
    "not_started": RoomState.NOT_STARTED,
}


class SimulatedRoom:
    """`data-room-id`, `data-broadcast-id` and `data-room-state` of the body."""

    name = "simulated"
    simulated = True
    certain = True

    def identity(self, sight: Sight) -> RoomIdentity | None:
        room = sight.facts.get("roomId")
        if not room:
            return None
        broadcast = sight.facts.get("broadcastId")
        return RoomIdentity(self.name, str(room), str(broadcast) if broadcast else None)

    def state(self, sight: Sight) -> RoomState:
        return _STATES.get(str(sight.facts.get("roomState", "")), RoomState.NO_CONTENT)
