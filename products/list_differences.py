"""READER. What a file with units would change on its list: added, changed, missing, and every faulty line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from products import list_cells
from products.importing import diff
from products.list_files import Sheet
from products.list_values import list_fingerprint, unit_key, unit_values
from products.models import ListedUnit, ListImport, PovertyList

Values = dict[str, Any]


class Fault(NamedTuple):
    """Why a line cannot be taken; `column` is empty where the whole line is meant."""

    line: int
    column: str
    text: str


@dataclass(frozen=True)
class Changed:
    """A unit of the list whose values in the file are others: those alone, as the file has them."""

    line: int
    unit: ListedUnit
    values: Values


@dataclass
class Preview:
    """What would happen. `missing`: units of the list that the file lacks; only a new version drops them.

    `base`: fingerprint of the list that it was compared with.
    """

    base: str
    added: list[tuple[int, Values]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    missing: list[ListedUnit] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """Lines without a fault."""
        return len(self.added) + len(self.changed) + self.unchanged


def standing(poverty_list: PovertyList) -> list[ListedUnit]:
    """The units of the latest version, with all that is compared. Two queries."""
    rows = ListedUnit.objects.filter(poverty_list=poverty_list, dropped_in=None)
    rows = rows.select_related("poverty_list", "province").order_by("province__code", "code_then", "name_zh")
    return list(rows.prefetch_related("divisions__successor"))


def preview(row: ListImport) -> Preview:
    """The file compared with the list as it is now. Some ten queries, however many lines."""
    sheet = Sheet.of_json(row.rows)
    found = Preview(base=list_fingerprint(row.poverty_list))
    units = standing(row.poverty_list)
    known = {unit.key: unit for unit in units} | {unit_key(one.code_then, one.name_zh): one for one in units}
    readable = _readable(sheet, found.faults)
    found.faults += _twice(readable)
    wanted: dict[str, Values] = {}
    lines: dict[str, int] = {}
    for line, values in readable:
        key = unit_key(values["code_then"], values["name_zh"])
        unit = known.get(key)
        key = unit.key if unit else key
        if key in wanted:
            sentence = _("{name} stands in line {line} already.")
            found.faults.append(Fault(line, "name_zh", sentence.format(name=values["name_zh"], line=lines[key])))
            continue
        wanted[key], lines[key] = values, line
        if unit and values["divisions"] == {list_cells.today(one) for one in unit.divisions.all()}:
            values["divisions"] = frozenset(unit.divisions.all())
    difference = diff(wanted, {unit.key: unit_values(unit) for unit in units})
    by_key = {unit.key: unit for unit in units}
    found.added = [(lines[key], dict(values)) for key, values in difference.added.items()]
    found.changed = [Changed(lines[key], by_key[key], dict(values)) for key, values in difference.changed.items()]
    faulty = {key for line, cells in _cells(sheet) if (key := _key(cells)) and line in {one[0] for one in found.faults}}
    found.missing = [by_key[key] for key in difference.removed if not {key, _own_key(by_key[key])} & faulty]
    found.unchanged = difference.unchanged
    found.faults += _of_the_version(row) if row.version_from else list(_taken(found, readable))
    found.faults = sorted({(one.line, one.column): one for one in reversed(found.faults)}.values())
    return found


def _cells(sheet: Sheet) -> Iterator[tuple[int, dict[str, str]]]:
    for line, cells in sheet.lines:
        yield line, dict(zip(sheet.columns, cells, strict=False))


def _key(cells: Mapping[str, str]) -> str:
    return unit_key(cells.get("code_then", ""), cells.get("name_zh", ""))


def _own_key(unit: ListedUnit) -> str:
    return unit_key(unit.code_then, unit.name_zh)


def _readable(sheet: Sheet, faults: list[Fault]) -> list[tuple[int, Values]]:
    """The lines without a fault of their own; the others are added to `faults`."""
    places = list_cells.Places(code for _line, cells in _cells(sheet) for code in list_cells.codes_in(cells))
    readable = []
    for (line, cells), (_number, fields) in zip(_cells(sheet), sheet.lines, strict=True):
        if len(fields) != len(sheet.columns):
            sentence = _("The line has {number} fields, the header {expected}.")
            faults.append(Fault(line, "", sentence.format(number=len(fields), expected=len(sheet.columns))))
            continue
        values, wrong = list_cells.read(cells, places)
        faults += [Fault(line, column, text) for column, text in wrong]
        if not wrong:
            readable.append((line, values))
    return readable


def _twice(readable: Iterable[tuple[int, Values]]) -> Iterator[Fault]:
    """Lines that name a unit, or a code of that time, which an earlier line names already."""
    names: dict[tuple[Any, ...], int] = {}
    codes: dict[str, int] = {}
    for line, values in readable:
        name = (values["name_zh"], values["province"].pk, values["level"])
        if (first := names.setdefault(name, line)) != line:
            sentence = _("{name} in {province} stands in line {line} already.")
            yield Fault(line, "name_zh", sentence.format(name=name[0], province=values["province"].name_zh, line=first))
        code = values["code_then"]
        if code and (first := codes.setdefault(code, line)) != line:
            yield Fault(line, "code_then", _("{code} stands in line {line} already.").format(code=code, line=first))


def _taken(found: Preview, readable: Iterable[tuple[int, Values]]) -> Iterator[Fault]:
    """A correction keeps what the file lacks: no line may take the name or the code of such a unit."""
    codes = {unit.code_then: unit for unit in found.missing if unit.code_then}
    names = {(unit.name_zh, unit.province_id, unit.level): unit for unit in found.missing}
    sentence = _("{unit} stays on the list and has this name or code. Change it on its own page first, or send the "
                 "file as a new version.")  # fmt: skip
    for line, values in readable:
        unit = names.get((values["name_zh"], values["province"].pk, values["level"])) or codes.get(values["code_then"])
        if unit is not None:
            yield Fault(line, "name_zh", sentence.format(unit=_own_key(unit)))


def _of_the_version(row: ListImport) -> list[Fault]:
    """A version that has been overtaken by another one since the file was sent."""
    last = row.poverty_list.versions.last()
    if row.version_from and last and last.effective_from and row.version_from <= last.effective_from:
        return [Fault(0, "", _("A new version must begin after the one before it."))]
    return []
