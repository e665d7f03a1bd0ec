"""The engine of every decision: a move is one row of a table, applied in one way.

Each app writes its moves as data in its `states.py`. A writer calls `apply_move`; the buttons of a page
come from `allowed_moves`; the state diagrams in the documentation are made from the same rows.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from gi_registry import journal, territory
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division
from gi_registry.state_tables import Move, MoveRefused

__all__ = ["Move", "MoveRefused", "allowed_moves", "apply_move"]


def allowed_moves(
    record: models.Model, table: Iterable[Move], *, by: Actor, division: Division | None, state_field: str = "status"
) -> list[Move]:
    """The moves of a table that the actor could make on the record now."""
    state = getattr(record, state_field)
    return [
        move
        for move in table
        if state in move.sources and territory.may(by, move.permission, division) and not move.guard(record, by)
    ]


def apply_move(
    record: models.Model,
    move: Move,
    *,
    by: Actor,
    subject: Subject,
    division: Division | None,
    effective_on: datetime.date,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    source: str = "",
    state_field: str = "status",
    reason_is_public: bool = True,
) -> None:
    """Make the move, or raise `MoveRefused`; the row and the journal change together.

    The row is updated only while it still is in the state that was read: of two people who decide at the
    same moment one wins and the other is told. `changes` are further columns of the same row. A reason that is
    not public stays out of the journal; the writer keeps it and puts its seal into the payload.
    """
    old_state = getattr(record, state_field)
    if not territory.may(by, move.permission, division):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))
    if old_state not in move.sources:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    if move.needs_reason and not reason.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    if refusal := move.guard(record, by):
        raise MoveRefused("guard", str(refusal))
    new_values = {state_field: move.target, **(changes or {})}
    with transaction.atomic():
        hit = type(record)._default_manager.filter(pk=record.pk, **{state_field: old_state}).update(**new_values)
        if hit != 1:
            raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
        details = {"move": move.name, "from": str(old_state), "to": str(move.target), **(payload or {})}
        if reason.strip() and reason_is_public:
            details["reason"] = reason.strip()
        journal.record(Event(move.event, subject, details, effective_on, source), by=by)
    for name, value in new_values.items():
        setattr(record, name, value)
