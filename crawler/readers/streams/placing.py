"""Where a place of the original picture lies on the screen, and when the original is worth reading (pure)."""

from __future__ import annotations

from typing import Literal

from crawler.readers.ocr import Box
from crawler.readers.streams.playhead import Look

Fit = Literal["contain", "cover", "fill"]  # CSS object-fit: how a picture fills a box of another shape
FITS: tuple[Fit, ...] = ("contain", "cover", "fill")
BETTER = 1.15


def scales(look: Look, fit: Fit) -> tuple[float, float]:
    """Pixels of the screen for one pixel of the original, across and down."""
    across, down = look.box[2] / look.width, look.box[3] / look.height
    if fit == "fill":
        return across, down
    both = min(across, down) if fit == "contain" else max(across, down)
    return both, both


def picture_box(look: Look, fit: Fit = "contain") -> Box:
    """Where the whole picture lies on the screen; with "cover" it reaches beyond the video's box."""
    across, down = scales(look, fit)
    x, y, w, h = look.box
    width, height = look.width * across, look.height * down
    return Box(round(x + (w - width) / 2), round(y + (h - height) / 2), round(width), round(height))


def on_screen(place: Box, look: Look, fit: Fit = "contain") -> Box:
    """A box of the original picture in pixels of the screen."""
    across, down = scales(look, fit)
    whole = picture_box(look, fit)
    return Box(
        whole.x + round(place.x * across),
        whole.y + round(place.y * down),
        max(1, round(place.w * across)),
        max(1, round(place.h * down)),
    )


def better(look: Look) -> bool:
    """Whether the original picture shows more than the screenshot does.

    Only then are burned-in counters read from it: a video that is shown at its own size, or larger, is in the
    screenshot as it is, and reading it once more costs a decoded picture and a look at each field for nothing. Below
    1.15 what is lost to scaling is less than what JPEG takes from a screenshot (facts: ocr, text of 8 to 12 px).
    """
    return look.box[2] > 0 and look.box[3] > 0 and max(scales(look, "contain")) * BETTER < 1
