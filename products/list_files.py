"""READER. A file with the units of a list as an officer sends it: CSV or XLSX, read into lines of cells.

Nothing is judged here but whether the file can be read at all; `list_cells` judges the lines.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from gi_registry import uploads
from gi_registry.exports import CONTROL, FORMULA
from gi_registry.file_kinds import Unfit
from products.list_words import COLUMNS, REQUIRED

MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 5_000
MOST_COLUMNS = 60
MOST_UNPACKED = 40 * 1024 * 1024  # bytes of a workbook: 5,000 full lines need about 5 million
MOST_CHARACTERS = 4_000_000
LONGEST_CELL = 1_000  # no value may be so long; what is longer is cut and refused as too long


class FileRefused(Exception):
    """A file that cannot be read; `faults` are translated sentences."""

    def __init__(self, *faults: str) -> None:
        super().__init__(" ".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Sheet:
    """A file as read. A line is its number (the header is line 1) and its trimmed cells."""

    columns: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def ignored(self) -> list[str]:
        """Columns that the register does not know."""
        return [name for name in self.columns if name and name not in COLUMNS]

    def as_json(self) -> dict[str, Any]:
        """What is stored of it."""
        return {"columns": list(self.columns), "lines": [[line, list(cells)] for line, cells in self.lines]}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Sheet:
        """The sheet that was stored."""
        return cls(tuple(stored["columns"]), tuple((line, tuple(cells)) for line, cells in stored["lines"]))


def read(content: bytes, required: Sequence[str] = REQUIRED) -> Sheet:
    """The first sheet of a workbook, or a CSV file in UTF-8; which of both, the content tells.

    `required`: columns that must be there, by default those of a poverty list. Raises FileRefused with all that can
    be told at once.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than 2 MB."))
    records = _workbook(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    first = next(records, (1, []))[1]
    header = tuple(_cell(value) for value in first)
    while header and not header[-1]:
        header = header[:-1]
    _check_header(header, required)
    lines: list[tuple[int, tuple[str, ...]]] = []
    characters = 0
    for line, values in records:
        cells = [_cell(value) for value in values]
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if not any(cells):
            continue
        characters += sum(map(len, cells))
        if line > MOST_LINES + 1 or characters > MOST_CHARACTERS:
            raise FileRefused(_("The file is too long: at most {number} lines are taken.").format(number=MOST_LINES))
        lines.append((line, tuple(cells)))
    if not lines:
        raise FileRefused(_("The file has no line beneath its header."))
    return Sheet(header, tuple(lines))


def _check_header(header: Sequence[str], required: Sequence[str]) -> None:
    faults = [_("The column “{name}” is missing.").format(name=name) for name in required if name not in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    faults += [_("The column “{name}” stands there twice.").format(name=name) for name in twice]
    if faults:
        raise FileRefused(*faults)


def _cell(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as 2014-07-03, an escaped formula as it was meant."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime.datetime):
        value = value.date()
    text = CONTROL.sub("", str(value))[: LONGEST_CELL + 1].strip()
    # Our own CSV files put an apostrophe before what a spreadsheet would take for a formula.
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def _csv(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(_("This is an old Excel file or one with a password. Save it as XLSX without a password."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        sentence = _("Line {line} is not UTF-8. Save the file as XLSX, or as “CSV UTF-8”.")
        raise FileRefused(sentence.format(line=line)) from error
    if "\0" in text:
        raise FileRefused(_("This is neither a CSV nor an XLSX file."))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sentence = _("Line {line} cannot be read: a quotation mark is not closed, or something follows it.")
            raise FileRefused(sentence.format(line=line)) from error
        if fields:
            yield line, list(fields)


def _workbook(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a workbook, which another process reads (gi_registry/uploads.py)."""
    # Blank rows cost time too; further down than this nobody has a list.
    limits = {
        "unpacked": MOST_UNPACKED, "lines": 4 * MOST_LINES, "columns": MOST_COLUMNS, "characters": 2 * MOST_CHARACTERS
    }  # fmt: skip
    try:
        rows = json.loads(uploads.read_apart("workbook", content, limits)[0])
    except Unfit as unfit:
        raise FileRefused(_refusal(unfit.code)) from unfit
    yield from enumerate(rows, 1)


def _refusal(code: str) -> str:
    if code == "too_large_unpacked":
        return _("The workbook is too large when it is unpacked.")
    if code == "too_long":
        return _("The file is too long: at most {number} lines are taken.").format(number=MOST_LINES)
    if code == "busy":
        return uploads.busy()
    return _("The workbook is damaged and cannot be opened. Save it anew and send it again.")
