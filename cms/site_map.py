"""READER. The site map: every public page in both languages, with the day on which the journal last told of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import override
from wagtail.models import Page

from cms.record_models import WordsOnRecord
from cms.visible_pages import path_of, visible, whole
from enterprises.models import Enterprise
from gi_registry.models import Division, JournalEntry
from products.case_models import ProtectionCase
from products.models import Agreement, Announcement, PovertyList, Product
from products.recognition_models import ForeignGI
from products.system_models import TestingBody
from products.zone_models import DemonstrationZone

MOST = 20_000  # pages in one file: each stands there once for every language, and a file may hold 50,000 addresses
CODES = tuple(code for code, _name in settings.LANGUAGES)
# Lists and tools with an address of their own; texts of editors follow from their tree.
LISTS = (
    "products:search", "products:country", "products:announcements", "products:coverage", "products:cases",
    "products:objections", "products:recognition", "products:foreign", "products:sounds_like", "products:standards",
    "products:testing_bodies", "products:zones", "enterprises:directory", "enterprises:inspections",
    "enterprises:check_label", "enterprises:report", "enterprises:open_data", "enterprises:open_data_fields", "journal",
    "api_docs",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A page: its path in each language it exists in, and when it last changed where that is known."""

    paths: Mapping[str, str]
    changed: datetime.datetime | None = None


def parts() -> dict[str, int]:
    """The parts with the number of files each needs."""
    return {name: max(1, -(-len(read()) // MOST)) for name, read in PARTS.items()}


def part(name: str, number: int) -> list[Entry] | None:
    """The pages of one file, counted from 1; None where there is no such file."""
    if name not in PARTS or number < 1:
        return None
    entries = PARTS[name]()
    found = entries[(number - 1) * MOST : number * MOST]
    return found if found or number == 1 else None


def _entries(view: str, keys: Iterable[Any], changed: Mapping[str, datetime.datetime] | None = None) -> list[Entry]:
    """A page for each key of a view. The journal names its subjects by the same keys, as text."""
    keys, paths = list(keys), {}
    for code in CODES:
        with override(code):
            paths[code] = [reverse(view, args=[key]) for key in keys]
    return [
        Entry({code: paths[code][at] for code in CODES}, (changed or {}).get(str(key))) for at, key in enumerate(keys)
    ]


def _told(kind: str) -> dict[str, datetime.datetime]:
    """When the journal last told of each subject of a kind, or of what belongs to it. Two queries."""
    found: dict[str, datetime.datetime] = {}
    for column in ("parent", "subject"):
        rows = JournalEntry.objects.filter(**{f"{column}_kind": kind}).order_by()
        for key, moment in rows.values_list(f"{column}_id").annotate(Max("recorded_at")):
            found[key] = max(moment, found.get(key, moment))
    return found


def _products() -> list[Entry]:
    return _entries("products:record", Product.objects.order_by("number").values_list("number", flat=True),
                    _told("product"))  # fmt: skip


def _enterprises() -> list[Entry]:
    told = _told("enterprise")
    rows = Enterprise.objects.real().public().order_by("reference").only("reference", "uscc")
    by_key = {row.key: told[row.reference] for row in rows if row.reference in told}
    return _entries("enterprises:record", [row.key for row in rows], by_key)


def _regions() -> list[Entry]:
    codes = Division.objects.current().order_by("code").values_list("code", flat=True)
    return _entries("products:region", codes)


def _announcements() -> list[Entry]:
    keys = Announcement.objects.real().order_by("pk").values_list("pk", flat=True)
    return _entries("products:announcement", keys, _told("announcement"))


def _recognition() -> list[Entry]:
    agreements = Agreement.objects.order_by("code").values_list("code", flat=True)
    foreign = ForeignGI.objects.order_by("number").values_list("number", flat=True)
    return _entries("products:agreement", agreements, _told("agreement")) + _entries(
        "products:foreign_gi", foreign, _told("foreign_gi")
    )


def _further() -> list[Entry]:
    """Lists, and records of which there are few."""
    lists = [Entry({code: _in(code, name) for code in CODES}) for name in LISTS]
    slugs = PovertyList.objects.order_by("slug").values_list("slug", flat=True)
    zones = DemonstrationZone.objects.public().order_by("reference").values_list("reference", flat=True)
    cases = ProtectionCase.objects.public().real().order_by("reference").values_list("reference", flat=True)
    bodies = TestingBody.objects.order_by("pk").values_list("pk", flat=True)
    return [
        *lists,
        *_entries("products:coverage_list", slugs, _told("poverty_list")),
        *_entries("products:zone", zones, _told("zone")),
        *_entries("products:case", cases, _told("case")),
        *_entries("products:testing_body", bodies, _told("testing_body")),
    ]


def _in(code: str, name: str) -> str:
    with override(code):
        return reverse(name)


def _pages() -> list[Entry]:
    """Texts of editors, each with its translation; what stands for another language or within a record is left out."""
    twins: dict[Any, dict[str, Page]] = {}
    for code in CODES:
        rows = visible(code).filter(alias_of=None).order_by("path")
        for page in whole(rows):
            if not isinstance(page, WordsOnRecord) and not getattr(page, "is_untranslated", False):
                twins.setdefault(page.translation_key, {})[code] = page
    return [
        Entry(
            {code: path_of(page) for code, page in pages.items()},
            max((page.last_published_at for page in pages.values() if page.last_published_at), default=None),
        )
        for pages in twins.values()
    ]


PARTS: Mapping[str, Callable[[], list[Entry]]] = {
    "pages": _pages,
    "lists": _further,
    "products": _products,
    "enterprises": _enterprises,
    "regions": _regions,
    "announcements": _announcements,
    "recognition": _recognition,
}
