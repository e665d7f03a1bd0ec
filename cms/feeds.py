"""READER. What feeds tell: news, announcements, and what the journal says of a product, a region, a search, or all.

The journal is public as a whole on its own page. A feed leaves out what is about demonstration data or people, and
steps inside the offices that no page shows.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import CharField, Max, Q, QuerySet
from django.db.models.functions import Cast
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from wagtail.models import PageLogEntry

from cms.models import NewsIndexPage, NewsPage
from cms.visible_pages import path_of, visible, whole
from enterprises.inspection_models import InspectionDraw
from enterprises.models import Authorisation, Enterprise
from gi_registry.data_words import announcement_name
from gi_registry.journal_pages import subject_address
from gi_registry.models import Division, JournalEntry
from products.case_models import ProtectionCase
from products.models import Announcement, Product
from products.region_facts import products_of
from products.zone_models import DemonstrationZone

MOST = 50  # entries of a feed
TEXT = 300  # signs of what is said of an entry

# Subjects that are never demonstration data.
ALWAYS_REAL = (
    "product", "right", "standard", "testing_body", "check_item", "agreement", "agreement_entry", "foreign_gi",
    "poverty_list", "listed_unit", "division", "division_list", "source_list", "decision_authority",
)  # fmt: skip
# Subjects whose page is not for everybody: what is told here is only of those that are public.
PAGES_OF_PUBLIC_ONES = {"zone": "products:zone", "case": "products:case"}


@dataclass(frozen=True)
class FeedEntry:
    """One entry: `key` never changes, `path` leads to what it is about."""

    key: str
    title: str
    path: str
    text: str
    published: datetime.datetime
    updated: datetime.datetime


@dataclass(frozen=True)
class Feed:
    """A feed and the page it belongs to; `entries` are the newest first, at most fifty."""

    title: str
    path: str
    entries: list[FeedEntry]


@dataclass(frozen=True)
class Stamp:
    """The state that all feeds and the site map follow from: the journal's last entry and the last work on a page."""

    sequence: int
    changed_at: datetime.datetime

    def __str__(self) -> str:
        return f"{self.sequence}-{self.changed_at.timestamp():.6f}"


def stamp() -> Stamp:
    """The state now. Two queries."""
    sequence, recorded = JournalEntry.objects.values_list("sequence", "recorded_at").first() or (0, None)
    worked = PageLogEntry.objects.aggregate(at=Max("timestamp"))["at"]
    known = [moment for moment in (recorded, worked) if moment]
    return Stamp(sequence, max(known, default=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)))


def news(language: str) -> Feed:
    """The news of editors."""
    index = NewsIndexPage.objects.filter(pk__in=visible(language).order_by().values("pk")).first()
    return Feed(_("News"), path_of(index) if index else reverse("home"), _news(language, Q()))


def announcements() -> Feed:
    """Formal announcements, the latest first; those without a date are left out."""
    papers = list(Announcement.objects.real().filter(published_on__isnull=False)[:MOST])
    keys = [str(paper.pk) for paper in papers]
    told = JournalEntry.objects.filter(subject_kind="announcement", subject_id__in=keys).order_by()
    recorded = dict(told.values_list("subject_id").annotate(Max("recorded_at")))
    entries = []
    for paper in papers:
        assert paper.published_on is not None
        published = _midnight(paper.published_on)
        title = announcement_name(paper.text) or paper.text
        updated = max(published, recorded.get(str(paper.pk), published))
        text = Truncator(paper.body or str(paper.get_issuer_display())).chars(TEXT)
        entries.append(FeedEntry(f"announcement/{paper.pk}", title, paper.get_absolute_url(), text, published, updated))
    return Feed(_("Announcements"), reverse("products:announcements"), entries)


def of_product(product: Product, name: str, language: str) -> Feed:
    """What the journal says of a product, and the news about it."""
    about = Q(products__product=product)
    entries = _merged(_journal(_about_products([str(product.number)])), _news(language, about))
    return Feed(name, product.get_absolute_url(), entries)


def of_region(division: Division, name: str, language: str) -> Feed:
    """What the journal says of the products that apply in a division, and the news about it or a part of it."""
    here = Division.objects.within(division.code).values("pk")
    entries = _merged(
        _journal(_about_products(_numbers(products_of(division, timezone.localdate())))),
        _news(language, Q(divisions__division__in=here)),
    )
    return Feed(name, division.get_absolute_url(), entries)


def of_search(products: QuerySet[Product], title: str, path: str) -> Feed:
    """What the journal says of the products of a search."""
    return Feed(title, path, _journal(_about_products(_numbers(products))))


def of_journal() -> Feed:
    """What the journal says of all real records."""
    return Feed(_("Public journal"), reverse("journal"), _journal(_real()))


def _numbers(products: QuerySet[Product]) -> QuerySet[Product]:
    rows = Product.objects.filter(pk__in=products.order_by().values("pk"))
    return rows.annotate(key=Cast("number", CharField())).order_by().values("key")  # type: ignore[return-value]


def _about_products(numbers: Iterable[str] | QuerySet[Product]) -> Q:
    return Q(subject_kind="product", subject_id__in=numbers) | Q(parent_kind="product", parent_id__in=numbers)


def _real() -> Q:
    """Entries about real records that a page shows; on everything else a feed is silent."""
    return (
        Q(subject_kind__in=ALWAYS_REAL)
        | Q(subject_kind="announcement", subject_id__in=_texts(Announcement.objects.real()))
        | Q(subject_kind="enterprise", subject_id__in=Enterprise.objects.real().public().values("reference"))
        | Q(subject_kind="authorisation", subject_id__in=Authorisation.objects.real().values("reference"))
        | Q(subject_kind="case", subject_id__in=ProtectionCase.objects.public().real().values("reference"))
        | Q(subject_kind="zone", subject_id__in=DemonstrationZone.objects.public().values("reference"))
        | Q(subject_kind="inspection_draw",
            subject_id__in=InspectionDraw.objects.filter(demonstration=False).values("reference"))
    )  # fmt: skip


def _texts(rows: QuerySet[Announcement]) -> QuerySet[Announcement]:
    return rows.annotate(key=Cast("pk", CharField())).order_by().values("key")  # type: ignore[return-value]


def _journal(which: Q) -> list[FeedEntry]:
    """The latest entries of the journal. One query."""
    return [
        FeedEntry(
            key=f"journal/{entry.sequence}",
            title=f"{entry.get_event_type_display()} · {entry.subject_label}",
            path=path_of_entry(entry),
            text=_told(entry),
            published=entry.recorded_at,
            updated=entry.recorded_at,
        )
        for entry in JournalEntry.objects.filter(which)[:MOST]
    ]


def _told(entry: JournalEntry) -> str:
    told = [_("Entry %(number)s of the public journal.") % {"number": entry.sequence}]
    if entry.effective_on:
        told.append(_("In effect from %(date)s.") % {"date": entry.effective_on.isoformat()})
    return " ".join(told)


def path_of_entry(entry: JournalEntry) -> str:
    """The page of the subject, or of what it belongs to; else its entries in the journal. For feeds and letters."""
    if address := _page_of_public_one(entry) or subject_address(entry):
        return address
    for kind, reference in ((entry.subject_kind, entry.subject_id), (entry.parent_kind, entry.parent_id)):
        if re.fullmatch(r"[^\s:?&#]+", reference):
            return f"{reverse('journal')}?subject={kind}:{reference}"
    return reverse("journal")


def _page_of_public_one(entry: JournalEntry) -> str:
    page = PAGES_OF_PUBLIC_ONES.get(entry.subject_kind)
    try:
        return reverse(page, args=[entry.subject_id]) if page else ""
    except NoReverseMatch:  # an old entry may hold a reference that no address of today fits
        return ""


def _news(language: str, about: Q) -> list[FeedEntry]:
    rows = NewsPage.objects.filter(pk__in=visible(language).order_by().values("pk"))
    if about:
        rows = rows.filter(pk__in=NewsPage.objects.filter(about).values("pk"))
    latest = rows.order_by("-date", "-pk")[:MOST]
    entries = []
    for page in whole(latest):
        published = _midnight(page.date)
        updated = max(published, page.last_published_at or published)
        entries.append(FeedEntry(f"page/{page.pk}", page.title, path_of(page), page.intro, published, updated))
    return entries


def _merged(*lists: list[FeedEntry]) -> list[FeedEntry]:
    every = [entry for entries in lists for entry in entries]
    return sorted(every, key=lambda entry: entry.updated, reverse=True)[:MOST]


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
