// Plays the live media through MSE: endless FLV, numbered fMP4 segments, or HLS with fMP4 segments.
import { FlvReader, Remuxer } from "./flv.js";
import { wallMs } from "./report.js";

const GOP_MS = 1600;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// One MediaSource with one SourceBuffer; appends in order, forgets what was played long ago.
class Sink {
  constructor(video) {
    this.video = video;
    this.queue = [];
    this.source = new MediaSource();
    this.source.addEventListener("sourceopen", () => this.next(), { once: true });
    this.url = URL.createObjectURL(this.source);
    video.src = this.url;
  }

  // What set-up and samples are handed over first is also appended first, however late the source opens.
  configure(codecs, init) {
    this.codecs ??= codecs;
    this.append(init);
  }

  append(bytes) {
    this.queue.push(bytes);
    this.next();
  }

  next() {
    if (this.source.readyState !== "open" || !this.codecs || this.buffer?.updating) return;
    if (!this.buffer) {
      this.buffer = this.source.addSourceBuffer(`video/mp4; codecs="${this.codecs}"`);
      this.buffer.addEventListener("updateend", () => this.next());
    }
    const ranges = this.buffer.buffered, now = this.video.currentTime;
    if (ranges.length && ranges.start(0) < now - 30) {
      this.buffer.remove(0, now - 15);
    } else if (this.queue.length) {
      this.buffer.appendBuffer(this.queue.shift());
    }
  }

  close() {
    URL.revokeObjectURL(this.url);
    this.video.removeAttribute("src");
    this.video.load();
  }
}

export class Player {
  constructor(video, { room, transport, page, startedMs }, reporter) {
    Object.assign(this, { video, room, transport, page, startedMs, reporter });
    this.requests = 0;
    this.stop = new AbortController();
    this.lead = transport === "flv" ? 1.2 : 3;
    this.sink = new Sink(video);
    this.timer = setInterval(() => this.keepLive(), 300);
    this.watchPictures();
    this.run().catch((error) => this.ended(error));
  }

  ended(error) {
    if (!this.stop.signal.aborted) console.warn("the media ended:", String(error));
  }

  // A request of this page's own number, so that the truth can say which response each byte belongs to.
  async ask(path) {
    const id = `${this.page}-m${++this.requests}`;
    const response = await fetch(`/live/${this.room}${path}?c=${id}`, { signal: this.stop.signal });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return { response, count: (bytes) => { this.reporter.media[id] = (this.reporter.media[id] ?? 0) + bytes; } };
  }

  async whole(path) {
    const { response, count } = await this.ask(path);
    const body = new Uint8Array(await response.arrayBuffer());
    count(body.length);
    return { response, body };
  }

  async run() {
    if (this.transport === "flv") await this.runFlv();
    else if (this.transport === "hls") await this.runHls();
    else await this.runSegments();
  }

  async runFlv() {
    const { response, count } = await this.ask(".flv");
    const remuxer = new Remuxer(({ init, codecs, media }) => (init ? this.sink.configure(codecs, init) : this.sink.append(media)));
    const tags = new FlvReader((kind, ms, body) => remuxer.tag(kind, ms, body));
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return;
      count(value.length);
      tags.push(value);
    }
  }

  async setUp(rendition) {
    if (rendition === this.rendition) return;
    const { response, body } = await this.whole(`/init-${rendition}.mp4`);
    this.sink.configure(response.headers.get("X-Codecs"), body);
    this.rendition = rendition;
  }

  async runSegments() {
    let number = Math.max(0, Math.floor((wallMs() - this.startedMs) / GOP_MS) - 2);
    for (;;) {
      const { response, body } = await this.whole(`/${number}.m4s`);
      await this.setUp(response.headers.get("X-Rendition"));
      this.sink.append(body);
      number = Math.max(number + 1, Number(response.headers.get("X-Live-Segment")) - 1);
    }
  }

  async runHls() {
    for (let last = -1; ;) {
      const { body } = await this.whole("/index.m3u8");
      const lines = new TextDecoder().decode(body).split("\n");
      let number = Number(/MEDIA-SEQUENCE:(\d+)/.exec(lines.join())[1]), rendition;
      const newest = number + lines.filter((line) => line.endsWith(".m4s")).length - 1;
      for (const line of lines) {
        rendition = /EXT-X-MAP:URI="init-(\w+)\.mp4"/.exec(line)?.[1] ?? rendition;
        if (!line.endsWith(".m4s")) continue;
        if (number > last && (last >= 0 || number >= newest - 1)) {
          await this.setUp(rendition);
          this.sink.append((await this.whole(`/${line}`)).body);
          last = number;
        }
        number += 1;
      }
      await pause(800);
    }
  }

  // Hops over holes, and back to the live edge when it has fallen behind.
  keepLive() {
    const { video } = this, ranges = video.buffered;
    Object.assign(this.reporter.video, {
      current_time: video.currentTime, decoded: video.webkitDecodedFrameCount ?? 0, dropped: video.webkitDroppedFrameCount ?? 0,
      audio_bytes: video.webkitAudioDecodedByteCount ?? 0, width: video.videoWidth, height: video.videoHeight,
    });
    if (!ranges.length) return;
    const now = video.currentTime, end = ranges.end(ranges.length - 1);
    for (let i = 0; i < ranges.length; i++) {
      if (now >= ranges.start(i) - 0.05 && now < ranges.end(i) - 0.1) break;
      if (ranges.start(i) > now) { video.currentTime = ranges.start(i) + 0.01; break; }
    }
    if (video.paused) {
      if (!this.held && (this.started || end - Math.max(now, ranges.start(0)) > this.lead * 0.8)) this.play();
    } else if (end - now > this.lead + 4) this.toLive();
  }

  toLive() {
    const ranges = this.video.buffered;
    if (ranges.length) {
      const last = ranges.length - 1;
      this.video.currentTime = Math.max(ranges.start(last) + 0.01, ranges.end(last) - this.lead);
    }
  }

  // Sound without a click is up to the browser's settings; without it the room plays muted, as real ones do.
  async play() {
    this.started = true; // from now on a short buffer is no reason to wait
    try {
      await this.video.play();
    } catch (error) {
      if (error.name === "NotAllowedError") this.video.muted = true;
    }
  }

  hold() { this.held = true; this.video.pause(); }

  release() { this.held = false; this.toLive(); this.play(); }

  // Which media time was on the screen when; a stretch without a new picture is a freeze.
  watchPictures() {
    let last, told = 0;
    const picture = (_, { mediaTime, expectedDisplayTime }) => {
      if (this.stop.signal.aborted) return;
      this.video.requestVideoFrameCallback(picture);
      if (!this.started) return; // the first picture, shown while the buffer fills
      const at = wallMs(expectedDisplayTime);
      if (last !== undefined && at - last > 700) this.reporter.add("freezes", [last, at]);
      if (at - told > 250) { this.reporter.add("pictures", [mediaTime, at]); told = at; }
      last = at;
    };
    this.video.requestVideoFrameCallback(picture);
  }

  close() {
    this.stop.abort();
    clearInterval(this.timer);
    this.sink.close();
  }
}
