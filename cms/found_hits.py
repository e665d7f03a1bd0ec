"""LEAF. The shape of what a search finds, the same for every kind."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from cms.excerpts import Pieces

# A name in pieces, with the language it is written in.
Name = tuple[Pieces, str]


@dataclass(frozen=True)
class Hit:
    """One thing found. `names`: the one to read first, then others. `facts`: short words with their languages ('' is
    that of the page). `status`: what `status_pill` shows. `day`: a date, as exactly as `precision` says.
    """

    url: str
    names: list[Name]
    facts: list[tuple[str, str]] = field(default_factory=list)
    status: Any = None
    day: datetime.date | None = None
    precision: str = "day"
    excerpt: Pieces = field(default_factory=list)
    excerpt_language: str = ""


class Results:
    """A list that is counted and cut without being read; a pager takes it."""

    def __init__(self, rows: Any, show: Callable[[list[Any]], list[Hit]]) -> None:
        """`rows`: a QuerySet or a list; `show` makes hits of some of them."""
        self.rows, self.show, self._count = rows, show, -1

    def count(self) -> int:
        """How many there are; asked once."""
        if self._count < 0:
            self._count = len(self.rows) if isinstance(self.rows, Sequence) else self.rows.count()
        return self._count

    def __len__(self) -> int:
        return self.count()

    @overload
    def __getitem__(self, wanted: int) -> Hit: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Hit]: ...
    def __getitem__(self, wanted: int | slice) -> Hit | list[Hit]:
        if isinstance(wanted, int):
            return self.show([self.rows[wanted]])[0]
        return self.show(list(self.rows[wanted]))
