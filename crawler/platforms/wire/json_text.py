"""JSON as sites send it: bounded, JSONP, JSON in JSON's texts, base64 in JSON (pure).

Bounds, checked before the parser builds anything: bytes, depth, number of values (`[[],[],...]` of 4 MiB would take
90 MB). `parse` takes what a browser's `JSON.parse` takes and no more (no NaN, no Infinity; also none by overflow).
"""

from __future__ import annotations

import binascii
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from crawler.platforms.wire.undecodable import SHOWN, Flaw, Undecodable, shown

MOST_BYTES = 4 << 20
MOST_DEPTH = 64
MOST_FLAWS = 64
MOST_VALUES = 100_000  # commas, colons and brackets: about two for each value
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},:]', re.DOTALL)  # possessive: linear on any bytes
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NAME = rb"[A-Za-z_$][\w$]{0,127}(?:\.[A-Za-z_$][\w$]{0,127}|\[[0-9]{1,9}\]){0,8}"
_JSONP = re.compile(
    rb"\s{0,64}(?:/\*\*/)?\s{0,64}(?:try\s{0,8}\{\s{0,8})?"
    rb"(?:(?:typeof\s{1,8})?" + _NAME + rb"(?:\s{0,8}={2,3}\s{0,8}['\"]function['\"])?\s{0,8}&&\s{0,8}){0,4}"
    rb"(?P<callback>" + _NAME + rb")\s{0,8}\("
)
_JSONP_END = re.compile(
    rb"\)\s{0,64};?\s{0,64}(?:\}\s{0,8}catch\s{0,8}\(\w{1,32}\)\s{0,8}\{\s{0,8}\}\s{0,8};?\s{0,64})?\Z"
)
_TAIL = 512  # bytes: longer than any end of JSONP
_STANDARD = bytes.maketrans(b"-_", b"+/")
_NOT_STANDARD = re.compile(rb"[^A-Za-z0-9+/]")
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value and what was odd about its text (duplicate keys, bytes that are not UTF-8, lone surrogates)."""

    value: Any
    flaws: tuple[Flaw, ...]


def parse(payload: bytes | str, most: int = MOST_BYTES) -> Any:
    """The JSON value of a text; `parsed` says beside it what was odd.

    Raises:
        Undecodable: it is no JSON, or over a bound.
    """
    return parsed(payload, most).value


def parsed(payload: bytes | str, most: int = MOST_BYTES) -> Parsed:
    """The JSON value of a text and its flaws. Of a duplicate key the last value counts, as in a browser.

    Raises:
        Undecodable: it is no JSON, or over a bound.
    """
    content = _as_bytes(payload, most)
    _check_shape(content)
    flaws = _Flaws(len(content))
    text = _text(content, flaws)
    try:
        value = json.loads(text, object_pairs_hook=flaws.members, parse_float=_finite, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Undecodable("JSON", "a JSON value", f"{error.msg} at character {error.pos}") from None
    except Undecodable:
        raise
    except ValueError:  # int() of over 4,300 digits (sys.get_int_max_str_digits): its time grows with their square
        raise Undecodable("JSON: number", "at most 4300 digits", "more") from None
    if _SURROGATE.search(content):
        value = _without_lone_surrogates(value, flaws)
    return Parsed(value, tuple(flaws.found))


class _Flaws:
    """What was odd about one text: each once, at most 64."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.found: dict[Flaw, None] = {}

    def note(self, rule: str, what: str) -> None:
        if len(self.found) < MOST_FLAWS:
            self.found[Flaw(rule, what, 0, self._size)] = None

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object's members; notes those that come twice."""
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            for name in [name for name, count in counts.items() if count > 1][:MOST_FLAWS]:
                self.note("duplicate key", shown(name))
        return found


def parse_jsonp(payload: bytes | str, most: int = MOST_BYTES) -> tuple[str, Any]:
    """The callback's name and the value in `callback({...})`, also `cb && cb({...});` and its like.

    Raises:
        Undecodable: it is no such call of one JSON value, or over a bound.
    """
    content = _as_bytes(payload, most)
    head = _JSONP.match(content)
    if head is None:
        raise Undecodable("JSONP", "callback(", shown(content[:SHOWN].decode(errors="replace")), 0)
    tail_at = max(head.end(), len(content) - _TAIL)
    tail = _JSONP_END.search(content, tail_at)
    if tail is None:
        raise Undecodable("JSONP", "a closing bracket at the end", "none", len(content))
    return head["callback"].decode("ascii"), parse(content[head.end() : tail.start()], most)


def unwrapped(value: Any, depth: int = 3, most: int = MOST_BYTES) -> Any:
    """The value in a JSON text within JSON, up to `depth` times. What does not begin as JSON does stays as it is.

    Raises:
        Undecodable: a text begins as a JSON object, list or text, and is none.
    """
    for _ in range(depth):
        if not isinstance(value, str) or not value.lstrip().startswith(("{", "[", '"')):
            break
        value = parse(value, most)
    return value


def b64(text: str | bytes, most: int = MOST_BYTES) -> bytes:
    """The bytes that a base64 text means: standard or URL-safe alphabet, with or without padding and line ends.

    Raises:
        Undecodable: it is no base64, or means more than `most` bytes.
    """
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(content) > 2 * most + 4:  # before anything is copied; line ends and all
        raise Undecodable("base64", f"at most {most} bytes", f"{len(content)} characters")
    content = content.translate(_STANDARD, _SPACE)
    stripped = content.rstrip(b"=")
    wrong = _NOT_STANDARD.search(stripped)
    if wrong is not None:
        raise Undecodable("base64", "letters, digits, + / - _ and = at the end", shown(chr(wrong[0][0])), wrong.start())
    signs = len(content) - len(stripped)
    if len(stripped) % 4 == 1 or signs > -len(stripped) % 4:
        raise Undecodable("base64", "whole bytes", f"{len(stripped)} characters and {signs} =")
    if len(stripped) * 3 // 4 > most:
        raise Undecodable("base64", f"at most {most} bytes", f"{len(stripped) * 3 // 4}")
    return binascii.a2b_base64(stripped + b"=" * (-len(stripped) % 4))


def _as_bytes(payload: bytes | str, most: int) -> bytes:
    if len(payload) > most:
        raise Undecodable("JSON: size", f"at most {most} bytes", f"{len(payload)}")
    # A lone surrogate becomes bytes that are no UTF-8, and is noted as such when they are read.
    content = payload.encode(errors="surrogatepass") if isinstance(payload, str) else bytes(payload)
    if len(content) > most:
        raise Undecodable("JSON: size", f"at most {most} bytes", f"{len(content)}")
    return content


def _text(content: bytes, flaws: _Flaws) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        flaws.found[Flaw("not UTF-8", error.reason, error.start, error.end)] = None
        return content.decode("utf-8-sig", errors="replace")


def _check_shape(content: bytes) -> None:
    brackets = content.count(b"[") + content.count(b"{")
    signs = brackets + content.count(b",") + content.count(b":")
    if brackets <= MOST_DEPTH and signs <= MOST_VALUES:
        return  # whatever stands in texts and what not
    depth = values = 0
    for token in _TOKEN.finditer(content):
        sign = content[token.start()]
        if sign == 0x22:  # a text
            continue
        if sign in b"[{":
            depth += 1
            if depth > MOST_DEPTH:
                raise Undecodable("JSON: depth", f"at most {MOST_DEPTH}", "more", token.start())
        elif sign in b"]}":
            depth -= 1
            continue
        values += 1
        if values > MOST_VALUES:
            raise Undecodable(
                "JSON: count", f"at most {MOST_VALUES} commas, colons and brackets", "more", token.start()
            )


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Undecodable("JSON: number", "one within the range of a double", shown(digits))
    return number


def _no_constant(word: str) -> Any:
    raise Undecodable("JSON: number", "a number", word)


def _without_lone_surrogates(value: Any, flaws: _Flaws) -> Any:
    if isinstance(value, str):
        mended = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if mended != value:
            flaws.note("lone surrogate", shown(value))
        return mended
    if isinstance(value, list):
        return [_without_lone_surrogates(each, flaws) for each in value]
    if isinstance(value, dict):
        return {
            _without_lone_surrogates(name, flaws): _without_lone_surrogates(each, flaws) for name, each in value.items()
        }
    return value
