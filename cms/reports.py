"""READER. What the reports of the page editor tell: links that lead nowhere, pictures and files that nothing uses."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from modelcluster.models import get_serializable_data_for_fields
from wagtail.models import Page, ReferenceIndex, Site

from cms.links import Link, links_in
from cms.models import LinkCheck, RegisterDocument, RegisterImage
from cms.two_languages import CHINESE, ENGLISH
from enterprises import directory
from gi_registry.models import Division
from products.models import Agreement, FormerNumber, PovertyList, Product

# Servers that want no programs answer so; a person may well get through.
REFUSED = frozenset({401, 403, 429})
TARGETS: dict[str, Any] = {
    "page": Page, "document": RegisterDocument, "image": RegisterImage, "product": Product, "province": Division,
    "agreement": Agreement, "poverty_list": PovertyList,
}  # fmt: skip
KINDS: dict[str, str | Promise] = {
    "page": _("page"), "document": _("file"), "image": _("picture"), "product": _("product"),
    "province": _("region"), "agreement": _("agreement"), "poverty_list": _("poverty list"),
    "own": _("own address"), "address": _("address elsewhere"),
}  # fmt: skip


@dataclass(frozen=True)
class BrokenLink:
    """A link of a published page that leads nowhere. `checked_at`: when the address elsewhere was last asked."""

    page: Page
    link: Link
    why: str | Promise
    checked_at: datetime.datetime | None = None

    @property
    def kind(self) -> str | Promise:
        return KINDS[self.link.kind]


def broken_links() -> list[BrokenLink]:
    """Links that lead nowhere, in the order of the pages. Own ones are looked up now, others were asked before."""
    found = list(_links_by_page())
    wanted = defaultdict(set)
    for _page, link in found:
        wanted[link.kind].add(link.target)
    there = {kind: _there(kind, wanted[kind]) for kind in TARGETS if wanted[kind]}
    live = set(_live_pages(wanted["page"]))
    asked = {row.address: row for row in LinkCheck.objects.filter(address__in=wanted["address"])}
    rows = []
    for page, link in found:
        if link.kind == "address":
            row = asked.get(link.target)
            if row and (why := _answer_in_words(row.status)):
                rows.append(BrokenLink(page, link, why, row.checked_at))
        elif link.kind == "own":
            if not leads_somewhere(link.target):
                rows.append(BrokenLink(page, link, _("nothing is found at this address")))
        elif link.target not in there[link.kind]:
            rows.append(BrokenLink(page, link, _("no longer there")))
        elif link.kind == "page" and link.target not in live:
            rows.append(BrokenLink(page, link, _("not published")))
    return rows


def addresses_in_use() -> set[str]:
    """Addresses elsewhere that published pages link to."""
    return {link.target for _page, link in _links_by_page() if link.kind == "address"}


def _links_by_page() -> Iterator[tuple[Page, Link]]:
    hosts = {urlsplit(settings.SITE_URL).netloc.lower()}
    for page in Page.objects.live().filter(depth__gt=1, alias_of=None).order_by("path").specific():
        # Rows below a page hold keys of records, no text.
        for link in links_in(get_serializable_data_for_fields(page), hosts):
            yield page, link


def _there(kind: str, keys: set[str]) -> set[str]:
    return {str(key) for key in TARGETS[kind].objects.filter(pk__in=keys).values_list("pk", flat=True)}


def _live_pages(keys: set[str]) -> Iterator[str]:
    return (str(key) for key in Page.objects.live().filter(pk__in=keys).values_list("pk", flat=True))


def _answer_in_words(status: int) -> str | Promise:
    if status == 0:
        return _("no answer")
    if status >= 400 and status not in REFUSED:
        return _("answered with %(status)s") % {"status": status}
    return ""


def leads_somewhere(address: str) -> bool:
    """Whether a path of this site is the address of a page, record or list."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return False
    if path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
        return True
    with translation.override(ENGLISH if path.startswith("/en/") else CHINESE):
        try:
            match = resolve(path)
        except Resolver404:
            return False
    if match.view_name == "wagtail_serve":
        return _is_page(path)
    values = match.kwargs
    if match.view_name == "products:record":
        number = values["number"]
        known = Product.objects.filter(number=number) or FormerNumber.objects.filter(number=number)
        return bool(known)
    if match.view_name == "products:region":
        return Division.objects.filter(code=values["code"]).exists()
    if match.view_name == "enterprises:record":
        return directory.by_key(values["key"]) is not None
    return True


def _is_page(path: str) -> bool:
    """Whether a published page has this path."""
    site = Site.objects.select_related("root_page").get(is_default_site=True)
    home = site.root_page
    if path.startswith("/en/"):
        home, path = home.get_translations().first() or home, path.removeprefix("/en")
    below = path.strip("/")
    return bool(Page.objects.live().filter(url_path=home.url_path + (f"{below}/" if below else "")).exists())


def unused_images() -> QuerySet[RegisterImage]:
    """Pictures that no page uses, oldest first."""
    return _unused(RegisterImage).order_by("created_at", "pk")


def unused_files() -> QuerySet[RegisterDocument]:
    """Files that no page uses, oldest first."""
    return _unused(RegisterDocument).order_by("created_at", "pk")


def _unused(model: Any) -> QuerySet[Any]:
    counted = model.objects.annotate(uses=ReferenceIndex.usage_count_subquery(model))
    rows: QuerySet[Any] = counted.filter(uses=0).select_related("uploaded_by_user")
    return rows
