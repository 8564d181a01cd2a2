"""Numerals as people write and say them, to a quantity with bounds (pure).

`pattern(name)` is the part of a rule that finds a numeral next to its anchor, `quantity(text)` tells what it says.
The pattern may take what is no numeral after all (三二一, 万); then there is no quantity and the rule does not hold.

Bounds of vague numerals: 一百来 and 一百多 [100, 199], 三千多 [3000, 3999], 十几 [11, 19], 一百二十几 [121, 129],
好几百 and 几百 [200, 999], 七八十 [70, 89], 两千出头 [2000, 2499], 个位数 [1, 9], 不到100 [1, 99], 100+ [100, open].
A number with a point before 万 or 千 is a rounded display: half a step below, one step above (exclusive).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from crawler.readers.grammar.figures import VALUE, Quantity, exact_number

DIGITS = "零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖"
SCALES = "十百千万亿廿卅拾佰仟"

_BEFORE = "(?:大概|大约|差不多|将近|接近|不到|不足|不超过|至少|起码|最多|顶多|超过|整整|足足|约|近)(?:还?有|是|就)?"
_NOT_INSIDE = "(?<![0-9.零〇一二三四五六七八九十百千万亿两])"  # the tail of a number is another number
_ARABIC = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,12})(?![0-9]|:[0-9])(?:[.点][0-9]{1,3})?"
    r"(?:[百千万亿](?:[0-9](?![0-9.:%])|[一二三四五六七八九](?![十百千万]))?|[十百千]?万|[wWkK](?![A-Za-z]))?"
)
_HAN = (
    rf"(?:[两三四]位数|个位数|百八十|(?:[好大](?=几)|[上近数](?=[十百千万]))?[{DIGITS}{SCALES}俩仨几]{{1,18}}"
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

_MODIFIER = re.compile(
    "(?P<below>不到|不足)|(?P<least>至少|起码|超过)|(?P<most>最多|顶多|不超过)|(?P<exact>整整|足足)|"
    "(?P<near>近|将近|接近)(?=[百千万])|"
    "(?P<about>大概|大约|差不多|将近|接近|约|近)"
)


def pattern(name: str) -> str:
    """A regular expression for a numeral with its modifiers, as a named group. Bounded, without nested repeats."""
    return f"(?P<{name}>(?:{_BEFORE})?{_NOT_INSIDE}(?:{_ARABIC}|{_HAN}){_AFTER})"


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
        return _at_least(_bounds(core[:-1], ""))
    return _plain_bounds(core.translate(_PLAIN), near)


def _at_least(base: Quantity | None) -> Quantity | None:
    """1.2万+ is 12000 or more, whatever 1.2万 alone would be."""
    if base is None:
        return None
    return Quantity(base.lo if base.value is None else int(base.value), None, "ge")


def _plain_bounds(core: str, near: str) -> Quantity | None:
    if near or core[:1] in "上数近":
        return _vague_scale(core, near)
    for suffix in ("出头", "多", "来", "余", "把"):
        head, found, scale = core.rpartition(suffix)
        if found and scale in ("", "万"):
            return _more_than(head, suffix, 10_000 if scale else 1)
    if "几" in core:
        return _some(core)
    return exact_number(core) or _pair(core)


def _vague_scale(core: str, near: str) -> Quantity | None:
    """上百 [100, 999], 数百 [200, 999], 近百 [90, 99], 近两百 is approximate."""
    head, rest = ("近", core) if near else (core[0], core[1:])
    base = exact_number(rest)
    if base is None:
        return None
    if head == "近":
        return Quantity(base.lo - base.step // 10, base.lo - 1, "approx")
    return Quantity(base.lo if head == "上" else 2 * base.lo, 10 * base.lo - 1, "approx")


def _more_than(head: str, suffix: str, scale: int) -> Quantity | None:
    """三千多 and 三千来 end below the next step; 三千出头 below its half."""
    base = exact_number(head)
    if base is None or base.step == 1 or base.op != "eq":
        return None
    width = base.step // 2 if suffix == "出头" else base.step
    return Quantity(base.lo * scale, (base.lo + width) * scale - 1, "approx")


def _some(core: str) -> Quantity | None:
    """几 stands for any digit: 1 to 9 behind something (十几), 2 to 9 at the head (几百)."""
    tail = core.removeprefix("好").removeprefix("大")
    if tail in ("几", "") or tail.count("几") > 1:
        return None
    least = exact_number(tail.replace("几", ("五" if core[0] == "大" else "二") if tail[0] == "几" else "一"))
    most = exact_number(tail.replace("几", "九"))
    if least is None or most is None:
        return None
    return Quantity(least.lo, most.lo + most.step - 1 if tail[-1] != "几" else most.lo, "approx")


def _pair(core: str) -> Quantity | None:
    """Two neighbouring digits are a range: 七八 [7, 8], 七八十 [70, 89], 两三百 [200, 399], 三五百, 十七八."""
    for i in range(len(core) - 1):
        low, high = VALUE.get(core[i]), VALUE.get(core[i + 1])
        if low and high and (high == low + 1 or (low, high) == (3, 5)):
            least, most = exact_number(core[:i] + core[i] + core[i + 2 :]), exact_number(core[:i] + core[i + 1 :])
            if least and most and least.lo < most.lo:
                return Quantity(least.lo, most.lo + most.step - 1, "approx")
    return None
