"""Exact and rounded numbers in Arabic and Chinese figures, and mixed (pure).

Vague ones (十来, 好几百) are made of these in `crawler.readers.grammar.numerals`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from crawler.readers.grammar.claims import Op

VALUE = {char: number for number, char in enumerate("零一二三四五六七八九")}
_UNIT = {"十": 10, "百": 100, "千": 1_000}
_MYRIAD = {"万": 10_000, "亿": 100_000_000}
_SCALE = _UNIT | _MYRIAD | {"w": 10_000, "k": 1_000}
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


def exact_number(core: str) -> Quantity | None:
    """An exact number, or a rounded one (1.2万, 三点五万), of folded figures (一 for 壹); null: none."""
    core = core.replace("点", ".")
    if "." in core:
        plain = "".join(str(VALUE[char]) if char in VALUE else char for char in _joined(core))
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
    mixed = "".join(str(VALUE[char]) if char in VALUE else char for char in core)
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
    if not core or (core[0] in _MYRIAD and len(core) > 1):  # 万一 is "in case"
        return None
    if not all(char in VALUE or char in _UNIT or char in _MYRIAD for char in core):
        return None
    if all(char in VALUE for char in core):
        return _digit_row(core)
    return _positional(core)


def _digit_row(core: str) -> Quantity | None:
    """一二零 and 一九九 are read digit by digit; a countdown (三二一) and neighbours (七八) are no number."""
    if len(core) == 1 or (len(core) == 2 and "零" in core):
        return _whole(int("".join(str(VALUE[char]) for char in core)), 1)
    if _COUNTDOWN.fullmatch(core) or len(core) < 3:
        return None
    return _whole(int("".join(str(VALUE[char]) for char in core)), 1)


def _positional(core: str) -> Quantity | None:
    """千百十 numbers with 万 and 亿; a digit that ends the number right behind a scale is a tenth of it (一百二)."""
    total, section, digit, last = 0, 0, None, 0
    for char in core:
        if char in VALUE:
            if digit:  # two digits in a row: a range or nonsense, never a sum
                return None
            digit, last = VALUE[char], last if VALUE[char] else 1
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
