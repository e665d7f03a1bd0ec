"""Administrative divisions enter the register as one published list, never one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from gi_registry import amendments
from gi_registry.amendments import require
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, DivisionLevel, DivisionStatus
from gi_registry.roles import Permission

DivisionKey = tuple[str, str]  # code and Chinese name: codes and names are each used again over the years
COLUMNS = (
    "name_pinyin", "name_en", "level", "status", "valid_from", "last_seen", "valid_to", "change", "source",
)  # fmt: skip
LEVELS = list(DivisionLevel)


def key_of(division: Division) -> DivisionKey:
    """What tells a division from all others."""
    return division.code, division.name_zh


def values_of(division: Division) -> dict[str, Any]:
    """The columns of a division, with parent and successor by their keys."""
    values: dict[str, Any] = {name: getattr(division, name) for name in COLUMNS}
    values["parent"] = key_of(division.parent) if division.parent else None
    values["successor"] = key_of(division.successor) if division.successor else None
    return values


@transaction.atomic
def save_list(
    *,
    by: Actor,
    added: Mapping[DivisionKey, Mapping[str, Any]],
    changed: Mapping[DivisionKey, Mapping[str, Any]],
    source: str,
    sha256: str,
) -> None:
    """Store new divisions and changed values of known ones, with one journal entry for the whole list.

    The values are those of `values_of`, already checked. Nothing is removed: a division that no longer exists stays, as
    a historic one.
    """
    require(by, Permission.KEEP_REGISTER)
    if not added and not changed:
        return
    known = {key_of(division): division for division in Division.objects.all()}
    # A code changes hands: the old owner must have given it up before the new one gets it.
    given_up = [key for key, values in changed.items() if values.get("status", "current") != DivisionStatus.CURRENT]
    for key in given_up:
        known[key].status = changed[key]["status"]
        known[key].save(update_fields=["status"])
    for group in _in_order_of_dependence(added):
        rows = [_new(key, added[key], known) for key in group]
        Division.objects.bulk_create(rows, batch_size=500)
        known |= {key_of(row): row for row in rows}
    for key, values in changed.items():
        division = known[key]
        _set(division, values, known)
        division.save()
    payload = {"added": len(added), "changed": len(changed), "sha256": sha256}
    subject = Subject("division_list", "gb2260", source)
    amendments.write(Event(EventType.DIVISIONS_LOADED, subject, payload, source=source), by=by)


def _in_order_of_dependence(added: Mapping[DivisionKey, Mapping[str, Any]]) -> Iterable[list[DivisionKey]]:
    """Current before historic, upper before lower: parents and successors come before who names them."""
    for current in (True, False):
        for level in LEVELS:
            yield [
                key
                for key, values in added.items()
                if values["level"] == level and (values["status"] == DivisionStatus.CURRENT) == current
            ]


def _new(key: DivisionKey, values: Mapping[str, Any], known: Mapping[DivisionKey, Division]) -> Division:
    division = Division(code=key[0], name_zh=key[1])
    _set(division, values, known)
    return division


def _set(division: Division, values: Mapping[str, Any], known: Mapping[DivisionKey, Division]) -> None:
    for name, value in values.items():
        if name in ("parent", "successor"):
            value = known[value] if value else None
        setattr(division, name, value)
