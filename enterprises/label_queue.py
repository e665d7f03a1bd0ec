"""READER. What waits at the desk about labels: stated output, requested batches; and the ledgers of the territory.

No clock runs here: no rule sets one. What waits longest stands first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from enterprises import label_states, supervised
from enterprises.case_files import division_of
from enterprises.desk_queue import Option, option
from enterprises.label_models import IssueRule, LabelBatch, OutputStatement
from enterprises.label_states import LARGE_BATCH, WAITING_BATCHES, WITH_CODES, StatementState
from enterprises.models import Authorisation
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from gi_registry.state_tables import Move

MOST_WAITING = 50  # of each kind on the page; the oldest come first, so that nothing stays behind for ever
WHOSE = ("season__authorisation__enterprise__province", "season__authorisation__product__province")
DESK_MOVES = (label_states.ISSUE, label_states.PROPOSE, label_states.AGREE, label_states.REFUSE_BATCH,
              label_states.RECALL)  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """Something that the enterprise has asked for, and for how many whole days."""

    row: Any
    days: int


def _reached(actors: Iterable[Actor]) -> Any:
    return supervised.watched_by(actors).order_by().values("pk")


def statements(actors: Iterable[Actor]) -> QuerySet[OutputStatement]:
    """The statements of output inside the territory of one of the roles."""
    rows = OutputStatement.objects.filter(season__authorisation__in=_reached(actors))
    return rows.select_related(*WHOSE)


def batches(actors: Iterable[Actor]) -> QuerySet[LabelBatch]:
    """The label batches inside the territory of one of the roles."""
    return LabelBatch.objects.filter(season__authorisation__in=_reached(actors)).select_related(*WHOSE)


def stated(actors: Iterable[Actor]) -> list[Waiting]:
    """Output that waits to be certified, the oldest first."""
    rows = statements(actors).filter(state=StatementState.STATED).order_by("stated_at", "pk")[:MOST_WAITING]
    return [Waiting(row, _days(row.stated_at)) for row in rows]


def requested(actors: Iterable[Actor]) -> list[Waiting]:
    """Batches that wait to be issued, or for a second official, the oldest first."""
    rows = batches(actors).filter(state__in=sorted(WAITING_BATCHES)).order_by("requested_at", "pk")[:MOST_WAITING]
    return [Waiting(row, _days(row.requested_at)) for row in rows]


def _days(since: Any) -> int:
    return max((timezone.localdate() - timezone.localdate(since)).days, 0)


def ledgers(actors: Iterable[Actor], q: str = "") -> QuerySet[Authorisation]:
    """Authorisations with stated output, each with its latest season and its labels; the latest season first."""
    rows: Any = supervised.watched_by(actors).filter(seasons__isnull=False)
    if q.strip():
        named = LabelBatch.objects.filter(reference__icontains=q.strip()).values("season__authorisation")
        rows = rows.filter(supervised.answers(q) | Q(pk__in=named))
    with_codes = Q(seasons__batches__state__in=WITH_CODES)
    rows = rows.annotate(
        latest=Max("seasons__name"),
        batches=Count("seasons__batches", filter=with_codes),
        labels=Sum("seasons__batches__count", filter=with_codes),
    )
    found: QuerySet[Authorisation] = rows.order_by("-latest", "enterprise__name_zh", "pk")
    return found


# --- Who may do what ---


def able(actors: Iterable[Actor], authorisation: Authorisation) -> Actor | None:
    """The role in which somebody certifies output and issues labels of an authorisation."""
    place = division_of(authorisation)
    return next((one for one in actors if territory.may(one, Permission.ISSUE_LABELS, place)), None)


def steps(batch: LabelBatch, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with a batch in its present state, with what stands against it."""
    other = label_states.ISSUE if batch.count > LARGE_BATCH else label_states.PROPOSE
    moves = [move for move in DESK_MOVES if batch.state in move.sources and move != other]
    tried = (step(batch, actors, move.name) for move in moves)
    return [one for one in tried if one is not None]


def step(batch: LabelBatch, actors: Sequence[Actor], name: str) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person reaches so far."""
    move: Move | None = next((one for one in DESK_MOVES if one.name == name), None)
    return option(batch, move, actors, division_of(batch.season.authorisation)) if move else None


# --- The rule of the province ---


def provinces(actors: Iterable[Actor]) -> dict[str, tuple[Division, Actor]]:
    """The provinces for which somebody sets the rule, by code, each with the role that allows it."""
    found: dict[str, tuple[Division, Actor]] = {}
    for actor in actors:
        place = actor.division
        if place is not None and place.parent_id is None and actor.has(Permission.APPROVE_MARK_USE):
            found.setdefault(place.code, (place, actor))
    return found


def rules(province: Division) -> list[IssueRule]:
    """The rules of a province, the latest first."""
    return list(IssueRule.objects.filter(province=province).order_by("-effective_from", "-pk"))


def rules_in_force(actors: Iterable[Actor]) -> list[IssueRule]:
    """The rules that hold where somebody works: of the own provinces, for national roles of all."""
    rows = IssueRule.objects.filter(effective_to=None).select_related("province")
    if any(not RULES[actor.role].territorial for actor in actors):
        return list(rows.order_by("province__code"))
    places = [actor.division.lineage()[0] for actor in actors if actor.division]
    return list(rows.filter(province__in=places).order_by("province__code"))
