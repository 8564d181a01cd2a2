"""The grammar of counters: a line of recognised text to an exact value or an interval (pure).

First version: six kinds, whole line only, nothing repaired. What the grammar does not know is not a counter, however
likely it looks: a misread line must fall out here rather than become a number.

Forms differ in their *frame* (the words and signs around the digits). The frame is kept in `Counter.form`, because
losing part of it ("00:04:59" read as "04:59", "1.2万" as "12") is how a covered or clipped counter shows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["stock", "stock_left", "percent", "countdown", "sold", "viewers", "statement"]

_NUMBER = r"(?P<n>0|[1-9][0-9]{0,8})"
# A rounded display: at most one digit behind the point, no "万" without digits, no leading zeros.
_ROUNDED = r"(?P<n>0|[1-9][0-9]{0,8})(?P<f>\.[0-9])?(?P<unit>[万wW千kK])"
_COUNT = rf"(?:{_ROUNDED}|(?P<n2>0|[1-9][0-9]{{0,8}}))"
_MEASURE = "(?:单|件|份|组|套|双|瓶|箱|盒|包|个|台|条)"
_SCALE = {"万": 10_000, "w": 10_000, "千": 1_000, "k": 1_000}

_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("stock_left", re.compile(rf"(?:仅剩|只剩|仅剩最后|只剩最后|最后){_NUMBER}{_MEASURE}")),
    ("stock", re.compile(rf"(?:剩余库存|库存剩余|库存仅剩|库存|剩余):?{_NUMBER}{_MEASURE}?")),
    ("percent", re.compile(r"已抢(?P<n>100|[1-9]?[0-9])%")),
    (
        "countdown",
        re.compile(
            r"(?:限时)?(?:秒杀|抢购|特惠)?(?:距离?(?:本场)?结束|倒计时|剩余时间|剩余)?(?:还有|还剩|仅剩)?:?(?:(?P<h>[0-9]{2}):)?"
            r"(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9])(?:后结束)?"
        ),
    ),
    ("sold", re.compile(rf"(?:已售|销量){_COUNT}{_MEASURE}?(?P<plus>\+?){_MEASURE}?")),
    # "已抢98" without a unit would be what is left of "已抢98%": the unit is required here.
    ("sold", re.compile(rf"已抢购?{_COUNT}{_MEASURE}(?P<plus>\+?)")),
    ("viewers", re.compile(rf"{_COUNT}(?P<plus>\+?)人?(?:在线|在看|正在看)(?:人数|观众)?")),
    ("viewers", re.compile(rf"(?:在线人数|在线观众|在线):?{_COUNT}(?P<plus>\+?)人?")),
)

# Every character that occurs in a counter's frame.
_WORDS = frozenset(char for _, rule in _RULES for char in rule.pattern if "\u4e00" <= char <= "\u9fff" or char == "%")


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter's parsed value: every whole number n with lo <= n < hi; `hi` null means open above.

    An exact display has hi = lo + 1. Units by kind: pieces (stock, stock_left, sold), percent (percent), seconds
    (countdown), people (viewers). A statement has no value: lo and hi are null, and its form is its text.
    """

    kind: Kind
    lo: int | None
    hi: int | None
    form: str  # the frame, each run of digits as one "0": "仅剩0单", "0:0:0", "已售0.0万"
    digits: str  # all digits in order with their leading zeros: "0459" for 04:59

    @property
    def exact(self) -> int | None:
        """The value when the display is exact, else null."""
        return self.lo if self.lo is not None and self.hi == self.lo + 1 else None


def fold(text: str) -> str:
    """NFKC (full-width digits, colons and percent signs become plain) without any white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def parse(text: str) -> Counter | None:
    """The counter that this line shows, or null when the whole line is not exactly one counter.

    Rounded displays (1.2万) are taken as rounded or cut off: half a step below, one step above, as in the claim
    grammar. 10万+ and 1.2万+ say "at least": open above. Prices, days and minutes-in-words are no counters.
    """
    if any(_is_other_digit(char) for char in text):
        return None
    line = fold(text)
    for kind, rule in _RULES:
        found = rule.fullmatch(line)
        if found is None:
            continue
        lo, hi = _value(kind, found)
        return Counter(kind, lo, hi, *frame_of(kind, text))
    return None


def _is_other_digit(char: str) -> bool:
    """Whether folding would turn something that is no plain or full-width digit into one (3² is not 32)."""
    folded = unicodedata.normalize("NFKC", char)
    return any(c.isdigit() for c in folded) and not ("0" <= char <= "9" or "０" <= char <= "９")


def resembles(text: str) -> bool:
    """Whether a line that is no counter may be a misread one: digits, and at least half its words are counters' words.

    Chat lines, prices and product names fall out here, before a costlier model looks at them.
    """
    line = fold(text)
    words = [char for char in line if char.isalpha() or char == "%"]
    if not any(char.isdigit() for char in line):
        return False
    if not words:
        return ":" in line
    return 2 * sum(char in _WORDS for char in words) >= len(words)


def frame_of(kind: Kind, text: str) -> tuple[str, str]:
    """`Counter.form` and `Counter.digits` of a text."""
    line = fold(text)
    if kind == "statement":
        return line, re.sub(r"[^0-9]", "", line)
    # The colon of "库存:37" carries no value and a recogniser may see it or not; the countdown's colons do.
    frame = line if kind == "countdown" else line.replace(":", "")
    return re.sub(r"[0-9]+", "0", frame), re.sub(r"[^0-9]", "", line)


def _value(kind: Kind, found: re.Match[str]) -> tuple[int, int | None]:
    parts = found.groupdict()
    if kind == "countdown":
        seconds = int(parts["h"] or 0) * 3600 + int(parts["m"]) * 60 + int(parts["s"])
        return seconds, seconds + 1
    plain = parts.get("n2") or (None if parts.get("unit") else parts["n"])
    if plain is not None:
        return int(plain), (None if parts.get("plus") else int(plain) + 1)
    step = _SCALE[parts["unit"].lower()] // (10 if parts["f"] else 1)
    shown = int(Decimal(parts["n"] + (parts["f"] or "")) * _SCALE[parts["unit"].lower()])
    if parts.get("plus"):
        return shown, None
    return max(0, shown - step // 2), shown + step
