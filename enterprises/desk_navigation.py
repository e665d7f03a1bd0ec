"""READER. The ways through the desk: every place that somebody may open, in groups, and how much waits at each.

Every page of the desk shows the same ways. Which of them are there follows from the roles; the numbers ask the
same queries as the pages behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enterprises import (
    case_files,
    case_queue,
    desk_queue,
    inspection_queue,
    label_queue,
    objection_facts,
    report_facts,
    signal_facts,
    use_queue,
)
from enterprises.label_states import WAITING_BATCHES, ReportState, SignalState, StatementState
from gi_registry import role_facts
from gi_registry.journal import Actor
from gi_registry.models import JournalHead
from gi_registry.roles import Permission
from products import cases, pipeline
from products.objection_states import UNDECIDED

# Seconds for which numbers are kept while nothing was decided; what people send from outside shows up this late.
KEPT_FOR = 60


@dataclass(frozen=True)
class Place:
    """One page that is always at hand. `name`: of its address; `also`: beginnings of addresses that belong to it,
    below that of the desk; `below`: further pages, shown while somebody is there."""

    name: str
    label: str | Promise
    also: tuple[str, ...] = ()
    below: tuple[Place, ...] = ()
    permission: Permission | None = None
    url: str = ""
    waiting: int = 0
    is_here: bool = False

    @property
    def is_current(self) -> bool:
        """Whether this very entry, and none below it, leads to where somebody is."""
        return self.is_here and not any(one.is_here for one in self.below)


@dataclass(frozen=True)
class Group:
    """Places of one kind of work; the first group has no title."""

    title: str | Promise
    places: Sequence[Place] = field(default_factory=tuple)


GROUPS = (
    Group("", (Place("desk", _("My queue"), ("files/", "notices/")),)),
    Group(
        _("Use of the mark"),
        (
            Place("desk_announce", _("Announce"), permission=Permission.ANNOUNCE_MARK_USE),
            Place("desk_authorisations", _("Authorisations")),
            Place("desk_labels", _("Labels"), ("label-batches/",)),
            Place("desk_use_reports", _("Yearly reports")),
            Place("desk_signals", _("Copies")),
            Place("desk_reports", _("Suspect reports")),
        ),
    ),
    Group(
        _("Protection"),
        (
            Place("desk_cases", _("Cases")),
            Place("desk_objections", _("Objections")),
            Place("desk_zones", _("Demonstration zones")),
            Place(
                "desk_systems",
                _("Standards and tests"),
                below=(
                    Place("desk_systems", _("Standards")),
                    Place("desk_bodies", _("Testing bodies")),
                    Place("desk_checked", _("Checks")),
                ),
            ),
            Place(
                "desk_inspections",
                _("Inspections"),
                below=(
                    Place("desk_inspections", _("What waits")),
                    Place("desk_inspection_draws", _("Draws")),
                    Place("desk_inspectors", _("Inspectors")),
                    Place("desk_grades", _("Credit grades")),
                ),
            ),
            Place("desk_recognition", _("Recognition")),
        ),
    ),
    Group(
        _("Coverage"),
        (
            Place("desk_coverage", _("Plans"), ("plans/",)),
            Place("desk_candidates", _("Candidates")),
            Place("desk_trainings", _("Trainings")),
            Place("desk_projects", _("Funding projects")),
            Place("desk_lists", _("Poverty lists")),
        ),
    ),
    Group(_("Register"), (Place("desk_people", _("People and roles"), permission=Permission.READ_JOURNAL),)),
)


def groups(actors: Sequence[Actor], path: str) -> list[Group]:
    """All places for somebody's roles; the one that an address lies in is marked, by its longest beginning."""
    numbers = waiting(actors)
    desk = reverse("enterprises:desk")
    allowed = [
        replace(group, places=[_opened(one, numbers) for one in group.places if _may(actors, one)]) for group in GROUPS
    ]
    allowed = [group for group in allowed if group.places]
    starts = [start for group in allowed for one in group.places for start in _starts(one, desk)]
    here = max((one for one in starts if path.startswith(one)), key=len, default=desk)
    return [replace(group, places=[_marked(one, here, desk, path) for one in group.places]) for group in allowed]


def here_in(found: Iterable[Group]) -> tuple[str | Promise, str | Promise]:
    """Group and place where somebody is, for the folded menu of a phone."""
    return next(((group.title, one.label) for group in found for one in group.places if one.is_here), ("", ""))


def _may(actors: Iterable[Actor], place: Place) -> bool:
    return place.permission is None or any(actor.has(place.permission) for actor in actors)


def _opened(place: Place, numbers: dict[str, int]) -> Place:
    below = tuple(replace(one, url=reverse(f"enterprises:{one.name}")) for one in place.below)
    return replace(
        place, url=reverse(f"enterprises:{place.name}"), waiting=numbers.get(place.name, 0), below=below
    )


def _starts(place: Place, desk: str) -> list[str]:
    return [place.url, *(desk + one for one in place.also)]


def _marked(place: Place, here: str, desk: str, path: str) -> Place:
    """The place as it is shown; what lies below it only where somebody is there."""
    if here not in _starts(place, desk):
        return replace(place, below=())
    nearest = max((one.url for one in place.below if path.startswith(one.url)), key=len, default="")
    return replace(place, is_here=True, below=tuple(replace(one, is_here=one.url == nearest) for one in place.below))


# --- How much waits ---


def waiting(actors: Sequence[Actor]) -> dict[str, int]:
    """How much waits at each place for somebody's roles, by the name of its address; zeros are left out.

    Kept until something is decided anywhere, and for a minute at most.
    """
    head = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    roles = sorted(f"{actor.role}.{actor.division.pk if actor.division else ''}" for actor in actors)
    key = ":".join(["desk", str(actors[0].person), *roles, timezone.localdate().isoformat(), str(head)])
    found: dict[str, int] | None = cache.get(key)
    if found is None:
        found = {name: number for name, number in _counted(actors, timezone.localdate()).items() if number}
        cache.set(key, found, KEPT_FOR)
    return found


def _counted(actors: Sequence[Actor], today: date) -> dict[str, int]:
    """One query for each place that the roles work at."""

    def having(*permissions: Permission) -> list[Actor]:
        return [actor for actor in actors if any(actor.has(one) for one in permissions)]

    found: dict[str, int] = {}
    person = actors[0].person
    if having(*case_files.HANDLING):
        found["desk"] = case_files.visible_to(actors).filter(desk_queue.turn(actors, today)).count()
    if having(Permission.ANNOUNCE_MARK_USE):
        found["desk_announce"] = desk_queue.approved().count() + desk_queue.ended().count()
    if mine := having(Permission.ISSUE_LABELS):
        stated = label_queue.statements(mine).filter(state=StatementState.STATED).count()
        found["desk_labels"] = stated + label_queue.batches(mine).filter(
            state__in=sorted(WAITING_BATCHES)).exclude(proposed_by=person).count()
    if mine := having(Permission.REVIEW_USE_REPORTS):
        found["desk_use_reports"] = use_queue.waiting(mine).count()
    if mine := having(Permission.WATCH_COPIES):
        found["desk_signals"] = signal_facts.watched_by(mine).filter(state=SignalState.OPEN).count()
        found["desk_reports"] = report_facts.read_by(mine).filter(state=ReportState.RECEIVED).count()
    if having(*cases.HANDLING):
        found["desk_cases"] = cases.visible(actors).filter(case_queue.turn(actors, person, today)).count()
    if mine := having(Permission.EXAMINE_CASES):
        found["desk_objections"] = objection_facts.visible(mine).filter(state__in=sorted(UNDECIDED)).count()
    if mine := having(Permission.KEEP_INSPECTIONS, Permission.RECORD_INSPECTIONS):
        found["desk_inspections"] = _inspections(mine)
    if mine := having(Permission.KEEP_CULTIVATION):
        found["desk_candidates"] = pipeline.overdue(mine, today).count()
    if having(Permission.ASSIGN_ROLES):
        found["desk_people"] = role_facts.to_decide(person).count()
    return found


def _inspections(actors: Sequence[Actor]) -> int:
    """Those to be made wait for who records them, their results for who publishes."""
    counts = inspection_queue.counts(actors)
    waits = {Permission.RECORD_INSPECTIONS: counts.waiting, Permission.KEEP_INSPECTIONS: counts.to_publish}
    return sum(number for one, number in waits.items() if any(actor.has(one) for actor in actors))
