"""What a live room shows beside its counters: chat, titles, prices, barrage; many of it looks like a counter (pure)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.scenes.letters import font
from tests.benchmarks.scenes.recipe import Split

NAMES: dict[Split, tuple[str, ...]] = {
    "tuning": ("小鱼", "用户8821", "阿杰ing", "momo", "风吹麦浪", "L***1", "王姐", "橙子味的夏天"),
    "test": ("大白兔", "用户30276", "Vivian", "一只猫", "山里来的", "9***k", "李哥", "今天也要加油鸭"),
}
CHAT: dict[Split, tuple[str, ...]] = {
    "tuning": (
        "主播好漂亮", "多少钱啊", "这个S码有吗", "已拍", "怎么还没发货", "上次买的100分满意",
        "能便宜点吗", "身高165穿什么码",
        "一件59.9两件99吗", "什么材质的呀我家孩子皮肤有点敏感怕过敏",
        "讲一下3号链接", "666", "来了来了", "运费险有吗",
        "库存5", "最后3单", "已抢90%", "刚才不是说库存5件了吗怎么又有了", "倒计时完了还卖", "仅剩2件骗谁呢",
        "01:30开始吗", "我看最后10单说了半小时", "已售1万是真的吗", "这款在线等", "最后100天", "到手价¥100",
    ),
    "test": (
        "求讲解一下面料", "想要白色", "买过回购第3次", "拍了两件", "显瘦吗", "打100分", "120斤能穿吗", "有没有赠品",
        "199减50是149吗", "上次那个客服说今天会补货的到底补了没有啊等好久",
        "2号链接呢", "888", "下班就来蹲了", "包邮吗",
        "库存8", "最后5单", "已抢95%", "昨天也说只剩最后5单今天还有两百",
        "距结束还有多久", "库存3抢不到", "12:00还有一场吗",
        "仅剩1单我抢到了", "已售2万+假的吧", "30人在线看个寂寞", "最后100天了", "到手价¥59.9",
    ),
}  # fmt: skip
# The second part begins a line of its own: it looks like a counter, and is chat.
BROKEN: dict[Split, tuple[str, ...]] = {
    "tuning": ("刚才主播自己说的\n库存5", "小黄车里写着\n最后3单吗"),
    "test": ("我这边看到的明明是\n库存6", "怎么又变成\n最后8单了"),
}
# "#" stands for likes, which rise.
TITLES: dict[Split, tuple[str, ...]] = {
    "tuning": (
        "¥59.9", "到手价¥100", "券后价 ¥1299", "评分4.9  100分好评",
        "最后100天 品牌周年庆", "加厚羊绒围巾 2条装",
        "第3件半价", "限购2件", "官方旗舰店", "粉丝 88.6万", "满300减40", "48小时内发货", "7天无理由",
        "TOP1 围巾热卖榜", "点赞 #",
    ),
    "test": (
        "¥39.9", "到手价¥99", "秒杀价 ¥100", "店铺评分4.8", "最后100天 开业大促", "纯棉四件套 1.8米床",
        "第2件0元", "限购5件", "品牌直营店", "粉丝 12.3万", "满199减20", "72小时内发货", "15天价保", "TOP3 床品好评榜",
        "# 赞",
    ),
}  # fmt: skip
BARRAGE: dict[Split, tuple[str, ...]] = {
    "tuning": ("冲冲冲", "最后3单冲啊", "主播大气", "库存5", "100分", "抢到了抢到了"),
    "test": ("好看好看", "最后5单别抢", "支持主播", "库存9", "100分好评", "终于抢到"),
}
POPUPS: dict[Split, tuple[str, ...]] = {
    "tuning": ("恭喜 小鱼 抢到福袋", "关注主播 领5元券", "宝贝正在讲解", "福袋3分钟后开奖", "momo 来了"),
    "test": ("李哥 正在去购买", "点亮粉丝灯牌", "领取无门槛券¥10", "红包雨马上开始", "一只猫 加入了粉丝团"),
}


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One line as it stands on the screen: the name that opens it, or nothing when it goes on from the line above."""

    name: str
    text: str

    @property
    def whole(self) -> str:
        return f"{self.name}：{self.text}" if self.name else self.text


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message and when it came."""

    at_s: float
    lines: tuple[ChatLine, ...]


def wrapped(name: str, text: str, face: Path, px: int, width: int) -> tuple[ChatLine, ...]:
    """A message broken to lines of at most `width` pixels."""
    letters = font(face, px)
    lines: list[ChatLine] = []
    head, line = name, ""
    for char in text:
        prefix = f"{head}：" if head else ""
        if char == "\n" or letters.getlength(prefix + line + char) > width:
            lines.append(ChatLine(head, line))
            head, line = "", "" if char == "\n" else char
        else:
            line += char
    return (*lines, ChatLine(head, line))


def chat(split: Split, seed: int, seconds: float, face: Path, px: int, width: int) -> tuple[Message, ...]:
    """Seeded chat from before the start (so that the first picture has some) to the end."""
    rng = np.random.default_rng(seed)
    found, at = [], -8.0
    while at < seconds:
        name = NAMES[split][int(rng.integers(len(NAMES[split])))]
        pool = BROKEN[split] if rng.random() < 0.03 else CHAT[split]
        found.append(Message(round(at, 2), wrapped(name, pool[int(rng.integers(len(pool)))], face, px, width)))
        at += float(rng.uniform(0.5, 2.6))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ChatBox:
    """Chat that scrolls up in its corner; the newest line stands lowest."""

    messages: tuple[Message, ...]
    x: int
    bottom: int
    line: int  # height of a line in pixels
    most: int  # lines that are seen at once
    rise_s: float = 0.2

    def at(self, second: float) -> Iterator[tuple[ChatLine, int, int]]:
        """Each line seen at a time, with its left edge and its top."""
        come = self.messages[: bisect_right(self.messages, second, key=lambda m: m.at_s)]
        if not come:
            return
        share = min(1.0, (second - come[-1].at_s) / self.rise_s)
        sunk = round((1 - share) * self.line * len(come[-1].lines))
        lines = [line for message in come for line in message.lines][-self.most :]
        for number, line in enumerate(reversed(lines)):
            top = self.bottom - (number + 1) * self.line + sunk
            if top < self.bottom:
                yield line, self.x, top


@dataclass(frozen=True, slots=True)
class Bullet:
    """One barrage line that crosses the picture from right to left."""

    text: str
    from_s: float
    y: int
    speed: float  # pixels a second

    def x(self, second: float, width: int) -> int | None:
        """Its left edge, or null before it sets off; callers clip what has left the picture."""
        gone = second - self.from_s
        return round(width - gone * self.speed) if gone >= 0 else None


def barrage(split: Split, seed: int, seconds: float, rows: tuple[int, ...]) -> tuple[Bullet, ...]:
    """Seeded barrage in rows (tops, pixels) that cross no counter; none when there is no such row."""
    rng = np.random.default_rng(seed)
    found, at = [], 0.0
    while at < seconds and rows:
        text = BARRAGE[split][int(rng.integers(len(BARRAGE[split])))]
        found.append(Bullet(text, round(at, 2), rows[int(rng.integers(len(rows)))], float(rng.uniform(110, 190))))
        at += float(rng.uniform(1.5, 4.0))
    return tuple(found)
