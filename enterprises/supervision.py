"""WRITER. After the announcement: orders to rectify, proposals to stop, and their decision by somebody else.

No clock ends an authorisation by itself; a person decides (domain rules, section 5.5).
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import acts, notifications, states
from enterprises.application_models import Note, StopCase
from enterprises.case_files import division_of, locked, must_act_for, not_permitted
from enterprises.models import Authorisation, Suspension
from enterprises.record_words import authorisation_subject
from enterprises.states import WITHOUT_FAULT, NoteKind, StopGround, SuspensionGround
from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import seal
from gi_registry.state_tables import Move
from products import protecting, registrar
from products.case_models import ProtectionCase
from products.case_states import REVOKE_CASE, CaseNoteKind
from products.cases import held
from products.models import Announcement, Right


def order_rectification(authorisation: Authorisation, *, by: Actor, text: str) -> None:
    """Order the enterprise to put its use of the mark right; the authorisation stays in force."""
    _order(authorisation, states.ORDER_RECTIFICATION, by=by, text=text)


def confirm_rectification(authorisation: Authorisation, *, by: Actor, text: str) -> None:
    """What was ordered has been done."""
    _order(authorisation, states.CONFIRM_RECTIFICATION, by=by, text=text)


@transaction.atomic
def suspend(authorisation: Authorisation, *, by: Actor, ground: SuspensionGround, text: str) -> None:
    """From today the mark may not be used, until the suspension is lifted; labels say so at once."""
    _order(authorisation, states.SUSPEND, by=by, text=text, payload={"ground": ground.value})
    amendments.insert(Suspension(authorisation=authorisation, ground=ground, effective_from=timezone.localdate()))


@transaction.atomic
def resume(authorisation: Authorisation, *, by: Actor, text: str) -> None:
    """Lift the suspension: from today the mark may be used again."""
    _order(authorisation, states.RESUME, by=by, text=text)
    authorisation.suspensions.filter(effective_to=None).update(effective_to=timezone.localdate())


@transaction.atomic
def _order(
    authorisation: Authorisation, move: Move, *, by: Actor, text: str, payload: Mapping[str, Any] | None = None
) -> None:
    """A step that the enterprise has to read: its text stands in the file of the authorisation."""
    terms = authorisation.terms.select_related("application").last()
    if terms is None:
        raise MoveRefused("no_file", _("This authorisation was decided elsewhere: there is no file for an order here."))
    _hold(Authorisation.objects.filter(pk=authorisation.pk))
    file, salt = locked(terms.application), secrets.token_hex(16)  # held before the journal, like all rows
    _move(authorisation, move, by=by, text=text, payload={**(payload or {}), **seal(text.strip(), salt)})
    amendments.insert(
        Note(
            application=file, kind=NoteKind.ORDER, move=move.name, text=text.strip(), salt=salt, by_id=by.person,
            role=by.role,
        )
    )  # fmt: skip


def _move(
    authorisation: Authorisation, move: Move, *, by: Actor, text: str, payload: Mapping[str, Any],
    on: datetime.date | None = None,
) -> None:  # fmt: skip
    day = on or timezone.localdate()
    changes = {"effective_to": day} if move.target in states.OVER else {}
    if changes and day < authorisation.effective_from:
        raise MoveRefused("before_beginning", _("An authorisation cannot end before it begins."))
    with transaction.atomic():
        apply_move(
            authorisation, move, by=by, subject=authorisation_subject(authorisation), state_field="state",
            division=division_of(authorisation), effective_on=day, reason=text, reason_is_public=False,
            changes=changes, payload=payload,
        )  # fmt: skip
        if move.target in states.OVER:
            authorisation.terms.filter(effective_to=None).update(effective_to=day)
            authorisation.suspensions.filter(effective_to=None).update(effective_to=day)
        notifications.tell_of_authorisation(authorisation, move.event)


def _hold(authorisations: QuerySet[Authorisation]) -> list[Authorisation]:
    """The rows as they are now, held until the end of the transaction.

    To be called before anything is written: who writes has the journal to itself, and must not wait for somebody
    who has an authorisation and waits for the journal. `no_key`: terms that are added do not wait for this.
    """
    rows = authorisations.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(rows.select_related("enterprise", "product"))


@transaction.atomic
def propose_stop(authorisation: Authorisation, *, by: Actor, ground: StopGround, text: str) -> StopCase:
    """Propose to end an authorisation: a reviewer of the territory, or the owner who gives the mark up."""
    if by.has(Permission.MANAGE_MEMBERS):
        must_act_for(by, authorisation.enterprise)
        if ground != StopGround.GIVEN_UP:
            raise not_permitted()
    elif not territory.may(by, Permission.REVIEW_MARK_USE, division_of(authorisation)):
        raise not_permitted()
    if not text.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    [fresh] = _hold(Authorisation.objects.filter(pk=authorisation.pk))
    if fresh.state not in states.STOP.sources:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    case = StopCase(
        authorisation=authorisation, ground=ground, text=text.strip(), salt=secrets.token_hex(16),
        proposed_by_id=by.person,
    )  # fmt: skip
    try:
        with transaction.atomic():
            amendments.insert(case)
    except IntegrityError:
        raise MoveRefused("proposed_already", _("A proposal to end it is waiting for its decision.")) from None
    _record(case, EventType.STOP_PROPOSED, by)
    notifications.tell_of_authorisation(authorisation, EventType.STOP_PROPOSED)
    return case


@transaction.atomic
def decide_stop(case: StopCase, *, by: Actor, text: str) -> None:
    """End the authorisation as proposed; somebody else than the proposer."""
    [case.authorisation] = _hold(Authorisation.objects.filter(pk=case.authorisation_id))
    _close(case, states.DECIDE_STOP, by=by, text=text)
    move = states.DEREGISTER if case.ground in WITHOUT_FAULT else states.STOP
    payload = {"ground": case.ground} | seal(case.decision, case.salt)
    _move(case.authorisation, move, by=by, text=text, payload=payload)


@transaction.atomic
def drop_stop(case: StopCase, *, by: Actor, text: str) -> None:
    """Do not follow the proposal; the authorisation stays as it is."""
    _close(case, states.DROP_STOP, by=by, text=text)


def _close(case: StopCase, move: Move, *, by: Actor, text: str) -> None:
    changes = {"decided_by_id": by.person, "decided_on": timezone.localdate(), "decision": text.strip()}
    apply_move(
        case, move, by=by, subject=authorisation_subject(case.authorisation), state_field="state",
        division=division_of(case.authorisation), effective_on=timezone.localdate(), reason=text,
        reason_is_public=False, changes=changes, payload={"ground": case.ground} | seal(text.strip(), case.salt),
    )  # fmt: skip


def _record(case: StopCase, event: EventType, by: Actor) -> None:
    payload = {"ground": str(case.ground)} | seal(case.text, case.salt)
    subject = authorisation_subject(case.authorisation)
    journal.record(Event(event, subject, payload, timezone.localdate()), by=by)


@transaction.atomic
def revoke_protection(
    right: Right, *, by: Actor, on: datetime.date, announcement: Announcement, reason: str
) -> list[Authorisation]:
    """End the protection of a right; with the last one the authorisations for the product end too.

    They end when the product lost its last right, which need not be the one that is entered last. Returns the
    authorisations that ended.
    """
    live = Authorisation.objects.filter(product=right.product_id, state__in=states.END_WITH_PRODUCT.sources)
    _hold(live)
    registrar.revoke_right(right, by=by, on=on, announcement=announcement, reason=reason)
    rights = Right.objects.filter(product=right.product_id)
    if rights.in_force().exists():
        return []
    last_day = max(day for day in rights.values_list("effective_to", flat=True) if day is not None)
    ended = list(live.select_related("enterprise", "product"))
    for authorisation in ended:
        payload = {"ground": StopGround.PRODUCT_REVOKED.value, "announcement": announcement.text}
        day = max(last_day, authorisation.effective_from)
        _move(authorisation, states.END_WITH_PRODUCT, by=by, text=reason, on=day, payload=payload)
    return ended


@transaction.atomic
def decide_revocation(
    case: ProtectionCase, *, by: Actor, reason: str, text: str, published_on: datetime.date, **act: Any
) -> list[Authorisation]:
    """Grant a request for revocation by a new announcement (`act`: see `acts.announce`): protection ends on its day.

    Authorisations and labels stop in the same transaction. Returns the authorisations that ended.
    """
    if case.right is None:
        raise MoveRefused("no_right", _("Only what is protected can be changed or revoked."))
    _hold(Authorisation.objects.filter(product=case.right.product_id, state__in=states.END_WITH_PRODUCT.sources))
    held(case)  # before the announcement writes the journal, like whoever keeps the protection
    announcement = acts.announce(
        by=by, text=text, published_on=published_on, demonstration=case.demonstration, **act
    )
    protecting.take(
        case, REVOKE_CASE, by=by, text=reason, note=CaseNoteKind.DECISION, payload={"ground": case.ground},
        announcement=announcement,
    )  # fmt: skip
    if case.demonstration:
        return []
    words = _("Revocation case {reference}").format(reference=case.reference)
    return revoke_protection(case.right, by=by, on=published_on, announcement=announcement, reason=words)


@transaction.atomic
def note_use(authorisation: Authorisation, *, by: Actor, used_on: datetime.date) -> None:
    """The mark was used on a day; of several days the latest counts."""
    must_act_for(by, authorisation.enterprise)
    if used_on > timezone.localdate():
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    rows = Authorisation.objects.filter(pk=authorisation.pk, state__in=states.USABLE)
    if rows.exclude(last_used_on__gte=used_on).update(last_used_on=used_on):
        authorisation.last_used_on = used_on
