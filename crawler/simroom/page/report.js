// What this page saw, told to the server twice a second: received counts, paint times, pictures shown, faults.

export const wallMs = (since = performance.now()) => performance.timeOrigin + since;

// Runs `then` with the wall time at which what was just changed has been painted: one frame to paint it, one to know.
export function whenPainted(then) {
  requestAnimationFrame(() => requestAnimationFrame((at) => then(wallMs(at))));
}

const nothing = () => ({ counters: [], pictures: [], freezes: [], cues: [], rows: [] });

export class Reporter {
  constructor(page, onReply) {
    this.page = page;
    this.onReply = onReply;
    this.sockets = {};
    this.media = {};
    this.video = {};
    this.boxes = {};
    this.events = nothing();
    setInterval(() => this.flush(), 500);
    addEventListener("pagehide", () => this.leave());
  }

  add(list, event) { this.events[list].push(event); }

  cue(id, phase, ms) { this.add("cues", { id, phase, ms }); }

  take(more) {
    const events = this.events;
    this.events = nothing();
    return { page: this.page, sockets: this.sockets, media: this.media, video: this.video, boxes: this.boxes, ...events, ...more };
  }

  // For what must get out before the page stops or goes: the browser sends it even when the page is gone.
  beacon(more = {}) { navigator.sendBeacon("/report", JSON.stringify(this.take(more))); }

  leave() { this.beacon({ left: wallMs() }); }

  async flush() {
    if (this.sending) return;
    this.sending = true;
    const told = this.take({});
    try {
      const reply = await fetch("/report", { method: "POST", body: JSON.stringify(told) });
      if (reply.ok) this.onReply(await reply.json());
    } catch (error) {
      for (const list of Object.keys(this.events)) this.events[list].unshift(...told[list]);
    } finally {
      this.sending = false;
    }
  }
}
