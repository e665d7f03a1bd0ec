"""READER. Published pages as readers of the site see them: what lies below a section, the news, the way to a page."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.models import Page

from cms.models import (
    AnnouncementPage,
    EventPage,
    GuidePage,
    NewsCategory,
    NewsIndexPage,
    NewsPage,
    PolicyPage,
    ProductPage,
)
from cms.policy_states import PolicyState, state_on
from gi_registry.models import Division
from products.models import Product

COMING = 5  # events named above the news


def shown(pages: QuerySet[Any]) -> Any:
    """Those of some pages that everybody may read now: published, not expired, not kept for a group."""
    now = timezone.now()
    return pages.live().public().filter(Q(expire_at=None) | Q(expire_at__gt=now))  # type: ignore[attr-defined]


def way_to(page: Page) -> list[tuple[str, str]]:
    """Titles and addresses of the pages above a page, without the home page. One query."""
    above = page.get_ancestors().filter(depth__gt=2).live().order_by("depth")
    return [(one.title, one.url) for one in above]


# --- a section


@dataclass
class Below:
    """What lies below a section, by kind, in the order of the editors; events by day."""

    guides: list[GuidePage] = field(default_factory=list)
    policies: list[tuple[PolicyPage, PolicyState]] = field(default_factory=list)
    stories: list[ProductPage] = field(default_factory=list)
    announcements: list[AnnouncementPage] = field(default_factory=list)
    coming: list[EventPage] = field(default_factory=list)
    past: list[EventPage] = field(default_factory=list)
    others: list[Page] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is published below."""
        return not any(vars(self).values())


def below(section: Page, on: datetime.date | None = None) -> Below:
    """The pages below a section. One query, and a few for each kind of page that occurs."""
    on = on or timezone.localdate()
    pages = list(shown(section.get_children().select_related("locale")).order_by("path"))
    found = Below()
    by_class: dict[Any, list[Page]] = {}
    for page in pages:
        by_class.setdefault(page.specific_class, []).append(page)
    for kind, rows in by_class.items():
        _sort(found, kind, rows, on)
    return found


def _sort(found: Below, kind: Any, rows: Sequence[Page], on: datetime.date) -> None:
    keys = [page.pk for page in rows]
    if kind is GuidePage:
        found.guides = _in_order(GuidePage.objects, keys)
    elif kind is PolicyPage:
        acts = _in_order(PolicyPage.objects.select_related("replaced_by"), keys)
        found.policies = [(act, standing(act, on)) for act in acts]
    elif kind is ProductPage:
        found.stories = _in_order(ProductPage.objects.select_related("product__province"), keys)
    elif kind is AnnouncementPage:
        found.announcements = _in_order(AnnouncementPage.objects.select_related("announcement"), keys)
    elif kind is EventPage:
        events = EventPage.objects.filter(pk__in=keys).select_related("division", "locale")
        found.coming, found.past = _by_day(events, on)
    else:
        found.others += rows if kind is None else _in_order(kind.objects, keys)


def _in_order(rows: Any, keys: Iterable[int]) -> list[Any]:
    return list(rows.filter(pk__in=list(keys)).select_related("locale").order_by("path"))


def _by_day(events: QuerySet[EventPage], on: datetime.date) -> tuple[list[EventPage], list[EventPage]]:
    """Events that are not over, the next first, and those that are, the latest first."""
    rows = sorted(events, key=lambda event: (event.starts_on, event.pk))
    over = [event for event in rows if last_day(event) < on]
    return [event for event in rows if last_day(event) >= on], over[::-1]


def last_day(event: EventPage) -> datetime.date:
    """The last day of an event; one without a last day is over after its first."""
    day: datetime.date = event.ends_on or event.starts_on
    return day


def standing(act: PolicyPage, on: datetime.date | None = None) -> PolicyState:
    """How an act stands on a date (default today)."""
    on = on or timezone.localdate()
    return state_on(on, act.in_force_from, act.ended_on, replaced=act.replaced_by_id is not None)


def replaces(act: PolicyPage) -> list[PolicyPage]:
    """The published acts that an act took the place of, each in its language where there is one."""
    rows = shown(PolicyPage.objects.filter(replaced_by__translation_key=act.translation_key)).select_related(
        "locale"
    )
    by_key = {}
    for other in sorted(rows.order_by("issued_on", "pk"), key=lambda other: other.locale_id == act.locale_id):
        by_key[other.translation_key] = other
    return list(by_key.values())


def successor(act: PolicyPage) -> PolicyPage | None:
    """The published act that took the place of an act, in its language where there is one."""
    newer = act.replaced_by
    if newer is None:
        return None
    rows = PolicyPage.objects.filter(translation_key=newer.translation_key)
    found = sorted(shown(rows).select_related("locale"), key=lambda other: other.locale_id != act.locale_id)
    return found[0] if found else None


# --- news


@dataclass(frozen=True)
class NewsChoice:
    """What the list of news can be narrowed to: categories and years in which there are news."""

    categories: list[NewsCategory]
    years: list[int]


def news(index: NewsIndexPage, category: str = "", year: str = "") -> QuerySet[NewsPage]:
    """The news below a list, newest first, those of a category and of a year where these are given."""
    rows = shown(NewsPage.objects.child_of(index)).select_related("category", "locale")
    if category:
        rows = rows.filter(category__slug=category)
    if year:
        rows = rows.filter(date__year=int(year))
    found: QuerySet[NewsPage] = rows.order_by("-date", "-pk")
    return found


def news_choice(index: NewsIndexPage) -> NewsChoice:
    """What the news below a list can be narrowed to."""
    rows = news(index)
    years = sorted({day.year for day in rows.order_by().values_list("date", flat=True)}, reverse=True)
    used = rows.order_by().values("category")
    return NewsChoice(list(NewsCategory.objects.filter(pk__in=used)), years)


def coming_events(index: NewsIndexPage, on: datetime.date | None = None) -> list[EventPage]:
    """The next events below a list of news."""
    on = on or timezone.localdate()
    rows = shown(EventPage.objects.child_of(index)).filter(Q(ends_on__gte=on) | Q(starts_on__gte=on))
    return list(rows.select_related("division", "locale").order_by("starts_on", "pk")[:COMING])


def products_of(page: NewsPage) -> list[Product]:
    """The products that a piece of news is about, in the order of the editors; also those of a draft."""
    keys = [row.product_id for row in page.products.all()]
    found = Product.objects.select_related("province").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def divisions_of(page: NewsPage) -> list[Division]:
    """The regions that a piece of news is about."""
    keys = [row.division_id for row in page.divisions.all()]
    found = Division.objects.select_related("parent").in_bulk(keys)
    return [found[key] for key in keys if key in found]
