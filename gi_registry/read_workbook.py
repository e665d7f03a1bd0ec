"""LEAF. The first sheet of a workbook that somebody sends, as JSON. Runs in a process of its own."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from contextlib import closing
from typing import Any

from openpyxl import load_workbook

from gi_registry.file_kinds import Unfit

LONGEST_TEXT = 4_000  # characters of a cell that are passed on; four times what any value may have


def rows(data: bytes, *, unpacked: int, lines: int, columns: int, characters: int) -> bytes:
    """The lines of the first sheet as JSON, [[cell, …], …]; the limits are the largest numbers of each.

    Raises Unfit (too_large_unpacked; too_long) and what openpyxl raises. Days become 2014-07-03.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > unpacked:
            raise Unfit("too_large_unpacked")
    found, written = [], 0
    with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as book:
        for values in book.worksheets[0].iter_rows(max_row=lines, max_col=columns, values_only=True):
            line = [_plain(value) for value in values]
            written += sum(len(value) for value in line if isinstance(value, str))
            if written > characters:
                raise Unfit("too_long")
            found.append(line if any(value is not None for value in line) else [])
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime.datetime):
        value = value.date()
    return str(value)[:LONGEST_TEXT]
