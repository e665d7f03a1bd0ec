"""READER. The authorisations that officials watch over: which, what stands out, and what can be done with each."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises import credit_codes, states
from enterprises.application_models import StopCase
from enterprises.case_files import within_reach
from enterprises.clocks import NON_USE_MONTHS
from enterprises.desk_queue import Option, option
from enterprises.models import Authorisation, AuthorisationQuerySet, Suspension, Terms
from enterprises.states import AuthorisationBasis, AuthorisationState, StopState
from gi_registry import territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Permission
from gi_registry.search_text import parse_query
from gi_registry.state_tables import Move
from gi_registry.working_days import after_months
from products.models import ProductSearchText


def no_proposal_open(authorisation: Any, by: Any) -> Any:
    """One proposal at a time."""
    if open_case(authorisation) is not None:
        return _("A proposal to end it is waiting for its decision.")
    return None


# Proposing changes no state of the authorisation, so that it is no row of its table; the page needs it as one.
PROPOSE_STOP = Move(
    name="propose_stop",
    label=_("propose to end the authorisation"),
    sources=states.STOP.sources,
    target="",
    permission=Permission.REVIEW_MARK_USE,
    event=EventType.STOP_PROPOSED,
    needs_reason=True,
    guard=no_proposal_open,
)
STEPS = (
    states.ORDER_RECTIFICATION, states.CONFIRM_RECTIFICATION, states.SUSPEND, states.RESUME, PROPOSE_STOP,
)  # fmt: skip


def placed() -> AuthorisationQuerySet:
    """All authorisations, each with the division whose officials watch over it as `watched_in`.

    That is the division of the file of the latest terms, else the province of the enterprise.
    """
    latest = Terms.objects.filter(authorisation=OuterRef("pk")).order_by("-effective_from", "-pk")
    place = Coalesce(
        Subquery(latest.values("application__division")[:1]), "enterprise__province", output_field=BigIntegerField()
    )
    return Authorisation.objects.annotate(watched_in=place)


def watched_by(actors: Iterable[Actor]) -> AuthorisationQuerySet:
    """The authorisations inside the territory of one of the roles, each with its division as `watched_in`."""
    rows = placed().filter(within_reach(actors, "watched_in"))
    return rows.select_related("enterprise__province", "product__province", "announcement")


def found(actors: Iterable[Actor], q: str = "", state: str = "") -> AuthorisationQuerySet:
    """The authorisations that answer: open proposals and orders to rectify first, then the latest."""
    rows = watched_by(actors)
    if state:
        rows = rows.filter(state=state)
    if q.strip():
        rows = rows.filter(answers(q))
    proposals = StopCase.objects.filter(authorisation=OuterRef("pk"), state=StopState.PROPOSED).values("pk")
    return rows.annotate(proposal=Subquery(proposals[:1])).order_by(_rank(), "-effective_from", "-pk")


def _rank() -> Any:
    urgent = When(proposal__isnull=False, then=Value(0))
    return Case(urgent, When(state=AuthorisationState.RECTIFYING, then=Value(1)), default=Value(2))


def answers(text: str) -> Q:
    """Condition on authorisations: reference, enterprise, credit code or product hold the text."""
    text = text.strip()
    hit = Q(reference__icontains=text) | Q(enterprise__name_zh__icontains=text) | Q(product_text__icontains=text)
    if code := credit_codes.normalise(text):
        hit |= Q(enterprise__uscc__icontains=code)
    if query := parse_query(text):
        hit |= Q(product__in=ProductSearchText.objects.filter(tokens__matches=query).values("product"))
    return hit


def unused_since(authorisation: Authorisation, today: datetime.date | None = None) -> datetime.date | None:
    """The day since which no use is on record, where that is two years or more; only a reason to look closer.

    Asked of authorisations that were decided here: for others the register holds no reports of use at all.
    """
    if authorisation.state not in states.USABLE or authorisation.basis != AuthorisationBasis.DECIDED:
        return None
    since = authorisation.last_used_on or authorisation.effective_from
    over = after_months(since, NON_USE_MONTHS).last_day < (today or timezone.localdate())
    return since if over else None


# --- One authorisation ---


def open_case(authorisation: Authorisation) -> StopCase | None:
    """The proposal to end it that waits for its decision."""
    return authorisation.stop_cases.filter(state=StopState.PROPOSED).first()


def suspension_of(authorisation: Authorisation) -> Suspension | None:
    """The suspension that is not lifted."""
    return authorisation.suspensions.filter(effective_to=None).last()


def place_of(authorisation: Any) -> Division | None:
    """Whose officials watch over an authorisation that came from `watched_by`."""
    return Division.objects.select_related("parent__parent").filter(pk=authorisation.watched_in).first()


def steps(authorisation: Any, case: StopCase | None, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do in the present state, with what stands against it."""
    tried = (step(authorisation, case, actors, move.name) for move in (*STEPS, *states.STOP_MOVES))
    return [one for one in tried if one is not None and is_open(authorisation, case, one.move)]


def step(authorisation: Any, case: StopCase | None, actors: Sequence[Actor], name: str) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person reaches so far."""
    move = next((one for one in (*STEPS, *states.STOP_MOVES) if one.name == name), None)
    if move is None:
        return None
    place = place_of(authorisation)
    if move not in states.STOP_MOVES:
        return option(authorisation, move, actors, place)
    if case is not None:
        return option(case, move, actors, place)
    able = [actor for actor in actors if territory.may(actor, move.permission, place)]
    return Option(move, able[0], _("No proposal waits for a decision.")) if able else None


def is_open(authorisation: Any, case: StopCase | None, move: Move) -> bool:
    """Whether a step belongs to the present state."""
    return case is not None if move in states.STOP_MOVES else authorisation.state in move.sources
