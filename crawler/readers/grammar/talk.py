"""Who says it, and how: denied, corrected, asked, supposed, told of the past or of others; what viewers write (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.readers.grammar.claims import (
    ChatSelfReport,
    Claim,
    Deadline,
    DeadlineExtend,
    DeadlineSoft,
    Denial,
    LastRound,
    LinkCall,
    NoRestock,
    Price,
    PriceRevert,
    RelistAnnounced,
    Restock,
    RestockPast,
    SoldCount,
    SoldOut,
    SoldOutPast,
    StockAvailable,
    StockLeft,
    StockLowVague,
    StockPctSold,
    StockTotal,
    ThirdPartyReport,
    WarehouseStock,
)
from crawler.readers.grammar.line import NUM, UNIT, Draft, Line
from crawler.readers.grammar.numerals import Quantity, quantity

_SCARCITY = (StockLeft, StockLowVague, SoldOut, LastRound, NoRestock, DeadlineSoft)
_REPORTED = (
    *_SCARCITY,
    StockTotal,
    StockPctSold,
    SoldOutPast,
    SoldCount,
    WarehouseStock,
    Restock,
    RestockPast,
    RelistAnnounced,
    Deadline,
    DeadlineExtend,
    PriceRevert,
    LinkCall,
)
_DENIES = re.compile(
    "(?:没|没有|从没|从来没|可没|并没有?|不曾|未曾|从未)(?:有)?(?:人)?(?:跟|和|给|对)?(?:你们?|大家|任何人)?(?:说|讲|喊|承诺|答应)过?|"
    "(?:谁|哪个|哪里|什么时候|啥时候)(?:又)?(?:跟你们?)?(?:说|讲)(?:过|的)?|(?:别|不要|可别|千万别)(?:再)?(?:说|信|听|以为|觉得|传|讲)"
)
_NOT_SO = re.compile("(?:并?不是|没到|还没|不算)(?:说|真的|就){0,2}(?:只|仅|就)?(?:剩|有)?(?:下|了)?$")
_OTHERS = re.compile(
    "(?:别人|人家|别的(?:直播间|主播)?|隔壁|其他(?:直播间|主播)|有人|有(?:的|些)?(?:宝宝|家人|粉丝|姐妹)们?|(?<![跟和给对])你们|弹幕|评论区|公屏|网上|黑粉|小黑子|他们|她们|对面|某主播)[^,。!?;]{0,8}?(?:说|喊|讲|问|刷|写|打|天天|都是|也是)"
)
_OLD = re.compile(
    "刚才还|刚刚还(?:有|剩)?$|刚还|之前|昨[天晚]|前[天晚]|上次|上回|上一?[场轮批波]|上周|上个月|去年|往年|早上还|开始的时候|一开始|每[次天场]|原本|本来"
)
_SUPPOSED = re.compile(
    "如果|要是|假如|万一|一旦|除非|哪怕|就算|等到?(?=[^,。]{0,6}$)|(?:卖|抢|剩|拍)到|直到|只要|当(?!前|天|场)|什么时候|有没有|是不是|会不会|能不能|还差"
)
_ASKED = re.compile("^(?:了|库存|货|名额|的|是|啊|左右|现货)*(?:吗|嘛[?]|么(?![么])|没有?[?]|吧[?]|[?]$|不是吗)")
_WRONG = (
    "(?:[,。!、…~;.]|啊|哦|呃|额|诶|哎|欸){0,2}(?:不对|说错|讲错|看错|念错|报错|记错|口误|更正|纠正一下|搞错|错|(?:哦|啊|噢|喔)?不是|(?:哦|啊|噢|喔|哎)不|不不不?)"
    "(?:[,。!、…~;.:]|了|啊|哦|是|呀|应该|其实|现在|一下|我看看|我看下|的|还有|还剩|只有|只剩|就剩|就|剩|库存|仅剩|最后|有|大概|哈|呢|咱们|我们){0,6}"
)
_CORRECTION = re.compile(rf"{_WRONG}{NUM}(?P<u>{UNIT})?")
_COUNTS = (StockTotal, WarehouseStock, SoldCount)


def as_said(drafts: list[Draft], line: Line) -> list[Draft]:
    """Drafts of the host's or the overlay's text, as they are meant."""
    said = [meant for draft in corrected(drafts, line) if (meant := _meant(draft, line))]
    return _without_echo(said)


def _meant(draft: Draft, line: Line) -> Draft | None:
    """The draft as denied, reported or plain; null when it is supposed, asked, or of the past."""
    claim, before = draft.claim, line.before(draft.start)
    if not isinstance(claim, _REPORTED):
        return draft
    if _DENIES.search(before):
        return replace(draft, claim=Denial(about=claim.type, lo=_lo(claim), hi=_hi(claim)))
    if isinstance(claim, _SCARCITY) and _NOT_SO.search(before):
        return (
            replace(draft, claim=StockAvailable()) if isinstance(claim, StockLeft | LastRound | StockLowVague) else None
        )
    if line.source == "asr" and _OTHERS.search(before):
        return replace(draft, claim=_report(claim))
    if isinstance(claim, _SCARCITY) and _SUPPOSED.search(before):
        return None
    if isinstance(claim, StockLeft | StockTotal | DeadlineSoft) and _ASKED.match(
        line.after(draft.end) + line.text[line.clause(draft.end)[1] :][:1]
    ):
        return None
    if isinstance(claim, StockLeft | StockLowVague | Deadline | LastRound | DeadlineSoft | StockTotal) and _OLD.search(
        before
    ):
        return None
    return draft


def _without_echo(drafts: list[Draft]) -> list[Draft]:
    """Each claim once: a host who says 最后十单 three times in a breath makes one claim of it."""
    kept: list[Draft] = []
    for draft in drafts:
        if not any(draft.claim == other.claim for other in kept):
            kept.append(draft)
    return kept


def _lo(claim: Claim) -> int | None:
    lo = getattr(claim, "lo", None)
    return lo if isinstance(lo, int) else None


def _hi(claim: Claim) -> int | None:
    hi = getattr(claim, "hi", None)
    return hi if isinstance(hi, int) else None


def _report(claim: Claim) -> ThirdPartyReport:
    seconds = getattr(claim, "seconds", None)
    about = (
        SoldOut.type if isinstance(claim, SoldOutPast) else claim.type
    )  # that it is told of the past is in the report
    return ThirdPartyReport(about=about, lo=_lo(claim), hi=_hi(claim), seconds=seconds)


def corrected(drafts: list[Draft], line: Line) -> list[Draft]:
    """还有100单，不对，80单: the last number holds, and of stock the first is kept beside it."""
    for found in _CORRECTION.finditer(line.text):
        number = quantity(found["n"])
        wrong = next((d for d in reversed(drafts) if d.start < found.start() and found.start() - d.end <= 4), None)
        if wrong is None or number is None:
            continue
        behind = [d for d in drafts if d is not wrong and found.start() <= d.start and d.start < found.end()]
        last = _corrected(wrong.claim, behind, number, found["u"])
        if last is not None:
            drafts = [d for d in drafts if d is not wrong and d not in behind]
            drafts.append(Draft(last, wrong.start, max([found.end(), *(d.end for d in behind)])))
    return sorted(drafts, key=lambda draft: draft.start)


def _corrected(wrong: Claim, behind: Sequence[Draft], number: Quantity, unit: str | None) -> Claim | None:
    """The claim that a correction leaves, or null when it corrects nothing of this kind."""
    if isinstance(wrong, StockLeft):
        first = wrong.lo if wrong.lo == wrong.hi else (wrong.lo, wrong.hi)
        op = "eq" if number.op == "eq" else "approx"
        return replace(
            wrong,
            lo=number.lo,
            hi=number.hi,
            op="eq" if op == "eq" else "approx",
            unit=unit or wrong.unit,
            corrected_from=first,
        )
    if isinstance(wrong, _COUNTS) and unit:
        return replace(wrong, lo=number.lo, hi=number.hi, unit=unit)
    if isinstance(wrong, Restock | RestockPast) and unit:
        return replace(wrong, qty=number.whole, unit=unit)
    if isinstance(wrong, Price) and number.value is not None and not unit:
        value = number.value
        return replace(wrong, value=int(value) if value == int(value) else float(value))
    same = [
        d.claim for d in behind if type(d.claim) is type(wrong) and isinstance(wrong, Price | Deadline | DeadlineExtend)
    ]
    return same[-1] if same else None


# --- what viewers write ---

_HOST_SAID = re.compile(
    "又是|又说|又来|又喊|又剩|又只|又最后|又延长|又加|又补|又限时|又倒计时|还是(?=最后|只剩|就剩)|昨[天晚日]|前[天晚]|上次|上回|上周|上个?月|上一?场|每[次天场回]|天天|次次|老是|总是|总说|一直(?:说|喊|是|都)|永远|"
    "主播(?:刚才|刚刚|刚|昨天|又|还|也|一直|不是|都|老|总|怎么)*(?:说|喊|讲|报)|(?:他|她|你|你们|主播)(?:昨天|刚才|刚刚|刚|又|还|也|不是|上次|自己|都|老|总|天天|怎么)*(?:说|喊|讲)|说好(?:的|了)?|不是说|刚(?:才|刚)?(?:还|就|不是|都)?(?:说|喊)|"
    "还说|都说|听说|号称|喊了?|怎么又|这都|[几多][遍次回天场]|半(?:个)?(?:小时|天)前"
)
_ALL_SAID = re.compile("^(?:了|啊|呢|哦|吧|吗|嘛|呀|啦|哈+|的|库存|呵+|笑死?|这?话|，)*$")
_SLOGAN = re.compile(rf"(?:[仅只就]剩(?:最后)?|最后|库存[仅只]剩){NUM}(?:单|件|份|套)(?:了|啦|啊)?[!。~…]{{0,6}}")
_DAILY = re.compile("我|作业|工资|流量|电|手机|快递|妈|爸|孩子|老公|老婆|上班|放假|考试|余额")
_BOUGHT = re.compile(
    rf"^(?:(?:买|拍|抢到|付|冲|下单)(?:了|啦)[,!]?){{0,4}}(?:我|俺|本人|我们)?(?:已经?|刚刚?|终于|也|都|又|成功|赶紧|果断|先|火速|直接|立马|秒){{0,3}}"
    rf"(?:已拍下?|已下单|已付款?|已抢到?|已买|已购买?|已入手?|已冲|抢到(?:了|啦|咯|{NUM}?(?:{UNIT}))|拍(?:下|好|到|完)?(?:了|啦)|下(?:好)?(?:单|了单)(?:了|啦|成功)|付款?(?:好)?(?:了|啦|成功)|"
    rf"付完(?:款)?了|买(?:到|好|下|完)?(?:了|啦)|秒到(?:了|啦)?|入手?了|囤了|抢购成功|下单成功|拍成功了?|拿下了?)"
    rf"(?:{NUM.replace('(?P<n>', '(?P<n2>')}(?:{UNIT}|号))?(?:链接)?(?=$|[,。!~;…、 ]|[哈啦啊哦呀嘻嘿耶]|坐等|等发货|等收货|求发货|什么时候发|给|送|快发|记得|赶紧发|主播|谢)"
)
_NOT_BOUGHT = re.compile(
    "吗|\\?|没(?!想)|不|别|如果|要是|怎么|上次|上回|之前|以前|去年|昨|后悔|退|谁|朋友|别人|他|她|你|能|想|多少|哪|假|托|又买"
)
_CHAT_UNITS = frozenset({"单", "件", "份", "套", "双", "台", "个", "盒", "瓶", "箱", "组", "包", "条"})


def as_written(drafts: list[Draft], line: Line) -> list[Draft]:
    """A viewer's line: what it tells of the host's claims, denials, and "bought"; never the claims themselves."""
    kept: list[Draft] = []
    for draft in drafts:
        claim = draft.claim
        if not isinstance(claim, _REPORTED):
            continue
        before = line.before(draft.start)
        if isinstance(claim, LinkCall):
            if (
                re.match(r"[\s\S]*[3三][\s\S]{0,3}[2二两][\s\S]{0,3}[1一]", line.text[draft.start : draft.end])
                and not claim.future
            ):
                kept.append(replace(draft, claim=_report(claim)))
        elif _DENIES.search(before) and not re.search("别|不要", before):
            kept.append(replace(draft, claim=Denial(about=claim.type, lo=_lo(claim), hi=_hi(claim))))
        elif _tells_of_host(draft, line):
            kept.append(replace(draft, claim=_report(claim)))
    bought = _BOUGHT.match(line.text)
    if not kept and bought and not _NOT_BOUGHT.search(line.text[: line.clause(max(bought.end() - 1, 0))[1]]):
        kept.append(Draft(ChatSelfReport(), 0, bought.end()))
    return _without_echo(kept)


def _is_slogan(draft: Draft, line: Line) -> bool:
    """A line that is the host's slogan and nothing else (仅剩3件) repeats it."""
    return bool(_SLOGAN.fullmatch(line.text)) and draft.start == 0


def _tells_of_host(draft: Draft, line: Line) -> bool:
    """Whether the clause says that the host claims or claimed it, and says nothing else behind it."""
    claim, said = draft.claim, line.text[line.clause(draft.start)[0] : draft.end]
    if isinstance(claim, StockLeft) and _is_slogan(draft, line):
        return True
    marker = _HOST_SAID.search(said)
    if marker is None:
        start = line.sentence(draft.start)[0]
        earlier = _HOST_SAID.search(line.text[start : draft.start])
        marker = earlier if earlier and earlier[0].endswith(("说", "喊", "讲")) else None
    if marker is None or _DAILY.search(line.before(draft.start)):
        return False
    if isinstance(claim, StockLeft | StockTotal) and claim.unit not in _CHAT_UNITS:
        return False
    return bool(_ALL_SAID.match(line.after(draft.end))) or isinstance(claim, Deadline | DeadlineExtend | SoldOutPast)
