"""LEAF. What must be true of rows that hold from one day to another: in order, and of one thing one at a time."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable, Iterator

# What it belongs to, first day (None: from the beginning), first day it holds no more (None: it still does), its name.
Dated = tuple[Hashable, datetime.date | None, datetime.date | None, str]


def overlapping(rows: Iterable[Dated]) -> Iterator[str]:
    """The names of rows that begin before an earlier one of the same thing has ended."""
    ended: dict[Hashable, datetime.date] = {}
    for key, begins, ends, name in sorted(rows, key=lambda row: (str(row[0]), *_days(row))):
        begun, end = _days((key, begins, ends, name))
        if end == begun:  # held on no day: ended on the day it began
            continue
        if key in ended and begun < ended[key]:
            yield name
        ended[key] = max(end, ended.get(key, end))


def backwards(rows: Iterable[Dated]) -> Iterator[str]:
    """The names of rows that end before they begin."""
    for row in rows:
        begun, end = _days(row)
        if end < begun:
            yield row[3]


def _days(row: Dated) -> tuple[datetime.date, datetime.date]:
    return row[1] or datetime.date.min, row[2] or datetime.date.max
