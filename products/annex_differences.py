"""READER. What a file with the names of a list would change: new, changed, missing, strange, and every faulty line."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from products import annex_cells
from products.annex_suspicions import Line, Suspicion, shown, suspicions
from products.annex_words import entry_key
from products.importing import diff
from products.list_differences import Fault
from products.list_files import Sheet
from products.list_values import fingerprint
from products.models import Agreement, AgreementEntry, Product
from products.recognition_models import AnnexImport
from products.record_values import ENTRY_COLUMNS, columns_of, entry_values
from products.states import EntryStatus, Side

Values = dict[str, Any]
# What files and officers change; reviews of the product go beside them.
COMPARED = tuple(name for name in ENTRY_COLUMNS if name not in ("product", "match_basis"))


class Changed(NamedTuple):
    """A name of the list whose values in the file are others: those alone, as the file has them.

    `stage_from`: the day from which the status of the file holds, where it is another one.
    """

    line: int
    entry: AgreementEntry
    values: Values
    stage_from: datetime.date | None


class Match(NamedTuple):
    """A new Chinese name, and the only product that is written the same."""

    line: int
    name: str
    product: Product


@dataclass
class Preview:
    """What would happen. `missing`: names that the file lacks; they leave the list only if the file is the whole list.

    `base`: fingerprint of the list that it was compared with. `others`: lines of other agreements, left alone.
    """

    base: str
    added: list[tuple[int, Values]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    missing: list[AgreementEntry] = field(default_factory=list)
    unchanged: int = 0
    others: int = 0
    faults: list[Fault] = field(default_factory=list)
    suspicious: list[Suspicion] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)


def names_of(agreement: Agreement) -> list[AgreementEntry]:
    """The names of the agreement itself, with what is compared. Two queries."""
    rows = AgreementEntry.objects.filter(agreement=agreement).select_related("agreement").prefetch_related("stages")
    return list(rows.order_by("batch", "side", "seq", "pk"))


def annex_fingerprint(names: Iterable[AgreementEntry]) -> str:
    """SHA-256 in hex of all names of a list: who sends it back has seen exactly these."""
    return fingerprint([[row.pk, columns_of(row, COMPARED)] for row in sorted(names, key=lambda row: row.pk)])


def day_of(row: AnnexImport) -> datetime.date:
    """The day from which the annex counts."""
    stored = row.rows.get("on")
    return datetime.date.fromisoformat(stored) if stored else timezone.localdate(row.made_at)


def preview(row: AnnexImport) -> Preview:
    """The file compared with the list as it is now. Some ten queries, however many lines."""
    names = names_of(row.agreement)
    found = Preview(base=annex_fingerprint(names))
    readable, faulty = _readable(row, found)
    lines = _matched(readable, names, found.faults)
    wanted = {_key(line): _completed(line) for line in lines}
    numbers = {_key(line): line.number for line in lines}
    by_key = {str(entry.pk): entry for entry in names}
    difference = diff(wanted, {key: entry_values(entry) for key, entry in by_key.items()})
    found.added = [(numbers[key], dict(values)) for key, values in difference.added.items()]
    for key, values in difference.changed.items():
        since = _stage_from(by_key[key], values, day_of(row))
        found.changed.append(Changed(numbers[key], by_key[key], dict(values), since))
        found.faults += _against_stages(found.changed[-1])
    there = {(line.values["batch"], line.values["side"]) for line in lines}
    found.missing = [
        entry for key, entry in by_key.items()
        if key not in wanted and (entry.batch, entry.side) in there and not faulty & {entry.key, _own_key(entry)}
        and entry.left_out_on is None and entry.status != EntryStatus.WITHDRAWN
    ]  # fmt: skip
    found.unchanged = difference.unchanged
    found.suspicious = suspicions(row.agreement, lines)
    found.matches = _matches(found.added)
    found.faults = sorted({(one.line, one.column): one for one in reversed(found.faults)}.values())
    return found


def _readable(row: AnnexImport, found: Preview) -> tuple[list[tuple[int, Values]], set[str]]:
    """The lines of this agreement without a fault of their own, and what the faulty ones would be known by."""
    sheet, readable, faulty = Sheet.of_json(row.rows), list[tuple[int, Values]](), set[str]()
    codes = set(Agreement.objects.values_list("code", flat=True))
    for number, fields in sheet.lines:
        cells = dict(zip(sheet.columns, fields, strict=False))
        code = cells.get("agreement_code", "")
        if len(fields) != len(sheet.columns):
            sentence = _("The line has {number} fields, the header {expected}.")
            found.faults.append(
                Fault(number, "", sentence.format(number=len(fields), expected=len(sheet.columns)))
            )
        elif code and code not in codes:
            text = _("No agreement has the short name “{code}”.").format(code=code[:40])
            found.faults.append(Fault(number, "agreement_code", text))
        elif code and code != row.agreement.code:
            found.others += 1
            continue
        else:
            values, wrong = annex_cells.read(cells)
            found.faults += [Fault(number, column, text) for column, text in wrong]
            if not wrong:
                readable.append((number, values))
                continue
        faulty.add(entry_key(*(cells.get(name, "") for name in ("batch", "direction", "name_native", "name_zh"))))
    if not readable and not found.faults:
        found.faults.append(Fault(0, "", _("No line of the file belongs to this agreement.")))
    return readable, faulty


def _own_key(entry: AgreementEntry) -> str:
    return entry_key(entry.batch, entry.side, entry.name_native, entry.name_zh)


def _matched(
    readable: Iterable[tuple[int, Values]], names: Iterable[AgreementEntry], faults: list[Fault]
) -> list[Line]:
    """Each line with the name of the register that it is.

    By batch, side and both names, or by the key of its first load; else, where only the Chinese form was corrected,
    by batch, side and original name, if nothing else in file and list has it.
    """
    names = list(names)
    known = {entry.key: entry for entry in names} | {_own_key(entry): entry for entry in names}
    lines: list[Line] = []
    taken: dict[int, int] = {}
    keys: dict[str, int] = {}
    for number, values in readable:
        key = annex_cells.key_of(values)
        entry = known.get(key)
        first = keys.setdefault(key, number) if entry is None else taken.setdefault(entry.pk, number)
        if first != number:
            sentence = _("{name} stands in line {line} already.")
            faults.append(Fault(number, "name_native", sentence.format(name=shown(values), line=first)))
            continue
        lines.append(Line(number, values, entry))
    left: dict[tuple[str, str, str], list[AgreementEntry]] = defaultdict(list)
    for entry in names:
        if entry.pk not in taken and entry.name_native:
            left[entry.batch, entry.side, entry.name_native].append(entry)
    new: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.entry is None:
            new[line.values["batch"], line.values["side"], line.values["name_native"]].append(place)
    for same, places in new.items():
        if len(places) == 1 and len(left.get(same, ())) == 1:
            lines[places[0]] = lines[places[0]]._replace(entry=left[same][0])
    return lines


def _key(line: Line) -> str:
    return str(line.entry.pk) if line.entry else annex_cells.key_of(line.values)


def _completed(line: Line) -> Values:
    """A name that had left the list stands on it again when a file has it."""
    back = line.entry is not None and line.entry.left_out_on is not None
    return {**line.values, "left_out_on": None} if back else {**line.values}


def _stage_from(entry: AgreementEntry, values: Mapping[str, Any], on: datetime.date) -> datetime.date | None:
    if "status" not in values:
        return None
    since = values.get("protected_from", entry.protected_from)
    return since if values["status"] == EntryStatus.PROTECTED and since else on


def _against_stages(one: Changed) -> Iterator[Fault]:
    """What was recorded with its act and day is not turned round by a file."""
    stages = list(one.entry.stages.all())
    if one.stage_from and stages and one.stage_from < stages[-1].effective_from:
        text = _("From {date} on, but a later stage of {later} is on record.")
        later = stages[-1].effective_from.isoformat()
        yield Fault(one.line, "status", text.format(date=one.stage_from.isoformat(), later=later))
    recorded = any(stage.status == EntryStatus.PROTECTED for stage in stages)
    if recorded and "protected_from" in one.values and "status" not in one.values:
        text = _("Its first day of protection is on record with the act; a file does not change it.")
        yield Fault(one.line, "protected_from", text)


def _matches(added: Iterable[tuple[int, Values]]) -> list[Match]:
    """The only product of the same name for each new Chinese name. One query."""
    own = [(line, values["name_zh"]) for line, values in added if values["side"] == Side.OUTBOUND and values["name_zh"]]
    by_name: dict[str, list[Product]] = defaultdict(list)
    for product in Product.objects.filter(name_zh__in={name for _line, name in own}).select_related("province"):
        by_name[product.name_zh].append(product)
    return [Match(line, name, by_name[name][0]) for line, name in own if len(by_name[name]) == 1]


def iter_cells(names: Iterable[AgreementEntry]) -> Iterator[dict[str, str]]:
    """The names that stand on the list today, in the columns of a file."""
    return (annex_cells.of_entry(entry) for entry in names if entry.left_out_on is None)
