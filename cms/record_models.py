"""Words of editors around one record: they stand within the record's own page and have no second address. MODEL."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import Page

from cms.page_models import TextPage


class ProductPage(TextPage):
    """The story of a product. It is shown within the record of the product, in the language of the page."""

    product = models.ForeignKey("products.Product", models.PROTECT, related_name="stories", verbose_name=_("product"))
    picture = models.ForeignKey(
        get_image_model_string(), models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    picture_alt = models.CharField(_("what the picture shows"), max_length=200, blank=True)

    parent_page_types = ["cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("product"), FieldPanel("intro"), FieldPanel("picture"), FieldPanel("picture_alt"),
        FieldPanel("body"),
    ]  # fmt: skip

    class Meta:
        verbose_name = _("story of a product")


class AnnouncementPage(TextPage):
    """What a formal announcement means, in plain words. It is shown within the page of the announcement."""

    announcement = models.ForeignKey(
        "products.Announcement", models.PROTECT, related_name="pages", verbose_name=_("formal announcement")
    )

    parent_page_types = ["cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels, FieldPanel("announcement"), FieldPanel("intro"), FieldPanel("body"),
    ]  # fmt: skip

    class Meta:
        verbose_name = _("page about an announcement")
