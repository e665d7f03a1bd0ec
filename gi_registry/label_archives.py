"""Labels as files for label printers: CSV lines, and ZIP archives of PNG or SVG pictures, written as they come. LEAF.

The same labels give the same bytes, so that a broken download can be continued (gi_registry/byte_ranges.py).

`zipfile` keeps an object for every file until the end, 700 MB for a million of them, and sets data descriptors
behind files whose size we know before. So the archive is written here: local header, data, and at the end the list of
files, which waits in a temporary file and not in memory. ZIP64 (APPNOTE 4.3.14, 4.5.3) where numbers grow.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice

from gi_registry.label_images import SCALE, png, svg
from gi_registry.label_symbols import LENGTH, Symbols

Labels = Iterable[tuple[int, str]]

# --- CSV ---

CSV_HEAD = "\ufeff序号,标签码,标签码（无连字符）,网址\r\n".encode()
CSV_LINES = 1000  # in one piece
INDEX_DIGITS = 8  # an index has at most eight digits (24 bits); with leading zeros all lines are equally long


def csv_lines(labels: Labels, prefix: str) -> Iterator[bytes]:
    """Index, code in groups, code without separators and address of each label; UTF-8 with a byte order mark."""
    yield CSV_HEAD
    rest = iter(labels)
    while lines := [
        f"{index:08},{c[:4]}-{c[4:8]}-{c[8:12]}-{c[12:16]}-{c[16:20]}-{c[20:]},{c},{prefix}{c}\r\n"
        for index, c in islice(rest, CSV_LINES)
    ]:
        yield "".join(lines).encode("ascii")


def csv_line_length(prefix: str) -> int:
    return INDEX_DIGITS + (LENGTH + 5) + 2 * LENGTH + len(prefix) + 3 + 2


def csv_length(count: int, prefix: str) -> int:
    """Bytes of the whole file with `count` labels."""
    return len(CSV_HEAD) + count * csv_line_length(prefix)


def csv_place(start: int, prefix: str) -> tuple[int, int]:
    """Where byte `start` of the file lies: labels that need not be made, and bytes to skip of a file without them."""
    labels, left = divmod(max(start - len(CSV_HEAD), 0), csv_line_length(prefix))
    return labels, start if start < len(CSV_HEAD) else len(CSV_HEAD) + left


# --- ZIP ---

KINDS = ("png", "svg")
PIECE = 1 << 16  # bytes, roughly, of one piece
LIMIT_16, LIMIT_32 = 0xFFFF, 0xFFFFFFFF
STORED, DEFLATED = 0, 8
# 1 January 1980, the first day a ZIP can say: a real time would make every archive another one.
DAY, TIME = 1 << 5 | 1, 0
UTF8_NAMES = 1 << 11

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")


def pictures(labels: Labels, kind: str, symbols: Symbols, scale: int = SCALE) -> Iterator[bytes]:
    """A ZIP with one picture for each label, `000001-` and its code; kind is png or svg. `scale` as in `png`."""
    if kind not in KINDS:
        raise ValueError(f"no kind of picture: {kind}")
    named = ((f"{index:06}-{code}.{kind}", code) for index, code in labels)
    if kind == "png":  # compressed already
        return archive(((name, png(symbols, code, scale)) for name, code in named), STORED)
    return archive(((name, svg(symbols, code).encode("ascii")) for name, code in named), DEFLATED)


def archive(files: Iterable[tuple[str, bytes]], method: int) -> Iterator[bytes]:
    """A ZIP of named contents, each below 4 GB, in pieces of some 64 kB."""
    waiting: list[bytes] = []
    place = sent = count = 0
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as directory:
        for name, content in files:
            data = content if method == STORED else _deflated(content)
            title = name.encode()
            facts = (UTF8_NAMES, method, TIME, DAY, zlib.crc32(content), len(data), len(content), len(title))
            waiting += _LOCAL.pack(b"PK\3\4", 20, *facts, 0), title, data
            directory.write(_entry(facts, title, place))
            count += 1
            place += _LOCAL.size + len(title) + len(data)
            if place - sent >= PIECE:
                yield b"".join(waiting)
                waiting, sent = [], place
        yield b"".join(waiting)
        length = directory.tell()
        directory.seek(0)
        yield from iter(lambda: directory.read(PIECE), b"")
    yield _ending(count, length, place)


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def _is_large(number: int) -> bool:
    """Whether a number does not fit into four bytes, of which the highest value means "see the longer field"."""
    return number >= LIMIT_32


def _entry(facts: tuple[int, ...], title: bytes, place: int) -> bytes:
    """A line of the list of files; where a file begins behind 4 GB, the place stands in an extra field."""
    needs, extra, shown = 20, b"", place
    if _is_large(place):
        needs, extra, shown = 45, struct.pack("<2HQ", 1, 8, place), LIMIT_32
    return _CENTRAL.pack(b"PK\1\2", 45, needs, *facts, len(extra), 0, 0, 0, 0, shown) + title + extra


def _ending(count: int, length: int, place: int) -> bytes:
    """The end of the archive, whose list of `length` bytes begins at `place`."""
    ending = b""
    if count >= LIMIT_16 or _is_large(length) or _is_large(place):
        ending = _END_64.pack(b"PK\6\6", _END_64.size - 12, 45, 45, 0, 0, count, count, length, place)
        ending += _LOCATOR_64.pack(b"PK\6\7", 0, place + length, 1)
        count = LIMIT_16
        length = place = LIMIT_32
    return ending + _END.pack(b"PK\5\6", 0, 0, count, count, length, place, 0)
