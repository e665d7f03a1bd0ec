"""READER. Draws, inspections, inspectors and grades at the desk: who sees what, what waits, what can be done.

Officials see what lies in their territory; an inspector with an account also what was drawn for them elsewhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from enterprises import supervised
from enterprises.case_files import division_of, within_reach
from enterprises.desk_queue import Option, option
from enterprises.inspection_models import CreditGrade, Inspection, InspectionDraw, Inspector
from enterprises.inspection_states import (
    DRAW_MOVES,
    FOLLOW_UP,
    FOLLOW_UP_NEEDED,
    INSPECTION_MOVES,
    RECORD,
    DrawState,
    InspectionState,
)
from enterprises.models import Authorisation, Enterprise
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from gi_registry.state_tables import Move
from products.system_models import CheckItem

WAITING, TO_PUBLISH, TO_FOLLOW_UP, LATE, ALL = "waiting", "to_publish", "to_follow_up", "late", "all"


# --- Draws ---


def draws(actors: Iterable[Actor]) -> QuerySet[InspectionDraw]:
    """The draws of the territory, the newest first, without their long lists."""
    rows = InspectionDraw.objects.filter(within_reach(actors, "division")).defer("lists")
    return rows.select_related("division__parent__parent", "product")


def draw_of(actors: Iterable[Actor], reference: str) -> InspectionDraw | None:
    """One draw of the territory, with its lists."""
    return draws(actors).defer(None).filter(reference=reference.upper()).first()


def draw_option(draw: InspectionDraw, actors: Sequence[Actor], name: str) -> Option | None:
    """One step of a draw by its name, whatever the state; None where no role of the person reaches so far."""
    move = next((one for one in DRAW_MOVES if one.name == name), None)
    return option(draw, move, actors, draw.division) if move else None


def draw_options(draw: InspectionDraw, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with a draw now."""
    found = (option(draw, move, actors, draw.division) for move in DRAW_MOVES if draw.state in move.sources)
    return [one for one in found if one is not None]


def keepable(actors: Iterable[Actor]) -> QuerySet[Division]:
    """The divisions for which somebody may draw, and keep inspectors."""
    keepers = [actor for actor in actors if actor.has(Permission.KEEP_INSPECTIONS)]
    rows = Division.objects.current().select_related("parent__parent").order_by("code")
    return rows.filter(within_reach(keepers, "pk"))


def keeps(actors: Iterable[Actor]) -> bool:
    """Whether somebody keeps inspections anywhere, and does not only read or record them."""
    return any(actor.has(Permission.KEEP_INSPECTIONS) for actor in actors)


def keeps_everywhere(actors: Iterable[Actor]) -> bool:
    """Whether somebody may draw from the whole country."""
    return any(actor.has(Permission.KEEP_INSPECTIONS) and not RULES[actor.role].territorial for actor in actors)


# --- Inspections ---


def inspections(actors: Sequence[Actor]) -> QuerySet[Inspection]:
    """The inspections of the territory, and those that somebody was drawn for."""
    people = [actor.person for actor in actors]
    mine = Inspection.inspectors.through.objects.filter(inspector__account__in=people).values("inspection")
    here = supervised.watched_by(actors).order_by().values("pk")
    rows = Inspection.objects.filter(Q(authorisation__in=here) | Q(pk__in=mine)).defer("draw__lists")
    return rows.select_related(
        "draw__division__parent__parent", "authorisation__enterprise__province", "authorisation__product"
    )


def late(today: datetime.date | None = None) -> Q:
    """Condition on inspections: the result should be public by now, or the fault put right."""
    today = today or timezone.localdate()
    return Q(state=InspectionState.RECORDED, publish_by__lt=today) | Q(
        state=InspectionState.PUBLISHED, follow_up_by__lt=today
    )


def view_of(name: str, today: datetime.date | None = None) -> Q:
    """Condition on inspections of one view of the list."""
    return {
        WAITING: Q(state=InspectionState.DRAWN),
        TO_PUBLISH: Q(state=InspectionState.RECORDED),
        TO_FOLLOW_UP: Q(state=InspectionState.PUBLISHED, result__in=sorted(FOLLOW_UP_NEEDED)),
        LATE: late(today),
    }.get(name, Q())


@dataclass(frozen=True)
class Counts:
    """How many inspections of the territory wait, and for what."""

    waiting: int
    to_publish: int
    to_follow_up: int
    late: int


def counts(actors: Sequence[Actor]) -> Counts:
    """The numbers at the head of the list, in one query."""
    names = (WAITING, TO_PUBLISH, TO_FOLLOW_UP, LATE)
    found = inspections(actors).order_by().aggregate(**{name: Count("pk", filter=view_of(name)) for name in names})
    return Counts(**found)


def found(actors: Sequence[Actor], view: str, q: str = "") -> QuerySet[Inspection]:
    """The inspections that answer, what waits longest first."""
    rows = inspections(actors).filter(view_of(view)).prefetch_related("inspectors")
    if q.strip():
        named = Authorisation.objects.filter(supervised.answers(q)).values("pk")
        rows = rows.filter(Q(authorisation__in=named) | Q(draw__reference__icontains=q.strip()))
    return rows.order_by("draw_id" if view in (WAITING, TO_PUBLISH, TO_FOLLOW_UP, LATE) else "-draw_id", "place")


def inspection_of(actors: Sequence[Actor], reference: str, place: int) -> Inspection | None:
    """One inspection that somebody may see, by its draw and its place in it."""
    rows = inspections(actors).prefetch_related("inspectors__division")
    return rows.filter(draw__reference=reference.upper(), place=place).first()


def place_for(inspection: Inspection, move: Move, by: Actor) -> Division | None:
    """The division that a role has to reach for a step.

    That of the authorisation; but an inspector who was drawn may come from another county, so that for recording and
    following up the own territory is enough.
    """
    inspects = move in (RECORD, FOLLOW_UP) and by.reference.startswith("user:")
    if inspects and inspection.inspectors.filter(account=by.person).exists():
        return by.division
    return division_of(inspection.authorisation)


def inspection_option(inspection: Inspection, actors: Sequence[Actor], name: str) -> Option | None:
    """One step of an inspection by its name, whatever the state; None where no role of the person reaches so far."""
    move = next((one for one in INSPECTION_MOVES if one.name == name), None)
    if move is None:
        return None
    tried = (option(inspection, move, [actor], place_for(inspection, move, actor)) for actor in actors)
    found = [one for one in tried if one is not None]
    return next((one for one in found if one.refusal is None), found[0] if found else None)


def inspection_options(inspection: Inspection, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with an inspection now. A result without a fault offers no follow-up at all."""
    names = [move.name for move in INSPECTION_MOVES if inspection.state in move.sources]
    found = (inspection_option(inspection, actors, name) for name in names)
    return [one for one in found if one is not None and not (one.move == FOLLOW_UP and one.refusal)]


def check_items(authorisation: Authorisation, on: datetime.date) -> list[CheckItem]:
    """What has to be checked of the product on a day."""
    stands = Q(effective_to=None) | Q(effective_to__gt=on)
    return list(CheckItem.objects.filter(stands, product=authorisation.product_id, effective_from__lte=on))


# --- Inspectors and grades ---


def inspectors(actors: Iterable[Actor]) -> QuerySet[Inspector]:
    """The inspectors of offices in the territory."""
    rows = Inspector.objects.filter(within_reach(actors, "division"))
    return rows.select_related("division__parent__parent", "account")


def graded(actors: Sequence[Actor], q: str = "", grade: str = "") -> QuerySet[Enterprise]:
    """The enterprises of the territory with today's grade as `grade_now`, None for those without."""
    now = CreditGrade.objects.on().filter(enterprise=OuterRef("pk")).values("grade")[:1]
    here = supervised.watched_by(actors).order_by().values("enterprise")
    rows = Enterprise.objects.public().filter(Q(pk__in=here) | within_reach(actors, "province"))
    rows = rows.annotate(grade_now=Subquery(now)).select_related("province__parent__parent")
    if q.strip():
        named = Authorisation.objects.filter(supervised.answers(q)).values("enterprise")
        rows = rows.filter(Q(pk__in=named) | Q(reference__iexact=q.strip()))
    if grade:
        rows = rows.filter(grade_now=None if grade == "none" else grade)  # type: ignore[misc]
    return rows.order_by("name_zh", "pk")


def waiting_draws(actors: Iterable[Actor]) -> QuerySet[InspectionDraw]:
    """The draws of the territory whose lists are fixed."""
    return draws(actors).filter(state=DrawState.FIXED)
