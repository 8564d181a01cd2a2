"""Launch a browser for real and see whether it does what a live room asks: play H.264 with AAC, draw 弹幕 and emoji.

`isTypeSupported` alone proves nothing (builds without decoders have answered yes), so a clip is played through Media
Source Extensions, its picture is looked at, and decoded sound is counted. Glyphs are compared pixel by pixel with the
box that stands for a character no font has.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.provision.clip import CODECS, COLOUR, make_clip

LAUNCH_MS = 30_000
PLAY_SECONDS = 15
NO_SANDBOX = "this machine gives its sandbox no room (user namespaces are off, or this is a container)"
COLOUR_SLACK = 40  # of 255: chroma subsampling and the colour matrix move a flat colour by less than 10

_PLAY = """async ([clip, type, seconds]) => {
  const answer = {supported: MediaSource.isTypeSupported(type), time: 0, pixel: [0, 0, 0], sound: 0, error: ''};
  if (!answer.supported) return answer;
  const bytes = Uint8Array.from(atob(clip), c => c.charCodeAt(0));
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  const failed = new Promise(done => video.addEventListener('error', () => done(video.error.message || 'error')));
  const late = new Promise(done => setTimeout(() => done('the clip did not play in time'), seconds * 1000));
  const played = (async () => {
    await new Promise(done => source.addEventListener('sourceopen', done, {once: true}));
    const buffer = source.addSourceBuffer(type);
    buffer.appendBuffer(bytes);
    await new Promise(done => buffer.addEventListener('updateend', done, {once: true}));
    source.endOfStream();
    await video.play();
    while (video.currentTime < 0.5) await new Promise(done => setTimeout(done, 50));
    return '';
  })().catch(error => String(error));
  answer.error = await Promise.race([failed, late, played]);
  answer.time = video.currentTime;
  answer.sound = video.webkitAudioDecodedByteCount;
  if (!answer.error) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 8;
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0, 8, 8);
    answer.pixel = [...pen.getImageData(4, 4, 1, 1).data].slice(0, 3);
  }
  return answer;
}"""

# U+FFFF is no character: every font shows its box for it. U+FE0F asks for the coloured form (some text fonts have
# black-and-white ones of their own).
_DRAW = """() => {
  const draw = text => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    pen.font = '40px sans-serif';
    pen.textBaseline = 'top';
    pen.fillText(text, 4, 4);
    return [...pen.getImageData(0, 0, 64, 64).data];
  };
  const box = draw('\\uffff').join();
  const [first, second, face] = [draw('弹'), draw('幕'), draw('🛒\ufe0f')];
  const coloured = face.some((v, i) => i % 4 === 0 && face[i + 3] > 128 && Math.max(
    Math.abs(v - face[i + 1]), Math.abs(v - face[i + 2])) > 60);
  return {
    chinese: first.join() !== box && second.join() !== box && first.join() !== second.join(),
    emoji: face.join() !== box && coloured,
  };
}"""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a launched browser showed. `why` is empty when it will do."""

    path: Path
    version: str
    why: str

    @property
    def ok(self) -> bool:
        """Whether rooms can be watched with it."""
        return not self.why


def probe(path: Path) -> Probe:
    """Launch the browser at `path`, headless, and try it: about 3 s. Never raises for what the browser does.

    Synchronous Playwright: not to be called where an event loop runs.
    """
    # Imported here: only set-up launches browsers this way, and Playwright takes a while to import.
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as driver:
        try:
            # Chromium refuses its sandbox to root, and only to root; for everybody else it stays on.
            browser = driver.chromium.launch(
                executable_path=path, headless=True, chromium_sandbox=os.geteuid() != 0, timeout=LAUNCH_MS
            )
        except Error as error:
            return Probe(path, "", f"does not start: {_why_no_start(str(error))}")
        try:
            version = browser.version
            page = browser.new_page()
            clip = base64.b64encode(make_clip()).decode("ascii")
            why = _judge_playing(page.evaluate(_PLAY, [clip, CODECS, PLAY_SECONDS]))
            why = why or _judge_drawing(page.evaluate(_DRAW))
        except Error as error:
            return Probe(path, "", f"breaks off: {_first_line(error)}")
        finally:
            browser.close()
    return Probe(path, version, why)


def playwright_build() -> Path:
    """Where Playwright keeps the Chromium of its own (`$PLAYWRIGHT_BROWSERS_PATH` counts); it need not be there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        return Path(driver.chromium.executable_path)


def _judge_playing(answer: dict[str, Any]) -> str:
    if not answer["supported"]:
        return "does not play H.264 with AAC (a build without these decoders)"
    if answer["error"]:
        return f"does not play H.264 with AAC: {answer['error']}"
    if any(abs(got - want) > COLOUR_SLACK for got, want in zip(answer["pixel"], COLOUR, strict=True)):
        return f"plays a wrong picture: colour {answer['pixel']}, expected about {list(COLOUR)}"
    if answer["sound"] <= 0:
        return "decodes no sound (AAC)"
    return ""


def _judge_drawing(answer: dict[str, bool]) -> str:
    if not answer["chinese"]:
        return "draws boxes for 弹幕: it finds no Chinese font"
    if not answer["emoji"]:
        return "draws no coloured emoji: it finds no emoji font"
    return ""


def _why_no_start(report: str) -> str:
    """The one line that matters of Playwright's report, which holds the browser's whole log."""
    if "No usable sandbox" in report:
        return NO_SANDBOX
    if library := re.search(r"error while loading shared libraries: ([^:\s]+)", report):
        return f"the library {library[1]} is missing"
    return report.strip().splitlines()[0]


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
