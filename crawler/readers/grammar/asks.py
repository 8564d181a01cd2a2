"""Rules about what viewers are asked, allowed and given: prompts, limits, gifts for the first (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.readers.grammar.claims import ChatPrompt, Claim, PurchaseLimit, QuotaGift
from crawler.readers.grammar.line import NUM, UNIT, Found, rule

_QUOTE = "[\"'“”「」『』‘’《》]?"
_HAN_DIGITS = re.compile("[零一二三四五六七八九]{1,6}")
_NO_TOKEN = re.compile(
    "[子钱除费分款押掉住好环件肉篮你我他它了的点税减货]|[0-9]+(?:块|元|分|折)|一[下起个]$|[上下]来?$|在|到|"
    "得|出来$|起|屏|扣|累|满|这|那|什么|啥|多少"
)
_ASKED_FOR = re.compile("(?:数|码|尺寸|身高|体重|问题|名字|地址|颜色|号|多少|什么|哪.*|型号|城市|地区|价格|数字)$")
_SCREEN = "(?:公屏|评论区|评论|弹幕|屏幕|公频|下方|下面|互动区|留言区)"
_TYPE = "(?:打|扣|刷|发|飘|敲|回复|回|写|留)"
# Words that viewers are asked for over and over: they end wherever they end.
_USUAL = (
    "(?:已拍|想要|需要|收到|明白|划算|没抢到|抢到|拍到|喜欢)(?:了(?=$|[,。!?;、~]))?(?!的)|"
    "[零一二三四五六七八九](?=想|要|喜欢|需|我|看|的|没|拍)"
)
_TOKEN = rf"{_QUOTE}(?P<token>{_USUAL}|[0-9A-Za-z]{{1,8}}|[一-鿿]{{1,6}}?){_QUOTE}"
_ENDS = (
    r"(?=[\"'“”「」『』‘’《》]?(?:$|[,。!?;、~.…)）]|(?:[一二两三四五]个字|出来|上来|走起|啊|吧|哈|呀|啦|给我|"
    "让我|我看|我们|看看|就行|起来|在公屏|在评论|到公屏|,|我|给|一下|的|刷|就|马上|主播|上链接)))"
)
_ASKED = rf"{_QUOTE}(?P<token>{_USUAL}|[0-9A-Za-z]{{1,8}}(?:(?=了)|{_ENDS})|[一-鿿]{{1,6}}?{_ENDS}){_QUOTE}"


def _prompt(found: Found) -> Sequence[Claim] | None:
    token = found["token"].removesuffix("的") if found["shown"] else found["token"]
    wordy = found.line.is_end(found.end) or not found["token"].isascii()
    if wordy and (_NO_TOKEN.match(token) or (found["shown"] and _ASKED_FOR.search(token))):
        return None
    if not token or re.search("(?:不要|别|不用|没人|谁|不能|怎么|为什么|不会|打折|已经|被)$", found.before):
        return None
    if _HAN_DIGITS.fullmatch(token):
        token = "".join(str("零一二三四五六七八九".index(char)) for char in token)
    return [ChatPrompt(token=token)]


def _limit(found: Found) -> Sequence[Claim] | None:
    number = found.quantity()
    if re.match("[分秒天小时人名位元块年月%折]", found.after) and not found.match[0].endswith(tuple("件单份")):
        return None  # 仅限5分钟
    if number is None or not number.whole or re.search("不$|没有?$|不会$|取消$", found.before):
        return None
    return [PurchaseLimit(n=number.whole)]


def _gift(found: Found) -> Sequence[Claim] | None:
    number = found.quantity()
    if number is None or not number.lo:
        return None
    return [QuotaGift(lo=number.lo, hi=number.hi, unit=found["u"])]


_EACH = (
    "(?:每人|每个人|一人|一个人|每位|每单|每户|每(?:个)?(?:ID|id|账号|账户|用户|号|手机号|家庭)|"
    "单(?:个)?(?:账号|用户|ID|id|人)|一个(?:ID|id|号|账号)|人均|单人|(?<!第)一个人)"
)
RULES = (
    # 拍1发3, 买一送一: what a buyer gets; neither stock nor a word to write.
    rule(
        rf"(?:拍|买|下单?)(?:[0-9]{{1,2}}|[一二两俩三四五六七八九十])(?:{UNIT})?,?(?:就|直接|都是|实)?(?:发|送|得|享|赠)"
        rf"(?:[0-9]{{1,2}}(?![0-9.元块])|[一二两俩三四五六七八九十](?![块元十百]))(?:{UNIT})?",
        lambda _found: [],
    ),
    rule(
        f"(?:{_EACH}(?:今天|最多|仅|只|就|可以?|能|限|购|买|拍|抢|下|了|领|单次|每天){{1,5}}|限(?:制)?(?:购|"
        "拍|买|抢|领)(?:数量)?[:]?(?:每人)?|(?:最多|仅)(?:限购|限拍|限))"
        rf"{NUM}(?:单|件|份|组|套|双|瓶|箱|盒|包|个|台|条|支|只|袋|罐|次|张|斤|桶)?",
        _limit,
    ),
    rule(
        f"(?<![之以目从三])前{NUM}(?P<u>个?名额|名|位|个|单|人|件|份|组)(?:的?(?:宝宝|家人|姐妹|粉丝|用户|朋友|顾客|"
        "拍下|下单|付款|支付|抢到|购买|买|拍|进来|关注|加购|成交|们|的|就|还|我|都|才|再|额外|主播|直接|今天|"
        f"可|可以|享|每人|,)){{0,6}}"
        r"(?:赠送?|送|加送|加赠|有(?:礼|赠品|小样|豪礼|福利)|多送|多发|免单|返|获赠|得|领|再减|立减|免费|半价|享)",
        _gift,
    ),
    rule(
        (
            f"{_SCREEN}(?:上|里|区|里面)?(?:给我|帮我|都|全部|一起|来|大家|给主播|直接|给|可以|我|波|"
            f"先){{0,3}}{_TYPE}(?:个|一?波|一个|上|出来?|一?下|满|一?串|上去)?[:]?{_ASKED}"
        ),
        _prompt,
    ),
    rule(
        (
            f"(?:把|将){_TOKEN}(?P<shown>(?:[一二两三四五]个?字)?(?:给我|都|全部|全|帮我|一起|给主播)?(?:打|扣|"
            f"刷|发|飘|敲)(?:满|在|到|上|出来|一?波)?{_SCREEN}?)"
        ),
        _prompt,
    ),
    rule(
        (
            f"(?:^|(?<=[,。!?、])|(?<=的)|(?<=给我))(?P<token>[0-9A-Za-z]{{1,8}}|想要的?|需要的?|喜欢的?|要|"
            "没抢到的?|来了|抢到了?|已拍|划算|收到)(?P<shown>(?:[一二两三四五]个?字)?(?:都|全部|"
            f"给我)?{_TYPE}(?:在|到|满)(?:我的?)?{_SCREEN}(?:上|里)?)"
        ),
        _prompt,
    ),
    rule(rf"(?<![折回])扣(?:个|一?波|一个|一?下|上|满|出来?|1?波)?[:]?{_ASKED}", _prompt),
    rule(
        (
            f"(?<![一-鿿a-zA-Z]|殴)(?:[^,。!?;]{{0,8}}的(?:宝宝们?|家人们?|姐妹们?|都|给我|朋友|在)*)?(?:打|刷|"
            "敲|飘|回复|发)(?:个|一?波|一个|一?下|"
            f"满)?{_QUOTE}(?P<token>[0-9]{{1,6}}(?![0-9.]*[折块元单件%个号分天年秒点:号])|想要|需要|已拍|划算|"
            f"收到){_QUOTE}{_ENDS}"
        ),
        _prompt,
    ),
)
