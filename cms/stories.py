"""READER. What editors wrote around a record, in the language of the page or else in the other one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from wagtail.images import get_image_model

from cms.live_pages import shown
from cms.models import AnnouncementPage, ProductPage
from products.models import Announcement, Product

# The sizes in which `templates/cms/_picture.html` shows a picture; asked for once for all of them.
FORMATS = ("avif", "webp", "jpeg")
CARD_WIDTHS = (320, 640)
CARDS = tuple(
    f"fill-{width}x{width * 2 // 3}|format-{kind}" for kind in FORMATS for width in CARD_WIDTHS
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """A text about a record. `language` is the one it is written in; `is_foreign`: not that of the page around it."""

    page: Any
    language: str
    is_foreign: bool
    is_draft: bool = False


def story_of(record: Product | Announcement, draft: Any = None) -> Story | None:
    """The published text about a record. Two queries, none where `draft` is about the record.

    A copy that only stands in for a missing translation never counts: its original does, with a note.
    """
    language = get_language() or ""
    if draft is not None and draft.record == record:
        own = draft.locale.language_code
        return Story(draft, own, own != language, is_draft=True)
    rows = (
        shown(ProductPage.objects.filter(product=record.pk)).select_related("picture")
        if isinstance(record, Product)
        else shown(AnnouncementPage.objects.filter(announcement=record.pk))
    )
    pages = [
        page
        for page in rows.filter(alias_of=None).select_related("locale").order_by("first_published_at", "pk")
        if not page.is_untranslated
    ]
    own_first = sorted(pages, key=lambda page: page.locale.language_code != language)
    if not own_first:
        return None
    page = own_first[0]
    code = page.locale.language_code
    return Story(page, code, code != language)


def pictures_of(products: Collection[int]) -> dict[int, Any]:
    """The pictures of the stories of some products, by the key of the product, with the sizes of cards.

    Four queries. The picture of the page's own language goes before that of the other one.
    """
    language = get_language() or ""
    rows = shown(ProductPage.objects.filter(product__in=products, picture__isnull=False, alias_of=None))
    stories = list(rows.order_by("pk").values_list("product", "picture", "locale__language_code"))
    wanted = {picture for _product, picture, _language in stories}
    images = get_image_model().objects.filter(pk__in=wanted).prefetch_renditions(*CARDS)
    by_key = {image.pk: image for image in images}
    own_last = sorted(stories, key=lambda row: row[2] == language)
    return {product: by_key[picture] for product, picture, _language in own_last}
