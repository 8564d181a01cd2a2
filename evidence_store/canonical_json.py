"""RFC 8785 JSON, written and read back. Pure.

What RFC 8785 says is `rfc8785`'s business. Nearly all that we write is made of text, whole numbers, booleans and ASCII
names, and for those the form is also what the C encoder of `json` gives with sorted names, in a third of the time: it
was the greatest cost of a durable entry (tests/benchmarks/store_append.py). A test holds the two against each other.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

from evidence_store.entries import JSON
from evidence_store.errors import InvalidDraft, Malformed

_SAFE = 2**53 - 1
_encode = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode


def canonical(value: JSON) -> bytes:
    """The RFC 8785 form. Raises InvalidDraft for what JSON can't say (NaN, integers beyond 2^53, lone surrogates)."""
    try:
        return _encode(value).encode() if _is_plain(value) else rfc8785.dumps(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidDraft(
            "a body is JSON that RFC 8785 can write",
            expected="text keys, text without lone surrogates, integers within 2^53, finite numbers",
            got=f"{type(error).__name__}: {str(error)[:200]}",
            next_step="put raw bytes and hostile text into a part of an attachment",
        ) from error


def parse_json(raw: bytes) -> Any:
    """JSON that is its own RFC 8785 form. Raises Malformed for anything else, also for a member that occurs twice."""
    try:
        text = raw.decode("utf-8")
        value = _read_plain(text)
        # A member that occurs twice is written once, so that these bytes differ.
        if (text.isascii() or _is_plain(value)) and _encode(value) == text:
            return value
    except (ValueError, RecursionError):
        pass  # read once more below, to say what is wrong with it
    return _parse_slowly(raw)


def malformed(rule: str, expected: object, got: object) -> Malformed:
    """The error of stored bytes that break the format."""
    return Malformed(rule, expected=expected, got=got, next_step="livewitness verify STORE")


def _not_plain(text: str) -> Any:
    raise ValueError(text)


def _safe(text: str) -> int:
    value = int(text) if len(text) <= len(str(-_SAFE)) else _SAFE + 1
    return value if -_SAFE <= value <= _SAFE else _not_plain(text)


# What it reads from ASCII is plain, so that nobody need look through it once more.
_read_plain = json.JSONDecoder(parse_float=_not_plain, parse_int=_safe, parse_constant=_not_plain).decode


def _is_plain(value: JSON) -> bool:
    """Whether the C encoder gives the RFC 8785 form: no floats, no subclasses, names whose order all sorts agree on."""
    kind = type(value)
    if kind is dict:
        return all(type(name) is str and name.isascii() and _is_plain(each) for name, each in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    if kind is int:
        return bool(-_SAFE <= value <= _SAFE)
    return kind is str or kind is bool or value is None


def _parse_slowly(raw: bytes) -> Any:
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_number
        )
        again = rfc8785.dumps(value)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise malformed(
            "stored JSON is RFC 8785", "canonical JSON", f"{type(error).__name__}: {error}"[:200]
        ) from error
    if again != raw:
        at = next((n for n, (a, b) in enumerate(zip(again, raw, strict=False)) if a != b), min(len(again), len(raw)))
        raise malformed("stored JSON is RFC 8785", f"{again[at : at + 24]!r} at byte {at}", f"{raw[at : at + 24]!r}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise malformed("a member occurs once in its object", "each name once", f"{twice} twice")
    return found


def _no_constant(text: str) -> Any:
    raise malformed("numbers are finite", "a number", text)


def _number(text: str) -> int | float:
    # RFC 8785 writes the double 1e16 as 10000000000000000, so a long run of digits is a double, as in JavaScript.
    value = int(text) if len(text) <= len(str(_SAFE)) + 1 else float(text)
    return value if abs(value) <= _SAFE else float(text)
