"""The contact sheet: each change of a counter with the pixels that it was read from (data path 7).

One HTML file that loads nothing: the crops are PNG in data: URIs, cut out of the preserved pictures. Texts from the
room are escaped and isolated (<bdi>), and the page's own policy allows no script.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape

import cv2

from crawler.readers.listing import Listing, shown_value
from crawler.readers.ocr import Bgr
from crawler.readers.pictures import decode
from crawler.readers.reading_run import PICTURE
from crawler.readers.readings import Status
from crawler.readers.series import Change
from crawler.readers.streams.leading_back import pictures_at
from crawler.readers.tabular import moment
from evidence_store.entries import EntryType
from evidence_store.store import Store

SCALE = 2  # crops are shown enlarged, so that a person sees what the reader saw

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif;margin:2rem;color:#1b1b1b;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:2rem 0 .5rem}
table{border-collapse:collapse}
th,td{text-align:left;padding:.35rem .8rem;border-bottom:1px solid #ddd;vertical-align:middle}
th{font-weight:600;color:#555}img{display:block;max-width:520px;border:1px solid #bbb}
td{white-space:nowrap}.mark{color:#8a4b00;white-space:normal}.simulated{font-size:1.6rem;font-weight:700;color:#b00020}
code{font-size:.8rem;color:#555;word-break:break-all}
@media print{body{margin:0}tr{break-inside:avoid}}
"""


def render(store: Store, listing: Listing) -> str:
    """The HTML of a session's contact sheet. Raises as reading the pictures' blobs does."""
    log = listing.capture_log
    crops = _crops(store, listing)
    fields: dict[str, list[Change]] = {}
    for change in listing.changes:
        fields.setdefault(change.field, []).append(change)
    body = "".join(_field(field, changes, crops) for field, changes in sorted(fields.items(), key=_order))
    models = "<br>".join(f"{escape(name)} BLAKE3 {escape(digest)}" for name, digest in sorted(listing.models.items()))
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    left = "" if not listing.pictures_left else f" {listing.pictures_left} pictures were not read."
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>Counters read in session {escape(log)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Counters read from the pictures of a session</h1>"
        f"<p>Each row is what one place on the screen showed, with the pixels of the first picture that showed it. "
        f"Times are those of pictures, in UTC: the value was on the screen at both.{left}</p>"
        f"{_origin(store, log)}{body}<h2>Where this comes from</h2><p><code>capture log {escape(log)}<br>reading log "
        f"{escape(listing.reading_log)} ({escape(listing.ended)})<br>{models}</code></p></body></html>\n"
    )


def _order(item: tuple[str, list[Change]]) -> tuple[bool, str]:
    """Countdowns last: they change every second, and a person looks for the others first."""
    return item[0].startswith("countdown"), item[0]


def _origin(store: Store, log: str) -> str:
    """Which room, as the log says; a simulated one in big letters, so that it can't pass for a real one."""
    room = next((summary.subject for summary in store.logs() if summary.log == log), None) or "(erased)"
    with store.reader(log) as reader:
        platforms = {str(entry.body.get("platform")) for entry in reader.entries(types={EntryType.ROOM_STATE})}
    simulated = '<p class="simulated">platform: simulated</p>' if "simulated" in platforms else ""
    return f"{simulated}<p>Room <bdi>{escape(room)}</bdi>, session <code>{escape(log)}</code></p>"


def _field(field: str, changes: list[Change], crops: Mapping[tuple[str, int], bytes]) -> str:
    rows = "".join(_row(change, crops.get((change.field, change.first_seen_ns))) for change in changes)
    return (
        f"<h2>{escape(field)}</h2><table><tr><th>picture</th><th>text</th><th>value</th><th>first seen</th>"
        f"<th>last seen</th><th>looks</th><th>confirmed</th><th>entry</th></tr>{rows}</table>"
    )


def _row(change: Change, crop: bytes | None) -> str:
    mark = ""
    if change.status is not Status.ACCEPTED:
        seen = ", ".join(f"<bdi>{escape(c.text)}</bdi>" for c in change.candidates)
        mark = f'<br><span class="mark">{escape(", ".join(change.doubts))}; read as {seen}</span>'
    elif change.doubts:
        mark = f'<br><span class="mark"><bdi>{escape(", ".join(change.doubts))}</bdi></span>'
    shown = "not to be had any more"
    if crop is not None:
        shown = f'<img alt="" src="data:image/png;base64,{b64encode(crop).decode()}">'
    return (
        f"<tr><td>{shown}</td><td><bdi>{escape(change.text)}</bdi></td>"
        f"<td>{escape(shown_value(change))}{mark}</td><td>{moment(change.first_seen_ns)}</td>"
        f"<td>{moment(change.last_seen_ns).partition('T')[2]}</td><td>{change.looks}</td>"
        f"<td>{escape(str(change.ladder)) if change.ladder else ''}</td><td>{change.entries[0]}</td></tr>"
    )


def _crops(store: Store, listing: Listing) -> dict[tuple[str, int], bytes]:
    """By field and wall time, the first picture's pixels around each change's line, as PNG."""
    found: dict[tuple[str, int], bytes] = {}
    of_video: dict[tuple[int, int], list[Change]] = {}
    with store.reader(listing.capture_log) as reader:
        for change in listing.changes:
            media_us = listing.first_media_us(change)
            if media_us is not None:
                of_video.setdefault((change.entries[0], media_us), []).append(change)
                continue
            ref = next(blob for blob in reader.entry(change.entries[0]).blobs if blob.role == PICTURE)
            found[change.field, change.first_seen_ns] = _crop(decode(store.blobs.read(ref)), change)
    for name, frame in pictures_at(store, listing.capture_log, of_video) if of_video else ():
        for change in of_video[name]:
            found[change.field, change.first_seen_ns] = _crop(frame.bgr(), change)
    return found


def _crop(pixels: Bgr, change: Change) -> bytes:
    area = change.first_box.grown(change.first_box.h, change.first_box.h // 3)
    cut = area.within(pixels.shape[1], pixels.shape[0]).cut(pixels)
    shown = cv2.resize(cut, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".png", shown)[1].tobytes()
