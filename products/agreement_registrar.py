"""Agreements on mutual recognition, their batches, the names on their lists, and the time to comment on these."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.amendments import differences, require, write
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products.list_values import AgreementValues, agreement_values, fingerprint
from products.models import Agreement, AgreementEntry, Announcement, Product
from products.objection_models import PublicNotice, notice_of
from products.objection_states import NoticeRule
from products.record_values import EntryValues, entry_subject, entry_values
from products.refreshing import refresh, suggest
from products.states import EntryStatus


def agreement_subject(agreement: Agreement) -> Subject:
    """The name of an agreement in the journal."""
    return Subject("agreement", agreement.code, agreement.name_zh)


@transaction.atomic
def enter_agreement(
    *, by: Actor, code: str, source: str = "", **values: Unpack[AgreementValues]
) -> Agreement:
    """An agreement, or one batch of lists of it. The same one entered twice is one."""
    require(by, Permission.KEEP_REGISTER)
    if (known := Agreement.objects.filter(code=code).first()) is not None:
        told = {name: value for name, value in values.items() if name != "order"}
        if not differences(agreement_values(known), told):
            return known
        raise MoveRefused("duplicate", _("There is an agreement with this short name already."))
    agreement = Agreement(code=code, **values)
    _fits(agreement, values.get("parent"))
    event = EventType.AGREEMENT_ENTERED
    amendments.enter(agreement, values, by=by, event=event, subject=agreement_subject, source=source)
    return agreement


@transaction.atomic
def amend_agreement(
    agreement: Agreement, *, by: Actor, source: str = "", seen: str | None = None, **values: Unpack[AgreementValues]
) -> None:
    """Correct what is recorded of an agreement. `seen`: see `_not_overtaken`."""
    if seen is not None:
        require(by, Permission.KEEP_REGISTER)
        agreement = _held(agreement)
    before, event = agreement_values(agreement), EventType.AGREEMENT_AMENDED
    _not_overtaken(before, values, seen)
    _fits(agreement, values.get("parent"))
    amendments.amend(agreement, before, values, by=by, event=event, subject=agreement_subject, source=source)


def _held(agreement: Agreement) -> Agreement:
    """The agreement as it is now, held until the end of the transaction.

    Whoever changes what others may be changing holds the agreement first, then its names, then the journal.
    """
    return Agreement.objects.select_for_update().get(pk=agreement.pk)


def _not_overtaken(now: Mapping[str, Any], values: Mapping[str, Any], seen: str | None) -> None:
    """Refuse a change by somebody who had other values before the eyes than those that stand now.

    `seen`: their fingerprint; None for loads. A form that is sent twice finds its own values, and is no conflict.
    """
    if seen is not None and seen != fingerprint(now) and differences(now, values):
        text = _("Somebody else has changed this since you opened it. What you typed is still here; nothing is stored.")
        raise MoveRefused("someone_was_faster", text)


def _fits(agreement: Agreement, parent: Agreement | None) -> None:
    """A batch belongs to an agreement that is no batch itself, so that counts are added up once."""
    if parent is None:
        return
    if parent.parent_id or parent.pk == agreement.pk or (agreement.pk and agreement.batches.exists()):
        raise MoveRefused("wrong_parent", _("A batch belongs to an agreement, never to another batch or to itself."))


# --- Names on the lists ---


@transaction.atomic
def enter_agreement_entry(
    agreement: Agreement, *, by: Actor, key: str, source: str = "", **values: Unpack[EntryValues]
) -> AgreementEntry:
    """A name on one side of an agreement."""
    entry = AgreementEntry(agreement=agreement, key=key, **values)
    event = EventType.AGREEMENT_ENTRY_ENTERED
    amendments.enter(entry, values, by=by, event=event, subject=entry_subject, source=source)
    _bring_in_step({entry.product}, entry)
    return entry


@transaction.atomic
def amend_agreement_entry(
    entry: AgreementEntry, *, by: Actor, source: str = "", seen: str | None = None, **values: Unpack[EntryValues]
) -> None:
    """Correct what is recorded of a name on an agreement list. `seen`: see `_not_overtaken`."""
    if seen is not None:
        require(by, Permission.KEEP_REGISTER)
        _held(entry.agreement)
        entry = AgreementEntry.objects.select_related("agreement", "product").get(pk=entry.pk)
        _not_overtaken(entry_values(entry), values, seen)
    products = {entry.product}
    event = EventType.AGREEMENT_ENTRY_AMENDED
    if amendments.amend(
        entry, entry_values(entry), values, by=by, event=event, subject=entry_subject, source=source
    ):
        _bring_in_step(products | {entry.product}, entry)


def _bring_in_step(products: Iterable[Product | None], entry: AgreementEntry) -> None:
    suggest(entry)
    for product in products:
        if product is not None:
            refresh(product)


# --- Time to comment ---


@transaction.atomic
def open_comments(
    agreement: Agreement, *, by: Actor, published_on: datetime.date, note: str, announcement: Announcement | None = None
) -> PublicNotice:
    """The names of a list that are published for comment: from the day after, anybody may object for two months.

    Of one agreement one such time runs at a time. The same publication told twice is one notice.
    """
    require(by, Permission.KEEP_REGISTER)
    agreement = _held(agreement)
    notice = notice_of(
        NoticeRule.COMMENT, published_on, agreement=agreement, announcement=announcement, note=note.strip()
    )
    earlier = PublicNotice.objects.filter(agreement=agreement)
    if (same := earlier.filter(published_on=published_on, note=notice.note).first()) is not None:
        return same
    if published_on > timezone.localdate():
        raise MoveRefused("wrong_day", _("The day lies in the future."))
    if earlier.filter(first_day__lte=notice.last_day, last_day__gte=notice.first_day).exists():
        raise MoveRefused("open_already", _("A time to comment on this list runs on these days already."))
    names = AgreementEntry.objects.filter(agreement=agreement, status=EntryStatus.LISTED, left_out_on=None).count()
    if not names:
        raise MoveRefused("nothing_listed", _("No name of this list is published for comment."))
    amendments.insert(notice)
    payload = {
        "announcement": announcement.text if announcement else "", "rule": str(notice.rule), "names": names,
        "last_day": notice.last_day.isoformat(), "note": notice.note,
    }  # fmt: skip
    write(Event(EventType.NOTICE_OPENED, agreement_subject(agreement), payload, published_on), by=by)
    return notice
