"""READER. One search over everything: what each kind of record, page and file answers to a text.

Records are found by the rules of their own lists, so that the list behind a tab shows the same; pages and files by
the tokens that `page_texts` keeps. Demonstration data are in no list and so in no answer.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import pgettext_lazy

from cms import found_pages, found_records
from cms.excerpts import Pieces, needles
from cms.found_hits import Hit, Results
from enterprises import directory
from gi_registry.search_text import parse_query
from products import lookup
from products.models import Product

BEST = 4  # hits of each kind where all kinds are shown


class Kind(TextChoices):
    """What can be found, in the order in which it is shown."""

    PRODUCT = "product", pgettext_lazy("kind of search result", "Products")
    ENTERPRISE = "enterprise", pgettext_lazy("kind of search result", "Enterprises")
    PLACE = "place", pgettext_lazy("kind of search result", "Places")
    NAME = "name", pgettext_lazy("kind of search result", "Names on agreement lists")
    ANNOUNCEMENT = "announcement", pgettext_lazy("kind of search result", "Announcements")
    CASE = "case", pgettext_lazy("kind of search result", "Cases")
    PAGE = "page", pgettext_lazy("kind of search result", "Texts and news")
    FILE = "file", pgettext_lazy("kind of search result", "Files")


@dataclass
class Found:
    """The answer to a text in a language, on a date. `results` are counted and read when they are asked for."""

    text: str
    language: str
    on: datetime.date
    _kept: dict[str, Results] = field(default_factory=dict)

    def results(self, kind: Kind) -> Results:
        """What one kind answers."""
        if kind not in self._kept:
            self._kept[kind] = SEARCHES[kind](self)
        return self._kept[kind]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that are marked."""
        return needles(parse_query(self.text))

    @cached_property
    def products(self) -> lookup.Found:
        """How the text was understood as the name of a product."""
        return lookup.search(Product.objects.all(), self.text)

    @cached_property
    def counts(self) -> dict[Kind, int]:
        """How many of each kind, in the order of the kinds."""
        return {kind: self.results(kind).count() for kind in Kind}

    @property
    def total(self) -> int:
        """All kinds together."""
        return sum(self.counts.values())

    @property
    def best(self) -> list[tuple[Kind, int, list[Hit]]]:
        """The best few of each kind that has an answer."""
        return [(kind, count, self.results(kind)[:BEST]) for kind, count in self.counts.items() if count]

    def meant(self) -> list[tuple[str, str, str]]:
        """(name, language, address) of records whose names come close to the text, for when none is called so."""
        near: Iterable[Any] = lookup.did_you_mean(self.products, list(self.products.products[:BEST]))
        if not near and not self.counts[Kind.ENTERPRISE]:
            near = directory.did_you_mean(self.text)
        return [(*found_records.first_name(thing), thing.get_absolute_url()) for thing in near]


def search(text: str, language: str, on: datetime.date | None = None) -> Found:
    """Everything that answers a text (default today). Any text is allowed; nothing is read yet."""
    return Found(text, language, on or timezone.localdate())


SEARCHES: Mapping[Kind, Callable[[Found], Results]] = {
    Kind.PRODUCT: lambda found: found_records.products(found.products, found.words),
    Kind.ENTERPRISE: lambda found: found_records.enterprises(found.text, found.words, found.on),
    Kind.PLACE: lambda found: found_records.places(found.text, found.words),
    Kind.NAME: lambda found: found_records.names(found.text, found.words, found.on),
    Kind.ANNOUNCEMENT: lambda found: found_records.announcements(found.text, found.words),
    Kind.CASE: lambda found: found_records.cases(found.text, found.words),
    Kind.PAGE: lambda found: found_pages.pages(found.text, found.words, found.language),
    Kind.FILE: lambda found: found_pages.files(found.text, found.words, found.language),
}

__all__ = ["BEST", "Found", "Hit", "Kind", "Pieces", "Results", "search"]
