// Writes fragmented MP4 (ISO/IEC 14496-12): track 1 video in milliseconds, track 2 sound at its sampling rate.

const text = new TextEncoder();

function join(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}

const u8 = (...values) => Uint8Array.from(values);
const zeros = (count) => new Uint8Array(count);
function u16(...values) { const view = new DataView(new ArrayBuffer(values.length * 2)); values.forEach((v, i) => view.setUint16(i * 2, v)); return new Uint8Array(view.buffer); }
function u32(...values) { const view = new DataView(new ArrayBuffer(values.length * 4)); values.forEach((v, i) => view.setUint32(i * 4, v)); return new Uint8Array(view.buffer); }
const u64 = (value) => u32(Math.floor(value / 2 ** 32), value % 2 ** 32);
const box = (kind, ...parts) => { const body = join(parts); return join([u32(body.length + 8), text.encode(kind), body]); };
const full = (kind, version, flags, ...parts) => box(kind, u32(version * 2 ** 24 + flags), ...parts);
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

// Width and height from the sequence parameter set in an AVCDecoderConfigurationRecord (H.264 7.3.2.1.1).
export function pictureSize(avcc) {
  const length = avcc[6] << 8 | avcc[7];
  const raw = [];
  for (let i = 8; i < 8 + length; i++) if (!(i >= 10 && avcc[i] === 3 && !avcc[i - 1] && !avcc[i - 2])) raw.push(avcc[i]);
  let at = 32; // NAL header, profile, constraints, level
  const bit = () => { const value = raw[at >> 3] >> (7 - (at & 7)) & 1; at += 1; return value; };
  const bits = (count) => { let value = 0; while (count--) value = value * 2 + bit(); return value; };
  const ue = () => { let zerosSeen = 0; while (!bit()) zerosSeen += 1; return 2 ** zerosSeen - 1 + bits(zerosSeen); };
  const se = () => { const value = ue(); return value & 1 ? (value + 1) / 2 : -value / 2; };
  const profile = raw[1];
  ue();
  if ([100, 110, 122, 244].includes(profile)) throw new Error("this page plays H.264 Baseline and Main only");
  ue();
  const order = ue();
  if (order === 0) ue();
  else if (order === 1) { bit(); se(); se(); for (let n = ue(); n > 0; n--) se(); }
  ue(); bit();
  const wide = ue() + 1, tall = ue() + 1, frames = bit();
  if (!frames) bit();
  bit();
  let crop = [0, 0, 0, 0];
  if (bit()) crop = [ue(), ue(), ue(), ue()];
  return [wide * 16 - (crop[0] + crop[1]) * 2, tall * 16 * (2 - frames) - (crop[2] + crop[3]) * 2 * (2 - frames)];
}

function track(id, scale, handler, header, entry, width, height) {
  const table = box("stbl", full("stsd", 0, 0, u32(1), entry), full("stts", 0, 0, u32(0)), full("stsc", 0, 0, u32(0)),
    full("stsz", 0, 0, u32(0, 0)), full("stco", 0, 0, u32(0)));
  const refer = box("dinf", full("dref", 0, 0, u32(1), full("url ", 0, 1)));
  const media = box("mdia", full("mdhd", 0, 0, u32(0, 0, scale, 0), u16(0x55c4, 0)),
    full("hdlr", 0, 0, u32(0), text.encode(handler), zeros(12), text.encode("room\0")), box("minf", header, refer, table));
  return box("trak", full("tkhd", 0, 7, u32(0, 0, id, 0, 0), zeros(8), u16(0, 0, width ? 0 : 0x100, 0), MATRIX,
    u32(width * 65536, height * 65536)), media);
}

export function initSegment(avcc, asc, rate) {
  const [width, height] = pictureSize(avcc);
  const video = box("avc1", zeros(6), u16(1), zeros(16), u16(width, height), u32(0x480000, 0x480000, 0), u16(1), zeros(32), u16(24, 0xffff), box("avcC", avcc));
  const decoder = join([u8(4, 15 + asc.length, 0x40, 0x15), zeros(11), u8(5, asc.length), asc]);
  const channels = asc[1] >> 3 & 15;
  const audio = box("mp4a", zeros(6), u16(1), zeros(8), u16(channels, 16, 0, 0), u32(rate * 65536),
    full("esds", 0, 0, u8(3, 3 + decoder.length + 3, 0, 2, 0), decoder, u8(6, 1, 2)));
  return join([
    box("ftyp", text.encode("iso6"), u32(1), text.encode("iso6mp41")),
    box("moov", full("mvhd", 0, 0, u32(0, 0, 1000, 0, 0x10000), u16(0x100), zeros(10), MATRIX, zeros(24), u32(3)),
      track(1, 1000, "vide", full("vmhd", 0, 1, zeros(8)), video, width, height),
      track(2, rate, "soun", full("smhd", 0, 0, zeros(4)), audio, 0, 0),
      box("mvex", full("trex", 0, 0, u32(1, 1, 0, 0, 0)), full("trex", 0, 0, u32(2, 1, 0, 0, 0)))),
  ]);
}

// moof and mdat of a few samples; `tracks` is [{id, samples: [{at, duration, offset, key, bytes}]}].
export function fragment(sequence, tracks) {
  const bodies = tracks.map(({ samples }) => join(samples.map((sample) => sample.bytes)));
  const moof = (start) => {
    let offset = start;
    const parts = tracks.map(({ id, samples }, index) => {
      const rows = samples.map((s) => u32(s.duration, s.bytes.length, s.key ? 0x02000000 : 0x01010000, s.offset >>> 0));
      const part = box("traf", full("tfhd", 0, 0x020000, u32(id)), full("tfdt", 1, 0, u64(samples[0].at)),
        full("trun", 1, 0x000f01, u32(samples.length, offset), ...rows));
      offset += bodies[index].length;
      return part;
    });
    return box("moof", full("mfhd", 0, 0, u32(sequence)), ...parts);
  };
  return join([moof(moof(0).length + 8), box("mdat", ...bodies)]);
}
