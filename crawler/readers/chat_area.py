"""Where a room shows its chat: what viewers write there is no counter of the shop (data path 5; pure).

Told from the lines of a whole picture: at least two lines of one column begin with a name and a colon. Everything in
that column between and just around them belongs to it, wrapped lines too; so does what its lines lead to without a
break, since names on a half-transparent ground can't always be read. An area is remembered for a while, since its
lines scroll and a quiet moment may show only one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.readers.counters import parse
from crawler.readers.lines import union
from crawler.readers.ocr import Box

LEAST_LINES = 2
REMEMBERED_S = 60.0
PITCH = 2.6  # most line heights from one chat line to the next
INDENT = 1.5  # most line heights by which a line's beginning may lie off the column's (badges, wrapped lines)
LINKS = 4  # most lines through which a line is joined to the chat
LINK_PITCH = 2.2  # most line heights from one of them to the next
LINK_INDENT = 0.6  # most line heights by which their beginnings differ; with room for a name, counters were lost

_NAMED = re.compile(r"(?P<name>[^:：]{1,24})[:：]\s*(?P<words>\S.*)")
# What stands before the colon on a product card, a counter or a notice, and never in a viewer's name as a whole.
_LABEL = re.compile(
    r"库存|剩余|倒计时|在线|销量|已售|价|时间|结束|还剩|还有|热度|限购|运费|快递|规格|颜色|尺码|好评|品牌|材质|产地|编号|"
    r"货号|款式|面料|成分|功效|保质期|含量|风格|季节|适用|优惠|满减|发货|服务|活动|重量|尺寸|型号"
)
# A price, a share, a number: what is said in a chat is said in words.
_FIGURE = re.compile(r"[¥￥]?[0-9.,:+%％]+[^\W\d]{0,2}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as a search found it."""

    box: Box
    text: str


class ChatArea:
    """Remembers the chat's place. Owned by one `ScreenReader`."""

    def __init__(self) -> None:
        self._areas: list[tuple[Box, int]] = []

    def seen(self, lines: Sequence[Line], wall_ns: int) -> None:
        """Hear of the lines of a searched picture."""
        fresh = areas_of(lines)
        young = [(area, at) for area, at in self._areas if abs(wall_ns - at) < REMEMBERED_S * 1e9]
        for line in lines:
            if is_spoken(line.text):  # a line more at the rim of a known area: the chat fills up
                fresh += [_room(union(area, line.box), line.box.h) for area, _ in young if _at_rim(line.box, area)]
        kept = [(area, at) for area, at in young if not any(_holds(new, area) for new in fresh)]
        self._areas = kept + [(area, wall_ns) for area in fresh]

    def covers(self, box: Box, wall_ns: int, since_s: float = REMEMBERED_S) -> bool:
        """Whether a line stands in a chat area that was told by its lines within the last `since_s` seconds."""
        return any(abs(wall_ns - at) < since_s * 1e9 and _inside(box, area) for area, at in self._areas)

    def joins(self, box: Box, lines: Sequence[Box], wall_ns: int) -> bool:
        """Whether a line stands in a chat area, or is led to it by `lines` of its column, one close under the other."""
        if self.covers(box, wall_ns):
            return True
        for down in (True, False):
            last: Box | None = box
            for _ in range(LINKS):
                last = _next_in_column(last, box.x, lines, down=down) if last is not None else None
                if last is not None and self.covers(last, wall_ns):
                    return True
        return False


def _next_in_column(line: Box, left: int, lines: Sequence[Box], *, down: bool) -> Box | None:
    """The nearest line of about this size under (over) this one that begins at the column's left, or where words would.

    Always against the line that is asked about: from one to the next they would drift away.
    """
    found = [
        other
        for other in lines
        if abs(other.x - left) <= LINK_INDENT * line.h
        and 0.55 < other.h / line.h < 1.8
        and 0.5 * line.h < (other.y - line.y if down else line.y - other.y) <= LINK_PITCH * line.h
    ]
    return min(found, key=lambda other: abs(other.y - line.y), default=None)


def areas_of(lines: Sequence[Line]) -> list[Box]:
    """The chat areas of one picture, each with room for a line more above and below."""
    spoken = sorted((line for line in lines if is_spoken(line.text)), key=lambda line: line.box.y)
    columns: list[list[Line]] = []
    for line in spoken:
        for column in columns:
            last = column[-1].box
            near = line.box.y - last.y < 3 * PITCH * last.h  # lines between may be wrapped ones, or announcements
            if near and abs(line.box.x - column[0].box.x) < INDENT * last.h and 0.6 < line.box.h / last.h < 1.6:
                column.append(line)
                break
        else:
            columns.append([line])
    areas = []
    for column in columns:
        if len(column) < LEAST_LINES:
            continue
        area = column[0].box
        for line in column[1:]:
            area = union(area, line.box)
        height = column[0].box.h
        areas.append(_room(area.grown(round(INDENT * height), 0), height))
    return areas


def is_spoken(text: str) -> bool:
    """Whether a line is a name, a colon and words: no counter, and no label with what it labels."""
    found = _NAMED.match(text)
    if found is None or parse(text) is not None or _LABEL.search(found["name"]):
        return False
    return _FIGURE.fullmatch(found["words"].strip()) is None or parse(found["words"]) is not None


def _inside(box: Box, area: Box) -> bool:
    centre_y = box.y + box.h // 2
    return area.x <= box.x <= area.right and area.y <= centre_y <= area.bottom


def _at_rim(box: Box, area: Box) -> bool:
    aligned = -INDENT * box.h < box.x - area.x < 3 * INDENT * box.h
    return aligned and area.y - PITCH * box.h < box.y < area.bottom + PITCH * box.h and not _inside(box, area)


def _holds(outer: Box, inner: Box) -> bool:
    return outer.x <= inner.x and outer.y <= inner.y and outer.right >= inner.right and outer.bottom >= inner.bottom


def _room(area: Box, height: int) -> Box:
    """An area with room for one line more above and below."""
    return area.grown(0, round(PITCH * height))
