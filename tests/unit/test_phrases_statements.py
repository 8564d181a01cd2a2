"""Statements are the shop's labels; viewers' sentences that hold the same words are none."""

from __future__ import annotations

import pytest

from crawler.readers.phrases import parse_claims
from crawler.readers.statements import BESIDE, LONGEST, TYPES, statement

LABELS = """
已抢光
已售罄！
即将售罄
库存紧张
库存不多 手慢无
仅剩少量
最后一波
卖完不补货
售完即止
补货中
限时10分钟
最后3分钟
活动延长5分钟
仅此一天
每人限购2件
前50名送小样
明天同一时间还有
下播恢复原价
本场限量500份
商品已下架
您关注的商品返场啦
2号链接 已抢光
蓝色 M码 已售罄
【限时5分钟】每人限购2件
活动说明 每人限购2件
讲解商品 限时5分钟
活动到18:00结束
截止23:59
""".strip().splitlines()
SENTENCES = """
张三说已抢光了
老板说没货了？
我的显示已抢光
怎么就已售罄了
已抢光了吗
已抢光？
又是每人限购2件
说好的最后5分钟呢
昨天还是最后3分钟
限时5分钟又来了
一直补货中
客服回复已经下架了
姐妹们快冲库存不多了
还没付款就已售罄
等了半天结果已抢光
上次也说卖完不补货
每人限购2件能不能分开拍
最后3分钟过了还在卖
库存紧张骗人的吧
群里都在传下播恢复原价
点进去就没货了啊
限时10分钟是几点到几点
天天仅此一天
好不容易进来已售罄
这款连衣裙颜色好看可惜已售罄
""".strip().splitlines()


@pytest.mark.parametrize("text", LABELS)
def test_a_label_counts(text: str) -> None:
    said = statement(text)
    assert said is not None
    assert said.kind == "statement"


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_does_not(text: str) -> None:
    assert statement(text) is None


def test_most_of_these_sentences_hold_the_very_claims_of_labels() -> None:
    """Else the sentences would fall out for want of a claim, and prove nothing."""
    claimed = [text for text in SENTENCES if any(claim.type in TYPES for claim in parse_claims(text, source="ocr"))]
    assert len(claimed) >= 15, sorted(set(SENTENCES) - set(claimed))


def test_a_label_has_little_beside_its_claim() -> None:
    assert statement("蓝" * BESIDE + "已抢光") is not None
    assert statement("蓝" * (BESIDE + 1) + "已抢光") is None
    assert len("蓝" * (BESIDE + 1) + "已抢光") <= LONGEST


def test_what_is_said_between_two_claims_counts_as_beside_them() -> None:
    assert statement("每人限购2件 售完即止") is not None
    assert statement("每人限购2件结果已售罄") is None


def test_a_name_before_a_colon_speaks_and_a_time_of_day_does_not() -> None:
    assert statement("小明：活动到18:00结束") is None
    assert statement("小明 18:00 已抢光") is None
    assert statement("活动到18:00结束") is not None


def test_a_clock_that_counts_down_is_no_statement() -> None:
    """It would be another one at each second."""
    assert statement("倒計時 02:45") is None
    assert statement("倒计时 00:45 已抢光") is None
