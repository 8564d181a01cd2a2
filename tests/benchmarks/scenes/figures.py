"""Figures of graded scenes: recall, wrong ones with their interval, time errors, each by stratum (pure)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.benchmarks.scenes.grading import Graded, Judged, Value
from tests.benchmarks.scenes.interval import clopper_pearson

ACCEPTED_S = 1.0
CONFIRMED_S = 2.0
ROUNDING_S = 1e-3
STRATA = (
    "font", "face", "px", "dynamics", "compression", "backdrop", "resolution", "family", "occlusion",
    "colours", "appears", "beside",
)  # fmt: skip
# Strata that only the later kinds of scenes state; the first kinds have these tags throughout.
USUAL = {"colours": "one", "appears": "from the start", "beside": "no labels"}


def bar(value: Value) -> bool:
    """Whether the 99 % bar holds for it: common font, 16 px or more; no flip, no cover, no heavy compression."""
    strata = value.strata
    return (
        strata["font"] == "common"
        and strata["px"] != "under 16"
        and strata["dynamics"] != "flip"
        and strata["compression"] != "heavy"
        and strata["occlusion"] == "clear"
    )


def figures(graded: Sequence[Graded]) -> dict[str, Any]:
    """All figures but the cost."""
    values = [value for scene in graded for value in scene.values]
    readings = [reading for scene in graded for reading in scene.readings]
    wrong = [one for scene in graded for one in scene.changes_wrong]
    changes = sum(scene.changes for scene in graded)
    return {
        "bar": recall([value for value in values if bar(value)]),
        "all": recall(values),
        "wrong_readings": share([not j.right for j in readings]),
        "on_no_counter": sum(j.counter is None for j in readings),
        "wrong_changes": share([True] * len(wrong) + [False] * (changes - len(wrong))),
        "accepted_values": sum(value.read for value in values),
        "other_text_same_value": sum(j.right and not j.same_digits for j in readings),
        "time_error_pictures": late(values),
        "recall_by_stratum": by_stratum(values, recall),
        "wrong_readings_by_stratum": by_stratum(readings, lambda some: share([not j.right for j in some])),
    }


def by_scene(graded: Mapping[str, Graded]) -> dict[str, dict[str, Any]]:
    """A line for each scene: values of 1 s and more that were read, and wrong ones among accepted readings."""
    lines = {}
    for name, scene in graded.items():
        second = _lasting(scene.values, ACCEPTED_S)
        lines[name] = {
            "read_of_1_s": f"{sum(value.read for value in second)} of {len(second)}",
            "wrong_readings": f"{sum(not j.right for j in scene.readings)} of {len(scene.readings)}",
        }
    return lines


def missed_under_the_bar(graded: Graded) -> list[Value]:
    """The values that the 99 % bar holds for and that were not read."""
    return [value for value in _lasting(graded.values, ACCEPTED_S) if bar(value) and not value.read]


def _lasting(values: Iterable[Value], seconds: float) -> list[Value]:
    return [value for value in values if value.stays_s >= seconds - ROUNDING_S]


def recall(values: Iterable[Value]) -> dict[str, Any]:
    """Accepted among values of 1 s and more, confirmed among those of 2 s and more."""
    every = list(values)
    second, two = _lasting(every, ACCEPTED_S), _lasting(every, CONFIRMED_S)
    return {
        "accepted_of_1_s": share([v.read for v in second]),
        "confirmed_of_2_s": share([v.confirmed for v in two]),
        "shorter": share([v.read for v in every if v.stays_s < ACCEPTED_S - ROUNDING_S]),
    }


def share(hits: Sequence[bool]) -> dict[str, Any]:
    """Hits, of how many, the share and its 95 % interval."""
    low, high = clopper_pearson(sum(hits), len(hits))
    return {
        "hits": sum(hits),
        "of": len(hits),
        "share": round(sum(hits) / len(hits), 5) if hits else None,
        "interval_95": [round(low, 5), round(high, 5)],
    }


def late(values: Iterable[Value]) -> dict[str, Any]:
    """How many pictures after the first possible one a value was first read; within one is one interval."""
    counts = Counter(v.pictures_late for v in values if v.pictures_late is not None)
    total = sum(counts.values())
    within = counts[0] + counts[1]
    spread = {str(n): counts[n] for n in sorted(counts)}
    return {"within_one": round(within / total, 5) if total else None, "spread": spread}


def by_stratum(
    items: Sequence[Any], figure: Callable[[list[Any]], dict[str, Any]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """A figure for each tag of each stratum."""
    groups: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        for stratum in STRATA:
            tag = item.strata.get(stratum, USUAL.get(stratum))
            if item.strata and tag is not None:
                groups[stratum][tag].append(item)
    return {stratum: {tag: figure(groups[stratum][tag]) for tag in sorted(groups[stratum])} for stratum in groups}


def wrong_one(scene: str, judged: Judged) -> dict[str, Any]:
    """A wrong reading as it is listed."""
    return {
        "scene": scene,
        "at_s": judged.at_s,
        "sample": judged.reading.sample,
        "counter": judged.counter,
        "expected": list(judged.expected),
        "got": judged.reading.text,
        "value": [judged.reading.kind, judged.reading.lo, judged.reading.hi],
        "field": judged.reading.field,
        "occlusion": judged.strata.get("occlusion"),
        "two": judged.reading.two,
        "box": [judged.reading.box.x, judged.reading.box.y, judged.reading.box.w, judged.reading.box.h],
    }


def missed_one(scene: str, value: Value) -> dict[str, Any]:
    """A value under the bar that was not read, as it is listed."""
    return {
        "scene": scene,
        "counter": value.counter,
        "text": value.text,
        "from_s": value.from_s,
        "stays_s": round(value.stays_s, 2),
        "face": value.strata["face"],
        "px": value.strata["px"],
        "dynamics": value.strata["dynamics"],
        "compression": value.strata["compression"],
    }
