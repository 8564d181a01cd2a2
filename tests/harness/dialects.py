"""Compares decoded messages with what a simulated room in a site's dialect says that it sent (`/truth.json`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from crawler.platforms.messages import Kind, Message
from crawler.readers.messages.records import ReadMessage
from tests.harness.grading import Truth

# What an event of the room may be told as. A site that says less gives OTHER, or nothing.
KINDS: Mapping[str, frozenset[Kind]] = {
    # The shop's own answers and the statistics that count chat come as messages of the same event.
    "chat": frozenset({Kind.CHAT, Kind.NOTICE, Kind.VIEWERS}),
    "arrival": frozenset({Kind.ARRIVAL}),
    "like": frozenset({Kind.LIKE}),
    "follow": frozenset({Kind.FOLLOW}),
    "share": frozenset({Kind.SHARE}),
    "gift": frozenset({Kind.GIFT}),
    "fan_club": frozenset({Kind.FAN_CLUB}),
    # A site may tell it by a number, or in a kind of message, that nobody has explained.
    "purchase": frozenset({Kind.PURCHASE, Kind.PRODUCT, Kind.NOTICE, Kind.COUPON}),
    "viewers": frozenset({Kind.VIEWERS, Kind.ROOM_STATE, Kind.LIKE}),
    "product_card": frozenset({Kind.PRODUCT, Kind.PRODUCT_LIST}),
    "product_list": frozenset({Kind.PRODUCT_LIST}),
    "sold_out": frozenset({Kind.PRODUCT, Kind.PRODUCT_LIST}),
    "coupon": frozenset({Kind.COUPON, Kind.PRODUCT}),
    "countdown": frozenset({Kind.COUNTDOWN, Kind.PRODUCT}),
    "notice": frozenset({Kind.NOTICE}),
}
UNSAID = frozenset({Kind.OTHER})
NUMBERS_OF_KINDS = frozenset({"msg_type", "show_type"})  # a message's kind says what they say


@dataclass
class Grade:
    """How many of the room's messages that were kept are decoded right, and what is wrong with the others."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)  # by method: the adapter says that it does not know it
    kinds: Counter[str] = field(default_factory=Counter)  # right ones by the room's own kinds
    sent_again: int = 0  # in kept frames: messages with an id that had gone out on that page before
    miscounted: list[str] = field(default_factory=list)  # of those: not marked as often as they were sent again

    @property
    def share(self) -> float:
        return self.right / max(1, self.right + len(self.wrong))


def grade(
    truth: Truth, read: Sequence[ReadMessage], unknown: Mapping[str, int], kept: Mapping[str, int], until_ns: int
) -> Grade:
    """Each message that the room sent in a frame or answer which was kept, and which nobody broke on purpose.

    `unknown`: what the run counted as unknown; `kept`: how many frames of each of the room's sockets were kept; answers
    count that left before `until_ns`.
    """
    found: dict[tuple[str, str], list[ReadMessage]] = {}
    for each in read:
        found.setdefault((each.message.method, each.message.id or ""), []).append(each)
    graded = Grade()
    for event in truth["dialect"]["events"]:
        for told in event["messages"]:
            if not any(_kept(sent, kept, until_ns) for sent in told["sent"]):
                continue
            if told["method"] in unknown:
                graded.unknown[told["method"]] += 1
                continue
            # An answer's message has no id of its own: any one of that answer that fits will do.
            decoded = found.get((told["method"], told["message_id"] or "")) or found.get((told["method"], ""), [])
            if not decoded:
                graded.wrong.append(f"{event['kind']} {told['method']} {told['message_id']}: not decoded")
                continue
            frames = [sent for sent in told["sent"] if "socket" in sent and _kept(sent, kept, until_ns)]
            if told["message_id"] and len(frames) == len(told["sent"]):
                marked = sum(each.again for each in decoded)
                graded.sent_again += len(frames) - 1
                if marked != len(frames) - 1:
                    graded.miscounted.append(
                        f"{told['method']} {told['message_id']}: {len(frames)} sent, {marked} again"
                    )
            best = min((_wrong(event["kind"], told, each.message) for each in decoded), key=len)
            if best:
                graded.wrong.append(f"{event['kind']} {told['method']} {told['message_id']}: {', '.join(best)}")
            else:
                graded.right += 1
                graded.kinds[event["kind"]] += 1
    return graded


def _kept(sent: Mapping[str, Any], kept: Mapping[str, int], until_ns: int) -> bool:
    if sent.get("hostility"):
        return False
    if "socket" in sent:
        return int(sent["frame"]) <= kept.get(sent["socket"], 0)
    return int(sent["wall_ns"]) < until_ns


def _wrong(kind: str, told: Mapping[str, Any], message: Message) -> list[str]:
    """What of a message is not as it was sent."""
    wrong = []
    if kind in KINDS and message.kind not in KINDS[kind] | UNSAID:
        wrong.append(f"kind {message.kind}")
    person = message.person
    if told["name"] and (person is None or person.name != told["name"]):
        wrong.append(f"name {told['name']!r}, got {person and person.name!r}")
    # An adapter that does not say whose it is says less, and nothing wrong: it may be the shop's relay.
    if told["user_id"] and person is not None and person.id not in (None, told["user_id"]):
        wrong.append(f"person {told['user_id']!r}, got {person and person.id!r}")
    if told["text"] and told["text"] not in _texts(message):
        wrong.append(f"text {told['text']!r}, got {message.text!r}")
    if told["platform_ms"] is not None and message.sent_ms != told["platform_ms"]:
        wrong.append(f"time {told['platform_ms']}, got {message.sent_ms}")
    said = _values(message)
    wrong += [
        f"{name} {value}"
        for name, value in told["figures"].items()
        if str(value) not in said and name not in NUMBERS_OF_KINDS
    ]
    return wrong


def _texts(message: Message) -> set[str]:
    said = {message.text or "", *(str(value) for value in message.more.values())}
    return said | {product.title or "" for product in message.products}


def _values(message: Message) -> set[str]:
    """Every figure that a message has, as text."""
    said = {str(value) for value in message.more.values()}
    for figure in message.figures:
        said |= {str(figure.value), str(figure.shown)}
    for product in message.products:
        said |= {str(int(value) if isinstance(value, bool) else value) for value in asdict(product).values()}
        said |= {str(at // 1000) for at in (product.begins_ms, product.ends_ms) if at is not None}
    said.add(",".join(product.id or "" for product in message.products))
    return said | {message.text or "", *(message.site_kind or "").split()}
