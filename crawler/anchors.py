"""Authorities and witnesses for a watch: found, read, and told about in words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evidence_store.entries import EntryType

if TYPE_CHECKING:
    from evidence_store.anchors.anchoring import Standing
    from evidence_store.anchors.settings import AnchorSettings

WORTH_SAYING_S = 3.0  # an answer takes a second, and an authority may round its time to one


def settings_of(store: Path) -> AnchorSettings:
    """$LIVEWITNESS_ANCHORS, else STORE/anchors.yaml, else nobody. Raises SettingsError."""
    from evidence_store.anchors.settings import AnchorSettings, find_settings, load_settings

    file = find_settings(store, None, os.environ)
    return AnchorSettings() if file is None else load_settings(file)


def words(standings: Sequence[Standing]) -> list[tuple[str, str]]:
    """How far the time of this watch rests on others, as rows of its progress."""
    rows = [("time-stamps", _time_stamps([each for each in standings if each.kind == EntryType.ANCHOR_TOKEN]))]
    witnesses = [each for each in standings if each.kind == EntryType.ANCHOR_COSIGNATURE]
    if witnesses:
        rows.append(("witnesses", _reachable(witnesses)))
    return rows


def _time_stamps(authorities: Sequence[Standing]) -> str:
    if not authorities:
        return "no authority is set, time rests on this machine's clock"
    if not any(_answers(each) for each in authorities):
        if all(each.reachable is None for each in authorities):
            return f"asking {len(authorities)}"
        return f"{_reachable(authorities)}, time rests on this machine's clock"
    return _reachable(authorities) + _clock(authorities)


def _clock(authorities: Sequence[Standing]) -> str:
    """How far this machine's clock is off by the authorities' word, when that is worth knowing."""
    ahead = [each.ahead_ns / 1e9 for each in authorities if each.ahead_ns is not None]
    if not ahead or abs(min(ahead, key=abs)) < WORTH_SAYING_S:
        return ""
    off = min(ahead, key=abs)
    return f", this machine's clock is {abs(off):.0f} s {'slow' if off > 0 else 'fast'}"


def _reachable(parties: Sequence[Standing]) -> str:
    return f"{sum(map(_answers, parties))} of {len(parties)} reachable"


def _answers(party: Standing) -> bool:
    """It answered us, or another process of this store, and nothing has failed since."""
    return party.reachable is not False and party.covered > 0
