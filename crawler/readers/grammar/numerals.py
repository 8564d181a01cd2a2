"""Numerals as people write and say them, to a quantity with bounds (pure).

`pattern(name)` is the part of a rule that finds a numeral next to its anchor, `quantity(text)` tells what it says.
The pattern may take what is no numeral after all (三二一, 万); then there is no quantity and the rule does not hold.

Bounds of vague numerals: 一百来 and 一百多 [100, 199], 三千多 [3000, 3999], 十几 [11, 19], 一百二十几 [121, 129],
好几百 and 几百 [200, 999], 七八十 [70, 89], 两千出头 [2000, 2499], 个位数 [1, 9], 不到100 [1, 99], 100+ [100, open].
A number with a point before 万 or 千 is a rounded display: half a step below, one step above (exclusive).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from crawler.readers.grammar.claims import Op

DIGITS = "零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖"
SCALES = "十百千万亿廿卅拾佰仟"

_BEFORE = "(?:大概|大约|差不多|将近|接近|不到|不足|不超过|至少|起码|最多|顶多|超过|整整|足足|约|近)(?:还?有|是|就)?"
_ARABIC = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,12})(?:[.点][0-9]{1,3})?"
    r"(?:[百千万亿](?:[0-9](?![0-9.:%])|[一二三四五六七八九](?![十百千万]))?|[十百千]?万|[wWkK](?![A-Za-z]))?"
)
_HAN = (
    rf"(?:[两三四]位数|个位数|百八十|(?:[好大](?=几)|[上近数](?=[十百千万]))?[{DIGITS}{SCALES}俩仨几]{{1,14}}"
    rf"(?:点[{DIGITS}]{{1,2}}[十百千万亿]?)?)"
)
_AFTER = r"(?:[多来余把](?=[单件份组套双瓶箱盒包个名台条万块元人支只袋位秒分张赞+])万?|多|出头|几)?\+?"

_NAMED = {
    "个位数": (1, 9),
    "两位数": (10, 99),
    "三位数": (100, 999),
    "四位数": (1000, 9999),
    "百八十": (80, 100),
    "俩": (2, 2),
    "仨": (3, 3),
}
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇幺两", "一二三四五六七八九十百千零一二")
_VALUE = {char: number for number, char in enumerate("零一二三四五六七八九")}
_UNIT = {"十": 10, "百": 100, "千": 1_000}
_MYRIAD = {"万": 10_000, "亿": 100_000_000}
_SCALE = _UNIT | _MYRIAD | {"w": 10_000, "k": 1_000}

_MODIFIER = re.compile(
    "(?P<below>不到|不足)|(?P<least>至少|起码|超过)|(?P<most>最多|顶多|不超过)|(?P<exact>整整|足足)|(?P<near>近|将近|接近)(?=[百千万])|"
    "(?P<about>大概|大约|差不多|将近|接近|约|近)"
)
_DECIMAL = re.compile(r"(?P<whole>[0-9]+)\.(?P<fraction>[0-9]+)(?P<scale>[百千万亿wk]|[十百千]万)?")
_ROUND = re.compile(r"(?P<whole>[0-9]+)(?P<scale>[百千万亿wk]|[十百千]万)?(?P<rest>[0-9])?")
_COUNTDOWN = re.compile("[九八七六五]?[八七六五四]?(?:五四)?(?:四)?三二一|一二三(?:四(?:五)?)?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """lo..hi inclusive (rounded displays: hi exclusive; null: open), how exact, and the value of exact ones."""

    lo: int
    hi: int | None
    op: Op
    value: Decimal | None = None  # what is literally written; 9.9 has lo = hi = 9
    step: int = 1  # worth of the last digit written: 10000 for 3万, 100 for 1200
    scaled: bool = False  # digits before a word for their scale, and none behind it: 3万, 5w

    @property
    def whole(self) -> int | None:
        """The number when it is one whole number exactly, else null."""
        return self.lo if self.op == "eq" and self.value == self.lo else None

    def displayed(self) -> Quantity:
        """As a counter's display: 3万 is rounded too, since displays leave away what follows."""
        if self.op == "eq" and self.scaled and self.step >= 1_000:
            return Quantity(self.lo - self.step // 2, self.lo + self.step, "approx", self.value, self.step)
        return self


def pattern(name: str) -> str:
    """A regular expression for a numeral with its modifiers, as a named group. Bounded, without nested repeats."""
    return f"(?P<{name}>(?:{_BEFORE})?(?:{_ARABIC}|{_HAN}){_AFTER})"


@lru_cache(maxsize=4096)
def quantity(text: str) -> Quantity | None:
    """What a numeral says, or null when it says no number. Whole numbers up to 10^12."""
    core = text.lower().replace(",", "")
    modifier = _MODIFIER.match(core)
    if modifier:
        core = re.sub("^(?:还?有|是|就)", "", core[modifier.end() :])
    if modifier and modifier["near"]:
        return _bounds(core, "near")
    found = _bounds(core, "")
    if found is None or modifier is None:
        return found
    return _modified(found, modifier.lastgroup or "")


def _modified(found: Quantity, modifier: str) -> Quantity | None:
    if modifier == "exact":
        return found
    if modifier == "below":
        return Quantity(1, found.lo - 1, "approx") if found.lo > 1 else None
    if modifier == "least":
        return Quantity(found.lo, None, "ge")
    if modifier == "most":
        return Quantity(1, found.hi, "approx")
    return Quantity(found.lo, found.hi, "approx", step=found.step)


def _bounds(core: str, near: str) -> Quantity | None:
    """Bounds of a numeral without modifiers before it; `near` for 近百."""
    if not core:
        return None
    if core in _NAMED:
        lo, hi = _NAMED[core]
        return Quantity(lo, hi, "eq" if lo == hi else "approx", Decimal(lo) if lo == hi else None)
    if core.endswith("+"):
        base = _bounds(core[:-1], "")
        lowest = None if base is None else base.lo if base.value is None else int(base.value)
        return None if lowest is None else Quantity(lowest, None, "ge")
    core = core.translate(_PLAIN)
    if near or core[:1] in "上数近":
        return _vague_scale(core, near)
    for suffix in ("出头", "多", "来", "余", "把"):
        head, found, scale = core.rpartition(suffix)
        if found and scale in ("", "万"):
            return _more_than(head, suffix, 10_000 if scale else 1)
    if "几" in core:
        return _some(core)
    return _exact(core) or _pair(core)


def _vague_scale(core: str, near: str) -> Quantity | None:
    """上百 [100, 999], 数百 [200, 999], 近百 [90, 99], 近两百 is approximate."""
    head, rest = ("近", core) if near else (core[0], core[1:])
    base = _exact(rest)
    if base is None:
        return None
    if head == "近":
        return Quantity(base.lo - base.step // 10, base.lo - 1, "approx")
    return Quantity(base.lo if head == "上" else 2 * base.lo, 10 * base.lo - 1, "approx")


def _more_than(head: str, suffix: str, scale: int) -> Quantity | None:
    """三千多 and 三千来 end below the next step; 三千出头 below its half."""
    base = _exact(head)
    if base is None or base.step == 1 or base.op != "eq":
        return None
    width = base.step // 2 if suffix == "出头" else base.step
    return Quantity(base.lo * scale, (base.lo + width) * scale - 1, "approx")


def _some(core: str) -> Quantity | None:
    """几 stands for any digit: 1 to 9 behind something (十几), 2 to 9 at the head (几百)."""
    tail = core.removeprefix("好").removeprefix("大")
    if tail in ("几", "") or tail.count("几") > 1:
        return None
    least = _exact(tail.replace("几", ("五" if core[0] == "大" else "二") if tail[0] == "几" else "一"))
    most = _exact(tail.replace("几", "九"))
    if least is None or most is None:
        return None
    return Quantity(least.lo, most.lo + most.step - 1 if tail[-1] != "几" else most.lo, "approx")


def _pair(core: str) -> Quantity | None:
    """Two neighbouring digits are a range: 七八 [7, 8], 七八十 [70, 89], 两三百 [200, 399], 三五百, 十七八."""
    for i in range(len(core) - 1):
        low, high = _VALUE.get(core[i]), _VALUE.get(core[i + 1])
        if low and high and (high == low + 1 or (low, high) == (3, 5)):
            least, most = _exact(core[:i] + core[i] + core[i + 2 :]), _exact(core[:i] + core[i + 1 :])
            if least and most and least.lo < most.lo:
                return Quantity(least.lo, most.lo + most.step - 1, "approx")
    return None


def _exact(core: str) -> Quantity | None:
    """An exact number, or a rounded one (1.2万, 三点五万)."""
    core = core.replace("点", ".")
    if "." in core:
        plain = "".join(str(_VALUE[char]) if char in _VALUE else char for char in _joined(core))
        return _rounded(plain)
    if core and core[0] in "0123456789":
        return _arabic(core)
    return _han(core)


def _joined(core: str) -> str:
    """二十三.五 with digits before its point, so that what follows knows one form only."""
    head, _, tail = core.partition(".")
    if head and head[0] not in "0123456789":
        whole = _han(head)
        return f"{whole.lo if whole else head}.{tail}"
    return core


def _rounded(plain: str) -> Quantity | None:
    found = _DECIMAL.fullmatch(plain)
    if found is None:
        return None
    value = Decimal(f"{found['whole']}.{found['fraction']}")
    if not found["scale"]:
        return Quantity(int(value), int(value), "eq", value)
    scale = _worth(found["scale"])
    shown, step = int(value * scale), scale // 10 ** len(found["fraction"])
    if step < 1:
        return None
    return Quantity(shown - step // 2, shown + step, "approx", value * scale, step)


def _arabic(core: str) -> Quantity | None:
    mixed = "".join(str(_VALUE[char]) if char in _VALUE else char for char in core)
    found = _ROUND.fullmatch(mixed)
    if found is None:
        return None
    scale = _worth(found["scale"])
    number = int(found["whole"]) * scale
    if found["rest"]:
        return _whole(number + int(found["rest"]) * scale // 10, scale // 10)
    if scale > 1:
        return Quantity(number, number, "eq", Decimal(number), scale, scaled=number > 0)
    return _whole(number, _last_step(number))


def _worth(scale: str | None) -> int:
    """10000 for 万 and w; 十万, 百万 and 千万 are two scales in a row."""
    product = 1
    for char in scale or "":
        product *= _SCALE[char]
    return product


def _last_step(number: int) -> int:
    """1000 for 3000, 100 for 1200, 10 for 50, 1 for 0."""
    step = 1
    while number and number % (step * 10) == 0:
        step *= 10
    return step


def _whole(number: int, step: int) -> Quantity:
    return Quantity(number, number, "eq", Decimal(number), step)


def _han(core: str) -> Quantity | None:
    core = core.replace("廿", "二十").replace("卅", "三十")
    if not core:
        return None
    if all(char in _VALUE for char in core):
        return _digit_row(core)
    return _positional(core)


def _digit_row(core: str) -> Quantity | None:
    """一二零 and 一九九 are read digit by digit; a countdown (三二一) and neighbours (七八) are no number."""
    if len(core) == 1 or (len(core) == 2 and "零" in core):
        return _whole(int("".join(str(_VALUE[char]) for char in core)), 1)
    if _COUNTDOWN.fullmatch(core) or len(core) < 3:
        return None
    return _whole(int("".join(str(_VALUE[char]) for char in core)), 1)


def _positional(core: str) -> Quantity | None:
    """千百十 numbers with 万 and 亿; a digit that ends the number right behind a scale is a tenth of it (一百二)."""
    total, section, digit, last = 0, 0, None, 0
    for char in core:
        if char in _VALUE:
            if digit:  # two digits in a row: a range or nonsense, never a sum
                return None
            digit, last = _VALUE[char], last if _VALUE[char] else 1
        elif char in _UNIT:
            if last and section and _UNIT[char] >= section:
                return None
            section += (1 if digit is None else digit) * _UNIT[char]
            digit, last = None, _UNIT[char]
        else:
            section += digit or 0
            total = (total + (section or 1)) * _MYRIAD[char] if char == "亿" else total + (section or 1) * _MYRIAD[char]
            section, digit, last = 0, None, _MYRIAD[char]
    if digit and last >= 100:
        return _whole(total + section + digit * last // 10, last // 10)
    return _whole(total + section + (digit or 0), 1 if digit else last)
