"""Where values of a JSON text stand: found by bytes alone, and equal to what a parser reads there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms.spans import root, span_of, spans_in, spans_of

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
NAMES = st.text(max_size=4) | st.sampled_from(["a", "b", '"', "\\", "}", "[", ":", ","])
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20
)
CONTAINERS = st.lists(TREES, max_size=4) | st.dictionaries(NAMES, TREES, max_size=4)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(path, value)]
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else [])
    ):
        found += paths(inner, (*path, step))
    return found


@settings(max_examples=100)
@given(CONTAINERS, st.booleans(), st.sampled_from([None, 1]), st.sampled_from([b"", b" \n", b"cb("]))
def test_every_value_is_found_where_it_stands(value: Any, ascii_only: bool, indent: int | None, before: bytes) -> None:  # noqa: FBT001
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    content = before + text.encode(errors="replace") + b");"
    value = json.loads(text.encode(errors="replace"))  # a lone surrogate became a question mark
    every = paths(value)
    assert spans_of(content, [path for path, _ in every], len(before)).keys() == {path for path, _ in every}
    for path, inner in every:
        span = span_of(content, path, len(before))
        assert span is not None
        assert json.loads(content[slice(*span)]) == inner
        if isinstance(inner, list):
            assert [json.loads(content[slice(*each)]) for each in spans_in(content, path, len(before))] == inner


def test_of_two_members_with_one_name_the_last_counts_as_in_a_parser() -> None:
    content = b'{"a":1,"a":[2]}'
    assert span_of(content, ("a",)) == (11, 14)


def test_what_is_not_there() -> None:
    content = b'{"a":[1],"b":"x"}'
    for path in (("c",), ("a", 1), ("a", "x"), ("b", 0), ("a", 0, 0)):
        assert span_of(content, path) is None
    assert span_of(b'{"x":1}', ("",)) is None
    assert span_of(b'{"":1}', ("",)) == (4, 5)
    assert spans_in(content, ("b",)) == []
    assert root(b"no json") is None
    assert root(b'{"a":[1}') is None


@settings(max_examples=100)
@given(st.binary(max_size=200), st.lists(st.text(max_size=2) | st.integers(0, 3), max_size=3))
def test_any_bytes(content: bytes, path: list[str | int]) -> None:
    span_of(content, tuple(path))
    spans_in(b'[{"a":' + content, (0, "a"))
