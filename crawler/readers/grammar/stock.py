"""Rules about stock: left, few, in all, in the warehouse (pure).

A number without a unit is stock only on the picture; in speech and chat the unit must be said, and no noun may follow
it (还有三个颜色 is no stock). Nothing left is "sold out".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.readers.grammar.claims import (
    Claim,
    Op,
    SoldOut,
    StockAvailable,
    StockLeft,
    StockLowVague,
    StockTotal,
    WarehouseStock,
)
from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.line import NUM, OVERLAY, UNIT, Found, rule
from crawler.readers.grammar.numerals import quantity

_COUNTED = rf"{NUM}(?P<u>{UNIT})?(?P<about>左右|上下)?"
_FILL = "(?:只|仅|就|还|也|最后|剩余?下?|有|是|这|个|的|了|到|那么|可能){0,4}[:]?"
_LEFT = (
    r"(?:(?<!总)(?:剩余|当前|现有|实时|可用|可售)?库存(?:量|数量?|里面?|情况)?"
    "|(?:仅|只|就|还|才|都|也)剩(?:余|下)?(?:可[售抢拍])?(?:名额|数量|现货)?|剩(?:余|"
    "下)?(?:可[售抢拍])?(?:名额|数量|现货)?"
    r"|(?:还|仅|现在)?(?:可[售抢拍]|能[拍抢买])|(?:(?<![一-鿿])|(?<=[仅只尚]))余(?:量|货|下)?|最后|还有)"
)
# What may follow a unit when it counts the goods themselves.
_GOES_ON = re.compile(
    "了|啊|货(?![款号架])|呢|哦|喔|哈|吧|嘛|呀|啦|哟|诶|名额|库存|现货|左右|上下|的?样子|的?库存|而已|可|"
    "就|卖|抢|拍|给|大家|宝|家人|姐妹?|兄弟|别|快(?!递)|赶|"
    "没(?:抢|拍|卖|有?人|出|放)|还没(?:抢|拍|卖)|手慢|手速|要的|想要|每人|限|已|剩|仅|距|倒计|全部|不多|"
    "抓紧|马上|明天|今天|现在|拼|售|后面|后边|"
    "不对|错|哦不|不是|不要犹豫|多一|.{1,4}还[有剩]|犹豫|真的|然后|所以|因为|好不好|对不对|三二一|最后|"
    "主播|你们(?![没要想看])|"
    r"[¥:(\[+|/·\-]|\d"
)
# Behind a number without a unit, whatever blank is between: a measure (剩余 12 天), the rest of a number (1，200).
_NOT_PIECES = re.compile(
    "[天年月日时分秒元块角折%斤岁号楼层米度级页步款色码种次人位张期场季集关局寸克升毫厘公里GgMK]|, ?[0-9]{3}(?![0-9])"
)
_ORDERS_TO_DO = re.compile("没(?:发|处理|付|支付|打|审|做|讲|看)|要发|待|在路上|发货|快递|生意")
_NOT_STOCK = re.compile(
    "余额|电量|积分|话费|流量|工资|存款|钱包|办公室|家里|班里|宿舍|体力|寿命|作业|论文|手机|时间|假期|身上|兜里|卡里|"
    "我(?:就|只|还|这)|大脑|脑子|还差|只差|就差|优惠券|红包|福袋|抽奖|月底|路程|小样|赠品|快递|(?:没|未)(?:付款|付钱|支付)的?(?:单子?|订单|人)?(?:还|也|就|都)?$"
)
_OF_MINE = re.compile("(?:我|自己|家里?|冰箱里?|柜子里?)$")
# 共 and its like without a word of offering: then few pieces are a parcel, unless the sale is spoken of before.
_COUNT_WORD = re.compile("(?:总共|一共|总计|拢共|统共|全部|共)(?:有|是|大概|差不多|才|也|个)*")
_ON_OFFER = re.compile("本场|全场|今[天晚日]|全国|全网|直播间|库存|现货|到货|限量|这一?[批场波]|上架|放")
LEAST_TOTAL = 10  # pieces
_LAST_ONE_SHOWN = re.compile("[看讲试问说来到是播介挑选过]")  # 来看最后一个
_BEFORE_ANCHOR = re.compile("(大概|大约|差不多|最多|顶多|起码|至少|不到|将近|接近)(?:也就|也|就|的话)?$")


def counts_goods(found: Found, end: int, unit: str) -> bool:
    """Whether the number that ends at a place counts goods: no noun, price or length goes on behind it."""
    if not unit and _NOT_PIECES.match(found.line.text[end:]):
        return False
    if found.line.is_end(end):
        return True
    rest = found.line.after(end)
    if unit in {"单", "名额"}:
        return not _ORDERS_TO_DO.match(rest)
    return bool(_GOES_ON.match(rest))


def stock_left(found: Found) -> Sequence[Claim] | None:
    """仅剩38件, 库存126, 就剩个一百来单."""
    number, unit = _modified(found), found["u"]
    if number is None or not _is_stock(found, number, unit):
        return None
    if number.hi == 0:
        return [SoldOut()]
    return [StockLeft(lo=number.lo, hi=number.hi, op=_left_op(number, found), unit=_unit(found))]


def _modified(found: Found) -> Quantity | None:
    """The number with what stands before the anchor: 大概还剩一百单, 最多还有五十单."""
    modifier = _BEFORE_ANCHOR.search(found.before)
    return quantity(modifier[1] + found["n"]) or found.quantity() if modifier else found.quantity()


def _is_stock(found: Found, number: Quantity, unit: str) -> bool:
    if number.value is not None and number.op == "eq" and number.whole is None:
        return False  # 1.5 pieces
    if _NOT_STOCK.search(found.before) or (unit != "单" and _OF_MINE.search(found.before)):
        return False
    if not unit and not _needs_no_unit(found):
        return False
    if not unit and re.fullmatch("[十百千万亿半]", found["n"]):
        return False
    if found.match[0].startswith("还有") and not unit and not found["n"].endswith("位数"):
        return False
    return counts_goods(found, found.end, unit) and _last_piece(found, number)


def _last_piece(found: Found, number: Quantity) -> bool:
    """最后一个 said is the next thing shown (最后一个，这条裙子) unless the sentence ends there or goes on as a sale.

    Of other units, numbers and anchors it is stock in any case.
    """
    shown = found["u"] == "个" and number.whole == 1 and found.line.source == "asr"
    if not shown or not found.match[0].startswith("最后"):
        return True
    rest = found.line.text[found.end : found.line.sentence(found.start)[1]]
    if _LAST_ONE_SHOWN.search(found.before):
        return False
    return bool(re.match("(?:了|啦|库存|名额|现货|[啊呀哦哈]*$|[,、]?(?:赶紧|快|抢|拍|手慢|没了|谁要|要的))", rest))


def _needs_no_unit(found: Found) -> bool:
    """On the picture; in speech only what counts by itself (俩, 仨, 个位数)."""
    return found.line.overlay or found["n"] in {"俩", "仨"} or found["n"].endswith("位数")


def _left_op(number: Quantity, found: Found) -> Op:
    return "eq" if number.op == "eq" and not found["about"] else "approx"


def _unit(found: Found) -> str | None:
    return found["u"] or ("个" if found["n"] in {"俩", "仨"} else None)


def _only_so_many(found: Found) -> Sequence[Claim] | None:
    """只有20单了 is what is left, 只有20单 what there is in all."""
    number, unit = found.quantity(), found["u"]
    if number is None or not number.lo or _NOT_STOCK.search(found.before) or not counts_goods(found, found.end, unit):
        return None
    if found["left"] or re.match("(?:的?库存|现货|名额|货)?了", found.after):
        return [StockLeft(lo=number.lo, hi=number.hi, op=_left_op(number, found), unit=unit)]
    return _total(found)


def _total(found: Found) -> Sequence[Claim] | None:
    number, unit = found.quantity(), found["u"]
    if number is None or not number.lo or not counts_goods(found, found.end, unit):
        return None
    if unit not in {"单", ""} and re.search("到手|带走|送|发给|装|寄", found.before + found.after):
        return None  # what one buyer gets
    op = None if number.op == "eq" and not found["about"] else number.op if number.op == "ge" else "approx"
    return [StockTotal(lo=number.lo, hi=number.hi, unit=unit or None, op=op)]


def _in_all(found: Found) -> Sequence[Claim] | None:
    """总共三百单, 一共备了五百件; 共3件 alone counts what lies in a cart or a parcel."""
    said = found.match[0][: found.match.start("n") - found.start].rstrip(":")
    number = found.quantity()
    if number is None or found["u"] in {"单", "名额"} or not _COUNT_WORD.fullmatch(said):
        return _total(found)
    if (
        _ON_OFFER.search(found.before)
        or re.match("的?(?:现货|库存|货)", found.after)
        or (said != "共" and number.lo >= LEAST_TOTAL)
    ):
        return _total(found)
    return None


def _warehouse(found: Found) -> Sequence[Claim] | None:
    number = found.quantity()
    if number is None or not number.lo:
        return None
    op = None if number.op == "eq" and not found["about"] else number.op if number.op == "ge" else "approx"
    return [WarehouseStock(lo=number.lo, hi=number.hi, unit=found["u"] or None, op=op)]


def _few(found: Found) -> Sequence[Claim] | None:
    if _NOT_STOCK.search(found.before):
        return None
    unit = found["u"]
    if unit and not counts_goods(found, found.end, unit):
        return None
    return [StockLowVague()]


def _more_than_said(found: Found) -> Sequence[Claim] | None:
    """不止100单, 不是最后一单: there is more."""
    number = found.quantity()
    if found.after.startswith(("吗", "么")):
        return []
    if found["n"] and (number is None or not counts_goods(found, found.end, found["u"])):
        return None
    return [StockAvailable()]


RULES = (
    rule("(?:余额|电量|还差|只差|就差|优惠券|红包|积分)[^,。!?;]{0,6}", lambda _found: []),
    rule(
        rf"(?:(?:远|可|绝对|肯定)?不止|不只|不光是?|何止)(?:这|还|只|就|是|有|剩|最后){{0,3}}{NUM}(?P<u>{UNIT})",
        _more_than_said,
    ),
    rule(
        f"(?:并?不是|没有?到|不算)(?:说|就|真的){{0,2}}(?:(?:只|仅|就)?(?:剩|有)?(?:下|了)?最后|(?:只|仅|"
        "就)(?:剩|有)(?:下|了)?)"
        rf"(?:{NUM}(?P<u>{UNIT})|几(?P<few>{UNIT})|一[波批轮次])了?",
        _more_than_said,
    ),
    rule(
        "(?:仓库|库房|工厂|厂里|厂家|总仓|大仓|云仓|后仓|仓)(?:里面?|那边|这边|现在|目前|现有|现货|一共|总共|大概|只|"
        f"就|也|还|备了?|剩|有|能|出|存[了着]?|压[了着]?|囤[了着]?){{0,4}}[:]?"
        rf"{_COUNTED}",
        _warehouse,
    ),
    rule(
        "(?:总共|一共|总计|拢共|统共|全部|总库存|总量|共|限量|备货?了?|准备了?|上架?了|放了?|放出|拿了|"
        "带了|带来了?|争取到?了?|申请到了?|订了|调了)"
        "(?:库存|现货|给大家|给你们|给家人们|就|只|才|也|有|备|上|放|准备|拿|带|给(?:了|到)?(?:我|咱们?)?|"
        f"了|到|个|抢购|供应|发售|大概|差不多|今天){{0,4}}[:]?"
        rf"{NUM}(?P<u>{UNIT})(?P<about>左右|上下)?",
        _in_all,
    ),
    rule(
        (
            "(?:今天|这款|这个|全场|全国|全网|全平台|直播间|本场|我们)(?:就|只)(?:给|放|上|备|拿)?(?:了|"
            f"出)?{NUM}(?P<u>单|份|套|"
            "件|台)(?P<about>左右|上下)?"
        ),
        _total,
    ),
    rule(
        rf"(?:只|就)有(?P<left>最后|剩)?(?:这|个|了|不到|大概){{0,2}}{NUM}(?P<u>{UNIT})(?P<about>左右|上下)?",
        _only_so_many,
    ),
    rule(
        rf"(?:^|(?<=[,。!、]))(?:现在|已经|就|也就)?(?=不到|不足|没到){NUM}(?P<u>单|件|份|套|双|台)(?P<left>了)",
        _only_so_many,
    ),
    rule(
        "(?:(?:就|只|先|才)(?:给大家|给你们|给)?|给(?:大家|你们|家人们|宝宝们))(?:上|放|开|拿|给(?:了|"
        "到)?(?:我|咱们?)|批(?:给|了){0,2}(?:我们?|咱们?)?)(?:了|个|"
        f"出){{0,2}}{NUM}(?P<u>单|份|套|件)"
        r"(?P<about>左右|上下)?",
        _total,
    ),
    rule(rf"(?:就|只)(?:这|最后)?{NUM}(?P<u>单|件|份|套|双|台)(?P<left>了)", _only_so_many),
    rule(rf"{_LEFT}{_FILL}{_COUNTED}", stock_left),
    rule(
        (
            "(?:最后|(?:仅|只|就|还)剩(?:下|余)?|剩(?:下|余)?|还有|只有|没剩|没有?|就)(?:的|了|下|余|最后|那么|"
            f"这么|个){{0,3}}几(?P<u>{UNIT})了?"
        ),
        _few,
    ),
    rule(
        "库存(?:已经?|现在|真的|确实|也|有点儿?|有些|越来越|特别|太|快|很|比较|非常|都){0,2}(?:紧张|告急|"
        "不多|不足|见底|有限|吃紧|偏低|较少|"
        "很少|少量|仅剩少量|所剩无几|预警)|"
        "(?:仅剩|只剩|还剩|剩余)?少量(?:库存|现货)|(?:仅剩|只剩|还剩|剩余)少量|(?:所剩|剩[下得]?的?|剩余|"
        "余量|数量|货源?|名额|现货|"
        "单量)(?:已经?|也|真的?|都){0,2}(?:不多|无几|不足|告急|紧张|很少)|"
        "最后一(?:点点?|丢丢|些)(?:库存|货)|最后一(?:点点|丢丢)(?:了|啦)?|没(?:有)?多少(?:单|件|库存|货|份|"
        "了)|没剩(?:下)?多少",
        _few,
    ),
)

# A bare amount in the sentence of a link call tells what goes on offer (讲完这款倒数五个数上链接，五百单).
BARE_AMOUNT = rule(rf"(?:就|有|给|放|上|备)?{NUM}(?P<u>单|件|份|套|台|双)(?:库存|现货)?", _total)
# An overlay may show the unit before its label: 38件库存.
TOTAL_LABEL = rule(rf"(?:总库存|总量|库存总量|总数量?)[:]?{NUM}(?P<u>{UNIT})?", _total, OVERLAY)
AMOUNT_FIRST = rule(rf"(?<![一-鿿0-9]){NUM}(?P<u>{UNIT})(?:库存|在库|可售|剩余)", stock_left, OVERLAY)

# Nearly gone, before the rules of what is gone: 即将售罄, 快没了.
SOON_GONE = rule(
    r"(?:即将|快要?|马上就?要?|就要|眼看就?要?|差点就?要?)(?:被|都|给|全)?"
    r"(?:售罄|售完|抢[光空完没]|卖[光完空]|拍[光完]|没(?:有)?(?:货|库存|了)|断货|见底|下架)了?(?!就|再|我)",
    _few,
)
