"""Published lists that products are measured by: poverty lists, agreements, and the list of sources.

Names on agreement lists are entered by the registrar, because products are found by them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.amendments import differences, require, write
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from gi_registry.partial_dates import Precision
from gi_registry.roles import Permission
from products.models import Agreement, ListedUnit, ListVersion, PovertyList, Source
from products.record_values import columns_of


class PovertyListValues(TypedDict, total=False):
    """What the registrar keeps of a poverty list."""

    name_zh: str
    name_en: str
    published_on: datetime.date | None
    published_precision: str
    official_size: int
    note: str
    order: int


class ListedUnitValues(TypedDict, total=False):
    """What the registrar keeps of a unit on a poverty list."""

    name_zh: str
    code_then: str
    province: Division
    divisions: frozenset[Division]
    level: str
    area: str
    key_county: bool
    designated_on: datetime.date | None
    exited_on: datetime.date | None
    exited_precision: str
    exit_basis: str
    list_basis: str
    flags_basis: str
    sources: str
    note: str


class AgreementValues(TypedDict, total=False):
    """What the registrar keeps of an agreement."""

    name_zh: str
    name_en: str
    partner: str
    parent: Agreement | None
    scheme_label: str
    outbound_size: int | None
    inbound_size: int | None
    signed_on: datetime.date | None
    in_force_on: datetime.date | None
    status_text: str
    legal_reference: str
    note: str
    order: int


POVERTY_LIST_COLUMNS = tuple(PovertyListValues.__annotations__)
UNIT_COLUMNS = tuple(name for name in ListedUnitValues.__annotations__ if name != "divisions")
AGREEMENT_COLUMNS = tuple(AgreementValues.__annotations__)


def poverty_list_subject(poverty_list: PovertyList) -> Subject:
    """The name of a poverty list in the journal."""
    return Subject("poverty_list", poverty_list.slug, poverty_list.name_zh)


def unit_subject(unit: ListedUnit) -> Subject:
    """The name of a listed unit in the journal; it belongs to its list."""
    return Subject("listed_unit", str(unit.pk), unit.name_zh, "poverty_list", unit.poverty_list.slug)


def agreement_subject(agreement: Agreement) -> Subject:
    """The name of an agreement in the journal."""
    return Subject("agreement", agreement.code, agreement.name_zh)


def poverty_list_values(poverty_list: PovertyList) -> dict[str, Any]:
    """The present values of a poverty list."""
    return columns_of(poverty_list, POVERTY_LIST_COLUMNS)


def unit_values(unit: ListedUnit) -> dict[str, Any]:
    """The present values of a listed unit."""
    return {**columns_of(unit, UNIT_COLUMNS), "divisions": frozenset(unit.divisions.all())}


def agreement_values(agreement: Agreement) -> dict[str, Any]:
    """The present values of an agreement."""
    return columns_of(agreement, AGREEMENT_COLUMNS)


# What a list says of itself is what its latest version says.
OF_VERSION = ("published_on", "published_precision", "official_size")


@transaction.atomic
def enter_poverty_list(
    *, by: Actor, slug: str, source: str = "", **values: Unpack[PovertyListValues]
) -> PovertyList:
    """A published list of counties, in its first version."""
    poverty_list = PovertyList(slug=slug, **values)
    event = EventType.POVERTY_LIST_ENTERED
    amendments.enter(poverty_list, values, by=by, event=event, subject=poverty_list_subject, source=source)
    own: dict[str, Any] = {name: value for name, value in values.items() if name in OF_VERSION}
    amendments.insert(ListVersion(poverty_list=poverty_list, number=1, **own))
    return poverty_list


@transaction.atomic
def amend_poverty_list(
    poverty_list: PovertyList, *, by: Actor, source: str = "", **values: Unpack[PovertyListValues]
) -> None:
    """Correct what is recorded of a list, and of its latest version."""
    before, event = poverty_list_values(poverty_list), EventType.POVERTY_LIST_AMENDED
    changes = amendments.amend(
        poverty_list, before, values, by=by, event=event, subject=poverty_list_subject, source=source
    )
    if latest := poverty_list.versions.last():
        amendments.update(latest, changes, OF_VERSION)


@transaction.atomic
def publish_version(
    poverty_list: PovertyList,
    *,
    by: Actor,
    effective_from: datetime.date,
    official_size: int,
    basis: str,
    source: str = "",
) -> ListVersion:
    """A new publication of a list: it holds the units of the one before until they are dropped or added in it."""
    require(by, Permission.KEEP_REGISTER)
    # Of two officers who publish at the same moment the second sees the first's version.
    poverty_list = PovertyList.objects.select_for_update().get(pk=poverty_list.pk)
    last = poverty_list.versions.last()
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
    poverty_list: PovertyList, *, by: Actor, key: str, source: str = "", **values: Unpack[ListedUnitValues]
) -> ListedUnit:
    """A unit on a list, under the name that it had there, from the latest version of the list on."""
    own: dict[str, Any] = {name: value for name, value in values.items() if name != "divisions"}
    unit = ListedUnit(poverty_list=poverty_list, added_in=poverty_list.versions.last(), key=key, **own)
    event = EventType.LISTED_UNIT_ENTERED
    amendments.enter(unit, values, by=by, event=event, subject=unit_subject, source=source)
    unit.divisions.add(*values.get("divisions", ()))
    return unit


@transaction.atomic
def drop_listed_unit(unit: ListedUnit, *, by: Actor, source: str = "") -> None:
    """The latest version of the list has the unit no longer; the versions before keep it."""
    require(by, Permission.KEEP_REGISTER)
    version = unit.poverty_list.versions.last()
    if version is None or version.pk == unit.added_in_id:
        raise MoveRefused("same_version", _("A unit can only be dropped by a version later than its own."))
    if not ListedUnit.objects.filter(pk=unit.pk, dropped_in=None).update(dropped_in=version):
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    unit.dropped_in = version
    details = {"version": version.number}
    write(Event(EventType.LISTED_UNIT_DROPPED, unit_subject(unit), details, version.effective_from, source), by=by)


@transaction.atomic
def amend_listed_unit(
    unit: ListedUnit, *, by: Actor, source: str = "", **values: Unpack[ListedUnitValues]
) -> None:
    """Correct what is recorded of a unit on a list."""
    changes = amendments.amend(
        unit, unit_values(unit), values, columns=UNIT_COLUMNS, by=by, source=source,
        event=EventType.LISTED_UNIT_AMENDED, subject=unit_subject,
    )  # fmt: skip
    if divisions := changes.get("divisions"):
        unit.divisions.set(divisions.after)


@transaction.atomic
def enter_agreement(
    *, by: Actor, code: str, source: str = "", **values: Unpack[AgreementValues]
) -> Agreement:
    """An agreement, or one batch of lists of it."""
    agreement = Agreement(code=code, **values)
    event = EventType.AGREEMENT_ENTERED
    amendments.enter(agreement, values, by=by, event=event, subject=agreement_subject, source=source)
    return agreement


@transaction.atomic
def amend_agreement(
    agreement: Agreement, *, by: Actor, source: str = "", **values: Unpack[AgreementValues]
) -> None:
    """Correct what is recorded of an agreement."""
    before, event = agreement_values(agreement), EventType.AGREEMENT_AMENDED
    amendments.amend(agreement, before, values, by=by, event=event, subject=agreement_subject, source=source)


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
