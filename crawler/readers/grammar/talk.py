"""How it was said: denied, corrected, asked, supposed, told of the past or of others (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.readers.grammar.claims import (
    Claim,
    Deadline,
    DeadlineExtend,
    DeadlineSoft,
    Denial,
    LastRound,
    LinkCall,
    NoRestock,
    Price,
    PriceHype,
    PriceRevert,
    PurchaseLimit,
    QuotaGift,
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
from crawler.readers.grammar.figures import Quantity
from crawler.readers.grammar.line import NUM, UNIT, Draft, Line
from crawler.readers.grammar.numerals import quantity

_SCARCITY = (StockLeft, StockLowVague, SoldOut, LastRound, NoRestock, DeadlineSoft)
_OF_NOW = (StockLeft, StockLowVague, Deadline, LastRound, DeadlineSoft, StockTotal)
REPORTED = (
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
_DENIABLE = (*REPORTED, Price, PriceHype, PurchaseLimit, QuotaGift)
DENIES = re.compile(
    "(?:没|没有|从没|从来没|可没|并没有?|不曾|未曾|从未)(?:有)?(?:人)?(?:跟|和|给|对)?(?:你们?|大家|"
    "任何人)?(?:说|讲|喊|承诺|答应)过?|"
    "(?:谁|哪个|哪里|什么时候|啥时候)(?:又)?(?:跟你们?)?(?:说|讲)(?:过|的)?|不(?:会|敢|能|想|"
    "可能)?(?:跟你们|跟大家)?(?:说|讲|喊)(?!好|定|了|清)|(?:别|不要|可别|千万别)(?:再)?(?:说|相?信|听|以为|"
    "觉得|传|讲)"
)
_NOT_SO = re.compile("(?:并?不是|没到|还没|不算)(?:说|真的|就){0,2}(?:只|仅|就)?(?:剩|有)?(?:下|了)?$")
_OTHERS = re.compile(
    "(?:别人|人家|别的(?:直播间|主播)?|隔壁|其他(?:直播间|主播)|有人|有(?:的|些)?(?:宝宝|家人|粉丝|"
    "姐妹)们?|(?<![跟和给对])你们|弹幕|评论区|公屏|网上|黑粉|小黑子|他们|她们|对面|"
    "某主播)[^,。!?;]{0,8}?(?:说|喊|讲|问|刷|写|打|天天|都是|也是)"
)
_MENTIONED = re.compile("这(?:种|句|样的|[几两三四]个)?(?:话|字|词)")  # 库存紧张这种话
_OLD = re.compile(
    "刚[才刚]还|刚还|刚[才刚]?$|之前|昨[天晚]|前[天晚]|上次|上回|上一?[场轮批波]|上周|上个月|去年|往年|"
    "早上还|开始的时候|一开始|每[次天场]|原本|本来"
)
_SUPPOSED = re.compile(
    "如果|要是|假如|万一|一旦|除非|哪怕|就算|等到?(?=[^,。]{0,6}$)|(?:卖|抢|剩|拍)到|直到|只要|当(?!前|天|"
    "场)|什么时候|有没有|是不是|会不会|能不能|还差"
)
_ASKED = re.compile("^(?:了|库存|货|名额|的|是|啊|左右|现货)*(?:吗|嘛[?]|么(?![么])|没有?[?]|吧[?]|[?]$|不是吗)")
_WRONG = (
    "(?:[,。!、…~;.]|啊|哦|呃|额|诶|哎|欸){0,2}(?:不对|说错|讲错|看错|念错|报错|记错|口误|更正|纠正一下|"
    "搞错|错|(?:哦|啊|噢|喔)?不是|(?:哦|啊|噢|喔|哎)不|不不不?)"
    "(?:[,。!、…~;.:]|了|啊|哦|是|呀|应该|其实|现在|一下|我看看|我看下|的|还有|还剩|只有|只剩|就剩|就|剩|"
    "库存|仅剩|最后|有|大概|哈|呢|咱们|我们){0,6}"
)
_CORRECTION = re.compile(rf"{_WRONG}{NUM}(?P<u>{UNIT})?")
_COUNTS = (StockTotal, WarehouseStock, SoldCount)


def as_said(drafts: list[Draft], line: Line) -> list[Draft]:
    """Drafts of the host's or the overlay's text, as they are meant."""
    said = [meant for draft in corrected(drafts, line) if (meant := _meant(draft, line))]
    return each_once(said)


def _meant(draft: Draft, line: Line) -> Draft | None:
    """The draft as denied, reported or plain; null when it is supposed, asked, only mentioned, or of the past."""
    claim, before = draft.claim, line.before(draft.start)
    if isinstance(claim, _DENIABLE) and DENIES.search(before):
        return replace(draft, claim=denial(claim))
    if not isinstance(claim, REPORTED):
        return draft
    if isinstance(claim, _SCARCITY) and _NOT_SO.search(before):
        there_is_more = isinstance(claim, StockLeft | LastRound | StockLowVague)
        return replace(draft, claim=StockAvailable()) if there_is_more else None
    if line.source == "asr" and _OTHERS.search(before):
        return replace(draft, claim=report(claim))
    return draft if _holds_now(draft, line) else None


def _holds_now(draft: Draft, line: Line) -> bool:
    """Whether the host says it of now, and says it: not 如果只剩10单, 还有50单吗, 刚才还有100单."""
    claim, before, after = draft.claim, line.before(draft.start), line.after(draft.end)
    if _MENTIONED.match(after) or (isinstance(claim, _SCARCITY) and _SUPPOSED.search(before)):
        return False
    sign = line.text[line.clause(draft.end)[1] :][:1]
    if isinstance(claim, StockLeft | StockTotal | DeadlineSoft) and _ASKED.match(after + sign):
        return False
    return not (isinstance(claim, _OF_NOW) and _OLD.search(before))


def each_once(drafts: list[Draft]) -> list[Draft]:
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


def denial(claim: Claim) -> Denial:
    """The denial that a claim was made."""
    return Denial(about=claim.type, lo=_lo(claim), hi=_hi(claim))


def report(claim: Claim) -> ThirdPartyReport:
    """The report that somebody made a claim; that it is told of the past (sold out before) is in the report."""
    seconds = getattr(claim, "seconds", None)
    about = SoldOut.type if isinstance(claim, SoldOutPast) else claim.type
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
