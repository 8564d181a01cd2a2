// The page of a dialect: plays the video, opens the site's socket and keeps it alive, asks the site's addresses, and
// shows what the server gives it to show. It decodes nothing of what it receives.
import { Cues } from "./cues.js";
import { Player } from "./player.js";
import { Reporter, wallMs, whenPainted } from "./report.js";

const bytes = (payload) => payload.text ?? Uint8Array.from(atob(payload.base64), (sign) => sign.charCodeAt(0));
const place = /\{(\w+)\}/g;
const put = (text, values) => text.replace(place, (whole, name) => values[name] ?? whole);

// Elements with data-put: texts that change, some of them counters. The marks themselves are ours and are taken away.
class Slots {
  constructor(reporter) {
    this.reporter = reporter;
    this.slots = {};
    this.covered = false;
    for (const element of document.querySelectorAll("[data-put]")) {
      const slot = this.slots[element.dataset.put] ??= { elements: [], text: null, counter: "" };
      slot.elements.push(element);
      element.removeAttribute("data-put");
    }
  }

  put(name, { text, counter }) {
    const slot = this.slots[name];
    if (!slot || slot.text === text) return;
    Object.assign(slot, { text, counter });
    for (const element of slot.elements) element.textContent = text;
    if (counter && !this.covered) this.painted(name, slot);
  }

  painted(name, { counter, text }) {
    whenPainted((ms) => this.reporter.add("counters", { name, kind: counter, text, ms }));
  }

  cover() {
    if (this.covered) return;
    this.covered = true;
    for (const [name, slot] of Object.entries(this.slots)) {
      if (slot.counter) whenPainted((ms) => this.reporter.add("counters", { name, text: null, ms }));
    }
  }

  uncover() {
    this.covered = false;
    for (const [name, slot] of Object.entries(this.slots)) if (slot.counter) this.painted(name, slot);
  }
}

// The chat list: rows made from the page's <template data-row="..."> elements.
class Rows {
  constructor(selector, kept, reporter) {
    this.list = document.querySelector(selector);
    this.kept = kept;
    this.reporter = reporter;
    this.count = 0;
    this.templates = {};
    for (const template of document.querySelectorAll("template[data-row]")) {
      this.templates[template.dataset.row] = template.content.firstElementChild;
      template.remove();
    }
  }

  add(rows) {
    if (!rows.length || !this.list) return;
    this.list.append(...rows.map(({ template, values }) => this.make(this.templates[template], { ...values, index: String(this.count++) })));
    while (this.list.childElementCount > this.kept) this.list.firstElementChild.remove();
    const numbers = rows.slice(-this.kept).map((row) => row.number);
    this.list.scrollTop = this.list.scrollHeight;
    whenPainted((ms) => this.reporter.add("rows", [numbers, ms]));
  }

  make(template, values) {
    const row = template.cloneNode(true);
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) if (value.includes("{")) element.setAttribute(name, put(value, values));
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) node.data = put(node.data, values);
    }
    return row;
  }
}

class SiteSocket {
  constructor(plan, idPrefix, received) {
    Object.assign(this, { plan, idPrefix, received });
    this.tries = 0;
    this.open();
  }

  open() {
    if (this.stopped) return;
    const id = `${this.idPrefix}-s${++this.tries}`;
    const url = new URL(this.plan.url.replaceAll("{c}", id), location.href.replace(/^http/, "ws"));
    const socket = this.socket = new WebSocket(url);
    let pulse;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.received[id] = 0;
      this.say(this.plan.opening);
      if (this.plan.beat_s) pulse = setInterval(() => this.say([this.plan.beat]), this.plan.beat_s * 1000);
    };
    socket.onmessage = () => { this.received[id] += 1; };
    socket.onclose = () => {
      clearInterval(pulse);
      if (!this.stopped) setTimeout(() => this.open(), 500);
    };
  }

  say(payloads) {
    if (this.socket.readyState === WebSocket.OPEN) for (const payload of payloads) this.socket.send(bytes(payload));
  }

  // The site's last words are still taken: it closes the socket itself soon after them.
  stop() {
    this.stopped = true;
    setTimeout(() => this.socket.close(), 2500);
  }
}

// Asks the site's addresses. `cursors` are the newest ones as the server said, by the path that is asked.
class Polls {
  constructor(polls, id) {
    this.polls = polls;
    this.id = id;
    this.asked = 0;
    this.cursors = {};
  }

  async first() {
    for (const poll of this.polls) if (!poll.every_s) await this.ask(poll);
  }

  repeat() {
    for (const poll of this.polls) if (poll.every_s) this.again(poll);
  }

  async again(poll) {
    while (!this.stopped) {
      await this.ask(poll);
      await new Promise((done) => setTimeout(done, poll.every_s * 1000));
    }
  }

  async ask(poll) {
    const cursor = String(this.cursors[poll.url.split("?")[0]] ?? 0);
    const url = put(poll.url, { c: this.id, cursor, n: String(++this.asked) });
    try {
      if (poll.script) await this.script(url);
      else await (await fetch(url, { method: poll.method })).arrayBuffer();
    } catch (error) {
      console.warn("no answer:", url, String(error));
    }
  }

  script(url) {
    return new Promise((done) => {
      const element = document.createElement("script"), name = /[?&]callback=([\w$]+)/.exec(url)?.[1];
      const over = () => { element.remove(); delete window[name]; done(); };
      window[name] = () => {};
      Object.assign(element, { src: url, onload: over, onerror: over });
      document.head.append(element);
    });
  }

  stop() { this.stopped = true; }
}

class SiteCues extends Cues {
  mark() {} // a real site does not write its state onto its body
}

class SiteRoom {
  constructor(boot) {
    this.boot = boot;
    this.video = document.getElementById("live");
    this.reporter = new Reporter(boot.page, (reply) => this.told(reply));
    this.counters = new Slots(this.reporter);
    this.rows = new Rows(boot.site.list, boot.site.rows_kept, this.reporter);
    this.cues = new SiteCues(this);
    if (boot.state === "live") this.enter();
    else {
      this.cues.show(boot.state);
      this.look();
    }
    this.cues.plan(boot.cues);
    setInterval(() => this.measure(), 2000);
  }

  told({ cues, site }) {
    this.cues.plan(cues);
    this.rows.add(site.rows);
    for (const [name, what] of Object.entries(site.put)) this.counters.put(name, what);
    this.socket?.say(site.say);
    if (this.polls) this.polls.cursors = site.cursors;
  }

  async enter() {
    const { page, room_id: room, transport, started_ms: startedMs, site } = this.boot;
    this.visits = (this.visits ?? 0) + 1; // ids of sockets and media stay unique when a room is entered again
    const id = this.visits > 1 ? `${page}.${this.visits}` : page;
    this.player = new Player(this.video, { room, transport, page: id, startedMs }, this.reporter);
    const polls = this.polls = new Polls(site.polls, id);
    await polls.first();
    if (polls.stopped) return;
    if (site.socket) this.socket = new SiteSocket(site.socket, id, this.reporter.sockets);
    polls.repeat();
  }

  // A room that isn't live is asked about too, once.
  look() { new Polls(this.boot.site.polls, this.boot.page).first(); }

  leave() {
    this.player?.close();
    this.polls?.stop();
    this.socket?.stop();
    if (this.player) this.look(); // what does the site say now?
    this.player = this.socket = this.polls = null;
  }

  resume() {
    if (this.player) this.player.release();
    else this.enter();
  }

  // Another broadcast in this very document: other addresses for it.
  async renew() {
    const { site } = await (await fetch(`/boot/${this.boot.page}`)).json();
    this.boot.site = site;
  }

  measure() {
    const { x, y, width, height } = this.video.getBoundingClientRect();
    this.reporter.boxes = { video: [x, y, width, height] };
  }
}

new SiteRoom(JSON.parse(document.getElementById("boot").textContent));
