"""Rules about people: how many watch or like, and what pop-ups say that they did (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from crawler.readers.grammar.claims import Claim, Event, EventKind, Likes, Viewers
from crawler.readers.grammar.durations import seconds
from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.line import NUM, OVERLAY, Found, rule

_EVENTS: tuple[tuple[EventKind, str], ...] = (
    (
        "going_to_buy",
        (
            "(?:正在?|准备|正要)(?:去)?(?:购买|抢购|下单|付款|拍下|买)(?:中)?|去购买了?|(?:点击|"
            "进入)了?(?:购物袋|小黄车|购物车)"
        ),
    ),
    (
        "add_to_cart",
        (
            "(?:已经?|刚刚?)?(?:[将把]?(?:[0-9]{1,3}号)?(?:该|此|本)?(?:商品|宝贝|链接))?(?:加入|加|放入|放进|"
            "添加到?)了?(?:购物车|购物袋|小黄车)|已?加购了?"
        ),
    ),
    (
        "fanclub",
        (
            "(?:已经?|刚刚?|成功)?(?:加入|点亮|成为|入)了?(?:主播的?|本直播间的?|TA的|Ta的|ta的)?(?:粉丝团|"
            "粉丝团成员|粉丝灯牌|粉团)(?:成员)?|(?:刚刚?)?开通了?粉丝团"
        ),
    ),
    (
        "bought",
        (
            "(?:已经?|刚刚?|成功)?(?:下单|抢购|购买|支付|付款|拍下|抢到|买到?|秒杀|拍)(?:成功|了?(?:本|该|此|"
            "这)?(?:款|件)?(?:商品|宝贝|产品)|了)|(?:已经?|成功)(?:下单|抢购|购买|支付|付款|拍下|抢到|秒到|抢|"
            "拍|买)了?|抢到了?|下单了?|拍下了?"
        ),
    ),
    ("follow", "(?:已经?|刚刚?)?关注了?(?:主播|直播间|店铺|该主播|本直播间|我们)?|成为(?:了)?(?:主播的?)?(?:新)?粉丝"),
    (
        "join",
        "(?:刚刚?|已经?)?(?:来了|(?:进入|加入|来到|进)了?(?:本|主播的?)?直播间|进来了|进场了?|驾到|来啦|闪亮登场)",
    ),
)
_SPAN = "(?:[0-9]{1,3}|[一二两三四五六七八九十半]{1,3})个?(?:小时|分钟?|秒钟?)"
_AGO = "(?:(?P<age>(?:[0-9]{1,3}|[一二两三四五六七八九十半]{1,3})(?:个?小时|分钟?|秒钟?))之?前|刚刚|刚才)"
_AGO_BEHIND = _AGO.replace("?P<age>", "?P<ago>")
_USER = r"(?P<user>[^,。!?;:、]{0,24}?)"
# 有12人下单, 近1分钟12人下单: people without a name. A stretch that they did it in is no age, and the table has no
# member for it; 已有12人 counts since the start and is no event.
_PEOPLE = (
    f"(?:(?P<window>(?:最?近|过去){_SPAN}(?:之?内)?|{_SPAN}之?内))?(?:又?有|刚有)?"
    "(?P<only>[0-9]{1,6})(?:人|位(?:用户|顾客|买家)?)"
)
_DAY = re.compile(r"(?:昨[天晚日]|前天|今[天早日]|上周|[0-9]{1,2}天前)(?:[ :：]+|(?=[^*＊ ]{1,8}[*＊]))")
_BUYING = frozenset({"going_to_buy", "add_to_cart"})
_FEW_PEOPLE = frozenset({"join", "follow", "fanclub"})
_NO_NAME = re.compile(
    r"我|你|您|点击|请.{0,4}|快|立即|主播|系统|大家|[又刚]?有(?:人|[一几]位.{0,3})|(?:[今昨本][天日晚场]|累计|目前|当前)?(?:[已又刚]?有|已|共有?)?[0-9.,]+[万千wWkK]?\+?[人位].*"
)
_SENTENCE = re.compile("没|不|怎么|都|被|就|要$|又|还|谁|才|也|终于|已经|[起回过上下出]$")  # 终于回来了 is no name
_HOST_SPEAKS = re.compile(
    "我|你|主播|大家|宝宝|家人|点击|赶紧|快|没|想|要|可以|先|请|如何|怎么|谁|一起|记得|新来|点赞|早|都|也|一直|"
    "就|左上|右上|购物"
)


def _counted(number: Quantity, found: Found) -> Quantity:
    """Counters on the picture leave away what follows the 万; "+" may stand behind the unit."""
    if found["over"]:
        return Quantity(number.lo, None, "ge")
    if found["plus"]:
        return Quantity(int(number.value) if number.value is not None else number.lo, None, "ge")
    return number.displayed() if found.line.overlay else number


def _viewers(kind: str) -> Callable[[Found], Sequence[Claim] | None]:
    def build(found: Found) -> Sequence[Claim] | None:
        number = found.quantity()
        if number is None or re.search("如果|要是|到$|满$|够$|没$|有没有|破$|冲$|上$|目标", found.before):
            return None
        if re.match("[元块折%分秒岁天号单件级]", found.after) or (
            found["u"] == "" and re.match("[一-鿿]", found.after) and _label_first(found)
        ):
            return None
        number = _counted(number, found)
        return [Viewers(kind="online" if kind == "online" else "cumulative", lo=number.lo, hi=number.hi)]

    return build


def _is_room(found: Found) -> bool:
    """直播间有 and 直播间现在 need people, who are there and do nothing else (直播间现在五十位宝宝拍了)."""
    label = found["label"]
    if label.endswith("有"):
        return bool(found["u"])
    if label.endswith(("现在", "目前", "已", "已经")):
        return bool(found["u"] and (found.line.is_end(found.end) or re.match("[了啊在多呢哦吧呀]", found.after)))
    return True


def _label_first(found: Found) -> bool:
    """在线 1274 must end there, unless another counter follows at once."""
    return bool(
        not found.line.is_end(found.end)
        and not re.match("观看|点赞|累计|本场|场观|在线|人气|已|次|赞|啊|了|多|呢", found.after)
        and found["label"]
    )


def _likes(found: Found) -> Sequence[Claim] | None:
    number = found.quantity()
    if (
        number is None
        or re.search("到$|满$|够$|如果|要是|目标|冲$|求$|差$|再来?$|帮|给|送|点$", found.before)
        or re.search("到|满|够|冲|差", found["label"])
        or ("个赞" in found.match[0] and not re.search("已|有|现在|目前|破|了", found.before))  # 一百个赞 praises
    ):
        return None
    number = _counted(number, found)
    return [Likes(lo=number.lo, hi=number.hi)]


def _event(kind: EventKind) -> Callable[[Found], Sequence[Claim] | None]:
    def build(found: Found) -> Sequence[Claim] | None:
        user, others = _user(found), found["others"] or found["only"]
        if not user and not (found["only"] and _happens(found, kind)):
            return None
        if _NO_NAME.fullmatch(user):
            return None
        if not found.line.is_end(found.end):
            return None
        if found.line.source == "popup" and user and "*" not in user and _SENTENCE.search(user):
            return None
        if found.line.source == "ocr" and not (found["only"] and _recent(found)) and not _is_pop_up(found, user, kind):
            return None
        n = int(others) if others else None if kind in _FEW_PEOPLE else 1
        said = found["age"] or found["ago"]
        return [Event(kind=kind, user=user or None, n=n, age_seconds=seconds(said) if said else None)]

    return build


def _happens(found: Found, kind: EventKind) -> bool:
    """Whether people without a name do it now; how many bought so far is a count of sales, not an event."""
    return kind in _BUYING or (kind == "bought" and (found.line.source == "popup" or _recent(found)))


def _recent(found: Found) -> bool:
    """Whether it is told as of now: 近1分钟12人下单, 刚刚有5人下单."""
    return bool(found["window"] or found["age"] or found["ago"] or "刚" in found.match[0])


def _user(found: Found) -> str:
    """The name as the picture shows it: blanks and traditional characters of it are kept."""
    start, end = found.match.span("user")
    if start >= end:
        return ""
    first, last = found.line.folded.span(start, end)
    name = found.line.given[first:last].replace("＊", "*").replace("…", "…").strip()
    name = _DAY.sub("", name, count=1) if _DAY.match(name) else name
    return re.sub("^(?:恭喜|欢迎|祝贺|用户:|感谢)|(?:用户)?(?:刚刚|刚才)$", "", name).strip(" :：【】[]")


def _is_pop_up(found: Found, user: str, kind: EventKind) -> bool:
    """In text from anywhere on the picture a name must look like one, else a host's or viewer's sentence is read."""
    masked = "*" in user or "＊" in user or user.startswith("用户")
    if masked:
        return True
    return (
        kind not in {"join", "bought"}
        and len(user) <= 12
        and not _HOST_SPEAKS.search(user)
        and found.end == len(found.line.text)
    )


_AT = "(?:正在|现在|目前|当前|同时|实时|已有?|有){0,2}"
EVENT_RULES = tuple(
    rule(
        f"^(?:{_AGO})?(?:{_PEOPLE}|"
        f"{_USER}(?:等(?P<others>[0-9]{{1,6}})人)?)[:]?(?:{_AGO_BEHIND})?(?:也|都|又|刚|"
        f"已)?(?:{words})(?:了)?"
        "(?:[!。~]|主播|商品|宝贝|[0-9]{1,3}号?(?:链接|商品|宝贝)|该商品|这款商品|此商品|本商品|"
        r"[x×*][0-9]{1,3}|[0-9]{1,3}件|同款|:.{1,40}|「.{1,40}|\[.{1,40}|[0-9]{1,3}(?:秒|分钟|小时)前){0,2}",
        _event(kind),
        OVERLAY,
    )
    for kind, words in _EVENTS
)
RULES = (
    # Counted since the start.
    rule(
        (
            rf"{NUM}(?P<u>人次?|次|位|个人)?(?P<plus>\+)?(?:都|已经?|累计|正)?(?:看过了?|观看过?|来过|场观|浏览|"
            "(?<=人)次(?!级))(?:人数|人次|量)?"
        ),
        _viewers("cumulative"),
    ),
    rule(
        (
            f"(?P<label>(?:累计|总|本场|全场|历史){{0,2}}(?:观看(?:人数|人次|量|次数)?|场观(?:人数)?|浏览(?:量|"
            "人数)?|看过的人|(?<![一-鿿])看过|观众总数|访客)|累计观众|总观众|累计(?:进入|"
            f"在看)?人[数次])(?:已经?|都|有|达到?|是|了){{0,3}}(?P<over>突破|超过?|"
            rf"破)?(?:了)?[:·]?{NUM}(?P<u>人次?|次)?(?P<plus>\+)?"
        ),
        _viewers("cumulative"),
    ),
    # In the room now.
    rule(
        (
            rf"{NUM}(?P<u>人|位|个人|名)?(?P<plus>\+)?(?:{_AT})?(?:在线(?:观看|观众|人数|用户)?|在看|正在观看|"
            "在观看|正在看|观众在线|观众(?=$)|围观|人气值?(?!到)|在(?:我们|咱们|这个)?直播间(?:里)?|在看直播|"
            "个?(?:宝宝|家人|姐妹)在线)"
        ),
        _viewers("online"),
    ),
    rule(
        "(?P<label>直播间里?(?:现在|目前|已经?)(?=[^,。!?;0-9]{0,12}(?:人|位)|[0-9]{1,7}[万w千]?多?[人位])|"
        "(?:当前|实时|目前|现在|同时|直播间)?(?:在线(?:观看|观众|人数|用户)?(?:人数)?的?|人气值?|"
        "观众(?:人数)?|在看(?:人数)?|围观(?:人数)?)|直播间(?:现在|目前|里|已经?)?有)(?:已经?|都|有|达到?|"
        f"是|了){{0,3}}(?P<over>突破|超过?|破)?(?:了)?[:·]?"
        rf"{NUM}(?P<u>人|位|个人)?(?P<plus>\+)?",
        lambda found: _viewers("online")(found) if _is_room(found) else None,
    ),
    rule(rf"{NUM}(?P<plus>\+)?(?:次|人|个(?=赞))?(?:点赞|赞(?![助美成同叹]|不)|小心心)(?:数|量)?", _likes),
    rule(
        (
            "(?P<label>(?:本场|直播间|累计|获|总|已)?(?:点赞(?:数|量)?|获赞|赞))(?:已经?|都|有|达到?|是|"
            rf"了){{0,2}}(?P<over>突破|超过?|破)?(?:了)?[:·]?{NUM}(?P<plus>\+)?(?![个下把次])"
        ),
        _likes,
    ),
)
