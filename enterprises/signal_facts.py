"""READER. Copy signals: whose they are, pooled by batch for the queue, and counted for the public."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from enterprises import supervised
from enterprises.label_models import LabelBatch
from enterprises.label_states import UNDECIDED, SignalKind, SignalState
from enterprises.models import Authorisation
from enterprises.scan_models import CopySignal
from gi_registry.journal import Actor

SHOWN = 5  # signals of a batch that stand in the queue
UNDECIDED_VIEW, ALL_VIEW = "undecided", "any"


# --- The queue ---


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to. `view`: undecided, any, or one SignalState."""

    view: str = UNDECIDED_VIEW
    kind: str = ""
    q: str = ""


def watched_by(actors: Iterable[Actor]) -> QuerySet[CopySignal]:
    """The signals about labels of authorisations inside the territory of one of the roles."""
    reached = supervised.watched_by(actors).order_by().values("pk")
    rows = CopySignal.objects.filter(batch__season__authorisation__in=reached)
    return rows.select_related(
        "batch__season__authorisation__enterprise__province", "batch__season__authorisation__product"
    )


def found(actors: Iterable[Actor], wanted: Wanted) -> QuerySet[CopySignal]:
    """The signals that answer, the latest first."""
    rows = watched_by(actors)
    if wanted.view == UNDECIDED_VIEW:
        rows = rows.filter(state__in=UNDECIDED)
    elif wanted.view != ALL_VIEW:
        rows = rows.filter(state=wanted.view)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.q.strip():
        fitting = Authorisation.objects.filter(supervised.answers(wanted.q)).order_by().values("pk")
        rows = rows.filter(
            Q(batch__reference__icontains=wanted.q.strip()) | Q(batch__season__authorisation__in=fitting)
        )
    return rows


@dataclass(frozen=True)
class Pool:
    """The signals of one batch. `labels` counts different labels; `latest` are those to look at first."""

    batch: LabelBatch
    signals: int
    labels: int
    warned: int
    first: datetime.datetime
    last: datetime.datetime
    kinds: list[tuple[SignalKind, int]]
    latest: list[CopySignal]


def by_batch(rows: QuerySet[CopySignal]) -> Any:
    """Figures of each batch with such signals: those that the public is told of first, then the latest."""
    figures = rows.order_by().values("batch").annotate(
        signals=Count("pk"),
        labels=Count("label", distinct=True),
        warned=Count("label", distinct=True, filter=Q(kind=SignalKind.TWO_PROVINCES, state__in=UNDECIDED)),
        first=Min("noticed_at"), last=Max("noticed_at"),
    )  # fmt: skip
    return figures.order_by("-warned", "-last", "-batch")


def pools(figures: Iterable[dict[str, Any]], rows: QuerySet[CopySignal]) -> list[Pool]:
    """The batches of one page of the queue. Three queries, however many batches and signals there are."""
    figures = list(figures)
    keys = [line["batch"] for line in figures]
    batches = LabelBatch.objects.select_related("season__authorisation__enterprise", "season__authorisation__product")
    by_key = batches.in_bulk(keys)
    kinds: dict[int, list[tuple[SignalKind, int]]] = defaultdict(list)
    mine = rows.filter(batch__in=keys).order_by()
    for batch, kind, number in mine.values_list("batch", "kind").annotate(Count("label", distinct=True)):
        kinds[batch].append((SignalKind(kind), number))
    latest: dict[int, list[CopySignal]] = defaultdict(list)
    quiet = Case(When(kind=SignalKind.TWO_PROVINCES, then=Value(0)), default=Value(1))
    place = Window(RowNumber(), partition_by="batch", order_by=[quiet, F("noticed_at").desc(), F("pk").desc()])
    for row in mine.annotate(place=place).filter(place__lte=SHOWN).order_by("place"):
        latest[row.batch_id].append(row)
    order = list(SignalKind)
    return [
        Pool(
            by_key[line["batch"]], line["signals"], line["labels"], line["warned"], line["first"], line["last"],
            sorted(kinds[line["batch"]], key=lambda one: order.index(one[0])), latest[line["batch"]],
        )
        for line in figures
    ]  # fmt: skip


def public_counts(on: datetime.date) -> dict[SignalState, dict[SignalKind, int]]:
    """How many signals were noticed up to a day, by what had become of them by then; demonstration left out.

    A signal that was decided on later counts as open.
    """
    real = Authorisation.objects.real().order_by().values("pk")
    rows = CopySignal.objects.filter(batch__season__authorisation__in=real, noticed_at__lt=_end_of(on))
    counts = {state: dict.fromkeys(SignalKind, 0) for state in SignalState}
    lines = rows.order_by().values_list("state", "decided_on", "kind").annotate(Count("pk"))
    for state, decided_on, kind, number in lines:
        then = SignalState(state) if decided_on is None or decided_on <= on else SignalState.OPEN
        counts[then][SignalKind(kind)] += number
    return counts


def _end_of(day: datetime.date) -> datetime.datetime:
    midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time())
    return timezone.make_aware(midnight)
