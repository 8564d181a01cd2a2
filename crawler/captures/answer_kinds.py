"""Which answers of a page's own requests are kept, and what bytes they are. Pure.

Kept is what a script of the page asked for and could read: XHR, fetch, EventSource, and JSONP (a script that is an
answer: its type is JSON, or its address names a callback). Of these everything but what is kept elsewhere (media:
`media.py`; pictures: the screen) or says nothing of the room (fonts, styles, WebAssembly). It is a list of what is left
out, not of what is kept, because sites mislabel: JSON comes as `text/html` and `text/plain`, protobuf as anything.
HTML that a script asked for is kept for the same reason, and because walls (captchas) come that way; a document that
the browser itself loads is of another kind and is in the page's entries.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crawler.captures.media import container_of

EVENT_SOURCE = "EventSource"
_BY_SCRIPT = {"XHR", "Fetch", EVENT_SOURCE}
_ELSEWHERE = ("image/", "video/", "audio/", "font/", "text/css", "application/wasm", "application/font",
              "application/x-font", "application/vnd.ms-fontobject")  # fmt: skip
_JSON = re.compile(r"(?:application|text)/(?:[\w.+-]*\+)?(?:x-)?json")
_CALLBACK = re.compile(r"(?:^|&)(?:[^=&]*(?:callback|jsonp)[^=&]*|cb)=|=jsonp(?:&|$)", re.IGNORECASE)
_NO_BODY = {204, 205, 304}


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes, how the browser handed them over ("bytes" or "text"), and whether they are those that went over the line.

    `exact` is False where the browser gave text that it had decoded from another charset than UTF-8, so that its UTF-8
    is kept, and where it can't be told whether there was anything.
    """

    content: bytes
    sent_as: str
    exact: bool


EMPTY = Body(b"", "bytes", exact=True)
_MARK = b"\xef\xbb\xbf"  # of UTF-8, at the beginning of a file
_WESTERN = {"", "iso-8859-1", "us-ascii", "windows-1252"}  # what browsers read as windows-1252


def is_kept(kind: str, media_type: str, url: str) -> bool:
    """Is an answer kept? `kind` is CDP's resource type, `media_type` what the response (or the sniffer) says."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False  # blob: and data: are made by the page itself
    media_type = media_type.lower().split(";")[0].strip()
    if kind == "Script":
        return bool(_JSON.fullmatch(media_type) or _CALLBACK.search(parts.query))
    return kind in _BY_SCRIPT and not media_type.startswith(_ELSEWHERE) and container_of(media_type, url) is None


def is_empty(status: int, headers: Mapping[str, str]) -> bool:
    """Does a response say that nothing follows? The browser reports some of these as given up by the page."""
    length = next((value for name, value in headers.items() if name.lower() == "content-length"), "")
    return status in _NO_BODY or length.strip() == "0"


def body_of(reply: Mapping[str, Any], received: int, charset: str = "") -> Body:
    """What `Network.getResponseBody` gave; `received` bytes (decompressed) had been reported before.

    The browser sends text where it can, decoded by `charset` (what the response names). It is exact when its UTF-8 is
    as long as what was received: other charsets are longer or shorter as soon as there is anything but ASCII. A mark at
    the beginning that was left out is put back, and what was read as windows-1252, because the response names no
    charset, is turned back byte by byte. Of a body of which nothing was reported it can't be told.
    """
    if reply["base64Encoded"]:
        return Body(b64decode(reply["body"]), "bytes", exact=True)
    text = reply["body"]
    content = text.encode("utf-8", "surrogatepass")
    charset = charset.lower()
    likely = text.isascii() or charset in {"utf-8", *_WESTERN}  # GB 18030 may be as long as UTF-8
    if likely and len(content) == received:
        return Body(content, "text", exact=received > 0)
    if likely and len(_MARK) + len(content) == received:
        return Body(_MARK + content, "text", exact=True)
    if len(text) == received and charset in _WESTERN:
        western = text.translate(_FROM_WESTERN)
        if all(ord(character) < 256 for character in western):
            return Body(western.encode("latin-1"), "text", exact=True)
    return Body(content, "text", exact=False)


def posted(request: Mapping[str, Any]) -> Body | None:
    """A request's body where its event carries all of it; None where there is none or the browser has to be asked."""
    entries = request.get("postDataEntries")
    if not entries or not all("bytes" in entry for entry in entries):
        return None
    try:
        return Body(b"".join(b64decode(entry["bytes"], validate=True) for entry in entries), "bytes", exact=True)
    except NotBase64:
        return None


def posted_later(reply: Mapping[str, Any]) -> Body:
    """What `Network.getRequestPostData` gave: files of a form are left out by the browser, so text is not exact."""
    if reply.get("base64Encoded"):
        return Body(b64decode(reply["postData"]), "bytes", exact=True)
    return Body(reply["postData"].encode("utf-8", "surrogatepass"), "text", exact=False)


def _from_western() -> dict[int, int]:
    """Windows-1252 as browsers read it, backwards: its unused places stand for the control characters of Latin-1."""
    table = {}
    for byte in range(0x80, 0xA0):
        character = bytes([byte]).decode("cp1252", "ignore")
        if character:
            table[ord(character)] = byte
            table.setdefault(byte, 0xFFFF)  # nothing is read as this one: text that has it came from elsewhere
    return table


_FROM_WESTERN = _from_western()
