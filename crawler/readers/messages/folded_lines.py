"""How a site writes a chat line: what of a text stays when it is shown, names that are masked, lines of other kinds.

Pure. Texts are compared as they read: whitespace, signs that are not drawn, emoji and `[emoji]` codes (often shown as
pictures, so that no text is left of them), width of letters and signs, and case are folded away on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from crawler.platforms.messages import Kind

SEPARATORS = ":-|>·,~"
MOST_SEPARATORS = 3
_BETWEEN = frozenset(SEPARATORS) | {"说"}
_CODE = re.compile(r"\[[^\[\]]{1,8}\]")
_STARS = re.compile(r"\*+")
_MENTION = re.compile(r"\s*@\S{1,40}\s+(?=\S)")
_ANSWERS = re.compile(r"(?:回复@?|@)[^:@]{1,40}$")
# What a line says after a name when it is no chat, folded. Whole: "刚来了吗" is not an arrival.
_CUES: dict[Kind, re.Pattern[str]] = {
    Kind.ARRIVAL: re.compile(
        r"(?:刚刚|已)?(?:来了|进来了|进场了?|(?:来到|进入|加入)了?(?:本)?(?:直播间|直播|房间)?)|(?:joined|entered)(?:the.{1,12})?"
    ),
    Kind.LIKE: re.compile(
        r"(?:为|给|对)?(?:主播|直播)?(?:点了?(?:\d+个)?赞|赞)了?(?:这个|本)?(?:主播|直播间|直播)?(?:[x×]?\d+次?)?|点亮了?(?:爱心)?|liked(?:the.{1,12})?"
    ),
    Kind.FOLLOW: re.compile(r"关注了?(?:主播|ta)?|followed(?:the.{1,12})?"),
    Kind.SHARE: re.compile(r"(?:分享|转发)了?(?:本)?(?:直播间|直播)?(?:给.{1,6})?|shared(?:the.{1,12})?"),
    Kind.PURCHASE: re.compile(
        r"(?:正在|刚刚|已经?)?(?:去|来)?(?:购买|买|下单|抢购|拍下|加购|付款).{0,24}|(?:is)?(?:buying|bought|purchased).{0,24}"
    ),
    Kind.GIFT: re.compile(r"(?:送|赠送|打赏).{1,20}|sent.{1,24}"),
    Kind.FAN_CLUB: re.compile(r"(?:加入|点亮|升级)了?.{0,12}(?:粉丝团|粉丝牌|灯牌).{0,12}"),
}


class _Drawn(dict[int, int | None]):
    """For `str.translate`: a sign is dropped that is not drawn as text (blanks, controls, formats) or is an emoji."""

    def __missing__(self, code: int) -> int | None:
        kind = unicodedata.category(chr(code))
        dropped = kind[0] in "CZ" or kind in {"So", "Sk", "Me"} or 0xFE00 <= code <= 0xFE0F
        self[code] = None if dropped else code
        return self[code]


_DRAWN = _Drawn()


def folded(text: str) -> str:
    """What of a text can be compared with what a page shows of it. Stars of a mask become one star."""
    plain = _CODE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return _STARS.sub("*", plain.translate(_DRAWN))


def without_mention(text: str) -> str | None:
    """The text after an `@name` at its beginning, folded; None when it begins otherwise."""
    found = _MENTION.match(text)
    return None if found is None else folded(text[found.end() :])


def masked(name: str) -> Iterator[str]:
    """A folded name in the ways that sites mask it: first signs and last signs stay, between them stands a star."""
    if not name or "*" in name:
        return
    for first in range(min(3, len(name)) + 1):
        for last in (0, 1, 2, 4):
            if first + last and first + last <= max(len(name), 1):
                yield f"{name[:first]}*{name[len(name) - last :]}"


def may_separate(head: str) -> bool:
    """Whether a text may begin after this."""
    return head[-1:] in _BETWEEN


def heads(head: str, *, separated: bool) -> Iterator[str]:
    """What stands before a text, less the signs between name and text; `separated`: at least one of them is there."""
    if not separated:
        yield head
        return
    for _ in range(MOST_SEPARATORS):
        if head.endswith("说"):
            yield head[:-1]
        if not head or head[-1] not in SEPARATORS:
            return
        head = head[:-1]
        yield head
        if head.endswith("说"):
            yield head[:-1]
            return


def answering(head: str) -> str | None:
    """What stands before "回复 name" or "@name" at the end of a head; None when it does not end so."""
    found = _ANSWERS.search(head)
    return None if found is None else head[: found.start()]


def says(kind: Kind, rest: str) -> bool:
    """Whether the rest of a line after a name is how sites tell of this kind."""
    cue = _CUES.get(kind)
    return cue is not None and cue.fullmatch(rest) is not None


OTHER_KINDS = frozenset(_CUES)
