"""LEAF. Tables of networks and their provinces: the file format, the look-up, and how one is made out of ranges.

A table has one row for each stretch of networks with the same answer. Its grain is the grain of
`networks.network_of`: IPv4 /24, IPv6 /48, so that no question is more exact than what the register looks at.

The file: one line of JSON (source, licence, day, `codes`, `rows`, `weak`), then LZMA of four columns, little-endian:
IPv4 starts (4 bytes, the first 24 bits of the address), IPv4 answers (1 byte, an index into `codes`), IPv6 starts
(8 bytes, the first 48 bits), IPv6 answers. A row holds until the next one starts.
"""

from __future__ import annotations

import json
import lzma
import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ABROAD = "00"
BITS = {4: 24, 6: 48}  # of an address that a table knows
COLUMNS = (("I", 4), ("B", 1), ("Q", 8), ("B", 1))  # kind of array and bytes of a value
LIMIT = 64 * 1024 * 1024  # bytes of the unpacked columns; ours has less than one million

Range = tuple[int, int, str]  # first and last address as numbers, and the answer


class WrongTable(ValueError):
    """The file is no table, or a damaged one."""


@dataclass(frozen=True)
class Table:
    """Provinces by network. Never changed once it is made, so that threads share it."""

    about: dict[str, Any]
    starts: dict[int, array[int]]  # by version of the address
    answers: dict[int, array[int]]

    def answer(self, version: int, prefix: int) -> str:
        """The answer for the first 24 (IPv4) or 48 (IPv6) bits of an address; "" where there is none."""
        row = bisect_right(self.starts[version], prefix) - 1
        return str(self.about["codes"][self.answers[version][row]]) if row >= 0 else ""


def read(file: Path) -> Table:
    """The table in a file. `WrongTable` where it is none, `OSError` where there is no file."""
    content = file.read_bytes()
    head, _, packed = content.partition(b"\n")
    try:
        about = json.loads(head)
        rows = [about["rows"]["4"], about["rows"]["4"], about["rows"]["6"], about["rows"]["6"]]
        unpacker = lzma.LZMADecompressor(memlimit=4 * LIMIT)
        data = unpacker.decompress(packed, LIMIT)
        sizes = [size * count for (_, size), count in zip(COLUMNS, rows, strict=True)]
        if len(data) != sum(sizes) or not unpacker.eof:
            raise WrongTable("the file is cut off or has too many rows")
        columns = []
        for (kind, _), size in zip(COLUMNS, sizes, strict=True):
            columns.append(_column(kind, data[:size]))
            data = data[size:]
        table = Table(about, {4: columns[0], 6: columns[2]}, {4: columns[1], 6: columns[3]})
        if any(column and max(column) >= len(about["codes"]) for column in table.answers.values()):
            raise WrongTable("a row names a province that the table does not list")
    except (ValueError, KeyError, TypeError, lzma.LZMAError) as error:
        raise WrongTable(f"this is no table of networks, or a damaged one ({error})") from error
    return table


def write(file: Path, about: dict[str, Any], ranges: dict[int, Iterable[Range]]) -> Table:
    """Make the file of a table out of ranges in ascending order, by version of the address, and read it back."""
    starts: dict[int, array[int]] = {4: array("I"), 6: array("Q")}
    answers: dict[int, array[int]] = {4: array("B"), 6: array("B")}
    codes = [""]
    for version, wanted in ranges.items():
        for first, answer in _rows(_by_block(wanted, (32 if version == 4 else 128) - BITS[version])):
            if answer not in codes:
                codes.append(answer)
            starts[version].append(first)
            answers[version].append(codes.index(answer))
    head = about | {"codes": codes, "rows": {str(version): len(column) for version, column in starts.items()}}
    columns = [starts[4], answers[4], starts[6], answers[6]]
    data = b"".join(_column(column.typecode, column.tobytes()).tobytes() for column in columns)
    text = json.dumps(head, ensure_ascii=False, sort_keys=True).encode()
    file.write_bytes(text + b"\n" + lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    return read(file)


def _column(kind: str, data: bytes) -> array[int]:
    """Little-endian bytes as numbers of this machine, and back."""
    column: array[int] = array(kind)
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def _by_block(ranges: Iterable[Range], shift: int) -> Iterator[Range]:
    """Ranges of addresses as ranges of networks; a network that several share has the answer of the most addresses."""
    shared, votes = -1, Counter[str]()
    for first, last, answer in ranges:
        while first <= last:
            block = first >> shift
            whole = ((last + 1) >> shift) - 1  # the last network that lies wholly in what is left
            if block != shared and votes:
                yield shared, shared, votes.most_common(1)[0][0]
                votes.clear()
            if first == block << shift and whole >= block:
                yield block, whole, answer
                first = (whole + 1) << shift
            else:
                end = min(last, ((block + 1) << shift) - 1)
                shared = block
                votes[answer] += end - first + 1
                first = end + 1
    if votes:
        yield shared, shared, votes.most_common(1)[0][0]


def _rows(blocks: Iterable[Range]) -> Iterator[tuple[int, str]]:
    """Starts with their answers: gaps answer "", and neighbours with one answer are one row."""
    end, before = -1, ""
    for first, last, answer in blocks:
        if first > end + 1 and before:
            before = ""
            yield end + 1, ""
        if answer != before:
            before = answer
            yield first, answer
        end = last
    if before:
        yield end + 1, ""
