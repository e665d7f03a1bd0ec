"""What pages of editors show of the register. EDGE."""

from typing import Any

from django import template
from django.urls import reverse

from cms import live_pages
from cms.figures import Figures, key_figures
from cms.models import GuidePage, HomePage, NewsPage, ProductPage
from products import maps
from products import notices as public_notices
from products.models import Announcement

register = template.Library()
ANNOUNCEMENTS = 5
NEWS_ON_HOME = 4
STORIES_ON_HOME = 4
GUIDES_ON_HOME = 7
NOTICES_ON_HOME = 5


@register.simple_tag
def figures_today() -> Figures:
    """The key figures of the register."""
    return key_figures()


@register.simple_tag
def protected_map(figures: Figures) -> dict[str, Any]:
    """The map of protected products by province and its rows, the largest number first.

    Returns {"map", "rows": [{"division", "count", "url"}]}. One query.
    """
    numbers = figures.protected_by_province
    rows = [
        {"division": division, "count": numbers.get(code, 0), "url": _protected_in(code)}
        for code, division in maps.provinces().items()
    ]
    drawing = maps.country(numbers, _protected_in)
    return {"map": drawing, "rows": sorted(rows, key=lambda row: (-row["count"], row["division"].code))}


@register.simple_tag
def latest_announcements() -> list[Announcement]:
    """The newest announcements whose date is known."""
    return list(Announcement.objects.real().filter(published_on__isnull=False)[:ANNOUNCEMENTS])


@register.simple_tag
def open_notices() -> list[public_notices.Standing]:
    """The times to object that run today, the one that ends first before the others; never demonstration."""
    return [one for one in public_notices.running() if one.is_open][:NOTICES_ON_HOME]


@register.simple_tag
def latest_news(page: HomePage) -> list[NewsPage]:
    """The newest published news in the language of a page."""
    return list(_written_for(NewsPage.objects, page).order_by("-date", "-pk")[:NEWS_ON_HOME])


@register.simple_tag
def latest_stories(page: HomePage) -> list[ProductPage]:
    """The stories of products that were published last, with their products."""
    stories = _written_for(ProductPage.objects, page).select_related("product__province")
    return list(stories.order_by("-first_published_at", "-pk")[:STORIES_ON_HOME])


@register.simple_tag
def guides(page: HomePage) -> list[GuidePage]:
    """The guides, in the order in which editors have put them."""
    return list(_written_for(GuidePage.objects, page).order_by("path")[:GUIDES_ON_HOME])


def _written_for(pages: Any, home: HomePage) -> Any:
    """What everybody may read in the language of the home page; what only stands in for a translation is left out."""
    return live_pages.shown(pages.filter(locale=home.locale_id, alias_of=None))


def _protected_in(code: str) -> str:
    return f"{reverse('products:search')}?province={code}&status=protected"
