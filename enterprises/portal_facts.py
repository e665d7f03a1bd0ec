"""READER. What the portal tells an enterprise: what waits for it, where its files stand, what it has written."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from enterprises import use_queue
from enterprises.application_models import MarkApplication, Note, Notice, StopCase
from enterprises.clocks import ClockKind
from enterprises.desk_queue import Face, face
from enterprises.models import Authorisation, Enterprise, Membership
from enterprises.portal_words import day_words
from enterprises.states import (
    EDITABLE,
    OPEN,
    USABLE,
    ApplicationState,
    AuthorisationState,
    DecidedBy,
    NoteKind,
    StopState,
)
from enterprises.supervised import unused_since
from enterprises.use_queue import OwnYear
from gi_registry.models import Division
from products.maps import name_of

MOST_NOTICES = 100
# What an official wrote that is meant for the enterprise; opinions are for the office that decides.
TO_ENTERPRISE = (NoteKind.DEFECTS, NoteKind.ACCEPTANCE, NoteKind.DECISION, NoteKind.ORDER)
BY_ENTERPRISE = (NoteKind.REPLY, NoteKind.WITHDRAWAL)


# --- The dashboard ---


@dataclass(frozen=True)
class Row:
    """A file with its running clock."""

    file: MarkApplication
    face: Face | None
    clock: str


@dataclass(frozen=True)
class Held:
    """An authorisation: whether it can be changed or given up, a warning of non-use."""

    row: Authorisation
    usable: bool
    changeable: bool
    stop: StopCase | None
    unused: datetime.date | None

    @property
    def rectifying(self) -> bool:
        """Whether an order to rectify waits to be followed."""
        return self.row.state == AuthorisationState.RECTIFYING


@dataclass(frozen=True)
class Dashboard:
    """Everything that the first page of the portal shows."""

    waiting: list[Row]
    with_office: list[Row]
    finished: list[Row]
    held: list[Held]
    reports: list[OwnYear]
    notices: list[Notice]

    @property
    def has_duties(self) -> bool:
        """Whether an authorisation asks for something."""
        return bool(self.reports) or any(one.rectifying or one.unused for one in self.held)


def dashboard(membership: Membership, today: datetime.date | None = None) -> Dashboard:
    """What waits for an enterprise, its files and authorisations, and what one person has not read."""
    today = today or timezone.localdate()
    files = MarkApplication.objects.of(membership.enterprise).select_related(
        "product", "enterprise", "division__parent__parent", "announcement"
    )
    rows = [row_of(file, today) for file in files.prefetch_related("deadlines")]
    return Dashboard(
        waiting=[row for row in rows if row.file.state in EDITABLE],
        with_office=[row for row in rows if row.file.state in OPEN and row.file.state not in EDITABLE],
        finished=[row for row in rows if row.file.state not in OPEN and row.file.state not in EDITABLE],
        held=held_by(membership.enterprise, today),
        reports=[one for one in use_queue.own_years(membership.enterprise, today) if one.waits],
        notices=unread(membership),
    )


def row_of(file: MarkApplication, today: datetime.date | None = None) -> Row:
    """A file with its running clock; no query where the deadlines are loaded."""
    running = face(file, today)
    return Row(file, running, clock_sentence(file, running) if running else "")


def held_by(enterprise: Enterprise, today: datetime.date) -> list[Held]:
    """The authorisations of an enterprise, those in force first."""
    proposals = StopCase.objects.filter(state=StopState.PROPOSED)
    rows = Authorisation.objects.filter(enterprise=enterprise).select_related("product", "enterprise")
    found = rows.order_by("-effective_from", "-pk").prefetch_related(
        Prefetch("stop_cases", queryset=proposals, to_attr="proposals")
    )
    return sorted((held(row, today) for row in found), key=lambda one: not one.usable)


def held(row: Authorisation, today: datetime.date) -> Held:
    """What can be said and done about one authorisation today."""
    usable = row.state in USABLE
    cases = row.proposals if hasattr(row, "proposals") else row.stop_cases.filter(state=StopState.PROPOSED)
    return Held(
        row, usable, usable and row.product_id is not None, next(iter(cases), None), unused_since(row, today)
    )


def unread(membership: Membership) -> list[Notice]:
    """What one person has not read of the enterprise they act for now: the latest of each file."""
    mine = Q(application=None) | Q(application__enterprise=membership.enterprise)
    rows = Notice.objects.filter(mine, user=membership.user, read_at=None).select_related("application__product")
    latest: dict[int | str, Notice] = {}
    for row in rows[:MOST_NOTICES]:
        latest.setdefault(row.application_id or f"notice {row.pk}", row)
    return list(latest.values())


# --- Where a file stands ---


def office(division: Division | None) -> str:
    """Those who review the files of a division."""
    return _("the office in charge of {place}").format(place=name_of(division)) if division else ""


def sentence(file: MarkApplication) -> str:
    """Where a file stands, and who does what next. Days and clocks stand beside it."""
    province = file.division.lineage()[0] if file.division else None
    names = {
        "office": office(file.division), "province": office(province),
        "announcement": file.announcement.text if file.announcement else "",
        "date": day_words(file.decided_on),
    }  # fmt: skip
    return capfirst(str(_sentence(file)).format(**names))


def _sentence(file: MarkApplication) -> str | Promise:
    state = file.state
    if state == ApplicationState.SUBMITTED and file.is_deemed_accepted:
        return _("{office} has your file. Nothing was said in time: by law it counts as accepted.")
    if state == ApplicationState.DEFECTS and file.reply_is_late:
        return _("The day for your reply has passed. You can still reply as long as {office} has not closed the file.")
    if state == ApplicationState.PROVINCIAL_REVIEW:
        if file.decided_by == DecidedBy.PROVINCE:
            return _("The first review is done. {province} decides.")
        return _("The first review is done. {province} gives its opinion; then the national authority decides.")
    return {
        ApplicationState.DRAFT: _("You are still writing this application. Nobody else sees it."),
        ApplicationState.SUBMITTED: _("{office} has your file. It accepts it or names everything that is missing."),
        ApplicationState.DEFECTS: _("{office} has named what you should mend. Mend it in the steps, then reply."),
        ApplicationState.ACCEPTED: _("{office} has accepted your file and will review it."),
        ApplicationState.FIRST_REVIEW: _("{office} reviews your file and checks the production sites."),
        ApplicationState.NATIONAL_REVIEW: _("The national authority (CNIPA) decides."),
        ApplicationState.APPROVED: _("Approved on {date}. You may use the mark from the announcement on, not before."),
        ApplicationState.ANNOUNCED: _("Announced in {announcement}. You may use the mark from the day it names."),
        ApplicationState.NOT_ACCEPTED: _("{office} did not accept the file. You may apply anew."),
        ApplicationState.REFUSED: _("Refused on {date}, for the reason below. You may apply anew."),
        ApplicationState.WITHDRAWN: _("You have withdrawn this application. You may apply anew."),
    }[ApplicationState(state)]


def clock_sentence(file: MarkApplication, running: Face) -> str:
    """Who has until when, and for what."""
    province = file.division.lineage()[0] if file.division else None
    who = office(file.division)
    if file.state == ApplicationState.PROVINCIAL_REVIEW:
        who = office(province)
    elif file.state == ApplicationState.NATIONAL_REVIEW:
        who = _("the national authority (CNIPA)")
    words = {
        ClockKind.ACCEPTANCE: _("{office} has until {date} to accept the file or to name all defects."),
        ClockKind.REPLY: _("Your reply is due by {date}."),
        ClockKind.FIRST_REVIEW: _("{office} has until {date} to finish the first review."),
        ClockKind.DECISION: _("{office} has until {date} for its decision or opinion."),
        ClockKind.ANNOUNCEMENT: _("The announcement is due by {date}."),
    }[ClockKind(running.clock.kind)]
    return capfirst(words.format(office=who, date=day_words(running.clock.due_on)))


# --- Notes ---


def notes(file: MarkApplication) -> list[Note]:
    """What the office wrote to the enterprise, and the enterprise to the office, but for messages."""
    return list(file.notes.filter(kind__in=[*TO_ENTERPRISE, *BY_ENTERPRISE]))


def thread(file: MarkApplication) -> QuerySet[Note]:
    """The messages between the enterprise and the desk."""
    return file.notes.filter(kind=NoteKind.MESSAGE)
