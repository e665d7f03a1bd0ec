"""WRITER. Suspect reports (疑似假冒举报): received from anybody, taken up and closed by officials, contacts erased.

Who reports does not sign in and gets a link instead. Its token is made from the form's nonce under the secret key of
the site, so that a form that was sent twice leads to the same link; stored is only its SHA-256. The journal, which is
public, learns number, kind, division and outcome: never the words, the contact, or which label or enterprise it is
about, because a report is a suspicion.
"""

from __future__ import annotations

import base64
import datetime
import secrets
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from enterprises import label_states, notifications, report_facts, report_mails
from enterprises.case_files import division_of
from enterprises.label_codes import ALPHABET
from enterprises.label_states import ReportOutcome, ReportState, Suspicion
from enterprises.scan_models import ReportPhoto, SuspectReport
from enterprises.verification import Label
from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, User
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Role
from gi_registry.seals import sealed
from gi_registry.state_tables import Move
from gi_registry.uploads import Cleaned

ANYBODY = Actor.system("public report")
CONTACT_DAYS = 90  # after closing; the privacy notice of the form promises it
_TOKEN_BYTES = 16
_TYPED_LENGTH = 60


def token_of(nonce: uuid.UUID) -> str:
    """The secret of the link to a report, 22 characters. Who knows the database alone cannot make it."""
    digest = salted_hmac("enterprises.suspect_reports/1", nonce.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).rstrip(b"=").decode()


def subject_of(report: SuspectReport) -> Subject:
    """The name of a report in the journal: its number only."""
    reference = report.reference or ""
    return Subject("suspect_report", reference, reference)


# --- From the public ---


def sent_before(nonce: uuid.UUID, suspicion: str, text: str) -> tuple[SuspectReport, str] | None:
    """The report that this form has become already, with its token.

    Raises MoveRefused where the form now says something else: who goes back and writes a second report must not be
    shown the first one as if both had arrived.
    """
    report = SuspectReport.objects.filter(nonce=nonce).first()
    if report is None:
        return None
    if (report.suspicion, report.text) != (suspicion, text):
        raise MoveRefused(
            "already_sent",
            _("This form was sent before, with other words. What stands here now has not been sent: send it once more, "
              "and it becomes a report of its own."),
        )  # fmt: skip
    return report, token_of(nonce)


def receive(
    *, nonce: uuid.UUID, suspicion: Suspicion, text: str, code: str = "", label: Label | None = None, goods: str = "",
    bought_at: str = "", bought_on: datetime.date | None = None, division: Division | None = None, contact: str = "",
    photos: Iterable[tuple[Cleaned, str]] = (),
) -> tuple[SuspectReport, str]:  # fmt: skip
    """Store a report and return it with the token of its link. The same nonce gives the same report.

    `division`: where it was bought; without it the officials follow it where the product of the label is made.
    `label` is looked up by the code where it is not given. The code is kept as it was typed only where it is that of
    no label: a valid code is derived, never stored.
    """
    if found := sent_before(nonce, suspicion, text):
        return found
    label = label or report_facts.label_behind(code)
    token, batch = token_of(nonce), label.facts.batch if label else None
    report = SuspectReport(
        reference=new_reference(), nonce=nonce, token_sha256=report_facts.seal_of(token), suspicion=suspicion,
        label=label.key if label else None, batch=batch, typed_code="" if label else code[:_TYPED_LENGTH],
        text=text, goods=goods, bought_at=bought_at, bought_on=bought_on, contact=contact,
        division=division or (division_of(batch.season.authorisation) if batch else None),
    )  # fmt: skip
    try:
        _store(report, photos)
    except IntegrityError:  # the same form, sent twice at the same moment
        if found := sent_before(nonce, suspicion, text):
            return found
        raise
    return report, token


def new_reference() -> str:
    """A case number that shows neither how many reports there are nor when this one came."""
    return "R" + "".join(secrets.choice(ALPHABET) for _place in range(8))


@transaction.atomic
def _store(report: SuspectReport, photos: Iterable[tuple[Cleaned, str]]) -> None:
    amendments.insert(report)
    for cleaned, name in photos:
        size = len(cleaned.content)
        amendments.insert(ReportPhoto(report=report, name=name, media_type=cleaned.media_type, size=size))
    place = report.division.code if report.division else ""
    payload = {"reference": report.reference, "suspicion": str(report.suspicion), "division": place}
    event = Event(EventType.REPORT_RECEIVED, subject_of(report), payload, timezone.localdate())
    journal.record(event, by=ANYBODY)
    waiting = SuspectReport.objects.filter(state=ReportState.RECEIVED, division=report.division)
    if not waiting.exclude(pk=report.pk).exists():  # or a flood of reports would be a flood of mails
        report_mails.tell(report.reference or "", officials_of(report.division))


def officials_of(division: Division | None) -> set[User]:
    """Who is told of a report: the reviewers of the place, else its approvers, else the registry officers."""
    near = [Role.REVIEWER, Role.APPROVER] if division else []
    found = (notifications.officials(role, division) for role in [*near, Role.OFFICER])
    return next((people for people in found if people), set())


# --- By officials ---


@transaction.atomic
def take_up(report: SuspectReport, *, by: Actor) -> None:
    """Somebody looks into it."""
    _move(report, label_states.TAKE_UP, by=by, changes={"taken_up_on": timezone.localdate()})


@transaction.atomic
def close(report: SuspectReport, *, by: Actor, outcome: ReportOutcome, answer: str) -> None:
    """It is finished. Outcome and answer are told to whoever holds the link; the outcome is counted in public."""
    changes = {"closed_on": timezone.localdate(), "outcome": outcome, "answer": answer.strip()}
    payload = {"outcome": outcome.value} | sealed({"answer": answer.strip()}, report.nonce)
    _move(report, label_states.CLOSE, by=by, text=answer, changes=changes, payload=payload)


def _move(
    report: SuspectReport, move: Move, *, by: Actor, changes: dict[str, Any], text: str = "",
    payload: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    apply_move(
        report, move, by=by, subject=subject_of(report), division=report.division, state_field="state",
        effective_on=timezone.localdate(), reason=text, reason_is_public=False, changes=changes, payload=payload,
    )  # fmt: skip


# --- Forgetting ---


def erase_old_contacts(today: datetime.date) -> int:
    """Erase the contacts of reports that were closed 90 days ago or earlier; returns of how many."""
    edge = today - datetime.timedelta(days=CONTACT_DAYS)
    rows = SuspectReport.objects.filter(state=ReportState.CLOSED, closed_on__lte=edge).exclude(contact="")
    return rows.update(contact="")
