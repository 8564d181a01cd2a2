"""Rules about time: how long, how much longer, until when, the last day (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.readers.grammar.claims import Claim, Deadline, DeadlineExtend, DeadlineSoft
from crawler.readers.grammar.durations import CLOCK, DURATION, TIME_OF_DAY, clock_seconds, seconds, time_of_day
from crawler.readers.grammar.line import OVERLAY, Found, rule

_PEOPLE = "(?:大家|你们|家人们?|宝宝们?|姐妹们?|宝贝们?|兄弟们?|老铁们?|咱们|我们|各位|直播间)"
_BEGINS = re.compile(
    "(?:之?后|以后)?(?:就|我们|给大家|准时|马上|再|要|我|咱们)*(?:上链接|上车|开[抢播始拍卖售奖枪]|上新|"
    "上架|抽奖|发货|到账|到货|到家|开价|揭晓)"
)
_OTHER_USE = re.compile(
    "(?:的|就|我就|我们就)?(?:我?(?:先|要|得)?去(?![付拍抢下刷买])|考虑|看看|介绍|演示|试|路程|车程|视频|课|吃|洗|煮|加热|敷|音乐|前|多?人|下班|"
    "下课|上班|上课|放学|到站|吃饭|开饭|睡觉|下车|起飞|题|的)"
)
_SHORT_MINUTES = re.compile("限时|.{0,4}倒计时|距|离|只?维持|持续|最后|还有|结束")
_OFFER = re.compile(
    "(?:.{0,8}(?:活动|优惠|特价|福利|价格?|秒杀|抢购|截止|持续|维持|[就只做开给拍卖]|我们|今天|今晚|直播|"
    "一直|时间|延长))?(?:是|就|只)?"
)
_OTHER_TIME = re.compile(
    "发货|到货|到家|送达|开播|开始|开抢|预售|煮|蒸|敷|加热|烤|焖|泡|静置|等了|排队|充电|续航|每天|分钟前|"
    "退货|质保|保修|超过|以前|之前|已经|播了|卖了|讲了|上链接还有|距?离?开|"
    "不是|福袋|抽奖|开奖|红包|积分|满分|得分|扣分|驾照|题"
)


# 还有二十分钟就到了 is talk of somebody's way, unless the offer is spoken of.
_ARRIVES = re.compile("(?:的?(?:时间|路))?(?:左右)?(?:就|才|便)(?:快?要?|能|可以)到(?!点|时|期|结束|截止|下播|恢复)")
_OFFERED = re.compile("活动|优惠|特价|福利|秒杀|价格?|限时|截止|结束|抢购|下播")


def _limits(found: Found) -> bool:
    """Whether the time limits the offer: not its beginning, not a use of the goods."""
    begins = _BEGINS.match(found.after) and not (found.after == "开始" and "倒计时" in found.match[0])
    if found["dur"].endswith("分") and not _SHORT_MINUTES.match(found.match[0]):
        return False  # 还剩12分 may be points
    if _ARRIVES.match(found.after) and not _OFFERED.search(found.before):
        return False
    return not (begins or _OTHER_USE.match(found.after) or _OTHER_TIME.search(found.before))


def _duration(found: Found) -> Sequence[Claim] | None:
    """限时5分钟; a clock behind the label counts down, so it is what is left."""
    length = seconds(found["dur"]) if found["dur"] else clock_seconds(found["clock"])
    if length is None or not _limits(found):
        return None
    if found["clock"] and not re.match("限时|秒杀|特价|优惠", found.match[0]):
        return None  # 活动时间 19:00 is a time of day
    return [Deadline(kind="remaining" if found["clock"] else "duration", seconds=length)]


def _remaining(found: Found) -> Sequence[Claim] | None:
    length = seconds(found["dur"]) if found["dur"] else clock_seconds(found["clock"])
    if length is None or not _limits(found):
        return None
    return [Deadline(kind="remaining", seconds=length)]


def _extend(found: Found) -> Sequence[Claim] | None:
    length = seconds(found["dur"])
    if length is None or re.search("不(?:会|能|再|给)?$|没有?$|别|如果|要不要|能不能", found.before):
        return None
    return None if _OTHER_USE.match(found.after) else [DeadlineExtend(seconds=length)]


def _absolute(found: Found) -> Sequence[Claim] | None:
    time = time_of_day(found)
    if (
        time is None
        or _BEGINS.match(found.after)
        or re.match("[0-9]|(?:才|再|就)?(?:来|见|发)|[几折块元]", found.after)
    ):
        return None
    if not re.search("结束|截止|为止|下播|恢复|下架|涨|停|收|前$", found.match[0]) and not _OFFER.fullmatch(
        found.before
    ):
        return None  # 加班到10点
    if re.search("从[^,。]{0,8}$|还有[^,。]{0,8}就$|没到$|还没$|不是$|过了?$", found.before):
        return None
    return [Deadline(kind="absolute", time=time)]


def _bare_clock(found: Found) -> Sequence[Claim] | None:
    """A line that is HH:MM:SS below one hour is a countdown; 04:59 and 20:30 alone may be a clock on the wall."""
    length = clock_seconds(found["clock"])
    return None if length is None else [Deadline(kind="remaining", seconds=length)]


def _last_day(found: Found) -> Sequence[Claim] | None:
    about_it = not re.search("不是?$|不止$|吗|假期?|学校|上班|工作", found.before + found.after[:2])
    return [DeadlineSoft()] if about_it and not found.after.startswith(("在家", "见")) else None


_SPAN_OR_CLOCK = rf"(?:{DURATION}|{CLOCK})"
RULES = (
    rule(
        (
            f"(?:再|又|最后|额外|我|给){{0,2}}(?:给)?{_PEOPLE}?(?:再)?(?:延长|延时|延迟|加时|多给|多加|"
            "(?<![持继])续|顺延|宽限|延)(?:了|个|一下|最后|时间|活动|倒计时|到|出|"
            f"{_PEOPLE}){{0,3}}{DURATION}(?:时间)?"
        ),
        _extend,
    ),
    rule(
        rf"再(?:最后)?(?:给|加|送|多给|放|开|争取)(?:{_PEOPLE}|最后|个|你|时间|一个|多|加){{0,3}}{DURATION}(?:的?时间)?",
        _extend,
    ),
    # What is left.
    rule(
        "(?:剩余时间|(?:活动|秒杀|抢购|优惠|本场|直播|限时)?结束倒计时|(?:活动|秒杀|抢购|限时|优惠|特价|"
        "最后|结束|福利)?倒计时|"
        f"(?:距离?|离)(?:本场|本次|这场|活动|直播|秒杀|抢购|优惠|特价|福利|我们|今天){{0,2}}(?:结束|截止|"
        "下播|恢复原价|下架|关闭|收摊)(?:时间)?|结束(?:还有|还剩))"
        rf"(?:还有|还剩|仅剩|只剩|只有|就剩|剩余?|仅|最后|时间|了|开始|大概|不到|差不多){{0,3}}[:,]?{_SPAN_OR_CLOCK}",
        _remaining,
    ),
    rule(
        (
            "(?:最后(?:的)?|还有|还剩|仅剩|只剩|就剩|剩下|剩余|剩|只有最后|倒数)(?:下|了|最后|时间|的|个|不到|"
            f"大概|差不多){{0,3}}[:]?{_SPAN_OR_CLOCK}(?:的?时间)?(?:了)?(?:就?(?:结束|截止|下播))?"
        ),
        _remaining,
    ),
    rule(rf"再过{DURATION}(?=(?:就|马上|立刻|会|将|要|价格){{0,3}}(?:结束|截止|恢复|下架|涨|关链接|下播))", _remaining),
    rule(rf"{DURATION}(?:的)?倒计时", _remaining),
    rule(
        (
            f"{_SPAN_OR_CLOCK}(?=(?:之后|以后|过后|后)(?:就|马上|立刻|会|将|活动|准时|价格|自动|直接|全部|我们|"
            f"要|我){{0,3}}(?:结束|截止|恢复|下架|涨|关闭|关链接|下链接|停止|没有?|原价|收))"
        ),
        _remaining,
    ),
    # How long it lasts.
    rule(
        "(?:限时|维持|持续|仅限|只限|特价|秒杀|活动|福利|优惠|有效|保留|保价|开放|放价|这个?价格?|(?:只|就|"
        f"仅)(?:给|有|开|做|放|卖|上|维持|持续|保留)|给(?={_PEOPLE}|你|[0-9一二两三五十半]))"
        f"(?:只|就|仅|时间|时长|期|为|有|给|维持|持续|{_PEOPLE}|你|的|抢购|秒杀|特价|特惠|优惠|福利|折扣|"
        f"专享|疯抢|个|做|开放|了|最多){{0,4}}[:]?{_SPAN_OR_CLOCK}(?:的?时间)?",
        _duration,
    ),
    rule(rf"{DURATION}(?:之内|以内|内)(?=下单|拍下|付款|有效|抢购|完成|拍(?![完光到])|都是|价格)", _duration),
    rule(rf"(?:^|(?<=[,。!?、]))(?:就|只有?|仅)?{DURATION}(?:的)?(?:限时|特价|福利|秒杀)", _duration),
    # Until when.
    rule(
        (
            f"(?:到|截止(?:时间)?(?:到|至|是|为)?|截至到?|持续到|直到|至)[:]?(?:了|我们)?{TIME_OF_DAY}(?:准时|"
            "整|就)?(?:结束|截止|为止|下播|恢复原价|下架|前)?"
        ),
        _absolute,
    ),
    rule(
        (
            f"{TIME_OF_DAY}(?:准时|整|就|前|我们|活动|全部)*(?:结束|截止|下架|关链接|收摊|停止(?:抢购|优惠)|"
            "(?=恢复原价|涨价))"
        ),
        _absolute,
    ),
    rule(
        (
            "(?:今天|今晚|今日)?(?:就|真的|已经)?是?(?:活动|优惠|福利|特价)?最后(?:的)?[一1]天|(?:仅此|就这|"
            "只有这?|仅限|就)[一1]天|(?:仅|只)(?:限|有|在)?(?:今天|今日|当天|"
            "当日)(?:这?[一1]天)?(?![一-鿿]{0,4}单)|就今天[一1]天|限今[日天]|(?:今日|今天)(?:限定|截止)"
        ),
        _last_day,
    ),
    rule(rf"^(?=00:){CLOCK}$", _bare_clock, OVERLAY),
)
