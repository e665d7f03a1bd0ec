"""READER. Everything the record page says of one product: its rights, areas, users, lists, sources, history.

One page joins all rights of a name. Only confirmed rights in force count as protection; dates known by halves
keep their precision.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry.models import Division, JournalEntry
from products import users
from products.models import (
    Announcement,
    AnnouncementEntry,
    ListedUnit,
    Product,
    ProductName,
    ProtectedArea,
    Right,
    Source,
    in_force,
)
from products.recognition_record import Recognition, abroad
from products.states import AnnouncementKind, AreaBasis, Basis, DateBasis, Extent, NameKind
from products.system_facts import ProductSystems, systems_of
from products.system_models import ProtectionRequirement
from products.system_requirements import version_on
from products.timeline import Line, timeline_of

SHOWN_ENTERPRISES = 12
SHOWN_EVENTS = 5


@dataclass(frozen=True)
class Since:
    """First day of protection as exactly as it is known, what that day rests on, and the act that shows it."""

    date: datetime.date
    precision: str
    basis: DateBasis
    announcement: Announcement | None


@dataclass(frozen=True)
class AreaLine:
    """A division of the area, the tracks it is stated for, and the poverty lists the division stands on."""

    division: Division
    extent: Extent
    basis: AreaBasis
    note: str
    rights: tuple[Right, ...]
    listed: tuple[ListedUnit, ...]

    @property
    def is_inferred(self) -> bool:
        """Whether the division is only a guess from the name."""
        return self.basis == AreaBasis.INFERRED_FROM_NAME

    @property
    def is_live(self) -> bool:
        """Whether a right in force on the date has this area."""
        return any(right.is_live for right in self.rights)  # type: ignore[attr-defined]

    @property
    def mark(self) -> str:
        """The word the map knows this line by."""
        return "inferred" if self.is_inferred else "part" if self.extent == Extent.PART else "here"


@dataclass(frozen=True)
class RecordFacts:
    """What the register knows of a product on the date `on`."""

    product: Product
    on: datetime.date
    rights: Sequence[Right]
    since: Since | None
    areas: Sequence[AreaLine]
    requirements: Sequence[tuple[Right, ProtectionRequirement]]
    requirement_versions: int
    authorisations: Sequence[Any]
    confirmed_users: int
    reported_users: int
    further_users: int
    recognition: Sequence[Recognition]
    suggested: Sequence[Recognition]
    systems: ProductSystems
    names: Sequence[ProductName]
    sources: Sequence[Source]
    events: Sequence[JournalEntry]
    timeline: Sequence[Line]

    @property
    def is_protected(self) -> bool:
        """Whether a confirmed right is in force on the date."""
        return self.since is not None

    @property
    def status_is_plain(self) -> bool:
        """Whether the product's status says it all: not on a date before protection began or after it ended."""
        return self.is_protected == self.product.is_confirmed

    @property
    def status_word(self) -> str:
        """The status in words, never one of protection where none is in force on the date."""
        if self.status_is_plain:
            return str(self.product.get_status_display())
        return _("protected on this date") if self.is_protected else _("not protected on this date")

    @property
    def rests_on_acts(self) -> bool:
        """Whether the announcements of a right are themselves what the record was read from."""
        return any(right.basis == Basis.SOURCED and right.announcement_entries.all() for right in self.rights)

    @property
    def deciding(self) -> list[AreaLine]:
        """The areas that say where the product is protected; those of all tracks where none of them says it."""
        return [line for line in self.areas if line.is_live] or list(self.areas)

    @property
    def area_kind(self) -> str:
        """'protected' (named for a right in force), 'inferred' (guessed from the name), 'stated' or 'none'."""
        lines = self.deciding
        if not lines:
            return "stated" if self.wordings else "none"
        if all(line.is_inferred for line in lines):
            return "inferred"
        return "protected" if any(line.is_live and not line.is_inferred for line in lines) else "stated"

    @property
    def wordings(self) -> list[Right]:
        """The rights whose source words the area of that day, each wording once, rights in force first."""
        live_last = sorted(self.rights, key=lambda right: bool(right.is_live))  # type: ignore[attr-defined]
        return list({right.area_text: right for right in live_last if self._is_worded(right)}.values())[::-1]

    @staticmethod
    def _is_worded(right: Right) -> bool:
        """The wording is that of today's area: it does not tell of a day before the area was changed."""
        return bool(right.area_text) and not right.area_changed_later  # type: ignore[attr-defined]

    @property
    def marks(self) -> dict[str, str]:
        """The map's marks by division code; what a source names wins over what a name suggests."""
        return {line.division.code: line.mark for line in reversed(self.deciding)}

    @property
    def map_province(self) -> str:
        """Code of the province to draw, '' where no area is known."""
        return self.deciding[0].division.lineage()[0].code if self.areas else ""


def facts_of(number: int, on: datetime.date | None = None) -> RecordFacts | None:
    """The facts of a product on a date (default today), None for an unknown number.

    The number of queries does not depend on what is on record.
    """
    product = Product.objects.select_related("province").filter(number=number).first()
    if product is None:
        return None
    on = on or timezone.localdate()
    rights = _rights(product, on)
    holders = users.standing(on).filter(product=product)
    counts = users.count(holders)
    shown = list(
        holders.select_related("enterprise", "announcement").order_by("basis", "enterprise__name_zh", "pk")[
            :SHOWN_ENTERPRISES
        ]
    )
    names_abroad = abroad(product, on)
    entries = [one.entry for one in names_abroad.reviewed]
    return RecordFacts(
        product=product,
        on=on,
        rights=rights,
        since=_since(rights),
        areas=_areas(rights, on),
        requirements=_requirements(rights, on),
        requirement_versions=sum(len(right.requirements.all()) for right in rights),
        authorisations=shown,
        confirmed_users=counts["confirmed"],
        reported_users=counts["reported"],
        further_users=counts["all"] - len({row.enterprise_id for row in shown}),
        recognition=names_abroad.reviewed,
        suggested=names_abroad.suggested,
        systems=systems_of(product, on),
        names=list(product.names.exclude(kind=NameKind.READING)),
        sources=_sources(rights, [row.sources for row in entries] + [row.source for row in shown]),
        events=list(JournalEntry.objects.about("product", str(number))[:SHOWN_EVENTS]),
        timeline=timeline_of(rights, entries),
    )


def _rights(product: Product, on: datetime.date) -> list[Right]:
    """The rights with all that belongs to them; `is_live` says whether one is in force on the date."""
    entries = AnnouncementEntry.objects.select_related("announcement")
    areas = ProtectedArea.objects.on(on)
    return list(
        product.rights.annotate(
            is_live=ExpressionWrapper(in_force(on), output_field=BooleanField()),
            area_changed_later=Exists(ProtectedArea.objects.filter(right=OuterRef("pk"), effective_from__gt=on)),
        ).prefetch_related(
            Prefetch("announcement_entries", entries),
            Prefetch("areas", areas.select_related("division__parent__parent")),
            "sources",
            "requirements",
        )
    )


def _requirements(rights: Iterable[Right], on: datetime.date) -> list[tuple[Right, ProtectionRequirement]]:
    """The version of the day of each right that is in force."""
    found = [
        (right, version_on(sorted(right.requirements.all(), key=lambda one: one.version), on))
        for right in rights
        if right.is_live  # type: ignore[attr-defined]
    ]
    return [(right, version) for right, version in found if version is not None]


def _since(rights: Iterable[Right]) -> Since | None:
    """The earliest first day among the rights in force."""
    live = [right for right in rights if right.is_live and right.effective_from]  # type: ignore[attr-defined]
    if not live:
        return None
    right = min(live, key=lambda right: right.effective_from or datetime.date.max)
    assert right.effective_from is not None
    basis = DateBasis(right.effective_from_basis or DateBasis.APPROVAL)
    kind = AnnouncementKind.MARK_USE if basis == DateBasis.MARK_USE else AnnouncementKind.APPROVAL
    acts = [entry.announcement for entry in right.announcement_entries.all() if entry.kind == kind]
    if basis == DateBasis.MARK_USE:
        acts = [act for act in acts if act.published_on == right.effective_from]
    act = acts[0] if acts else None
    precision = "day"
    if basis == DateBasis.APPROVAL and right.approved_on == right.effective_from:
        precision = right.approved_precision
    elif act is not None and act.published_on == right.effective_from:
        precision = act.published_precision
    return Since(right.effective_from, precision, basis, act)


def _areas(rights: Iterable[Right], on: datetime.date) -> list[AreaLine]:
    """The areas of all rights in one list: rights in force first, and what sources name before guesses."""
    lines: dict[tuple[int, str, str], list[tuple[ProtectedArea, Right]]] = {}
    for right in rights:
        for area in right.areas.all():
            lines.setdefault((area.division_id, area.extent, area.basis), []).append((area, right))
    units: dict[int, list[ListedUnit]] = {}
    through = ListedUnit.divisions.through.objects.filter(division__in={key[0] for key in lines})
    for row in through.select_related("listedunit__poverty_list").order_by("listedunit__poverty_list__order"):
        units.setdefault(row.division_id, []).append(row.listedunit)
    made = [
        AreaLine(
            division=found[0][0].division,
            extent=Extent(extent),
            basis=AreaBasis(basis),
            note=found[0][0].basis_note,
            rights=tuple(right for _area, right in found),
            listed=tuple(units.get(division, ())),
        )
        for (division, extent, basis), found in lines.items()
    ]
    return sorted(made, key=lambda line: (not line.is_live, line.is_inferred, line.division.code))


def _sources(rights: Iterable[Right], keys: Iterable[str]) -> list[Source]:
    """The sources of the rights, and those that entries and authorisations name by key, each once."""
    named = {
        word
        for text in keys
        for part in re.split(r"[;,]", text)
        for word in (part.strip(), *part.split()[:1])
    }
    found = list(Source.objects.filter(key__in=named - {""}))
    rows = [source for right in rights for source in right.sources.all()]
    return list({source.key: source for source in (*rows, *found)}.values())
