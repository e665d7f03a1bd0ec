"""READER. Which protection cases an official may read, and which of them wait for a step of theirs.

The territory is part of every query here; nothing is left to the pages.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from enterprises.desk_queue import Face
from gi_registry.journal import Actor
from gi_registry.models import Division, JournalEntry
from gi_registry.roles import RULES, Permission, Role
from gi_registry.working_days import working_days_between
from products import cases
from products.case_models import CaseDeadline, ProtectionCase, ProtectionCaseQuerySet
from products.case_states import (
    EDITABLE_CASES,
    OPEN_CASES,
    CaseClock,
    CaseKind,
    CaseState,
    LegalBasis,
    moves_of,
)
from products.objection_models import PublicNotice

VIEWS = ("waiting", "open", "finished", "drafts", "any")
TABLES = (
    (CaseKind.RECOGNITION, LegalBasis.ORDER_80), (CaseKind.RECOGNITION, LegalBasis.ORDER_78),
    (CaseKind.CHANGE, LegalBasis.ORDER_80), (CaseKind.REVOCATION, LegalBasis.ORDER_80),
)  # fmt: skip
# Possible at any time, and therefore nothing that a case waits for; an objection is taken up where it is admitted.
NOT_AWAITED = frozenset({"withdraw", "oppose"})
# From these only a decision leads on, by somebody who made no earlier step.
ONLY_DECIDED = (CaseState.PRELIMINARY, CaseState.OPPOSED, CaseState.REQUESTED)
MAY_STAND_OPEN = (CaseState.PRELIMINARY, CaseState.ACCEPTED)  # states in which the public may be objecting


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to; empty means the default. `view`: one of VIEWS."""

    view: str = ""
    kind: str = ""
    law: str = ""
    state: str = ""
    county: Division | None = None
    late: bool = False
    q: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the view was chosen."""
        return any([self.kind, self.law, self.state, self.county, self.late, self.q])


def face(case: ProtectionCase, today: datetime.date | None = None) -> Face | None:
    """The running clock of a case; no query where the deadlines are loaded. It never is an enterprise's."""
    today = today or timezone.localdate()
    running = [row for row in case.deadlines.all() if row.stopped_on is None]
    if not running:
        return None
    clock = min(running, key=lambda row: row.due_on)
    left = abs(working_days_between(today, clock.due_on))
    return Face(clock, left, late=today > clock.due_on, of_enterprise=False)  # type: ignore[arg-type]


def default_view(actors: Iterable[Actor]) -> str:
    """Who only reads has nothing waiting, and sees all open cases first."""
    return "waiting" if any(actor.has(one) for actor in actors for one in cases.HANDLING) else "open"


def turn(actors: Iterable[Actor], person: int, today: datetime.date | None = None) -> Q:
    """Condition on cases: in a state in which one of the roles could make the next step, inside its territory.

    A draft waits in the territory that prepares it; for somebody without a territory only the own ones do. While the
    public may object a case waits for nobody, and a decision waits for those who made no earlier step.
    """
    today = today or timezone.localdate()
    found = Q(pk__in=[])
    for actor in actors:
        onward = _onward(actor, person, today)
        if RULES[actor.role].territorial:
            code = actor.division.code if actor.division else ""
            onward &= Q(division__in=Division.objects.within(code).values("pk"))
        found |= onward
    return found


def _onward(actor: Actor, person: int, today: datetime.date) -> Q:
    found = Q(pk__in=[])
    for kind, law in TABLES:
        moves = [move for move in moves_of(kind, law) if actor.has(move.permission) and move.name not in NOT_AWAITED]
        states = {source for move in moves for source in move.sources} - EDITABLE_CASES
        found |= Q(kind=kind, legal_basis=law, state__in=sorted(states))
    objecting = PublicNotice.objects.filter(last_day__gte=today, case__isnull=False).values("case")
    found &= ~Q(state__in=MAY_STAND_OPEN, pk__in=objecting)
    found &= ~Q(state__in=ONLY_DECIDED, reference__in=_handled(actor))
    if actor.has(Permission.PREPARE_CASES):
        own = Q() if RULES[actor.role].territorial else Q(started_by=person)
        found |= Q(state__in=sorted(EDITABLE_CASES)) & own
    if actor.has(Permission.EXAMINE_CASES):
        over = CaseDeadline.objects.filter(kind=CaseClock.REPLY, stopped_on=None, due_on__lt=today)
        found |= Q(state=CaseState.DEFECTS, pk__in=over.values("case"))
    return found


def _handled(actor: Actor) -> Any:
    """References of the cases in which the person made a step; see `ProtectionCase.handler_references`."""
    officials = (Role.REVIEWER, Role.APPROVER, Role.OFFICER)
    rows = JournalEntry.objects.filter(subject_kind="case", actor=actor.reference, actor_role__in=officials)
    return rows.order_by().values("subject_id")


def found(actors: Sequence[Actor], wanted: Wanted, *, person: int) -> ProtectionCaseQuerySet:
    """The cases that answer, the most urgent first: by the running clock, then the latest filed."""
    rows = _viewed(actors, wanted.view or default_view(actors), person)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.law:
        rows = rows.filter(legal_basis=wanted.law)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.county:
        rows = rows.filter(division=wanted.county)
    if wanted.late:
        rows = rows.filter(pk__in=_late())
    if text := wanted.q.strip():
        rows = rows.filter(
            Q(reference__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
            | Q(applicant__icontains=text)
        )  # fmt: skip
    clocks = CaseDeadline.objects.filter(case=OuterRef("pk"), stopped_on=None).order_by("due_on").values("due_on")
    rows = rows.annotate(due=Subquery(clocks[:1])).select_related("division__parent__parent", "right__product")
    rows = rows.order_by(F("due").asc(nulls_last=True), F("filed_on").desc(nulls_first=True), "-pk")
    return rows.prefetch_related(Prefetch("deadlines", CaseDeadline.objects.filter(stopped_on=None)))


def _viewed(actors: Sequence[Actor], view: str, person: int) -> ProtectionCaseQuerySet:
    rows = cases.visible(actors)
    if view == "waiting":
        return rows.filter(turn(actors, person))
    if view == "open":
        return rows.open()
    if view == "drafts":
        return rows.filter(state=CaseState.DRAFT)
    return rows.exclude(state__in=[CaseState.DRAFT, *sorted(OPEN_CASES)]) if view == "finished" else rows


def _late() -> Any:
    return CaseDeadline.objects.filter(stopped_on=None, due_on__lt=timezone.localdate()).values("case")


def counties(actors: Iterable[Actor]) -> Any:
    """The divisions that cases lie in."""
    places = cases.visible(actors).order_by().values("division")
    return Division.objects.filter(pk__in=places).order_by("code")


def figures(actors: Sequence[Actor], person: int) -> dict[str, int]:
    """How many cases wait, are late, and are open; of all that may be read. One query."""
    rows = cases.visible(actors).order_by()
    return rows.aggregate(
        waiting=Count("pk", filter=turn(actors, person)),
        late=Count("pk", filter=Q(pk__in=_late())),
        open=Count("pk", filter=Q(state__in=sorted(OPEN_CASES))),
    )


def announceable(step: str) -> ProtectionCaseQuerySet:
    """The cases from whose state a step leads on that is made with an announcement, the longest filed first.

    Whether a case can take it now is asked of the guard of the step; an officer announces for the whole country.
    """
    wanted = Q(pk__in=[])
    for kind, law in TABLES:
        for move in moves_of(kind, law):
            if move.name == step and cases_need_announcement(step, law):
                wanted |= Q(kind=kind, legal_basis=law, state__in=sorted(move.sources))
    rows = ProtectionCase.objects.filter(wanted).select_related("division__parent__parent", "right__product")
    return rows.order_by("demonstration", "filed_on", "pk")


def cases_need_announcement(step: str, law: str) -> bool:
    """Whether a law tells the public of a step; acceptance is announced under Order 78 only."""
    return step != "accept" or law != LegalBasis.ORDER_80
