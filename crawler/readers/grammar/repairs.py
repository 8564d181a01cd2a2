"""Repairs of what recognition of overlays confuses: in a numeric slot next to an anchor, each one listed (pure).

A slot is a run of digits and their look-alikes. It is repaired when an anchor stands on both sides (仅剩lOO件), or
on one side and the slot has a true digit (余l2). Words are repaired next to what makes them certain (剩佘, 巳抢). A
claim read from a repaired text says so, and wants a second, clean picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGIT = {
    "O": "0",
    "o": "0",
    "Q": "0",
    "D": "0",
    "l": "1",
    "I": "1",
    "|": "1",
    "Z": "2",
    "S": "5",
    "B": "8",
    "g": "9",
}
_ALIKE = "OoQDlI|ZSBg"
_MEASURE = "单件份组套双瓶箱盒包个台条支只袋罐名位"
_SOLD = "抢售拍购卖"

# (the place of one wrong character, what it is): the group "c" is the character.
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![自知各])(?P<c>[巳己])(?=[枪抡抢售拍购卖下付结加])"), "已"),
    (re.compile(r"(?<=已)(?P<c>[枪抡])"), "抢"),
    (re.compile(r"(?P<c>[枪抡])(?=[光空完购])"), "抢"),
    (re.compile(r"(?<=[仅只就还])(?P<c>乘)(?=[余佘下最库:0-9OoQDlI|ZSBg一二三四五六七八九十百两几])"), "剩"),
    (re.compile(r"(?<![一-鿿])(?P<c>乘)(?=[余佘]?:?[0-9OoQDlI|ZSB])"), "剩"),
    (re.compile(r"(?<=剩)(?P<c>佘)"), "余"),
    (re.compile(r"(?<=[2二][、,. ])(?P<c>[lI|])(?=[、,. !]{0,2}(?:上|开))"), "1"),
    (re.compile(r"(?<![一-鿿])(?P<c>佘)(?=:?[0-9OoQDlI|ZSB])"), "余"),
)
_BEFORE = (
    "(?:库存(?:仅|还|只)?(?:剩余?)?|[仅只就还]剩(?:最后|余)?|剩(?:余|下)?|余量?|最后|还有|已[抢售拍]购?|"
    "销量|在线(?:人数|观众)?|观看|点赞|"
    "限购|限时|倒计时|(?:距离?)?结束|[¥价]|券后|到手|前|等|[加上放补满够共备到]|备了|延长|加时|多给|维持|"
    "持续|限量|不止|申请|进度|抢购)[:个]?"
)
_AFTER = rf"(?:%|[{_MEASURE}早旦仹]|[万方力wWkK]|\+|元|秒钟?前|分钟前|小时前|秒|分钟|小时|人|在线|观看|赞|点赞|号链接)"
_SLOT = re.compile(
    rf"(?P<before>{_BEFORE})?(?<![A-Za-z0-9|])"
    rf"(?P<slot>[0-9{_ALIKE}](?:[.,:]?[0-9{_ALIKE}]){{0,11}})(?![A-Za-z0-9|])(?P<after>{_AFTER})?"
)
_COUNTER = re.compile("库存|[仅只就还]剩|剩|余|已|销量|在线|限购")
_ALONE = re.compile(r"[lI|][OoQ]{1,3}|[lI|ZSB]")  # slots without any true digit that still are certain between anchors
_MEASURES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            (
                f"(?:{_BEFORE})[0-9一二三四五六七八九十百千两][0-9一二三四五六七八九十百千]{{0,6}}(?P<c>[早旦])"
                "(?![上晨餐饭点])"
            )
        ),
        "单",
    ),
    (re.compile(r"[0-9一二三四五六七八九十百千万两](?P<c>仹)"), "件"),
    (re.compile(r"(?:在线(?:人数|观众)?|观看|已[售抢]|销量|点赞):?[0-9.]{1,8}(?P<c>[方力])"), "万"),
    (re.compile(r"[0-9](?P<c>[方力])(?=\+?(?:人|在线|观看|看过|次?点?赞|件|单))"), "万"),
    (re.compile(r"已售[0-9.]{2,8}万?(?P<c>十)(?=$|[^一-鿿]|[件单])"), "+"),
)
_SUSPECT = re.compile(rf"[{_ALIKE}巳己佘乘枪抡早旦仹方力十]")


@dataclass(frozen=True, slots=True)
class Repair:
    """One character that was taken for another one, at a place of the folded text."""

    place: int
    was: str
    meant: str

    def __str__(self) -> str:
        return f"{self.was}->{self.meant}"


def repaired(text: str) -> tuple[str, tuple[Repair, ...]]:
    """The folded text of an overlay or pop-up with its repairs made, of the same length, and the list of them."""
    if not _SUSPECT.search(text):
        return text, ()
    made: list[Repair] = []
    for pattern, meant in _WORDS:
        text = _replace(text, pattern, meant, made)
    text = _slots(text, made)
    for pattern, meant in _MEASURES:
        text = _replace(text, pattern, meant, made)
    return text, tuple(sorted(made, key=lambda each: each.place))


def _replace(text: str, pattern: re.Pattern[str], meant: str, made: list[Repair]) -> str:
    for found in pattern.finditer(text):
        place = found.start("c")
        made.append(Repair(place, text[place], meant))
        text = text[:place] + meant + text[place + 1 :]
    return text


def _slots(text: str, made: list[Repair]) -> str:
    for found in _SLOT.finditer(text):
        slot, start = found["slot"], found.start("slot")
        if not _is_number(found):
            continue
        for place, char in enumerate(slot, start):
            if char in _DIGIT:
                made.append(Repair(place, char, _DIGIT[char]))
        text = text[:start] + "".join(_DIGIT.get(char, char) for char in slot) + text[start + len(slot) :]
    return text


def _is_number(found: re.Match[str]) -> bool:
    """Whether a slot with look-alikes is a number: anchored, with a true digit or in a certain form."""
    slot, before, after = found["slot"], found["before"], found["after"]
    before = before or (after and after.endswith("前") and found.start() == 0)  # a pop-up that begins with its age
    if not any(char in _DIGIT for char in slot) or not (before or after):
        return False
    plain = "".join(_DIGIT.get(char, char) for char in slot)
    clock = re.fullmatch(r"[0-9]{1,2}(?::[0-9]{2}){1,2}", plain)
    if ":" in slot and not clock:
        return False
    if not clock and len(plain) > 1 and plain[0] == "0" and plain[1] != ".":
        return False  # no counter shows leading zeros
    if not any(char.isdigit() for char in slot):
        return bool(before and after and _ALONE.fullmatch(slot))
    # 5g, 5S: grams and models, but for a counter that the line ends with (库存3g).
    ends = found.end() == len(found.string) and found["before"] and _COUNTER.match(found["before"])
    return not (slot[-1] in "gSIl" and not after and not clock and not ends)
