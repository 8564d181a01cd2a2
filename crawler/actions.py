"""The few things that we may do in a page, each an `action` entry with pictures before and after.

A closed list: continue watching, play. Each can be switched off in the job. Nothing is ever typed, sent, liked or
ordered.
"""

from __future__ import annotations

from crawler.captures.screen import ScreenCapture
from crawler.cdp import CdpConnection, CdpError
from crawler.gaps import instant_body
from crawler.platforms import Sight
from crawler.recorder import Recorder
from evidence_store.entries import JSON, Attachment, Draft, EntryType

WORDS = {
    "continue watching": ("继续观看", "继续播放", "Continue watching"),
    "play": ("播放", "点击播放", "Play"),
}
PAUSE_NS = 10_000_000_000  # between two clicks: a page that ignores one is not hammered


class Actions:
    """Decides on a click after a look, makes it, and records it."""

    def __init__(self, allowed: tuple[str, ...], recorder: Recorder) -> None:
        self._kind_of = {word: kind for kind in allowed for word in WORDS[kind]}
        self._recorder = recorder
        self._last_ns = -PAUSE_NS

    @property
    def words(self) -> tuple[str, ...]:
        """Words of the buttons that may be clicked; the looks report only these."""
        return tuple(self._kind_of)

    async def consider(self, cdp: CdpConnection, session: str, sight: Sight, screen: ScreenCapture) -> None:
        """Click when the video is paused and a button of the list is on the screen."""
        if sight.video is None or not sight.video.paused or not sight.buttons:
            return
        if sight.mono_ns - self._last_ns < PAUSE_NS:
            return
        self._last_ns = sight.mono_ns
        cdp.spawn(self._click(cdp, session, sight.buttons[0], screen))

    async def _click(
        self, cdp: CdpConnection, session: str, button: tuple[str, float, float], screen: ScreenCapture
    ) -> None:
        word, x, y = button
        clock = self._recorder.clock
        before = await screen.take(cdp, session)
        at = clock.now()
        point: dict[str, JSON] = {"x": x, "y": y, "button": "left", "clickCount": 1}
        try:
            await cdp.send("Input.dispatchMouseEvent", {"type": "mousePressed", **point}, session=session)
            await cdp.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **point}, session=session)
            done = True
        except CdpError:
            done = False
        after = await screen.take(cdp, session)
        pictures = tuple(
            Attachment(role, "image/jpeg", shot.picture)
            for role, shot in (("before", before), ("after", after))
            if shot is not None
        )
        body: dict[str, JSON] = {
            "action": "click",
            "kind": self._kind_of[word],
            "word": word,
            "x": round(x),
            "y": round(y),
            "clicked": instant_body(at),
            "done": done,
        }
        self._recorder.outbox.put(Draft(EntryType.ACTION, at.wall_ns, at.mono_ns, body, pictures), clock.now().mono_ns)
