"""WatchJob: what to watch, for how long, how densely. Frozen, validated, the unit of scale-out (data path 1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import yaml

from crawler.captures.bursts import BurstRules
from crawler.exits import BadInputError

UNFILED = "unfiled"
MAX_SECONDS = 12 * 3600.0  # a broadcast is never followed for longer in one session
RATES = (0.1, 5.0)  # Hz; above, a screencast would be cheaper, and nothing on a shop's screen needs it
CLICKS = ("continue watching", "play")  # the closed list of what may be clicked in a page
_UNITS = {"s": 1, "m": 60, "h": 3600, "": 1}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,20})?(?:e-\d{1,2})?)\s*(s|m|h|)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_JOB_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class WatchJob:
    """One room, one sitting. Raises `BadInputError` on anything that can't be watched as written."""

    url: str
    case: str = UNFILED
    seconds: float = 1800.0
    rate_hz: float = 1.0
    profile: str | None = None
    headed: bool = False
    clicks: tuple[str, ...] = CLICKS
    burst: bool = (
        True  # more pictures for a moment when a scarcity counter changed, where the rate leaves room for them
    )

    def __post_init__(self) -> None:
        _check_url(self.url)
        if not 0 < self.seconds <= MAX_SECONDS:
            msg = f"how long: expected above 0 s, at most 12 h, got {self.seconds:g} s; type for example --for 30m"
            raise BadInputError(msg)
        if not RATES[0] <= self.rate_hz <= RATES[1]:
            msg = f"rate: expected {RATES[0]:g} to {RATES[1]:g} pictures a second, got {self.rate_hz:g}; type: --rate 1"
            raise BadInputError(msg)
        if self.profile is not None and not _NAME.fullmatch(self.profile):
            msg = f"profile: expected a name of letters, digits, '.', '_' or '-', got {shown(self.profile)}"
            raise BadInputError(msg)
        if not self.case.strip() or len(self.case) > 200 or not self.case.isprintable():
            msg = f"case: expected 1 to 200 printable characters, got {shown(self.case)}"
            raise BadInputError(msg)
        if wrong := [click for click in self.clicks if click not in CLICKS]:
            msg = f"clicks: expected some of {', '.join(CLICKS)}, got {shown(wrong[0])}"
            raise BadInputError(msg)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], where: str) -> Self:
        """One job of a job file: the members as keys, with `for` ("30m") and `rate` as on the command line."""
        known = {f.name for f in fields(cls)} - {"seconds", "rate_hz"} | {"for", "rate"}
        if unknown := sorted(str(key) for key in values if key not in known):
            msg = f"{where}: unknown key {shown(unknown[0])}; expected {', '.join(sorted(known))}"
            raise BadInputError(msg)
        if "url" not in values:
            msg = f"{where}: the key 'url' is missing; add for example url: https://live.example.com/room/1"
            raise BadInputError(msg)
        arguments = {key: value for key, value in values.items() if key not in {"for", "rate", "clicks"}}
        _check_types(arguments, where)
        if "for" in values:
            arguments["seconds"] = parse_duration(str(values["for"]))
        if "rate" in values:
            if isinstance(values["rate"], bool) or not isinstance(values["rate"], int | float):
                msg = f"{where}: rate: expected a number of pictures a second, got {shown(values['rate'])}"
                raise BadInputError(msg)
            arguments["rate_hz"] = _finite(values["rate"], where)
        if "clicks" in values:
            if not isinstance(values["clicks"], list):
                msg = f"{where}: clicks: expected a list, got {shown(values['clicks'])}"
                raise BadInputError(msg)
            arguments["clicks"] = tuple(values["clicks"])
        try:
            job = cls(**arguments)
        except BadInputError as error:
            msg = f"{where}: {error}"
            raise BadInputError(msg) from error
        if values.get("burst") and not BurstRules().fits(job.rate_hz):
            msg = (
                f"{where}: burst: expected a rate that leaves room for it, {BurstRules().most_hz:g} a second or less, "
                f"got rate {job.rate_hz:g}; leave out burst, or write rate: 1"
            )
            raise BadInputError(msg)
        return job

    def to_mapping(self) -> dict[str, Any]:
        """What `from_mapping` reads; also what the log's first entry says of the job (the address apart)."""
        return {
            "url": self.url,
            "case": self.case,
            "for": f"{self.seconds!r}s",
            "rate": self.rate_hz,
            **({"profile": self.profile} if self.profile else {}),
            "headed": self.headed,
            "clicks": list(self.clicks),
            **({} if self.burst else {"burst": False}),
        }


def load_jobs(file: Path) -> list[WatchJob]:
    """Jobs of a YAML or JSON file: one mapping, or `jobs:` with a list of them."""
    try:
        if file.stat().st_size > MAX_JOB_FILE:
            msg = f"job file {file}: expected at most 1 MiB, got {file.stat().st_size} bytes"
            raise BadInputError(msg)
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"job file {file}: can't be read: {error}"
        raise BadInputError(msg) from error
    try:
        value = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (
        yaml.YAMLError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:  # YAML tags raise these
        msg = (
            f"job file {file}: not {'JSON' if file.suffix == '.json' else 'YAML'}: {' '.join(str(error).split())[:300]}"
        )
        raise BadInputError(msg) from error
    rows = value["jobs"] if isinstance(value, dict) and set(value) == {"jobs"} else [value]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        msg = f"job file {file}: expected one job (url: ...) or jobs: with a list of them"
        raise BadInputError(msg)
    return [WatchJob.from_mapping(row, f"job file {file}, job {n}") for n, row in enumerate(rows, 1)]


def parse_duration(text: str) -> float:
    """Read "90", "90s", "30m", "1.5h" -> seconds."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        msg = f"duration: expected a number with s, m or h, got {shown(text)}; type for example --for 30m"
        raise BadInputError(msg)
    return float(found[1]) * _UNITS[found[2]]


def _check_types(arguments: Mapping[str, Any], where: str) -> None:
    for key, kind in (("url", str), ("case", str), ("profile", str), ("headed", bool), ("burst", bool)):
        if key in arguments and not isinstance(arguments[key], kind):
            wanted = "text (a number or a date needs quotes)" if kind is str else "true or false"
            msg = f"{where}: {key}: expected {wanted}, got {shown(arguments[key])}"
            raise BadInputError(msg)


def _finite(value: float, where: str) -> float:
    try:
        return float(value)
    except OverflowError as error:
        msg = f"{where}: rate: expected {RATES[0]:g} to {RATES[1]:g} pictures a second, got a number beyond any"
        raise BadInputError(msg) from error


def shown(value: object) -> str:
    """A value of a job file for a message: at most 80 characters, whatever aliases and nesting stand in it."""
    if isinstance(value, list | dict):
        return f"a {'list' if isinstance(value, list) else 'mapping'} of {len(value)}"
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"{type(value).__name__} {value}"
    return text if len(text) <= 80 else f"{text[:80]}..."


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        msg = f"address: {shown(url)} can't be read ({error}); expected https://host/path"
        raise BadInputError(msg) from error
    if parts.scheme not in {"http", "https"} or not host or any(c.isspace() or not c.isprintable() for c in url):
        msg = f"address: expected http:// or https:// with a host, got {shown(url)}; copy it from a browser"
        raise BadInputError(msg)
    if parts.username or parts.password:
        msg = "address: expected no user name or password in it; paste the address as a viewer sees it"
        raise BadInputError(msg)
