"""A drill as text for a person, and as JSON values for a program. Pure."""

from __future__ import annotations

import re

from evidence_store.drill.runner import Drill, Outcome, Result
from evidence_store.entries import JSON

_WIDTHS = (2, 37, 16)
_LONG = re.compile(r"[0-9a-f]{32,}")
_SHOWN = 8


def lines(drill: Drill) -> list[str]:
    """A line an attack, at most 100 columns where no check has many words for a place; then what it comes to."""
    shown = [_row(" #", "attack", "seen by check", "where")]
    shown += [_line(number, result) for number, result in enumerate(drill.results, 1)]
    shown += ["", *_legend(drill), *_last(drill)]
    return shown


def to_json(drill: Drill) -> dict[str, JSON]:
    """The same as plain JSON values, ids in full."""
    return {
        "store": drill.store,
        "seed": drill.seed,
        "anchors": drill.anchors,
        "ok": drill.ok,
        "attacks": [
            {
                "attack": result.attack.name,
                "story": result.attack.story,
                "needs": result.attack.needs.value,
                "outcome": result.outcome.value,
                "checks": list(result.checks),
                "given": {option: list(checks) for option, checks in result.given.items()},
                "where": result.where,
                "located": result.located,
                "lacks": result.lacks,
            }
            for result in drill.results
        ],
    }


def _line(number: int, result: Result) -> str:
    where = _LONG.sub(lambda found: f"{found[0][:_SHOWN]}…", result.where)
    where += f" ({result.attack.aside})" if result.attack.aside else ""
    if result.outcome is Outcome.ABSENT:
        return _row(f"{number:>2}", result.attack.name, "-", f"not here: {result.lacks}")
    if result.outcome is Outcome.UNSEEN:
        return _row(f"{number:>2}", result.attack.name, "NOT SEEN", where)
    checks = ", ".join(str(check) for check in result.checks[:4])
    seen = f"{checks} …" if len(result.checks) > 4 else checks
    if result.outcome is Outcome.NOTED:
        seen = f"{seen} (a note)"
    return _row(f"{number:>2}", result.attack.name, f"{seen} *" if result.given else seen, where)


def _row(number: str, attack: str, seen: str, where: str) -> str:
    _, wide, narrow = _WIDTHS
    return f"{number}  {attack:<{wide}}  {seen:<{narrow}}  {where}".rstrip()


def _legend(drill: Drill) -> list[str]:
    said = []
    options = {option: checks[0] for result in drill.results for option, checks in result.given.items()}
    if options:
        given = ", ".join(f"{check} with {option}" for option, check in options.items())
        said += [
            "* needs an anchor: nothing inside the store shows it, but `livewitness verify` does to whoever has a",
            "  checkpoint, an authority's root or a witness's key from elsewhere:",
            f"  {given}.",
        ]
    if not drill.anchors:
        said.append("This store has no anchor: time rests on one machine's clock, and its keeper could rebuild it.")
    return said


def _last(drill: Drill) -> list[str]:
    counts = {outcome: sum(result.outcome is outcome for result in drill.results) for outcome in Outcome}
    words = [
        (Outcome.SEEN, "seen"),
        (Outcome.NOTED, "noted"),
        (Outcome.OUTSIDE, "seen with outside knowledge"),
        (Outcome.ABSENT, "with nothing to attack here"),
        (Outcome.UNSEEN, "NOT SEEN"),
    ]
    told = ", ".join(f"{counts[outcome]} {word}" for outcome, word in words if counts[outcome])
    return [f"{len(drill.results)} attacks on copies of store {drill.store[:_SHOWN]}… (seed {drill.seed}):", told]
