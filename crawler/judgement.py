"""What a look at the page means for the watch: ours, over, or not clear yet. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from crawler.platforms import WALLS, RoomIdentity, RoomState, Sight, platform_of


class Ending(StrEnum):
    """How a visit ended."""

    ENDED = "broadcast ended"
    ANOTHER_BROADCAST = "another broadcast began"
    LEFT = "left the room"
    WALL = "wall"
    NOT_LIVE = "not live"
    UNREACHABLE = "unreachable"
    DIED = "browser died"


@dataclass(frozen=True, slots=True)
class VisitEnd:
    """The visit is over: how, and in words that a person can act on."""

    ending: Ending
    state: RoomState
    words: str
    certain: bool = True  # false: words on a page say so, and one look at words is not enough


@dataclass(frozen=True, slots=True)
class OurRoom:
    """The page shows the room that is watched, in this state."""

    state: RoomState
    identity: RoomIdentity


@dataclass(frozen=True, slots=True)
class Unclear:
    """The page shows no room (yet): a look that confirms nothing and ends nothing."""

    state: RoomState


def refused(status: int) -> tuple[RoomState, str]:
    """What a room's address means that answers with an HTTP status of 400 or more, and what a person can do."""
    if status in {404, 410}:
        return RoomState.NOT_FOUND, "check the address"
    if status in REFUSALS:
        return RoomState.BLOCKED, "the site refuses this machine or network; try again later or from another network"
    return RoomState.UNREACHABLE, "try again later"


def judge_told(
    state: RoomState, broadcast: str | None, known: RoomIdentity | None, *, entered: bool
) -> VisitEnd | None:
    """What a state means that a frame or an answer tells of the room that is watched; None when the watch goes on.

    An answer may be about anything that the page asked for: only an end that follows a room's having been seen ends a
    watch by itself, and a wall; not where another broadcast is named. What is told at the door is left to the page.
    """
    if not entered or known is None or (broadcast and known.broadcast and broadcast != known.broadcast):
        return None
    if state is RoomState.ENDED:
        return VisitEnd(Ending.ENDED, state, "the broadcast ended: the site said so in a message to the page")
    if state is RoomState.CAPTCHA:
        words = "the site answered with a captcha; it is recorded, and only a person may pass it"
        return VisitEnd(Ending.WALL, state, words)
    return None


# Forbidden, precondition failed, too many requests, closed without an answer (Douyin for data centres), legal reasons.
REFUSALS = frozenset({403, 412, 429, 444, 451})
_BY_ADDRESS = frozenset({Ending.LEFT, Ending.ANOTHER_BROADCAST})


def judge(sight: Sight, known: RoomIdentity | None, *, entered: bool) -> OurRoom | VisitEnd | Unclear:
    """`known`: the room that is watched, None before it was seen. `entered`: it was seen in this visit.

    A wall is told before anything else: it may stand in for any room. A page without a room is unclear, never ended.
    """
    platform = platform_of(sight)
    state, identity = platform.state(sight), platform.identity(sight)
    over = _over(state, identity, known, entered=entered)
    if over is not None:
        return replace(over, certain=platform.certain or over.ending in _BY_ADDRESS)
    if identity is None or state is RoomState.NO_CONTENT:
        return Unclear(state)
    if state is RoomState.PAUSED and not entered and (sight.video is None or not sight.video.ready):
        return Unclear(state)  # the host has paused: at the door nothing is to be seen, it may go on
    return OurRoom(state, identity)


def _over(  # noqa: PLR0911 - one line per way to be over, in the order in which they are told
    state: RoomState, identity: RoomIdentity | None, known: RoomIdentity | None, *, entered: bool
) -> VisitEnd | None:
    if state is RoomState.BLOCKED:
        words = "the site refuses this machine or network; it is recorded; try again later or from another network"
        return VisitEnd(Ending.WALL, state, words)
    if state in WALLS:
        words = f"the room shows a {state}; it is recorded, and only a person may pass it"
        return VisitEnd(Ending.WALL, state, words)
    if known is not None and identity is not None and not known.same_room(identity):
        words = "the tab went to another room; nothing of that room is kept"
        return VisitEnd(Ending.LEFT, RoomState.LIVE, words)
    if state is RoomState.NOT_FOUND:
        return VisitEnd(Ending.NOT_LIVE, state, "there is no such room; check the address")
    if state is RoomState.ENDED:
        # An ended room at the door is one that can't be watched; an end that was watched is the normal end.
        if known is None:
            return VisitEnd(Ending.NOT_LIVE, state, "the broadcast is over; watch again when the room is live")
        return VisitEnd(Ending.ENDED, state, "the broadcast ended")
    if state is RoomState.NOT_STARTED and not entered:
        return VisitEnd(Ending.NOT_LIVE, state, "the broadcast has not started; watch again when the room is live")
    if known is not None and identity is not None and not known.same_broadcast(identity):
        return VisitEnd(Ending.ANOTHER_BROADCAST, state, "another broadcast began in the room")
    return None
