"""What all pages of editors share, and the pages that are not news. MODEL."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.blocks import StreamBlock
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.blocks import BodyBlock, QuestionBlock
from cms.moderation import RegisterPageTester, TwoPersonPage
from cms.page_forms import RegisterPageForm
from cms.two_languages import TwoLanguages


class RegisterPage(TwoLanguages, Page):
    """A page in two languages. Without a translation the other language shows the same page, with a note.

    `personal_data_answer`: why what looks like a phone or identity number may be public; asked for before publishing.
    """

    personal_data_answer = models.CharField(
        _("answer to the check for personal data"), max_length=200, blank=True,
        help_text=_("Only where the check found something: why it may be public."),
    )  # fmt: skip

    base_form_class = RegisterPageForm
    settings_panels = [*Page.settings_panels, FieldPanel("personal_data_answer")]

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> RegisterPageTester:
        return RegisterPageTester(user, self)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        translation = self.get_translations().live().select_related("locale").first()
        # Without a translation: its parent's, which `create_site` has made in both languages.
        parent = None if translation else self.get_parent().get_translations().live().first()
        if other := translation or parent:
            context["other_language_url"] = other.get_url(request)
        return context


class TextPage(RegisterPage):
    """A page with a summary and a text of pieces."""

    intro = models.CharField(_("summary"), max_length=300, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("text"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]

    class Meta:
        abstract = True


class HomePage(RegisterPage):
    """The first page. An empty field shows the standard text of the register."""

    headline = models.CharField(_("headline"), max_length=80, blank=True)
    lede = models.CharField(_("first paragraph"), max_length=300, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("further text"), blank=True)

    parent_page_types = ["wagtailcore.Page"]
    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lede"), FieldPanel("body")]

    class Meta:
        verbose_name = _("home page")


class SectionPage(TextPage):
    """A heading over pages of one kind: the guides, the regulations, the stories. It lists the pages below it."""

    parent_page_types = ["cms.HomePage", "cms.SectionPage"]

    class Meta:
        verbose_name = _("section")


class ArticlePage(TextPage):
    """A text that stands by itself: what the register is, how it treats data."""

    parent_page_types = ["cms.HomePage", "cms.SectionPage"]
    subpage_types: list[str] = []

    class Meta:
        verbose_name = _("article")


class GuidePage(TextPage):
    """How something is done or read. `checked_on`: the day on which somebody last compared it with the rules."""

    checked_on = models.DateField(_("last compared with the rules on"), null=True, blank=True)

    parent_page_types = ["cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [*TextPage.content_panels, FieldPanel("checked_on")]

    class Meta:
        verbose_name = _("guide")


class FaqPage(TextPage):
    """Questions that people ask, with their answers."""

    questions = StreamField(
        StreamBlock([("question", QuestionBlock())]), verbose_name=_("questions and answers"), blank=True
    )

    parent_page_types = ["cms.HomePage", "cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [*TextPage.content_panels, FieldPanel("questions")]

    class Meta:
        verbose_name = _("questions and answers")


class ContactPage(TextPage):
    """Where to turn to: an office, never a person."""

    office = models.CharField(_("office"), max_length=120)
    post = models.CharField(_("postal address"), max_length=200, blank=True)
    telephone = models.CharField(_("telephone of the office"), max_length=40, blank=True)
    mail = models.EmailField(_("e-mail of the office"), blank=True)
    hours = models.CharField(_("opening hours"), max_length=120, blank=True)

    offices_data = ("office", "post", "telephone", "mail", "hours")  # not looked at for personal data
    parent_page_types = ["cms.HomePage", "cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *TextPage.content_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ("office", "post", "telephone", "mail", "hours")], heading=_("office")
        ),
    ]

    class Meta:
        verbose_name = _("contact")


class EventPage(TextPage):
    """A fair, a training, a hearing: from a day to a day, at a place."""

    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=120)
    division = models.ForeignKey(
        "gi_registry.Division", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("division")
    )

    parent_page_types = ["cms.SectionPage", "cms.NewsIndexPage"]
    subpage_types: list[str] = []
    content_panels = [
        *TextPage.content_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ("starts_on", "ends_on", "place", "division")], heading=_("when and where")
        ),
    ]

    class Meta:
        verbose_name = _("event")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="event_ends_after_it_starts",
            )
        ]


class PolicyPage(TwoPersonPage, TextPage):
    """A law, regulation or rule. `replaced_by` leads to what took its place.

    `verified`: whether the wording was compared with the official text; where not, the page says so.
    """

    number = models.CharField(_("number"), max_length=80, blank=True)
    issuer = models.CharField(_("issuer"), max_length=120)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    ended_on = models.DateField(_("no longer in force from"), null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaces", verbose_name=_("replaced by")
    )
    source = models.URLField(_("official text at"), max_length=400, blank=True)
    verified = models.BooleanField(_("compared with the official text"), default=False)

    parent_page_types = ["cms.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *TextPage.content_panels,
        MultiFieldPanel(
            [
                FieldPanel(name)
                for name in ("number", "issuer", "issued_on", "in_force_from", "ended_on", "replaced_by", "source",
                             "verified")
            ],
            heading=_("the act"),
        ),
    ]  # fmt: skip

    class Meta:
        verbose_name = _("policy or regulation")
