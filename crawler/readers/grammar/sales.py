"""Rules about what was sold: counts, shares, sold out (pure).

A forecast (5分钟内抢光, 马上抢光) is not "sold out"; an earlier time (刚才, 上一场) makes it past.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.readers.grammar.claims import Claim, Op, SoldCount, SoldOut, SoldOutPast, StockPctSold
from crawler.readers.grammar.durations import DURATION, seconds
from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.line import NUM, UNIT, Found, rule
from crawler.readers.grammar.numerals import pattern, quantity

PAST = re.compile(
    "刚|之前|上次|上回|上一?[场轮批波个]|前一?[场轮批波]|昨[天晚日]|前[天晚]|上周|上个?月|去年|"
    "第一[批波轮]|前面|往[年期]|早上(?!架)|上午|那[批波]|每[次天场]|以前"
)
_FORECAST = re.compile(
    "预计|估计|争取|保证|肯定|一定|会被?$|要被?$|快被?$|即将|马上|就要|怕|别等|等到?|如果|要是|万一|没$|"
    "没有$|还没|未|谁|能不能|不用|避免|防止|"
    "直到|为止|以内|内$|内就|之内|或|前就?$|一旦|只要|容易|随时|可能|有没有|是不是|会不会|先$|(?<!刚)才$|再$"
)
_JUST_ADDED = re.compile(
    "刚[才刚]?[^,。]{0,4}(?:上|放|加|补|申请)[^,。]{0,8}?(?:单|件|份|套)"
)  # new stock that went since
_WINDOW = re.compile("(?:最?近|过去)[^,。]{0,8}$|刚[刚才]?(?:又?有)?$|内又?有?$")  # 近1分钟12人下单 is no total
_GONE = (
    "(?:抢(?:光|空|完|没)|卖(?:光|空|完|没)|拍(?:光|完|没)|秒(?:空|没|光|完)|售(?:罄|完|空)|清空|下架|断货|"
    "没有?货|没库存|没)"
)
_SHARES = {
    "一大半": (0.5, 1.0),
    "大半": (0.5, 1.0),
    "过半": (0.5, 1.0),
    "大部分": (0.5, 1.0),
    "多半": (0.5, 1.0),
    "一小半": (0.0, 0.5),
}
_SHARES |= {"一半多": (0.5, 1.0), "一半以上": (0.5, 1.0), "小半": (0.0, 0.5)}
_SHARE = (
    "(?P<share>一大半|一小半|一半多|一半以上|大半|过半|大部分|多半|小半|一半|(?:[一二三四五六七八九]{1,2}|"
    "[1-9])成(?:多|半|以上|[一二三四五六七八九])?|"
    "百分之[零一二三四五六七八九十百]{1,5}(?:点[一二三四五六七八九])?|[一二三四五六七八九]分之[一二三四五六七八九])"
)
_PERCENT = r"(?P<over>超过?|逾|近|将近|差不多|约|大概)?(?P<pct>[0-9]{1,3}(?:\.[0-9]{1,2})?)%"
_SOLD = "(?:已经?|都|全部?|被|快|目前|现在){0,3}(?:抢购?|售|卖|拍|走|秒|出)(?:出去?|掉|走|到|完|了|光|空){0,2}"


def _sold_out(found: Found) -> Sequence[Claim] | None:
    before = found.before
    if _FORECAST.search(before) or _after_denies(found):
        return []
    if found["dur"]:
        within = seconds(found["dur"])
        if PAST.search(_JUST_ADDED.sub("", before)):
            return [SoldOutPast()]
        return [SoldOut(within_seconds=within, approx_qty=_amount(found))]
    if PAST.search(before) or PAST.search(found.match[0]):
        return [SoldOutPast()]
    return [SoldOut(approx_qty=_amount(found))]


def _after_denies(found: Found) -> bool:
    """抢光就下架 and 卖完再补 are about what comes then, 抢光了吗 asks."""
    return bool(
        re.match(
            (
                "(?:了)?(?:可?(?:别|不要)(?:再)?(?:怪|怨|来?找|哭|后悔|说|骂)|算|之后|以后|后|的话|再|就|吗|嘛|"
                "么|没有?|为止|即止|的(?:宝|姐|人|那|时))"
            ),
            found.after,
        )
    )


def _amount(found: Found) -> tuple[int, int | None] | None:
    """A vague amount only: an exact one is a claim of its own, where it is one."""
    number = found.quantity()
    return (number.lo, number.hi) if number and number.op != "eq" else None


def _percent(found: Found) -> Sequence[Claim] | None:
    value = float(found["pct"]) / 100
    if value > 1:
        return None
    value = round(value, 6)
    if found["over"] in {"超", "超过", "逾"}:
        return [StockPctSold(lo=value, hi=1.0)]
    return [StockPctSold(value=value)]


def _share(found: Found) -> Sequence[Claim] | None:
    said = found["share"]
    if said == "一半" and re.search("超过?$|过$", found.before):
        said = "过半"
    if said in _SHARES:
        lo, hi = _SHARES[said]
        return [StockPctSold(lo=lo, hi=hi)]
    if said == "一半":
        return [StockPctSold(lo=0.5, hi=1.0) if found.after.startswith(("以上", "多")) else StockPctSold(value=0.5)]
    if "分之" in said:
        below, above = said.replace("百分", "一百分", 1).split("分之") if said[0] == "百" else said.split("分之")
        whole, part = quantity(below), quantity(above)
        if whole is None or part is None or part.value is None or not whole.lo or part.value > whole.lo:
            return None
        return [StockPctSold(value=round(float(part.value) / whole.lo, 4))]
    return _tenths(said)


def _tenths(said: str) -> Sequence[Claim] | None:
    """八成 0.8, 八成多 [0.8, 0.9], 八成五 0.85, 七八成 [0.7, 0.8]."""
    head, _, rest = said.partition("成")
    number = quantity(head)
    if number is None or number.hi is None or number.hi > 9:
        return None
    if number.lo != number.hi:
        return [StockPctSold(lo=number.lo / 10, hi=number.hi / 10)]
    if rest in {"多", "以上"}:
        return [StockPctSold(lo=number.lo / 10, hi=(number.lo + 1) / 10 if rest == "多" else 1.0)]
    tenth = 5 if rest == "半" else (quantity(rest) or Quantity(0, 0, "eq")).lo
    return [StockPctSold(value=(10 * number.lo + tenth) / 100)]


def _sold_count(found: Found) -> Sequence[Claim] | None:
    number = found.quantity()
    if number is None or number.lo == 0:
        return None
    if re.search("没|还没|不到?$|能$|可以|想|要$|准备|如果|要是|谁", found.before) or (
        found["u"] == "人" and _WINDOW.search(found.before)
    ):
        return None
    if found.line.overlay:
        number = number.displayed()
    if (
        not found["u"]
        and not found.line.is_end(found.end)
        and re.match("[块元米折天年月岁斤号楼分秒折款种色%.]", found.after)
    ):
        return None
    if found["plus"]:
        number = Quantity(int(number.value) if number.value is not None else number.lo, None, "ge")
    op: Op = "approx" if found["about"] and number.op == "eq" else number.op
    return [SoldCount(lo=number.lo, hi=number.hi, op=op, unit=found["u"] or None)]


_PIECES = rf"{NUM}(?P<u>{UNIT})"
RULES = (
    # A promise, a slogan: taken away, so that no later rule makes a claim of it.
    rule(rf"{DURATION}(?:之内|以内|内)(?:就|必|将|会|肯定|一定|被|要|全)*{_GONE}了?", lambda _found: []),
    # Shares before counts and before "sold out": 已抢光98%.
    rule(rf"{_SOLD}(?:了)?[:]?{_PERCENT}", _percent),
    rule(
        rf"(?:(?:抢购|销售|售卖|库存|热销|疯抢|已抢)?进度条?|抢购中)(?:已经?|到|达到?|来到){{0,2}}[:]?{_PERCENT}",
        _percent,
    ),
    rule(
        rf"{_PERCENT}(?:的?(?:库存|货|量))?(?:都|已经?|被|全){{0,2}}(?:抢|售|卖|拍)(?:购|出去?|掉|完|光|空|走)?了?",
        _percent,
    ),
    rule(rf"{_SOLD}(?:了)?(?:已经|差不多|将近|快|超过|大概){{0,2}}{_SHARE}了?", _share),
    rule(
        (
            f"(?:库存|货)?(?:已经?|都)?{_SHARE}(?:的?(?:库存|货))?(?:都|已经|全){{0,2}}(?:被)?(?:抢|卖|拍|售|"
            f"秒)(?:掉|走|完|光|空|出去?|没){{1,2}}了?"
        ),
        _share,
    ),
    # Sold out.
    rule(
        (
            f"(?:{_PIECES}[^,。!?;]{{0,4}}?,?)?{DURATION}(?:的?时间|不到|左右)?,?(?:就|全|已经|都|又|被|给|"
            f"我们){{0,3}}(?:{_GONE}(?:了|啦|咯)|空了|一扫而空|{_GONE}$)"
        ),
        _sold_out,
    ),
    rule(
        f"{_PIECES}(?:库存|现货|的货)?(?:十?几(?:秒钟?|分钟)|一眨眼|一转眼|眨眼间?|转眼间?|瞬间|一下子|"
        f"一会儿|一下|刚上|的?功夫|的?时间|秒|直接){{0,4}}"
        rf"(?:就|全|全部|已经|都|又|被|给){{0,3}}(?:{_GONE}(?:了|啦|咯)|空了|一扫而空|秒[空光没])",
        _sold_out,
    ),
    rule("(?i:sold ?out)", _sold_out),
    rule(
        "(?:已经?|全部?|都|被|又){0,3}(?:抢[光空完没](?:了|啦)?|抢购一空了?|售罄了?|售空了?|(?<=已)售完了?|"
        "秒[空没光](?:了|啦)?|一抢而空|一扫而空|(?:卖|拍)(?:完|光|空|没)(?:了|啦))|"
        r"(?:已经?|全部?|都){1,3}(?:卖[完光空]|拍[完光]|售完|下架)|下架(?:了|啦)|断货了|"
        "(?:商品|宝贝|该?链接|本品)(?:已|暂)?(?:下架|无货|缺货|断货)|暂(?:时)?(?:无货|缺货|无库存)|"
        "(?<![一-鿿])(?:无货|缺货)(?![一-鿿])|库存(?:已经?|"
        "全部?|都)?(?:为|是|清|归)?[:]?(?:0(?![0-9.%,万])|空了?|清空了?|零了?|见零|归零)(?![0-9])|"
        "(?:库存|货|链接)(?:已经|全|都|就|也){0,2}没(?:有)?了|(?:已经|全都?|都|现在|彻底|"
        "真的?)没(?:有)?(?:货|库存)?了|没(?:有)?(?:货|库存)了|库存被?清空了?",
        _sold_out,
    ),
    # Counts.
    rule(
        f"(?:已经?|累计|总共|总|月|全网|热|月销|总销|本场|近期|今天|昨天|当前|实时|直播间){{0,3}}(?:销量|"
        "销售量?|(?<=[月总热])销|售出|售|热销|热卖|拼|抢购?|成交|卖出去?|卖|拍下?|出)(?:了|掉|"
        f"走){{0,2}}[:]?"
        rf"{NUM}(?P<u>{UNIT}|人)?(?P<plus>\+)?(?P<about>左右)?",
        lambda found: _sold_count(found) if _is_count(found) else None,
    ),
    rule(
        (
            rf"(?:已有?)?{pattern('n')}(?P<u>人)(?P<plus>\+)?(?:已经?|都|正在)?(?:付款|购买?(?![买物])|已购|买过|"
            "已买|下单|拼单|抢购|抢到)(?:了|过)?"
        ),
        _sold_count,
    ),
)
_STRONG = re.compile(
    "^(?:已[售抢拼]|已经?(?:卖|拍|出|成交|售|抢)|累计|总销|月销|全网|热[销卖]|销量|总?成交|本场|售出|卖出|已卖)"
)


def _is_count(found: Found) -> bool:
    """已售 and 销量 need no unit; 卖, 拍 and 出 need "了" or "已", and a unit."""
    said = found.match[0]
    if re.match("(?:抢|拍|出|卖|拼)(?:下)?[0-9]", said) or (
        re.match("(?!售出|卖出)(?:抢|拍|出|卖|售|拼)下?[一-鿿]", said) and "了" not in said
    ):
        return False
    if found["u"] == "个" and found.after.startswith("点"):
        return False  # 九十八个点: per cent, said loosely
    if found["u"]:
        return bool(_STRONG.match(said) or "了" in said or "已" in said)
    return bool(_STRONG.match(said)) and (found.line.overlay or bool(re.match("已售|销量|累计|月销|已经卖", said)))
