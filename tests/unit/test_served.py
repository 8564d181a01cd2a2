"""State scripts of a document as it was sent."""

from __future__ import annotations

import pytest

from crawler import served
from crawler.served import scripts_with

DOCUMENT = """<!doctype html><html><head><SCRIPT type="text/javascript" nonce="a">var other = 1</SCRIPT>
<script>window.__INITIAL_STATE__ = {"a": "<b>"};
(function(){var s;(s=document.currentScript).parentNode.removeChild(s)}())</script></head>
<body><script id="x">self.__pace_f.push([1,"roomStore"])</script></body></html>"""


def test_only_scripts_with_a_mark_are_taken_in_order() -> None:
    found = scripts_with(DOCUMENT, ["roomStore", "__INITIAL_STATE__"])
    assert [text[:15] for text in found] == ["window.__INITIA", "self.__pace_f.p"]
    assert scripts_with(DOCUMENT, ["nothing of the kind"]) == ()


def test_what_is_too_long_is_left_out_and_the_rest_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "MOST_STATE", 60)
    assert [text[:9] for text in scripts_with(DOCUMENT, ["roomStore", "__INITIAL_STATE__"])] == ["self.__pa"]


@pytest.mark.parametrize(
    "hostile", ["<script " * 200_000, "<script>" * 200_000, "<script>x</scrip" * 100_000, "<" * 10**6]
)
def test_a_hostile_document_is_read_once_not_anew_from_each_sign(hostile: str) -> None:
    assert scripts_with(hostile, ["__INITIAL_STATE__"]) == ()
