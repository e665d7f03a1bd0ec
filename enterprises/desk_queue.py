"""READER. What waits at the desk: the files an official may read, their clocks, and the moves that are open.

The territory is part of every query here; nothing is left to the pages.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enterprises import case_files, credit_codes, states
from enterprises.application_models import (
    Deadline,
    MarkApplication,
    MarkApplicationQuerySet,
    Notice,
    StopCase,
)
from enterprises.clocks import OF_ENTERPRISE, ClockKind
from enterprises.states import OPEN, ApplicationState, StopState
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division, JournalEntry
from gi_registry.roles import RULES, Permission, Role
from gi_registry.search_text import parse_query
from gi_registry.state_tables import Move
from gi_registry.working_days import after_working_days, working_days_between
from products.models import ProductSearchText

SOON = 3  # working days
MOST_NEWS = 100  # unread notices that are looked through
# Steps of the desk, each on a page of its own; announcing has its own pages, the others are the enterprise's.
DESK_MOVES = tuple(
    move for move in states.APPLICATION_MOVES
    if move.permission not in (Permission.APPLY_FOR_MARK, Permission.ANNOUNCE_MARK_USE)
)  # fmt: skip
DECIDING = (Permission.APPROVE_MARK_USE, Permission.DECIDE_NATIONALLY)
BACKWARD = (ApplicationState.DEFECTS, ApplicationState.NOT_ACCEPTED, ApplicationState.REFUSED)
VIEWS = ("waiting", "mine", "open", "finished", "any")


# --- Clocks ---


@dataclass(frozen=True)
class Face:
    """A running clock as it is shown. `left`: working days until the last day, or since it when `late`."""

    clock: Deadline
    left: int
    late: bool
    of_enterprise: bool

    @property
    def is_soon(self) -> bool:
        """Whether little time is left."""
        return not self.late and self.left <= SOON

    @property
    def words(self) -> str:
        """How much time is left, or how much too late it is."""
        if self.late:
            text = ngettext("{number} working day late", "{number} working days late", self.left)
            return text.format(number=self.left) if self.left else _("time is over")
        text = ngettext("{number} working day left", "{number} working days left", self.left)
        return text.format(number=self.left) if self.left else _("today is the last day")


def face(file: MarkApplication, today: datetime.date | None = None) -> Face | None:
    """The running clock of a file; no query where the deadlines are loaded."""
    today = today or timezone.localdate()
    running = [row for row in file.deadlines.all() if row.stopped_on is None]
    if not running:
        return None
    clock = min(running, key=lambda row: row.due_on)
    late = today > clock.due_on
    left = abs(working_days_between(today, clock.due_on))
    return Face(clock, left, late, of_enterprise=clock.kind in OF_ENTERPRISE)


def accepted_since(file: MarkApplication) -> datetime.date | None:
    """The day from which a file counts as accepted because nothing was said in time."""
    clock = file.clock(ClockKind.ACCEPTANCE)
    return clock.started_on if clock and file.is_deemed_accepted else None


# --- The queue ---


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to; empty means the default. `view`: one of VIEWS."""

    view: str = ""
    state: str = ""
    kind: str = ""
    late: bool = False
    county: Division | None = None
    q: str = ""


def turn(actors: Iterable[Actor], today: datetime.date | None = None) -> Q:
    """Condition on files: in a state in which one of the roles could make a move, inside its territory.

    A file whose defects are being mended waits for the enterprise until its time is over. Whoever has reviewed a
    file does not wait for it any more: somebody else has to decide.
    """
    today = today or timezone.localdate()
    found = Q(pk__in=[])
    for actor in actors:
        moves = [move for move in states.APPLICATION_MOVES if actor.has(move.permission)]
        wanted = {state for move in moves for state in move.sources} - {ApplicationState.DEFECTS}
        reach = Q(state__in=wanted)
        if actor.has(Permission.REVIEW_MARK_USE):
            over = Deadline.objects.filter(kind=ClockKind.REPLY, stopped_on=None, due_on__lt=today)
            reach |= Q(state=ApplicationState.DEFECTS, pk__in=over.values("application"))
        deciding = {state for move in moves if move.permission in DECIDING for state in move.sources}
        if deciding:
            reach &= ~Q(state__in=deciding, reference__in=_reviewed(actor))
        if RULES[actor.role].territorial:
            code = actor.division.code if actor.division else ""
            reach &= Q(division__in=Division.objects.within(code).values("pk"))
        found |= reach
    return found


def _reviewed(actor: Actor) -> Any:
    """References of the files on which the person has made a step at the desk (see `reviewer_references`)."""
    officials = (Role.REVIEWER, Role.APPROVER, Role.OFFICER)
    rows = JournalEntry.objects.filter(subject_kind="application", actor=actor.reference, actor_role__in=officials)
    return rows.order_by().values("subject_id")


def default_view(actors: Iterable[Actor]) -> str:
    """Who only reads has nothing waiting, and sees all open files first."""
    return "waiting" if any(actor.has(one) for actor in actors for one in case_files.HANDLING) else "open"


def files(actors: Sequence[Actor], wanted: Wanted, *, person: int) -> MarkApplicationQuerySet:
    """The files that answer, the most urgent first: by the running clock, then by the day they came."""
    rows = _viewed(actors, wanted.view or default_view(actors), person)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.county:
        rows = rows.filter(division=wanted.county)
    if wanted.late:
        rows = rows.filter(pk__in=_running(before=timezone.localdate()))
    if wanted.q.strip():
        rows = rows.filter(answers(wanted.q))
    clocks = Deadline.objects.filter(application=OuterRef("pk"), stopped_on=None).order_by("due_on").values("due_on")
    rows = rows.annotate(due=Subquery(clocks[:1])).select_related("product", "enterprise", "division")
    rows = rows.order_by(F("due").asc(nulls_last=True), "-submitted_at", "-pk")
    return rows.prefetch_related(Prefetch("deadlines", Deadline.objects.filter(stopped_on=None)))


def _viewed(actors: Sequence[Actor], view: str, person: int) -> MarkApplicationQuerySet:
    rows = case_files.visible_to(actors)
    if view == "waiting":
        return rows.filter(turn(actors))
    if view == "mine":
        return rows.open().filter(assigned_to=person)
    if view == "open":
        return rows.open()
    return rows.exclude(state__in=OPEN) if view == "finished" else rows


def _running(*, before: datetime.date, since: datetime.date | None = None) -> Any:
    """Files whose running clock ends before a day (and not before another)."""
    rows = Deadline.objects.filter(stopped_on=None, due_on__lt=before)
    return (rows.filter(due_on__gte=since) if since else rows).values("application")


def answers(text: str) -> Q:
    """Condition on files: reference, enterprise, credit code or product hold the text."""
    text = text.strip()
    found = Q(reference__icontains=text) | Q(enterprise__name_zh__icontains=text) | Q(product__name_zh__icontains=text)
    if code := credit_codes.normalise(text):
        found |= Q(enterprise__uscc__icontains=code)
    if query := parse_query(text):
        found |= Q(product__in=ProductSearchText.objects.filter(tokens__matches=query).values("product"))
    return found


def counties(actors: Iterable[Actor]) -> Any:
    """The divisions that files lie in."""
    places = case_files.visible_to(actors).order_by().values("division")
    return Division.objects.filter(pk__in=places).order_by("code")


@dataclass(frozen=True)
class Counts:
    """Open files at a glance. `late`, `soon`: a clock has run out, or does within SOON working days."""

    waiting: int
    late: int
    soon: int
    open: int


def count(actors: Sequence[Actor]) -> Counts:
    """The figures above the queue, of all open files that may be read. One query."""
    today = timezone.localdate()
    ends = after_working_days(today, SOON).last_day + datetime.timedelta(days=1)
    rows = case_files.visible_to(actors).open().order_by()
    figures = rows.aggregate(
        waiting=Count("pk", filter=turn(actors)),
        late=Count("pk", filter=Q(pk__in=_running(before=today))),
        soon=Count("pk", filter=Q(pk__in=_running(before=ends, since=today))),
        open=Count("pk"),
    )
    return Counts(**figures)


def news(actors: Iterable[Actor], person: int) -> list[Notice]:
    """What somebody has not read yet, the latest of each file that the person may read. One query."""
    rows = Notice.objects.filter(user=person, read_at=None, application__in=case_files.visible_to(actors))
    latest: dict[int | None, Notice] = {}
    for row in rows.select_related("application__product")[:MOST_NEWS]:
        latest.setdefault(row.application_id, row)
    return list(latest.values())


# --- What waits to be announced; the officer announces for the whole country ---


def approved() -> MarkApplicationQuerySet:
    """The files that wait to be announced."""
    rows = MarkApplication.objects.filter(state=ApplicationState.APPROVED)
    return rows.select_related("product", "enterprise", "division").order_by("decided_on", "pk")


def ended() -> QuerySet[StopCase]:
    """Decided ends of authorisations that no announcement tells of yet."""
    rows = StopCase.objects.filter(state=StopState.DECIDED, announcement=None)
    return rows.select_related("authorisation__enterprise", "authorisation__product").order_by("decided_on", "pk")


# --- One file ---


def by_reference(actors: Iterable[Actor], reference: str) -> MarkApplication | None:
    """A file that one of the roles may read."""
    related = "product", "enterprise", "division__parent__parent", "authorisation", "announcement"
    rows = case_files.visible_to(actors).select_related(*related).prefetch_related("deadlines")
    return rows.filter(reference=reference).first()


@dataclass(frozen=True)
class Option:
    """A step that somebody's role and territory allow; `refusal` says why it cannot be taken now."""

    move: Move
    by: Actor
    refusal: str | Promise | None = None

    @property
    def is_onward(self) -> bool:
        """Whether the step brings the enterprise closer to what it asks for; only these stand out."""
        return self.move.target not in BACKWARD


def options(file: MarkApplication, actors: Sequence[Actor]) -> list[Option]:
    """The steps of the desk in the present state of a file, those that are refused too."""
    found = (option(file, move, actors, file.division) for move in DESK_MOVES if file.state in move.sources)
    return [one for one in found if one is not None]


def option(record: Any, move: Move, actors: Sequence[Actor], division: Division | None) -> Option | None:
    """One step, in the first role for which nothing stands against it; None where no role reaches the division.

    Nothing is said here about the state of the record.
    """
    able = [actor for actor in actors if territory.may(actor, move.permission, division)]
    tried = [Option(move, actor, move.guard(record, actor) or None) for actor in able]
    return next((one for one in tried if one.refusal is None), tried[0] if tried else None)
