"""Counters as they are burned into a video: white text with a stroke, a shadow, or on a half-transparent box."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
NAMES = (
    "NotoSansCJK-Bold*",
    "NotoSansCJK*",
    "NotoSansSC*",
    "SourceHanSans*",
    "wqy-*",
    "DroidSansFallback*",
    "PingFang*",
    "Hiragino Sans GB*",
    "STHeiti*",
)


class MissingFont(RuntimeError):
    """No font with Chinese characters was found on this machine."""


def find_font() -> Path:
    """A font file with Chinese characters: what fontconfig names, else well-known names in the usual folders."""
    if (fc_match := shutil.which("fc-match")) is not None:
        asked = [fc_match, "--format=%{file}\n%{lang}", "sans-serif:lang=zh-cn:weight=bold"]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False).stdout.split("\n")
        # fontconfig always names some font; only its language list says whether that font has Chinese.
        if len(answer) == 2 and "zh-cn" in answer[1] and Path(answer[0]).is_file():
            return Path(answer[0])
    for name in NAMES:
        for folder in FOLDERS:
            for path in sorted(Path(folder).rglob(name)) if Path(folder).is_dir() else []:
                if path.suffix.lower() in {".ttc", ".ttf", ".otf"}:
                    return path
    raise MissingFont(
        "counters in the simulated room's video need a font with Chinese characters: expected one known to "
        "fc-match or in " + ", ".join(FOLDERS) + "; got none. Next: livewitness setup "
        "(on Debian: apt-get install fonts-noto-cjk)"
    )


@dataclass(frozen=True, slots=True)
class Patch:
    """A lettered rectangle: premultiplied colour (BGR), what it leaves of the picture, its place."""

    colour: NDArray[np.float32]
    keep: NDArray[np.float32]
    x: int
    y: int

    def onto(self, picture: Picture) -> None:
        """Blend onto a BGR picture (height x width x 3), in place."""
        height, width = self.colour.shape[:2]
        area = picture[self.y : self.y + height, self.x : self.x + width]
        area[:] = (area * self.keep + self.colour).astype(np.uint8)


def letter(text: str, *, font: Path, place: tuple[int, int, int], style: str, frame: tuple[int, int]) -> Patch:
    """The patch of one text; ``place`` is x, y, font size in pixels, ``frame`` the picture's width and height."""
    x, y, size = place
    face = ImageFont.truetype(str(font), size)
    left, top, right, bottom = face.getbbox(text, stroke_width=3)
    pad = size // 3
    width, height = int(right - left) + 2 * pad, int(bottom - top) + 2 * pad
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    at = (pad - left, pad - top)
    if style == "box":
        draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=pad, fill=(20, 20, 24, 150))
        draw.text(at, text, font=face, fill=(255, 255, 255, 255))
    elif style == "shadow":
        draw.text(
            (at[0] + 2, at[1] + 2), text, font=face, fill=(0, 0, 0, 200), stroke_width=1, stroke_fill=(0, 0, 0, 160)
        )
        draw.text(at, text, font=face, fill=(255, 240, 120, 255))
    else:
        draw.text(at, text, font=face, fill=(255, 255, 255, 255), stroke_width=3, stroke_fill=(200, 24, 40, 255))
    x, y = max(0, min(x, frame[0] - width)), max(0, min(y, frame[1] - height))
    rgba = np.asarray(image, dtype=np.float32)[: frame[1] - y, : frame[0] - x]
    alpha = rgba[..., 3:4] / 255.0
    return Patch(np.ascontiguousarray(rgba[..., 2::-1] * alpha), 1.0 - alpha, x, y)
