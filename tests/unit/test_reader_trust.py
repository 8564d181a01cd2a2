"""Trust: when the tiny model alone may carry a value, and which model is asked first."""

from __future__ import annotations

import pytest

from crawler.readers.counters import Counter, parse
from crawler.readers.trust import AUDIT_EVERY, RECENT, TRY_AGAIN, UNSURE_MOST, Trust


def counter(text: str) -> Counter:
    found = parse(text)
    assert found is not None, text
    return found


def trusting(*texts: str) -> Trust:
    """Both models have agreed on these values."""
    trust = Trust()
    for text in texts:
        trust.agreed(counter(text))
    return trust


def unsure(times: int) -> Trust:
    """The tiny model was asked as often as counts, and was unsure so many times, lately."""
    trust = Trust()
    for number in range(RECENT):
        trust.asked_tiny(sure=number < RECENT - times)
    return trust


def test_nothing_is_trusted_before_both_models_have_agreed() -> None:
    assert not Trust().covers(counter("库存:37"))


def test_a_value_is_covered_once_each_of_its_digits_was_agreed_on() -> None:
    trust = trusting("库存:37")
    assert trust.covers(counter("库存:73")), "the same digits in another order"
    assert trust.covers(counter("库存:333"))
    assert not trust.covers(counter("库存:36")), "a 6 was never agreed on"
    trust.agreed(counter("库存:60"))
    assert trust.covers(counter("库存:36"))


@pytest.mark.parametrize("text", ["仅剩37单", "已抢37%", "库存:37件", "库存3", "已售3.7万"])
def test_digits_are_known_in_their_frame_only(text: str) -> None:
    trust = trusting("37人在线", "已售3.7万+")
    assert not trust.covers(counter(text))
    trust.agreed(counter(text))
    assert trust.covers(counter(text))


def test_the_colon_of_a_label_is_no_part_of_the_frame_and_that_of_a_clock_is() -> None:
    assert trusting("库存:37").covers(counter("库存37"))
    assert not trusting("04:59").covers(counter("00:04:59"))


def test_after_so_many_values_both_models_are_asked_again() -> None:
    trust = trusting("库存:37")
    for number in range(AUDIT_EVERY):
        assert trust.covers(counter("库存:37")), f"carried {number} so far"
        trust.carried()
    assert not trust.covers(counter("库存:37"))
    trust.agreed(counter("库存:37"))  # the audit went well
    assert trust.covers(counter("库存:37"))


def test_an_audit_of_one_value_lets_the_other_digits_be_carried_on() -> None:
    trust = trusting("库存:37", "库存:12")
    for _ in range(AUDIT_EVERY):
        trust.carried()
    trust.agreed(counter("库存:12"))
    assert trust.covers(counter("库存:37"))


def test_one_contradiction_takes_all_trust_in_the_field() -> None:
    trust = trusting(*["库存:12345"] * 50, "仅剩98单")
    assert trust.covers(counter("仅剩89单"))
    trust.contradicted()
    assert not trust.covers(counter("仅剩89单"))
    assert not trust.covers(counter("库存:123"))
    trust.agreed(counter("仅剩98单"))
    assert trust.covers(counter("仅剩89单")), "and it is earned again"
    assert not trust.covers(counter("仅剩12单")), "digits of before"
    assert not trust.covers(counter("库存:98")), "a frame of before"


def test_a_contradiction_begins_a_new_count_to_the_next_audit() -> None:
    trust = trusting("库存:37")
    for _ in range(AUDIT_EVERY):
        trust.carried()
    trust.contradicted()
    trust.agreed(counter("库存:37"))
    for _ in range(AUDIT_EVERY):
        assert trust.covers(counter("库存:37"))
        trust.carried()
    assert not trust.covers(counter("库存:37"))


def test_the_tiny_model_is_asked_first_until_it_is_mostly_unsure() -> None:
    assert Trust().first == "tiny"
    for times in range(RECENT + 1):
        assert unsure(times).first == ("tiny" if times <= UNSURE_MOST else "small"), f"unsure {times} times"


def test_what_it_was_unsure_of_long_ago_no_longer_counts() -> None:
    trust = unsure(UNSURE_MOST)
    for _ in range(RECENT):
        trust.asked_tiny(sure=True)
    for _ in range(UNSURE_MOST):
        trust.asked_tiny(sure=False)
        assert trust.first == "tiny"
    trust.asked_tiny(sure=False)
    assert trust.first == "small"


def test_the_tiny_model_gets_another_chance_and_uses_it_or_not() -> None:
    trust = unsure(UNSURE_MOST + 1)
    turns: list[str] = []
    while (first := trust.first) == "small":
        turns.append(first)
        assert len(turns) < 20 * TRY_AGAIN, "the tiny model is never asked again"
    assert len(turns) % TRY_AGAIN == 0
    assert turns, "it was mostly unsure"
    trust.asked_tiny(sure=False)
    assert trust.first == "small", "it failed again"
    recovered = unsure(UNSURE_MOST + 1)
    while recovered.first == "small":
        pass
    recovered.asked_tiny(sure=True)
    for _ in range(3 * TRY_AGAIN):
        assert recovered.first == "tiny"


def test_another_chance_is_not_given_before_its_time() -> None:
    trust = unsure(RECENT)
    assert [trust.first for _ in range(TRY_AGAIN)] == ["small"] * TRY_AGAIN


def test_a_statement_is_trusted_by_its_own_words_only() -> None:
    def said(text: str) -> Counter:
        return Counter("statement", None, None, text, "")

    trust = Trust()
    trust.agreed(said("已抢光"))
    assert trust.covers(said("已抢光"))
    assert not trust.covers(said("已售罄"))
