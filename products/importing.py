"""The difference between a file and the register: what would be added, changed, and what the file lacks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.utils import timezone

from gi_registry import partial_dates
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Subject
from gi_registry.models import Division, DivisionLevel, DivisionStatus
from gi_registry.partial_dates import PartialDate
from products.states import Basis

Key = TypeVar("Key", bound=Hashable)
Parsed = TypeVar("Parsed")
Meaning = TypeVar("Meaning")
Values = Mapping[str, Any]

# The day of the shipped tables (their README says 2026-09). A right that is confirmed without any date is in
# force at least from here; it is a constant, and not today, so that the same files always give the same records.
DATA_DATE = datetime.date(2026, 9, 30)

BASES = {
    "sourced": Basis.SOURCED,
    "derived": Basis.DERIVED,
    "general knowledge": Basis.GENERAL_KNOWLEDGE,
}


@dataclass(frozen=True)
class Difference(Generic[Key]):
    """`added`: values of records that are only in the file. `changed`: of known records, the values that
    differ, as the file has them. `removed`: keys that only the register has. `unchanged`: how many agree.
    """

    added: dict[Key, Values]
    changed: dict[Key, Values]
    removed: list[Key]
    unchanged: int


def diff(wanted: Mapping[Key, Values], present: Mapping[Key, Values]) -> Difference[Key]:
    """Compare values by key. Only the values that `wanted` names are compared."""
    added: dict[Key, Values] = {}
    changed: dict[Key, Values] = {}
    for key, values in wanted.items():
        if key not in present:
            added[key] = values
        elif differing := {name: value for name, value in values.items() if present[key][name] != value}:
            changed[key] = differing
    removed = [key for key in present if key not in wanted]
    return Difference(added, changed, removed, len(wanted) - len(added) - len(changed))


@dataclass(frozen=True)
class Part:
    """Records of one kind that one file describes, and how the register takes them.

    `wanted`: key -> values as the file has them; `lines`: key -> line of the file. `present`: key -> row
    of the register. `enter` and `amend` call the writer; `identity` is kind and reference in the journal.
    """

    title: str
    file: str
    wanted: Mapping[Any, Values]
    lines: Mapping[Any, int]
    present: Mapping[Any, Any]
    values_of: Callable[[Any], Values]
    identity: Callable[[Any], Subject]
    enter: Callable[[Any, Any], object]
    amend: Callable[[Any, Any], object]

    def difference(self) -> Difference[Any]:
        """What differs, over all rows."""
        return diff(self.wanted, {key: self.values_of(row) for key, row in self.present.items()})


@dataclass
class Report:
    """What a load has to say: refused rows as (file, line, reason), and remarks."""

    refused: list[tuple[str, int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, file: str, line: int, reason: str) -> None:
        """Remember a row that cannot be loaded."""
        self.refused.append((file, line, reason))

    def parse(self, table: Table, reading: Callable[[Row], Parsed]) -> list[tuple[Row, Parsed]]:
        """Read every row; those that `reading` refuses are remembered and left out."""
        readable = []
        for row in table.rows:
            try:
                readable.append((row, reading(row)))
            except RowRefused as error:
                self.refuse(table.name, row.line, str(error))
        return readable


def word(row: Row, column: str, meanings: Mapping[str, Meaning]) -> Meaning:
    """The meaning of a cell that may hold only certain words."""
    try:
        return meanings[row[column]]
    except KeyError:
        raise RowRefused(f"{column}: unknown word '{row[column]}'") from None


def partial_date(row: Row, column: str) -> PartialDate | None:
    """A half-known date of the past, None where the cell is empty."""
    try:
        found = partial_dates.parse(row[column])
    except ValueError as error:
        raise RowRefused(f"{column}: {error}") from None
    if found and partial_dates.first_day(*found) > timezone.localdate():
        raise RowRefused(f"{column}: {row[column]} lies in the future")
    return found


def full_date(row: Row, column: str) -> datetime.date | None:
    """A date that must be known to the day, None where the cell is empty."""
    found = partial_date(row, column)
    if found and found.precision != partial_dates.Precision.DAY:
        raise RowRefused(f"{column}: '{row[column]}' is not a full date")
    return found.on if found else None


class Divisions:
    """The divisions of the register by code and name, read once."""

    def __init__(self) -> None:
        self._current: dict[str, Division] = {}
        self._past: dict[str, Division] = {}
        for division in Division.objects.select_related("successor"):
            if division.status == DivisionStatus.CURRENT:
                self._current[division.code] = division
            elif division.code not in self._past or division.successor:
                self._past[division.code] = division.successor or division
        self._provinces = {
            division.name_zh: division
            for division in self._current.values()
            if division.level == DivisionLevel.PROVINCE
        }

    def resolve(self, code: str) -> Division:
        """Today's division for a code of today or of the past."""
        division = self._current.get(code) or self._past.get(code)
        if division is None:
            raise RowRefused(f"division {code} is unknown")
        return division

    def province(self, name: str) -> Division | None:
        """A province by its Chinese name; None for an empty name."""
        if name and name not in self._provinces:
            raise RowRefused(f"province '{name}' is unknown")
        return self._provinces.get(name)
