"""Kuaishou: what a feed push holds: counts, comments, likes, gifts, shares, notices (facts 2; pure).

`device_hash` is not decoded: nobody documents it, and it may tell people's devices apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crawler.platforms.doubts import CUT_SHORT, NOT_UTF8, Doubts, digits, epoch_ms
from crawler.platforms.found import Found
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Where
from crawler.platforms.objects import is_masked
from crawler.platforms.wire.message import Message as Fields

TYPED, SHOWN_LIKE = 1, 2  # `show_type`: a comment that somebody typed; a like that is shown as a comment
_COMBO = 7  # combined comments: their inside is not described
_GIFT = {"gift_id": 4, "batch_size": 7, "combo_count": 8, "rank": 9}


class Said:
    """A message's fields, its place, its doubts; accessors give None for what is absent, empty, or can't be right."""

    __slots__ = ("doubts", "fields", "received_ms", "where")

    def __init__(self, content: bytes, where: Where, received_ms: int, within: Fields) -> None:
        """`content` stands at `where`; it shares the bound on fields of the message that it came in."""
        self.fields = within.apart(content, where.start, partial=True)
        self.where = where
        self.received_ms = received_ms
        self.doubts = Doubts()

    def text(self, number: int, of: Fields | None = None) -> str | None:
        return self.doubts.text((of or self.fields).text(number))

    def count(self, number: int) -> int | None:
        return self.doubts.number(self.fields.uint(number))

    def sent_ms(self, number: int) -> int | None:
        """The time in a field, whose unit the facts leave open."""
        return self.time_ms(self.fields.uint(number))

    def time_ms(self, value: int | None) -> int | None:
        return self.doubts.time_ms(epoch_ms(value) or value, self.received_ms)

    def person(self) -> Person | None:
        """SimpleUserInfo in field 2."""
        user = self.fields.message(2)
        if user is None:
            return None
        name, who = self.text(2, user), self.text(1, user)
        return None if name is None and who is None else Person(name, who, is_masked(name, who))

    def display(self, what: Counts, number: int, name: str) -> tuple[Figure, ...]:
        """The figure of a display text ("26万"), exact where it is digits alone."""
        shown = self.text(number)
        return () if shown is None else (Figure(what, name, digits(shown), shown),)

    def message(self, kind: Kind, method: str, **members: Any) -> Message:
        """The message at this place, with all that was found odd until now."""
        if any(flaw.rule == "not UTF-8" for flaw in self.fields.flaws):
            self.doubts.flag(NOT_UTF8)
        if self.fields.broken:
            self.doubts.flag(CUT_SHORT)
        return Message(kind, method, self.where, flags=self.doubts.flags, **members)


def _comment(said: Said) -> Message:
    show = said.fields.uint(7)
    kind = Kind.LIKE if show == SHOWN_LIKE else Kind.CHAT if show in {None, 0, TYPED} else Kind.OTHER
    known = {None: None, TYPED: "typed", SHOWN_LIKE: "like shown as a comment"}
    return said.message(
        kind,
        "WebCommentFeed",
        id=said.text(1),
        person=said.person(),
        text=said.text(3),
        sent_ms=said.sent_ms(9),
        site_kind=known.get(show, f"show type {show}"),
    )


def _like(said: Said) -> Message:
    return said.message(Kind.LIKE, "WebLikeFeed", id=said.text(1), person=said.person())


def _gift(said: Said) -> Message:
    more = {name: value for name, number in _GIFT.items() if (value := said.count(number)) is not None}
    return said.message(
        Kind.GIFT, "WebGiftFeed", id=said.text(1), person=said.person(), sent_ms=said.sent_ms(3), more=more
    )


def _notice(said: Said) -> Message:
    display = said.count(7)
    return said.message(
        Kind.NOTICE,
        "SystemNotice",
        id=said.text(1),
        person=said.person(),
        text=said.text(4),
        sent_ms=said.sent_ms(3),
        site_kind=None if display is None else f"type {display}",
    )


def _share(said: Said) -> Message:
    third = said.count(4)
    return said.message(
        Kind.SHARE,
        "WebShareFeed",
        id=said.text(1),
        person=said.person(),
        sent_ms=said.sent_ms(3),
        more={} if third is None else {"third_party_platform": third},
    )


_FEEDS: dict[int, Callable[[Said], Message]] = {5: _comment, 8: _like, 9: _gift, 11: _notice, 12: _share}


def feed_push(content: bytes, whole: Said, more: dict[str, int], found: Found) -> None:
    """The counts first, where there are any, with `more`; then each feed, by kind, in its order."""
    where, received_ms = whole.where, whole.received_ms
    pending = whole.count(3)
    figures = (
        *whole.display(Counts.ONLINE, 1, "SCWebFeedPush.display_watching_count"),
        *whole.display(Counts.LIKES, 2, "SCWebFeedPush.display_like_count"),
        *(() if pending is None else (Figure(Counts.RAW, "SCWebFeedPush.pending_like_count", pending),)),
    )
    if figures:
        found.messages.append(whole.message(Kind.VIEWERS, "SCWebFeedPush", figures=figures, more=more))
    for number, read in _FEEDS.items():
        for each in whole.fields.messages(number):
            if found.full(each.start, where.end, where.steps):
                return
            inner = content[each.start - where.start : each.end - where.start]
            said = Said(inner, replace(where, start=each.start, end=each.end), received_ms, each)
            found.messages.append(read(said))
            for error in said.fields.broken:
                found.broken(error, each.end, where.steps)
    for each in whole.fields.messages(_COMBO):
        found.unknown_method("SCWebFeedPush.combo_comment_feed", each.end - each.start)
    for error in whole.fields.broken:
        found.broken(error, where.end, where.steps)
