"""LEAF. Words and moves of plans: what a territory wants to reach, and when."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class PlanState(TextChoices):
    """Where a plan stands. A draft is seen only by those who could adopt it."""

    DRAFT = "draft", _("draft")
    ADOPTED = "adopted", _("adopted")
    CLOSED = "closed", _("closed")


class MeasureKind(TextChoices):
    """What a plan measures. The counts are the register's own (docs/coverage.md)."""

    UNITS_COVERED = "units_covered", _("listed units covered")
    NEW_PRODUCTS = "new_products", _("new products")
    NEW_ENTERPRISES = "new_enterprises", _("new authorised enterprises in listed units")
    PEOPLE_TRAINED = "people_trained", _("people trained")


# Counted from the first day of the plan on; the others are a state on a date.
FLOWS = frozenset({MeasureKind.NEW_PRODUCTS, MeasureKind.NEW_ENTERPRISES, MeasureKind.PEOPLE_TRAINED})

PLAN_MOVES = (
    Move(
        name="adopt",
        label=_("adopt"),
        sources=frozenset({PlanState.DRAFT}),
        target=PlanState.ADOPTED,
        permission=Permission.KEEP_PLANS,
        event=EventType.PLAN_ADOPTED,
    ),
    Move(
        name="close",
        label=_("close"),
        sources=frozenset({PlanState.ADOPTED}),
        target=PlanState.CLOSED,
        permission=Permission.KEEP_PLANS,
        event=EventType.PLAN_CLOSED,
        needs_reason=True,
    ),
)
ADOPT, CLOSE = PLAN_MOVES
