"""WRITER. The way of an application from submission to decision.

Each function is one step, made by `by` in one transaction with its entry in the journal. The moves are the rows of
`states.py`. What a person writes into a file stays in the file; the journal gets its seal.
"""

from __future__ import annotations

import datetime
import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import clocks, notifications, states
from enterprises.application_models import (
    Deadline,
    Document,
    MarkApplication,
    Note,
    ProductionSite,
    SiteCheck,
)
from enterprises.case_files import application_subject, handles, locked, must_act_for, not_permitted
from enterprises.clocks import Clock
from enterprises.completeness import missing
from enterprises.states import ApplicationKind, ApplicationState, NoteKind, SiteResult
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import seal
from gi_registry.state_tables import Move

# --- Moves ---


def submit(application: MarkApplication, *, by: Actor) -> None:
    """Send the application in; whatever is missing is said at once."""
    with transaction.atomic():
        fresh = locked(application)
        must_act_for(by, fresh.enterprise)
        if fresh.state == ApplicationState.DRAFT and (gaps := missing(fresh)):
            raise MoveRefused("incomplete", " ".join(str(gap.text) for gap in gaps))
        documents = [
            {"kind": document.kind, "sha256": document.sha256} for document in fresh.documents.order_by("pk")
        ]
        site = fresh.sites.first()
        changes = {"submitted_at": timezone.now(), "division": site.division if site else None}
        payload = {"kind": fresh.kind, "documents": documents}
        _move(application, states.SUBMIT, by=by, changes=changes, payload=payload, start=clocks.ACCEPTANCE)


def notify_defects(application: MarkApplication, *, by: Actor, text: str) -> None:
    """Tell the enterprise all that has to be mended, once."""
    changes = {"defects_notified_on": timezone.localdate()}
    _move(application, states.NOTIFY_DEFECTS, by=by, text=text, note=NoteKind.DEFECTS, changes=changes,
          start=clocks.REPLY)  # fmt: skip


def reply(application: MarkApplication, *, by: Actor, text: str) -> None:
    """The enterprise answers the notice and sends the mended file in again."""
    with transaction.atomic():
        fresh = locked(application)
        must_act_for(by, fresh.enterprise)
        if fresh.state == ApplicationState.DEFECTS and (gaps := missing(fresh)):
            raise MoveRefused("incomplete", " ".join(str(gap.text) for gap in gaps))
        documents = [{"kind": one.kind, "sha256": one.sha256} for one in fresh.documents.order_by("pk")]
        site = fresh.sites.first()
        changes = {"division": site.division if site else fresh.division}
        _move(application, states.REPLY, by=by, text=text, note=NoteKind.REPLY, changes=changes,
              payload={"documents": documents}, start=clocks.ACCEPTANCE)  # fmt: skip


def accept(application: MarkApplication, *, by: Actor) -> None:
    """The file is formally in order. One that counts as accepted is so from the day it was received."""
    on = timezone.localdate()
    received = application.clock(clocks.ClockKind.ACCEPTANCE)
    if application.is_deemed_accepted and received is not None:
        on = received.started_on
    clock = clocks.CHANGE_REVIEW if application.kind == ApplicationKind.CHANGE else clocks.FIRST_REVIEW
    _move(application, states.ACCEPT, by=by, changes={"accepted_on": on, "assigned_to_id": by.person}, start=clock,
          started_on=on, effective_on=on)  # fmt: skip


def not_accept(application: MarkApplication, *, by: Actor, text: str) -> None:
    """The file is sent back for good; the enterprise may apply anew."""
    changes = {"decided_on": timezone.localdate()}
    _move(application, states.NOT_ACCEPT, by=by, text=text, note=NoteKind.DECISION, changes=changes)


def start_review(application: MarkApplication, *, by: Actor) -> None:
    """A reviewer takes the file; its clock goes on."""
    changes = {"assigned_to_id": by.person}
    _move(application, states.START_REVIEW, by=by, changes=changes, keep_clocks=True)


@transaction.atomic
def check_site(
    site: ProductionSite, *, by: Actor, checked_on: datetime.date, result: SiteResult, findings: str,
    report: Document | None = None,
) -> SiteCheck:  # fmt: skip
    """Write down what was found at a production site."""
    application = locked(site.application)
    if not territory.may(by, Permission.REVIEW_MARK_USE, application.division):
        raise not_permitted()
    if application.state != ApplicationState.FIRST_REVIEW:
        raise MoveRefused("wrong_state", _("Sites are checked during the first review."))
    if checked_on > timezone.localdate():
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    check = SiteCheck(
        site=site, checked_on=checked_on, result=result, findings=findings.strip(), report=report,
        by_id=by.person, salt=secrets.token_hex(16),
    )  # fmt: skip
    amendments.insert(check)
    payload = {"division": site.division.code, "result": str(result), "checked_on": checked_on.isoformat()}
    if report is not None:
        payload["report_sha256"] = report.sha256
    _record(application, EventType.SITE_CHECKED, payload | seal(check.findings, check.salt), by)
    return check


def pass_on(application: MarkApplication, *, by: Actor, text: str) -> None:
    """The first review ends with an opinion; the province has the file."""
    _move(application, states.PASS_ON, by=by, text=text, note=NoteKind.OPINION, start=clocks.DECISION, release=True)


def forward(application: MarkApplication, *, by: Actor, text: str) -> None:
    """The province gives its opinion; the national authority decides."""
    _move(application, states.FORWARD, by=by, text=text, note=NoteKind.OPINION, start=clocks.DECISION, release=True)


def approve(application: MarkApplication, *, by: Actor, text: str) -> None:
    """Approved; the right begins with the announcement."""
    move = states.APPROVE if application.state == ApplicationState.PROVINCIAL_REVIEW else states.APPROVE_NATIONALLY
    changes = {"decided_on": timezone.localdate()}
    _move(application, move, by=by, text=text, note=NoteKind.DECISION, changes=changes, start=clocks.ANNOUNCEMENT,
          release=True)  # fmt: skip


def refuse(application: MarkApplication, *, by: Actor, text: str) -> None:
    """Refused, with the reason."""
    move = states.REFUSE if application.state == ApplicationState.PROVINCIAL_REVIEW else states.REFUSE_NATIONALLY
    changes = {"decided_on": timezone.localdate()}
    _move(application, move, by=by, text=text, note=NoteKind.DECISION, changes=changes)


def set_aside(application: MarkApplication, *, by: Actor, text: str) -> None:
    """An approval that can no longer be announced comes to its end, with the reason."""
    changes = {"decided_on": timezone.localdate()}
    _move(application, states.SET_ASIDE, by=by, text=text, note=NoteKind.DECISION, changes=changes)


def withdraw(application: MarkApplication, *, by: Actor, text: str = "") -> None:
    """The enterprise takes its application back."""
    must_act_for(by, application.enterprise)
    _move(application, states.WITHDRAW, by=by, text=text, note=NoteKind.WITHDRAWAL)


# --- Beside the moves ---


@transaction.atomic
def assign(application: MarkApplication, *, by: Actor) -> None:
    """An official takes the file for the own desk."""
    fresh = locked(application)
    if fresh.state not in states.OPEN or not handles(by, fresh):
        raise not_permitted()
    MarkApplication.objects.filter(pk=fresh.pk).update(assigned_to_id=by.person)
    application.assigned_to_id = by.person


@transaction.atomic
def write_message(application: MarkApplication, *, by: Actor, text: str) -> Note:
    """A message between the enterprise and the desk; no decision."""
    fresh = locked(application)
    if by.has(Permission.APPLY_FOR_MARK):
        must_act_for(by, fresh.enterprise)
    elif not handles(by, fresh):
        raise not_permitted()
    if fresh.state == ApplicationState.DRAFT:
        raise MoveRefused("wrong_state", _("Nobody reads a draft: send the application first."))
    note = _note(fresh, NoteKind.MESSAGE, "", text, by)
    notifications.tell_of_message(fresh, from_enterprise=by.has(Permission.APPLY_FOR_MARK))
    return note


# --- What all steps share ---


def _record(application: MarkApplication, event: EventType, payload: dict[str, Any], by: Actor) -> None:
    journal.record(Event(event, application_subject(application), payload, timezone.localdate()), by=by)


def _note(application: MarkApplication, kind: NoteKind, move: str, text: str, by: Actor, salt: str = "") -> Note:
    note = Note(
        application=application, kind=kind, move=move, text=text.strip(), salt=salt or secrets.token_hex(16),
        by_id=by.person, role=by.role,
    )  # fmt: skip
    amendments.insert(note)
    return note


def _move(
    application: MarkApplication, move: Move, *, by: Actor, text: str = "", note: NoteKind | None = None,
    changes: dict[str, Any] | None = None, payload: dict[str, Any] | None = None, start: Clock | None = None,
    started_on: datetime.date | None = None, effective_on: datetime.date | None = None, keep_clocks: bool = False,
    release: bool = False,
) -> None:  # fmt: skip
    """One row of the table: state, note, journal, clocks, notices, all or nothing.

    `release`: the file leaves the desk of the person who had it.
    """
    today, salt, written = timezone.localdate(), secrets.token_hex(16), text.strip()
    with transaction.atomic():
        fresh = locked(application)
        if fresh.state != application.state:
            raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
        apply_move(
            fresh, move, by=by, subject=application_subject(fresh), division=fresh.division, state_field="state",
            effective_on=effective_on or today, reason=written, reason_is_public=False,
            changes=(changes or {}) | ({"assigned_to_id": None} if release else {}),
            payload=(payload or {}) | (seal(written, salt) if written else {}),
        )  # fmt: skip
        if note is not None and written:
            _note(fresh, note, move.name, written, by, salt)
        if not keep_clocks:
            fresh.deadlines.filter(stopped_on=None).update(stopped_on=today)
        if start is not None:
            begun = started_on or today
            term = start.term(begun)
            Deadline.objects.create(
                application=fresh, kind=start.kind, rule=start.rule, started_on=begun, due_on=term.last_day,
                provisional=term.provisional,
            )  # fmt: skip
        notifications.tell_of_move(fresh, move)
    application.refresh_from_db()
    application.__dict__.pop("all_sites", None)
