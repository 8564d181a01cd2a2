"""All capturers of one session, the outbox before the store, and the gaps (data path 3).

A recorder outlives pages and browsers: when one dies, its successor is listened to and all numbering goes on. It knows
nothing of rooms and states; `visit.py` judges what the page shows and tells the recorder what was confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from crawler.captures.answers import AnswerCapture
from crawler.captures.chat import ChatCapture, Socket
from crawler.captures.lines import LineCapture
from crawler.captures.media import MediaCapture
from crawler.captures.network import NetworkCapture
from crawler.captures.screen import Shot, screen_draft, video_fact
from crawler.captures.targets import Targets
from crawler.cdp import CdpConnection
from crawler.clock import Clock, Instant
from crawler.gaps import Cause, GapLedger
from crawler.health import BLACK_LUMA, CHAT_PACE_FRAMES, ChatPace, Turn, VideoHealth
from crawler.outbox import Outbox
from crawler.platforms import Sight
from evidence_store.entries import JSON, Draft, EntryType

MAX_PACES = 50  # sockets that are listened to for silence; a page may open thousands
REDUCED = 8  # pictures are judged for blackness at an eighth of their size: 2 ms


class Recorder:
    """Owns the capturers. One loop; `deliver` takes each draft that may be preserved."""

    def __init__(self, clock: Clock, deliver: Callable[[Draft], None]) -> None:
        self.clock = clock
        self.outbox = Outbox(deliver)
        self.gaps = GapLedger()
        self.video = VideoHealth()
        self._paces: dict[int, ChatPace] = {}
        self.network = NetworkCapture(clock, self.outbox.put)
        self.media = MediaCapture(clock, self.outbox.put, self._media_lost)
        self.answers = AnswerCapture(clock, self.outbox.put, self._answers_lost)
        self.lines = LineCapture(clock, self.outbox.put)
        self.chat: ChatCapture | None = None
        self._frames_before = 0
        self._seen: JSON = None  # the video at the last look, for the picture that follows
        self.pictures = 0
        self.left = False  # the tab shows another room
        self.closing = False  # the page is being left on purpose: its sockets closing is no gap

    def listen(self, cdp: CdpConnection, targets: Targets) -> None:
        """Hear a new browser; call before it opens the room."""
        if self.chat is not None:
            self._frames_before += self.chat.frames
            self.chat.flush()
        numbers = 0 if self.chat is None else self.chat.numbers
        self.chat = ChatCapture(self.clock, targets.kind, self.outbox.put, self._socket, numbers)
        self.chat.listen(cdp)
        self.media.listen(cdp)
        self.network.listen(cdp)
        self.answers.listen(cdp)

    @property
    def chat_frames(self) -> int:
        """Chat frames received so far."""
        return self._frames_before + (self.chat.frames if self.chat else 0)

    def saw(self, sight: Sight, ended_mono_ns: int) -> None:
        """A look at our room: judge the video, and remember where it was for the next picture's entry."""
        self._seen = video_fact(sight, ended_mono_ns)
        self.turn(self.video.look(sight))

    def keep_shot(self, shot: Shot) -> None:
        """Keep a picture, and judge the video's part of it for blackness."""
        self.pictures += 1
        self.outbox.put(screen_draft(shot, self.pictures, video=self._seen), shot.after.mono_ns)
        box = self.video.box
        if box is not None and shot.method == "screenshot":
            small = cv2.imdecode(np.frombuffer(shot.picture, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
            if small is None:
                return
            x, y, width, height = (side / REDUCED for side in box)
            rows = slice(round(y + height * 0.3), round(y + height * 0.65))
            middle = small[rows, round(x + width * 0.2) : round(x + width * 0.8)]
            if middle.size:
                dark = float((middle <= BLACK_LUMA).mean())
                self.turn(self.video.picture(dark, shot.before.mono_ns))

    def turn(self, turns: list[Turn], where: str = "") -> None:
        """Write what health said as gaps."""
        now = self.clock.now()
        for turn in turns:
            good = now if turn.good_ns == 0 else Instant(now.wall_at(turn.good_ns), turn.good_ns)
            if turn.begins:
                self.begin_gap(turn.cause, good, where)
            else:
                self.end_gap(turn.cause, good, where)

    def begin_gap(self, cause: Cause, since: Instant, where: str = "", **detail: JSON) -> None:
        self._pass(self.gaps.begin(cause, since, self.clock.now(), where, **detail))

    def end_gap(self, cause: Cause, until: Instant | None = None, where: str = "") -> None:
        now = self.clock.now()
        self._pass(self.gaps.end(cause, until or now, now, where))

    def note_gap(self, cause: Cause, since: Instant, until: Instant | None = None, **detail: JSON) -> None:
        self._pass(self.gaps.note(cause, since, until or self.clock.now(), **detail))

    def fact(self, kind: EntryType, body: dict[str, JSON]) -> None:
        """An entry of our own about the watch: nothing of a room's content in it."""
        now = self.clock.now()
        self.outbox.pass_by(Draft(kind, now.wall_ns, now.mono_ns, body))

    def flush(self) -> None:
        """Each second: hand on the batches so far."""
        if self.chat is not None:
            self.chat.flush()
        self.network.flush()
        self.answers.flush()
        self.media.tick()

    def look_at_chat(self) -> None:
        """Each second: is a socket silent against its own pace?"""
        now = self.clock.now().mono_ns
        for socket in self.chat.sockets if self.chat is not None else ():
            if socket.open and (socket.number in self._paces or len(self._paces) < MAX_PACES):
                pace = self._paces.setdefault(socket.number, ChatPace())
                self.turn(pace.look(socket.received, socket.last_received_mono_ns, now), f"socket {socket.number}")

    def finish(self) -> None:
        """Hand on all that has come, endless streams included."""
        self.flush()
        self.media.finish()
        self.answers.finish()

    def page_lost(self, since: Instant) -> None:
        """The page or browser is gone: close what hung on it."""
        if self.chat is not None:
            self.chat.close_all(since.mono_ns)
        self.finish()
        self.end_gap(Cause.FROZEN)
        self._seen = None
        self.turn(self.video.restart())

    def _socket(self, socket: Socket, mono_ns: int) -> None:
        """A socket delivered its first frame, or closed.

        A gap begins when one with a pace closes, or the last one that delivered anything. It ends with the first frame
        of any later socket: reconnections go to other hosts.
        """
        now = self.clock.now()
        if self.closing:
            return
        at = Instant(now.wall_at(mono_ns), mono_ns)
        if socket.open:
            for draft in self.gaps.end_each(Cause.CHAT_DROPPED, at, now):
                self._pass(draft)
            return
        where = f"socket {socket.number}"
        self._pass(self.gaps.end(Cause.CHAT_SILENT, at, now, where))
        self._paces.pop(socket.number, None)
        last = self.chat is not None and not any(s.open and s.received for s in self.chat.sockets)
        if socket.received >= CHAT_PACE_FRAMES or (socket.received and last):
            since = socket.last_received_mono_ns or mono_ns
            self._pass(self.gaps.begin(Cause.CHAT_DROPPED, Instant(now.wall_at(since), since), now, where))

    def leave_room(self, good: Instant) -> None:
        """The tab went to another room: what came after the last good look is forgotten, and its range is a gap."""
        self.media.finish_until(good.mono_ns)
        self.answers.leave(good.mono_ns)
        self.flush()
        self.closing = self.left = True
        self.outbox.confirm(good.mono_ns)
        dropped = self.outbox.drop()
        since_ns = min(good.mono_ns, dropped.since_mono_ns or good.mono_ns)
        since = Instant(good.wall_at(since_ns), since_ns)
        self.note_gap(Cause.OTHER_ROOM, since, captures=dropped.captures, bytes=dropped.bytes)

    def forget_unseen(self, since: Instant, until: Instant) -> None:
        """A document came and went without being looked at: nothing of it is kept."""
        dropped = self.outbox.drop_unseen(since.mono_ns, until.mono_ns)
        self.note_gap(Cause.UNSEEN, since, until, captures=dropped.captures, bytes=dropped.bytes)

    def _media_lost(self, container: str, size: int, since_ns: int, why: str) -> None:
        if self.left:
            return  # another room's bytes: no loss of this watch
        now = self.clock.now()
        since = Instant(now.wall_at(since_ns), since_ns)
        self.note_gap(Cause.MEDIA_LOST, since, container=container, bytes=size, why=why[:200])

    def _answers_lost(self, answers: int, size: int, since_ns: int, whys: Mapping[str, int]) -> None:
        now = self.clock.now()
        since = Instant(now.wall_at(since_ns), since_ns)
        self.note_gap(Cause.ANSWERS_LOST, since, answers=answers, bytes=size, why=dict(whys))

    def _pass(self, draft: Draft | None) -> None:
        if draft is not None:
            self.outbox.pass_by(draft)
