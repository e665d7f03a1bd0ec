"""What happens to a name on an agreement list: its stages, and the reviews whether it is a product of the register."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal
from gi_registry.amendments import require
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from products.entry_history import review_seen
from products.entry_words import status_words
from products.models import Agreement, AgreementEntry, Product
from products.recognition_models import EntryStage
from products.record_values import entry_subject
from products.refreshing import refresh, suggest
from products.states import EntryStatus, MatchBasis, Side


def _held(entry: AgreementEntry) -> AgreementEntry:
    """The name as it is now; its agreement is held first, as by everybody who changes names of a list."""
    agreement = Agreement.objects.select_for_update().get(pk=entry.agreement_id)
    fresh = AgreementEntry.objects.select_related("product", "suggested").get(pk=entry.pk)
    fresh.agreement = agreement
    return fresh


# --- Stages ---


@transaction.atomic
def move_entry(
    entry: AgreementEntry, move: Move, *, by: Actor, on: datetime.date, act: str, reason: str
) -> None:
    """A name reaches another stage from a day on, by an act, such as an announcement.

    The stages stay beside each other, so that every past day from the first of them on can be answered. What was
    before the first is not made up.
    """
    require(by, move.permission)
    fresh = _held(entry)
    if entry.status != fresh.status:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    act = act.strip()
    if not act:
        raise MoveRefused("act_missing", _("Name the act that moved it, with number and date."))
    _check_day(fresh, on)
    changes = {"status_text": status_words(move.target, act)}
    if move.target == EntryStatus.PROTECTED:
        changes["protected_from"] = on  # type: ignore[assignment]
    apply_move(
        fresh, move, by=by, subject=entry_subject(fresh), division=None, effective_on=on, reason=reason,
        changes=changes, payload={"act": act}, source=act,
    )  # fmt: skip
    amendments.insert(EntryStage(entry=fresh, status=move.target, effective_from=on, act=act))
    entry.refresh_from_db()


def _check_day(entry: AgreementEntry, on: datetime.date) -> None:
    if on > timezone.localdate():
        raise MoveRefused("wrong_day", _("The day lies in the future."))
    last = entry.stages.last()
    protected = entry.protected_from if entry.status == EntryStatus.PROTECTED else None
    since = max(filter(None, (last.effective_from if last else None, protected)), default=None)
    if since is not None and on < since:
        text = _("The day lies before {date}, when the name reached its present stage.")
        raise MoveRefused("wrong_day", text.format(date=since.isoformat()))


# --- Reviews: is it this product? ---


@transaction.atomic
def tie(entry: AgreementEntry, product: Product, *, by: Actor, reason: str, seen: str | None = None) -> None:
    """Somebody has looked at both and finds that the name on the list is this product.

    `seen`: see `_reviewed`. A product that was refused before can be tied: a later review may know more.
    """
    fresh = _reviewed(entry, by, reason, seen)
    held = AgreementEntry.objects.filter(pk=fresh.pk, product=None)
    if not held.update(product=product, match_basis=MatchBasis.REVIEWED, suggested=None):
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    fresh.refused_products.remove(product)
    _tell(EventType.ENTRY_TIED, fresh, product, by=by, reason=reason)
    _bring_in_step(entry, fresh, product)


@transaction.atomic
def refuse_match(entry: AgreementEntry, product: Product, *, by: Actor, reason: str, seen: str | None = None) -> None:
    """Somebody has looked at both and finds that the name on the list is not this product.

    It is not suggested again. If the name was tied to it, it no longer is. `seen`: see `_reviewed`.
    """
    fresh = _reviewed(entry, by, reason, seen)
    if fresh.product_id != product.pk and fresh.refused_products.filter(pk=product.pk).exists():
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    untied = bool(AgreementEntry.objects.filter(pk=fresh.pk, product=product).update(product=None, match_basis=""))
    fresh.refused_products.add(product)
    _tell(EventType.ENTRY_MATCH_REFUSED, fresh, product, by=by, reason=reason, untied=untied)
    _bring_in_step(entry, fresh, product)


def _reviewed(entry: AgreementEntry, by: Actor, reason: str, seen: str | None) -> AgreementEntry:
    """The name as it is now. `seen`: what the reviewer knew of it (`review_seen`); None where nobody else can be."""
    require(by, Permission.KEEP_REGISTER)
    if not reason.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    fresh = _held(entry)
    if fresh.side != Side.OUTBOUND:
        raise MoveRefused("wrong_side", _("Only Chinese names are tied to products."))
    if seen is not None and seen != review_seen(fresh):
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    return fresh


def _tell(event: EventType, entry: AgreementEntry, product: Product, *, by: Actor, reason: str, **more: bool) -> None:
    payload = {"product": product.number, "name": product.name_zh, "reason": reason.strip(), **more}
    journal.record(Event(event, entry_subject(entry), payload, timezone.localdate()), by=by)


def _bring_in_step(entry: AgreementEntry, fresh: AgreementEntry, product: Product) -> None:
    suggest(fresh)
    for one in {product, fresh.suggested} - {None}:
        refresh(one)  # type: ignore[arg-type]
    entry.refresh_from_db()
