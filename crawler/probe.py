"""One look at the page (`Sight`), from an isolated world that the page can neither see nor change.

The look says whether the video moves, whether something opaque lies over it, what room the page says it is, and, when
nothing plays, what words stand there. It reads; it never alters the page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crawler.cdp import CdpConnection, CdpError
from crawler.clock import Clock
from crawler.platforms import STATE_MARKS, Sight, Video
from crawler.served import ServedDocument

WORLD = "livewitness"
MAX_TEXT = 20_000
MAX_STATE = 400_000  # characters of inline scripts that hold the page's state

# A grid of points over the video: at each, the opacity of what lies above it is multiplied up. Elements that let clicks
# through (`pointer-events: none`) are not reported by elementsFromPoint and so count as uncovered.
_LOOK = """
(words, marks, first) => {
  // Getters of the prototypes: a form with <input name=parentElement> hides the element's own (named access).
  const get = (type, name) => Object.getOwnPropertyDescriptor(type.prototype, name).get;
  const parentOf = get(Node, 'parentElement'), textOf = get(HTMLElement, 'innerText');
  const boxOf = e => Element.prototype.getBoundingClientRect.call(e);
  const seen = document.visibilityState;
  let best = null, area = 0, box = null;
  for (const v of document.getElementsByTagName('video')) {
    const r = boxOf(v);
    const w = Math.min(r.right, innerWidth) - Math.max(r.left, 0);
    const h = Math.min(r.bottom, innerHeight) - Math.max(r.top, 0);
    if (w > 40 && h > 40 && w * h > area) { best = v; area = w * h; box = r; }
  }
  const alpha = e => {
    const s = getComputedStyle(e);
    if (s.visibility === 'hidden') return 0;
    let a = 0;
    const m = /rgba?\\(([^)]+)\\)/.exec(s.backgroundColor);
    if (m) { const p = m[1].split(/[ ,\\/]+/); a = p.length > 3 ? parseFloat(p[3]) : 1; }
    if (s.backgroundImage !== 'none') a = Math.max(a, 0.8);
    if (/^(IMG|CANVAS|VIDEO|IFRAME|OBJECT|EMBED)$/.test(e.tagName)) a = 1;
    let depth = 0;
    for (let p = e; p && p !== document.body && depth++ < 60; p = parentOf.call(p)) {
      a *= parseFloat(getComputedStyle(p).opacity);
    }
    return a;
  };
  let video = null;
  if (best) {
    let covered = 0, points = 0;
    for (let i = 0; i < 6; i++) for (let j = 0; j < 9; j++) {
      const x = box.left + box.width * (i + .5) / 6, y = box.top + box.height * (j + .5) / 9;
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
      points++;
      let open = 1;
      for (const e of document.elementsFromPoint(x, y)) {
        if (e === best || Node.prototype.contains.call(e, best)) break;
        open *= 1 - alpha(e);
      }
      if (open < .4) covered++;
    }
    const q = best.getVideoPlaybackQuality ? best.getVideoPlaybackQuality().totalVideoFrames : 0;
    video = {time: best.currentTime, paused: best.paused, ended: best.ended, frames: q,
      width: best.videoWidth, height: best.videoHeight,
      ready: best.readyState, box: [box.left, box.top, box.width, box.height],
      covered: points ? covered / points : 0};
  }
  const buttons = [];
  if (words.length) for (const e of document.querySelectorAll('button,[role=button],a')) {
    const t = (textOf.call(e) || '').trim();
    if (t.length > 12 || !words.includes(t)) continue;
    const r = boxOf(e);
    if (r.width <= 4 || r.height <= 4 || buttons.length >= 4) continue;
    buttons.push([t, r.left + r.width / 2, r.top + r.height / 2]);
  }
  const facts = {};
  const set = document.body ? Object.entries(document.body.dataset).slice(0, 20) : [];
  for (const [k, v] of set) facts[k] = String(v).slice(0, 200);
  const playing = video && video.ready >= 2 && !video.paused && !video.ended;
  const scripts = [];
  if (marks.length && (first || !playing)) {
    const content = get(Node, 'textContent');
    let left = STATE;
    for (const e of document.getElementsByTagName('script')) {
      const t = content.call(e) || '';
      if (!t || t.length > left || !marks.some(m => t.includes(m) || e.id === m)) continue;
      left -= t.length;
      scripts.push(t);
    }
  }
  const room = document.querySelector('meta[name="livewitness-simulated-room"]');
  return {url: location.href, title: document.title.slice(0, 500), seen, video, buttons, facts,
    simulated: !!room, scripts,
    dialect: room ? String(Element.prototype.getAttribute.call(room, 'content') || '').slice(0, 40) : '',
    text: playing || !document.body ? '' : (textOf.call(document.body) || '').slice(0, MAX)};
}
""".replace("MAX)", f"{MAX_TEXT})").replace("STATE;", f"{MAX_STATE};")


class Probe:
    """Looks at one page session. A look costs about 2 ms of the page's main thread."""

    def __init__(self, cdp: CdpConnection, session: str, clock: Clock, words: tuple[str, ...]) -> None:
        self._cdp = cdp
        self._session = session
        self._clock = clock
        self._words = list(words)
        self._context: int | None = None
        self._served = ServedDocument(cdp, session)

    async def look(self, *, timeout: float) -> Sight:
        """Raises `CdpError` (navigating), `CdpTimeoutError` (frozen), `CdpClosedError` (gone)."""
        first = self._context is None
        if first:
            await self._make_world()
        began = self._clock.now().mono_ns
        try:
            answer = await self._cdp.send(
                "Runtime.callFunctionOn",
                {
                    "functionDeclaration": _LOOK,
                    "executionContextId": self._context,
                    "arguments": [{"value": self._words}, {"value": STATE_MARKS}, {"value": first}],
                    "returnByValue": True,
                },
                session=self._session,
                timeout=timeout,
            )
        except CdpError:
            self._context = None  # a new document has a new world
            raise
        if "exceptionDetails" in answer:
            self._context = None
            msg = f"look: {answer['exceptionDetails'].get('text', 'failed')}"
            raise CdpError(msg)
        sight = _sight(answer["result"]["value"], began)
        playing = sight.video is not None and not sight.video.paused and not sight.video.ended
        if sight.scripts or (playing and not first):
            return sight
        return replace(sight, scripts=await self._served.scripts(STATE_MARKS))

    async def evaluate(self, function: str, *, timeout: float = 5.0) -> Any:
        """Call a read-only function of ours in the same isolated world; returns its JSON value."""
        if self._context is None:
            await self._make_world()
        answer = await self._cdp.send(
            "Runtime.callFunctionOn",
            {"functionDeclaration": function, "executionContextId": self._context, "returnByValue": True},
            session=self._session,
            timeout=timeout,
        )
        if "exceptionDetails" in answer:
            msg = f"evaluate: {answer['exceptionDetails'].get('text', 'failed')}"
            raise CdpError(msg)
        return answer["result"].get("value")

    def forget(self) -> None:
        """The page has a new document: the old world is gone."""
        self._context = None

    async def _make_world(self) -> None:
        tree = await self._cdp.send("Page.getFrameTree", session=self._session, timeout=2)
        world = await self._cdp.send(
            "Page.createIsolatedWorld",
            {"frameId": tree["frameTree"]["frame"]["id"], "worldName": WORLD},
            session=self._session,
            timeout=2,
        )
        self._context = world["executionContextId"]


def _sight(value: dict[str, Any], began: int) -> Sight:
    video = value["video"]
    return Sight(
        mono_ns=began,
        url=value["url"],
        title=value["title"],
        text=value["text"],
        simulated=value["simulated"],
        dialect=value["dialect"],
        scripts=tuple(value["scripts"]),
        facts=value["facts"],
        buttons=tuple((text, x, y) for text, x, y in value["buttons"]),
        video=None
        if video is None
        else Video(
            time=video["time"] or 0.0,
            paused=video["paused"],
            ended=video["ended"],
            width=video["width"],
            height=video["height"],
            ready=video["ready"],
            box=tuple(video["box"]),
            covered=video["covered"],
            frames=video["frames"],
        ),
    )
