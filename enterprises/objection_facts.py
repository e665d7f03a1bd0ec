"""READER. Objections: who at the desk may read them, what waits, what can be done; and the one behind a link."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from enterprises.desk_queue import Option
from enterprises.file_history import role_words
from enterprises.objection_words import WITHDRAWAL
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from products import objection_rules
from products.objection_models import Objection, ObjectionNote
from products.objection_register import named
from products.objection_states import OBJECTION_MOVES, UNDECIDED, ObjectionNoteKind, ObjectionState

UNDECIDED_VIEW, ALL_VIEW = "undecided", "any"


def by_token(token: str) -> Objection | None:
    """The objection that a link leads to."""
    rows = Objection.objects.select_related("notice__case", "notice__agreement", "notice__announcement", "entry")
    return rows.prefetch_related("files").filter(token_sha256=objection_rules.seal_of(token)).first()


def received_on(objection: Objection) -> datetime.date:
    """The day on which it came."""
    return timezone.localdate(objection.received_at)


# --- The queue ---


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to. `view`: undecided, any, or one ObjectionState."""

    view: str = UNDECIDED_VIEW
    ground: str = ""
    q: str = ""


def visible(actors: Iterable[Actor]) -> QuerySet[Objection]:
    """The objections that somebody may read: nationally all; in a territory those to its cases.

    Comments on agreements belong to no territory.
    """
    wanted = Q(pk__in=[])
    for actor in actors:
        if not actor.has(Permission.READ_FILES):
            continue
        if not RULES[actor.role].territorial:
            wanted |= Q(pk__gt=0)
        elif actor.division is not None:
            wanted |= Q(notice__case__division__in=Division.objects.within(actor.division.code).values("pk"))
    return Objection.objects.filter(wanted).select_related(
        "notice__case__division__parent__parent", "notice__agreement", "notice__announcement", "entry"
    )


def found(actors: Iterable[Actor], wanted: Wanted) -> QuerySet[Objection]:
    """The objections that answer: undecided ones first in the order in which they came, then the latest."""
    rows = visible(actors)
    if wanted.view == UNDECIDED_VIEW:
        rows = rows.filter(state__in=sorted(UNDECIDED))
    elif wanted.view != ALL_VIEW:
        rows = rows.filter(state=wanted.view)
    if wanted.ground:
        rows = rows.filter(ground=wanted.ground)
    if text := wanted.q.strip():
        rows = rows.filter(named(text))
    if wanted.view == UNDECIDED_VIEW:
        return rows.order_by("received_at", "pk")
    waits = Case(When(state__in=sorted(UNDECIDED), then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(waits, "-received_at", "-pk")


@dataclass(frozen=True)
class Waiting:
    """A row of the queue: since when it waits for a step, and whether for longer than usual."""

    objection: Objection
    days: int
    late: bool


def waiting(objection: Objection, on: datetime.date | None = None) -> Waiting:
    """How long an objection has waited on a date (default today)."""
    on, came = on or timezone.localdate(), received_on(objection)
    days = (on - objection_rules.waiting_since(objection, came)).days
    return Waiting(objection, max(days, 0), objection_rules.is_late(objection, came, on))


# --- One objection ---


def division_of(objection: Objection) -> Division | None:
    """Whose officials it concerns; none for a comment on an agreement."""
    return objection.notice.case.division if objection.notice.case is not None else None


def works_on(objection: Objection, actors: Iterable[Actor]) -> bool:
    """Whether somebody examines it. Only they see address and contact of whoever objected."""
    return any(territory.may(actor, Permission.EXAMINE_CASES, division_of(objection)) for actor in actors)


def reads_name(objection: Objection, actors: Iterable[Actor]) -> bool:
    """Whether somebody sees the name: who examines, and who asks the applicant for the answer."""
    return any(territory.may(actor, Permission.PREPARE_CASES, division_of(objection)) for actor in actors)


def steps(objection: Objection, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with an objection in its present state, with what stands against it."""
    names = [move.name for move in OBJECTION_MOVES if objection.state in move.sources]
    return [one for name in names if (one := step(objection, actors, name)) is not None]


def step(objection: Objection, actors: Sequence[Actor], name: str) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person reaches so far."""
    move = next((one for one in OBJECTION_MOVES if one.name == name), None)
    if move is None:
        return None
    able = [actor for actor in actors if territory.may(actor, move.permission, division_of(objection))]
    tried = [Option(move, actor, objection_rules.refusal(objection, move, actor)) for actor in able]
    return next((one for one in tried if one.refusal is None), tried[0] if tried else None)


@dataclass(frozen=True)
class Written:
    """What an official wrote: its heading, and in which role."""

    note: ObjectionNote
    heading: str
    role: str


def written(objection: Objection) -> list[Written]:
    """The notes in the order of the steps. What ended a withdrawn objection is no decision and not called one."""
    found = [Written(note, str(note.get_kind_display()), role_words(note.role)) for note in objection.notes.all()]
    if objection.state == ObjectionState.WITHDRAWN and found and found[-1].note.kind == ObjectionNoteKind.DECISION:
        found[-1] = replace(found[-1], heading=str(WITHDRAWAL))
    return found
