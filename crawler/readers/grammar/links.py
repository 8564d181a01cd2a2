"""Rules about product links: the host's call that opens one, and which link a statement is about (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.readers.grammar.claims import Claim, LinkCall, SoldOut, StockLeft
from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.line import Draft, Found, Line, rule
from crawler.readers.grammar.numerals import quantity

_GAP = "[、,. …~!-]{0,3}"
_NUMBER = "[0-9]{1,3}|[一二三四五六七八九十]{1,3}"
COUNTDOWN = (
    "(?<![0-9一二三四五六七八九十.])"
    f"(?:(?:[9九]{_GAP}[8八]{_GAP}[7七]{_GAP}[6六]{_GAP})?[5五]{_GAP}[4四]{_GAP})?[3三]{_GAP}[2二两]{_GAP}[1一](?![0-9号一二三四五六七八九十元块件])"
)
_COUNTED = "(?:从)?(?:倒数|倒计时|数|喊)(?:[3-9三五十四]|10)?(?:个?数|秒钟?|声|下)"
_CALL = (
    f"(?:上(?:架|一下|我们的?)?(?P<link>{_NUMBER})号(?:链接|宝贝|商品|车|品)?|(?P<link2>{_NUMBER})号(?:链接|"
    "宝贝|商品|品)?(?:给大家|马上|直接)?[,]?(?:上(?:链接|车|架|线)?|开(?:抢|拍|卖|价)?|走起?|炸)"
    "|(?:上|放|开|弹|挂|改|推)(?:一下)?(?:小黄车)?链接|链接(?:上|开|走|弹)|上(?:车|架|库存|人|货)|开(?:抢|"
    "拍|卖|始|炸|冲|秒|价|抢购)|改价|开价|走起|抢(?![光空完没])|秒(?![钟后没光空完])|拍(?![光完])|冲|走|放|上(?=$|[!。,]))"
)
_FILL = "[^。?;0-9]{0,6}?"
_LATER = re.compile(
    "讲完|完(?=就|再|给|我|上|咱)|说完|介绍完|等(?!不)|待会|一会|稍后|准备|马上|倒数完|完了?(?:之?后|以后)|"
    "之后|然后再?|一下(?:再|就)|[点分秒]钟?(?:之后|以后|后)?(?:准时|再|就|给)?|下一?[个轮波]|接下来|即将|"
    "快要|还有|到点|整点|再过|下播前|先.{0,8}再|到时"
)
_NOT_CALLED = re.compile(
    "没|不(?!要走|用说)|别(?!走|急)|怎么|谁|求|什么时候|啥时候|有没有|如果|要是|为什么|刚才|刚刚|昨天|上次|"
    "已经讲|点击|点一?下|去点|去$|看|想要|催|催着|叫我|让我|帮|找|的$|(?<!现)在$"
)


def _call(found: Found) -> Sequence[Claim] | None:
    if re.match("(?:了)?(?:吗|嘛|么|没|的|之后|以后|后|时|呢)", found.after):
        return None
    said = found["link"] or found["link2"]
    number = quantity(said) if said else None
    if said and number is None:
        return None
    countdown = bool(found["count"])
    before = found.before
    if not countdown and _NOT_CALLED.search(before):
        return None
    ready = before.replace("准备", "") if countdown and "倒" not in found["count"] else before  # 准备，三二一，上链接
    later = bool(_LATER.search(ready)) or (not countdown and bool(_LATER.search(found["between"])))
    return [LinkCall(link=number.whole if number else None, future=True if later else None)]


RULES = (
    # 三二一抢光 cheers; nothing is opened or gone yet.
    rule(rf"{COUNTDOWN}{_GAP}(?:给我|全部?|都|直接)?(?:抢|卖|拍|秒)[光空完没](?!了|啦)", lambda _found: []),
    rule(rf"(?P<count>{COUNTDOWN}){_GAP}{_FILL}{_GAP}{_CALL}", _call),
    rule(
        (
            f"(?P<count>{_COUNTED})(?:,|、|就|再|我们|咱们|给大家|给你们|直接|开始|准备|来|之?后|以后|完|"
            f"了){{0,4}}{_CALL}"
        ),
        _call,
    ),
    rule(
        f"(?P<between>(?:再过|还有|等)?[0-9一二三四五六七八九十两半]{{1,3}}(?:分钟|秒钟?|小时)(?:之?后|"
        "以后)?(?:就|准时|给大家|我们|马上)*)?"
        f"(?:上(?:架|一下)?(?P<link>{_NUMBER})号(?:链接|宝贝|商品|车|品)|(?P<link2>{_NUMBER})号(?:链接|宝贝|"
        f"商品|品)(?:已经?|马上|现在|给大家|直接|,){{0,2}}"
        "(?:上(?:链接|车|架|线|了)|开(?:抢|拍|卖|价|炸)|弹出来了?|挂上了?)|(?:上|放|开|弹|挂)(?:一下|个|上|"
        "我们的?|小黄车)?链接|链接(?:已经?|马上|现在|给大家)?(?:上(?:架|线|车)?|弹出来|挂上)了)",
        _call,
    ),
)

_MENTION = re.compile(
    f"(?<![0-9一二三四五六七八九十月.])(?P<a>{_NUMBER})号(?:链接|宝贝|商品|品|车|(?=(?:已|还|只|仅|就|最后|"
    f"抢|卖|库存|没|剩|现在)))|链接(?P<b>[0-9]{{1,2}})(?![0-9单件份个%])"
)


def bind(drafts: list[Draft], line: Line) -> list[Draft]:
    """Stock statements with the link named before them in the same sentence, or behind them in their clause."""
    mentions = [(found.start(), quantity(found["a"] or found["b"])) for found in _MENTION.finditer(line.text)]
    return [_bound(draft, line, mentions) for draft in drafts] if mentions else drafts


def _bound(draft: Draft, line: Line, mentions: list[tuple[int, Quantity | None]]) -> Draft:
    claim = draft.claim
    if not isinstance(claim, StockLeft | SoldOut):
        return draft
    start, _ = line.sentence(draft.start)
    _, end = line.clause(max(draft.end - 1, draft.start))
    before = [number for place, number in mentions if start <= place <= draft.start]
    behind = [number for place, number in mentions if draft.end <= place < end]
    number = (before[-1:] or behind[:1] or [None])[0]
    return replace(draft, claim=replace(claim, link=number.whole)) if number else draft
