"""READER. The way of candidates from a name to a GI that pays off; trainings and funding projects of a place.

Officials see what lies in their territory, the officer and the auditor everything, the public what was released.
Demonstration rows are shown at the desk, marked as such, and stand in no public figure.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import ExtractYear
from django.utils import timezone

from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from products.cultivation_models import Candidate, CandidateQuerySet, CandidateStage, FundingProject, Training
from products.cultivation_states import AT_REST, ON_RECORD, Stage
from products.models import Product

READING = (Permission.READ_FILES, Permission.KEEP_CULTIVATION)
LATE = "late"
SHOWN = 30  # candidates on the public page of a division


def reach(actors: Iterable[Actor]) -> QuerySet[Division] | None:
    """The divisions of today and of the past that roles which read at the desk reach; None: all of them."""
    found = Q(pk__in=[])
    for actor in actors:
        if not any(actor.has(one) for one in READING):
            continue
        if not RULES[actor.role].territorial:
            return None
        if actor.division is not None:
            code = actor.division.code
            found |= Q(code=code) | Q(parent__code=code) | Q(parent__parent__code=code)
    return Division.objects.filter(found)


def keeper(actors: Iterable[Actor], *places: Division) -> Actor | None:
    """The role in which somebody keeps cultivation in all of these places, if there is one."""
    for actor in actors:
        if places and all(territory.may(actor, Permission.KEEP_CULTIVATION, place) for place in places):
            return actor
    return None


def keepable(actors: Iterable[Actor]) -> QuerySet[Division]:
    """The divisions in which somebody keeps cultivation, with their parents loaded."""
    places = reach(actor for actor in actors if actor.has(Permission.KEEP_CULTIVATION))
    return (Division.objects.all() if places is None else places).select_related("parent__parent")


# --- Candidates at the desk ---


@dataclass(frozen=True)
class Wanted:
    """What the list of candidates is narrowed to. `due`: LATE or empty."""

    stage: str = ""
    county: Division | None = None
    category: str = ""
    due: str = ""
    q: str = ""


def visible(actors: Iterable[Actor]) -> CandidateQuerySet:
    """The candidates that somebody may see at the desk."""
    places = reach(actors)
    rows = Candidate.objects.select_related("division__parent__parent", "product")
    return rows if places is None else rows.filter(division__in=places.values("pk"))


def overdue(actors: Iterable[Actor], today: datetime.date | None = None) -> CandidateQuerySet:
    """The visible candidates whose next step should have been taken before today."""
    return visible(actors).filter(_overdue(today or timezone.localdate()))


def _overdue(today: datetime.date) -> Q:
    return Q(next_step_due__lt=today) & ~Q(stage__in=sorted(AT_REST))


def found(actors: Iterable[Actor], wanted: Wanted, today: datetime.date | None = None) -> CandidateQuerySet:
    """The candidates that answer: first what is overdue, then by the next step's day, then the newest."""
    today = today or timezone.localdate()
    rows = _narrowed(actors, wanted, today)
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage)
    late = Case(When(_overdue(today), then=Value(0)), default=Value(1), output_field=IntegerField())
    at_rest = Case(When(stage__in=sorted(AT_REST), then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.annotate(late=late, rests=at_rest).order_by(
        "late", "rests", F("next_step_due").asc(nulls_last=True), "-pk"
    )


def _narrowed(actors: Iterable[Actor], wanted: Wanted, today: datetime.date) -> CandidateQuerySet:
    rows = visible(actors)
    if wanted.county:
        rows = rows.filter(division__in=Division.objects.within(wanted.county.code).values("pk"))
    if wanted.category:
        rows = rows.filter(category=wanted.category)
    if wanted.due == LATE:
        rows = rows.filter(_overdue(today))
    if text := wanted.q.strip():
        columns = ("reference", "name_zh", "name_en", "office", "next_step", "division__name_zh")
        named = Q(pk__in=[])
        for column in columns:
            named |= Q(**{f"{column}__icontains": text})
        rows = rows.filter(named)
    return rows


@dataclass(frozen=True)
class StageCount:
    """How many candidates stand at a stage; `percent` of the largest stage, for a bar."""

    stage: Stage
    number: int
    percent: int


@dataclass(frozen=True)
class AtAGlance:
    """The pipeline in numbers; the stages in their order, without those given up unless there are some."""

    stages: list[StageCount]
    total: int
    late: int


def at_a_glance(actors: Iterable[Actor], wanted: Wanted, today: datetime.date | None = None) -> AtAGlance:
    """Counts by stage under all other conditions. One query."""
    today = today or timezone.localdate()
    rows = _narrowed(actors, wanted, today).order_by().values("stage")
    counted = {row["stage"]: row for row in rows.annotate(number=Count("pk"), late=Count("pk", filter=_overdue(today)))}
    numbers = {stage: counted[stage]["number"] if stage in counted else 0 for stage in Stage}
    most = max(1, *numbers.values())
    shown = [
        StageCount(stage, number, number * 100 // most)
        for stage, number in numbers.items() if stage != Stage.DROPPED or number
    ]  # fmt: skip
    return AtAGlance(shown, sum(numbers.values()), sum(row["late"] for row in counted.values()))


def counties(actors: Iterable[Actor]) -> QuerySet[Division]:
    """The divisions that candidates lie in."""
    places = visible(actors).order_by().values("division")
    return Division.objects.filter(pk__in=places).order_by("code")


# --- Trainings and funding projects at the desk ---


def trainings(actors: Iterable[Actor]) -> QuerySet[Training]:
    """Trainings and visits of the own territory: held by its offices, or for its counties."""
    rows: QuerySet[Training] = _of_territory(Training.objects.all(), actors)
    return rows


def projects(actors: Iterable[Actor]) -> QuerySet[FundingProject]:
    """Funding projects of the own territory: kept by its offices, or for its counties."""
    with_candidates = FundingProject.objects.prefetch_related("candidates")
    rows: QuerySet[FundingProject] = _of_territory(with_candidates, actors)
    return rows


def _of_territory(rows: Any, actors: Iterable[Actor]) -> Any:
    places = reach(actors)
    rows = rows.select_related("division__parent__parent").prefetch_related("counties")
    if places is None:
        return rows
    keys = places.values("pk")
    own = rows.model.counties.through.objects.filter(division__in=keys)
    return rows.filter(Q(division__in=keys) | Q(pk__in=own.values(rows.model.__name__.lower())))


@dataclass
class Year:
    """What was done in a year: `events` trainings and visits, `people` who came, `projects` begun, their `yuan`."""

    year: int
    events: int = 0
    people: int = 0
    projects: int = 0
    yuan: int = 0


def sums(trainings: QuerySet[Training], projects: QuerySet[FundingProject]) -> list[Year]:
    """Sums by year, the latest first, of rows that are not struck. Two queries.

    Who came to two trainings counts twice. A project counts whole, in the year in which it begins. Demonstration rows
    do not count.
    """
    years: dict[int, Year] = {}
    counted = {"struck_on": None, "demonstration": False}
    held = trainings.filter(**counted).order_by().values(year=ExtractYear("held_on"))
    for row in held.annotate(events=Count("pk"), people=Sum("attendance")):
        line = years.setdefault(row["year"], Year(row["year"]))
        line.events, line.people = row["events"], row["people"]
    begun = projects.filter(**counted).order_by().values(year=ExtractYear("begins_on"))
    for year in begun.annotate(number=Count("pk"), yuan=Sum("amount")):
        line = years.setdefault(year["year"], Year(year["year"]))
        line.projects, line.yuan = year["number"], year["yuan"]
    return [years[year] for year in sorted(years, reverse=True)]


# --- For everybody ---


@dataclass(frozen=True)
class Shown:
    """A released candidate as the public sees it: its stage on a date, and since when."""

    candidate: Candidate
    stage: Stage
    since: datetime.date

    @property
    def product(self) -> Product | None:
        """What it has become, once it is protected."""
        return self.candidate.product if self.stage in ON_RECORD else None


@dataclass(frozen=True)
class CultivationFacts:
    """What is public of a division and below: released candidates, and sums by year up to a date.

    `candidates` are the SHOWN that have come furthest, `total` is how many there are. `years` is empty where no
    training is on record.
    """

    division: Division
    on: datetime.date
    candidates: list[Shown]
    total: int
    years: list[Year]


def public() -> CandidateQuerySet:
    """The candidates that the public may see."""
    return Candidate.objects.released().filter(demonstration=False)


def public_facts(division: Division, on: datetime.date | None = None) -> CultivationFacts:
    """What the page of a division shows on a date (default today). Three queries, whatever there is."""
    on = on or timezone.localdate()
    inside = Division.objects.within(division.code).values("pk")
    rows = CandidateStage.objects.filter(Q(effective_to=None) | Q(effective_to__gt=on), effective_from__lte=on)
    rows = rows.filter(candidate__in=public().filter(division__in=inside).order_by().values("pk"))
    order = list(Stage)
    shown = [
        Shown(row.candidate, Stage(row.stage), row.effective_from)
        for row in rows.select_related("candidate__division", "candidate__product")
    ]
    shown.sort(key=lambda one: (one.stage == Stage.DROPPED, -order.index(one.stage), one.candidate.pk))
    held, begun = _for(Training, inside, held_on__lte=on), _for(FundingProject, inside, begins_on__lte=on)
    years = sums(held, begun)
    told = years if any(year.events for year in years) else []
    return CultivationFacts(division, on, shown[:SHOWN], len(shown), told)


def _for(model: Any, inside: Any, **until: datetime.date) -> Any:
    """Rows for counties inside a division, each once."""
    through = model.counties.through.objects.filter(division__in=inside).values(model.__name__.lower())
    return model.objects.filter(pk__in=through, **until)
