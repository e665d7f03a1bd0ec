"""WRITER. Label batches: requested, proposed, issued, activated, declared void, returned, recalled.

Issuing writes one row, however many labels: codes are derived. The ledger balances at every moment: a season's
`committed` and `reserved` are raised by one conditional UPDATE, and a batch's labels are waiting, active, void or
returned. What was never activated gives its quantity back when it is returned or declared void; what was activated
never does.
Numbers of labels stay out of the journal, which is public, and are sealed there.
"""

from __future__ import annotations

import datetime
import secrets
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import label_keys, label_states, notifications
from enterprises.case_files import division_of, held, must_act_for, not_permitted
from enterprises.label_codes import ALPHABET, MAX_COUNT
from enterprises.label_facts import automatic_up_to, batch_subject
from enterprises.label_models import LabelBatch, LabelEvent, Season
from enterprises.label_states import (
    LARGE_BATCH,
    UNDECIDED,
    BatchState,
    Fate,
    RecallGround,
    SignalState,
    VoidReason,
)
from enterprises.scan_models import CopySignal
from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from gi_registry.state_tables import Move

EVENTS = {
    Fate.ACTIVE: EventType.LABELS_ACTIVATED,
    Fate.VOID: EventType.LABELS_VOIDED,
    Fate.RETURNED: EventType.LABELS_RETURNED,
}


def new_reference() -> str:
    """A name that shows neither how many batches there are nor when this one came."""
    return "LB" + "".join(secrets.choice(ALPHABET) for _place in range(8))


# --- Request and issue ---


@transaction.atomic
def request(
    season: Season, *, by: Actor, nonce: uuid.UUID, count: int, pack: int, mark_text: str, variety: str = "",
    pack_text: str = "", packed_on: datetime.date | None = None,
) -> LabelBatch:  # fmt: skip
    """Ask for labels; the province's rule may issue them at once. The same nonce gives the same batch."""
    must_act_for(by, season.authorisation.enterprise)
    season.authorisation = authorisation = held(season.authorisation)
    if found := LabelBatch.objects.filter(nonce=nonce).first():
        if found.season_id != season.pk:
            raise not_permitted()
        return found
    batch = LabelBatch(
        reference=new_reference(), nonce=nonce, season=season, count=count, pack=pack, mark_text=mark_text.strip(),
        variety=variety, pack_text=pack_text.strip(), packed_on=packed_on, requested_by_id=by.person,
    )  # fmt: skip
    if refusal := label_states.may_be_used(batch, by):
        raise MoveRefused("not_authorised", str(refusal))
    if not 0 < count < MAX_COUNT or pack <= 0:
        raise MoveRefused("wrong_count", _("A batch has 1 to {most} labels.").format(most=f"{MAX_COUNT - 1:,}"))
    terms = authorisation.terms.filter(effective_to=None).first()
    if terms and terms.varieties and variety not in terms.varieties:
        raise MoveRefused("other_variety", _("The authorisation does not cover this variety."))
    season = Season.objects.select_for_update().get(pk=season.pk)
    if count * pack > season.remaining:
        raise _over_allowance()
    amendments.insert(batch)
    _record(batch, EventType.BATCH_REQUESTED, by, {"count": count, "pack": pack}, nonce)
    if count <= min(automatic_up_to(authorisation), LARGE_BATCH):
        _issue(batch, by=Actor.system("issue rule"), automatically=True)
    else:
        notifications.tell_of_authorisation(authorisation, EventType.BATCH_REQUESTED)
    return batch


@transaction.atomic
def issue(batch: LabelBatch, *, by: Actor) -> None:
    """Issue the labels that were requested."""
    batch.season.authorisation = held(batch.season.authorisation)
    _issue(batch, by=by, automatically=False)
    notifications.tell_of_authorisation(batch.season.authorisation, EventType.BATCH_ISSUED)


def _issue(batch: LabelBatch, *, by: Actor, automatically: bool) -> None:
    if not _left_for(batch).update(committed=F("committed") + batch.quantity):
        raise _over_allowance()
    _move(batch, label_states.ISSUE, by=by, changes=_secret_of(batch) | {"issued_automatically": automatically})


@transaction.atomic
def propose(batch: LabelBatch, *, by: Actor) -> None:
    """The first of two officials for a large batch: from now on its quantity is reserved."""
    batch.season.authorisation = held(batch.season.authorisation)
    if not _left_for(batch).update(reserved=F("reserved") + batch.quantity):
        raise _over_allowance()
    changes = {"proposed_by_id": by.person, "proposed_on": timezone.localdate()}
    _move(batch, label_states.PROPOSE, by=by, changes=changes)
    notifications.tell_of_authorisation(batch.season.authorisation, EventType.BATCH_PROPOSED)


@transaction.atomic
def agree(batch: LabelBatch, *, by: Actor) -> None:
    """The second official agrees to a large batch: what was reserved is issued."""
    batch.season.authorisation = held(batch.season.authorisation)
    _release(batch, committed=F("committed") + batch.quantity)
    payload = {"proposed_by": f"user:{batch.proposed_by_id}"}
    _move(batch, label_states.AGREE, by=by, changes=_secret_of(batch), payload=payload)
    notifications.tell_of_authorisation(batch.season.authorisation, EventType.BATCH_ISSUED)


def _left_for(batch: LabelBatch) -> QuerySet[Season]:
    """The season of a batch, if its certified output covers what was issued, what is reserved and this."""
    taken = F("committed") + F("reserved") + batch.quantity
    return Season.objects.filter(pk=batch.season_id, certified__gte=taken)


def _release(batch: LabelBatch, **more: Any) -> None:
    """What was reserved for a batch is no longer; the move that follows fails where the batch was not proposed."""
    if batch.state == BatchState.PROPOSED:
        rows = Season.objects.filter(pk=batch.season_id, reserved__gte=batch.quantity)
        if not rows.update(reserved=F("reserved") - batch.quantity, **more):
            raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))


def _secret_of(batch: LabelBatch) -> dict[str, Any]:
    key_id, secret = label_keys.seal(label_keys.new_secret(), f"batch:{batch.pk}")
    return {"key_id": key_id, "secret": secret}


def _over_allowance() -> MoveRefused:
    return MoveRefused(
        "over_allowance",
        _("The certified output of the season does not cover so many labels. Ask for fewer, or state more output."),
    )


@transaction.atomic
def refuse(batch: LabelBatch, *, by: Actor, text: str) -> None:
    """Do not issue; the enterprise reads why."""
    batch.season.authorisation = held(batch.season.authorisation)
    _release(batch)
    _move(batch, label_states.REFUSE_BATCH, by=by, text=text)
    notifications.tell_of_authorisation(batch.season.authorisation, EventType.BATCH_REFUSED)


@transaction.atomic
def withdraw(batch: LabelBatch, *, by: Actor) -> None:
    """The enterprise takes its request back while nobody has decided."""
    must_act_for(by, batch.season.authorisation.enterprise)
    batch.season.authorisation = held(batch.season.authorisation)
    _release(batch)
    _move(batch, label_states.WITHDRAW_BATCH, by=by)


@transaction.atomic
def recall(batch: LabelBatch, *, by: Actor, ground: RecallGround, text: str) -> None:
    """Recall the whole batch, by the office or by the enterprise itself; the public reads ground and day at once.

    With that the copy signals of the batch that nobody has decided on are settled.
    """
    move = label_states.RECALL
    if by.has(Permission.APPLY_FOR_MARK):
        must_act_for(by, batch.season.authorisation.enterprise)
        move = label_states.RECALL_OWN
    batch.season.authorisation = held(batch.season.authorisation)
    changes = {"recalled_on": timezone.localdate(), "recall_ground": ground}
    signals = CopySignal.objects.filter(batch=batch, state__in=UNDECIDED)
    for signal in signals.select_for_update():  # a reason for watching stays
        signal.decision = "\n\n".join(filter(None, [signal.decision, text.strip()]))[:2000]
        signal.state, signal.decided_on = SignalState.RECALLED, timezone.localdate()
        signal.save(update_fields=["decision", "state", "decided_on"])
    _move(batch, move, by=by, text=text, changes=changes, payload={"ground": ground.value})
    notifications.tell_of_authorisation(batch.season.authorisation, EventType.BATCH_RECALLED)


def _move(
    batch: LabelBatch, move: Move, *, by: Actor, text: str = "", changes: dict[str, Any] | None = None,
    payload: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    decided: dict[str, Any] = {"decision": text.strip()}
    if move.target not in (BatchState.RECALLED, BatchState.PROPOSED):  # the day of issue stays
        decided["decided_on"] = timezone.localdate()
    payload = (payload or {}) | sealed({"count": batch.count, "pack": batch.pack, "text": text.strip()}, batch.nonce)
    apply_move(
        batch, move, by=by, subject=batch_subject(batch), division=division_of(batch.season.authorisation),
        effective_on=timezone.localdate(), reason=text, reason_is_public=False, state_field="state",
        changes=decided | (changes or {}), payload=payload,
    )  # fmt: skip


# --- What happens to labels ---


def activate(batch: LabelBatch, *, by: Actor, nonce: uuid.UUID, first: int, last: int) -> LabelEvent:
    """These labels are on packs and go on sale."""
    return _happen(batch, Fate.ACTIVE, by=by, nonce=nonce, first=first, last=last)


def declare_void(
    batch: LabelBatch, *, by: Actor, nonce: uuid.UUID, first: int, last: int, reason: VoidReason
) -> LabelEvent:
    """These labels no longer count, on packs or not; whoever scans one is told."""
    return _happen(batch, Fate.VOID, by=by, nonce=nonce, first=first, last=last, reason=reason)


def take_back(batch: LabelBatch, *, by: Actor, nonce: uuid.UUID, first: int, last: int) -> LabelEvent:
    """These labels were never used and are returned; their quantity may be issued again."""
    return _happen(batch, Fate.RETURNED, by=by, nonce=nonce, first=first, last=last, reason=VoidReason.SURPLUS)


@transaction.atomic
def _happen(
    batch: LabelBatch, fate: Fate, *, by: Actor, nonce: uuid.UUID, first: int, last: int, reason: str = ""
) -> LabelEvent:
    """Add an event for a range; refused where it does not fit every label in it. The same nonce counts once."""
    must_act_for(by, batch.season.authorisation.enterprise)
    batch.season.authorisation = held(batch.season.authorisation)
    if fate == Fate.ACTIVE and (refusal := label_states.may_be_used(batch, by)):
        raise MoveRefused("not_authorised", str(refusal))
    Season.objects.select_for_update().get(pk=batch.season_id)
    batch = LabelBatch.objects.select_for_update(of=("self",)).select_related("season__authorisation").get(pk=batch.pk)
    if found := LabelEvent.objects.filter(nonce=nonce).first():
        if found.batch_id != batch.pk:
            raise not_permitted()
        return found
    if batch.state != BatchState.ISSUED:
        raise MoveRefused("wrong_state", _("This is possible for issued batches only."))
    if not 1 <= first <= last <= batch.count:
        sentence = _("The labels of this batch are numbered 1 to {last}.").format(last=batch.count)
        raise MoveRefused("wrong_range", sentence)
    activated = _activated_in(batch, fate, first, last)
    event = LabelEvent(
        batch=batch, nonce=nonce, fate=fate, first=first, last=last, reason=reason, on=timezone.localdate(),
        by_id=by.person, unused=0 if fate == Fate.ACTIVE else last - first + 1 - activated,
    )  # fmt: skip
    amendments.insert(event)
    _count(event, activated)
    _record(batch, EVENTS[fate], by, {"first": first, "last": last, "reason": reason}, nonce)
    return event


def _activated_in(batch: LabelBatch, fate: Fate, first: int, last: int) -> int:
    """How many labels of a range are active. Refuses a range with labels that this cannot happen to."""
    touching = list(batch.events.filter(first__lte=last, last__gte=first))
    final = [event for event in touching if event.fate != Fate.ACTIVE]
    active = [event for event in touching if event.fate == Fate.ACTIVE]
    hindering = final if fate == Fate.VOID else final + active
    if hindering:
        raise MoveRefused("wrong_range", _taken(hindering))
    return sum(min(last, event.last) - max(first, event.first) + 1 for event in active)


def _taken(events: Iterable[LabelEvent]) -> str:
    parts = [f"{event.first}-{event.last} ({event.get_fate_display()})" for event in list(events)[:5]]
    return _("Labels in this range already have an event: {ranges}. Choose a range beside them.").format(
        ranges=_(", ").join(parts)
    )


def _count(event: LabelEvent, activated: int) -> None:
    """Bring the counters of the batch in step, and give the quantity of unused labels back to the season."""
    batch, size = event.batch, event.size
    if event.fate == Fate.ACTIVE:
        changes: dict[str, Any] = {"active": F("active") + size}
    elif event.fate == Fate.VOID:
        changes = {"void": F("void") + size, "active": F("active") - activated}
    else:
        changes = {"returned": F("returned") + size}
    LabelBatch.objects.filter(pk=batch.pk).update(**changes)
    if event.unused:
        Season.objects.filter(pk=batch.season_id).update(committed=F("committed") - event.unused * batch.pack)


def _record(batch: LabelBatch, event: EventType, by: Actor, values: dict[str, Any], nonce: uuid.UUID) -> None:
    journal.record(Event(event, batch_subject(batch), sealed(values, nonce), timezone.localdate()), by=by)
