"""READER. Suspect reports: whose they are, what they are about, and what came of them, counted for the public."""

from __future__ import annotations

import datetime
import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from enterprises import label_codes, label_keys, label_states, supervised, verification
from enterprises.case_files import within_reach
from enterprises.desk_queue import Option, option
from enterprises.label_codes import INDEX_BITS, NotACode
from enterprises.label_keys import SealBroken
from enterprises.label_states import ReportOutcome, ReportState
from enterprises.models import Authorisation
from enterprises.scan_models import SuspectReport
from enterprises.verification import Label
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.roles import Permission

log = logging.getLogger(__name__)
OPEN_VIEW, ALL_VIEW = "open", "any"
OPEN = (ReportState.RECEIVED, ReportState.TAKEN_UP)


def seal_of(token: str) -> str:
    """What is stored of the secret of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(token: str) -> SuspectReport | None:
    """The report that a link leads to."""
    return SuspectReport.objects.filter(token_sha256=seal_of(token)).first()


def label_behind(text: str) -> Label | None:
    """The label with a code, where the register issued it; a text that is no code is no fault here.

    None too while the master key is missing: a report is taken all the same.
    """
    try:
        return verification.find(label_codes.read(text))
    except NotACode:
        return None
    except SealBroken as fault:
        log.error("The label of a report cannot be looked up: %s", fault)
        return None


# --- The queue ---


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to. `view`: open, any, or one ReportState."""

    view: str = OPEN_VIEW
    kind: str = ""
    q: str = ""


def read_by(actors: Iterable[Actor]) -> QuerySet[SuspectReport]:
    """The reports of divisions inside the territory of one of the roles; those without a division are national."""
    rows = SuspectReport.objects.filter(within_reach(actors, "division"))
    return rows.select_related(
        "division__parent__parent", "batch__season__authorisation__enterprise__province",
        "batch__season__authorisation__product",
    )  # fmt: skip


def found(actors: Iterable[Actor], wanted: Wanted) -> QuerySet[SuspectReport]:
    """The reports that answer: what is open in the order in which it came, what is closed the latest first."""
    rows = read_by(actors)
    if wanted.view == OPEN_VIEW:
        rows = rows.filter(state__in=OPEN)
    elif wanted.view != ALL_VIEW:
        rows = rows.filter(state=wanted.view)
    if wanted.kind:
        rows = rows.filter(suspicion=wanted.kind)
    if text := wanted.q.strip():
        fitting = Authorisation.objects.filter(supervised.answers(text)).order_by().values("pk")
        named = Q(reference__icontains=text) | Q(goods__icontains=text) | Q(batch__reference__icontains=text)
        rows = rows.filter(named | Q(batch__season__authorisation__in=fitting))
    if wanted.view in (ReportState.CLOSED, ALL_VIEW):
        return rows.order_by("-received_at", "-pk")
    return rows.order_by("received_at", "pk")


def days_open(report: SuspectReport, today: datetime.date | None = None) -> int:
    """Whole days from the day it arrived to today, or to the day it was closed."""
    until = report.closed_on or today or timezone.localdate()
    return max((until - timezone.localdate(report.received_at)).days, 0)


# --- One report ---


def label_of(report: SuspectReport) -> Label | None:
    """The label that a report is about, as the register knows it today; None where it names none.

    Its code is derived, never stored. None too while the master key is missing.
    """
    if report.batch_id is None or report.label is None:
        return None
    try:
        facts = verification.facts_of(report.batch_id)
    except SealBroken:
        return None
    if facts is None:
        return None
    index = report.label & ((1 << INDEX_BITS) - 1)
    code = label_codes.make(report.batch_id, index, secret=facts.secret, order_key=label_keys.order_key())
    return Label(code, facts, index, facts.fate_of(index))


def works_on(report: SuspectReport, actors: Iterable[Actor]) -> bool:
    """Whether somebody decides on the report. Only they see the contact and the code; who just reads sees neither."""
    return any(territory.may(actor, Permission.WATCH_COPIES, report.division) for actor in actors)


def steps(report: SuspectReport, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with a report in its present state."""
    names = [move.name for move in label_states.REPORT_MOVES if report.state in move.sources]
    return [one for name in names if (one := step(report, actors, name)) is not None]


def step(report: SuspectReport, actors: Sequence[Actor], name: str) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person reaches so far."""
    move = next((one for one in label_states.REPORT_MOVES if one.name == name), None)
    return option(report, move, actors, report.division) if move else None


# --- For everybody ---


@dataclass(frozen=True)
class Counts:
    """Reports up to a day, by what had become of them by then."""

    on: datetime.date
    received: int
    open: int
    outcomes: list[tuple[ReportOutcome, int]]


def public_counts(on: datetime.date) -> Counts:
    """All reports since the register began; those about demonstration labels are left out.

    A report that was closed later counts as open. One query.
    """
    real = Authorisation.objects.real().order_by().values("pk")
    about_real = Q(batch=None) | Q(batch__season__authorisation__in=real)
    midnight = datetime.datetime.combine(on + datetime.timedelta(days=1), datetime.time())
    rows = SuspectReport.objects.filter(about_real, received_at__lt=timezone.make_aware(midnight)).order_by()
    closed = dict.fromkeys(ReportOutcome, 0)
    still_open = 0
    for outcome, closed_on, number in rows.values_list("outcome", "closed_on").annotate(Count("pk")):
        if closed_on is not None and closed_on <= on:
            closed[ReportOutcome(outcome)] += number
        else:
            still_open += number
    return Counts(on, still_open + sum(closed.values()), still_open, list(closed.items()))
