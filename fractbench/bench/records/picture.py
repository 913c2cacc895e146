"""picture: a record's picture may be a small PNG, and nothing may be hidden in it."""

from __future__ import annotations

import struct
from base64 import b64decode

SIDE = 64
"""The most pixels a side of a record's picture."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
"""What a picture needs; the other kinds carry texts, times or anything at all."""


def picture_fault(picture: str) -> str | None:
    """Return what is wrong with a record's picture in base64, or None."""
    try:
        data = b64decode(picture, validate=True)
    except ValueError:
        return "is no base64"
    kinds = png_chunks(data)
    if not kinds or kinds[0] != b"IHDR" or kinds[-1] != b"IEND":
        return "is no PNG"
    if set(kinds) - _CHUNKS:
        return "holds more than a picture"
    width, height = struct.unpack(">II", data[16:24])
    return f"is larger than {SIDE} pixels a side" if max(width, height) > SIDE else None


def png_chunks(data: bytes) -> list[bytes]:
    """Return the kinds of a PNG's chunks in order; none if the bytes are not exactly its chunks."""
    place, kinds = len(_PNG), []
    while place + 12 <= len(data) and data.startswith(_PNG):
        length = struct.unpack(">I", data[place : place + 4])[0]
        kinds.append(data[place + 4 : place + 8])
        place += 12 + length
    return kinds if place == len(data) else []
