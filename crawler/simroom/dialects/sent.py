"""The truth about messages: what happened, as what it was sent, where and when, and what the page was given to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import blake3

from .base import Carried
from .events import Event


@dataclass(slots=True)
class MessageRecord:
    """One message and each time that it went out: (where, part of ``where``, wall_ns, again, hostility)."""

    carried: Carried
    sent: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Sent:
    """Everything that the dialect's part of /truth.json is made of (DIALECTS.md says what its members mean)."""

    events: dict[int, Event] = field(default_factory=dict)
    messages: dict[tuple[int, str], MessageRecord] = field(default_factory=dict)
    states: list[dict[str, Any]] = field(default_factory=list)
    broadcasts: list[dict[str, Any]] = field(default_factory=list)
    hostile: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    _had: set[tuple[str, int, str]] = field(default_factory=set)
    _heard: set[tuple[str, int]] = field(default_factory=set)

    def left(
        self, carried: Sequence[Carried], page: str, wall_ns: int, place: dict[str, Any], hostility: str = ""
    ) -> list[int]:
        """Messages went out to a page at a place: ``{"socket", "frame"}`` or ``{"answer"}``.

        Returns the numbers of those events of which this page had heard nothing before.
        """
        heard = {number for number in {one.number for one in carried} if (page, number) in self._heard}
        self._heard.update((page, one.number) for one in carried)
        for position, one in enumerate(carried):
            record = self.messages.setdefault((one.number, one.method), MessageRecord(one))
            key = (page, one.number, one.method)
            again = key in self._had
            self._had.add(key)
            record.sent.append({**place, "position": position, "wall_ns": wall_ns, "page": page, "duplicate": again})
            if hostility:
                record.sent[-1]["hostility"] = hostility
        return [number for number in dict.fromkeys(one.number for one in carried) if number not in heard]

    def answered(self, path: str, status: int, body: bytes, wall_ns: int) -> int:
        """Note an answer of the site's API; its number, from 1."""
        number = len(self.answers) + 1
        self.answers.append(
            {
                "n": number,
                "path": path,
                "status": status,
                "wall_ns": wall_ns,
                "size": len(body),
                "blake3": blake3.blake3(body).hexdigest(),
            }
        )
        return number

    def as_truth(self, name: str) -> dict[str, Any]:
        """The member ``dialect`` of /truth.json."""
        told: dict[int, list[dict[str, Any]]] = {}
        for (number, _), record in self.messages.items():
            one = record.carried
            told.setdefault(number, []).append(
                {
                    "method": one.method,
                    "message_id": one.message_id,
                    "platform_ms": one.platform_ms,
                    "name": one.name,
                    "user_id": one.user_id,
                    "text": one.text,
                    "figures": dict(one.figures),
                    "sent": record.sent,
                }
            )
        events = [
            {
                "number": event.number,
                "kind": event.kind,
                "at_ms": event.at_ms,
                "name": event.who.name if event.who else "",
                "user_id": event.who.id if event.who else "",
                "text": event.text,
                "figures": dict(event.figures),
                "messages": told.get(event.number, []),
            }
            for event in self.events.values()
        ]
        return {
            "name": name,
            "broadcasts": self.broadcasts,
            "states": self.states,
            "events": events,
            "hostile_frames": self.hostile,
            "answers": self.answers,
            "rows": self.rows,
        }
