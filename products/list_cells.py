"""READER. The cells of one unit, typed into a form or read from a file, into values: one set of rules for both."""

from __future__ import annotations

import datetime
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import partial_dates
from gi_registry.models import Division, DivisionLevel, DivisionStatus
from gi_registry.partial_dates import PartialDate, Precision
from products.list_words import AREAS, FIRST_YEAR, ListLevel
from products.models import ListedUnit
from products.states import Basis

Cells = Mapping[str, str]
# Texts that are stored as they are: column -> value. Both may be as long as the table allows.
TEXTS = {"name_zh": "name_zh", "list_basis": "list_basis", "source": "sources", "note": "note"}
NEEDED = ("name_zh", "province", "list_basis")
WORDS: dict[str, dict[str, Any]] = {
    "level": {"": "", **{value: value for value in ListLevel.values}, "国家级": "national", "省级": "provincial"},
    "area": {"": "", **{name: name for name in AREAS}},
    "key_county": {"": False, "1": True, "0": False, "是": True, "否": False},
    "exit_basis": {"": "", **{value: value for value in Basis.values}, "general knowledge": Basis.GENERAL_KNOWLEDGE},
}
NAMED_WORDS = {
    "level": ", ".join(ListLevel.values),
    "area": "、".join(AREAS),
    "key_county": "1, 0",
    "exit_basis": ", ".join(Basis.values),
}


class CellRefused(Exception):
    """A cell that cannot be taken; the message is a translated sentence."""


class Places:
    """The divisions behind codes, and the provinces. Two queries, however many codes."""

    def __init__(self, codes: Iterable[str]) -> None:
        rows = Division.objects.filter(code__in=set(codes))
        self._rows: dict[str, list[Division]] = defaultdict(list)
        for row in rows.select_related("successor__parent__parent", "parent__parent"):
            self._rows[row.code].append(row)
        provinces = list(Division.objects.current().filter(level=DivisionLevel.PROVINCE))
        self._provinces = {row.name_zh: row for row in provinces} | {row.code: row for row in provinces}

    def province(self, text: str) -> Division:
        """A province by its full name or its code."""
        if text not in self._provinces:
            raise CellRefused(_("“{text}” is no province: write its full name or its code.").format(text=text))
        return self._provinces[text]

    def division(self, code: str) -> Division:
        """Today's division for a code of today or of the past; a past one without a successor stands for itself."""
        rows = self._rows.get(code, [])
        if not rows:
            raise CellRefused(_("No division has the code {code}.").format(code=code))
        for row in rows:
            if row.status == DivisionStatus.CURRENT:
                return row
        heirs = {row.successor for row in rows if row.successor} or set(rows)
        if len(heirs) > 1:
            names = "、".join(str(row) for row in sorted(heirs, key=lambda row: row.code))
            sentence = _("{code} has become several divisions: {names}. Write the code of the one that is meant, or "
                         "of all of them with blanks between.")  # fmt: skip
            raise CellRefused(sentence.format(code=code, names=names))
        return heirs.pop()


def codes_in(cells: Cells) -> list[str]:
    """The codes of the cell `code`, separated by blanks, commas or semicolons."""
    return _plain(cells.get("code", "")).replace(",", " ").replace(";", " ").replace("、", " ").split()


def _plain(text: str) -> str:
    """Digits, letters and blanks of any width as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def read(cells: Cells, places: Places) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The values of a unit by name, and faults as (column, sentence). Columns that are not there give no value."""
    values: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    faults += [(column, _("This must not be empty.")) for column in NEEDED if not cells.get(column)]

    def keep(column: str, reading: Any) -> None:
        try:
            values.update(reading(cells[column]))
        except CellRefused as error:
            faults.append((column, str(error)))

    for column, name in TEXTS.items():
        if column in cells:
            keep(column, lambda text, name=name: {name: _short(text, name)})
    for column, meanings in WORDS.items():
        if column in cells:
            keep(column, lambda text, column=column, meanings=meanings: {column: _word(text, column, meanings)})
    if "code_then" in cells:
        keep("code_then", lambda text: {"code_then": _code(text)})
    if cells.get("province"):
        keep("province", lambda text: {"province": places.province(_plain(text))})
    if "code" in cells:
        keep("code", lambda _text: {"divisions": _divisions(cells, places, values.get("province"))})
    if "designated_on" in cells:
        keep("designated_on", lambda text: {"designated_on": _day(text)})
    if "exited" in cells:
        keep("exited", _exited)
    faults += _of_the_exit(cells, values)
    return values, faults


def _short(text: str, name: str) -> str:
    most: int = ListedUnit._meta.get_field(name).max_length  # type: ignore[union-attr, assignment]
    if len(text) > most:
        raise CellRefused(_("This is too long: at most {number} characters are taken.").format(number=most))
    return text


def _word(text: str, column: str, meanings: Mapping[str, Any]) -> Any:
    text = text if column == "area" else _plain(text)
    if text not in meanings:
        sentence = _("“{text}” is not known here. One of these is meant: {words}.")
        raise CellRefused(sentence.format(text=text[:40], words=NAMED_WORDS[column]))
    return meanings[text]


def _code(text: str) -> str:
    text = _plain(text)
    if text and not (len(text) == 6 and text.isascii() and text.isdigit()):
        raise CellRefused(_("“{text}” is no code: a code has six digits.").format(text=text[:40]))
    return text


def _divisions(cells: Cells, places: Places, province: Division | None) -> frozenset[Division]:
    found = [(code, places.division(code)) for code in codes_in(cells)]
    for code, division in found:
        home = division.lineage()[0]
        if province is not None and home.pk != province.pk:
            sentence = _("{code} is {name} in {home}, not in {province}.")
            raise CellRefused(
                sentence.format(code=code, name=division.name_zh, home=home.name_zh, province=province.name_zh)
            )
    return frozenset(division for _code, division in found)


def past(text: str) -> PartialDate | None:
    """A year, month or day between 1980 and today; None for nothing. Raises CellRefused."""
    text = _plain(text)
    try:
        found = partial_dates.parse(text)
    except ValueError:
        sentence = _("“{text}” is no date. Write it like 2014, 2014-07 or 2014-07-03.")
        raise CellRefused(sentence.format(text=text[:40])) from None
    if found and found.on.year < FIRST_YEAR:
        raise CellRefused(_("{date} lies before 1980, when there was no list yet.").format(date=text))
    if found and partial_dates.first_day(*found) > timezone.localdate():
        raise CellRefused(_("{date} lies in the future.").format(date=text))
    return found


def _day(text: str) -> datetime.date | None:
    found = past(text)
    if found and found.precision != Precision.DAY:
        raise CellRefused(_("The day must be known here, such as 2014-07-03; otherwise leave it empty."))
    return found.on if found else None


def _exited(text: str) -> dict[str, Any]:
    found = past(text)
    return {"exited_on": found.on if found else None, "exited_precision": found.precision if found else ""}


def _of_the_exit(cells: Cells, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Faults that only show when several cells are looked at together."""
    faults = []
    exited, designated = values.get("exited_on"), values.get("designated_on")
    if exited and designated and exited < designated:
        sentence = _("The unit cannot have left the list ({left}) before it was put on it ({since}).")
        faults.append(("exited", sentence.format(left=_plain(cells["exited"]), since=designated.isoformat())))
    if "exited_on" in values and "exit_basis" in values and bool(exited) != bool(values["exit_basis"]):
        without = _("No exit is given that could be supported. Write when it was, or leave both empty.")
        faults.append(("exit_basis", _("Write how well the exit is supported.") if exited else without))
    return faults


def today(division: Division) -> Division:
    """What became of a division; itself for one of today."""
    return division.successor if division.status != DivisionStatus.CURRENT and division.successor else division


def of_unit(unit: ListedUnit) -> dict[str, str]:
    """The cells that `read` turns into the present values of a unit; its divisions by their codes of today."""
    exited = partial_dates.iso(unit.exited_on, unit.exited_precision or Precision.DAY) if unit.exited_on else ""
    return {
        "code": " ".join(sorted({today(one).code for one in unit.divisions.all()})),
        "code_then": unit.code_then,
        "name_zh": unit.name_zh,
        "province": unit.province.name_zh,
        "level": unit.level,
        "area": unit.area,
        "key_county": "1" if unit.key_county else "0",
        "designated_on": unit.designated_on.isoformat() if unit.designated_on else "",
        "exited": exited,
        "exit_basis": unit.exit_basis,
        "list_basis": unit.list_basis,
        "source": unit.sources,
        "note": unit.note,
    }
