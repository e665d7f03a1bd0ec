"""What the head of every page says to machines: its one address, its languages, a preview, its feeds. EDGE.

The tag stands around title and meta data of a page and reads what the page says there itself: a page that is not for
search engines gets no address for them, a canonical address of its own counts, and a description serves the preview.
"""

import re
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page as PageOfList
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _
from wagtail.models import Page

from cms.canonical import is_private, query_of
from cms.models import HomePage, NewsIndexPage, NewsPage
from cms.two_languages import stands_in
from cms.visible_pages import path_of

register = template.Library()

CANONICAL = re.compile(r"""<link rel=["']canonical["'][^>]*?href=["']([^"']*)["'][^>]*>""")
DESCRIPTION = re.compile(r"""<meta name=["']description["']\s+content="([^"]*)">""")
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
NO_INDEX = re.compile(r"""<meta name=["']robots["'][^>]*noindex""")
OWN_PICTURE = re.compile(r"""property=["']og:image["']""")
LOCALES = {"zh-hans": "zh_CN", "en": "en_US"}


@register.simple_block_tag(takes_context=True)
def page_head(context: template.Context, content: str) -> SafeString:
    """The title and meta data of a page, and after them what follows from its address."""
    request = context.get("request")
    said = CANONICAL.search(content)
    content = CANONICAL.sub("", content).strip()
    page = context.get("page")
    about = Head(request, page if isinstance(page, Page) else None, said[1] if said else "", content)
    if isinstance(page, PageOfList):  # the view knows best which page it shows
        about.number = str(page.number)
    return mark_safe(content + "\n" + render_to_string("components/head_links.html", {"head": about.as_dict()}))


@register.inclusion_tag("components/feed_links.html", takes_context=True)
def feed_links(context: template.Context) -> dict[str, Any]:
    """The feeds of a page, to be seen; nothing where it has none or is the home page."""
    request, page = context.get("request"), context.get("page")
    feed = feed_of(request, page) if request and not isinstance(page, HomePage) else None
    return {"feed": feed}


class Head:
    """What is said of one page. `said`: the address that its template gives; `content`: title and meta data."""

    def __init__(self, request: HttpRequest | None, page: Page | None, said: str, content: str) -> None:
        self.request, self.page, self.said, self.content = request, page, said, content
        self.number = request.GET.get("page", "") if request else ""

    def as_dict(self) -> dict[str, Any]:
        """Everything that the template writes."""
        if self.request is None or self.is_closed(self.request):
            return {"closed": True, "writes_robots": not NO_INDEX.search(self.content)}
        canonical, languages = self.addresses(self.request)
        title = TITLE.search(self.content)
        name = " ".join(title[1].split()).rpartition(" · ")[0] if title else ""
        description = DESCRIPTION.search(self.content)
        said = description[1] if description and description[1].strip() != name else ""
        own, other = (LOCALES[code] for code in (self.language, *(set(LOCALES) - {self.language})))
        return {
            "closed": False,
            "canonical": canonical,
            "languages": languages,
            "title": mark_safe(name),
            "description": mark_safe(said) if said else _(
                "Look up Chinese geographical indications: what is protected, where, by which act, and who may use "
                "the mark."
            ),
            "type": "article" if isinstance(self.page, NewsPage) else "website",
            "locale": own,
            "other_locale": other if len(languages) > 1 else "",
            "picture": "" if OWN_PICTURE.search(self.content) else absolute(static("img/share.png")),
            "feed": feed_of(self.request, self.page),
        }  # fmt: skip

    @property
    def language(self) -> str:
        """The language of the page around."""
        return get_language() or settings.LANGUAGE_CODE

    def is_closed(self, request: HttpRequest) -> bool:
        """Whether search engines are asked to leave the page out; answers to what somebody typed are."""
        return bool(
            NO_INDEX.search(self.content) or is_private(request.path) or request.GET.get("q")
            or getattr(request, "is_preview", False)
        )  # fmt: skip

    def addresses(self, request: HttpRequest) -> tuple[str, list[tuple[str, str]]]:
        """The one address of the page, and (language, address) of it and its translations."""
        query = query_of(asked(request), self.number)
        if self.page is None:
            paths = {code: translate_url(request.path, code) for code in LOCALES}
            here = self.said.partition("?")[0] or absolute(request.path)
        else:
            paths = self.translations(self.page)
            here = absolute(path_of(original_of(self.page)))
        addresses = {code: absolute(path) + query for code, path in paths.items()}
        if addresses.get(self.language) != here + query:  # what stands here only instead of another page has no twin
            return here + query, []
        links = [(to_locale(code).replace("_", "-"), address) for code, address in addresses.items()]
        return here + query, [*links, ("x-default", addresses["zh-hans"])] if len(links) > 1 else []

    def translations(self, page: Page) -> dict[str, str]:
        """The path of a page of editors in every language in which it was written. At most one query and a few."""
        if original_of(page) != page:
            return {}
        twins = page.get_translations().live().public().filter(alias_of=None).select_related("locale")
        known = {page.locale.language_code: path_of(page)}
        known |= {twin.locale.language_code: path_of(twin) for twin in twins if not stands_in(twin)}
        return {code: known[code] for code in LOCALES if code in known}


def asked(request: HttpRequest) -> list[tuple[str, str]]:
    """The parameters of an address, each value by itself."""
    return [(name, value) for name, values in request.GET.lists() for value in values]


def original_of(page: Page) -> Page:
    """The page itself, or the one whose text is shown in its place."""
    return getattr(page, "original", None) or page


def absolute(address: str) -> str:
    """An address with the host of the site."""
    return address if address.startswith(("http://", "https://")) else settings.SITE_URL + address


def feed_of(request: HttpRequest, page: Any = None) -> dict[str, str] | None:
    """The title and the two addresses of a page's feed."""
    match = getattr(request, "resolver_match", None)
    view = match.view_name if match else ""
    arguments = list(match.kwargs.values()) if match else []
    if isinstance(page, NewsIndexPage | NewsPage | HomePage):
        return _feed(_("News"), "cms:news_feed")
    if view in ("products:announcements", "products:announcement"):
        return _feed(_("Announcements"), "cms:announcements_feed")
    if view == "products:record":
        return _feed(_("Changes of this record"), "cms:product_feed", arguments)
    if view == "products:region":
        return _feed(_("Changes in this region"), "cms:region_feed", arguments)
    if view == "products:search":
        return _feed(_("Changes of the products of this list"), "cms:search_feed", query=query_of(asked(request)))
    if view == "journal":
        return _feed(_("Public journal"), "cms:journal_feed")
    return None


def _feed(title: str, name: str, arguments: list[Any] | None = None, query: str = "") -> dict[str, str]:
    kinds = {kind: reverse(name, args=[*(arguments or []), kind]) + query for kind in ("atom", "rss")}
    return {"title": title, **kinds}
