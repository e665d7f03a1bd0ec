"""What pages of editors show of the register. EDGE."""

from typing import Any

from django import template
from django.urls import reverse

from cms.figures import Figures, key_figures
from cms.models import HomePage, NewsPage
from products import maps
from products.models import Announcement

register = template.Library()
ANNOUNCEMENTS = 5
NEWS_ON_HOME = 3


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
def latest_news(page: HomePage) -> list[NewsPage]:
    """The newest published news in the language of a page."""
    return list(NewsPage.objects.live().filter(locale=page.locale).order_by("-date", "-pk")[:NEWS_ON_HOME])


def _protected_in(code: str) -> str:
    return f"{reverse('products:search')}?province={code}&status=protected"
