// The chat's socket and its framing (see wire.py); used by the page itself or by a worker.

const KINDS = { 1: "chat", 2: "purchase", 3: "enter", 4: "like", 5: "follow", 6: "counter", 7: "state" };
const HEAD = 22;
const utf8 = new TextDecoder();

// One frame as {kind, ...body}, or null when it isn't one that this page can show.
export function decode(buffer) {
  if (buffer.byteLength < HEAD) return null;
  const view = new DataView(buffer);
  const length = view.getUint32(18);
  if (view.getUint16(0) !== 0x4c52 || length > buffer.byteLength - HEAD || length > 65536) return null;
  try {
    return { kind: KINDS[view.getUint16(4)] ?? "other", ...JSON.parse(utf8.decode(new Uint8Array(buffer, HEAD, length))) };
  } catch (error) {
    return null;
  }
}

// A client frame: a heartbeat (16) with an empty body.
function heartbeat(seq) {
  const view = new DataView(new ArrayBuffer(HEAD));
  view.setUint16(0, 0x4c52);
  view.setUint8(2, 1);
  view.setUint16(4, 16);
  view.setUint32(6, seq);
  return view.buffer;
}

export class ChatSocket {
  // `deliver(frames, received)` comes a few times a second; `received` counts all frames of each socket by its id.
  constructor(base, idPrefix, deliver) {
    this.base = base;
    this.idPrefix = idPrefix;
    this.received = {};
    this.frames = [];
    this.tries = 0;
    this.timer = setInterval(() => {
      deliver(this.frames, this.received);
      this.frames = [];
    }, 200);
    this.open();
  }

  open() {
    if (this.stopped) return;
    const id = `${this.idPrefix}s${++this.tries}`;
    const socket = this.socket = new WebSocket(`${this.base}?c=${id}`);
    let beats = 0, pulse;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.received[id] = 0;
      socket.send(heartbeat(++beats));
      pulse = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send(heartbeat(++beats)), 10000);
    };
    socket.onmessage = ({ data }) => {
      this.received[id] += 1;
      const frame = decode(data);
      if (frame && this.frames.length < 400) this.frames.push(frame);
    };
    socket.onclose = () => {
      clearInterval(pulse);
      if (!this.stopped) setTimeout(() => this.open(), 500);
    };
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    this.socket.close();
  }
}
