"""What viewers write: that the host claims something, that they bought; never the claims themselves (pure)."""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.readers.grammar.claims import (
    ChatSelfReport,
    Deadline,
    DeadlineExtend,
    LinkCall,
    SoldOutPast,
    StockLeft,
    StockTotal,
)
from crawler.readers.grammar.line import NUM, UNIT, Draft, Line
from crawler.readers.grammar.talk import DENIES, REPORTED, denial, each_once, report

_HOST_SAID = re.compile(
    "又是|又说|又来|又喊|又剩|又只|又最后|又延长|又加|又补|又限时|又倒计时|还是(?=最后|只剩|就剩)|"
    "昨[天晚日]|前[天晚]|前两天|前几天|前阵子|(?:[0-9]{1,2}|[一二三四五六七八九十半两几]{1,3})个?(?:分钟|"
    "小时)前|上次|上回|上周|上个?月|上一?场|每[次天场回]|天天|次次|老是|总是|总说|一直(?:说|喊|"
    "是|都)|永远|"
    "主播(?:刚才|刚刚|刚|昨天|又|还|也|一直|不是|都|老|总|怎么)*(?:说|喊|讲|报)|(?:他|她|你|你们|"
    "主播)(?:昨天|刚才|刚刚|刚|又|还|也|不是|上次|自己|都|老|总|天天|怎么)*(?:说|喊|讲)|说好(?:的|了)?|"
    "^说(?=[是只最后还])|又在说|整天|老说|不是说|刚[才刚](?=[也就还都])|刚(?:才|刚)?(?:还|就|不是|都)?(?:说|喊)|"
    "还说|都说|听说|号称|喊了?|怎么又|这都|[几多][遍次回天场]|半(?:个)?(?:小时|天)前"
)
_ALL_SAID = re.compile(
    "^(?:了|啊|呢|哦|吧|吗|嘛|呀|啦|哈+|的|库存|呵+|笑死?|这?话)*(?:(?:今天|现在|结果|怎么|又|还).*)?$"
)
_SLOGAN = re.compile(rf"(?:[仅只就]剩(?:最后)?|最后|库存[仅只]剩){NUM}(?:单|件|份|套)(?:了|啦|啊)?[!。~…]{{0,6}}")
_DAILY = re.compile("我|作业|工资|流量|电|手机|快递|妈|爸|孩子|老公|老婆|上班|放假|考试|余额")
_BOUGHT = re.compile(
    f"^(?:(?:买|拍|抢到|付|冲|下单)(?:了|啦)[,!]?){{0,4}}(?:我|俺|本人|我们)?(?:已经?|刚刚?|终于|也|都|又|"
    f"成功|赶紧|果断|先|火速|直接|立马|秒){{0,3}}"
    "(?:已拍已付|已拍下?|刚拍(?=$)|入手(?=[一两三四五0-9])|[拍下](?:了|下)(?=[一两三四五0-9])|成功(?:拍下|"
    "下单|抢到|付款)|抢了(?=[一两三四五0-9])|已下单|已付款?|已抢到?|"
    f"已买|已购买?|已入手?|已冲|抢到(?:了|啦|咯|{NUM}?(?:{UNIT}))|拍(?:下|好|到|完)?(?:了|啦)|"
    "下(?:好)?(?:单|了单)(?:了|啦|成功)|付款?(?:好)?(?:了|啦|成功)|"
    "付完(?:款)?了|买(?:到|好|下|完)?(?:了|啦)|秒到(?:了|啦)?|入手?了|囤了|抢购成功|下单成功|抢到手了|秒了|"
    "抢到(?=$|[!,~])|拍成功了?|拿下了?)"
    f"(?:{NUM.replace('(?P<n>', '(?P<n2>')}(?:{UNIT}|号))?(?:链接)?了?(?=$|[,。!~;…、 ]|[哈啦啊哦呀嘻嘿耶]|"
    "坐等|等发货|等收货|求发货|什么时候发|给|送|快发|记得|赶紧发|主播|谢)"
)
_NOT_BOUGHT = re.compile(
    "吗|\\?|没(?!想)|不|别|如果|要是|怎么|上次|上回|之前|以前|去年|昨|后悔|退|谁|朋友|别人|他|她|你|能|想|"
    "多少|哪|假|托|又买"
)
_CHAT_UNITS = frozenset({"单", "件", "份", "套", "双", "台", "个", "盒", "瓶", "箱", "组", "包", "条"})


def as_written(drafts: list[Draft], line: Line) -> list[Draft]:
    """A viewer's line: what it tells of the host's claims, denials, and "bought"; never the claims themselves."""
    kept: list[Draft] = []
    for draft in drafts:
        claim = draft.claim
        if not isinstance(claim, REPORTED):
            continue
        before = line.before(draft.start)
        if isinstance(claim, LinkCall):
            if (
                re.match(r"[\s\S]*[3三][\s\S]{0,3}[2二两][\s\S]{0,3}[1一]", line.text[draft.start : draft.end])
                and not claim.future
            ):
                kept.append(replace(draft, claim=report(claim)))
        elif DENIES.search(before) and not re.search("别|不要", before):
            kept.append(replace(draft, claim=denial(claim)))
        elif _tells_of_host(draft, line):
            kept.append(replace(draft, claim=report(claim)))
    bought = _BOUGHT.match(line.text)
    if not kept and bought and not _NOT_BOUGHT.search(line.text[: line.clause(max(bought.end() - 1, 0))[1]]):
        kept.append(Draft(ChatSelfReport(), 0, bought.end()))
    return each_once(kept)


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
