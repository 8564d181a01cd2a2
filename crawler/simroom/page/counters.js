// The counters that the page draws, by the broadcast's script, and the moments at which each text was painted.
import { wallMs, whenPainted } from "./report.js";

export class Counters {
  constructor(boot, reporter) {
    this.reporter = reporter;
    this.startedMs = boot.started_ms;
    this.lengthMs = boot.length_s * 1000;
    this.hidden = new Set();
    this.counters = boot.counters.map((counter) => ({
      ...counter, text: null, places: [...document.querySelectorAll(`[data-slot="${counter.slot}"]`)],
    }));
    for (const counter of this.counters) this.step(counter);
  }

  // Shows what is due now and comes back when the next text is due.
  step(counter) {
    const at = (wallMs() - this.startedMs) % this.lengthMs / 1000;
    const due = counter.shown.find(([, from, to]) => at >= from && at < to) ?? counter.shown.at(-1);
    if (due[0] !== counter.text) {
      counter.text = due[0];
      counter.claim = due[3];
      for (const place of counter.places) place.textContent = counter.text;
      if (counter.slot === "sold_percent") {
        document.getElementById("bar").style.width = `${/\d+/.exec(counter.text)?.[0] ?? 100}%`;
      }
      if (!this.hidden.has(counter.name)) this.painted(counter);
    }
    setTimeout(() => this.step(counter), Math.max(4, (due[2] - at) * 1000 + 1));
  }

  painted(counter) {
    const { name, claim, text } = counter;
    whenPainted((ms) => this.reporter.add("counters", { name, kind: claim, text, ms }));
  }

  // Something covers these slots (all of them when none are named): they can't be seen from the next paint on.
  cover(slots) {
    for (const counter of this.counters) {
      if ((slots && !slots.includes(counter.slot)) || this.hidden.has(counter.name)) continue;
      this.hidden.add(counter.name);
      whenPainted((ms) => this.reporter.add("counters", { name: counter.name, text: null, ms }));
    }
  }

  uncover() {
    for (const counter of this.counters) if (this.hidden.delete(counter.name)) this.painted(counter);
  }

  boxes() {
    const out = {};
    for (const { name, places } of this.counters) {
      const { x, y, width, height } = places[0].getBoundingClientRect();
      out[name] = [x, y, width, height];
    }
    return out;
  }
}
