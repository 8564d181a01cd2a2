"""Which answers are kept, and whether their bytes are what went over the line."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.captures.answer_kinds import body_of, is_empty, is_kept, posted, posted_later

MTOP = "https://h5api.m.example.com/h5/mtop.api/1.0/?jsv=2&type=jsonp&dataType=jsonp&callback=mtopjsonp3&data=%7B%7D"


@pytest.mark.parametrize(
    ("kind", "media_type", "url"),
    [
        ("XHR", "application/json", "https://h/api"),
        ("Fetch", "text/html", "https://h/php-that-says-html.php"),
        ("Fetch", "", "https://h/untyped"),
        ("Fetch", "application/octet-stream", "https://h/webcast/im/fetch/"),
        ("XHR", "application/x-protobuf;charset=utf-8", "http://h/x"),
        ("XHR", "application/x-own-format", "https://h/x"),
        ("EventSource", "text/event-stream", "https://h/x"),
        ("Script", "application/json", "https://h/x"),
        ("Script", "application/vnd.own+json", "https://h/x"),
        ("Script", "text/javascript", MTOP),
        ("Script", "text/javascript", "https://api.h/client.action?functionId=liveauth&jsonp=jsonpCBKA"),
        ("Script", "application/javascript", "https://h/x?a=1&cb=_123"),
    ],
)
def test_what_a_script_asked_for_is_kept(kind: str, media_type: str, url: str) -> None:
    assert is_kept(kind, media_type, url)


@pytest.mark.parametrize(
    ("kind", "media_type", "url"),
    [
        ("Document", "text/html", "https://h/room/1"),
        ("Script", "text/javascript", "https://h/player.js?v=3"),
        ("Script", "text/javascript", "https://h/callback.js"),
        ("Script", "text/javascript", "https://h/x.js?abcb=1"),
        ("Image", "application/json", "https://h/x"),
        ("Ping", "text/plain", "https://h/x"),
        ("Preflight", "", "https://h/x"),
        ("Fetch", "video/x-flv", "https://h/live"),
        ("Fetch", "application/octet-stream", "https://h/live/a.flv?token=1"),
        ("XHR", "application/octet-stream", "https://h/seg/12.ts"),
        ("XHR", "application/vnd.apple.mpegurl", "https://h/live"),
        ("XHR", "image/webp", "https://h/x"),
        ("Fetch", "font/woff2", "https://h/x"),
        ("Fetch", "application/wasm", "https://h/x"),
        ("Fetch", "text/css", "https://h/x"),
        ("Fetch", "application/json", "blob:https://h/12"),
        ("Fetch", "application/json", "data:application/json,{}"),
        ("Fetch", "application/json", "https://[broken/x"),
    ],
)
def test_what_is_kept_elsewhere_or_says_nothing_of_the_room_is_not(kind: str, media_type: str, url: str) -> None:
    assert not is_kept(kind, media_type, url)


@pytest.mark.parametrize(
    ("status", "headers", "empty"),
    [(204, {}, True), (304, {"Content-Length": "12"}, True), (200, {"CONTENT-LENGTH": " 0 "}, True),
     (200, {}, False), (200, {"Content-Length": "1"}, False)],
)  # fmt: skip
def test_an_answer_that_says_that_nothing_follows(status: int, headers: dict[str, str], *, empty: bool) -> None:
    assert is_empty(status, headers) is empty


def as_page_decodes(content: bytes, charset: str) -> dict[str, object]:
    """What the browser hands over from a page: text by the charset, without a mark; bytes where that fails."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    if charset == "windows-1252":
        text = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in content)
    else:
        try:
            text = content.decode(charset)
        except UnicodeDecodeError:
            return {"body": b64encode(content).decode(), "base64Encoded": True}
    return {"body": text, "base64Encoded": False}


@given(st.binary(max_size=300))
def test_bytes_read_as_windows_1252_are_turned_back(content: bytes) -> None:
    if content.startswith(b"\xef\xbb\xbf"):
        return  # a mark makes it UTF-8
    body = body_of(as_page_decodes(content, "windows-1252"), len(content))
    assert body.content == content
    assert body.exact is (content != b"")


@given(st.text(max_size=300), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_utf_8_is_exact_with_and_without_its_mark(text: str, mark: bytes) -> None:
    content = mark + text.encode("utf-8")
    if text.startswith("\ufeff"):
        return  # two marks: the browser takes the first alone
    body = body_of(as_page_decodes(content, "utf-8"), len(content))
    assert (body.content, body.sent_as) == (content, "text")
    assert body.exact is (content != b"")


@given(
    st.text(st.characters(categories=("Lo",)), min_size=1, max_size=50), st.sampled_from(["gb18030", "utf-16", "big5"])
)
def test_text_of_another_charset_is_never_called_exact_when_it_is_not(text: str, charset: str) -> None:
    try:
        content = text.encode(charset)
    except UnicodeEncodeError:
        return
    body = body_of({"body": text, "base64Encoded": False}, len(content), charset)
    assert body.content == (content if body.exact else text.encode())


def test_what_comes_as_base64_is_exact() -> None:
    body = body_of({"body": b64encode(b"\xff\x00").decode(), "base64Encoded": True}, 0)
    assert (body.content, body.sent_as, body.exact) == (b"\xff\x00", "bytes", True)


def test_nothing_of_which_nothing_was_reported_may_be_anything() -> None:
    assert not body_of({"body": "", "base64Encoded": False}, 0).exact


def test_a_posted_body_is_joined_from_its_entries() -> None:
    entries = [{"bytes": b64encode(b"a=\xff").decode()}, {"bytes": b64encode(b"&b=1").decode()}]
    body = posted({"postData": "lossy", "postDataEntries": entries})
    assert body is not None
    assert (body.content, body.sent_as) == (b"a=\xff&b=1", "bytes")


@pytest.mark.parametrize(
    "request_", [{}, {"postData": "text alone"}, {"postDataEntries": []}, {"postDataEntries": [{"bytes": "YQ=="}, {}]},
                 {"postDataEntries": [{"bytes": "no base64"}]}],
)  # fmt: skip
def test_a_posted_body_that_is_not_all_there_is_asked_for(request_: dict[str, object]) -> None:
    assert posted(request_) is None


def test_what_the_browser_gives_of_a_posted_body_later() -> None:
    assert posted_later({"postData": "/wA=", "base64Encoded": True}).content == b"\xff\x00"
    later = posted_later({"postData": "词", "base64Encoded": False})
    assert (later.content, later.sent_as, later.exact) == ("词".encode(), "text", False)
