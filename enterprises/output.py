"""WRITER. Certified output: the enterprise states what a season yielded, the office certifies it.

What is certified is what labels may be issued for. Quantities are thousandths of the season's unit; they stay out
of the journal, which is public, and are sealed there.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import label_states, notifications
from enterprises.case_files import division_of, held, must_act_for, not_permitted
from enterprises.label_models import OutputStatement, Season
from enterprises.label_states import StatementState, Unit
from enterprises.models import Authorisation
from enterprises.record_words import authorisation_subject
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from gi_registry.state_tables import Move


@transaction.atomic
def state_output(
    authorisation: Authorisation, *, by: Actor, nonce: uuid.UUID, season: str, unit: Unit, quantity: int, evidence: str
) -> OutputStatement:
    """State output of a season, for the office to certify. The same nonce gives the same statement."""
    must_act_for(by, authorisation.enterprise)
    authorisation = held(authorisation)
    if not authorisation.may_be_used:
        raise MoveRefused("not_authorised", _("The mark may not be used at present, so no output can be stated."))
    if quantity <= 0:
        raise MoveRefused("nothing_stated", _("State a quantity greater than zero."))
    row, _made = Season.objects.get_or_create(authorisation=authorisation, name=season.strip(), defaults={"unit": unit})
    if row.unit != unit:
        raise MoveRefused("other_unit", _("This season is counted in {unit}.").format(unit=row.get_unit_display()))
    values = {"season": row, "quantity": quantity, "evidence": evidence.strip(), "stated_by_id": by.person}
    statement, created = OutputStatement.objects.get_or_create(nonce=nonce, defaults=values)
    if created:
        amendments.check(statement)
        _record(statement, EventType.OUTPUT_STATED, by)
        notifications.tell_of_authorisation(authorisation, EventType.OUTPUT_STATED)
    elif statement.season_id != row.pk:
        raise not_permitted()
    return statement


def _record(statement: OutputStatement, event: EventType, by: Actor) -> None:
    payload = sealed({"season": statement.season.name, "quantity": statement.quantity}, statement.nonce)
    subject = authorisation_subject(statement.season.authorisation)
    journal.record(Event(event, subject, payload, timezone.localdate()), by=by)


@transaction.atomic
def certify(statement: OutputStatement, *, by: Actor) -> None:
    """The output counts from now on."""
    _decide(statement, label_states.CERTIFY, by=by, text="")
    Season.objects.filter(pk=statement.season_id).update(certified=F("certified") + statement.quantity)


@transaction.atomic
def refuse(statement: OutputStatement, *, by: Actor, text: str) -> None:
    """Do not certify; the enterprise reads why."""
    _decide(statement, label_states.REFUSE_OUTPUT, by=by, text=text)


@transaction.atomic
def withdraw(statement: OutputStatement, *, by: Actor) -> None:
    """The enterprise takes its statement back while nobody has decided."""
    must_act_for(by, statement.season.authorisation.enterprise)
    _decide(statement, label_states.WITHDRAW_OUTPUT, by=by, text="")


def _decide(statement: OutputStatement, move: Move, *, by: Actor, text: str) -> None:
    statement.season.authorisation = authorisation = held(statement.season.authorisation)
    Season.objects.select_for_update().get(pk=statement.season_id)  # held before the journal, like all rows
    apply_move(
        statement, move, by=by, subject=authorisation_subject(authorisation), division=division_of(authorisation),
        effective_on=timezone.localdate(), reason=text, reason_is_public=False, state_field="state",
        changes={"decided_on": timezone.localdate(), "decision": text.strip()},
        payload=sealed({"season": statement.season.name, "quantity": statement.quantity}, statement.nonce),
    )  # fmt: skip
    if move.permission != Permission.APPLY_FOR_MARK:
        notifications.tell_of_authorisation(authorisation, move.event)


@transaction.atomic
def reduce(season: Season, *, by: Actor, nonce: uuid.UUID, quantity: int, text: str) -> OutputStatement:
    """The office corrects certified output downwards, never below what labels were issued for."""
    authorisation = held(season.authorisation)
    if not territory.may(by, Permission.ISSUE_LABELS, division_of(authorisation)):
        raise not_permitted()
    if not text.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    if quantity <= 0:
        raise MoveRefused("nothing_stated", _("State a quantity greater than zero."))
    if found := OutputStatement.objects.filter(nonce=nonce).first():
        if found.season_id != season.pk:
            raise not_permitted()
        return found
    rows = Season.objects.filter(pk=season.pk, certified__gte=F("committed") + F("reserved") + quantity)
    if not rows.update(certified=F("certified") - quantity):
        raise MoveRefused("over_allowance", _("Labels were issued for this output already; recall or take back first."))
    statement = OutputStatement(
        season=season, nonce=nonce, quantity=-quantity, evidence=text.strip(), state=StatementState.CERTIFIED,
        stated_by_id=by.person, decided_on=timezone.localdate(), decision=text.strip(),
    )  # fmt: skip
    amendments.insert(statement)
    statement.season.authorisation = authorisation
    _record(statement, EventType.OUTPUT_CERTIFIED, by)
    notifications.tell_of_authorisation(authorisation, EventType.OUTPUT_CERTIFIED)
    return statement
