"""WRITER. Objections (异议): received from anybody while a public notice runs, then moved by officials to a decision.

Who objects does not sign in and gets a link instead. Its token is made from the form's nonce under the secret key of
the site, so that a form that was sent twice leads to the same link; stored is only its SHA-256. The journal, which is
public, learns number, ground, what it is about and the published reason; the words are in it as seals, and nothing in
it tells who objected.

Order of locks: the case, then the objection, then the journal. An objection is no part of its case in the journal:
who decides on an objection may still decide on the case.
"""

from __future__ import annotations

import base64
import datetime
import secrets
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Role
from gi_registry.seals import seal, sealed
from gi_registry.state_tables import Move
from gi_registry.uploads import Cleaned
from products import objection_mails, objection_rules
from products.case_models import CaseStep, ProtectionCase
from products.case_states import OPEN_CASES, OPPOSE, CaseState
from products.cases import case_subject, held
from products.models import AgreementEntry
from products.objection_models import Objection, ObjectionFile, ObjectionNote, PublicNotice
from products.objection_states import (
    ADMIT,
    ANSWER,
    DISMISS,
    NEGOTIATE,
    NOT_ADMIT,
    TAKE_BACK,
    UPHOLD,
    ObjectionGround,
    ObjectionState,
    ObjectorKind,
)

ANYBODY = Actor.system("public objection")
_TOKEN_BYTES = 16


def token_of(nonce: uuid.UUID) -> str:
    """The secret of the link to an objection, 22 characters. Who knows the database alone cannot make it."""
    digest = salted_hmac("products.objecting/1", nonce.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).rstrip(b"=").decode()


def subject_of(objection: Objection) -> Subject:
    """The name of an objection in the journal: its number only."""
    return Subject("objection", objection.reference, objection.reference)


# --- From the public ---


def sent_before(nonce: uuid.UUID, *, notice: PublicNotice, ground: str, text: str) -> tuple[Objection, str] | None:
    """The objection that this form has become already, with its token.

    Raises MoveRefused where the form now says something else: who goes back and writes a second objection must not be
    shown the first one as if both had arrived.
    """
    known = Objection.objects.filter(nonce=nonce).first()
    if known is None:
        return None
    if (known.notice_id, known.ground, known.text) != (notice.pk, ground, text):
        raise MoveRefused(
            "already_sent",
            _("This form was sent before, with other words. What stands here now has not been sent: send it once more, "
              "and it becomes an objection of its own."),
        )  # fmt: skip
    return known, token_of(nonce)


def receive(
    notice: PublicNotice, *, nonce: uuid.UUID, objector_kind: ObjectorKind, objector: str, address: str, contact: str,
    in_china: bool, ground: ObjectionGround, text: str, entry: AgreementEntry | None = None,
    files: Iterable[tuple[Cleaned, str, str]] = (),
) -> tuple[Objection, str]:  # fmt: skip
    """Store an objection and return it with the token of its link. The same nonce gives the same objection.

    Refused on every day but those of the notice. `entry`: the name that a comment on an agreement's list is about.
    `files`: what was cleaned, the name under which it lies on the disk, and its title.
    """
    if found := sent_before(nonce, notice=notice, ground=ground, text=text):
        return found
    _check_entry(notice, entry)
    token = token_of(nonce)
    objection = Objection(
        reference=f"OB{nonce.hex[:18]}", nonce=nonce, token_sha256=objection_rules.seal_of(token), notice=notice,
        entry=entry, objector_kind=objector_kind, objector=objector, contact=contact, address=address,
        in_china=in_china, ground=ground, text=text,
    )  # fmt: skip
    try:
        _store(objection, files)
    except IntegrityError:  # the same form, sent twice at the same moment
        if found := sent_before(nonce, notice=notice, ground=ground, text=text):
            return found
        raise
    return objection, token


def _check_entry(notice: PublicNotice, entry: AgreementEntry | None) -> None:
    """A comment names one of the names of its list; an objection to a case names none."""
    lists = {notice.agreement_id} if notice.agreement is not None else set()
    if notice.agreement is not None:
        lists |= set(notice.agreement.batches.values_list("pk", flat=True))
    if (entry.agreement_id if entry else None) not in (lists or {None}):
        raise MoveRefused("other_list", _("Choose a name of the list that this notice is about."))


@transaction.atomic
def _store(objection: Objection, files: Iterable[tuple[Cleaned, str, str]]) -> None:
    notice = objection.notice
    case = held(notice.case) if notice.case is not None else None
    objection.received_at = timezone.now()  # after waiting for the case, or a decision could have come in between
    _must_be_open(notice, case, timezone.localdate(objection.received_at))
    amendments.insert(objection)
    objection.reference = f"OB{timezone.localdate(objection.received_at).year}{objection.pk:06}"
    objection.save(update_fields=["reference"])
    for cleaned, name, title in files:
        kept = ObjectionFile(
            objection=objection, title=title, name=name, media_type=cleaned.media_type, size=len(cleaned.content),
            sha256=cleaned.sha256,
        )  # fmt: skip
        amendments.insert(kept)
    payload = {"ground": str(objection.ground), "about": _about(notice), "rule": str(notice.rule)}
    payload |= sealed({"text": objection.text}, objection.nonce)
    day = timezone.localdate(objection.received_at)
    journal.record(Event(EventType.OBJECTION_RECEIVED, subject_of(objection), payload, day), by=ANYBODY)
    waiting = Objection.objects.filter(state=ObjectionState.RECEIVED).exclude(pk=objection.pk)
    if not waiting.exists():  # or a flood of objections would be a flood of mails
        objection_mails.tell_officers(objection.reference)


def _about(notice: PublicNotice) -> str:
    """What a notice is about, by its public number or code."""
    return notice.case.reference if notice.case is not None else notice.agreement.code if notice.agreement else ""


def _must_be_open(notice: PublicNotice, case: ProtectionCase | None, today: datetime.date) -> None:
    if not notice.first_day <= today <= notice.last_day:
        sentence = _("One may object from {first} to {last}, both days included. Today is not one of these days.")
        first, last = notice.first_day.isoformat(), notice.last_day.isoformat()
        raise MoveRefused("notice_closed", sentence.format(first=first, last=last))
    if case is not None and case.state not in OPEN_CASES:
        raise MoveRefused("case_ended", _("The case has ended: there is nothing left to object to."))


# --- By officials. `seen`: the state that the page showed; another one now means that somebody was faster ---


def admit(objection: Objection, *, by: Actor, text: str, seen: str = "") -> None:
    """It will be examined. The first one makes a preliminarily announced case an opposed one."""
    _step(objection, ADMIT, by=by, text=text, seen=seen)


def not_admit(objection: Objection, *, by: Actor, text: str, published_reason: str = "", seen: str = "") -> None:
    """It is not examined, as for coming from somebody who may not object."""
    _step(objection, NOT_ADMIT, by=by, text=text, seen=seen, published_reason=published_reason)


def answer(objection: Objection, *, by: Actor, text: str, seen: str = "") -> None:
    """Enter what the applicant answers."""
    _step(objection, ANSWER, by=by, text=text, seen=seen)


def negotiate(objection: Objection, *, by: Actor, text: str, seen: str = "") -> None:
    """Record what both sides talked about."""
    _step(objection, NEGOTIATE, by=by, text=text, seen=seen)


def uphold(objection: Objection, *, by: Actor, text: str, published_reason: str, seen: str = "") -> None:
    """Whoever objected was right. The case itself is decided in a step of its own."""
    _step(objection, UPHOLD, by=by, text=text, seen=seen, published_reason=published_reason)


def dismiss(objection: Objection, *, by: Actor, text: str, published_reason: str, seen: str = "") -> None:
    """Whoever objected was not right."""
    _step(objection, DISMISS, by=by, text=text, seen=seen, published_reason=published_reason)


def take_back(objection: Objection, *, by: Actor, text: str, seen: str = "") -> None:
    """Note that whoever objected does not want to any more."""
    _step(objection, TAKE_BACK, by=by, text=text, seen=seen)


@transaction.atomic
def _step(
    objection: Objection, move: Move, *, by: Actor, text: str, seen: str, published_reason: str = ""
) -> None:
    case = held(objection.notice.case) if objection.notice.case is not None else None
    shown = seen or objection.state
    rows = Objection.objects.select_for_update(of=("self",)).select_related("notice")
    objection.refresh_from_db(from_queryset=rows)
    objection.notice.case = case
    division = case.division if case is not None else None
    if by.role == Role.SYSTEM or not territory.may(by, move.permission, division):  # people decide, commands do not
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))
    if objection.state != shown:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    reason = published_reason.strip()
    if objection.state in move.sources:
        _check(objection, move, by, reason)
    salt, written, today = secrets.token_hex(16), text.strip(), timezone.localdate()
    changes: dict[str, Any] = {column: today} if (column := objection_rules.DAY_OF.get(move.name)) else {}
    payload: dict[str, Any] = seal(written, salt)
    if reason:
        changes["published_reason"], payload["published_reason"] = reason, reason
    apply_move(
        objection, move, by=by, subject=subject_of(objection), division=division, state_field="state",
        effective_on=today, reason=written, reason_is_public=False, changes=changes, payload=payload,
    )  # fmt: skip
    note = ObjectionNote(
        objection=objection, kind=objection_rules.NOTE_OF[move.name], text=written, salt=salt, by_id=by.person,
        role=by.role,
    )  # fmt: skip
    amendments.insert(note)
    if move == ADMIT and case is not None:
        _oppose(case, objection, by)


def _check(objection: Objection, move: Move, by: Actor, reason: str) -> None:
    """What speaks against a step that the state allows."""
    if refusal := objection_rules.refusal(objection, move, by):
        raise MoveRefused("guard", str(refusal))
    if move.name in objection_rules.NEEDS_PUBLIC_REASON and not reason:
        raise MoveRefused("published_reason_missing", _("Write what the public register is to say."))
    private = (objection.objector, objection.contact, objection.address)
    if any(len(one) > 1 and one in reason for one in private):
        raise MoveRefused("names_objector", _("The public reason must not tell who objected."))


def _oppose(case: ProtectionCase, objection: Objection, by: Actor) -> None:
    """The first admitted objection makes the case an opposed one; those who prepared it are told of every one."""
    objection_mails.tell_reviewers(objection.reference, case.division)
    if case.state != CaseState.PRELIMINARY:
        return
    today = timezone.localdate()
    apply_move(
        case, OPPOSE, by=by, subject=case_subject(case), division=case.division, state_field="state",
        effective_on=today, payload={"objection": objection.reference},
    )  # fmt: skip
    amendments.insert(CaseStep(case=case, state=CaseState.OPPOSED, on=today))


# --- Forgetting ---


def erase_old_contacts(today: datetime.date) -> int:
    """Erase how to reach those who objected, and the names of persons, 90 days after the decision; returns of how many.

    The name of a unit stays in the file, and so do the words and the evidence: they are part of the case.
    """
    edge = today - datetime.timedelta(days=objection_rules.CONTACT_DAYS)
    person = Q(objector_kind=ObjectorKind.PERSON)
    left = ~Q(contact="") | ~Q(address="") | person & ~Q(objector="")
    keys = list(Objection.objects.filter(left, decided_on__lte=edge).values_list("pk", flat=True))
    rows = Objection.objects.filter(pk__in=keys)
    rows.filter(person).update(objector="")
    return rows.update(contact="", address="")
