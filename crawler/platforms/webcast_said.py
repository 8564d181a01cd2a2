"""One message of a webcast response, as readers of its method get it (pure).

`Said` gives the fields with everything checked that is checked of each message, and makes the `Message` with what all
methods have in common: id, time, broadcast. The readers here are those whose fields Douyin and TikTok share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crawler.platforms.base import RoomState
from crawler.platforms.doubts import CUT_SHORT, NOT_UTF8, Doubts, epoch_ms
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Product, Where
from crawler.platforms.wire.message import Message as Fields

_HIDDEN_ID = "111111"  # what the site sends for everybody where the host hides the viewers
_HIDDEN_NAME = "***"


class Said:
    """A message on its way to be understood. Accessors give None for what is absent, empty, or can't be right."""

    __slots__ = ("body", "common", "doubts", "history", "method", "number_in_envelope", "received_ms", "where")

    def __init__(
        self,
        method: str,
        body: Fields,
        where: Where,
        *,
        number: int | None,
        history: bool,
        received_ms: int,
    ) -> None:
        self.method = method
        self.body = body
        self.common = self.body.message(1)
        self.where = where
        self.number_in_envelope = number
        self.history = history
        self.received_ms = received_ms
        self.doubts = Doubts()

    @property
    def name(self) -> str:
        """The method without its prefix: what figures are named after."""
        return self.method.removeprefix("Webcast")

    def text(self, number: int, of: Fields | None = None) -> str | None:
        return self.doubts.text((of or self.body).text(number))

    def count(self, number: int, of: Fields | None = None) -> int | None:
        """A whole number; one that the sender left out is None, not 0."""
        return self.doubts.number((of or self.body).uint(number))

    def flag(self, number: int, of: Fields | None = None) -> bool | None:
        value = (of or self.body).uint(number)
        return None if value is None else bool(value)

    def name_of(self, number: int, of: Fields | None = None) -> str | None:
        """An id: a number in digits, or a text. They have 19 digits, so they are never numbers to us; 0 is none."""
        fields = of or self.body
        value = fields.uint(number)
        if value is None:
            return self.text(number, fields)
        return str(value) if value else None

    def kind_of(self, number: int, known: Mapping[int, str] | None = None) -> str | None:
        """The site's subdivision: its word where it is known, else the bare number."""
        value = self.body.uint(number)
        return None if value is None else (known or {}).get(value, f"type {value}")

    def figure(
        self, what: Counts, number: int, name: str, *, shown: int | None = None, of: Fields | None = None
    ) -> tuple[Figure, ...]:
        """The figure of a field (`shown`: the field with its display text); none when both are absent."""
        value = self.count(number, of)
        text = None if shown is None else self.text(shown, of)
        if value is None and text is None:
            return ()
        return (Figure(what, f"{self.name}.{name}", value, text),)

    def shown(self, what: Counts, number: int, name: str, of: Fields | None = None) -> tuple[Figure, ...]:
        """The figure of a field that is a display text alone."""
        text = self.text(number, of)
        return () if text is None else (Figure(what, f"{self.name}.{name}", None, text),)

    def person(self, number: int, of: Fields | None = None) -> Person | None:
        """Who: id and nickname of a User. None when it has neither."""
        user = (of or self.body).message(number)
        if user is None:
            return None
        name = self.text(3, user)
        who = self.name_of(1, user) or self.name_of(1028, user)
        if name is None and who is None:
            return None
        return _someone(name, who)

    def named(self, name: str) -> Person:
        """Somebody who is named alone."""
        return _someone(name, None)

    def seconds_ms(self, number: int) -> int | None:
        """A field with epoch seconds, as milliseconds."""
        found = self.body.uint(number)
        return None if not found else self.doubts.time_ms(found * 1000, self.received_ms)

    def created_ms(self) -> int | None:
        """When the platform made the message; None where it does not say, never our clock."""
        created = None if self.common is None else self.common.uint(4)
        return self.doubts.time_ms(epoch_ms(created) or created, self.received_ms)

    def message(  # noqa: PLR0913 - the members of a message, by name
        self,
        kind: Kind,
        *,
        site_kind: str | None = None,
        sent_ms: int | None = None,
        person: Person | None = None,
        text: str | None = None,
        figures: tuple[Figure, ...] = (),
        products: tuple[Product, ...] = (),
        state: RoomState | None = None,
        more: Mapping[str, int | str | bool | None] | None = None,
    ) -> Message:
        """The message with what all methods have in common; members of `more` that are None are left out.

        `sent_ms`: a time of its own, else that at which it was made.
        """
        common = self.common
        made = self.number_in_envelope or (None if common is None else common.uint(2))
        return Message(
            kind,
            self.method,
            self.where,
            id=str(made) if made else None,
            sent_ms=self.created_ms() if sent_ms is None else sent_ms,
            site_kind=site_kind,
            person=person,
            text=text,
            figures=figures,
            products=products,
            state=state,
            broadcast=None if common is None else self.name_of(3, common),
            history=self.history,
            more={name: value for name, value in (more or {}).items() if value is not None},
        )

    def checked(self, message: Message) -> Message:
        """The message with everything that was found odd while it was read."""
        if any(flaw.rule == "not UTF-8" for flaw in self.body.flaws):
            self.doubts.flag(NOT_UTF8)
        if self.body.broken:
            self.doubts.flag(CUT_SHORT)
        return replace(message, flags=self.doubts.flags) if self.doubts.flags else message


def _someone(name: str | None, who: str | None) -> Person:
    masked = who == _HIDDEN_ID or (name is not None and name.endswith(_HIDDEN_NAME))
    return Person(name, who, masked)


def like(said: Said) -> Message:
    """LikeMessage: `count` likes at once; `total` is the broadcast's like count."""
    figures = (*said.figure(Counts.RAW, 2, "count"), *said.figure(Counts.LIKES, 3, "total"))
    return said.message(Kind.LIKE, person=said.person(5), figures=figures)


def arrival(said: Said) -> Message:
    """MemberMessage. Nobody explains its count, so it is raw; `action` and `enter_type` are bare numbers."""
    return said.message(
        Kind.ARRIVAL,
        site_kind=said.kind_of(10),
        person=said.person(2),
        figures=said.figure(Counts.RAW, 3, "member_count"),
        more={"enter_type": said.count(9)},
    )


_SOCIAL = {1: (Kind.FOLLOW, "follow"), 3: (Kind.SHARE, "share")}


def social(said: Said) -> Message:
    """SocialMessage: action 1 follows, 3 shares; `follow_count` is the anchor's number of fans at that instant."""
    action = said.body.uint(4)
    kind, word = _SOCIAL.get(action or 0, (Kind.OTHER, None if action is None else f"type {action}"))
    return said.message(
        kind,
        site_kind=word,
        person=said.person(2),
        figures=said.figure(Counts.FANS, 6, "follow_count"),
        more={"share_type": said.count(3)},
    )
