"""LEAF. Pages that are the same for everybody but for a few words: rendered and compressed once, filled in for each.

The fixed parts are kept deflated, each by itself; the words between are put in as stored blocks, which need no
compression (RFC 1951, 3.2.4). What a browser gets is one ordinary gzip file. Only for pages that hold no secret.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # gzip, deflate, no name, no time
_END = b"\x01\x00\x00\xff\xff"  # an empty last block
_REFUSED = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a browser that sends this header reads gzip."""
    return "gzip" in accept_encoding and not _REFUSED.search(accept_encoding)


class ReadyPage:
    """A page in pieces. Each mark in the text stands for a word that is filled in later."""

    def __init__(self, text: str, marks: str) -> None:
        pieces = re.split(f"([{re.escape(marks)}])", text)
        self.fixed = [piece.encode() for piece in pieces[::2]]
        self.marks = pieces[1::2]
        self.packed = [_deflated(piece) for piece in self.fixed]

    def filled(self, words: Mapping[str, str]) -> bytes:
        """The page with a word for each mark, in UTF-8."""
        parts = [self.fixed[0]]
        for mark, piece in zip(self.marks, self.fixed[1:], strict=True):
            parts += (words[mark].encode(), piece)
        return b"".join(parts)

    def gzipped(self, words: Mapping[str, str]) -> bytes:
        """The same as a gzip file."""
        parts, check, size = [_HEAD, self.packed[0]], zlib.crc32(self.fixed[0]), len(self.fixed[0])
        for mark, piece, packed in zip(self.marks, self.fixed[1:], self.packed[1:], strict=True):
            word = words[mark].encode()
            length = len(word)
            parts += (struct.pack("<BHH", 0, length, length ^ 0xFFFF), word, packed)
            check = zlib.crc32(piece, zlib.crc32(word, check))
            size += length + len(piece)
        parts += (_END, struct.pack("<II", check, size & 0xFFFFFFFF))
        return b"".join(parts)


def _deflated(piece: bytes) -> bytes:
    """A piece as whole deflate blocks that end on a byte and refer to nothing before them."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)
