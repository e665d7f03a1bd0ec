"""WRITER. Who may inspect, and whom each must not visit.

The public, and with it the journal, knows an inspector by a code that is made here, and by the division of the office;
the name of the office, the account and the reasons of conflicts stay at the desk.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.case_files import not_permitted
from enterprises.inspection_lists import DEMONSTRATION
from enterprises.inspection_models import Inspector, InspectorConflict
from enterprises.label_codes import ALPHABET
from enterprises.models import Enterprise
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission

PLACES = 6  # characters of a code after its beginning


def code_from(nonce: uuid.UUID, demonstration: bool) -> str:
    """The code of a new inspector: the same form sent twice gives the same one."""
    number, drawn = nonce.int, ""
    for _place in range(PLACES):
        number, rest = divmod(number, len(ALPHABET))
        drawn += ALPHABET[rest]
    return (DEMONSTRATION if demonstration else "J") + drawn


def enter_inspector(
    *, by: Actor, nonce: uuid.UUID, division: Division, office: str, active_from: datetime.date,
    active_to: datetime.date | None = None, account: User | None = None, demonstration: bool = False,
) -> Inspector:  # fmt: skip
    """Somebody who may inspect for the office of a division, from one day to another."""
    values = {
        "division": division, "office": office.strip(), "account": account, "active_from": active_from,
        "active_to": active_to,
    }  # fmt: skip
    _check(values, by)
    code = code_from(nonce, demonstration)
    if found := Inspector.objects.filter(code=code).first():
        return _same(found, values)
    try:
        with transaction.atomic():
            row = Inspector(code=code, **values)
            amendments.insert(row)
            _tell(row, EventType.INSPECTOR_ENTERED, by)
    except IntegrityError:  # the same form, sent twice at the same moment
        return _same(Inspector.objects.get(code=code), values)
    return row


def _same(known: Inspector, values: dict[str, Any]) -> Inspector:
    if any(getattr(known, name) != value for name, value in values.items()):
        text = _("This form was stored before with other words, as {reference}.").format(reference=known.code)
        raise MoveRefused("already_sent", text)
    return known


@transaction.atomic
def amend_inspector(
    inspector: Inspector, *, by: Actor, version: int, division: Division, office: str, active_from: datetime.date,
    active_to: datetime.date | None = None, account: User | None = None,
) -> bool:  # fmt: skip
    """Change what is known of an inspector, or give the last day. Returns whether anything differed."""
    _hold(inspector, by, version)
    values = {
        "division": division, "office": office.strip(), "account": account, "active_from": active_from,
        "active_to": active_to,
    }  # fmt: skip
    _check(values, by, known=inspector.account)
    changes = amendments.differences({name: getattr(inspector, name) for name in values}, values)
    if changes:
        inspector.version += 1
        amendments.update(inspector, changes, changes)
        inspector.save(update_fields=["version"])
        _tell(inspector, EventType.INSPECTOR_AMENDED, by)
    return bool(changes)


@transaction.atomic
def add_conflict(
    inspector: Inspector, *, by: Actor, version: int, enterprise: Enterprise, reason: str
) -> InspectorConflict:
    """From now on the inspector is not drawn for this enterprise."""
    _hold(inspector, by, version)
    if not reason.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    if inspector.conflicts.filter(enterprise=enterprise, ended_on=None).exists():
        raise MoveRefused("duplicate", _("This conflict is on record already."))
    row = InspectorConflict(inspector=inspector, enterprise=enterprise, reason=reason.strip())
    amendments.insert(row)
    _bump(inspector, by)
    return row


@transaction.atomic
def end_conflict(conflict: InspectorConflict, *, by: Actor) -> None:
    """From now on the inspector may be drawn for the enterprise again."""
    _hold(conflict.inspector, by)
    today = timezone.localdate()
    if InspectorConflict.objects.filter(pk=conflict.pk, ended_on=None).update(ended_on=today) != 1:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    conflict.ended_on = today
    _bump(conflict.inspector, by)


def _bump(inspector: Inspector, by: Actor) -> None:
    inspector.version += 1
    inspector.save(update_fields=["version"])
    _tell(inspector, EventType.INSPECTOR_AMENDED, by)


def _hold(inspector: Inspector, by: Actor, version: int | None = None) -> None:
    """Read the row anew and hold it; refuse who does not keep it, and a form that shows an older version."""
    rows = Inspector.objects.select_for_update(of=("self",)).select_related("division__parent__parent", "account")
    inspector.refresh_from_db(from_queryset=rows)
    _must_keep(by, inspector.division)
    if version is not None and version != inspector.version:
        text = _("Somebody else has changed this meanwhile. Compare with what stands there now, then save again.")
        raise MoveRefused("someone_was_faster", text)


def _must_keep(by: Actor, division: Division) -> None:
    if not territory.may(by, Permission.KEEP_INSPECTIONS, division):
        raise not_permitted()


def _check(values: dict[str, Any], by: Actor, known: User | None = None) -> None:
    _must_keep(by, values["division"])
    if values["active_to"] is not None and values["active_to"] < values["active_from"]:
        raise MoveRefused("wrong_end", _("It cannot end before it begins."))
    account = values["account"]
    if account is not None and account != known and not _records(account):
        raise MoveRefused("wrong_account", _("This account has no role in which inspections are recorded."))


def _records(account: User) -> bool:
    return any(actor.has(Permission.RECORD_INSPECTIONS) for actor in territory.actors_of(account)) and account.is_active


def _tell(inspector: Inspector, event: EventType, by: Actor) -> None:
    subject = Subject("inspector", inspector.code, inspector.code)
    journal.record(Event(event, subject, {"division": inspector.division.code}, timezone.localdate()), by=by)
