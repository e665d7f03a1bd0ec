"""Pages that editors write around the register."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index

NEWS_A_PAGE = 20
NEWS_ON_HOME = 3
TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link", "image", "hr"]


class RegisterPage(Page):
    """What all pages share: the link to the other language leads to a page that is there."""

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        translation = self.get_translations().live().select_related("locale").first()
        # Without a translation: its parent's, which `create_site` has made in both languages.
        parent = None if translation else self.get_parent().get_translations().live().first()
        if other := translation or parent:
            context["other_language_url"] = other.get_url(request)
        return context


class HomePage(RegisterPage):
    """The first page. An empty field shows the standard text of the register."""

    headline = models.CharField(_("headline"), max_length=80, blank=True)
    lede = models.CharField(_("first paragraph"), max_length=300, blank=True)
    body = RichTextField(_("further text"), features=TEXT_FEATURES, blank=True)

    parent_page_types = ["wagtailcore.Page"]
    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lede"), FieldPanel("body")]

    class Meta:
        verbose_name = _("home page")

    def latest_news(self) -> models.QuerySet[NewsPage]:
        """The newest published news in the language of this page."""
        return NewsPage.objects.live().filter(locale=self.locale).order_by("-date", "-pk")[:NEWS_ON_HOME]


class NewsIndexPage(RegisterPage):
    """The list of news, newest first."""

    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.NewsPage"]

    class Meta:
        verbose_name = _("list of news")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        news = NewsPage.objects.live().child_of(self).order_by("-date", "-pk")
        context["news"] = Paginator(news, NEWS_A_PAGE).get_page(request.GET.get("page"))
        return context


class NewsPage(RegisterPage):
    """One piece of news."""

    date = models.DateField(_("date"), default=timezone.localdate)
    intro = models.CharField(_("summary"), max_length=300, blank=True)
    body = RichTextField(_("text"), features=TEXT_FEATURES, blank=True)

    parent_page_types = ["cms.NewsIndexPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("date"), FieldPanel("intro"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("intro"), index.SearchField("body")]

    class Meta:
        verbose_name = _("piece of news")
