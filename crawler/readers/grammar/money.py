"""Rules about prices: asked, asked before, elsewhere, undercut; praised; going back up (pure).

Slang: 九块九, 99米 (米 is yuan), 两张 (hundreds). A price needs a label, a currency or a word of handing over (带走, 包邮):
points, discounts, coupons and reductions are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from crawler.readers.grammar.claims import Claim, Number, Price, PriceHype, PriceRevert
from crawler.readers.grammar.line import UNIT, Found, rule
from crawler.readers.grammar.numerals import quantity

Kind = Literal["deal", "original", "compare", "decoy"]

_HAN = "零〇一二三四五六七八九十百千万两幺廿"
_AMOUNT = (
    rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,7}})(?:\.[0-9]{{1,2}})?[万wW]?|[{_HAN}]{{1,9}}(?:点[{_HAN}]{{1,2}}万?)?"
)
_DIGIT = "0-9一二两三四五六七八九"
_ONE_OF = "一[件瓶盒套份片斤袋包个支双条罐箱只对台单张]"
_ENDS_CENTS = rf"(?![0-9]|(?![{_DIGIT}](?:{UNIT}|[斤片张]))[{_HAN}]|(?!包邮){UNIT})"
_MONEY = (
    rf"(?P<sign>¥)?(?P<v>{_AMOUNT})"
    rf"(?P<cur>块(?:钱|(?P<j>[{_DIGIT}])毛?(?P<f>[{_DIGIT}])?{_ENDS_CENTS}|(?=[{_DIGIT}](?:{UNIT}|斤))|(?![{_DIGIT}]))"
    rf"|元|圆|(?P<dimes>毛)(?:钱|(?P<pence>[{_DIGIT}]){_ENDS_CENTS})?|(?P<slang>米(?![长高宽的八线深])|张(?P<tens>[半{_DIGIT}]{_ENDS_CENTS})?))?"
)
_QTY_BEFORE = rf"(?:(?P<qb>[0-9]{{1,3}}|[一二两三四五六七八九十]{{1,2}})(?P<qbu>{UNIT}|斤)(?:装|只要|到手价?|才|一共|总共|就|仅需|卖|是)*)?"
_QTY_AFTER = rf"(?:(?:给你?(?:们)?|/|到手|拍|就是|发|能?买|可以?买|带走|得)*(?P<qa>[0-9]{{1,3}}|[一二两三四五六七八九十俩仨]{{1,2}})(?:{UNIT}|斤))?"

_LABELS: tuple[tuple[Kind, str], ...] = (
    (
        "original",
        "原价|日常(?:售价|价)?|划线价|吊牌价?|标价|正价|平时(?:都?卖|价|要|买)?|平常(?:都?卖|价|要)?|零售价|建议零售价|官方(?:售|指导)?价|正常(?:价格?|卖)|活动前",
    ),
    (
        "compare",
        "(?:专柜|商场|门店|实体店|旗舰店|官网|天猫|淘宝|京东|拼多多|某宝|某东|某猫|别人家?|别家|别的直播间|其他直播间|隔壁(?:直播间|家)?|外面|同行|超市|线下|免税店|药店|代购|市场|市面上?|网上|人家)(?:都|同款|一[瓶件套盒双]|现在|也|得|里|要|那边){0,2}(?:卖|价格?|要|售价?|买)?",
    ),
    (
        "deal",
        "到手价?|券后价?|领券(?:后|到手)价?|(?:今天|今日|今晚)?(?:直播间?(?:专享|专属)?(?:价格?)?)|秒杀价?|活动价|特价|现价|福利价|折后价?|优惠价|会员价|新人价|限时价|专享价|粉丝价|宠粉价|拼团价|团购价|清仓价|促销价|惊喜价|预售价|特惠价|抢购价|一口价|成交价|成本价|售价|价格|开价|报价|补贴价|底价|补贴后|今天|现在|今晚|今日",
    ),
)
_HIGHER = re.compile(
    "(?:原价|日常|划线|吊牌|平时|平常|专柜|商场|别人家|别家|外面|超市|市场)[^。!?;]{0,4}?[0-9一二两三四五六七八九]"
)
_ASK = "(?:只需要?|只要|只卖|仅需|仅|只|才|就|卖|给你们?|给大家|给到|是|要|做到|为|价|到手|直接|专享|算|不到){0,3}"
_DECOY = "(?:也)?(?:不要|不用|不需要|不卖|不是|不收你们?)(?:你们?)?"
_CUE = "(?:带走|拿走|包邮|到手|到家|带回家|拿下|开抢|秒杀|抢|上车|拍(?!照)|直接|一口价|封顶|包圆|搞定|买走|得|给(?:到|你|大家))"
_NOT_PRICE = re.compile(
    "(?:满|减|省|券|红包|补贴|立减|直降|优惠|返|退|运费|抵|赔|罚|定金|订金|加|多|每满|每|差价?|差|赚|亏|邮费|押金|金额|价值|余额|只剩|还有|剩|送|领|现金|充|工资|消费|花了?|最高|起送|超过|不到|门槛|减免|福利金|奖金|大额|打赏|礼物)"
    "(?:了|你们?|大家|到|价值|[0-9一二三四五六七八九十]{1,4}[张个元块])?[:]?$"
)
_NOT_AFTER = re.compile(
    "(?:的)?(?:券|红包|优惠券|无门槛|以上|以下|以内|off|OFF|起送|运费|减|换购|定金|押金|返|抵|现金|福利券|补贴|代金|话费|钟|左右的)"
)
_HYPE = "骨折价|破价|击穿底价|史低|历史最低|史上最低|全网最低|全网底价|地板价|白菜价|跳楼价|吐血价|亏本价|放血价|冰点价|良心价|宇宙最低|打骨折|底价"


def value_of(found: Found) -> Number | None:
    """The price in yuan of a match with `_MONEY`, or null when it is not exact."""
    number = quantity(found["v"])
    if number is None or number.value is None:
        return None
    value = number.value
    if found["j"]:
        value += Decimal(_digit(found["j"])) / 10 + Decimal(_digit(found["f"]) if found["f"] else 0) / 100
    if found["slang"].startswith("张"):
        value = value * 100 + (50 if found["tens"] == "半" else 10 * _digit(found["tens"] or "零"))
    elif found["dimes"]:
        value = value / 10 + Decimal(_digit(found["pence"] or "零")) / 100
    if not 0 < value < 10_000_000:
        return None
    return int(value) if value == int(value) else float(value)


def _digit(said: str) -> int:
    number = quantity(said)
    return number.lo if number else 0


def _price(found: Found, kind: Kind) -> Sequence[Claim] | None:
    value = value_of(found)
    if (
        value is None
        or _NOT_PRICE.search(found.before)
        or (_NOT_AFTER.match(found.after) and not found.line.is_end(found.end))
    ):
        return None
    if re.match("[^,。!;]{0,2}(?:吗|嘛|么)", found.after):
        return None
    if re.match(r"[-~–—]{1,2}[¥]?[0-9]|[0-9]|到[0-9]", found.line.text[found.end :]):
        return None  # a range of prices is no price
    said = found["qa"] or found["qb"]
    qty = quantity(said) if said else None
    return [
        Price(kind=kind, value=value, qty=qty.whole if qty and qty.lo > 1 else None, slang=found["slang"][:1] or None)
    ]


def _is_bare(found: Found) -> bool:
    """A number without sign or currency: then nothing that it could count may follow."""
    return not (found["sign"] or found["cur"])


def _labelled(found: Found) -> Sequence[Claim] | None:
    kind: Kind = next(kind for kind, _ in _LABELS if found[kind])
    if re.search("第[二三两2-9][件份瓶盒]?$|下单立|多$|送$", found.before):
        return None
    if _is_bare(found):
        weak = found["deal"] in {"今天", "现在", "今晚", "今日", "直播"} or (
            found["deal"] == "价格" and not found.line.overlay
        )
        if (
            weak
            and not _undercuts(found)
            and not re.search("只要|仅需|只需|只卖|给到|做到|才|到手|价|卖|是", found["ask"])
        ):
            return None
        if not _closed(found):
            return None
        if re.fullmatch(f"[{_HAN}]", found["v"]) and found["v"] != "十" and weak:
            return None
    return _price(found, kind)


def _undercuts(found: Found) -> bool:
    """原价八百，现在四百: a bare number behind a higher price of the same sentence."""
    start, _ = found.line.sentence(found.start)
    return found.line.is_end(found.end) and bool(_HIGHER.search(found.line.text, start, found.start))


def _closed(found: Found) -> bool:
    """Whether nothing follows a number that it would count (三件), measure (三天) or go on with."""
    if found.line.is_end(found.end) or found["qa"]:
        return True
    return bool(
        re.match(
            rf"了|的|啊|呢|哦|哈|吧|!|起|{_CUE}|/|包|\+|\(|现|直|券|到|秒|领|今|原|不|日|划|专|¥|限|仅|库|已|距|倒|赠|买|还|你|我|就|{UNIT}?装",
            found.after,
        )
    ) and not re.match(UNIT + "(?!装)", found.after)


def _asked(found: Found) -> Sequence[Claim] | None:
    """只要99, 仅需59.9: the verb alone is the label."""
    if _is_bare(found) and not _closed(found):
        return None
    if _is_bare(found) and re.fullmatch(f"[{_HAN}]{{1,2}}", found["v"]) and not found.line.is_end(found.end):
        return None
    return _price(found, "deal")


def _decoy(found: Found) -> Sequence[Claim] | None:
    if _is_bare(found) and (not found.line.is_end(found.end) and not re.match("了|啊|啦|哦|也|不", found.after)):
        return None
    return _price(found, "decoy")


def _handed_over(found: Found) -> Sequence[Claim] | None:
    return _price(found, "deal")


def _alone(found: Found) -> Sequence[Claim] | None:
    """A price that is a clause of its own; on the picture any amount with a sign or currency."""
    whole = not found.before and (found.line.is_end(found.end) or bool(re.match(f"(?:{_ONE_OF}|/)", found.after)))
    if found["sign"] and found.line.overlay:
        return _price(found, "deal")
    if not found["cur"]:
        return _price(found, "deal") if re.search(f"(?:{_HYPE})$", found.before) and _closed(found) else None
    if found["slang"].startswith("张") and not re.search(f"(?:{_HYPE})$", found.before):
        return None
    if whole or (found.line.overlay and found["cur"] == "元") or re.search(f"(?:{_HYPE}|价)$", found.before):
        return (
            _price(found, "deal")
            if not re.match("[一-鿿]", found.after) or whole or found["cur"] in {"元", "块钱"}
            else None
        )
    return None


_WHEN_OVER = (
    (
        "end_of_stream",
        "下播|下了播|关播|直播(?:一)?结束|播完|停播|下直播|直播间关|(?:下了|离开|出了?)(?:这个|我的?)?直播间",
    ),
    ("tomorrow", "明[天日早]|过了今[天晚日]|过今[天晚]|今[天晚]一?过|今[天晚](?:之后|过后|以后)|第二天"),
    (
        "after_deadline",
        "结束|过了|倒计时|时间(?:一)?到|一?到点|(?:活动|优惠|秒杀)(?:一)?过|截止|(?<![最然券折领])后|之后|过期|超时|错过|卖完|抢完",
    ),
)
_AT_FULL_PRICE = "(?:就|都|全部|一律|统一|只能)(?:按|是|变)?原价|回?(?:到)?原价(?![:¥]{0,2}[0-9一二三四五六七八九十百千两])|(?:这|那)?个?(?:价格?|优惠|活动|福利)(?:就|也|都|全|可){0,2}没有?了"
_RAISES = (
    "(?:恢复(?:到|成|至|为|回)?(?:原来?的?|日常|正常)?(?:售价|价格|价)|(?:涨|调|改|变|回)(?:回|到|成|至){1,2}(?:原来?的?价格?|去|日常价)|涨价|涨回去?|"
    "(?:没有?|不是|不再是?|不可能(?:有|是)?|买不到|拿不到)(?:了)?(?:这|那|此|该)(?:样|种|么)?(?:个|好|低|便宜)?的?(?:价格?|优惠|活动|福利)|没有?优惠|没这价)"
)
_OVER = "|".join(f"(?P<{name}>{words})" for name, words in _WHEN_OVER)


def _revert(found: Found) -> Sequence[Claim] | None:
    if re.search("不$|没说$|别$|吗", found.before + found.after[:1]):
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
    rule(rf"(?<=[点半整刻时0-9])(?:准时|就|马上|立刻|立马|整|全部|价格){{0,3}}{_RAISES}(?:了)?", _revert),
)

_LABEL = "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS)
RULES = (
    rule(
        rf"(?:每?满[0-9]{{1,6}}(?:元|块)?|立?减[0-9]{{1,5}}(?:元|块)?|第[二三两2-9][件份瓶盒双](?:半价|[0-9.]{{1,4}}[元折]|免费|0元)|[0-9.]{{1,4}}折|"
        r"(?:评分|得分|满分|打)[0-9]{1,3}分)(?:减[0-9]{1,5}(?:元|块)?|送|返)?",
        lambda _found: [],
    ),
    rule(rf"{_DECOY}(?:原价|专柜价)?{_MONEY}", _decoy),
    rule(rf"{_QTY_BEFORE}(?:{_LABEL})(?P<ask>{_ASK})[:]?{_MONEY}{_QTY_AFTER}", _labelled),
    rule(
        rf"{_QTY_BEFORE}(?:只需要?|只要|仅需|只卖|仅要|才卖|卖你?们?|拍下(?:只要|仅需|就是)?|合)(?:你)?[:]?{_MONEY}{_QTY_AFTER}",
        _asked,
    ),
    rule(
        rf"{_QTY_BEFORE}(?<![0-9.¥点毛块张{_HAN}]){_MONEY}(?:就|全部|都|直接|给你们?|大家|一[瓶件套盒]|啊|,)*{_QTY_AFTER}(?={_CUE})",
        _handed_over,
    ),
    rule(rf"{_QTY_BEFORE}(?<![0-9.点毛块张{_HAN}]){_MONEY}{_QTY_AFTER}", _alone),
    rule(
        rf"(?P<term>{_HYPE})",
        lambda found: (
            None
            if re.search("不是|没有|不算|吗", found.before[-4:] + found.after[:2])
            else [PriceHype(term=found["term"])]
        ),
    ),
)

# A number that is a clause of its own, behind prices that it undercuts: 不要199，不要99，59！
BARE_PRICE = rule(rf"{_MONEY}(?=$|[,。!?;、])", _handed_over)
