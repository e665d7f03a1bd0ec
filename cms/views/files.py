"""Site map and rules for robots, written anew when the register or its pages have changed."""

import zlib
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import to_locale
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cms import feeds
from cms import site_map as pages
from cms.views.feeds import remembered

DAY = 86_400
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
# Work places, what belongs to one person, answers to what somebody typed, and lists as files. The editor is not named
# where its address is meant to be hard to guess.
CLOSED = ("desk", "portal", "account", "find", "search", "v", "V", "follow", "_util", "objections/status")
EDITOR = ("cms",) if settings.CMS_PATH == "cms/" else ()


@remembered
def site_map(request: HttpRequest) -> HttpResponse:
    """The list of the parts."""
    return sent("index", index)


@remembered
def site_map_part(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One part with all its pages in both languages. To ask for one that is not there costs nothing."""
    if not 1 <= number <= kept("parts", pages.parts).get(name, 0):
        raise Http404("no such part")
    return sent(f"{name}-{number}", lambda: one_part(name, number))


@require_safe
@cache_control(public=True, max_age=DAY)
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read: everything public."""
    closed = [f"Disallow: {prefix}/{part}/" for part in (*CLOSED, *EDITOR) for prefix in ("", "/en")]
    lines = ["User-agent: *", *closed, "Disallow: /*?q=", "Disallow: /*&q=", "Disallow: /*format=",
             "Allow: /", "", f"Sitemap: {settings.SITE_URL}{reverse('site_map')}", ""]  # fmt: skip
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def sent(name: str, write: Callable[[], str]) -> HttpResponse:
    """A file from memory while nothing has changed."""
    packed = kept(name, lambda: zlib.compress(write().encode()))
    return HttpResponse(zlib.decompress(packed), content_type="application/xml; charset=utf-8")


def kept(name: str, find: Callable[[], Any]) -> Any:
    """What is found, from memory while nothing has changed."""
    key = f"site-map:{name}:{feeds.stamp()}:{timezone.localdate()}".replace(" ", "-")
    found = cache.get(key)
    if found is None:
        found = find()
        cache.set(key, found, DAY)
    return found


def index() -> str:
    """The addresses of all parts."""
    addresses = [
        settings.SITE_URL + reverse("site_map_part", args=[name, number])
        for name, files in kept("parts", pages.parts).items()
        for number in range(1, files + 1)
    ]
    rows = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return f"{HEAD}<sitemapindex {SPACE}>\n{rows}</sitemapindex>\n"


def one_part(name: str, number: int) -> str:
    """The pages of a part. Raises Http404 where there is none of that name and number."""
    entries = pages.part(name, number)
    if entries is None:
        raise Http404("no such part")
    rows = "".join(row for entry in entries for row in lines(entry))
    return f'{HEAD}<urlset {SPACE} xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{rows}</urlset>\n'


def lines(entry: pages.Entry) -> Iterable[str]:
    """A page once for each language, each time with all its languages."""
    addresses = {code: escape(settings.SITE_URL + path) for code, path in entry.paths.items()}
    links = [(to_locale(code).replace("_", "-"), address) for code, address in addresses.items()]
    if len(links) > 1:
        links.append(("x-default", addresses[settings.LANGUAGE_CODE]))
    twins = "".join(f'<xhtml:link rel="alternate" hreflang="{code}" href="{url}"/>' for code, url in links)
    changed = f"<lastmod>{timezone.localdate(entry.changed).isoformat()}</lastmod>" if entry.changed else ""
    for address in addresses.values():
        yield f"<url><loc>{address}</loc>{changed}{twins if len(links) > 1 else ''}</url>\n"
