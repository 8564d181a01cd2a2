"""Labels that come and go beside the counters (已抢光, 限时5分钟, 今日特价 ...), and viewers who write the same words.

Some of the labels state something of scarcity and some do not; which of them a reader takes for statements is the
reader's to say: the truth says only what was displayed where and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks.scenes.clutter import CHAT, NAMES, Message, wrapped
from tests.benchmarks.scenes.comings import ComingPlan, Lettering, free_place, reach, standing, with_coming
from tests.benchmarks.scenes.layout import STYLES, CounterPlan, Plan, plan
from tests.benchmarks.scenes.letters import Letterer
from tests.benchmarks.scenes.recipe import FACES, Recipe, Split
from tests.benchmarks.scenes.timelines import _on_picture
from tests.benchmarks.scenes.truth import Rect, Showing

LABELS: dict[Split, tuple[str, ...]] = {
    "tuning": (
        "已抢光", "已售罄", "补货中", "限时5分钟", "最后5分钟", "即将售罄", "库存不足", "每人限购2件", "售完即止",
        "马上补货", "秒杀中", "今日特价", "讲解中", "开抢啦", "新人专享", "店铺热销", "限时秒杀", "马上开抢",
    ),
    "test": (
        "已抢光", "已售罄", "补货中", "限时10分钟", "最后3分钟", "即将抢光", "库存紧张", "每单限购3件", "卖完为止",
        "加单中", "秒杀中", "今日特价", "抢购中", "正在热卖", "全场包邮", "限时特惠", "主播推荐", "下单立减",
    ),
}  # fmt: skip
TALK: dict[Split, tuple[str, ...]] = {
    "tuning": (
        "已抢光了吗", "补货中是要等多久", "怎么就已售罄了", "说好的最后5分钟呢", "限时5分钟又来了", "库存不足是真的吗",
        "今日特价多少", "秒杀中怎么点不了", "我的显示已抢光", "已售罄吗", "已抢光？", "又是每人限购2件",
        "昨天也写最后5分钟今天还写最后5分钟", "刚点进去就已抢光你们到底放了几件", "即将售罄说了一晚上",
    ),
    "test": (
        "真的已抢光了吗", "一直补货中", "我这显示已售罄", "最后3分钟过了还在卖", "限时10分钟是几点到几点",
        "库存紧张骗人的", "今日特价明天还有吗", "抢购中卡住了", "已抢光了", "已售罄？", "补货中啊",
        "每单限购3件能分开拍吗", "上周的直播也是说最后3分钟结果卖到半夜", "加单中加单中加了一百遍了",
        "卖完为止是什么时候",
    ),
}  # fmt: skip
# The second part begins a line of its own: it looks like a label, and is chat.
BROKEN: dict[Split, tuple[str, ...]] = {
    "tuning": ("我这边按钮上写着\n已抢光", "客服刚才跟我说\n补货中", "你们这个牌子写的\n最后5分钟"),
    "test": ("为什么我的页面显示\n已售罄", "刚刚还写的是\n最后3分钟", "上面不是说了吗\n限时10分钟"),
}
SLOTS = 6
TALK_SHARE, BROKEN_SHARE = 0.5, 0.05


def label_plan(recipe: Recipe, faces: Mapping[str, Path]) -> ComingPlan:
    """A room with its counters, labels that come and go at places of their own, and chat that repeats their words."""
    base = plan(recipe, faces)
    strata = {"beside": "labels"}
    counters = tuple(
        replace(one, truth=replace(one.truth, strata={**one.truth.strata, **strata})) for one in base.counters
    )
    labels = _labels(base, faces)
    scene = with_coming(base, counters=counters, coming=labels)
    width = round(recipe.width * (0.46 if recipe.height > recipe.width else 0.32)) - base.chat_px  # layout's corner
    return replace(scene, chat=replace(base.chat, messages=_talk(base, width)))


def _labels(base: Plan, faces: Mapping[str, Path]) -> tuple[CounterPlan, ...]:
    recipe = base.recipe
    rng = np.random.default_rng(recipe.seed + 8)
    common = FACES[recipe.split]["common"]
    taken = _taken(base)
    found: list[CounterPlan] = []
    for number in range(SLOTS):
        shown = label_showings(recipe.split, recipe.seconds, recipe.seed * 16 + 8 + number)
        page = bool(number % 2)
        name = common[int(rng.integers(len(common)))]
        style = STYLES[int(rng.integers(len(STYLES)))]
        letters = Lettering(name, faces[name], int(rng.integers(16 if page else 18, 34)), style)
        size = letters.size(max((s.text for s in shown), key=len))
        whole = Rect(4, 4, recipe.width - 8, recipe.height - 8)
        place = free_place(size, whole, taken, (), (letters.px // 2, 0), rng)
        if place is not None:
            taken.append(place)
            strata = {"family": "label"}
            found.append(standing(recipe, f"label-{number}", shown, letters, place, page=page, strata=strata))
    if len(found) < SLOTS // 2:
        raise ValueError(f"scene {recipe.name}: expected room for {SLOTS // 2} labels or more, got {len(found)}")
    return tuple(found)


def label_showings(split: Split, seconds: float, seed: int) -> tuple[Showing, ...]:
    """What one place shows when: a label for 1.2 to 9 s, nothing or at once another one after it, and so on."""
    rng = np.random.default_rng(seed)
    found: list[Showing] = []
    at = float(rng.uniform(0, 3))
    while at < seconds - 0.5:
        text = LABELS[split][int(rng.integers(len(LABELS[split])))]
        stay = float(np.exp(rng.uniform(np.log(1.2), np.log(9.0))))
        begin, end = (_on_picture(min(t, seconds)) for t in (at, at + stay))
        if not found or text != found[-1].text:
            found.append(Showing(text, None, None, None, begin, end))
            at += stay
        at += 0.0 if rng.random() < 0.3 else float(rng.uniform(0.6, 4.0))
    return tuple(found)


def _taken(base: Plan) -> list[Rect]:
    """What stands for good: counters, titles, the chat's corner."""
    chat = Rect(base.chat.x, base.chat.bottom - base.chat.most * base.chat.line, 0, base.chat.most * base.chat.line)
    corner = Rect(0, chat.y - 6, round(base.recipe.width * 0.5), chat.h + 18)
    titles = []
    for title in base.titles:
        w, h = Letterer(title.face, title.px, title.style).size(title.text.replace("#", "10000"))
        titles.append(Rect(title.x, title.y, w, h))
    return [corner, *titles, *(reach(counter) for counter in base.counters)]


def _talk(base: Plan, width: int) -> tuple[Message, ...]:
    """Chat as elsewhere, half of it about the labels."""
    recipe = base.recipe
    split = recipe.split
    rng = np.random.default_rng(recipe.seed + 9)
    found, at = [], -8.0
    while at < recipe.seconds:
        dice = float(rng.random())
        pool = CHAT[split]
        if dice < BROKEN_SHARE:
            pool = BROKEN[split]
        elif dice < BROKEN_SHARE + TALK_SHARE:
            pool = TALK[split]
        name = NAMES[split][int(rng.integers(len(NAMES[split])))]
        text = pool[int(rng.integers(len(pool)))]
        found.append(Message(round(at, 2), wrapped(name, text, base.chat_face, base.chat_px, width)))
        at += float(rng.uniform(0.5, 2.6))
    return tuple(found)
