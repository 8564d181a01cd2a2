"""The watcher of a page's chat list, as it runs in our isolated world: the page can neither see nor change it.

Installed once per document. It reads and never alters the page; what it collected it gives up only when it is told that
the last lot has arrived, so that an answer that got lost loses no line.

How a new line is told from an old one. A row that was not there before is a new line, also when it says what another
one says. A row whose text is another now is a new line as well (virtualised lists write into rows that they have), but
for a list in which the texts merely moved up by some rows, or which was written anew as a whole: there only what is
left over at its end is new. Changes are looked at four times a second at most (oftener cost the page over 3 ms a
second), so a row that stands for less than 250 ms may be passed over, and lines that come within one such time have
the time of the first; `wait` (ms) says by how much later than that they were read.

Not reached: lists within a frame of another page or a closed shadow root. Text that a style sheet hides within a row is
taken with the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

MAX_LINES = 500  # rows at a poll, twice as many wait for one; what is over is counted
MAX_CHARACTERS = 2000  # of a row's text
FOUND = "found"  # the list was found by its looks, not by a site's selector
# Attributes by which sites number their rows (facts: platforms, Bilibili and TikTok). Personal, like the text.
ATTRIBUTES = (
    "data-ct",
    "data-danmaku",
    "data-id_str",
    "data-index",
    "data-replymid",
    "data-ts",
    "data-uid",
    "data-uname",
)

_KEY = "Symbol.for('livewitness lines')"

_WATCHER = """() => {
  if (globalThis[KEY]) return;
  const selectors = SELECTORS, names = NAMES, MAX = LIMIT, CUT = CHARACTERS, FOUND = 'found', PAUSE = 250, NEAR = 6;
  // Getters of the prototypes: a form in the page with <input name=children> hides the element's own.
  const get = (type, name) => Object.getOwnPropertyDescriptor(type.prototype, name).get;
  const parentOf = get(Node, 'parentElement'), isConnected = get(Node, 'isConnected');
  const contentOf = get(Node, 'textContent'), matches = Element.prototype.matches;
  const childrenOf = get(Element, 'children'), countOf = get(Element, 'childElementCount');
  const tagOf = get(Element, 'tagName');
  const lengthOf = get(CharacterData, 'length'), piece = CharacterData.prototype.substringData;
  const attribute = Element.prototype.getAttribute, namesOf = Element.prototype.getAttributeNames;
  const closest = Element.prototype.closest;
  const contains = (a, b) => Node.prototype.contains.call(a, b);
  const boxOf = e => Element.prototype.getBoundingClientRect.call(e);
  const inPage = s => Document.prototype.querySelectorAll.call(document, s);
  const within = (e, s) => Element.prototype.querySelectorAll.call(e, s);
  const shows = e => Element.prototype.checkVisibility.call(e, {opacityProperty: true, visibilityProperty: true});
  const now = () => Math.round((performance.timeOrigin + performance.now()) * 10) / 10;
  const born = now();
  const known = new WeakMap(); // row -> {text, line}
  let list = null, by = null, number = 0, unsent = 0, over = 0, idle = 0, looks = 0, due = null, done = 0;
  let pending = [], texts = [], held = [], latest = null;

  // Most rows are read in one call; piece by piece those that are long, or where style or script may stand.
  const read = row => {
    const whole = contentOf.call(row);
    return whole.length > CUT || whole.includes('{') ? readOn(row) : {text: whole, cut: false};
  };
  const readOn = row => {
    const walker = Document.prototype.createTreeWalker.call(document, row, NodeFilter.SHOW_TEXT);
    let text = '', nodes = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const left = CUT - text.length;
      if (left <= 0 || ++nodes > CUT) return {text, cut: true};
      if (/^(STYLE|SCRIPT|NOSCRIPT|TEMPLATE)$/.test(tagOf.call(parentOf.call(node)))) continue;
      text += piece.call(node, 0, left);
      if (lengthOf.call(node) > left) return {text, cut: true};
    }
    return {text, cut: false};
  };
  const imagesOf = row => {
    const words = [];
    for (const image of within(row, 'img[alt]')) {
      if (words.length >= 20) break;
      words.push(attribute.call(image, 'alt').slice(0, 100));
    }
    return words;
  };
  const emit = (row, {text, cut}, ms, how) => {
    const before = known.get(row), images = imagesOf(row), fact = {text, line: null};
    known.set(row, fact);
    latest = row;
    if (!text.trim() && !images.length) return; // a spacer, or not filled yet
    if (before && before.line && !before.line.sent && text.startsWith(before.text)) {
      Object.assign(before.line, {text, cut, images}); // it was not whole yet
      fact.line = before.line;
      return;
    }
    idle = 0;
    texts.push(text);
    if (texts.length > MAX) texts.shift();
    if (unsent >= 2 * MAX) { over++; return; }
    unsent++;
    const attributes = {};
    for (const name of namesOf.call(row)) {
      if (names.includes(name)) attributes[name] = attribute.call(row, name).slice(0, 200);
    }
    const wait = Math.round((now() - ms) * 10) / 10;
    pending.push(fact.line = {n: ++number, ms, wait, text, cut, how, images, attributes, sent: false});
  };

  // The outermost element of the list that is a row and holds this node.
  const rowOf = node => {
    let e = node.nodeType === 1 ? node : parentOf.call(node), row = null;
    if (!e || e === list) return null;
    if (parentOf.call(e) === list && (by === FOUND || matches.call(e, by))) return e;
    if (!contains(list, e)) return null;
    if (by === FOUND) {
      while (e && parentOf.call(e) !== list) e = parentOf.call(e);
      return e;
    }
    for (e = closest.call(e, by); e && e !== list && contains(list, e); e = closest.call(parentOf.call(e), by)) row = e;
    return row;
  };
  const rowsOf = () => {
    const all = by === FOUND ? childrenOf.call(list) : within(list, by), rows = [];
    let outer = null;
    for (let i = Math.max(0, all.length - MAX); i < all.length; i++) {
      if (outer && contains(outer, all[i])) continue;
      rows.push(outer = all[i]);
    }
    return rows;
  };
  // How many rows at the end of `then` stand at the beginning of `today`.
  const overlap = (then, today) => {
    for (let k = Math.min(then.length, today.length); k > 0; k--) {
      let i = 0;
      while (i < k && then[then.length - k + i] === today[i]) i++;
      if (i === k) return k;
    }
    return 0;
  };
  // Rows were written anew: what in them is new?
  const compare = ms => {
    const rows = rowsOf(), reads = rows.map(read), today = reads.map(r => r.text);
    const standing = rows.filter(row => known.has(row)).map(row => known.get(row).text);
    const then = standing.length ? standing : texts.slice();
    const below = overlap(then, today), above = overlap(then.toReversed(), today.toReversed());
    const k = Math.max(below, above), left = new Map();
    for (const text of then) left.set(text, (left.get(text) || 0) + 1);
    const use = text => left.set(text, left.get(text) - 1);
    const same = rows.map((row, i) => known.has(row) && known.get(row).text === today[i]);
    same.forEach((is, i) => { if (is) use(today[i]); });
    rows.forEach((row, i) => {
      let old = same[i];
      if (k * 2 >= today.length) old = below >= above ? i < k : i >= today.length - k;
      else if (!old && left.get(today[i]) > 0) { old = true; use(today[i]); }
      if (!old) emit(row, reads[i], ms, known.has(row) ? 'again' : 'new');
      else if (!same[i]) known.set(row, {text: today[i], line: null});
    });
    texts = today.slice();
  };
  const digest = records => {
    const ms = due === null ? now() : due, fresh = new Set();
    let rewritten = records.length > 4 * MAX, removed = false;
    due = null;
    if (!list || !isConnected.call(list)) return;
    for (const record of rewritten ? [] : records) {
      removed = removed || record.removedNodes.length > 0;
      const row = rowOf(record.target), fact = row && known.get(row);
      if (row && !fact) fresh.add(row);
      else if (row && !rewritten && read(row).text !== fact.text) rewritten = true;
      if (row) continue;
      for (const node of record.addedNodes) {
        if (node.nodeType !== 1) continue;
        const own = rowOf(node);
        if (!own && !contains(list, node)) continue;
        for (const each of own ? [own] : by === FOUND ? [] : within(node, by)) {
          const outer = own || rowOf(each);
          const seen = outer && known.get(outer); // a row may come back with another text
          if (outer && (!seen || seen.text !== read(outer).text)) fresh.add(outer);
          if (fresh.size > 2 * MAX) { over++; fresh.delete(outer); }
        }
      }
    }
    // All rows are others now, and rows went: the list was written anew as a whole.
    if (!rewritten && removed && fresh.size > 1 && !(latest && contains(list, latest))) {
      rewritten = !rowsOf().some(row => known.has(row));
    }
    if (rewritten) compare(ms);
    else for (const row of fresh) if (isConnected.call(row)) emit(row, read(row), ms, known.has(row) ? 'again' : 'new');
  };
  const flush = () => {
    if (due !== null && !held.length) due = null;
    const records = held;
    held = [];
    done = performance.now();
    if (records.length) digest(records);
  };
  const observer = new MutationObserver(records => {
    if (due === null) due = now();
    const waiting = held.length > 0;
    for (const record of records) if (held.length <= 4 * MAX) held.push(record); else over += record.addedNodes.length;
    if (waiting) return;
    const rest = PAUSE - (performance.now() - done);
    if (rest <= 0) flush(); else setTimeout(flush, rest);
  });
  const settle = (element, how) => {
    observer.disconnect();
    held = [];
    due = null;
    list = element;
    by = how;
    idle = 0;
    observer.observe(list, {childList: true, subtree: true, characterData: true});
    const ms = now();
    for (const row of rowsOf()) if (!known.has(row)) emit(row, read(row), ms, 'stood');
  };

  // By a site's selectors: the element that holds all of the rows, if it is near them.
  const rootOf = rows => {
    let last = rows[rows.length - 1];
    for (let i = rows.length - 1; i >= Math.max(0, rows.length - 20); i--) {
      if (shows(rows[i])) { last = rows[i]; break; }
    }
    const parent = parentOf.call(last);
    for (let e = parent, up = 0; e && up < NEAR; e = parentOf.call(e), up++) {
      if (contains(e, rows[0]) && contains(e, rows[rows.length - 1])) return e;
    }
    return parent;
  };
  const select = () => {
    for (const selector of selectors) {
      const rows = inPage(selector);
      if (!rows.length) continue;
      const root = rootOf(rows);
      if (root && (root !== list || by !== selector)) settle(root, selector);
      return root !== null;
    }
    return false;
  };

  // By its looks: rows of short text, one below the other, in a box that cuts them off, beside or over the video, and
  // children are added at one end of it alone.
  const added = new WeakMap(); // candidate -> {head, tail, middle}
  const scout = new MutationObserver(records => {
    for (const record of records) {
      const count = added.get(record.target);
      if (!count) continue;
      if (!record.addedNodes.length) continue;
      if (record.removedNodes.length) count.middle++; // written anew as a whole
      else if (!record.nextSibling) count.tail += record.addedNodes.length;
      else if (!record.previousSibling) count.head += record.addedNodes.length;
      else count.middle++;
    }
  });
  const stage = () => {
    let best = null, area = 0;
    for (const video of inPage('video')) {
      const r = boxOf(video);
      if (r.width > 40 && r.height > 40 && r.width * r.height > area) { best = {video, r}; area = r.width * r.height; }
    }
    return best;
  };
  const looksLikeChat = (e, {video, r}) => {
    const box = boxOf(e);
    if (box.width < 80 || box.height < 60 || box.right <= 0 || box.left >= innerWidth) return false;
    if (Math.min(box.bottom, r.bottom) - Math.max(box.top, r.top) < 40 || contains(e, video)) return false;
    let cut = false;
    for (let p = e, up = 0; p && up < 3 && !cut; p = parentOf.call(p), up++) {
      cut = /^(auto|scroll|hidden|clip|overlay)$/.test(getComputedStyle(p).overflowY);
    }
    if (!cut || !shows(e)) return false;
    const rows = childrenOf.call(e), from = Math.max(0, rows.length - 8);
    let words = 0, top = -Infinity, below = 0;
    for (let i = from; i < rows.length; i++) {
      const length = read(rows[i]).text.trim().length, y = boxOf(rows[i]).top;
      if (length > 300) return false;
      if (length) words++;
      if (y >= top + 8) below++;
      top = y;
    }
    return words * 10 >= (rows.length - from) * 6 && below >= rows.length - from - 1;
  };
  const find = () => {
    const where = stage();
    if (!where || (looks > 60 && looks % 5)) return;
    const all = inPage('*');
    let most = 0, chosen = null, candidates = 0;
    for (let i = 0; i < Math.min(all.length, 6000) && candidates < 20; i++) {
      const e = all[i];
      if (e === list || countOf.call(e) < 3 || /^(HTML|HEAD|BODY|SELECT|TABLE|svg)$/.test(tagOf.call(e))) continue;
      if (!looksLikeChat(e, where)) continue;
      candidates++;
      const count = added.get(e);
      if (!count) {
        added.set(e, {head: 0, tail: 0, middle: 0});
        scout.observe(e, {childList: true});
      } else if (!count.middle && !(count.head && count.tail) && count.head + count.tail > Math.max(2, most)) {
        most = count.head + count.tail;
        chosen = e;
      }
    }
    if (!chosen) return;
    scout.disconnect();
    added.delete(chosen);
    settle(chosen, FOUND);
  };

  const visible = () => {
    if (!list || !shows(list)) return false;
    const box = boxOf(list);
    if (box.width > 0 && box.height > 0) return true;
    return rowsOf().slice(-3).some(row => boxOf(row).height > 0 && shows(row));
  };
  const take = (whose, arrived) => {
    looks++;
    for (const record of observer.takeRecords()) held.push(record);
    flush();
    if (whose === born) pending = pending.filter(line => line.n > arrived);
    if (list && !isConnected.call(list)) { observer.disconnect(); list = by = null; }
    const still = by === FOUND && ++idle > 60; // perhaps it is another list
    if (!select() && (!list || still) && (!selectors.length || looks > 10)) find();
    const lot = pending.slice(0, MAX);
    for (const line of lot) if (!line.sent) { line.sent = true; unsent--; }
    return {born, now: now(), by, visible: visible(), over, lines: lot};
  };
  globalThis[KEY] = {take};
}"""


def watcher(selectors: Sequence[str]) -> str:
    """The function that installs the watcher in a document; `selectors`: of a site's rows, the first that finds any."""
    text = _WATCHER.replace("KEY", _KEY).replace("LIMIT", str(MAX_LINES)).replace("CHARACTERS", str(MAX_CHARACTERS))
    return text.replace("NAMES", json.dumps(ATTRIBUTES)).replace("SELECTORS", json.dumps(list(selectors)))


def taking(born: float, arrived: int) -> str:
    """The function that fetches what came; null where no watcher is installed.

    `arrived`: the number of the last line that we have from the watcher that began at `born` (0.0, 0: from none).
    """
    return f"() => {{ const w = globalThis[{_KEY}]; return w ? w.take({born!r}, {arrived}) : null; }}"
