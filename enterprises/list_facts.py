"""READER. Poverty lists as the desk shows them: what is on record, what a change says, what happened."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from enterprises.authorisation_facts import Line
from enterprises.file_history import role_words
from gi_registry import partial_dates
from gi_registry.event_types import EventType
from gi_registry.models import Division, JournalEntry
from gi_registry.partial_dates import Precision
from products.list_differences import Changed
from products.list_words import VALUE_NAMES, ListLevel
from products.models import ListedUnit, ListVersion, PovertyList
from products.states import Basis

CHOICES: dict[str, dict[str, Any]] = {
    "level": dict(ListLevel.choices),
    "exit_basis": dict(Basis.choices),
    "exited_precision": dict(Precision.choices),
    "published_precision": dict(Precision.choices),
}


@dataclass(frozen=True)
class Counted:
    """A list with what is on record of it. `loose`: units that are tied to no division."""

    poverty_list: PovertyList
    version: ListVersion | None
    units: int
    loose: int


def lists(on: datetime.date | None = None) -> list[Counted]:
    """All lists on a date (default today). Three queries."""
    on = on or timezone.localdate()
    units = ListedUnit.objects.on(on).order_by().values("poverty_list")
    counted = units.annotate(units=Count("pk", distinct=True), loose=Count("pk", filter=Q(divisions=None)))
    figures = {row["poverty_list"]: (row["units"], row["loose"]) for row in counted}
    return [
        Counted(row, version_on(row.versions.all(), on), *figures.get(row.pk, (0, 0)))
        for row in PovertyList.objects.prefetch_related("versions")
    ]


def version_on(versions: Iterable[ListVersion], on: datetime.date) -> ListVersion | None:
    """The version that is the list on a date."""
    begun = [one for one in versions if one.effective_from is None or one.effective_from <= on]
    return begun[-1] if begun else None


def units(poverty_list: PovertyList, text: str = "", on: datetime.date | None = None) -> QuerySet[ListedUnit]:
    """The units on a date whose names or codes hold a text, by province."""
    return _narrowed(ListedUnit.objects.on(on).filter(poverty_list=poverty_list), text)


def dropped(poverty_list: PovertyList, text: str = "", on: datetime.date | None = None) -> QuerySet[ListedUnit]:
    """The units that stood on the list before."""
    rows = ListedUnit.objects.filter(
        poverty_list=poverty_list, dropped_in__effective_from__lte=on or timezone.localdate()
    )
    return _narrowed(rows, text).select_related("dropped_in")


def _narrowed(rows: QuerySet[ListedUnit], text: str) -> QuerySet[ListedUnit]:
    for word in text.split():
        named = Q(code__startswith=word) | Q(name_zh__contains=word) | Q(name_en__icontains=word)
        places = Division.objects.filter(named)
        tied = ListedUnit.divisions.through.objects.filter(
            Q(division__in=places) | Q(division__parent__in=places)
        ).values("listedunit")
        own = Q(name_zh__contains=word) | Q(code_then__startswith=word)
        rows = rows.filter(own | Q(province__in=places) | Q(pk__in=tied))
    rows = rows.select_related("province").prefetch_related("divisions")
    return rows.order_by("province__code", "code_then", "name_zh", "pk")


# --- Values in words ---


def in_words(name: str, value: Any) -> str:
    """A value of a list or unit, as the register or its journal keeps it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, frozenset | list):
        return "、".join(sorted(map(str, value))) or "—"
    if value in (None, ""):
        return "—"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(CHOICES.get(name, {}).get(value, value))


def name_of(value: str) -> str:
    """What a value is called."""
    return str(VALUE_NAMES.get(value, value))


def change_lines(one: Changed) -> list[tuple[str, str, str]]:
    """What a line of a file changes on a unit: (name, before, after); an exit with its precision is one thing."""
    values, unit = dict(one.values), one.unit
    lines = []
    if values.keys() & {"exited_on", "exited_precision"}:
        after = {name: values.pop(name, getattr(unit, name)) for name in ("exited_on", "exited_precision")}
        before = _exit(unit.exited_on, unit.exited_precision)
        lines.append((name_of("exited_on"), before, _exit(after["exited_on"], after["exited_precision"])))
    for name, value in values.items():
        now = frozenset(unit.divisions.all()) if name == "divisions" else getattr(unit, name)
        lines.append((name_of(name), in_words(name, now), in_words(name, value)))
    return lines


def _exit(on: datetime.date | None, precision: str) -> str:
    return partial_dates.iso(on, precision or Precision.DAY) if on else "—"


# --- History ---


def history(kind: str, reference: str, most: int) -> tuple[list[Line], int]:
    """The latest entries of the journal on a list or a unit, newest first, and how many there are."""
    entries = JournalEntry.objects.about(kind, reference)
    return [_line(entry, kind) for entry in entries[:most]], entries.count()


def _line(entry: JournalEntry, kind: str) -> Line:
    title = str(entry.get_event_type_display())
    if entry.subject_kind != kind:
        title = _("{event}: {name}").format(event=title, name=entry.subject_label)
    facts = [capfirst(role_words(entry.actor_role)), *_details(entry.event_type, entry.payload)]
    day = timezone.localdate(entry.recorded_at)
    if entry.effective_on and entry.effective_on != day:
        facts.append(_("counts from {date}").format(date=entry.effective_on.isoformat()))
    stopped = entry.event_type == EventType.LISTED_UNIT_DROPPED
    return Line(day, title, " · ".join(facts), kind="stopped" if stopped else "")


def _details(event: str, payload: Mapping[str, Any]) -> list[str]:
    if event == EventType.LIST_VERSION_PUBLISHED:
        sentence = _("version {number} with officially {size} units: {basis}")
        size = payload.get("official_size", "")
        return [sentence.format(number=payload.get("version", ""), size=size, basis=payload.get("basis", ""))]
    return [
        f"{name_of(name)}: {in_words(name, change.get('before'))} → {in_words(name, change.get('after'))}"
        for name, change in payload.get("changes", {}).items()
    ]
