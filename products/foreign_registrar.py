"""Records of foreign GIs, and which names on the agreement lists are one of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Unpack

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products.foreign_values import (
    FOREIGN_COLUMNS,
    ForeignValues,
    foreign_subject,
    foreign_values,
    from_lists,
)
from products.models import AgreementEntry
from products.recognition_models import ForeignGI
from products.states import Side


@transaction.atomic
def enter(*, by: Actor, source: str = "", **values: Unpack[ForeignValues]) -> ForeignGI:
    """A foreign GI under the next free number, with the names on the lists that are it."""
    columns = {name: value for name, value in values.items() if name != "entries"}
    same = ForeignGI.objects.filter(
        name_original=values.get("name_original", ""), country=values.get("country", "")
    )
    if same.exists():
        raise MoveRefused("duplicate", _("There is a record with this name and country already."))
    last = ForeignGI.objects.aggregate(last=Max("number"))["last"] or 0
    record = ForeignGI(number=last + 1, **columns)
    event = EventType.FOREIGN_GI_ENTERED
    try:
        with transaction.atomic():
            amendments.enter(record, values, by=by, event=event, subject=foreign_subject, source=source)
    except IntegrityError:
        raise MoveRefused("someone_was_faster", _("Somebody entered a record at this moment. Try again.")) from None
    _tie(record, values.get("entries", frozenset()))
    return record


@transaction.atomic
def amend(record: ForeignGI, *, by: Actor, source: str = "", **values: Unpack[ForeignValues]) -> None:
    """Correct what is recorded of a foreign GI. `entries` are all names that are it from now on."""
    amendments.require(by, Permission.KEEP_REGISTER)
    held = ForeignGI.objects.select_for_update().get(pk=record.pk)
    before, event = foreign_values(held), EventType.FOREIGN_GI_AMENDED
    changes = amendments.amend(
        held, before, values, by=by, event=event, subject=foreign_subject, source=source, columns=FOREIGN_COLUMNS
    )
    if "entries" in changes:
        gone, now = changes["entries"].before - changes["entries"].after, changes["entries"].after
        AgreementEntry.objects.filter(pk__in={row.pk for row in gone}, foreign_gi=held).update(foreign_gi=None)
        _tie(held, now)
    record.refresh_from_db()


@transaction.atomic
def tie(record: ForeignGI, entries: Collection[AgreementEntry], *, by: Actor, source: str = "") -> None:
    """Note that further names on the lists are this foreign GI; those that are it already stay."""
    held = ForeignGI.objects.select_for_update().get(pk=record.pk)
    amend(record, by=by, source=source, entries=frozenset(held.entries.all()) | frozenset(entries))


def _tie(record: ForeignGI, entries: Collection[AgreementEntry]) -> None:
    if any(entry.side != Side.INBOUND for entry in entries):
        raise MoveRefused("not_foreign", _("Only a name on the foreign side of a list can be a foreign GI."))
    AgreementEntry.objects.filter(pk__in={entry.pk for entry in entries}).update(foreign_gi=record)


@transaction.atomic
def enter_missing(*, by: Actor, source: str = "") -> int:
    """Give every foreign name on the lists its record, where it has none; returns how many records are new.

    Records that are there keep what they say; only names that they lack are tied to them.
    """
    records = {record.number: record for record in ForeignGI.objects.all()}
    new = 0
    for key, values in from_lists().items():
        if isinstance(key, int):
            tie(records[key], values["entries"], by=by, source=source)
        else:
            enter(by=by, source=source, **values)
            new += 1
    return new
