"""READER. What can be followed, and who follows what: the answers behind forms and links."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cms.follow_words import Followed, link_of, name_in
from cms.models import Follow, FollowedKind
from enterprises import directory
from gi_registry import territory
from products.facets import ANY
from products.filters import PROTECTED, ProductFilter
from products.maps import name_of
from products.models import Agreement, FormerNumber, PovertyList, Product
from products.states import Category, ProductStatus, Track

KEY_LENGTH = 300
NOT_FOLLOWED = ("as_of", "sort")  # a day of the past brings no news, and news have an order of their own


def find(kind: str, key: str) -> Followed | None:
    """What a kind and a key name; None for what is unknown, not public, or made up for demonstration."""
    if kind not in _FINDERS or len(key) > KEY_LENGTH or "\0" in key:
        return None
    return _FINDERS[kind](key)


def product(key: str) -> Product | None:
    """The product with this number of today or of the past."""
    if not re.fullmatch(r"[0-9]{1,9}", key):
        return None
    found = Product.objects.filter(number=int(key)).first()
    if found is None and (former := FormerNumber.objects.select_related("product").filter(number=int(key)).first()):
        found = former.product
    return found


def products_wanted(key: str) -> ProductFilter:
    """The search that a key stands for; what means nothing any more is left out."""
    return ProductFilter(QueryDict(key), queryset=Product.objects.all())


def _product(key: str) -> Followed | None:
    found = product(key)
    if found is None:
        return None
    return Followed(FollowedKind.PRODUCT, str(found.number), name_of(found), found.get_absolute_url())


def _region(key: str) -> Followed | None:
    found = territory.resolve(key) if re.fullmatch(r"[0-9]{6}", key) else None
    if found is None:
        return None
    return Followed(FollowedKind.REGION, found.code, name_of(found), found.get_absolute_url())


def _enterprise(key: str) -> Followed | None:
    found = directory.by_key(key) if re.fullmatch(r"[0-9A-Za-z-]{1,20}", key) else None
    if found is None or found.is_demo:
        return None
    return Followed(FollowedKind.ENTERPRISE, found.key, found.name_zh, found.get_absolute_url())


def _agreement(key: str) -> Followed | None:
    found = Agreement.objects.filter(code=key).first() if re.fullmatch(r"[\w-]{1,20}", key, re.ASCII) else None
    if found is None:
        return None
    return Followed(FollowedKind.AGREEMENT, found.code, name_of(found), found.get_absolute_url())


def _search(key: str) -> Followed | None:
    chosen = products_wanted(key)
    parts = [
        (name, value)
        for name in sorted(chosen.parameters)
        if name not in NOT_FOLLOWED
        for value in chosen.parameters.getlist(name)
    ]
    query = QueryDict(mutable=True)
    for name, value in parts:
        query.appendlist(name, value)
    written = query.urlencode()
    if len(written) > KEY_LENGTH:
        return None
    address = reverse("products:search")
    address = f"{address}?{written}" if written else address
    return Followed(FollowedKind.SEARCH, written, _search_words(chosen), address, bool(chosen.values.get("q")))


def _search_words(chosen: ProductFilter) -> str:
    """What a search asks for, in a line."""
    values = chosen.values
    words = [f"“{values['q']}”"] if values.get("q") else []
    words += [name_of(division) for division in values.get("province", [])]
    words += [str(Category(value).label) for value in values.get("category", [])]
    words += [str(Track(value).label) for value in values.get("track", [])]
    words += [
        _("protected") if value == PROTECTED else str(ProductStatus(value).label)
        for value in values.get("status", [])
    ]
    words += [str(year) for year in values.get("year", [])]
    codes = values.get("agreement", [])
    words += [_("name protected abroad")] if ANY in codes else []
    words += [name_of(row) for row in Agreement.objects.filter(code__in=codes)] if codes else []
    slugs = values.get("list", [])
    words += [name_of(row) for row in PovertyList.objects.filter(slug__in=slugs)] if slugs else []
    words += [_("has authorised enterprises")] if values.get("enterprises") else []
    return capfirst(" · ".join(words)) or _("all products")


def _news(key: str) -> Followed | None:
    if key:
        return None
    return Followed(FollowedKind.NEWS, "", _("News of the register"), reverse("home") + "news/")


_FINDERS: dict[str, Callable[[str], Followed | None]] = {
    FollowedKind.PRODUCT: _product,
    FollowedKind.REGION: _region,
    FollowedKind.ENTERPRISE: _enterprise,
    FollowedKind.AGREEMENT: _agreement,
    FollowedKind.SEARCH: _search,
    FollowedKind.NEWS: _news,
}


# --- who follows


@dataclass(frozen=True)
class Line:
    """One thing that an address follows. `followed` is None where it is no longer public."""

    row: Follow
    followed: Followed | None

    @property
    def name(self) -> str:
        """What is followed, in words."""
        return self.followed.name if self.followed else _("Something that is no longer public")

    @property
    def address(self) -> str:
        """Its page, '' where it has none any more."""
        return self.followed.address if self.followed else ""

    @property
    def link(self) -> str:
        """The secret that ends it."""
        return link_of(self.row.token)


def by_link(link: str) -> Follow | None:
    """The row that a link of a letter leads to; None where the link is wrong or what it led to is erased."""
    name = name_in(link)
    return Follow.objects.filter(token=name).first() if name else None


def line(row: Follow) -> Line:
    """A row with the words for what it follows, in the active language."""
    return Line(row, find(row.kind, row.key))


def all_of(row: Follow) -> list[Line]:
    """Everything that the address of a row follows, the oldest first."""
    rows = Follow.objects.filter(email=row.email, confirmed_at__isnull=False).order_by("pk")
    return [line(one) for one in rows]
