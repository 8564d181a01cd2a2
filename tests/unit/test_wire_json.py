"""JSON as sites send it: JSONP, JSON in texts, base64; and hostile texts that end in one error."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from crawler.platforms.wire import Undecodable, b64, parse, parse_jsonp, parsed, unwrapped
from crawler.platforms.wire.json_text import MOST_BYTES, MOST_DEPTH, MOST_VALUES


def test_json_is_what_it_says() -> None:
    value = {"text": "仅剩3单 😀", "n": [1, -2.5, 1e3, True, None], "deep": {"": {}}}
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False)) == value
    assert parse(b"\xef\xbb\xbf{}") == {}
    assert parse(b' "x" ') == "x"


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b'{"a":1}x', "JSON"),
        (b"\xff\xfe{\0}\0", "JSON"),
        (b"NaN", "JSON: number"),
        (b'{"a":[Infinity]}', "JSON: number"),
        (b"[-Infinity]", "JSON: number"),
        (b"1e999", "JSON: number"),
        (b"[" + b"9" * 4301 + b"]", "JSON: number"),
        (b"[" * (MOST_DEPTH + 1), "JSON: depth"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "JSON: depth"),
        (b"[" * MOST_BYTES, "JSON: depth"),
        (b"[" + b"[]," * MOST_VALUES + b"[]]", "JSON: count"),
        (b"[" + b"1," * MOST_VALUES + b"1]", "JSON: count"),
        (b'"' + b"a" * MOST_BYTES + b'"', "JSON: size"),
        (b'["a\nb"]', "JSON"),
        (b'"\\x"', "JSON"),
    ],
)
def test_what_is_no_json_or_over_a_bound_is_refused(payload: bytes, rule: str) -> None:
    with pytest.raises(Undecodable) as error:
        parse(payload)
    assert error.value.rule == rule


def test_the_bounds_themselves_are_allowed() -> None:
    deepest = b"[" * MOST_DEPTH + b"]" * MOST_DEPTH
    value = parse(deepest)
    for _ in range(MOST_DEPTH - 1):
        (value,) = value
    assert value == []
    assert parse(b"9" * 4300) == int("9" * 4300)
    many = parse(b"[" + b"1," * (MOST_VALUES - 1) + b"1]")
    assert len(many) == MOST_VALUES


def test_brackets_in_texts_do_not_count() -> None:
    texts = ["[" * 100, '\\"[[[', '"[{' * 200, "\\", '\\\\"', "," * (2 * MOST_VALUES)]
    assert parse(json.dumps(texts).encode()) == texts
    with pytest.raises(Undecodable, match="JSON"):
        parse(b'["' + b'\\"[' * 200_000)


def test_duplicate_keys_are_flagged_and_the_last_one_counts() -> None:
    found = parsed(b'{"num": 1, "num": 2, "in": [{"a": 1, "a": 1, "b": 0}]}')
    assert found.value == {"num": 2, "in": [{"a": 1, "b": 0}]}
    assert sorted((flaw.rule, flaw.what) for flaw in found.flaws) == [
        ("duplicate key", "'a'"),
        ("duplicate key", "'num'"),
    ]


def test_lone_surrogates_become_replacement_characters_and_are_flagged() -> None:
    found = parsed(b'{"\\ud800": ["\\udc00x", "\\ud83d\\ude00", "\\uD83D\\uDE00"]}')
    assert found.value == {"�": ["�x", "😀", "😀"]}
    assert {flaw.rule for flaw in found.flaws} == {"lone surrogate"}
    json.dumps(found.value, ensure_ascii=False).encode()
    assert parsed(b'"\\ud83d\\ude00"').flaws == ()
    direct = parsed('"\ud800"')
    assert "\ud800" not in direct.value
    assert {flaw.rule for flaw in direct.flaws} == {"not UTF-8"}


def test_bytes_that_are_no_utf8_become_replacement_characters_and_are_flagged() -> None:
    found = parsed(b'{"nick": "a\xe4\xbd"}')
    assert found.value == {"nick": "a�"}
    (flaw,) = found.flaws
    assert (flaw.rule, flaw.start) == ("not UTF-8", 11)


@pytest.mark.parametrize(
    ("payload", "callback"),
    [
        ('mtopjsonp1({"ret":["SUCCESS"]})', "mtopjsonp1"),
        ('cb&&cb({"ret":["SUCCESS"]})', "cb"),
        (' window.cb && window.cb( {"ret":["SUCCESS"]} ) ; \n', "window.cb"),
        ('/**/jQuery1_2({"ret":["SUCCESS"]});', "jQuery1_2"),
        ('typeof f === \'function\' && f({"ret":["SUCCESS"]});', "f"),
        ('try{a.b[3]({"ret":["SUCCESS"]});}catch(e){}', "a.b[3]"),
    ],
)
def test_jsonp_gives_its_callback_and_value(payload: str, callback: str) -> None:
    assert parse_jsonp(payload.encode()) == (callback, {"ret": ["SUCCESS"]})
    assert parse_jsonp(payload) == (callback, {"ret": ["SUCCESS"]})


def test_jsonp_may_hold_brackets_in_texts() -> None:
    assert parse_jsonp(b'cb({"a":")"});') == ("cb", {"a": ")"})
    assert parse_jsonp(b'cb("x);)")') == ("cb", "x);)")


@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"{}", b"cb(", b"cb()", b"cb({}", b"cb({},1)", b"cb({});alert(1)", b"1cb({})", b"(" * 1000),
        *(b"a" * 100_000, b"cb(" + b")" * 100_000, b"a." * 50_000, b"a&&" * 50_000),
        *(b"cb({})" + b" " * 100_000, b" " * 100_000),
    ],
)
def test_what_is_no_jsonp_is_refused(payload: bytes) -> None:
    with pytest.raises(Undecodable):
        parse_jsonp(payload)


def test_json_in_json_is_unwrapped_a_bounded_number_of_times() -> None:
    value: Any = {"result": 1}
    once, thrice, four = (json.dumps(value), value, value)
    for _ in range(3):
        thrice = json.dumps(thrice)
    four = json.dumps(thrice)
    assert unwrapped(parse(json.dumps(once))) == value
    assert unwrapped(thrice) == value
    assert unwrapped(four) == json.dumps(value)
    assert unwrapped(value) == value
    assert unwrapped("有货") == "有货"
    assert unwrapped("123") == "123"
    with pytest.raises(Undecodable):
        unwrapped("{broken")
    with pytest.raises(Undecodable):
        unwrapped("[" * 100)


def test_base64_of_both_alphabets_with_and_without_padding() -> None:
    for size in range(20):
        content = bytes(range(240, 240 + size)) if size < 16 else b"\xfb\xff\xfe" * size
        for encoded in (base64.b64encode(content), base64.urlsafe_b64encode(content)):
            assert b64(encoded) == b64(encoded.decode()) == content
            assert b64(encoded.rstrip(b"=")) == content
    assert b64(" 5LuF\r\n5Ymp") == "仅剩".encode()


@pytest.mark.parametrize("text", ["a", "abcde", "ab!d", "有货", "\ud800", "ab=c", "=" * 5, "=", "aGk==" + "=="])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(Undecodable):
        b64(text)


def test_base64_has_a_bound() -> None:
    assert b64("AAAA", most=3) == b"\0\0\0"
    for text in ("AAAAAAAA", "A" * 100):
        with pytest.raises(Undecodable, match="at most 3"):
            b64(text, most=3)
