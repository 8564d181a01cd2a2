"""Stretches of time and times of day, to seconds and HH:MM (pure)."""

from __future__ import annotations

import re

from crawler.readers.grammar.claims import Number
from crawler.readers.grammar.line import Found
from crawler.readers.grammar.numerals import quantity

_N = "[0-9]{1,4}(?:[.][0-9])?|[零一二三四五六七八九十百两廿卅俩仨]{1,5}"
# Every stretch that people say; single pieces are read by `seconds`.
DURATION = (
    "(?<![0-9.零一二三四五六七八九十百两])(?P<dur>"
    rf"(?:{_N})小?时(?:{_N})分(?:{_N})秒|(?:{_N})个半(?:小时|钟头)|半个?(?:小时|钟头)|[一二两三]刻钟|"
    rf"(?:{_N})个?(?:小时|钟头)(?:(?:{_N})分钟?(?:(?:{_N})秒)?|半)?|"
    f"(?:{_N})分半钟?|(?:{_N})分钟半|半分钟|(?:{_N})分钟?(?:{_N})秒钟?|(?:{_N})分(?:钟|"
    "(?!之[一二三四五六七八九十]|[一二三四五六七八九十0-9]))|"
    rf"(?:{_N})秒钟?|(?:{_N})(?i:min|mins|s|sec)(?![A-Za-z]))"
)
CLOCK = r"(?P<clock>(?<![0-9])(?<![0-9]:)[0-9]{1,2}(?::[0-9]{2}){1,2}(?![0-9:]|[-~—至到][0-9]))"
_DAYTIME = "(?P<part>今天?晚上?|晚上|明晚|下午|中午|凌晨|早上|上午|明早|傍晚|半夜|夜里|当晚)"
TIME_OF_DAY = (
    rf"{_DAYTIME}?(?:(?P<hour>[0-9]{{1,2}}|[零一二三四五六七八九十两]{{1,3}})(?:点|时)钟?"
    r"(?P<minute>半|整|[一三]刻|(?:[0-9]{1,2}|[零一二三四五六七八九十]{1,3})分?)?"
    r"|(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::[0-9]{2})?(?![0-9]))"
)

_SAID = re.compile(
    f"(?:(?P<hours>{_N})个?(?P<half_hour>半)?(?:小?时|钟头))?(?P<and_half>半)?(?:(?P<minutes>{_N})(?:分钟?|"
    "(?i:mins?))(?P<half_minute>半)?钟?)?"
    rf"(?:(?P<seconds>{_N})(?:秒钟?|(?i:sec|s)))?"
)
_FIXED = {
    "半小时": 1800,
    "半个小时": 1800,
    "半个钟头": 1800,
    "半钟头": 1800,
    "一刻钟": 900,
    "三刻钟": 2700,
    "半分钟": 30,
}
_FIXED |= {"二刻钟": 1800, "两刻钟": 1800}
_LATE = frozenset({"今晚", "今天晚上", "今晚上", "晚上", "明晚", "当晚", "半夜", "夜里"})


def seconds(said: str) -> Number | None:
    """Seconds of a stretch as said (一个半小时, 两分半, 一刻钟), or null when it names no exact length."""
    if said in _FIXED:
        return _FIXED[said]
    found = _SAID.fullmatch(said)
    if found is None:
        return None
    total = 0.0
    for name, worth in (("hours", 3600), ("minutes", 60), ("seconds", 1)):
        if found[name]:
            number = quantity(found[name])
            if number is None or number.op != "eq" or number.value is None:
                return None
            total += float(number.value) * worth
    total += 1800 * bool(found["half_hour"] or found["and_half"]) + 30 * bool(found["half_minute"])
    return _plain(total) if total else None


def clock_seconds(shown: str) -> int | None:
    """Seconds of a countdown shown as MM:SS or HH:MM:SS, or null when it is none."""
    parts = [int(part) for part in shown.split(":")]
    if any(part > 59 for part in parts[1:]):
        return None
    total = 0
    for part in parts:
        total = total * 60 + part
    return total


def time_of_day(found: Found) -> str | None:
    """HH:MM of a rule's match with `TIME_OF_DAY`; tonight's twelve is 24:00. Null when there is no such time."""
    hour_said, minute_said = found["hour"] or found["h"], found["minute"] or found["m"]
    hour, minute = _number(hour_said), _minute(minute_said)
    if hour is None or minute is None:
        return None
    part = found["part"]
    if (part in {"下午", "傍晚"} or part in _LATE) and 0 < hour < 12:
        hour += 0 if part in {"半夜", "夜里"} and hour < 6 else 12
    elif part in _LATE and hour == 12:
        hour = 24
    elif part == "凌晨" and hour == 12:
        hour = 0
    elif part == "中午" and hour in {1, 2}:
        hour += 12
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return f"{hour:02d}:{minute:02d}"


def _minute(said: str) -> int | None:
    if said in {"", "整"}:
        return 0
    if said.endswith("刻"):
        return 15 if said[0] == "一" else 45
    return 30 if said == "半" else _number(said.removesuffix("分"))


def _number(said: str) -> int | None:
    if said.startswith("零") and len(said) == 2:
        said = said[1:]
    number = quantity(said)
    return number.whole if number else None


def _plain(total: float) -> Number:
    return int(total) if total == int(total) else total
