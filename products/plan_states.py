"""LEAF. Words and moves of plans: what a territory wants to reach, and when."""

from __future__ import annotations

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class PlanState(TextChoices):
    """Where a plan stands. A draft is seen only by those who could adopt it."""

    DRAFT = "draft", _("draft")
    ADOPTED = "adopted", _("adopted")
    CLOSED = "closed", _("over")


class MeasureKind(TextChoices):
    """What a plan measures. The counts are the register's own (docs/coverage.md)."""

    UNITS_COVERED = "units_covered", _("listed units covered")
    NEW_PRODUCTS = "new_products", _("new products")
    NEW_ENTERPRISES = "new_enterprises", _("new authorised enterprises in listed units")
    PEOPLE_TRAINED = "people_trained", _("people trained")


# Beyond the draft a plan changes only with a reason, and may be made public.
STANDING = frozenset({PlanState.ADOPTED, PlanState.CLOSED})
# Counted from the first day of the plan on; the others are a state on a date.
FLOWS = frozenset({MeasureKind.NEW_PRODUCTS, MeasureKind.NEW_ENTERPRISES, MeasureKind.PEOPLE_TRAINED})


def has_a_measure(plan: Any, by: Any) -> Any:
    """A plan without a number to reach says nothing."""
    return None if plan.measures.exists() else _("Set at least one measure first.")


PLAN_MOVES = (
    Move(
        name="adopt",
        label=_("adopt the plan"),
        sources=frozenset({PlanState.DRAFT}),
        target=PlanState.ADOPTED,
        permission=Permission.KEEP_PLANS,
        event=EventType.PLAN_ADOPTED,
        guard=has_a_measure,
    ),
    Move(
        name="close",
        label=_("close the plan"),
        sources=frozenset({PlanState.ADOPTED}),
        target=PlanState.CLOSED,
        permission=Permission.KEEP_PLANS,
        event=EventType.PLAN_CLOSED,
        needs_reason=True,
    ),
)
ADOPT, CLOSE = PLAN_MOVES
