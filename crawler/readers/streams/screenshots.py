"""Screenshots of a capture log as alignment asks for them: decoded only when they are needed (data path 5)."""

from __future__ import annotations

import numpy as np

from crawler.readers.ocr import Bgr
from crawler.readers.pictures import PictureError, decode
from crawler.readers.streams.alignment import Screenshot
from evidence_store.entries import StoredEntry
from evidence_store.errors import BlobMissing, Corrupt
from evidence_store.store import Store

PICTURE = "picture"


def screenshot_of(entry: StoredEntry, store: Store) -> Screenshot | None:
    """The picture of a `screen` entry with the bracket of the call that took it; None when it names no picture."""
    ref = next((blob for blob in entry.blobs if blob.role == PICTURE), None)
    bracket = entry.body.get("bracket")
    if ref is None or not bracket:
        return None

    def pixels() -> Bgr:
        try:
            return decode(store.blobs.read(ref))
        except (BlobMissing, Corrupt, PictureError):
            return np.zeros((0, 0, 3), np.uint8)  # nothing to compare with: verify says what is wrong with it

    return Screenshot(int(bracket["before_wall"]), int(bracket["after_wall"]), pixels)
