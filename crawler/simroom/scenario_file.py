"""Scenario files: YAML in, a Scenario out.

Unknown keys and values out of range are refused with the place, what was expected and what was got.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml

from .fields import Fields, ScenarioError
from .kinds import CLAIM_KINDS, ChatSocket, Entry, FaultKind, PageSlot, Transport
from .reel import GOP_S
from .scenario import Burst, ChatPlan, Counter, Fault, MediaPlan, Product, Room, Scenario
from .timeline import Clock, Program, Script, Step, Walk, seconds_of

SCENARIOS = Path(__file__).parent / "scenarios"
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "other_room": ("navigation", "spa"),
    "chat_drop": ("close", "abort"),
    "new_broadcast": ("navigation", "spa"),
}
NEEDS_LENGTH = {
    "chat_drop",
    "chat_silent",
    "video_stall",
    "continue_mask",
    "popup_cover",
    "black_video",
    "freeze",
    "resolution_change",
    "host_pauses",
    "new_broadcast",
}


def load(name_or_path: str) -> Scenario:
    """A scenario by the name of one that ships (``default``) or by the path of a YAML file.

    ``base: NAME`` in a file takes everything from another one first; members of mappings are replaced one by one,
    lists as a whole. Raises ScenarioError, naming file, place, expectation and what was found.
    """
    path, tree = _read(name_or_path, ())
    return parse(tree, where=path.name, name=path.stem)


def _read(name_or_path: str, seen: tuple[Path, ...]) -> tuple[Path, Any]:
    shipped = SCENARIOS / f"{name_or_path}.yaml"
    path = shipped if shipped.is_file() else Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in SCENARIOS.glob("*.yaml")))
        raise ScenarioError(
            f"scenario {name_or_path!r}: expected a file or one of {names}; got neither. "
            "Next: livewitness simroom --scenario default"
        )
    if path in seen:
        raise ScenarioError(f"{path}: expected `base` to lead to a file without one, got a circle")
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: expected YAML in UTF-8, got: {error}") from error
    if not isinstance(tree, dict) or "base" not in tree:
        return path, tree
    _, merged = _read(str(tree.pop("base")), (*seen, path))
    for key, value in tree.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    return path, merged


def parse(tree: Any, *, where: str, name: str) -> Scenario:
    """A scenario from a parsed YAML tree; members that are absent take the shipped default's meaning given below."""
    top = Fields(tree, where)
    seed, length = top.whole("seed", 1, low=0), top.number("length_s", 600.0, low=1.6, high=86400)
    room, media, chat = _room(top.mapping("room")), _media(top.mapping("media")), _chat(top.mapping("chat"))
    product = top.mapping("product")
    card = Product(
        name=product.text("name", "云朵软糯抱枕被 两用"),
        price=product.text("price", "59.9"),
        original_price=product.text("original_price", "129"),
    )
    product.done()
    counters = tuple(_counter(member, media) for member in top.members("counters"))
    faults = tuple(fault(member, f"f{index + 1}") for index, member in enumerate(top.members("faults")))
    hostile = top.flag("hostile", default=False)
    top.done()
    names = [counter.name for counter in counters]
    if len(set(names)) != len(names):
        raise ScenarioError(f"{where}: counters: expected names that differ, got {names}")
    return Scenario(name, seed, length, room, media, chat, card, counters, faults, hostile)


def fault(member: Fields, fault_id: str) -> Fault:
    """One fault from its mapping (also used for faults asked for while the room runs)."""
    kind: FaultKind = member.choice("kind", None, get_args(FaultKind))
    at = member.number("at", 0.0, low=0)
    length = member.number("for", None, low=0.1, high=86400) if member.has("for") else None
    if length is None and kind in NEEDS_LENGTH:
        raise ScenarioError(f"{member.where}: a {kind} needs `for: SECONDS`; got none")
    variants = VARIANTS.get(kind, ())
    variant = member.choice("variant", variants[0], variants) if variants else ""
    member.done()
    return Fault(fault_id, kind, at, length, variant)


def _room(fields: Fields) -> Room:
    room = Room(
        id=fields.text("id", "73011224"),
        broadcast=fields.text("broadcast", "7630361251285076745"),
        shop=fields.text("shop", "云朵家居旗舰店"),
        host=fields.text("host", "主播阿珍"),
        title=fields.text("title", "年终清仓 工厂直发 拍一发三"),
        entry=fields.choice("entry", "live", get_args(Entry)),
        other_id=fields.text("other_id", "88006612"),
        other_shop=fields.text("other_shop", "蓝鲸数码专营店"),
    )
    fields.done()
    for key, value in (("id", room.id), ("other_id", room.other_id)):
        if not value.isascii() or not value.isalnum():
            raise ScenarioError(f"{fields.where}.{key}: expected ASCII letters and digits, got {value!r}")
    return room


def _media(fields: Fields) -> MediaPlan:
    plan = MediaPlan(
        transport=fields.choice("transport", "flv", get_args(Transport)),
        loop_s=fields.number("loop_s", 64.0, low=GOP_S, high=300),
        width=fields.whole("width", 720, low=160),
        height=fields.whole("height", 1280, low=160),
        video_kbps=fields.whole("video_kbps", 2000, low=100),
        audio_kbps=fields.whole("audio_kbps", 96, low=32),
    )
    fields.done()
    gops = plan.loop_s / GOP_S
    if abs(gops - round(gops)) > 1e-6:
        raise ScenarioError(
            f"{fields.where}.loop_s: expected a multiple of {GOP_S} (pictures and sound end together), "
            f"got {plan.loop_s}; nearest is {round(gops) * GOP_S:.1f}"
        )
    if plan.width % 2 or plan.height % 2:
        raise ScenarioError(f"{fields.where}: expected even width and height, got {plan.width}x{plan.height}")
    return plan


def _chat(fields: Fields) -> ChatPlan:
    bursts = []
    for member in fields.members("bursts"):
        bursts.append(
            Burst(
                member.number("at", None, low=0),
                member.number("for", None, low=0.1),
                member.number("per_second", 200.0, low=0.1, high=1000),
            )
        )
        member.done()
    low, high = fields.pair("size", (300, 4000))
    plan = ChatPlan(
        fields.choice("socket", "page", get_args(ChatSocket)),
        fields.number("per_second", 20.0, low=0.1, high=1000),
        (int(low), int(high)),
        tuple(bursts),
    )
    fields.done()
    return plan


def _counter(fields: Fields, media: MediaPlan) -> Counter:
    name, kind = fields.text("name", None), fields.choice("kind", None, CLAIM_KINDS)
    program = _program(fields, kind)
    slot: PageSlot | None = fields.choice("slot", None, get_args(PageSlot)) if fields.has("slot") else None
    place: tuple[int, int, int] | None = None
    if fields.has("place"):
        spot = fields.mapping("place")
        place = (spot.whole("x", None, low=0), spot.whole("y", None, low=0), spot.whole("size", 34, low=16))
        spot.done()
        if place[0] >= media.width or place[1] >= media.height:
            raise ScenarioError(f"{spot.where}: expected a point inside {media.width}x{media.height}, got {place[:2]}")
    if (slot is None) == (place is None):
        raise ScenarioError(
            f"{fields.where}: expected either `place` (burned into the video) or `slot` (drawn by the page)"
        )
    style = fields.choice("style", "stroke", ("stroke", "shadow", "box"))
    fields.done()
    return Counter(name, kind, program, slot, place, style)


def _program(fields: Fields, kind: str) -> Program:
    given = [key for key in ("walk", "clock", "script") if fields.has(key)]
    if len(given) != 1:
        raise ScenarioError(f"{fields.where}: expected exactly one of walk, clock, script; got {given or 'none'}")
    if given == ["script"]:
        steps = []
        for member in fields.members("script"):
            steps.append(
                Step(
                    member.text("text", None),
                    member.number("for", None, low=0.2),
                    member.choice("kind", kind, CLAIM_KINDS),
                )
            )
            member.done()
        return Script(tuple(steps))
    text, body = fields.text("text", None), fields.mapping(given[0])
    program: Program
    if given == ["clock"]:
        moves = []
        for member in body.members("extend"):
            moves.append((member.number("at", None, low=0), seconds_of(member.text("to", None), member.where)))
            member.done()
        program = Clock(
            text, seconds_of(body.text("from", None), body.where), tuple(moves), body.flag("restart", default=True)
        )
    else:
        by, every = body.pair("by", (-3, -1)), body.pair("every", (2.0, 6.0))
        if by[0] == 0 and by[1] == 0:
            raise ScenarioError(f"{body.where}.by: expected a step that is not always 0, got {list(by)}")
        program = Walk(
            text,
            body.number("from", None, low=0),
            body.number("until", None, low=0),
            by,
            every,
            body.flag("reset", default=True),
        )
    body.done()
    return program
