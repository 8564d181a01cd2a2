"""The page itself: its document and a lossless picture, at the start, at each state change and at the end."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

from crawler.captures.addresses import canonical
from crawler.cdp import CdpConnection, CdpError
from crawler.clock import Clock
from crawler.probe import Probe
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

MAX_DOCUMENT = 20_000_000  # characters; a longer one is cut, and the entry says so
SLICE = 4_000_000  # characters fetched at a time: at most 12 MB of one DevTools message

# The text is held in our own isolated world between slices, where the page can't reach it.
_TAKE = """() => {
  const d = document, t = d.doctype;
  const html = (t ? '<!DOCTYPE ' + t.name + '>' : '') + (d.documentElement ? d.documentElement.outerHTML : '');
  globalThis.kept = html.slice(0, MAX);
  return {url: location.href.slice(0, 100000), length: html.length, title: String(d.title).slice(0, 1000)};
}""".replace("MAX", str(MAX_DOCUMENT))
_FORGET = "() => { delete globalThis.kept; }"


async def page_draft(
    cdp: CdpConnection, session: str, probe: Probe, clock: Clock, *, occasion: str, seconds: float
) -> Draft:
    """A `page` entry: document (parts: address, title, HTML) and PNG; `missing` names what can't be had in `seconds`.

    Raises `CdpError` when neither can be had.
    """
    before = clock.now()
    missing: list[str] = []
    attachments: list[Attachment] = []
    body: dict[str, JSON] = {"occasion": occasion}
    shot = cdp.send("Page.captureScreenshot", {"format": "png"}, session=session, timeout=seconds)
    document, picture = await asyncio.gather(_document(probe, seconds), shot, return_exceptions=True)
    for name, answer in (("document", document), ("picture", picture)):
        if isinstance(answer, CdpError | TimeoutError):
            missing.append(f"{name}: {str(answer) or 'not within the time'}")
        elif isinstance(answer, BaseException):
            raise answer
    if isinstance(document, tuple):
        facts, html = document
        body |= {"url": canonical(facts["url"]), "characters": facts["length"], "cut": facts["length"] > MAX_DOCUMENT}
        parts = tuple(Part(text.encode("utf-8", "surrogatepass")) for text in (facts["url"], facts["title"], html))
        attachments.append(Attachment("document", "application/vnd.livewitness.parts", parts))
    if isinstance(picture, dict):
        attachments.append(Attachment("picture", "image/png", b64decode(picture["data"])))
    if not attachments:
        raise CdpError("; ".join(missing))
    after = clock.now()
    body |= {"missing": missing, "before_mono": str(before.mono_ns), "after_mono": str(after.mono_ns)}
    return Draft(EntryType.PAGE, before.wall_ns, before.mono_ns, body, tuple(attachments))


async def _document(probe: Probe, seconds: float) -> tuple[dict[str, Any], str]:
    """The document in slices; raises CdpError or TimeoutError."""
    async with asyncio.timeout(seconds):
        facts: dict[str, Any] = await probe.evaluate(_TAKE, timeout=seconds)
        slices = [
            await probe.evaluate(f"() => (globalThis.kept || '').slice({at}, {at + SLICE})", timeout=seconds)
            for at in range(0, min(facts["length"], MAX_DOCUMENT), SLICE)
        ]
        await probe.evaluate(_FORGET, timeout=seconds)
    return facts, "".join(slices)
