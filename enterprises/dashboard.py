"""READER. The first page of the desk at a glance: what waits, what is late, how the territory stands.

Each tile is one figure with its rule and the page that shows the rows behind it; a tile that does not concern a role
is left out. Files and their clocks have their own figures above (`desk_queue.count`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enterprises import (
    case_queue,
    inspection_queue,
    label_queue,
    objection_facts,
    report_facts,
    signal_facts,
    use_queue,
)
from enterprises.label_states import WAITING_BATCHES, ReportState, SignalState, StatementState
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from products import coverage, pipeline, plan_progress
from products.coverage_rules import DEFAULT
from products.maps import name_of
from products.models import ListedUnit, PovertyList
from products.objection_states import UNDECIDED


@dataclass(frozen=True)
class Tile:
    """One figure: `number` as it is shown, what it counts, by which rule, and where its rows are."""

    label: str
    number: str
    rule: str
    url: str
    urgent: bool = False


def tiles(actors: Sequence[Actor]) -> list[Tile]:
    """The tiles of somebody's roles and territories, in the order of the page."""
    found = [_labels(actors), _signals(actors), _reports(actors), _yearly(actors), *_coverage(actors)]
    found += [_plans(actors), _candidates(actors), _cases(actors), _objections(actors), _inspections(actors)]
    return [tile for tile in found if tile is not None]


def _holds(actors: Sequence[Actor], *permissions: Permission) -> bool:
    return any(actor.has(one) for actor in actors for one in permissions)


def _labels(actors: Sequence[Actor]) -> Tile | None:
    if not _holds(actors, Permission.ISSUE_LABELS):
        return None
    stated = label_queue.statements(actors).filter(state=StatementState.STATED).count()
    requested = label_queue.batches(actors).filter(state__in=sorted(WAITING_BATCHES)).count()
    rule = _("{stated} statements of output, {requested} batches").format(stated=stated, requested=requested)
    return Tile(_("Labels waiting"), str(stated + requested), rule, reverse("enterprises:desk_labels"))


def _signals(actors: Sequence[Actor]) -> Tile | None:
    number = signal_facts.watched_by(actors).filter(state=SignalState.OPEN).count()
    return Tile(_("Copy signals"), str(number), _("not looked at yet"), reverse("enterprises:desk_signals"), number > 0)


def _reports(actors: Sequence[Actor]) -> Tile | None:
    number = report_facts.read_by(actors).filter(state=ReportState.RECEIVED).count()
    url = reverse("enterprises:desk_reports")
    return Tile(_("Suspect reports"), str(number), _("not taken up yet"), url, number > 0)


def _yearly(actors: Sequence[Actor]) -> Tile | None:
    year = timezone.localdate().year - 1
    missing, expected = use_queue.missing(actors, year)
    waiting = use_queue.waiting(actors).count()
    text = _("of {expected} for {year}; {waiting} wait to be reviewed")
    rule = text.format(expected=expected, year=year, waiting=waiting)
    return Tile(_("Yearly reports missing"), str(missing), rule, reverse("enterprises:desk_use_reports"), waiting > 0)


def _cases(actors: Sequence[Actor]) -> Tile | None:
    found = case_queue.figures(actors, actors[0].person)
    rule = _("{late} with a clock that has run out").format(late=found["late"])
    url = reverse("enterprises:desk_cases") + "?view=open"
    return Tile(_("Protection cases open"), str(found["open"]), rule, url, found["late"] > 0)


def _objections(actors: Sequence[Actor]) -> Tile | None:
    number = objection_facts.visible(actors).filter(state__in=sorted(UNDECIDED)).count()
    url = reverse("enterprises:desk_objections")
    return Tile(_("Objections undecided"), str(number), _("received or under examination"), url, number > 0)


def _inspections(actors: Sequence[Actor]) -> Tile | None:
    counts = inspection_queue.counts(actors)
    rule = _("{waiting} to be inspected, {publish} to be published").format(
        waiting=counts.waiting, publish=counts.to_publish
    )
    return Tile(_("Inspections late"), str(counts.late), rule, reverse("enterprises:desk_inspections"), counts.late > 0)


def _coverage(actors: Sequence[Actor]) -> list[Tile]:
    """For each territory the list with most of its units: how many are covered, by the default rule, today."""
    found = []
    for place in _territories(actors):
        listed = _list_of(place)
        if listed is None:
            continue
        total = coverage.count(listed, rule=DEFAULT, within=place).total
        where = name_of(place) if place else ""
        blank = ngettext("{number} blank", "{number} blank", total.blank).format(number=total.blank)
        words = " · ".join(part for part in (where, str(DEFAULT.words()[0]), blank) if part)
        province = {"province": place.lineage()[0].code} if place else {}
        query = f"?{urlencode(province)}" if province else ""
        url = listed.get_absolute_url() + query
        found.append(Tile(_("Listed units covered"), f"{total.covered} / {total.listed}", words, url))
    return found


def _territories(actors: Sequence[Actor]) -> list[Division | None]:
    """Where somebody works, each once; None for the whole country, which leaves the others out."""
    if any(not RULES[actor.role].territorial for actor in actors):
        return [None]
    places = {actor.division.pk: actor.division for actor in actors if actor.division}
    return list(places.values())


def _list_of(place: Division | None) -> PovertyList | None:
    """The list with most units in a place, of several the first by their order."""
    units = ListedUnit.objects.on()
    if place is not None:
        inside = Division.objects.within(place.code).values("pk")
        units = units.filter(Q(divisions__in=inside) | Q(province=place)).distinct()
    counts = dict(units.order_by().values_list("poverty_list").annotate(Count("pk", distinct=True)))
    if not counts:
        return None
    return max(PovertyList.objects.filter(pk__in=counts), key=lambda row: (counts[row.pk], -row.order))


def _plans(actors: Sequence[Actor]) -> Tile | None:
    number = len(plan_progress.behind(actors))
    rule = _("a measure is below its line")
    return Tile(_("Plans behind"), str(number), rule, reverse("enterprises:desk_coverage"), number > 0)


def _candidates(actors: Sequence[Actor]) -> Tile | None:
    if not _holds(actors, Permission.KEEP_CULTIVATION):
        return None
    number = pipeline.overdue(actors).count()
    url = reverse("enterprises:desk_candidates") + "?due=late"
    return Tile(_("Candidates overdue"), str(number), _("their next step is late"), url, number > 0)
