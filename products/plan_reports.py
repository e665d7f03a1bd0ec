"""WRITER. What sources say of a plan: reported figures, which stand beside the register's own count and never in it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from products.plan_models import Measure, ReportedFigure
from products.plan_values import FIGURE_COLUMNS, FigureValues, figure_subject, figure_values


@transaction.atomic
def enter_reported(
    measure: Measure, *, by: Actor, on: datetime.date, source: str, **values: Unpack[FigureValues]
) -> ReportedFigure:
    """What a source says was reached on a day. The same figure of the same source twice is one figure."""
    _must_be_allowed(measure, by)
    if found := measure.reported.filter(on=on, source=source).first():
        if amendments.differences(figure_values(found), values):
            raise MoveRefused("duplicate", _("A figure of this day and source stands here already: correct that one."))
        return found
    if on > timezone.localdate():
        raise MoveRefused("future", _("The day lies in the future."))
    figure = ReportedFigure(measure=measure, on=on, source=source, **values)
    amendments.insert(figure)
    _record(figure, {"measure": measure.kind, "on": on, "source": source, **values}, by)
    return figure


@transaction.atomic
def amend_reported(figure: ReportedFigure, *, by: Actor, **values: Unpack[FigureValues]) -> None:
    """Correct what was noted of a source. Of two people the later one is right; the journal has both."""
    _must_be_allowed(figure.measure, by)
    if changes := amendments.differences(figure_values(figure), values):
        amendments.update(figure, changes, FIGURE_COLUMNS)
        _record(figure, amendments.as_payload(changes), by)


def _must_be_allowed(measure: Measure, by: Actor) -> None:
    if not territory.may(by, Permission.KEEP_PLANS, measure.plan.division):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def _record(figure: ReportedFigure, told: Mapping[str, Any], by: Actor) -> None:
    payload, plan = amendments.plain(told), figure.measure.plan
    payload = payload if plan.released_on else sealed(payload, plan.nonce)
    event = Event(EventType.PLAN_FIGURE_ENTERED, figure_subject(figure), payload, timezone.localdate())
    journal.record(event, by=by)
