"""What a site's method says, before it is placed: the part of a `Message` that a mapping table gives (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.platforms.base import RoomState
from crawler.platforms.messages import Counts, Figure, Kind, Message, Person, Product, Where
from crawler.platforms.objects import Members, is_masked


@dataclass(frozen=True, slots=True)
class Said:
    """A message without its place: fields as in `Message`."""

    kind: Kind
    site_kind: str | None = None
    person: Person | None = None
    text: str | None = None
    figures: tuple[Figure, ...] = ()
    products: tuple[Product, ...] = ()
    state: RoomState | None = None
    id: str | None = None
    sent_ms: int | None = None
    broadcast: str | None = None
    more: Mapping[str, int | str | bool] = field(default_factory=dict)

    def placed(self, method: str, where: Where, flags: tuple[str, ...]) -> Message:
        """The message, with where it stands and what is odd about it."""
        return Message(
            self.kind,
            method,
            where,
            id=self.id,
            sent_ms=self.sent_ms,
            site_kind=self.site_kind,
            person=self.person,
            text=self.text,
            figures=self.figures,
            products=self.products,
            state=self.state,
            broadcast=self.broadcast,
            flags=flags,
            more=self.more,
        )


def person_of(given: Members, name: str, person_id: str | None = None) -> Person | None:
    """The person whose name and id are members with these names; None when neither is there."""
    called, known = given.text(name), None if person_id is None else given.ident(person_id)
    if called is None and known is None:
        return None
    return Person(called, known, masked=is_masked(called, known))


def figures_of(given: Members, names: Mapping[str, Counts], prefix: str = "") -> tuple[Figure, ...]:
    """The numbers that are there, each under the site's own name with what it counts."""
    found = []
    for name, what in names.items():
        value = given.whole(name)
        if value is not None:
            found.append(Figure(what, f"{prefix}{name}", value))
    return tuple(found)
