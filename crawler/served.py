"""The document as the server sent it: some sites' pages delete the script that holds their state once it has been read.

Read from the browser's own copy, without another request; the page can't tell.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from crawler.cdp import CdpConnection, CdpError

MOST = 4_000_000  # characters of a document that are looked through
MOST_STATE = 1_000_000  # characters of scripts that are taken
TRIES = 6  # looks at a document that is still coming in, or has none of the marks


def scripts_with(document: str, marks: Sequence[str]) -> tuple[str, ...]:
    """The inline scripts of a document that have one of the marks in them, in order, as far as `MOST_STATE` goes."""
    found: list[str] = []
    left, at = MOST_STATE, 0
    text = document[:MOST]
    plain = text.lower()
    # Found by position, not by pattern: a document of nothing but opened scripts is read once all the same.
    while (opens := plain.find("<script", at)) >= 0 and (begins := plain.find(">", opens) + 1) > 0:
        ends = plain.find("</script", begins)
        if ends < 0:
            break
        script, at = text[begins:ends], ends
        if len(script) <= left and any(mark in script for mark in marks):
            left -= len(script)
            found.append(script)
    return tuple(found)


class ServedDocument:
    """One page's document. `scripts` costs a call to the browser until something is found, `TRIES` at most."""

    def __init__(self, cdp: CdpConnection, session: str) -> None:
        self._cdp = cdp
        self._session = session
        self._frame = ""
        self._request = ""  # of the newest document of the page itself
        self._found: tuple[str, ...] = ()
        self._tries = 0
        cdp.on("Network.responseReceived", self._answered)

    def _answered(self, params: dict[str, Any], session: str) -> None:
        # The page's own document is its loader's first request; a frame's document belongs to another frame.
        if session == self._session and params.get("type") == "Document" and params["requestId"] == params["loaderId"]:
            frame = params.get("frameId", "")
            if not self._frame or frame == self._frame:
                self._frame, self._request = frame, params["requestId"]
                self._found, self._tries = (), 0

    async def scripts(self, marks: Sequence[str]) -> tuple[str, ...]:
        """The state scripts that the server sent; none while the document is coming in, or when it is held no more."""
        if self._found or self._tries >= TRIES or not marks or not self._request:
            return self._found
        self._tries += 1
        try:
            answer = await self._cdp.send(
                "Network.getResponseBody", {"requestId": self._request}, session=self._session, timeout=2
            )
        except CdpError:
            return ()
        content = answer["body"]
        if answer["base64Encoded"]:  # of a document that the browser did not take for text
            content = b64decode(content).decode("utf-8", "replace")
        self._found = scripts_with(content, marks)
        return self._found
