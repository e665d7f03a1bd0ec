"""Continuing a broken download (HTTP Range, RFC 9110 section 14) of bytes that are made anew each time. LEAF.

It works because the same labels give the same bytes: what the browser has is made again and left out. `entity_tag`
holds everything the bytes depend on, so that after an update of the software a download begins again from the start.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version

_ONE_RANGE = re.compile(r"bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)", re.IGNORECASE)

# To be raised with every change of what the writers of label files put out.
FORMAT = "1"


class Unsatisfiable(ValueError):
    """The range begins behind the end: 416, and the browser begins again."""


def parse(header: str, total: int) -> tuple[int, int] | None:
    """First byte and byte after the last of a Range header, for a file of `total` bytes; None for all of it.

    What is not one range of bytes is no error: the answer is then the whole file, as the standard has it. Raises
    Unsatisfiable. `total` must be known, because a partial answer has to say where it ends.
    """
    found = _ONE_RANGE.fullmatch(header.strip())
    if not found or not (found[1] or found[2]) or max(len(found[1]), len(found[2])) > 18:
        return None
    if found[1]:
        start, stop = int(found[1]), min(int(found[2]) + 1, total) if found[2] else total
        if found[2] and int(found[2]) < start:
            return None
    else:
        start, stop = max(total - int(found[2]), 0), total
    if start >= stop:
        raise Unsatisfiable(header)
    return start, stop


def content_range(start: int, stop: int, total: int) -> str:
    """The Content-Range header of bytes `start` to before `stop`."""
    return f"bytes {start}-{stop - 1}/{total}"


def skip(chunks: Iterable[bytes], start: int, stop: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` to before `stop` (None: to the end). What comes before is made and dropped."""
    place = 0
    for chunk in chunks:
        if stop is not None and place >= stop:
            return
        piece = chunk[max(start - place, 0) : None if stop is None else stop - place]
        place += len(chunk)
        if piece:
            yield piece


@cache
def _makers() -> str:
    """The versions of what has a hand in the bytes: compression, symbols, cut-down font."""
    return f"{FORMAT} {zlib.ZLIB_RUNTIME_VERSION} {version('qrcode')} {version('reportlab')}"


def entity_tag(*facts: object) -> str:
    """A strong ETag of what a file is made from: batch, range, kind, layout, and every word that stands on it."""
    text = "\x1f".join([_makers(), *map(str, facts)])
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
