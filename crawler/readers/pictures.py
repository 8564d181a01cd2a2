"""Decoding pictures."""

from __future__ import annotations

import cv2
import numpy as np

from crawler.readers.ocr import Bgr


class PictureError(Exception):
    """A picture can't be decoded."""


def decode(picture: bytes) -> Bgr:
    """Decode JPEG or PNG to BGR, height x width x 3.

    Raises:
        PictureError: the bytes are no picture that cv2 knows.
    """
    raw = np.frombuffer(picture, np.uint8)
    try:
        pixels = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    except cv2.error as error:  # over a billion pixels, by its header
        raise PictureError(f"picture: expected JPEG or PNG bytes that can be decoded, got {error.err}") from error
    if pixels is None:
        raise PictureError(f"picture: expected JPEG or PNG bytes, got {len(picture)} bytes that do not decode")
    return np.asarray(pixels, np.uint8)
