"""The lines that a page's chat list showed, read in a real browser: every line once, whatever way the list is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawler.browser import Browser, Seat
from crawler.captures.line_watcher import MAX_CHARACTERS, MAX_LINES
from crawler.captures.lines import MISSING_SECONDS, LineCapture
from crawler.clock import SystemClock
from crawler.probe import Probe
from evidence_store.canonical_json import canonical
from evidence_store.entries import Draft, EntryType, Part
from tests.harness.pages import page_room

pytestmark = pytest.mark.browser

# `say(name, text)` appends a row; `list` is the chat's list beside the video.
LIST = """
document.getElementById('chat').outerHTML =
  '<ul id=list style="position:absolute;left:420px;top:0;width:300px;height:400px;overflow:auto;margin:0"></ul>';
const list = document.getElementById('list');
const row = (name, text) => { const li = document.createElement('li'); li.className = 'row';
  li.innerHTML = '<i></i><b></b><span></span>'; const [level, who, what] = li.children;
  level.textContent = '♦7'; who.textContent = name + '：'; what.textContent = text; return li; };
const say = (name, text) => list.append(row(name, text));
"""


@dataclass
class Shown:
    """A page that is watched for its lines alone, and what came of it."""

    browser: Browser
    probe: Probe
    selectors: tuple[str, ...]
    drafts: list[tuple[Draft, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = LineCapture(SystemClock(), lambda draft, ended: self.drafts.append((draft, ended)))

    async def poll(self) -> None:
        await self.lines.poll(self.probe, self.selectors)

    async def run(self, script: str) -> Any:
        """Run something in the page's own world."""
        return await self.browser.page.evaluate(script)

    async def after(self, script: str) -> list[str]:
        """The texts that came by the end of this script of the page."""
        known = len(self.index())
        await self.run(script)
        await asyncio.sleep(0.15)
        await self.poll()
        return [content["text"] for content in self.contents()[known:]]

    def bodies(self) -> list[dict[str, Any]]:
        for draft, _ in self.drafts:
            assert draft.type is EntryType.CHAT_LINES
            canonical(dict(draft.body))
        return [dict(draft.body) for draft, _ in self.drafts]

    def _parts(self) -> list[list[bytes]]:
        return [
            [part.payload for part in attachment.content if isinstance(part, Part)]
            for draft, _ in self.drafts
            for attachment in draft.attachments
        ]

    def index(self) -> list[dict[str, Any]]:
        return [line for parts in self._parts() for line in json.loads(parts[0])["lines"]]

    def contents(self) -> list[dict[str, Any]]:
        return [json.loads(parts[line["part"]]) for parts in self._parts() for line in json.loads(parts[0])["lines"]]

    def texts(self) -> list[str]:
        return [content["text"] for content in self.contents()]


@asynccontextmanager
async def shown(executable: Path, script: str, *selectors: str, other: str = "") -> AsyncIterator[Shown]:
    """A browser in a room of ours, with a first poll made."""
    with page_room(script, other=other) as url:
        async with Browser(executable, Seat()) as browser:
            assert browser.cdp is not None
            await browser.page.goto(url)
            targets = (await browser.cdp.send("Target.getTargets"))["targetInfos"]
            page = next(target["targetId"] for target in targets if target["url"] == url)
            session = await browser.cdp.send("Target.attachToTarget", {"targetId": page, "flatten": True})
            seen = Shown(browser, Probe(browser.cdp, session["sessionId"], SystemClock(), ()), selectors)
            await seen.poll()
            yield seen


async def test_each_new_row_is_a_line_with_its_time_and_part(browser_path: Path) -> None:
    clock = SystemClock()
    async with shown(browser_path, LIST + "say('甲', '早上好');", ".none", "#list .row") as page:
        assert page.texts() == ["♦7甲：早上好"]
        began = clock.now().mono_ns
        assert await page.after("say('乙', '多少钱'); say('丙', '1'); say('丙', '1')") == [
            "♦7乙：多少钱",
            "♦7丙：1",
            "♦7丙：1",
        ]
        ended = clock.now().mono_ns
        index = page.index()
        assert [line["how"] for line in index] == ["stood", "new", "new", "new"]
        for line in index[1:]:
            assert began - 20_000_000 <= int(line["mono_before"]) <= int(line["mono_after"]) <= ended
        first, second = page.bodies()
        assert (second["lines"], second["list"], second["visible"], second["over"]) == (3, "#list .row", True, 0)
        assert (first["stood"], second["stood"]) == (1, 0)
        assert "多少钱" not in json.dumps([first, second, *index], ensure_ascii=False)
        draft, handed_in = page.drafts[1]
        assert began - 20_000_000 <= draft.mono_ns <= handed_in <= ended


async def test_a_list_that_is_trimmed_gives_each_line_once(browser_path: Path) -> None:
    script = (
        LIST
        + """
    const trimmed = (name, text) => { say(name, text); while (list.children.length > 5) list.firstChild.remove(); };"""
    )
    async with shown(browser_path, script, ".row") as page:
        came: list[str] = []
        for turn in range(6):
            came += await page.after(f"for (let i = 0; i < 4; i++) trimmed('甲', String(({turn} * 4 + i) % 3))")
        assert came == [f"♦7甲：{number % 3}" for number in range(24)]


@pytest.mark.parametrize("way", ["ring", "shift", "anew", "pool", "top"])
async def test_a_virtualised_list_gives_each_line_once(browser_path: Path, way: str) -> None:
    """`ring`: rows are written over in turn. `shift`: all texts move up. `anew`: all rows are made again.
    `pool`: the first row is taken out, rewritten and put at the end. `top`: texts move down."""
    script = (
        LIST
        + """
    const SIZE = 8, lines = []; let at = 0;
    const write = (li, text) => { li.children[2].textContent = text; };
    const draw = way => {
      const last = lines.slice(-SIZE);
      if (way === 'anew') { list.innerHTML = ''; for (const text of last) say('甲', text); return; }
      if (list.children.length < SIZE) { say('甲', lines.at(-1)); if (way !== 'top') return; }
      const rows = [...list.children];
      if (way === 'ring') write(rows[at++ % SIZE], lines.at(-1));
      if (way === 'shift') last.forEach((text, i) => write(rows[i], text));
      if (way === 'top') last.toReversed().forEach((text, i) => write(rows[i], text));
      if (way === 'pool') { const first = rows[0]; first.remove(); write(first, lines.at(-1)); list.append(first); }
    };
    const add = (way, text) => { lines.push(text); draw(way); };"""
    )
    async with shown(browser_path, script, ".row") as page:
        await page.after(f"add('{way}', 'first')")
        came: list[str] = []
        for number in range(30):
            text = f"line {number}" if number % 5 else "1"
            came += await page.after(f"add('{way}', '{text}')")
            if number % 7 == 0:
                assert await page.after("list.style.color = 'red'; list.children[0].title = 'x'") == []
        wanted = [f"♦7甲：line {number}" if number % 5 else "♦7甲：1" for number in range(30)]
        assert came == wanted


async def test_a_list_that_comes_late_is_said_to_be_missing_once_and_then_read(browser_path: Path) -> None:
    async with shown(browser_path, "", "#list .row") as page:
        until = asyncio.get_running_loop().time() + MISSING_SECONDS + 1.5
        while asyncio.get_running_loop().time() < until:
            await page.poll()
            await asyncio.sleep(0.5)
        (missing,) = page.bodies()
        assert (missing["lines"], missing["list"], missing["visible"]) == (0, None, False)
        assert page.drafts[0][0].attachments == ()
        await page.run(f"window.eval(`{LIST.replace('const ', 'var ')}`)")
        await page.after("say('甲', '来了')")
        assert await page.after("say('乙', '在吗')") == ["♦7乙：在吗"]
        assert page.texts() == ["♦7甲：来了", "♦7乙：在吗"]


async def test_a_page_that_navigates_is_watched_anew(browser_path: Path) -> None:
    script = LIST + "say('甲', location.search);"
    async with shown(browser_path, script, ".row") as page:
        await page.run("location.search = '?again'")
        await page.browser.page.wait_for_url("**?again")
        page.probe.forget()
        await page.poll()
        assert await page.after("say('乙', '还在')") == ["♦7乙：还在"]
        assert page.texts() == ["♦7甲：", "♦7甲：?again", "♦7乙：还在"]
        assert [line["how"] for line in page.index()] == ["stood", "stood", "new"]


async def test_a_list_is_replaced_and_another_place_is_watched(browser_path: Path) -> None:
    async with shown(browser_path, LIST + "say('甲', '1');", ".row") as page:
        replaced = "const next = list.cloneNode(false); list.replaceWith(next); next.append(row('乙', '2'));"
        assert await page.after(replaced) == ["♦7乙：2"]
        assert await page.after("document.getElementById('list').append(row('丙', '3'))") == ["♦7丙：3"]
        wrapped = "const box = document.createElement('div'); box.append(row('丁', '4')); next2(box)"
        await page.run("window.next2 = box => document.getElementById('list').append(box)")
        assert await page.after(wrapped) == ["♦7丁：4"]
        assert [line["how"] for line in page.index()] == ["stood", "stood", "new", "new"]


async def test_rows_that_are_filled_later_are_one_line(browser_path: Path) -> None:
    async with shown(browser_path, LIST + "say('甲', '1');", ".row") as page:
        slowly = """(async () => { say('乙', ''); await new Promise(r => setTimeout(r, 80));
          list.lastChild.children[2].textContent = '慢慢来'; })()"""
        assert await page.after(slowly) == ["♦7乙：慢慢来"]
        assert await page.after("list.lastChild.children[2].textContent = '点赞了 x2'") == ["♦7乙：点赞了 x2"]
        assert page.index()[-1]["how"] == "again"


async def test_bounds_of_rows_and_characters(browser_path: Path) -> None:
    async with shown(browser_path, LIST + "say('甲', '1');", ".row") as page:
        came = await page.after(f"for (let i = 0; i < {2 * MAX_LINES + 70}; i++) say('乙', String(i))")
        assert len(came) == MAX_LINES
        assert page.bodies()[-1]["over"] == 70
        assert len(await page.after("0")) == MAX_LINES
        assert page.texts()[1:] == [f"♦7乙：{number}" for number in range(2 * MAX_LINES)]
        (long,) = await page.after("say('丙', '长'.repeat(100000) + '尾')")
        assert long == "♦7丙：" + "长" * (MAX_CHARACTERS - 4)
        assert page.contents()[-1]["cut"] is True
        assert page.bodies()[-1]["over"] == 0
        assert page.lines.over == 70


async def test_an_answer_that_gets_lost_loses_no_line(browser_path: Path) -> None:
    async with shown(browser_path, LIST + "say('甲', '1');", ".row") as page:
        await page.run("say('乙', '2')")
        freeze = asyncio.create_task(page.run("const until = Date.now() + 1500; while (Date.now() < until);"))
        await asyncio.sleep(0.2)
        with pytest.raises(Exception, match="no answer"):
            await page.lines.poll(page.probe, page.selectors, timeout=0.3)
        await freeze
        await page.poll()
        await page.poll()
        assert page.texts() == ["♦7甲：1", "♦7乙：2"]


async def test_a_site_s_own_numbers_and_pictures_lie_in_the_part(browser_path: Path) -> None:
    script = (
        LIST
        + """const li = row('甲', '好'); li.dataset.ct = 'A1B2'; li.setAttribute('data-id_str', '77');
    li.dataset.secret = 'no'; li.append(Object.assign(new Image(), {alt: '[微笑]'})); list.append(li);"""
    )
    async with shown(browser_path, script, ".row") as page:
        assert page.contents() == [
            {"text": "♦7甲：好", "images": ["[微笑]"], "attributes": {"data-ct": "A1B2", "data-id_str": "77"}}
        ]
        (body,) = page.bodies()
        assert "A1B2" not in json.dumps(body)


async def test_a_hostile_page_is_read_all_the_same(browser_path: Path) -> None:
    script = (
        LIST
        + """
    list.outerHTML = '<form id=list><input name=children><input name=parentElement><input name=contains></form>'
      + '<form name=querySelectorAll></form><img name=createTreeWalker>';
    const form = document.forms.list || document.getElementById('list');
    MutationObserver.prototype.observe = Node.prototype.contains = Element.prototype.closest = () => { throw 1; };
    Performance.prototype.now = () => 5; WeakMap.prototype.has = () => true;
    HTMLFormElement.prototype.append.call(form, row('甲', '\\ud800半'));"""
    )
    async with shown(browser_path, script, ".row") as page:
        add = "HTMLFormElement.prototype.append.call(form, row('乙', '<script>alert(1)</script>\\u202e'))"
        assert await page.after(add) == ["♦7乙：<script>alert(1)</script>\u202e"]
        assert page.texts()[0] == "♦7甲：\ud800半"


async def test_a_hidden_list_is_said_to_be_hidden(browser_path: Path) -> None:
    async with shown(browser_path, LIST + "say('甲', '1'); list.style.display = 'none';", ".row") as page:
        assert [body["visible"] for body in page.bodies()] == [False]
        await page.after("list.style.display = 'block'; say('乙', '2')")
        assert [body["visible"] for body in page.bodies()] == [False, True]


async def test_without_selectors_the_list_is_found_by_its_looks(browser_path: Path) -> None:
    """Beside it: a cart that stands still, a ranking that is written anew, a ticker, a list far from the video."""
    script = (
        LIST
        + """
    const beside = (top, left, rows) => { const box = document.createElement('div');
      box.style = `position:absolute;top:${top}px;left:${left}px;width:250px;height:150px;overflow:hidden`;
      for (let i = 0; i < rows; i++) box.append(row('商品', String(i))); document.body.append(box); return box; };
    const cart = beside(0, 760, 5), ranking = beside(200, 760, 5), far = beside(1400, 0, 5);
    const tick = n => { say('观众' + n, '第' + n + '句'); far.append(row('远', String(n)));
      ranking.replaceChildren(...[1, 2, 3, 4, 5].map(i => row('榜' + i, String(n)))); };
    for (let n = 0; n < 4; n++) tick(n);"""
    )
    async with shown(browser_path, script) as page:
        for number in range(4, 14):
            await page.after(f"tick({number})")
        assert {body["list"] for body in page.bodies()} == {"found"}
        assert page.texts() == [f"♦7观众{number}：第{number}句" for number in range(14)]
        await page.after("for (let n = 20; n < 24; n++) cart.append(row('商品', String(n)))")
        assert page.texts()[-1] == "♦7观众13：第13句"


async def test_without_a_video_no_list_is_guessed(browser_path: Path) -> None:
    async with shown(browser_path, LIST + "video.remove(); for (let i = 0; i < 5; i++) say('甲', String(i));") as page:
        for number in range(6):
            assert await page.after(f"say('乙', '{number}')") == []
        assert page.drafts == []
