"""READER. Yearly reports: what an enterprise has to send; what waits at the desk, and what is missing of a year.

Drafts are nobody's business but the enterprise's: to the desk such a report is missing. Demonstration data stand
in these lists and are marked.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from enterprises import supervised, use_states
from enterprises.case_files import division_of
from enterprises.desk_queue import Option, option
from enterprises.models import Authorisation, AuthorisationQuerySet, Enterprise
from enterprises.use_models import FIRST_YEAR, UseReport, reporting, years_of
from enterprises.use_states import EDITABLE, UseState
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Permission
from gi_registry.state_tables import Move

YEARS_SHOWN = 2  # back from the running year, in the portal
MOST_WAITING = 50  # on the page; the oldest come first, so that nothing stays behind for ever
DESK_MOVES = (use_states.ACCEPT, use_states.RETURN)
WHOSE = ("authorisation__enterprise__province", "authorisation__product__province")
# What the desk has got to see of a version: a draft is the enterprise's own.
SENT = frozenset(UseState) - {UseState.DRAFT}
RECEIVED = frozenset({UseState.SUBMITTED, UseState.ACCEPTED})


def years(today: datetime.date | None = None) -> list[int]:
    """The years that a desk may ask about, the latest over one first."""
    return list(range((today or timezone.localdate()).year - 1, FIRST_YEAR - 1, -1))


# --- The enterprise ---


@dataclass(frozen=True)
class OwnYear:
    """An authorisation and a year: the latest version of its report, and the one that counts, if any."""

    row: Authorisation
    year: int
    latest: UseReport | None
    accepted: UseReport | None
    today: datetime.date

    @property
    def is_over(self) -> bool:
        """Whether the year is over: only then can its report be sent."""
        return self.year < self.today.year

    @property
    def waits(self) -> bool:
        """Whether the enterprise still has to send something: last year's report, or one it has begun."""
        if self.latest is None:
            return self.year == self.today.year - 1
        return self.is_over and self.latest.state in EDITABLE

    @property
    def last_day(self) -> datetime.date:
        """Until when the report is to be sent."""
        return datetime.date(self.year + 1, *use_states.REPORT_DUE)

    @property
    def return_day(self) -> datetime.date:
        """Until when it can still enter the province's return."""
        return datetime.date(self.year + 1, *use_states.RETURN_CLOSES)

    @property
    def makes_return(self) -> bool:
        """Whether it would still enter the province's return if it were sent today."""
        return self.today <= self.return_day

    @property
    def is_late(self) -> bool:
        """Whether the last day is over and nothing was sent."""
        unsent = self.latest is None or self.latest.state in EDITABLE
        return unsent and self.today > self.last_day


def own_year(row: Authorisation, year: int, today: datetime.date | None = None) -> OwnYear | None:
    """One year of an own authorisation; None where nothing is to be reported of it."""
    today = today or timezone.localdate()
    versions = list(UseReport.objects.filter(authorisation=row, year=year).order_by("version"))
    return _own_year(row, year, versions, today) if versions or year in years_of(row, today) else None


def _own_year(row: Authorisation, year: int, versions: Sequence[UseReport], today: datetime.date) -> OwnYear:
    accepted = next((one for one in versions if one.state == UseState.ACCEPTED), None)
    return OwnYear(row, year, versions[-1] if versions else None, accepted, today)


def own_years(enterprise: Enterprise, today: datetime.date | None = None) -> list[OwnYear]:
    """The years of all authorisations of an enterprise, the latest first: the latest ones, and all with a report."""
    today = today or timezone.localdate()
    versions = Prefetch("use_reports", UseReport.objects.order_by("version"), "versions")
    rows = Authorisation.objects.filter(enterprise=enterprise).select_related("product", "enterprise")
    found = []
    for row in rows.prefetch_related(versions):
        there: list[UseReport] = row.versions  # type: ignore[attr-defined]
        years = {year for year in years_of(row, today) if year >= today.year - YEARS_SHOWN}
        for year in years | {one.year for one in there}:
            found.append(_own_year(row, year, [one for one in there if one.year == year], today))
    return sorted(found, key=lambda one: (-one.year, one.row.pk))


# --- Reports at the desk ---


def reports(actors: Iterable[Actor]) -> QuerySet[UseReport]:
    """The reports that one of the roles may read: sent once, of authorisations inside its territory."""
    reached = supervised.watched_by(actors).order_by().values("pk")
    rows = UseReport.objects.filter(authorisation__in=reached, state__in=SENT)
    return rows.select_related(*WHOSE)


def waiting(actors: Iterable[Actor]) -> QuerySet[UseReport]:
    """Reports that wait to be accepted or returned, of all years, the oldest first."""
    return reports(actors).filter(state=UseState.SUBMITTED).order_by("submitted_on", "pk")


def version_before(report: UseReport) -> UseReport | None:
    """The version that counted before this one, for a look at both."""
    rows = UseReport.objects.filter(authorisation=report.authorisation_id, year=report.year, version__lt=report.version)
    return rows.filter(state__in=[UseState.ACCEPTED, UseState.REPLACED]).order_by("-version").first()


def versions(report: UseReport) -> list[UseReport]:
    """All versions that the desk has got to see, the latest first."""
    rows = UseReport.objects.filter(authorisation=report.authorisation_id, year=report.year, state__in=SENT)
    return list(rows.order_by("-version"))


def of_year(actors: Iterable[Actor], year: int) -> QuerySet[UseReport]:
    """The reports of a year that are accepted or were returned, the latest decision first."""
    rows = reports(actors).filter(year=year, state__in=[UseState.ACCEPTED, UseState.RETURNED])
    return rows.order_by("-decided_on", "-pk")


def steps(report: UseReport, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with a report in its present state."""
    tried = (step(report, actors, move.name) for move in DESK_MOVES if report.state in move.sources)
    return [one for one in tried if one is not None]


def step(report: UseReport, actors: Sequence[Actor], name: str) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person reaches so far."""
    move: Move | None = next((one for one in DESK_MOVES if one.name == name), None)
    return option(report, move, actors, division_of(report.authorisation)) if move else None


# --- A year ---


def expected(actors: Iterable[Actor], year: int) -> AuthorisationQuerySet:
    """The authorisations of the territory that a report of the year is expected of."""
    within = reporting(year).order_by().values("pk")
    return supervised.watched_by(actors).filter(pk__in=within).order_by("enterprise__name_zh", "pk")


def _received(year: int) -> Exists:
    """Condition: a version is with the office or accepted."""
    return Exists(UseReport.objects.filter(authorisation=OuterRef("pk"), year=year, state__in=RECEIVED))


def missing_rows(actors: Iterable[Actor], year: int) -> AuthorisationQuerySet:
    """The authorisations whose report is neither there nor accepted, by the name of the enterprise."""
    return expected(actors, year).exclude(_received(year))


def missing(actors: Iterable[Actor], year: int) -> tuple[int, int]:
    """How many reports of a year are missing, and how many are expected. Two queries."""
    actors = list(actors)
    rows = expected(actors, year)
    return rows.exclude(_received(year)).count(), rows.count()


@dataclass(frozen=True)
class Line:
    """An authorisation and what there is of its report of the year: the accepted version, and the latest sent one."""

    row: Any
    accepted: UseReport | None
    latest: UseReport | None

    @property
    def report(self) -> UseReport | None:
        """The version that tells most: what counts, else what was sent last."""
        return self.accepted or self.latest


def lines(actors: Iterable[Actor], year: int) -> Iterator[Line]:
    """Every authorisation that a report is expected of, with what there is. Three queries, read in pieces."""
    sent = UseReport.objects.filter(year=year, state__in=SENT).order_by("version")
    rows = expected(actors, year).prefetch_related(Prefetch("use_reports", sent, "of_year"))
    for row in rows.iterator(chunk_size=500):
        found: list[UseReport] = row.of_year  # type: ignore[attr-defined]
        accepted = next((one for one in found if one.state == UseState.ACCEPTED), None)
        yield Line(row, accepted, found[-1] if found else None)


def places_of(actors: Iterable[Actor], year: int) -> dict[int, Division]:
    """The divisions that the expected authorisations lie in, by key. One query."""
    rows: Any = expected(actors, year).order_by()
    keys = rows.values("watched_in")
    return {place.pk: place for place in Division.objects.filter(pk__in=keys).select_related("parent__parent")}


# --- The yearly return ---


def return_territories(actors: Iterable[Actor]) -> list[Division | None]:
    """Whose yearly return somebody may draw up: the own province; None, the whole country, for national roles."""
    found: list[Division | None] = []
    for actor in actors:
        place = actor.division
        if actor.has(Permission.APPROVE_MARK_USE) and place is not None and place.parent_id is None:
            found.append(place)
        elif actor.has(Permission.READ_JOURNAL) and actor.division is None:
            found.append(None)
    return list(dict.fromkeys(found))
