"""Feeds in both forms. They are written anew only where something changed since the reader last asked."""

import datetime
import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.http import http_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms import feeds
from cms.feeds import Feed
from gi_registry import territory
from products import maps
from products.filters import ProductFilter
from products.models import FormerNumber, Product

KEPT = 300  # seconds for which a reader need not ask again
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # signs that XML cannot hold
View = Callable[..., HttpResponseBase]


def remembered(view: View) -> View:
    """Answer "not modified" where nothing changed since: one question to the journal, one to the pages."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = feeds.stamp()
        seen = f"{state} {timezone.localdate()} {request.get_full_path()}"
        etag = f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
        modified = int(state.changed_at.timestamp())
        response = get_conditional_response(request, etag, modified) or view(request, *args, **kwargs)
        if response.status_code in (200, 304):
            response.headers.setdefault("ETag", etag)
            response.headers.setdefault("Last-Modified", http_date(modified))
            patch_cache_control(response, public=True, max_age=KEPT)
        return response

    return require_safe(asked)


@remembered
def news(request: HttpRequest, kind: str) -> HttpResponse:
    """The news of editors."""
    return written(request, feeds.news(language()), kind)


@remembered
def announcements(request: HttpRequest, kind: str) -> HttpResponse:
    """Formal announcements."""
    return written(request, feeds.announcements(), kind)


@remembered
def journal(request: HttpRequest, kind: str) -> HttpResponse:
    """The public journal."""
    return written(request, feeds.of_journal(), kind)


@remembered
def product(request: HttpRequest, number: int, kind: str) -> HttpResponseBase:
    """One product; a former number leads to the present one."""
    found = Product.objects.filter(number=number).first()
    if found is None:
        former = get_object_or_404(FormerNumber.objects.select_related("product"), number=number)
        return redirect("cms:product_feed", former.product.number, kind, permanent=True)
    return written(request, feeds.of_product(found, maps.name_of(found), language()), kind)


@remembered
def region(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """One division; a code of the past leads to the division of today."""
    division = territory.resolve(code)
    if division is None:
        raise Http404("no such division")
    if division.code != code:
        return redirect("cms:region_feed", division.code, kind, permanent=True)
    return written(request, feeds.of_region(division, maps.name_of(division), language()), kind)


@remembered
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """The products of a filter; what cannot be read in it is ignored, as on the page."""
    chosen = ProductFilter(request.GET, queryset=Product.objects.all())
    text = chosen.values.get("q", "")
    title = _("Products: %(text)s") % {"text": text} if text else _("Products")
    query = chosen.parameters.urlencode()
    page = reverse("products:search") + (f"?{query}" if query else "")
    return written(request, feeds.of_search(chosen.qs, title, page), kind)


def language() -> str:
    """Code of the language that is asked for."""
    return get_language() or settings.LANGUAGE_CODE


def written(request: HttpRequest, feed: Feed, kind: str) -> HttpResponse:
    """A feed in one of its two forms. Links lead to the site by its own name, whatever name was asked for."""
    site = _("Register of Geographical Indications")
    writer: type[SyndicationFeed] = Atom if kind == "atom" else Rss
    made = writer(
        title=clean(f"{feed.title} · {site}"), link=settings.SITE_URL + feed.path, language=language(),
        description=clean(_("What is new: %(title)s") % {"title": feed.title}), author_name=site,
        feed_url=settings.SITE_URL + request.path + (f"?{query}" if (query := feed.path.partition("?")[2]) else ""),
        empty_since=feeds.stamp().changed_at if not feed.entries else None,
    )  # fmt: skip
    for entry in feed.entries:
        made.add_item(
            title=clean(entry.title), link=settings.SITE_URL + entry.path, description=escape(clean(entry.text)),
            unique_id=identity(entry.key), unique_id_is_permalink=False,
            pubdate=entry.published, updateddate=entry.updated,
        )  # fmt: skip
    return HttpResponse(made.writeString("utf-8"), content_type=made.content_type)


def identity(key: str) -> str:
    """The name of an entry that never changes, also where its address does (RFC 4151); one for each language."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{key}/{language()}"


def clean(text: str) -> str:
    """A text without the signs that XML cannot hold."""
    return NO_XML.sub("", text)


class Dated:
    """An empty feed is as old as the register, not always of this moment."""

    feed: dict[str, Any]

    def latest_post_date(self) -> datetime.datetime:
        since: datetime.datetime | None = self.feed.get("empty_since")
        return since or super().latest_post_date()  # type: ignore[misc]


class Atom(Dated, Atom1Feed):
    """Atom 1.0."""


class Rss(Dated, Rss201rev2Feed):
    """RSS 2.0."""
