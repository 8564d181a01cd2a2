"""Rules about prices: asked now, asked before, elsewhere, named to be undercut (pure).

Slang: 九块九, 99米 (米 is yuan), 两张 (hundreds). A price needs a label, a currency or a word of handing over (带走,
包邮): points, discounts, coupons and reductions are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from crawler.readers.grammar.claims import Claim, Number, Price
from crawler.readers.grammar.line import UNIT, Found, rule
from crawler.readers.grammar.numerals import quantity
from crawler.readers.grammar.promises import HYPE

Kind = Literal["deal", "original", "compare", "decoy"]

_HAN = "零〇一二三四五六七八九十百千万两幺廿"
_AMOUNT = (
    rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,7}})(?:\.[0-9]{{1,2}})?[万wW]?|"
    f"[一二两三四五六七八九][百千][一二三四五六七八九](?=[一两俩三四五六]{UNIT})|"  # 一百六两瓶
    f"[{_HAN}]{{1,9}}(?:点[{_HAN}]{{1,2}}万?)?"
)
_DIGIT = "0-9一二两三四五六七八九"
_ONE_OF = "一[件瓶盒套份片斤袋包个支双条罐箱只对台单张]"
_ENDS_CENTS = rf"(?![0-9]|(?![{_DIGIT}](?:{UNIT}|[斤片张]))[{_HAN}]|(?!包邮)(?:{UNIT}|[斤片]))"
_MONEY = (
    rf"(?P<sign>¥)?(?P<v>{_AMOUNT})"
    rf"(?P<cur>块(?:钱|(?P<j>[{_DIGIT}])毛?(?P<f>[{_DIGIT}])?{_ENDS_CENTS}|(?=[{_DIGIT}](?:{UNIT}|斤))|(?![{_DIGIT}]))"
    f"|元|圆|(?P<dimes>毛)(?:钱|(?P<pence>[{_DIGIT}]){_ENDS_CENTS})?|(?P<slang>米(?![长高宽的八线深])|"
    f"张(?P<tens>[半{_DIGIT}]{_ENDS_CENTS})?))?"
)
_QTY_BEFORE = (
    f"(?:(?P<qb>[0-9]{{1,3}}|[一二两三四五六七八九十]{{1,2}})(?P<qbu>{UNIT})(?:装|只要|到手价?|才|一共|总共|"
    "就|仅需|卖|是)*)?"
)
_QTY_AFTER = (
    f"(?:(?:给你?(?:们)?|/|到手|拍|就是|发|能?买|可以?买|带走|得)*(?P<qa>[0-9]{{1,3}}|"
    f"[一二两三四五六七八九十俩仨]{{1,2}})(?:{UNIT}|斤))?"
)

_LABELS: tuple[tuple[Kind, str], ...] = (
    (
        "original",
        (
            "原价|日常(?:售价|价)?|划线价|吊牌价?|标价|正价|平时(?:都?卖|价|要|买)?|平常(?:都?卖|价|要)?|"
            "零售价|建议零售价|官方(?:售|指导)?价|正常(?:价格?|卖)|活动前|"
            "(?:之前|以前|原来|原先|先前|过去|昨[天晚日]|前[几两]?天|上次|上一?场|去年|往年)(?:我们|咱们?|我|这款|这个|直播间|"
            "店里|一直|都|还|也|可|是){0,3}(?:卖|要|售价?|价格?)"
        ),
    ),
    (
        "compare",
        (
            "(?:专柜|商场|门店|实体店|旗舰店|官网|天猫|淘宝|京东|拼多多|某宝|某东|某猫|别人家?|别家|"
            "别的(?:直播间|地方|店|平台|主播)|"
            "其他直播间|隔壁(?:直播间|家)?|外面|同行|超市|线下|免税店|药店|代购|市场|市面上?|网上|人家)(?:都|"
            "同款|一[瓶件套盒双]|现在|也|得|里|要|那边){0,2}(?:卖|价格?|要|售价?|买)?"
        ),
    ),
    (
        "deal",
        (
            "到手价?|券后价?|领(?:完|了|取)?券(?:后|到手)?价?|(?:今天|今日|今晚)?(?:直播间?(?:专享|"
            "专属)?(?:价格?)?)|秒杀价?|"
            "活动价|特价|现价|福利价|折后价?|优惠价|会员价|新人价|限时价|专享价|粉丝价|宠粉价|拼团价|团购价|"
            "清仓价|促销价|惊喜价|预售价|特惠价|抢购价|一口价|成交价|成本价|售价|价格|开价|报价|补贴价|底价|"
            "补贴后|今天|现在|今晚|今日"
        ),
    ),
)
_HIGHER = re.compile(
    "(?:原价|日常|划线|吊牌|平时|平常|之前|以前|原来|昨天|专柜|商场|别人家|别家|外面|超市|市场)[^。!?;]{0,4}?[0-9一二两三四五六七八九]"
)
_ASK = "(?:只需要?|只要|只卖|仅需|仅|只|才|就|卖|给你们?|给大家|给到|是|要|做到|为|价|到手|直接|专享|算|不到){0,3}"
_DECOY = "(?:也)?(?:不要|不用|不需要|不卖|不是|不收你们?)(?:你们?)?"
_CUE = (
    "(?:带走|拿走|包邮|到手|到家|带回家|拿下|开抢|秒杀|抢|上车|拍(?!照)|直接|一口价|封顶|包圆|搞定|买走|得|"
    "给(?:到|你|大家))"
)
_NOT_PRICE = re.compile(
    "(?:满|减|省|券|红包|补贴|立减|直降|优惠|返|退|运费|抵|赔|罚|定金|订金|加|多|每满|每|差价?|差|赚|亏|"
    "邮费|押金|金额|价值|余额|只剩|还有|剩|送|领|现金|充|工资|消费|花了?|最高|起送|超过|不到|门槛|减免|"
    "福利金|合计|实付|应付|小计|总计|返现|赞赏|奖金|大额|打赏|礼物)"
    "(?:了|你们?|大家|到|价值|[0-9一二三四五六七八九十]{1,4}[张个元块])?[:]?$"
)
_NOT_AFTER = re.compile(
    "(?:的)?(?:券|红包|优惠券|无门槛|以上|以下|以内|off|OFF|起送|运费|减|换购|定金|押金|返|抵|现金|福利券|"
    "补贴|代金|话费|钟|左右的)"
)


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
    text = found.line.text
    if re.match(r"[-~–—]{1,2}¥?[0-9]|[0-9]|到[0-9]", text[found.end :]) or re.search(
        r"[0-9元][-~–—]{1,2}$", text[: found.start]
    ):
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
            (
                rf"了|的|啊|呢|哦|哈|吧|!|起|{_CUE}|/|包|\+|\(|现|直|券|到|秒|领|今|原|不|日|划|专|¥|限|仅|库|已|"
                f"距|倒|赠|买|还|你|我|就|{UNIT}?装"
            ),
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
    if _is_bare(found) and (
        not found.line.is_end(found.end) and not re.match("了|啊|啦|哦|也|不|我|今天|只", found.after)
    ):
        return None
    return _price(found, "decoy")


def _handed_over(found: Found) -> Sequence[Claim] | None:
    if _is_bare(found) and re.fullmatch(f"[{_HAN}]", found["v"]):
        return None  # 一直接, 一抢而空
    return _price(found, "deal")


def _alone(found: Found) -> Sequence[Claim] | None:
    """A price that is a clause of its own; on the picture any amount with a sign or currency."""
    whole = not found.before and (found.line.is_end(found.end) or bool(re.match(f"(?:{_ONE_OF}|/)", found.after)))
    if found["sign"] and found.line.overlay:
        return _price(found, "deal")
    if not found["cur"]:
        return _price(found, "deal") if re.search(f"(?:{HYPE})$", found.before) and _closed(found) else None
    if found["slang"].startswith("张") and not re.search(f"(?:{HYPE})$", found.before):
        return None
    if whole or (found.line.overlay and found["cur"] == "元") or re.search(f"(?:{HYPE}|价)$", found.before):
        return (
            _price(found, "deal")
            if not re.match("[一-鿿]", found.after) or whole or found["cur"] in {"元", "块钱"}
            else None
        )
    return None


_LABEL = "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS)
RULES = (
    rule(
        "(?:每?满[0-9]{1,6}(?:元|块)?|立?减[0-9]{1,5}(?:元|块)?|第[二三两2-9][件份瓶盒双](?:半价|"
        "[0-9.]{1,4}[元折]|免费|0元)|[0-9.]{1,4}折|"
        r"(?:评分|得分|满分|打)[0-9]{1,3}分)(?:减[0-9]{1,5}(?:元|块)?|送|返)?",
        lambda _found: [],
    ),
    # A mark that likes, viewers or sales are to reach, and what is given for it: 点赞到十万给大家上福利.
    rule(
        "(?:点赞|获赞|人气|人数|在线|关注|粉丝|销量|观看|热度|音浪)[^,。!?;]{0,6}?(?:到|满|破|过|冲)了?"
        "[0-9.零一二两三四五六七八九十百千万w几]{1,10}(?=[^0-9,。!?;¥元块]{0,4}(?:给|放|上|送|抽|发|降|来))",
        lambda _found: [],
    ),
    rule(rf"{_DECOY}(?:原价|专柜价)?{_MONEY}", _decoy),
    rule(rf"{_QTY_BEFORE}(?:{_LABEL})(?P<ask>{_ASK})[:]?{_MONEY}{_QTY_AFTER}", _labelled),
    rule(
        (
            f"{_QTY_BEFORE}(?:只需要?|只要|仅需|只卖|仅要|才卖|卖你?们?|拍下(?:只要|仅需|就是)?|"
            f"合)(?:你)?[:]?{_MONEY}{_QTY_AFTER}"
        ),
        _asked,
    ),
    rule(
        (
            f"{_QTY_BEFORE}(?<![0-9.¥点毛块张{_HAN}]){_MONEY}(?:就|全部|都|直接|给你们?|大家|一[瓶件套盒]|啊|"
            f",)*{_QTY_AFTER}(?={_CUE})"
        ),
        _handed_over,
    ),
    rule(rf"{_QTY_BEFORE}(?:(?=¥)|(?<![0-9.点毛块张{_HAN}])){_MONEY}{_QTY_AFTER}", _alone),
)

# A number that is a clause of its own, behind prices that it undercuts: 不要199，不要99，59！
BARE_PRICE = rule(rf"{_MONEY}(?=$|[,。!?;、])", _handed_over)
