"""State that a site puts into its page's inline scripts: `window.NAME={...}` (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from crawler.platforms.spans import root
from crawler.platforms.wire.json_text import parse
from crawler.platforms.wire.undecodable import Undecodable

# A text is left as it is; outside texts a bare `undefined` is no JSON, and stands for what is not there.
_UNDEFINED = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|(?P<bare>\bundefined\b)', re.DOTALL)


def state_object(scripts: Iterable[str], name: str) -> Any:
    """The object that the first readable script assigns to `name`; None when none does."""
    assigned = re.compile(rf"{re.escape(name)}\"?\]?\s*=\s*(?=\{{)")
    for script in scripts:
        match = assigned.search(script)
        if match is None:
            continue
        content = script[match.end() :].encode(errors="replace")
        place = root(content)
        if place is None:
            continue
        try:
            return parse(_UNDEFINED.sub(_null, content[slice(*place)]))
        except Undecodable:
            continue
    return None


def _null(match: re.Match[bytes]) -> bytes:
    return match[0] if match["bare"] is None else b"null"
