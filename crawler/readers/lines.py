"""Finding lines of text: on a whole picture, and again around a known place (data path 5).

A line is boxed anew at each look, so that a counter that grew is never cut: "1100" read as "100" would be the worst
error. A line that touches the border of the searched neighbourhood is searched again in a wider one.
"""

from __future__ import annotations

from collections.abc import Sequence

from crawler.readers.ocr import Bgr, Box, Engine

TALLEST = 1.7  # most height of a line, in heights of the one known there
PILL = 3.0  # most height of the ground that a line stands on, in heights of the line
REACHES = (3, 9)  # how far left and right of a known box to search, in box heights: first, and when a line touches


def same_line(a: Box, b: Box) -> bool:
    """Whether two boxes stand on one line of text and are of about one size."""
    centre = abs((a.y + a.h / 2) - (b.y + b.h / 2))
    return centre < 0.4 * min(a.h, b.h) and max(a.h, b.h) < 1.7 * min(a.h, b.h)


def gap(a: Box, b: Box) -> int:
    """Horizontal pixels between two boxes; negative when they overlap."""
    return max(a.x, b.x) - min(a.right, b.right)


def union(a: Box, b: Box) -> Box:
    """The smallest box around both."""
    x, y = min(a.x, b.x), min(a.y, b.y)
    return Box(x, y, max(a.right, b.right) - x, max(a.bottom, b.bottom) - y)


def joined(boxes: Sequence[Box], reach: float) -> list[Box]:
    """Boxes of one line whose gap is under `reach` heights become one box; others stay. Sorted from the top left."""
    result: list[Box] = []
    for box in sorted(boxes, key=lambda b: b.x):
        for i, left in enumerate(result):
            if same_line(left, box) and gap(left, box) < reach * min(left.h, box.h):
                result[i] = union(left, box)
                break
        else:
            result.append(box)
    return sorted(result, key=lambda b: (b.y, b.x))


def find_line(engine: Engine, picture: Bgr, known: Box) -> Box | None:
    """The line that stands where `known` was, boxed anew, or null when no text is there.

    The line may have grown, shrunk or moved by less than about its own height.
    """
    height, width = picture.shape[:2]
    for reach in REACHES:
        area = known.grown(reach * known.h, known.h).within(width, height)
        if not (area.w and area.h):
            return None
        found = [Box(b.x + area.x, b.y + area.y, b.w, b.h) for b in engine.detect(area.cut(picture))]
        line = _nearest([_in_its_pill(b, known) for b in joined(found, 0.4) if _meets(b, known)], known)
        if line is None:
            return None
        touches_left = line.x <= area.x + 2 and area.x > 0
        touches_right = line.right >= area.right - 2 and area.right < width
        if not (touches_left or touches_right):
            return line
    return line


def _meets(box: Box, known: Box) -> bool:
    return box.overlap(known.grown(known.h // 2, 0)) > 0


def _in_its_pill(box: Box, known: Box) -> Box:
    """A box around the coloured ground that a line stands on, as wide as it is, at the height of the line known there.

    The detector boxes now the text, now the ground. Its width cuts nothing; at its height it would be no line.
    """
    around = box.y < known.y and box.bottom > known.bottom and box.h <= PILL * known.h
    whole = box.x <= known.x + known.h // 2 and box.right >= known.right - known.h // 2
    return Box(box.x, known.y, box.w, known.h) if around and whole and box.h >= TALLEST * known.h else box


def _on_the_pill(box: Box, known: Box) -> bool:
    """Whether the ground was boxed before, and now the line on it."""
    inside = (
        known.y < box.y and box.bottom < known.bottom and known.x - box.h < box.x and box.right < known.right + box.h
    )
    return inside and known.h <= PILL * box.h and box.w >= 0.6 * known.w


def _nearest(boxes: Sequence[Box], known: Box) -> Box | None:
    """The box whose middle is nearest to the known one's, among those of about its height."""
    fitting = [b for b in boxes if 0.6 * known.h < b.h < TALLEST * known.h or _on_the_pill(b, known)]
    return min(
        fitting,
        key=lambda b: abs(b.y + b.h / 2 - known.y - known.h / 2) * 4 + abs(b.x + b.w / 2 - known.x - known.w / 2),
        default=None,
    )
