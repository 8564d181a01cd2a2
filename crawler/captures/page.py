"""The page itself: its document and a lossless picture, at the start, at each state change and at the end."""

from __future__ import annotations

from base64 import b64decode

from crawler.captures.addresses import canonical
from crawler.cdp import CdpConnection, CdpError
from crawler.clock import Clock
from crawler.probe import Probe
from evidence_store.entries import JSON, Attachment, Draft, EntryType, Part

MAX_DOCUMENT = 20_000_000  # characters; a longer one is cut, and the entry says so

_DOCUMENT = """() => {
  const d = document, t = d.doctype;
  const html = (t ? '<!DOCTYPE ' + t.name + '>' : '') + (d.documentElement ? d.documentElement.outerHTML : '');
  return {url: location.href, length: html.length, html: html.slice(0, MAX), title: d.title.slice(0, 1000)};
}""".replace("MAX", str(MAX_DOCUMENT))


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
    try:
        document = await probe.evaluate(_DOCUMENT, timeout=seconds)
        body |= {"url": canonical(document["url"]), "characters": document["length"]}
        body["cut"] = document["length"] > MAX_DOCUMENT
        parts = tuple(Part(str(document[name]).encode("utf-8", "surrogatepass")) for name in ("url", "title", "html"))
        attachments.append(Attachment("document", "application/vnd.livewitness.parts", parts))
    except CdpError as error:
        missing.append(f"document: {error}")
    try:
        answer = await cdp.send("Page.captureScreenshot", {"format": "png"}, session=session, timeout=seconds)
        attachments.append(Attachment("picture", "image/png", b64decode(answer["data"])))
    except CdpError as error:
        missing.append(f"picture: {error}")
    if not attachments:
        raise CdpError("; ".join(missing))
    after = clock.now()
    body |= {"missing": missing, "before_mono": str(before.mono_ns), "after_mono": str(after.mono_ns)}
    return Draft(EntryType.PAGE, before.wall_ns, before.mono_ns, body, tuple(attachments))
