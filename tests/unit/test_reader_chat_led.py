"""What the chat's lines lead to is chat: a wrapped line under names that could not be read; no counter elsewhere is."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from crawler.readers.chat_area import ChatArea, Line
from crawler.readers.ocr import Bgr, Box, PaddleEngine
from crawler.readers.readings import Reading, Status
from crawler.readers.screen_reader import ScreenReader
from crawler.simroom.lettering import find_font

H = 20  # px, height of a line of chat
STEP = 30  # px from one line to the next
X, TOP = 20, 400
NAMES = 2  # lines of which the name could be read


def row(number: int, *, x: int = X, h: int = H, step: int = STEP) -> Box:
    """The place of the n-th line of the column, the first of the names being number 0."""
    return Box(x, TOP + step * number, 5 * h, h)


def area() -> ChatArea:
    heard = ChatArea()
    heard.seen([Line(row(n), text) for n, text in enumerate(["小明:还有吗", "小红:有"])], 0)
    return heard


def first_beyond(chat: ChatArea) -> int:
    """The first line under the names that their area does not reach."""
    return next(n for n in range(NAMES, 20) if not chat.covers(row(n), 0))


def joins(chat: ChatArea, box: Box, between: list[Box]) -> bool:
    """As a search asks: the line itself is among the lines of the picture."""
    return chat.joins(box, [row(0), row(1), *between, box], 0)


def test_a_line_that_others_of_its_column_lead_to_is_chat() -> None:
    chat = area()
    beyond = first_beyond(chat)
    for number in range(NAMES, beyond + 4):
        assert joins(chat, row(number), [row(n) for n in range(NAMES, number)]), number


def test_and_so_is_one_above_the_names() -> None:
    chat = area()
    above = next(n for n in range(-1, -20, -1) if not chat.covers(row(n), 0))
    for number in range(-1, above - 4, -1):
        assert joins(chat, row(number), [row(n) for n in range(number + 1, 0)]), number


def test_after_four_lines_that_said_no_name_nobody_knows() -> None:
    chat = area()
    last = first_beyond(chat) + 3
    between = [row(n) for n in range(NAMES, last + 1)]
    assert joins(chat, row(last), between)
    assert not joins(chat, row(last + 1), between)


def test_pieces_into_which_a_line_fell_count_as_one_line() -> None:
    chat = area()
    last = first_beyond(chat) + 3
    between = [row(n) for n in range(NAMES, last + 1)]
    pieces = [Box(X + 4, each.y - 6, 30, H) for each in between]
    assert joins(chat, row(last), between + pieces)


def test_where_the_column_breaks_off_the_chat_ends() -> None:
    chat = area()
    beyond = first_beyond(chat)
    between = [row(n) for n in range(NAMES, beyond)]
    near, far = (Box(X, between[-1].y + round(pitch * H), 100, H) for pitch in (2.2, 2.3))
    assert joins(chat, near, between)
    assert not joins(chat, far, between)
    assert not joins(chat, row(beyond), []), "nothing leads there"


def test_a_line_that_begins_elsewhere_is_of_no_such_column() -> None:
    chat = area()
    beyond = first_beyond(chat)
    between = [row(n) for n in range(NAMES, beyond)]
    for off, expected in ((0, True), (12, True), (14, False), (300, False), (-12, True), (-14, False), (-120, False)):
        assert joins(chat, row(beyond, x=X + off), between) is expected, off


@pytest.mark.parametrize(("h", "expected"), [(H, True), (26, True), (12, True), (40, False), (10, False)])
def test_a_headline_or_a_footnote_under_the_chat_is_none(h: int, *, expected: bool) -> None:
    chat = area()
    beyond = first_beyond(chat)
    between = [row(n) for n in range(NAMES, beyond)]
    under = Box(X, between[-1].y + 2 * h, 5 * h, h)
    assert not chat.covers(under, 0)
    assert joins(chat, under, between) is expected


def test_a_stack_of_counters_elsewhere_is_none_however_like_a_column_it_stands() -> None:
    """A product card: it never comes to where names were read."""
    chat = area()
    others = [row(n) for n in range(NAMES, 6)]
    for step in (STEP, 45):
        card = [row(n, x=500, step=step) for n in range(6)]
        assert not any(joins(chat, box, card + others) for box in card), step


def test_a_stack_of_counters_far_above_the_chat_is_none() -> None:
    chat = area()
    card = [Box(X, 40 + STEP * n, 100, H) for n in range(6)]
    assert not any(joins(chat, box, card) for box in card)


def test_a_line_is_not_led_to_the_chat_by_itself_or_by_what_stands_beside_it() -> None:
    chat = area()
    box = row(first_beyond(chat))
    assert not joins(chat, box, [box, Box(box.x + 4, box.y + 4, box.w, box.h), Box(box.right + 20, box.y, 80, H)])


def test_a_line_among_the_names_needs_no_other_that_leads_there() -> None:
    assert area().joins(row(1), [], 0), "a quiet moment shows one line"


def test_where_no_chat_was_heard_nothing_is_chat() -> None:
    column = [row(n) for n in range(8)]
    assert not any(ChatArea().joins(box, column, 0) for box in column)


SECOND = 1_000_000_000
FONT = ImageFont.truetype(str(find_font()), 22)
CHAT = ("小明:还有吗", "小红:喜欢这件", "夏天的风 来了", "匿名用户 送出小心心", "刚才主播说的那一款", "库存5")
CHAT_AT, PITCH = (30, 230), 38  # px; the first line's upper left corner, and from one line to the next
COUNTER_AT = (760, 60)
FAINT = (78, 76, 72)


@pytest.fixture(scope="module")
def engine() -> PaddleEngine:
    return PaddleEngine()


def room(said: Sequence[str], counter: str, alpha: int) -> Bgr:
    """A still room, 960x540 px: each line of chat on a half-transparent box of its own, a counter in the corner.

    What stands before a bar is a name that can hardly be seen.
    """
    soft = np.random.default_rng(3).integers(40, 150, (10, 16, 3), dtype=np.uint8)
    image = Image.fromarray(cv2.resize(soft, (960, 540), interpolation=cv2.INTER_LINEAR)).convert("RGBA")
    places = [(CHAT_AT[0], CHAT_AT[1] + PITCH * number) for number in range(len(said))]
    boxes = Image.new("RGBA", image.size, (0, 0, 0, 0))
    for (x, y), words in zip(places, said, strict=True):
        corners = (x - 10, y - 5, x + FONT.getlength(words) + 12, y + 29)
        ImageDraw.Draw(boxes).rounded_rectangle(corners, 12, fill=(0, 0, 0, alpha))
    image = Image.alpha_composite(image, boxes)
    for (x, y), line in [*zip(places, said, strict=True), (COUNTER_AT, counter)]:
        name, _, words = line.rpartition("|")
        ImageDraw.Draw(image).text((x, y), name, font=FONT, fill=FAINT)
        ImageDraw.Draw(image).text((x + FONT.getlength(name), y), words, font=FONT, fill="white")
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def read(engine: PaddleEngine, pixels: Bgr) -> tuple[list[Reading], ScreenReader]:
    """What becomes of four pictures of a room, one a second."""
    reader = ScreenReader(engine)
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    found = [reading for entry in range(4) for reading in reader.read(entry, entry * SECOND, jpeg)]
    return [*found, *reader.finish()], reader


@pytest.mark.parametrize("alpha", [60, 110, 160])
def test_a_wrapped_line_that_says_stock_5_gives_no_reading_and_a_counter_in_the_corner_does(
    engine: PaddleEngine, alpha: int
) -> None:
    readings, reader = read(engine, room(CHAT, "库存5", alpha))
    assert [(r.value, r.box.x > 700) for r in readings if r.status is Status.ACCEPTED][:1] == [(5, True)]
    assert all(r.box.x > 700 for r in readings), "no look at any place among the chat"
    assert reader.tally.chat_lines >= 1


@pytest.mark.parametrize("talk", [("纯棉面料", "现货当天发", "喜欢这件", "夏天的风", "库存5"), ("库存5",)])
def test_the_same_words_in_a_column_in_which_no_name_was_read_are_a_counter(
    engine: PaddleEngine, talk: tuple[str, ...]
) -> None:
    """A shop's own notice in the same corner: nothing says that this is chat."""
    readings, _ = read(engine, room(talk, "", 110))
    assert {(r.value, r.box.x < 100) for r in readings if r.status is Status.ACCEPTED} == {(5, True)}


def accepted_in_the_chat(reader: ScreenReader, pictures: list[Bgr]) -> list[tuple[int, str]]:
    """What becomes of pictures of a room, one a second: values read left of the corner with the counter."""
    found: list[Reading] = []
    for entry, pixels in enumerate(pictures):
        jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        found += reader.read(entry, entry * SECOND, jpeg)
    found += reader.finish()
    assert {r.value for r in found if r.box.x > 700 and r.status is Status.ACCEPTED} == {5}, "the counter is read"
    return [(r.entry, r.text) for r in found if r.box.x < 700 and r.status is Status.ACCEPTED]


@pytest.mark.parametrize("before", [1, 3, 8])
def test_a_line_that_comes_on_a_still_page_is_led_to_the_chat_by_lines_that_were_there(
    engine: PaddleEngine, before: int
) -> None:
    """Only the place of the new line is searched then."""
    reader = ScreenReader(engine)
    pictures = [room(CHAT[:5], "库存5", 110)] * before + [room(CHAT, "库存5", 110)] * 5
    assert accepted_in_the_chat(reader, pictures) == []


def test_the_same_words_that_come_where_no_chat_leads_are_a_counter(engine: PaddleEngine) -> None:
    reader = ScreenReader(engine)
    pictures = [room(CHAT[:2], "库存5", 110)] * 4 + [room((*CHAT[:2], "", "", "", "", "库存7"), "库存5", 110)] * 4
    assert {text for _, text in accepted_in_the_chat(reader, pictures)} == {"库存7"}
