"""WRITER. The way of a protection case from filing to decision, along the table of moves of its law.

Each function is one step, made by `by` in one transaction with its entry in the journal. Steps that are made with an
announcement, and those that change what is protected, are made by the app above, which also knows who uses the mark
(`enterprises/protection.py`); it calls `take` here.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import seal
from gi_registry.state_tables import Move
from gi_registry.working_days import after_months
from products import case_states
from products.case_models import CaseDeadline, CaseNote, CaseStep, ProtectionCase, TechnicalReview
from products.case_states import (
    CASE_CLOCKS,
    CaseClock,
    CaseNoteKind,
    CaseState,
    LegalBasis,
    ReviewResult,
    moves_of,
    needs_announcement,
)
from products.cases import case_subject, held, lacking
from products.models import Announcement
from products.objection_models import notice_of
from products.objection_states import NoticeRule, notice_rule

ENDS = frozenset(set(CaseState) - case_states.OPEN_CASES - {CaseState.DRAFT})


# --- From the draft to the examination ---


def submit(case: ProtectionCase, *, by: Actor) -> None:
    """File the case with the province; whatever is missing is said at once."""
    with transaction.atomic():
        fresh = _complete(case)
        changes = {"filed_on": fresh.filed_on or timezone.localdate()}
        take(case, _named(fresh, "submit"), by=by, changes=changes, payload=_papers(fresh), clock=CaseClock.OPINION)


def request(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """Enter the request for a revocation; `text` says why, and stays in the case."""
    with transaction.atomic():
        fresh = _complete(case)
        if not text.strip():
            raise MoveRefused("reason_missing", _("Give the reason for this step."))
        payload = _papers(fresh) | {"ground": fresh.ground, "requester_kind": fresh.requester_kind}
        take(case, _named(fresh, "request"), by=by, text=text, note=CaseNoteKind.REQUEST, payload=payload,
             changes={"filed_on": timezone.localdate()})  # fmt: skip


def _complete(case: ProtectionCase) -> ProtectionCase:
    fresh = held(case)
    if fresh.state in case_states.EDITABLE_CASES and (gaps := lacking(fresh)):
        raise MoveRefused("incomplete", " ".join(gap.text for gap in gaps))
    return fresh


def _papers(case: ProtectionCase) -> dict[str, Any]:
    return {
        "kind": case.kind, "legal_basis": case.legal_basis,
        "papers": [{"kind": paper.kind, "sha256": paper.sha256} for paper in case.papers.order_by("pk")],
    }  # fmt: skip


def send_back(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """The province sends a case back, so that it can be completed before its opinion."""
    take(case, _named(case, "send_back"), by=by, text=text, note=CaseNoteKind.SENT_BACK)


def give_opinion(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """The province gives its first opinion; the national authority has the case."""
    take(case, _named(case, "give_opinion"), by=by, text=text, note=CaseNoteKind.OPINION)


def notify_defects(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """Tell the applicant all that has to be mended, once."""
    take(case, _named(case, "notify_defects"), by=by, text=text, note=CaseNoteKind.DEFECTS, clock=CaseClock.REPLY,
         changes={"defects_notified_on": timezone.localdate()})  # fmt: skip


def reply(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """The applicant answers the notice with the mended case."""
    with transaction.atomic():
        fresh = _complete(case)
        take(case, _named(fresh, "reply"), by=by, text=text, note=CaseNoteKind.REPLY, payload=_papers(fresh))


def accept(case: ProtectionCase, *, by: Actor) -> None:
    """The case is formally in order. Under Order 78 this needs an announcement: see `protection.publish`."""
    take(case, _named(case, "accept"), by=by)


def not_accept(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """The case is closed without examination; the applicant may file anew."""
    take(case, _named(case, "not_accept"), by=by, text=text, note=CaseNoteKind.DECISION)


def begin_review(case: ProtectionCase, *, by: Actor) -> None:
    """The technical review begins: under Order 78 after the time to object, under Order 80 before it."""
    take(case, _named(case, "begin_review"), by=by)


@transaction.atomic
def record_review(
    case: ProtectionCase, *, by: Actor, held_on: datetime.date, experts: Sequence[str], result: ReviewResult,
    opinion: str, site_checked_on: datetime.date | None = None,
) -> TechnicalReview:  # fmt: skip
    """Write down the meeting of experts: their fields and offices, never their names."""
    fresh = held(case)
    if not territory.may(by, Permission.EXAMINE_CASES, fresh.division):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))
    if fresh.state != CaseState.TECHNICAL:
        raise MoveRefused("wrong_state", _("The experts meet during the technical review."))
    if max(held_on, site_checked_on or held_on) > timezone.localdate():
        raise MoveRefused("wrong_day", _("The day lies in the future."))
    if not opinion.strip() or not experts:
        raise MoveRefused("reason_missing", _("Write the fields of the experts, and their opinion."))
    review = TechnicalReview(
        case=fresh, held_on=held_on, experts=list(experts), site_checked_on=site_checked_on, result=result,
        opinion=opinion.strip(), salt=secrets.token_hex(16), by_id=by.person,
    )  # fmt: skip
    amendments.insert(review)
    payload = {"held_on": held_on.isoformat(), "experts": len(experts), "result": str(result)}
    payload |= {"site_checked_on": site_checked_on.isoformat()} if site_checked_on else {}
    event = Event(EventType.CASE_REVIEWED, case_subject(fresh), payload | seal(review.opinion, review.salt), held_on)
    journal.record(event, by=by)
    case.__dict__.pop("last_review", None)
    return review


# --- Ends without an announcement ---


def refuse(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """The case is refused, with the reason; who asked is told, the public reads the outcome of what was announced."""
    take(case, _named(case, "refuse"), by=by, text=text, note=CaseNoteKind.DECISION)


def keep(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """A revocation is not decided: what is protected stays so."""
    take(case, _named(case, "keep"), by=by, text=text, note=CaseNoteKind.DECISION)


def withdraw(case: ProtectionCase, *, by: Actor, text: str) -> None:
    """The applicant takes the case back."""
    take(case, _named(case, "withdraw"), by=by, text=text, note=CaseNoteKind.WITHDRAWAL)


# --- What all steps share ---


def _named(case: ProtectionCase, name: str) -> Move:
    """The row of the case's own table. Raises MoveRefused where its law knows no such step."""
    found = next((move for move in moves_of(case.kind, case.legal_basis) if move.name == name), None)
    if found is None:
        raise MoveRefused("wrong_state", _("The law of this case does not know this step."))
    return found


@transaction.atomic
def take(
    case: ProtectionCase, move: Move, *, by: Actor, text: str = "", note: CaseNoteKind | None = None,
    changes: dict[str, Any] | None = None, payload: dict[str, Any] | None = None, clock: CaseClock | None = None,
    announcement: Announcement | None = None,
) -> None:  # fmt: skip
    """One row of the table: state, dated step, note, journal, clocks and time to object, all or nothing."""
    today, salt, written = timezone.localdate(), secrets.token_hex(16), text.strip()
    on = announcement.published_on if announcement and announcement.published_on else today
    fresh = held(case)
    if fresh.state != case.state:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    if needs_announcement(move, fresh.legal_basis) and announcement is None:
        raise MoveRefused("announcement_missing", _("This step is made with an announcement."))
    last = fresh.steps.order_by("on").last()
    if last is not None and on < last.on:
        raise MoveRefused("wrong_day", _("The day lies before the step before it."))
    wanted = dict(changes or {})
    if move.target in ENDS:
        wanted["decided_on"] = on
    if announcement is not None and fresh.public_from is None:
        wanted["public_from"] = fresh.public_from = on
    details = (payload or {}) | ({"announcement": announcement.text} if announcement else {})
    try:
        with transaction.atomic():
            apply_move(
                fresh, move, by=by, subject=case_subject(fresh), division=fresh.division, state_field="state",
                effective_on=on, reason=written, reason_is_public=False, changes=wanted,
                payload=details | (seal(written, salt) if written else {}),
            )  # fmt: skip
    except IntegrityError:  # the constraint "case_open_once"
        raise MoveRefused("open_already", _("Another case of this kind is open for the same right.")) from None
    amendments.insert(CaseStep(case=fresh, state=move.target, on=on, announcement=announcement))
    if note is not None and written:
        amendments.insert(
            CaseNote(case=fresh, kind=note, move=move.name, text=written, salt=salt, by_id=by.person, role=by.role)
        )
    fresh.deadlines.filter(stopped_on=None).update(stopped_on=today)
    if clock is not None and fresh.legal_basis == LegalBasis.ORDER_80:
        _start(fresh, clock, today)
    rule = notice_rule(move.target, fresh.legal_basis)
    if announcement is not None and rule is not None:
        _open_notice(fresh, rule, announcement, on, by)
    case.refresh_from_db()
    for name in ("notices_of_case", "objections", "last_review", "changed_parts"):
        case.__dict__.pop(name, None)


def _start(case: ProtectionCase, clock: CaseClock, today: datetime.date) -> None:
    months, rule = CASE_CLOCKS[clock]
    term = after_months(today, months)
    CaseDeadline.objects.create(
        case=case, kind=clock, rule=rule, started_on=today, due_on=term.last_day, provisional=term.provisional
    )


def _open_notice(
    case: ProtectionCase, rule: NoticeRule, announcement: Announcement, on: datetime.date, by: Actor
) -> None:
    """From the day after the publication anybody may object."""
    notice = notice_of(rule, on, case=case, announcement=announcement, demonstration=case.demonstration)
    amendments.insert(notice)
    payload = {"announcement": announcement.text, "rule": str(rule), "last_day": notice.last_day.isoformat()}
    journal.record(Event(EventType.NOTICE_OPENED, case_subject(case), payload, on), by=by)
