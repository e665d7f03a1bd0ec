"""Strict reading of CSV files: a file is understood as a whole or refused with every fault that it has."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


class UnreadableFile(Exception):
    """A file that must not be loaded. `faults` are sentences that name file and line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class RowRefused(Exception):
    """One row of a readable file that cannot be loaded; the message is the reason."""


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on (the header is line 1) and its trimmed cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


@dataclass(frozen=True)
class Table:
    """A file as read. `name` is what reports call it, `sha256` the fingerprint of its bytes."""

    name: str
    sha256: str
    rows: tuple[Row, ...]


def read(path: Path, *, name: str, columns: Sequence[str], keys: Sequence[Sequence[str]] = ()) -> Table:
    """Read a UTF-8 CSV file (RFC 4180, with or without BOM) with a header line.

    `columns` must all be there; others are read too. Each of `keys` is a group of columns whose values may
    occur together only once. Raises `UnreadableFile` with all faults that can be told apart.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile([f"{name}: cannot be read ({error.strerror})"]) from error
    text = _decode(content, name)
    records = _records(text, name)
    header = [title.strip() for title in next(records, (1, []))[1]]
    faults = [f"{name}: column '{column}' is missing" for column in columns if column not in header]
    faults += [f"{name}: column '{title}' occurs twice" for title in sorted(_twice(header))]
    if faults:
        raise UnreadableFile(faults)
    rows = []
    for line, cells in records:
        if len(cells) == len(header):
            rows.append(Row(line, dict(zip(header, map(str.strip, cells), strict=True))))
        else:
            faults.append(f"{name}:{line}: {len(cells)} fields where the header has {len(header)}")
    faults += [fault for key in keys for fault in _duplicates(rows, key, name)]
    if faults:
        raise UnreadableFile(faults)
    return Table(name, hashlib.sha256(content).hexdigest(), tuple(rows))


def _decode(content: bytes, name: str) -> str:
    if b"\0" in content:
        raise UnreadableFile([f"{name}:{_line(content, content.index(0))}: NUL byte; this is no text file"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = f"{name}:{_line(content, error.start)}: not UTF-8 (byte {content[error.start]:#04x})"
        raise UnreadableFile([fault]) from error


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """First line and fields of every record; blank lines are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile([f"{name}:{line}: {error}"]) from error
        if fields:
            yield line, fields


def _twice(titles: list[str]) -> set[str]:
    return {title for title in titles if titles.count(title) > 1}


def _duplicates(rows: Sequence[Row], key: Sequence[str], name: str) -> Iterator[str]:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        values = tuple(row[column] for column in key)
        if values in first:
            what = f"{' + '.join(key)} '{' '.join(values)}'"
            yield f"{name}:{row.line}: {what} stands in line {first[values]} already"
        else:
            first[values] = row.line
