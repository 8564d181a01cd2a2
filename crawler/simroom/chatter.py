"""What viewers say: chat frames made from (seed, seq) alone, so every run of a scenario sends the same bytes."""

from __future__ import annotations

import math
import random

from . import wire
from .scenario import ChatPlan

NAMES = (
    "小鹿",
    "阿明",
    "柠檬不酸",
    "北方的狼",
    "爱吃糖的猫",
    "雨后晴天",
    "老王家的",
    "momo",
    "静静",
    "一叶知秋",
    "Amy酱",
    "大白",
    "晚风",
    "向日葵🌻",
    "快乐小狗",
    "用户8231907",
    "芒果布丁",
    "山河远阔",
    "糖糖妈妈",
    "追光者✨",
)
LINES = (
    "已拍，坐等发货",
    "这个颜色还有吗？",
    "主播讲一下尺码",
    "上次买的很好用👍",
    "还有优惠券吗",
    "来了来了",
    "太划算了吧😂",
    "扣1想要",
    "能不能再便宜点",
    "拍了两单，送妈妈❤️",
    "什么时候发货呀",
    "质量怎么样？",
    "昨天也是最后100单",
    "抢到了！！",
    "没抢到😭",
    "客服在吗",
    "支持七天无理由吗",
    "有没有运费险",
    "第一次来，怎么买",
    "主播好漂亮🌹",
    "冲冲冲🔥🔥🔥",
    "已经回购三次了",
    "孕妇可以用吗",
    "1",
    "想要想要",
    "这价格真的假的",
    "求上2号链接",
    "多少钱一件",
    "宝贝收到了，很喜欢",
    "别催了在付款了",
    "库存怎么又有了？",
    "黑色还补货吗",
)


def masked(name: str) -> str:
    """A name as pop-ups show it: first character, then a star."""
    return f"{name[0]}*"


def viewer_frame(plan: ChatPlan, seed: int, seq: int, ms: int) -> bytes:
    """Frame ``seq`` of the broadcast, sent at ``ms``; its size is drawn from the plan, small ones more often."""
    dice = random.Random(f"chat:{seed}:{seq}")
    low, high = plan.size
    size = round(math.exp(dice.uniform(math.log(low), math.log(high))))
    name = dice.choice(NAMES)
    user = {"id": f"u{dice.randrange(10**9):09d}", "nick": name, "level": dice.randrange(1, 45)}
    kind = dice.choices((wire.CHAT, wire.PURCHASE, wire.ENTER, wire.LIKE, wire.FOLLOW), (70, 8, 13, 6, 3))[0]
    body: dict[str, object] = {"room_seq": seq, "user": user}
    if kind == wire.CHAT:
        body["text"] = dice.choice(LINES)
    elif kind == wire.PURCHASE:
        body["stage"] = dice.choice(("going", "bought"))
        body["text"] = masked(name) + ("正在去购买" if body["stage"] == "going" else "已购买")
    elif kind == wire.LIKE:
        body["count"] = dice.randrange(1, 12)
    short = wire.frame(kind, seq, ms, body)
    return short + dice.randbytes(max(0, size - len(short)))


def hostile_frame(seed: int, seq: int, ms: int) -> bytes:
    """A frame as nobody should send it: broken UTF-8, control and bidi characters, markup, false lengths, 10 MB."""
    dice = random.Random(f"hostile:{seed}:{seq}")
    user = {"id": "u000000000", "nick": "\u202e价特\u202c<b>", "level": 1}
    texts = (
        "<img src=x onerror=\"document.body.dataset.roomState='hacked'\">",
        "\u202e单001剩仅\u202c",
        "\x00\x07\x1b[31m\x7f",
        "a" + "\u0301" * 3000,
        "\u2066\u2067\ufeff\u200b" * 20,
        "</script><script>throw 1</script>",
        "𓀀👩‍👩‍👧‍👦\ufffe",
    )
    plain = wire.frame(wire.CHAT, seq, ms, {"room_seq": seq, "user": user, "text": dice.choice(texts)})
    turn = seq % 50
    if turn == 10:
        return plain + dice.randbytes(10_000_000 - len(plain))
    if turn == 20:
        return wire.frame(wire.CHAT, seq, ms, b'{"text":"\xff\xfe\xc3\x28 broken","user":{"nick":"\xed\xa0\x80"}}')
    if turn == 30:
        return wire.HEAD.pack(b"LR", 1, 0, wire.CHAT, seq, ms, 0xFFFFFFF0) + b"{}"
    if turn == 40:
        return wire.frame(wire.CHAT, seq, ms, b'{"a":' * 5000)
    if turn == 45:
        return b"\x00"
    return plain
