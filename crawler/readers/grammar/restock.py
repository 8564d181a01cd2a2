"""Rules about more stock: added, promised on a condition, refused, announced for another day (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from crawler.readers.grammar.claims import (
    Claim,
    LastRound,
    NoRestock,
    RelistAnnounced,
    Restock,
    RestockConditional,
    RestockPast,
)
from crawler.readers.grammar.line import NUM, UNIT, Found, rule
from crawler.readers.grammar.stock import counts_goods

_BETWEEN = "[^,。!?;、0-9]{0,8}?"
_ADD = "(?:申请|追加|增加|加|补|争取|调|要|放|上|挤|腾)"
_UNPAID = "(?:未付款|没付款|未支付|没支付|不付款|没有付款|未付|没付钱|没给钱|拍了不付)"
_UNPAID_SAID = re.compile(_UNPAID)
_PAST = re.compile(
    "(?:刚|已经?)(?![售抢卖拍])[^,。]{0,6}$|才$|(?:昨[天晚日]|前天|之前|上次|上一?[场轮]|上周|以前)[^,。]{0,6}$"
)
_ASKS = re.compile(
    "有没有|会不会|能不能|可不可以|要不要|什么时候|啥时候|还能|怎么|为什么|谁(?!说)|求|如果|要是|等到|"
    "等(?:卖|抢|拍|这)|别(?![说听信])|不(?!会[说讲])|没(?![说讲]|有说)|希望"
)
_WHEN = (
    ("后天", "day_after_tomorrow"),
    ("明", "tomorrow"),
    ("下周", "next_week"),
    ("周末", "weekend"),
    ("月底", "end_of_month"),
    ("下个?月|月初", "next_month"),
    ("今晚", "tonight"),
    ("晚上", "tonight"),
    ("下", "next_stream"),
    ("", "later"),  # 周五, 过两天, 到10号
)


def _restock(found: Found) -> Sequence[Claim] | None:
    number, unit = found.quantity(), found["u"]
    if found["n"] and (number is None or not number.lo):
        return None
    before = found.before + found.match[0][: found.match[0].find(found["verb"])] if found["verb"] else found.before
    if _ASKS.search(before) or re.match("(?:了)?(?:吗|嘛|么|没有?$|不$|呢$)", found.after):
        return []
    if found["weak"] and unit not in {"单", "名额", "份"} and number and number.lo < 5:
        return None  # 再上一套给大家看看: shown, not added
    if unit == "个" and not counts_goods(found, found.end, unit):
        return None  # 再争取一个价格
    past = bool(_PAST.search(before)) or found["done"] == "了"
    return [_added(found, past=past)]


def _added(found: Found, *, past: bool, reason: Literal["unpaid_released"] | None = None) -> Claim:
    number, unit = found.quantity(), found["u"] or None
    qty = number.whole if number else None
    unit = unit if qty is not None else None
    return RestockPast(qty=qty, unit=unit, reason=reason) if past else Restock(qty=qty, unit=unit, reason=reason)


def _unpaid(found: Found) -> Sequence[Claim] | None:
    return [_added(found, past=bool(re.search("刚", found.before + found.match[0])), reason="unpaid_released")]


def _conditional(found: Found) -> Sequence[Claim] | None:
    number = found.quantity()
    if number is None or not number.lo:
        return None
    unit = found["u"]
    if not unit:
        likes = found["what"].startswith(("点赞", "赞", "小心心"))
        unit = "赞" if likes else "人" if found["what"] else ""
        if not unit:
            return None
    threshold = int(number.value) if number.value is not None else number.lo
    return [RestockConditional(threshold=threshold, unit=unit.removeprefix("个") or unit)]


def _relist(found: Found) -> Sequence[Claim] | None:
    if re.match("直播|[几多]场", found.after) or re.search("没|不", found.match[0]):
        return None
    if re.match("(?:货)?(?:了)?(?:吗|嘛|么|没有?$|不$)", found.after):
        return []
    said = found["when"]
    return [RelistAnnounced(when=next(when for word, when in _WHEN if re.search(word, said)))]


def _more(found: Found) -> Sequence[Claim] | None:
    """Stock is added, no number said."""
    if (
        found.before.endswith("等")
        or _ASKS.search(found.before)
        or re.match("(?:了)?(?:吗|嘛|么|没有?$|不$|价|呢$|的|要|还|[都也就]?(?:很|太|特别)?[慢快难])", found.after)
    ):
        return []
    said = found.match[0]
    past = bool(_PAST.search(found.before)) or bool(found["done"] or found["did"]) or said.endswith("了")
    return [_added(found, past=past)]


RULES = (
    # On a condition, before what is promised under it.
    rule(
        "(?P<what>点赞(?:数|量)?|赞|小心心|在线(?:人数)?|人气|人数|观看|关注|粉丝|评论)?(?:今天|咱们|大家|"
        f"给我|帮我|我们|再){{0,2}}"
        "(?:如果|只要|要是|等)?(?:能)?(?:凑够|凑满|凑到|凑齐|攒够|攒到|卖够|卖到|卖满|拼够|拼满|集齐|下满|"
        "拍够|拍到|拍满|下够|"
        "冲到|点到|点够|点满|刷到|达到|超过|突破|过了?|破了?|满了?|够了?|到了?|上了?|涨到|再[卖拍下走出来])"
        f"{NUM}(?P<u>个赞|个?人|{UNIT}|赞|人|粉|条)?(?!元|块|减|[0-9点:年月日折])(?:了|的话|以后|之后|后|,|"
        f"、)*(?P<then>[^。!?;0-9]{{0,14}}?)"
        "(?:(?<!点)(?:再|追|继续)?加(?!送|赠|微|粉|V|v|关注|购|群|了?个?好友)|补|申请|返场|再放|"
        f"再上(?!链接)|(?:放|上)(?:库存|货|一?[波批]|{_ADD}?[0-9一二三四五六七八九十百两]{{1,5}}单))"
        rf"(?:补货|补|加库存|加货|库存|货|量|单|点|[0-9一二三四五六七八九十百两]{{1,5}}{UNIT}|一?[波批]|仓|个)*",
        _conditional,
    ),
    # Nothing more.
    rule(
        "(?:卖|抢|拍|售|送)(?:完|光|空)(?:了|这[批波]|这些|今天)?(?:就|即|后|以后|之后|也|我|真的?|是|直接|"
        "立刻|马上){0,3}"
        "(?:停产了?|(?<=[就也后的])没(?:有)?(?:货|库存|得(?:补|卖|抢)?)?(?:了|啦|咯)?|没(?:有(?:货|库存)?了?|货了?|"
        "库存了?|得(?:补|卖|抢)?了?|了|啦)|下架了?|为止|止|不补了?|不再(?:补|有|上|返场)货?|不会?再?(?:有|"
        "补|上|加)货?了?|结束了?|恢复不了)|"
        "(?:绝对?不?|坚决不?|不会?|不再|没法|没办法|不能|没得|无法|不给|不打算|没有?)(?:会|再|能|给大家|"
        "可能|办法|有){0,3}"
        "(?:补货|补库存|补单|补了|加库存|加单|加货|再加|再补|再上|返场|补仓|续货)了?|补不了货?了?|"
        "加不了(?:货|库存|单)?了?|没(?:有)?(?:第二|下一?|后面的?)[批波场]了?|"
        "(?:后面|后边|后续|之后|以后|接下来|往后)(?:就|真的?|也|都|可能|再|肯定){0,3}(?:没(?:有|货|库存|"
        "得)?(?:货|库存|卖)?了?(?![讲说])|不(?:会)?再?(?:有|补|上|卖)了?)|"
        "没有?(?:后续|返场)|没(?:有)?了就(?:真的?|也)?(?:没(?:有)?(?:货)?了|不补了?)|仅此一[批波]|"
        "只此一[批波]|只有这一[批波]|就这一[批波]",
        lambda found: (
            None
            if re.match("关系|问题|事|讲|说|人", found.after) or re.search("[补加返能会要可是]$", found.before)
            else [NoRestock()]
        ),
    ),
    rule(
        (
            "最后(?:的)?[一1]?(?:大|小)?(?P<r>[波批轮拨]|次(?=$|[,。!?;、~]|了|机会|补|上|加|返|福利|放|啊|库存|"
            "开|链接|秒)|场返场)(?:了|机会|库存|福利|货|返场|补货|上架|加单)?"
        ),
        lambda _found: [LastRound()],
    ),
    # Again another day.
    rule(
        "(?P<when>明天晚上|明天|明晚|明早|明儿|明日|后天|下周[一二三四五六日天]?|下个?月|下一?场|下次|"
        "下一?轮|下期|今晚|晚上)(?:直播间?|开播|上播)?"
        "(?:的|同一|同样|这个|老|还是|也是|相同|固定|早上|中午|下午|晚上|时间|时段|点|时候|[0-9]{1,2}点半?|"
        "[0-9]{1,2}:[0-9]{2}|[一二两三四五六七八九十]{1,3}点半?|再来|我们?|咱们|,){0,5}"
        "(?:(?:还|也|再|会|将|继续|照样|依然){1,3}(?:会|要|能|可以|给(?:大家|你们)|继续|为大家){0,2}(?:有|"
        "上(?:架|(?![班课学播午火门次]))|返场|补货?|卖|开[卖抢]|抢|放)|返场|再来一[波批次场])(?:链接|货|"
        "这个?(?:福利|价|款)|福利|一[波批次])?",
        _relist,
    ),
    # More stock, but only then: 月底才补货, 明天上午10点补50单.
    rule(
        "(?P<when>明天|明[晚早日]|后天|(?:这个?|本|到了?)?(?:周末|月底|月初)|下周[一二三四五六日天]?|下个?月|(?:这个?|本)?周[一二三四五六日]|"
        "(?:再)?[过等][一二两三几]天|(?:[到等]|[0-9]{1,2}月)[0-9]{1,2}[号日])"
        "(?:早上|上午|中午|下午|晚上)?(?:[0-9]{1,2}[点:](?:[0-9]{2}|半)?|[一二两三四五六七八九十]{1,3}点半?)?"
        "(?:[^,。!?;、0-9]{0,4}?(?:才|再|会|能|要|得|给|可以|统一))?(?:会|能|有|可以|给(?:大家|你们|我)?|继续){0,2}"
        rf"(?:补(?:货|到货|上|库存|单)|加(?:库存|货|单)|返场|(?:补|加|放)(?:[0-9]{{1,5}}|[一二两三四五六七八九十百千]{{1,6}})(?:{UNIT}))(?!价)",
        _relist,
    ),
    # Orders that were never paid, released.
    rule(rf"(?:踢|释放|放|清|退)(?:出|掉|回|了|来){{0,3}}{NUM}(?P<u>{UNIT})的?{_UNPAID}(?:的|订单)?", _unpaid),
    rule(
        (f"{_UNPAID}的?(?:那|这)?{NUM}(?P<u>{UNIT})[^,。!?;0-9]{{0,8}}?(?:踢|释放|放|退|清)(?:了|掉|出来?|回去?)"),
        _unpaid,
    ),
    rule(
        rf"(?:把|将)(?:这|那|他们的?|这些)?{NUM}(?P<u>{UNIT})(?:给|全|都|再){{0,2}}(?:踢|释放|放|退)(?:了|掉|出来?|回去?)",
        lambda found: _unpaid(found) if _UNPAID_SAID.search(found.line.text, 0, found.start) else None,
    ),
    rule(
        (
            f"{NUM}(?P<u>{UNIT})(?:是|都|的)?{_UNPAID}[^。!?;0-9]{{0,10}}?(?:踢|释放|放|退|清)(?:了|掉|出来?|"
            f"一下){{0,2}}"
        ),
        _unpaid,
    ),
    rule(
        (
            f"(?:踢|释放|清|放|退|剔|取消|收回)[^。!?;]{{0,8}}?{_UNPAID}[^。!?;]{{0,10}}?(?:,|、|踢|出来?|放|"
            f"释放|又|再|有|还|了|给|大家|一共|总共|大概|掉|的){{0,8}}{NUM}(?P<u>{UNIT})(?:库存)?"
        ),
        _unpaid,
    ),
    rule(
        (
            f"{_UNPAID}[^。!?;0-9]{{0,14}}?(?:踢|释放|放|退|清|腾|多|补|空|掉)(?:了|掉|出|来|回|去|"
            f"个){{0,3}}[,]?[^。!?;,0-9]{{0,6}}?{NUM}(?P<u>{UNIT})(?:库存)?"
        ),
        _unpaid,
    ),
    rule(
        (
            f"(?:踢|释放|清理?|放|退|剔|取消|收回)[^。!?;,]{{0,8}}?{_UNPAID}(?:的|订单|单子?|那些|人|出来|掉|"
            f"了)*|{_UNPAID}[^。!?;,]{{0,10}}?(?:踢|释放|清|退|放|剔|收回)(?:了|掉|出来?|一下)*"
        ),
        _unpaid,
    ),
    # Added.
    rule(
        (
            f"(?P<verb>刚刚?才?{_BETWEEN}(?:上|放|加|补|申请|追加|返|争取)(?:了|到|"
            f"出来){{0,2}}){NUM}(?P<u>{UNIT})(?:库存|现货)?"
        ),
        lambda f: [_added(f, past=True)],
    ),
    rule(
        f"(?:再|又|多|额外|重新|最后再?|继续){_BETWEEN}(?P<verb>申请|追加|增加|加|补|争取|调|要|放|批|给(?:我|"
        "你们?|大家|咱们?|家人们?|宝宝们?|姐妹们?|我们)?|(?P<weak>上|来|拿|开|挤|腾|抠))(?P<done>了)?(?:到|"
        f"出来?|来|个|货|一下|上){{0,2}}(?:最后)?"
        rf"{NUM}(?P<u>{UNIT})(?:的?库存|现货)?(?P<tail>了)?",
        _restock,
    ),
    rule(
        (
            "(?P<verb>追加|增加|加|补|申请|释放|放出|返场|退回|踢出|腾出|清出|空出)(?:货|库存|上|到|下|出|"
            f"来){{0,2}}(?P<done>了)?(?:来|个){{0,2}}{NUM}(?P<u>{UNIT})(?:的?库存|现货)?"
        ),
        _restock,
    ),
    rule(
        "(?P<verb>补货|加库存|上库存|补库存|放库存|增加库存|追加库存|返场(?!价)|加货|加仓|加单|补单|(?:加|"
        "补|上)(?P<done>了)?(?:点|些|一点|一些|一?[波批]|[0-9一两二三四五六七八九十几]{1,2}[次回轮])(?:库存|货|单)|(?:再|又){1}(?:给(?:大家|你们|家人们|"
        "宝宝们)?)?(?:补|加|上|放|申请)一?(?:点|些|[波批])(?:库存|货)?|(?:库存|货)(?:已经?|给(?:大家|你们)|"
        "全){0,2}(?:加|补)(?:好|上|满)?了|"
        r"(?:加|补)(?P<did>了)(?:库存|货))",
        _more,
    ),
)
