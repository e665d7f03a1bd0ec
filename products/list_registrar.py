"""Poverty lists: their versions, the units on them, files that change many units at once; and the list of sources."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.amendments import differences, require, write
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.moves import MoveRefused
from gi_registry.partial_dates import Precision
from gi_registry.roles import Permission
from products import list_differences
from products.list_values import (
    UNIT_COLUMNS,
    ListedUnitValues,
    PovertyListValues,
    fingerprint,
    list_fingerprint,
    poverty_list_values,
    unit_key,
    unit_values,
)
from products.models import ListedUnit, ListImport, ListVersion, PovertyList, Source


def poverty_list_subject(poverty_list: PovertyList) -> Subject:
    """The name of a poverty list in the journal."""
    return Subject("poverty_list", poverty_list.slug, poverty_list.name_zh)


def unit_subject(unit: ListedUnit) -> Subject:
    """The name of a listed unit in the journal; it belongs to its list."""
    return Subject("listed_unit", str(unit.pk), unit.name_zh, "poverty_list", unit.poverty_list.slug)


# What a list says of itself is what its latest version says.
OF_VERSION = ("published_on", "published_precision", "official_size")


@transaction.atomic
def enter_poverty_list(
    *, by: Actor, slug: str, source: str = "", **values: Unpack[PovertyListValues]
) -> PovertyList:
    """A published list of counties, in its first version. The same list entered twice is one."""
    require(by, Permission.KEEP_REGISTER)
    if (known := PovertyList.objects.filter(slug=slug).first()) is not None:
        if not differences(poverty_list_values(known), values):
            return known
        raise MoveRefused("duplicate", _("There is a list with this address already."))
    poverty_list = PovertyList(slug=slug, **values)
    event = EventType.POVERTY_LIST_ENTERED
    amendments.enter(poverty_list, values, by=by, event=event, subject=poverty_list_subject, source=source)
    own: dict[str, Any] = {name: value for name, value in values.items() if name in OF_VERSION}
    amendments.insert(ListVersion(poverty_list=poverty_list, number=1, **own))
    return poverty_list


@transaction.atomic
def amend_poverty_list(
    poverty_list: PovertyList, *, by: Actor, source: str = "", seen: str | None = None,
    **values: Unpack[PovertyListValues],
) -> None:  # fmt: skip
    """Correct what is recorded of a list, and of its latest version. `seen`: see `_not_overtaken`."""
    if seen is not None:
        require(by, Permission.KEEP_REGISTER)
        poverty_list = _held(poverty_list)
    before, event = poverty_list_values(poverty_list), EventType.POVERTY_LIST_AMENDED
    _not_overtaken(before, values, seen)
    changes = amendments.amend(
        poverty_list, before, values, by=by, event=event, subject=poverty_list_subject, source=source
    )
    if latest := poverty_list.versions.last():
        amendments.update(latest, changes, OF_VERSION)


def _held(poverty_list: PovertyList) -> PovertyList:
    """The list as it is now, held until the end of the transaction.

    Whoever changes what others may be changing holds the list first, then its units, then the journal.
    """
    return PovertyList.objects.select_for_update().get(pk=poverty_list.pk)


def _not_overtaken(now: Mapping[str, Any], values: Mapping[str, Any], seen: str | None) -> None:
    """Refuse a change by somebody who had other values before the eyes than those that stand now.

    `seen`: their fingerprint; None for loads. A form that is sent twice finds its own values, and is no conflict.
    """
    if seen is not None and seen != fingerprint(now) and differences(now, values):
        text = _("Somebody else has changed this since you opened it. What you typed is still here; nothing is stored.")
        raise MoveRefused("someone_was_faster", text)


@transaction.atomic
def publish_version(
    poverty_list: PovertyList, *, by: Actor, effective_from: datetime.date, official_size: int, basis: str,
    source: str = "",
) -> ListVersion:  # fmt: skip
    """A new publication of a list: it holds the units of the one before until they are dropped or added in it.

    The same publication told twice is one version.
    """
    require(by, Permission.KEEP_REGISTER)
    # Of two officers who publish at the same moment the second sees the first's version.
    poverty_list = _held(poverty_list)
    last = poverty_list.versions.last()
    told = (effective_from, official_size, basis)
    if last and (last.effective_from, last.official_size, last.basis) == told:
        return last
    if last and last.effective_from and effective_from <= last.effective_from:
        raise MoveRefused("not_later", _("A new version must begin after the one before it."))
    version = ListVersion(
        poverty_list=poverty_list, number=last.number + 1 if last else 1, effective_from=effective_from,
        published_on=effective_from, published_precision=Precision.DAY, official_size=official_size, basis=basis,
    )  # fmt: skip
    amendments.insert(version)
    own = {name: getattr(version, name) for name in OF_VERSION}
    amendments.update(poverty_list, differences(poverty_list_values(poverty_list), own), OF_VERSION)
    details = {"version": version.number, "official_size": official_size, "basis": basis}
    event = EventType.LIST_VERSION_PUBLISHED
    write(Event(event, poverty_list_subject(poverty_list), details, effective_from, source), by=by)
    return version


@transaction.atomic
def enter_listed_unit(
    poverty_list: PovertyList, *, by: Actor, key: str = "", source: str = "", **values: Unpack[ListedUnitValues]
) -> ListedUnit:
    """A unit on a list, under the name that it had there, from the latest version of the list on.

    `key`: what loads know it by; empty means code and name. The same unit entered twice is one.
    """
    require(by, Permission.KEEP_REGISTER)
    if (same := _namesake(poverty_list, values)) is not None:
        if not differences(unit_values(same), values):
            return same
        raise _on_it_already(same)
    own: dict[str, Any] = {name: value for name, value in values.items() if name != "divisions"}
    key = key or unit_key(own.get("code_then", ""), own["name_zh"])
    unit = ListedUnit(poverty_list=poverty_list, added_in=poverty_list.versions.last(), key=key, **own)
    event = EventType.LISTED_UNIT_ENTERED
    try:
        with transaction.atomic():
            amendments.enter(unit, values, by=by, event=event, subject=unit_subject, source=source)
    except IntegrityError:  # the key is taken by a unit that was renamed, or by one entered at the same moment
        raise _on_it_already(unit) from None
    unit.divisions.add(*values.get("divisions", ()))
    return unit


def _namesake(
    poverty_list: PovertyList, values: Mapping[str, Any], *, without: ListedUnit | None = None
) -> ListedUnit | None:
    """A unit that stands on the list with the same name in the same province and level, or the same code."""
    same = Q(name_zh=values["name_zh"], province=values["province"], level=values.get("level", ""))
    if values.get("code_then"):
        same |= Q(code_then=values["code_then"])
    rows = ListedUnit.objects.filter(same, poverty_list=poverty_list, dropped_in=None)
    return (rows.exclude(pk=without.pk) if without else rows).first()


def _on_it_already(unit: ListedUnit) -> MoveRefused:
    text = _("{unit} is on the list already; a unit stands on it once, by its name and by its code.")
    return MoveRefused("duplicate", text.format(unit=unit_key(unit.code_then, unit.name_zh)))


@transaction.atomic
def drop_listed_unit(unit: ListedUnit, *, by: Actor, source: str = "") -> None:
    """The latest version of the list has the unit no longer; the versions before keep it."""
    require(by, Permission.KEEP_REGISTER)
    version = _held(unit.poverty_list).versions.last()
    if version is None or version.pk == unit.added_in_id:
        raise MoveRefused("same_version", _("A unit can only be dropped by a version later than its own."))
    if not ListedUnit.objects.filter(pk=unit.pk, dropped_in=None).update(dropped_in=version):
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    unit.dropped_in = version
    details = {"version": version.number}
    write(Event(EventType.LISTED_UNIT_DROPPED, unit_subject(unit), details, version.effective_from, source), by=by)


@transaction.atomic
def amend_listed_unit(
    unit: ListedUnit, *, by: Actor, source: str = "", seen: str | None = None, **values: Unpack[ListedUnitValues]
) -> None:
    """Correct what is recorded of a unit on a list. `seen`: see `_not_overtaken`."""
    if seen is not None:
        require(by, Permission.KEEP_REGISTER)
        _held(unit.poverty_list)
        unit = ListedUnit.objects.select_related("poverty_list", "province").get(pk=unit.pk)
    before = unit_values(unit)
    _not_overtaken(before, values, seen)
    named = {"name_zh", "province", "level", "code_then"}
    if seen is not None and named & differences(before, values).keys() and unit.dropped_in_id is None:
        same = _namesake(unit.poverty_list, {**before, **values}, without=unit)
        if same is not None:
            raise _on_it_already(same)
    changes = amendments.amend(
        unit, before, values, columns=UNIT_COLUMNS, by=by, source=source, event=EventType.LISTED_UNIT_AMENDED,
        subject=unit_subject,
    )  # fmt: skip
    if divisions := changes.get("divisions"):
        unit.divisions.set(divisions.after)


@transaction.atomic
def record_import(
    poverty_list: PovertyList, *, by: Actor, nonce: uuid.UUID, file_name: str, sha256: str, rows: Mapping[str, Any],
    basis: str, version_from: datetime.date | None = None, version_size: int | None = None,
) -> ListImport:  # fmt: skip
    """Keep a file as read, so that what is applied is what was shown. The same nonce is the same file."""
    require(by, Permission.KEEP_REGISTER)
    if (known := ListImport.objects.filter(nonce=nonce, poverty_list=poverty_list).first()) is not None:
        return known
    found = ListImport(
        poverty_list=poverty_list, nonce=nonce, file_name=file_name[-120:], sha256=sha256, rows=rows, basis=basis,
        base=list_fingerprint(poverty_list), version_from=version_from, version_size=version_size,
        made_by_id=by.person,
    )  # fmt: skip
    amendments.insert(found)
    return found


def apply_import(sent: ListImport, *, by: Actor, base: str) -> None:
    """Do all that a file says, in one transaction, or nothing; a second time does nothing.

    `base`: fingerprint of the list that the differences were shown for. Raises MoveRefused "faults" or
    "someone_was_faster", and whatever a row raises.
    """
    require(by, Permission.KEEP_REGISTER)
    with transaction.atomic():
        poverty_list = _held(sent.poverty_list)
        row = ListImport.objects.select_for_update().get(pk=sent.pk)
        if row.applied_at:
            return
        row.poverty_list = poverty_list
        found = list_differences.preview(row)
        if found.faults:
            raise MoveRefused("faults", _("The file has faults: nothing of it can be applied."))
        if base != found.base:
            text = _("The list has changed meanwhile. Look at the differences again; nothing is applied yet.")
            raise MoveRefused("someone_was_faster", text)
        with amendments.batch(by=by):
            _apply(row, found, by=by)
        row.applied_at = timezone.now()
        row.save(update_fields=["applied_at"])


def _apply(row: ListImport, found: list_differences.Preview, *, by: Actor) -> None:
    """In this order: a new version, then what it drops, so that names and codes are free for what it adds."""
    poverty_list, source = row.poverty_list, row.basis
    if row.version_from:
        publish_version(
            poverty_list, by=by, effective_from=row.version_from, official_size=row.version_size or 0,
            basis=row.basis, source=source,
        )  # fmt: skip
        for unit in found.missing:
            drop_listed_unit(unit, by=by, source=source)
    for one in found.changed:
        amend_listed_unit(one.unit, by=by, source=source, **one.values)
    for _line, values in found.added:
        enter_listed_unit(poverty_list, by=by, source=source, **values)


@transaction.atomic
def save_sources(
    *,
    by: Actor,
    added: Mapping[str, Mapping[str, str]],
    changed: Mapping[str, Mapping[str, str]],
    source: str,
) -> None:
    """Store new sources and changed values of known ones by key, with one journal entry for the list.

    The values are already checked.
    """
    require(by, Permission.KEEP_REGISTER)
    if not added and not changed:
        return
    Source.objects.bulk_create([Source(key=key, **values) for key, values in added.items()], batch_size=200)
    for row in Source.objects.filter(key__in=changed):
        amendments.update(row, differences(vars(row), changed[row.key]), changed[row.key])
    subject, payload = Subject("source_list", source, source), {"added": len(added), "changed": len(changed)}
    write(Event(EventType.SOURCES_LOADED, subject, payload, source=source), by=by)
