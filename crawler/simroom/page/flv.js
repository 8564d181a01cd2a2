// An endless FLV body taken apart and put together again as fragmented MP4 for MSE: tags in, MP4 pieces out.
import { fragment, initSegment } from "./mp4.js";

const AUDIO = 8, VIDEO = 9;

// Calls `onTag(kind, ms, body)` for each whole tag, however the bytes are cut.
export class FlvReader {
  constructor(onTag) {
    this.onTag = onTag;
    this.rest = new Uint8Array(0);
    this.skip = 9 + 4; // the header and the size of the tag before the first one
  }

  push(bytes) {
    let all = bytes;
    if (this.rest.length) {
      all = new Uint8Array(this.rest.length + bytes.length);
      all.set(this.rest);
      all.set(bytes, this.rest.length);
    }
    let at = 0;
    if (this.skip) {
      if (all.length < this.skip) { this.rest = all; return; }
      at = this.skip;
      this.skip = 0;
    }
    while (all.length - at >= 15) {
      const size = all[at + 1] << 16 | all[at + 2] << 8 | all[at + 3];
      if (all.length - at < 15 + size) break;
      const ms = (all[at + 7] * 2 ** 24) + (all[at + 4] << 16 | all[at + 5] << 8 | all[at + 6]);
      this.onTag(all[at] & 0x1f, ms, all.subarray(at + 11, at + 11 + size));
      at += 15 + size;
    }
    this.rest = all.slice(at);
  }
}

export class Remuxer {
  // `emit({init, codecs})` when decoders have to be set up, `emit({media})` for samples.
  constructor(emit) {
    this.emit = emit;
    this.video = [];
    this.audio = [];
    this.sequence = 0;
  }

  tag(kind, ms, body) {
    if (kind === VIDEO && (body[0] & 0x0f) === 7) {
      if (body[1] === 0) this.configure({ avcc: body.slice(5) });
      else if (body[1] === 1) this.picture(ms, body);
    } else if (kind === AUDIO && body[0] >> 4 === 10) {
      if (body[1] === 0) this.configure({ asc: body.slice(2) });
      else this.sound(ms, body.slice(2));
    }
  }

  configure(found) {
    if (found.avcc) {
      this.flush(true);
      this.asc = null; // the sound's configuration follows, also when only the picture's changed
    }
    Object.assign(this, found);
    if (!this.avcc || !this.asc) return;
    const rate = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350][(this.asc[0] & 7) << 1 | this.asc[1] >> 7];
    this.rate = rate;
    const hex = [...this.avcc.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.emit({ init: initSegment(this.avcc, this.asc, rate), codecs: `avc1.${hex}, mp4a.40.2` });
  }

  picture(ms, body) {
    const offset = (body[2] << 16 | body[3] << 8 | body[4]) << 8 >> 8;
    const last = this.video.at(-1);
    if (last) {
      const length = ms - last.at;
      last.duration = length > 0 && length < 500 ? length : 40; // over a hole the last picture does not stretch
    }
    const key = body[0] >> 4 === 1;
    if (last && (key || this.video.length >= 8 || ms - this.video[0].at > 500)) this.flush(false);
    this.video.push({ at: ms, duration: 40, offset, key, bytes: body.slice(5) });
  }

  sound(ms, bytes) {
    const exact = ms * this.rate / 1000;
    // FLV times are whole milliseconds; AAC frames follow each other exactly unless the stream has a hole.
    if (this.nextSound === undefined || Math.abs(this.nextSound - exact) > this.rate / 10) this.nextSound = Math.round(exact);
    this.audio.push({ at: this.nextSound, duration: 1024, offset: 0, key: true, bytes });
    this.nextSound += 1024;
  }

  flush() {
    const tracks = [];
    if (this.video.length) tracks.push({ id: 1, samples: this.video });
    if (this.audio.length) tracks.push({ id: 2, samples: this.audio });
    if (tracks.length) this.emit({ media: fragment(++this.sequence, tracks) });
    this.video = [];
    this.audio = [];
  }
}
