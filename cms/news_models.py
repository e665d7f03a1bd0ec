"""News, and what they are about. MODEL."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable

from cms.page_models import RegisterPage, TextPage


class AuthorRole(models.TextChoices):
    """Who speaks in a piece of news: an office, never a person."""

    EDITORS = "editors", _("editors of the register")
    OFFICERS = "officers", _("registry officers")
    PROVINCE = "province", _("a provincial office")
    GUEST = "guest", _("a guest")


class NewsCategory(models.Model):
    """A heading under which news are found."""

    slug = models.SlugField(_("short name in addresses"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)

    panels = [FieldPanel("slug"), FieldPanel("name_zh"), FieldPanel("name_en")]

    class Meta:
        ordering = ["slug"]
        verbose_name = _("category of news")
        verbose_name_plural = _("categories of news")

    def __str__(self) -> str:
        return self.name_zh


class NewsIndexPage(RegisterPage):
    """The list of news, newest first."""

    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.NewsPage", "cms.EventPage"]

    class Meta:
        verbose_name = _("list of news")


class NewsPage(TextPage):
    """One piece of news."""

    date = models.DateField(_("date"), default=timezone.localdate)
    category = models.ForeignKey(
        NewsCategory, models.PROTECT, null=True, blank=True, related_name="news", verbose_name=_("category")
    )
    author = models.CharField(_("author"), max_length=10, choices=AuthorRole, default=AuthorRole.EDITORS)

    parent_page_types = ["cms.NewsIndexPage"]
    subpage_types: list[str] = []
    content_panels = [
        *TextPage.content_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ("date", "category", "author")], heading=_("about this news")
        ),
        InlinePanel("products", heading=_("related products"), label=_("product")),
        InlinePanel("divisions", heading=_("related regions"), label=_("region")),
    ]

    class Meta:
        verbose_name = _("piece of news")


class NewsProduct(Orderable):
    """A product that a piece of news is about."""

    page = ParentalKey(NewsPage, on_delete=models.CASCADE, related_name="products")
    product = models.ForeignKey(
        "products.Product", models.PROTECT, related_name="+", verbose_name=_("product")
    )

    panels = [FieldPanel("product")]


class NewsDivision(Orderable):
    """A region that a piece of news is about."""

    page = ParentalKey(NewsPage, on_delete=models.CASCADE, related_name="divisions")
    division = models.ForeignKey(
        "gi_registry.Division", models.PROTECT, related_name="+", verbose_name=_("region")
    )

    panels = [FieldPanel("division")]
