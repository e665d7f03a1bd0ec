"""Products, their legal tracks and announcements: every change of what is protected is made here.

Each function is one transaction with its journal entry, and leaves the product's summary columns and search
text in step. Values that a call does not name stay as they are; an amendment stores only what differs.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments
from gi_registry.amendments import require
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.partial_dates import Precision
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from products.models import (
    Announcement,
    AnnouncementEntry,
    FormerNumber,
    Product,
    ProductName,
    ProtectedArea,
    Right,
)
from products.record_values import (
    PRODUCT_COLUMNS,
    RIGHT_COLUMNS,
    Act,
    AnnouncementValues,
    Area,
    Name,
    ProductValues,
    RightValues,
    announcement_subject,
    announcement_values,
    product_subject,
    product_values,
    right_subject,
    right_values,
)
from products.refreshing import refresh
from products.states import CONFIRM, CONFIRMED, REVOKE, AnnouncementKind, DateBasis, NameKind, ProductStatus
from products.system_models import ProtectionRequirement

# --- Products ---


@transaction.atomic
def enter_product(*, by: Actor, number: int, source: str = "", **values: Unpack[ProductValues]) -> Product:
    """A new product; it counts as reported until it has rights."""
    product = Product(number=number, status=ProductStatus.REPORTED, **_own(values, PRODUCT_COLUMNS))
    event = EventType.PRODUCT_ENTERED
    amendments.enter(product, values, by=by, event=event, subject=product_subject, source=source)
    _set_names(product, values.get("names", frozenset()), frozenset())
    _set_former_numbers(product, values.get("former_numbers", frozenset()))
    refresh(product)
    return product


@transaction.atomic
def amend_product(product: Product, *, by: Actor, source: str = "", **values: Unpack[ProductValues]) -> None:
    """Correct a product. A name that it loses stays as its former name."""
    changes = amendments.amend(
        product, product_values(product), values, columns=PRODUCT_COLUMNS, by=by, source=source,
        event=EventType.PRODUCT_AMENDED, subject=product_subject,
    )  # fmt: skip
    if names := changes.get("names"):
        _set_names(product, names.after, names.before)
    if numbers := changes.get("former_numbers"):
        _set_former_numbers(product, numbers.after - numbers.before)
    if renamed := changes.get("name_zh"):
        ProductName.objects.get_or_create(product=product, kind=NameKind.FORMER, text=renamed.before)
    if changes:
        refresh(product)


def _own(values: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in columns if name in values}


def _set_names(product: Product, after: Iterable[Name], before: Iterable[Name]) -> None:
    for name in sorted(set(before) - set(after)):
        ProductName.objects.filter(product=product, kind=name.kind, text=name.text).delete()
    for name in sorted(set(after) - set(before)):
        amendments.insert(ProductName(product=product, **name._asdict()))


def _set_former_numbers(product: Product, numbers: Iterable[int]) -> None:
    for number in sorted(numbers):
        FormerNumber.objects.create(number=number, product=product)


# --- Rights ---


@transaction.atomic
def enter_right(
    product: Product, *, by: Actor, reference: str, source: str = "", **values: Unpack[RightValues]
) -> Right:
    """A legal track on which the product's name is protected, or said to be."""
    right = Right(product=product, reference=reference, **_own(values, RIGHT_COLUMNS))
    _must_have_first_day(right.status, right.effective_from)
    amendments.enter(
        right, values, by=by, event=EventType.RIGHT_ENTERED, subject=right_subject, source=source,
        effective_on=right.effective_from,
    )  # fmt: skip
    right.sources.add(*values.get("sources", ()))
    _set_areas(right, values.get("areas", frozenset()), frozenset(), timezone.localdate())
    _set_acts(right, values.get("announcements", frozenset()), frozenset())
    refresh(product)
    return right


@transaction.atomic
def amend_right(
    right: Right,
    *,
    by: Actor,
    source: str = "",
    on: datetime.date | None = None,
    **values: Unpack[RightValues],
) -> None:
    """Correct what is recorded of a right. Divisions that its area loses end on `on` (default today).

    A right is revoked by `revoke_right` alone, and one that was revoked keeps its status.
    """
    status = values.get("status", right.status)
    if status != right.status:
        require(by, Permission.END_PROTECTION)
        if ProductStatus.REVOKED in (status, right.status):
            raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    _must_have_first_day(status, values.get("effective_from", right.effective_from))
    changes = amendments.amend(
        right, right_values(right), values, columns=RIGHT_COLUMNS, by=by, source=source,
        event=EventType.RIGHT_AMENDED, subject=right_subject,
    )  # fmt: skip
    if sources := changes.get("sources"):
        right.sources.set(sources.after)
    if areas := changes.get("areas"):
        _set_areas(right, areas.after, areas.before, on or timezone.localdate())
    if acts := changes.get("announcements"):
        _set_acts(right, acts.after, acts.before)
    if changes:
        refresh(right.product)


def _must_have_first_day(status: str, effective_from: datetime.date | None) -> None:
    if status in CONFIRMED and effective_from is None:
        raise MoveRefused("first_day_missing", _("A confirmed right needs the first day of its protection."))


def _set_areas(right: Right, after: frozenset[Area], before: frozenset[Area], on: datetime.date) -> None:
    kept = {area.division for area in after}
    for area in before:
        if area.division not in kept:
            right.areas.filter(division=area.division).update(effective_to=on)
    for area in sorted(after - before, key=lambda area: area.division.code):
        values: dict[str, Any] = {**area._asdict(), "effective_to": None}
        division = values.pop("division")
        row = right.areas.filter(division=division).last() if before else None
        if row is not None:  # an area may return to a division that it left
            ProtectedArea.objects.filter(pk=row.pk).update(**values)
        else:
            amendments.insert(ProtectedArea(right=right, division=division, **values))


def _set_acts(right: Right, after: frozenset[Act], before: frozenset[Act]) -> None:
    for act in before - after:
        right.announcement_entries.filter(announcement=act.announcement, kind=act.kind).delete()
    for act in after - before:
        AnnouncementEntry.objects.create(right=right, announcement=act.announcement, kind=act.kind)


@transaction.atomic
def confirm_right(
    right: Right, *, by: Actor, on: datetime.date, announcement: Announcement, reason: str, source: str = ""
) -> None:
    """Protection begins on a day by an announcement of approval."""
    changes: dict[str, Any] = {"effective_from": on, "effective_from_basis": DateBasis.APPROVAL}
    changes |= {"approved_on": on, "approved_precision": Precision.DAY}
    _move(right, CONFIRM, by, on, changes, AnnouncementKind.APPROVAL, announcement, reason, source)


@transaction.atomic
def revoke_right(
    right: Right, *, by: Actor, on: datetime.date, announcement: Announcement, reason: str, source: str = ""
) -> None:
    """Protection ends: `on` is the first day without it."""
    if right.effective_from is not None and on < right.effective_from:
        raise MoveRefused("before_beginning", _("Protection cannot end before it began."))
    _move(
        right, REVOKE, by, on, {"effective_to": on}, AnnouncementKind.REVOCATION, announcement, reason, source
    )


@transaction.atomic
def change_right(
    right: Right, *, by: Actor, on: datetime.date, announcement: Announcement, areas: frozenset[Area] | None = None,
    parts: Mapping[str, str] | None = None, area_text: str = "", source: str = "",
) -> None:  # fmt: skip
    """From `on` a right has another area, other requirements, or both (None leaves them); the old stay on record."""
    require(by, Permission.END_PROTECTION)
    if on > timezone.localdate():
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    if areas is not None:
        _change_area(right, areas, by, on, announcement, area_text, source)
    if parts is not None:
        enter_requirements(right, parts, by=by, on=on, announcement=announcement, source=source)
    AnnouncementEntry.objects.get_or_create(announcement=announcement, right=right, kind=AnnouncementKind.CHANGE)
    refresh(right.product)


def _change_area(
    right: Right, areas: frozenset[Area], by: Actor, on: datetime.date, announcement: Announcement, text: str,
    source: str,
) -> None:  # fmt: skip
    before = right_values(right)["areas"]
    gone, new = before - areas, areas - before
    if not gone and not new:
        return
    right.areas.filter(effective_to=None, division__in=[area.division for area in gone]).update(effective_to=on)
    for area in sorted(new, key=lambda area: area.division.code):
        amendments.insert(ProtectedArea(right=right, effective_from=on, **area._asdict()))
    if text:
        Right.objects.filter(pk=right.pk).update(area_text=text)
    told = {"before": amendments.plain(before), "after": amendments.plain(areas), "area_text": text}
    payload = {"announcement": announcement.text, **told}
    amendments.write(Event(EventType.AREA_CHANGED, right_subject(right), payload, on, source), by=by)


@transaction.atomic
def enter_requirements(
    right: Right, parts: Mapping[str, str], *, by: Actor, on: datetime.date, announcement: Announcement, source: str
) -> None:
    """A version of the protection requirements, by part; it ends the one before."""
    require(by, Permission.END_PROTECTION)
    last = right.requirements.order_by("version").last()
    if last is not None:
        if on < last.effective_from:
            raise MoveRefused("wrong_day", _("The day lies before the version that is in force."))
        ProtectionRequirement.objects.filter(pk=last.pk).update(effective_to=on)
    kept = {part: text.strip() for part, text in parts.items() if text.strip()}
    version = ProtectionRequirement(
        right=right, version=last.version + 1 if last else 1, parts=kept, effective_from=on,
        announcement=announcement, source=source,
    )  # fmt: skip
    amendments.insert(version)
    payload = {"announcement": announcement.text, "version": version.version, "parts": kept}
    amendments.write(Event(EventType.REQUIREMENTS_ENTERED, right_subject(right), payload, on, source), by=by)


def _move(
    right: Right, move: Move, by: Actor, on: datetime.date, changes: Mapping[str, Any],
    kind: AnnouncementKind, announcement: Announcement, reason: str, source: str,
) -> None:  # fmt: skip
    if on > timezone.localdate():
        raise MoveRefused("in_the_future", _("The day lies in the future."))
    apply_move(
        right, move, by=by, subject=right_subject(right), division=right.product.province, effective_on=on,
        reason=reason, changes=changes, payload={"announcement": announcement.text}, source=source,
    )  # fmt: skip
    AnnouncementEntry.objects.get_or_create(announcement=announcement, right=right, kind=kind)
    refresh(right.product)


# --- Announcements, by which products are found ---


@transaction.atomic
def enter_announcement(*, by: Actor, source: str = "", **values: Unpack[AnnouncementValues]) -> Announcement:
    """A formal announcement. The products that it names are entered with their rights."""
    announcement = Announcement(**values)
    amendments.enter(
        announcement, values, by=by, event=EventType.ANNOUNCEMENT_ENTERED, subject=announcement_subject,
        source=source, effective_on=announcement.published_on,
    )  # fmt: skip
    return announcement


@transaction.atomic
def amend_announcement(
    announcement: Announcement, *, by: Actor, source: str = "", **values: Unpack[AnnouncementValues]
) -> None:
    """Correct what is recorded of an announcement."""
    changes = amendments.amend(
        announcement, announcement_values(announcement), values, by=by, source=source,
        event=EventType.ANNOUNCEMENT_AMENDED, subject=announcement_subject,
    )  # fmt: skip
    if "text" in changes:
        for product in Product.objects.filter(rights__announcements=announcement).distinct():
            refresh(product)
