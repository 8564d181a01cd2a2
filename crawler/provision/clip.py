"""A two-second clip of H.264 and AAC, made on the spot: what a browser has to play before we rely on it."""

from __future__ import annotations

import io

CODECS = 'video/mp4; codecs="avc1.4d401f,mp4a.40.2"'  # H.264 Main 3.1 and AAC-LC, as live rooms send
COLOUR = (220, 30, 60)  # red, green, blue of the whole picture: looked for after decoding
SIDE = 160  # pixels
SECONDS = 2
_FPS = 25
_SOUND_RATE = 44_100
_SOUND_FRAME = 1024  # samples of one AAC frame


def make_clip() -> bytes:
    """The clip as fragmented MP4, the form that Media Source Extensions take. About 0.1 s and 10 kB."""
    # Imported here: `browser_executable` runs at the start of each command and makes no clip.
    import av
    import numpy as np

    out = io.BytesIO()
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(out, "w", format="mp4", options=movflags) as container:
        video = container.add_stream("libx264", rate=_FPS, options={"preset": "veryfast", "level": "3.1", "bf": "0"})
        video.width, video.height, video.pix_fmt = SIDE, SIDE, "yuv420p"
        video.codec_context.profile = "Main"
        sound = container.add_stream("aac", rate=_SOUND_RATE)
        sound.layout = "mono"
        pixels = np.full((SIDE, SIDE, 3), COLOUR, dtype=np.uint8)
        for number in range(_FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        phase = np.arange(_SOUND_RATE * SECONDS, dtype=np.float32) * np.float32(2 * np.pi * 440 / _SOUND_RATE)
        tone = 0.3 * np.sin(phase)
        for start in range(0, len(tone), _SOUND_FRAME):
            samples = av.AudioFrame.from_ndarray(tone[None, start : start + _SOUND_FRAME], format="fltp", layout="mono")
            samples.sample_rate = _SOUND_RATE
            samples.pts = start
            container.mux(sound.encode(samples))
        container.mux(sound.encode(None))
    return out.getvalue()
