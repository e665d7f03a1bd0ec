"""READER. Pages of editors that everybody may read now, and the files that they offer."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, CharField, Q, QuerySet
from django.db.models.functions import Cast
from wagtail.models import CollectionViewRestriction, Locale, Page, ReferenceIndex
from wagtail.query import PageQuerySet

from cms.live_pages import shown
from cms.models import AnnouncementPage, ProductPage, RegisterDocument
from products.models import Announcement, Product


def visible(language: str) -> PageQuerySet:
    """Pages in the tree of a language: published, open to everybody and not expired.

    What is not translated stands there as an alias and shows the other language.
    """
    return shown(Page.objects.filter(locale__language_code=language, depth__gt=1))


def whole(pages: Iterable[Page]) -> list[Page]:
    """Pages as what they are, with what their addresses need, in the order given.

    At most one query a kind of page and three more, however many pages.
    """
    keys = [page.pk for page in pages]
    found = {page.pk: page for page in Page.objects.filter(pk__in=keys).specific()}
    locales = Locale.objects.in_bulk({page.locale_id for page in found.values()})
    stories = [page for page in found.values() if isinstance(page, ProductPage)]
    papers = [page for page in found.values() if isinstance(page, AnnouncementPage)]
    products = Product.objects.in_bulk([page.product_id for page in stories]) if stories else {}
    announcements = Announcement.objects.in_bulk([page.announcement_id for page in papers]) if papers else {}
    for page in found.values():
        page.locale = locales[page.locale_id]
    for story in stories:
        story.product = products[story.product_id]
    for paper in papers:
        paper.announcement = announcements[paper.announcement_id]
    return [found[key] for key in keys if key in found]


def offered_files(language: str) -> QuerySet[RegisterDocument]:
    """Files that a visible page names, in no closed collection: what was uploaded for a draft is nobody's yet."""
    pages = visible(language).annotate(key=Cast("pk", CharField())).values("key")
    page_kind, file_kind = (ContentType.objects.get_for_model(model) for model in (Page, RegisterDocument))
    named = ReferenceIndex.objects.filter(
        base_content_type=page_kind, to_content_type=file_kind, object_id__in=pages
    ).annotate(key=Cast("to_object_id", BigIntegerField()))
    closed = Q(pk__in=[])
    for row in CollectionViewRestriction.objects.select_related("collection"):
        closed |= Q(collection__path__startswith=row.collection.path)
    found: QuerySet[RegisterDocument] = RegisterDocument.objects.filter(pk__in=named.values("key")).exclude(closed)
    return found


def path_of(page: Page) -> str:
    """The address of a page without its host. One query where the site is not known yet."""
    parts = page.get_url_parts()
    return str(parts[2]) if parts else ""
