"""Words of editors around one record: they stand within the record's own page and have no second address. MODEL."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.images import get_image_model_string
from wagtail.models import Page

from cms.moderation import TwoPersonPage
from cms.page_models import TextPage


class WordsOnRecord(TextPage):
    """A text that is shown within the page of a record. `about` names the field that leads to the record.

    Its address is that of the record in the language of the page; the place in the tree of pages redirects there.
    """

    about: str

    class Meta:
        abstract = True

    @property
    def record(self) -> Any:
        """The record, None where none is chosen yet."""
        return getattr(self, self.about) if getattr(self, f"{self.about}_id") else None

    def record_address(self) -> str:
        """The path of the record's page in the language of this page."""
        with translation.override(self.locale.language_code):
            address: str = self.record.get_absolute_url()
        return address

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str | None, str | None] | None:
        parts: tuple[int, str | None, str | None] | None = super().get_url_parts(request)
        if parts is None or self.record is None:
            return parts
        site, root, _path = parts
        return site, root, self.record_address()

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Not for ever: an editor may choose another record, and browsers would keep the old one.
        return HttpResponseRedirect(self.record_address())

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The page of the record itself, with this draft in the place of what is published."""
        address = self.record_address()
        with translation.override(self.locale.language_code):
            view, args, kwargs = resolve(address)
            request.is_preview, request.draft_on_record = True, self  # type: ignore[attr-defined]
            response: HttpResponse = view(request, *args, **kwargs)
        return response

    def clean(self) -> None:
        """One published text for a record and language: a reader could not tell which of two counts."""
        super().clean()
        if self.record is None or self.alias_of_id:
            return
        others = (
            type(self)
            .objects.live()
            .filter(**{self.about: self.record}, locale=self.locale_id, alias_of=None)
        )
        if other := others.exclude(pk=self.pk).first():
            text = _("A text about this record is published in this language already: “%(title)s”.")
            raise ValidationError({self.about: ValidationError(text, params={"title": other.title})})


class ProductPage(WordsOnRecord):
    """The story of a product. It is shown within the record of the product, in the language of the page."""

    product = models.ForeignKey(
        "products.Product", models.PROTECT, related_name="stories", verbose_name=_("product")
    )
    picture = models.ForeignKey(
        get_image_model_string(),
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
    )
    picture_alt = models.CharField(_("what the picture shows"), max_length=200, blank=True)

    about = "product"
    parent_page_types = ["cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("product"), FieldPanel("intro"), FieldPanel("picture"), FieldPanel("picture_alt"),
        FieldPanel("body"),
    ]  # fmt: skip

    class Meta:
        verbose_name = _("story of a product")

    def clean(self) -> None:
        super().clean()
        if self.picture_id and not self.picture_alt.strip():
            raise ValidationError(
                {"picture_alt": _("Say what the picture shows, for people who do not see it.")}
            )


class AnnouncementPage(TwoPersonPage, WordsOnRecord):
    """What a formal announcement means, in plain words. It is shown within the page of the announcement."""

    announcement = models.ForeignKey(
        "products.Announcement", models.PROTECT, related_name="pages", verbose_name=_("formal announcement")
    )

    about = "announcement"
    parent_page_types = ["cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels, FieldPanel("announcement"), FieldPanel("intro"), FieldPanel("body"),
    ]  # fmt: skip

    class Meta:
        verbose_name = _("page about an announcement")

    def clean(self) -> None:
        """Lists, search and letters tell of pages; what was made up for demonstration has no place in them."""
        super().clean()
        if self.record is not None and self.record.demonstration:
            raise ValidationError({"announcement": _("This announcement was made up for demonstration.")})
