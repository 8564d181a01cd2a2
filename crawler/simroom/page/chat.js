// The chat list, purchase pop-ups and arrivals.
import { ChatSocket } from "./socket.js";

const KEPT = 40;
const clip = (text) => String(text ?? "").slice(0, 200);

export class Chat {
  constructor(room, page, where, reporter) {
    this.list = document.getElementById("chat");
    this.popups = document.getElementById("popups");
    this.arrivals = document.getElementById("arrivals");
    const base = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/chat/${room}`;
    const idPrefix = `${page}-${room}-`;
    const deliver = (frames, received) => {
      Object.assign(reporter.sockets, received);
      this.show(frames);
    };
    if (where === "worker") {
      this.worker = new Worker("/static/chat_worker.js", { type: "module" });
      this.worker.onmessage = ({ data }) => deliver(data.frames, data.received);
      this.worker.postMessage({ base, idPrefix });
    } else {
      this.socket = new ChatSocket(base, idPrefix, deliver);
    }
  }

  show(frames) {
    const rows = document.createDocumentFragment();
    for (const frame of frames.slice(-KEPT)) {
      const row = this.row(frame);
      if (row) rows.append(row);
    }
    this.list.append(rows);
    while (this.list.childElementCount > KEPT) this.list.firstElementChild.remove();
    const purchase = frames.findLast((frame) => frame.kind === "purchase");
    if (purchase && performance.now() > (this.nextPopup ?? 0)) {
      this.nextPopup = performance.now() + 1600;
      this.popup(purchase);
    }
    const enter = frames.findLast((frame) => frame.kind === "enter");
    if (enter) this.arrivals.textContent = `${clip(enter.user?.nick)} 来了`;
  }

  row(frame) {
    const words = { chat: frame.text, purchase: frame.text, enter: "来了", follow: "关注了主播", like: `点赞了 x${frame.count}` }[frame.kind];
    if (words === undefined) return null;
    const row = document.createElement("li"), level = document.createElement("i"), nick = document.createElement("b");
    row.className = frame.kind;
    level.textContent = `♦${clip(frame.user?.level)}`;
    nick.textContent = frame.kind === "chat" ? `${clip(frame.user?.nick)}：` : clip(frame.user?.nick);
    if (frame.kind === "purchase") nick.textContent = ""; // its text names the buyer, masked
    row.append(level, nick, clip(words));
    return row;
  }

  popup(frame) {
    const box = document.createElement("div");
    box.className = frame.stage;
    box.textContent = clip(frame.text);
    this.popups.append(box);
    setTimeout(() => box.remove(), 2600);
  }

  stop() {
    this.socket?.stop();
    this.worker?.postMessage({ stop: true });
    this.list.replaceChildren();
  }
}
