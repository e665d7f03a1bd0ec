"""READER. What is new about something that is followed: entries of the public journal, and pages of editors.

An entry is told in the words of the journal page. What was made up for demonstration is told to nobody, and of a
protection case only what its public page shows.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language

from cms import follow_facts
from cms.feeds import path_of_entry
from cms.follow_words import Followed, Item, Section, Window
from cms.live_pages import shown
from cms.models import AnnouncementPage, EventPage, Follow, FollowedKind, NewsPage, ProductPage
from cms.record_models import WordsOnRecord
from enterprises import directory
from enterprises.models import Authorisation, Enterprise
from gi_registry import territory
from gi_registry.event_types import EventType
from gi_registry.models import Division, DivisionLevel, JournalEntry
from products.case_models import ProtectionCase
from products.models import Agreement, AgreementEntry, Announcement, Product
from products.region_facts import products_of
from products.users import made_in
from products.zone_models import DemonstrationZone

MOST = 20  # entries and pages of one section that a letter names, each
# A page is told so long after it was published: one that was being stored when the last letter was collected would
# otherwise be told in none.
MARGIN = datetime.timedelta(minutes=5)
# What makes a product new to a search: it came, or what is known of its protection changed.
NEW_TO_A_SEARCH = (
    EventType.PRODUCT_ENTERED, EventType.RIGHT_ENTERED, EventType.RIGHT_CONFIRMED, EventType.RIGHT_REVOKED,
)  # fmt: skip
# Steps between office and applicant: no public page of a case tells of them.
BEFORE_A_CASE_IS_PUBLIC = (EventType.CASE_DEFECTS_NOTIFIED, EventType.CASE_RETURNED, EventType.CASE_SENT_BACK)
# Who acts for an enterprise is in the journal without a name; it is no news to anybody outside.
ABOUT_PEOPLE = (EventType.MEMBER_JOINED, EventType.MEMBER_LEFT, EventType.OWNER_CHANGED)


def sections(told: Sequence[tuple[Follow, Window]]) -> list[Section]:
    """What is new for some rows of one address, in the active language; rows without news are left out.

    What two of them would tell stands under the first. Some queries for each row, however much is new.
    """
    found = []
    entries_told: set[int] = set()
    pages_told: set[int] = set()
    for row, window in told:
        followed = follow_facts.find(row.kind, row.key)
        if followed is None:
            continue
        entries = _entries(followed, window).exclude(pk__in=entries_told)
        shown_entries = list(entries.order_by("-sequence")[:MOST])
        pages = [page for page in _pages(followed, window) if page.pk not in pages_told]
        further = len(pages) - len(pages[:MOST])
        further += entries.count() - MOST if len(shown_entries) == MOST else 0
        items = (*_page_items(pages[:MOST]), *_each_once(map(_entry_item, shown_entries)))
        if items:
            found.append(Section(followed, row.token, items, further))
        entries_told |= {entry.pk for entry in shown_entries}
        pages_told |= {page.pk for page in pages}
    return found


def any_news(window: Window) -> bool:
    """Whether there can be anything to tell to anybody, in whatever language; asked before a letter is queued."""
    if window.until > window.after:
        return True
    models: tuple[Any, ...] = (NewsPage, ProductPage, AnnouncementPage, EventPage)
    return any(_fresh(model.objects.all(), window).exists() for model in models)


def _entry_item(entry: JournalEntry) -> Item:
    return Item(
        timezone.localdate(entry.recorded_at), str(entry.get_event_type_display()), entry.subject_label,
        settings.SITE_URL + path_of_entry(entry), entry.effective_on,
    )  # fmt: skip


def _each_once(items: Iterable[Item]) -> list[Item]:
    """The same told several times on a day is one line."""
    return [replace(item, times=times) for item, times in Counter(items).items()]


def _page_items(pages: Sequence[Any]) -> Iterator[Item]:
    for page in pages:
        kind = capfirst(str(page._meta.verbose_name))
        address = page.get_url() or ""
        if address.startswith("/"):
            address = settings.SITE_URL + address
        yield Item(timezone.localdate(page.first_published_at), kind, page.title, address)


# --- the journal


def _entries(followed: Followed, window: Window) -> QuerySet[JournalEntry]:
    """The entries of a window about what is followed."""
    about = _ABOUT[followed.kind](followed.key)
    in_window = Q(sequence__gt=window.after, sequence__lte=window.until)
    return JournalEntry.objects.filter(about & in_window & ~Q(event_type__in=ABOUT_PEOPLE))


def _texts(rows: QuerySet[Any], column: str = "pk") -> QuerySet[Any]:
    """Keys as the journal writes them."""
    texts: QuerySet[Any] = rows.order_by().annotate(as_text=Cast(column, CharField())).values("as_text")
    return texts


def _of_products(products: QuerySet[Product]) -> Q:
    """About some products: themselves and what belongs to them, who may use them, names abroad, acts and cases."""
    numbers, keys = _texts(products, "number"), products.order_by().values("pk")
    users = Authorisation.objects.real().filter(product__in=keys).order_by().values("reference")
    acts = Announcement.objects.real().filter(entries__right__product__in=keys)
    cases = ProtectionCase.objects.public().real().filter(right__product__in=keys).order_by().values("reference")
    public_step = Q(subject_kind="case", subject_id__in=cases) & ~Q(subject_label=F("subject_id"))
    return (
        Q(subject_kind="product", subject_id__in=numbers)
        | Q(parent_kind="product", parent_id__in=numbers)
        | Q(subject_kind="authorisation", subject_id__in=users)
        | Q(subject_kind="agreement_entry", subject_id__in=_texts(AgreementEntry.objects.filter(product__in=keys)))
        | Q(subject_kind="announcement", subject_id__in=_texts(acts))
        | (public_step & ~Q(event_type__in=BEFORE_A_CASE_IS_PUBLIC))
    )


def _about_product(key: str) -> Q:
    return _of_products(Product.objects.filter(number=int(key)))


def _about_region(key: str) -> Q:
    division = _division(key)
    here = Q(pk__in=made_in(division, timezone.localdate()).order_by().values("enterprise"))
    if division.level == DivisionLevel.PROVINCE:
        here |= Q(province=division)
    firms = Enterprise.objects.real().public().filter(here).order_by().values("reference")
    zones = DemonstrationZone.objects.public().filter(division__in=_inside(division)).order_by().values("reference")
    return (
        _of_products(_products_in(division))
        | Q(subject_kind="enterprise", subject_id__in=firms)
        | Q(parent_kind="enterprise", parent_id__in=firms)
        | Q(subject_kind="zone", subject_id__in=zones)
        | Q(subject_kind="division", subject_id=division.code)
        | Q(parent_kind="division", parent_id=division.code)
    )


def _about_enterprise(key: str) -> Q:
    enterprise = directory.by_key(key)
    reference = enterprise.reference if enterprise else ""
    return Q(subject_kind="enterprise", subject_id=reference) | Q(parent_kind="enterprise", parent_id=reference)


def _about_agreement(key: str) -> Q:
    codes = Agreement.objects.filter(Q(code=key) | Q(parent__code=key)).order_by().values("code")
    return Q(subject_kind="agreement", subject_id__in=codes) | Q(parent_kind="agreement", parent_id__in=codes)


def _about_search(key: str) -> Q:
    found = follow_facts.products_wanted(key).qs.order_by().values("pk")
    numbers = _texts(Product.objects.filter(pk__in=found), "number")
    own = Q(subject_kind="product", subject_id__in=numbers) | Q(parent_kind="product", parent_id__in=numbers)
    return own & Q(event_type__in=NEW_TO_A_SEARCH)


def _about_nothing(key: str) -> Q:
    return Q(pk__in=[])


_ABOUT: dict[str, Callable[[str], Q]] = {
    FollowedKind.PRODUCT: _about_product,
    FollowedKind.REGION: _about_region,
    FollowedKind.ENTERPRISE: _about_enterprise,
    FollowedKind.AGREEMENT: _about_agreement,
    FollowedKind.SEARCH: _about_search,
    FollowedKind.NEWS: _about_nothing,
}


def _division(key: str) -> Division:
    division = territory.resolve(key)
    assert division is not None  # `follow_facts.find` has found it
    return division


def _products_in(division: Division) -> QuerySet[Product]:
    return Product.objects.filter(pk__in=products_of(division, timezone.localdate()).order_by().values("pk"))


def _inside(division: Division) -> QuerySet[Any, Any]:
    return Division.objects.within(division.code).order_by().values("pk")


# --- pages of editors


def _pages(followed: Followed, window: Window) -> list[Any]:
    """The pages of a window about what is followed, the newest first."""
    rows: list[QuerySet[Any]] = []
    if followed.kind == FollowedKind.PRODUCT:
        rows = _pages_on(Product.objects.filter(number=int(followed.key)))
    elif followed.kind == FollowedKind.REGION:
        division = _division(followed.key)
        inside = _inside(division)
        rows = _pages_on(_products_in(division))
        rows += [NewsPage.objects.filter(divisions__division__in=inside), EventPage.objects.filter(division__in=inside)]
    elif followed.kind == FollowedKind.NEWS:
        rows = [NewsPage.objects.all(), EventPage.objects.all()]
    found = {page.pk: page for some in rows for page in _published(some, window)}
    return sorted(found.values(), key=lambda page: (page.first_published_at, page.pk), reverse=True)


def _pages_on(products: QuerySet[Product]) -> list[QuerySet[Any]]:
    keys = products.order_by().values("pk")
    acts = Announcement.objects.real().filter(entries__right__product__in=keys).order_by().values("pk")
    return [
        NewsPage.objects.filter(products__product__in=keys),
        ProductPage.objects.filter(product__in=keys),
        AnnouncementPage.objects.filter(announcement__in=acts),
    ]


def _published(rows: QuerySet[Any], window: Window) -> Any:
    """Those first published in a window: in the reader's language, or in another one without a translation."""
    language = get_language()
    translated = rows.model.objects.live().filter(
        translation_key=OuterRef("translation_key"), locale__language_code=language, alias_of=None
    )
    readable = Q(locale__language_code=language) | ~Exists(translated)
    needed_for_addresses = ["locale"] + ([rows.model.about] if issubclass(rows.model, WordsOnRecord) else [])
    return _fresh(rows, window).filter(readable).select_related(*needed_for_addresses).distinct()


def _fresh(rows: QuerySet[Any], window: Window) -> Any:
    since, to = window.since - MARGIN, window.to - MARGIN
    return shown(rows).filter(alias_of=None, first_published_at__gt=since, first_published_at__lte=to)
