"""Rules about what is promised of a price: that it goes back up, that none is lower (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from crawler.readers.grammar.claims import Claim, PriceHype, PriceRevert
from crawler.readers.grammar.line import Found, rule

HYPE = (
    "骨折价|破价|击穿底价|史低|历史最低|史上最低|全网最低|全网底价|地板价|白菜价|跳楼价|吐血价|亏本价|放血价|"
    "冰点价|良心价|宇宙最低|打骨折|底价"
)
_WHEN_OVER = (
    (
        "end_of_stream",
        "下播|下了播|关播|直播(?:一)?结束|播完|停播|下直播|直播间关|(?:下了|离开|出了?)(?:这个|我的?)?直播间",
    ),
    (
        "tomorrow",
        (
            "明[天日早]|过了今[天晚日](?![0-9一二三四五六七八九十])|过今[天晚]|今[天晚]一?过|今[天晚](?:之后|"
            "过后|以后)|第二天"
        ),
    ),
    (
        "after_deadline",
        (
            "结束|过了|倒计时|时间(?:一)?到|[点分秒]钟?一[过到]|一?到点|(?:活动|优惠|秒杀)(?:一)?过|截止|"
            "(?<![最然券折领])后|之后|"
            "过期|超时|错过|卖完|抢完"
        ),
    ),
)
_AT_FULL_PRICE = (
    "(?:就|都|全部|一律|统一|只能)(?:按|是|变)?原价|回?(?:到)?原价(?![:¥]{0,2}[0-9一二三四五六七八九十百千两])|"
    "(?:这|那)?个?(?:价格?|优惠|活动|福利)(?:就|也|都|全|可){0,2}没有?了"
)
_RAISES = (
    "(?:恢复(?:到|成|至|为|回)?(?:原来?的?|日常|正常)?(?:售价|价格|价)|(?:涨|调|改|变|回)(?:回|到|成|"
    "至){1,2}(?:原来?的?价格?|去|日常价)|涨价|涨回去?|"
    "(?:没有?|不是|不再是?|不可能(?:有|是)?|买不到|拿不到)(?:了)?(?:这|那|此|该)(?:样|种|么)?(?:个|好|低|"
    "便宜)?的?(?:价格?|优惠|活动|福利)|没有?优惠|没这价|价格?(?:马上|立刻|就|全部|都){0,2}恢复)"
)
_OVER = "|".join(f"(?P<{name}>{words})" for name, words in _WHEN_OVER)


def _revert(found: Found) -> Sequence[Claim] | None:
    if re.search("不$|别$|吗", found.before + found.after[:1]):
        return []
    when: Literal["tomorrow", "end_of_stream", "after_deadline"] = "after_deadline"
    if found["end_of_stream"]:
        when = "end_of_stream"
    elif found["tomorrow"]:
        when = "tomorrow"
    return [PriceRevert(when=when)]


REVERT_RULES = (
    rule(rf"(?:{_OVER})[^。!?;]{{0,10}}?(?:{_RAISES}|{_AT_FULL_PRICE})(?:了)?", _revert),
    # Right behind a time of day: 今晚十二点准时恢复原价.
    rule(rf"(?<=[点半整刻时钟秒分0-9])(?:准时|就|马上|立刻|立马|整|全部|价格){{0,3}}{_RAISES}(?:了)?", _revert),
)
HYPE_RULES = (
    rule(
        rf"(?P<term>{HYPE})",
        lambda found: (
            None
            if re.search("不是|没有|不算|吗", found.before[-4:] + found.after[:2])
            else [PriceHype(term=found["term"])]
        ),
    ),
)
