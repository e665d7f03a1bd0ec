"""EDGE. Reports of the page editor and the publishing calendar: pages that list and offer the list as a table."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn, UserColumn
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from cms import publishing_calendar, reports, translations
from cms.translations import State

PAGE = pgettext_lazy("text of an editor", "Page")
WRITES = ["add", "change", "publish"]


def _of_page(name: str) -> Any:
    """The address of the form of a page that a row names."""

    def address(row: Any) -> str:
        page = getattr(row, name) if name else row
        return reverse("wagtailadmin_pages:edit", args=[page.pk])

    return address


class RegisterReport(ReportView):  # type: ignore[misc]
    """A report for everybody who writes pages."""

    permission_policy = page_permission_policy
    any_permission_required = WRITES
    results_template_name = "wagtailadmin/register/report_results.html"
    explanation: Any = ""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(*args, explanation=self.explanation, **kwargs)


class TranslationFilter(WagtailFilterSet):  # type: ignore[misc]
    """Which states are shown."""

    translation = django_filters.ChoiceFilter(label=_("translation"), choices=State.choices)

    class Meta:
        model = Page
        fields: list[str] = []


class TranslationsReport(RegisterReport):
    """Every page with the state of its translation."""

    page_title = _("Translations")
    header_icon = "globe"
    index_url_name = "register_translations"
    index_results_url_name = "register_translations_results"
    filterset_class = TranslationFilter
    verbose_name_plural = _("pages")
    explanation = _(
        "Each page once, with its other language. What is not translated shows the text of the other language, with a "
        "note. “Older” means that the original was published after its translation."
    )
    columns = [
        TitleColumn("title", label=PAGE, get_url=_of_page("")),
        Column("language", label=_("Written in"), accessor=lambda row: row.locale.get_display_name()),
        Column("translation", label=_("Translation"), accessor=lambda row: State(row.translation).label),
        TitleColumn(
            "twin_title", label=_("In the other language"), accessor=lambda row: row.twin_title or "",
            get_url=lambda row: reverse("wagtailadmin_pages:edit", args=[row.twin]) if row.twin else None,
        ),
        DateColumn("last_published_at", label=pgettext_lazy("text of an editor", "Published")),
        DateColumn("twin_published", label=_("Translation published")),
    ]  # fmt: skip
    list_export = ["title", "locale.language_code", "translation", "twin_title", "last_published_at", "twin_published"]
    export_headings = {"locale.language_code": _("Written in"), "twin_title": _("In the other language")}
    export_filename = "translations"

    def get_queryset(self) -> Any:
        return translations.pages()


class UnusedImages(RegisterReport):
    """Pictures that no page uses."""

    page_title = _("Unused pictures")
    header_icon = "image"
    index_url_name = "register_unused_images"
    index_results_url_name = "register_unused_images_results"
    verbose_name_plural = _("pictures")
    explanation = _("No page uses these. A picture that stands only in a draft counts as unused until it is published.")
    columns = [
        TitleColumn("title", label=_("Picture"), get_url=lambda row: reverse("wagtailimages:edit", args=[row.pk])),
        Column("credit", label=_("Credit")),
        DateColumn("created_at", label=pgettext_lazy("text of an editor", "Added")),
        UserColumn("uploaded_by_user", label=pgettext_lazy("text of an editor", "By")),
    ]
    list_export = ["title", "credit", "licence", "created_at"]
    export_filename = "unused-pictures"

    def get_queryset(self) -> Any:
        return reports.unused_images()


class UnusedFiles(RegisterReport):
    """Files that no page uses."""

    page_title = _("Unused files")
    header_icon = "doc-full"
    index_url_name = "register_unused_files"
    index_results_url_name = "register_unused_files_results"
    verbose_name_plural = _("files")
    explanation = _("No page uses these. A file that stands only in a draft counts as unused until it is published.")
    columns = [
        TitleColumn("title", label=_("File"), get_url=lambda row: reverse("wagtaildocs:edit", args=[row.pk])),
        Column("filename", label=_("Name of the file")),
        DateColumn("created_at", label=pgettext_lazy("text of an editor", "Added")),
        UserColumn("uploaded_by_user", label=pgettext_lazy("text of an editor", "By")),
    ]
    list_export = ["title", "filename", "created_at"]
    export_filename = "unused-files"

    def get_queryset(self) -> Any:
        return reports.unused_files()


class BrokenLinks(RegisterReport):
    """Links of published pages that lead nowhere."""

    page_title = _("Broken links")
    header_icon = "link"
    index_url_name = "register_broken_links"
    index_results_url_name = "register_broken_links_results"
    verbose_name_plural = _("broken links")
    explanation = _(
        "Links of published pages. Those within this site are looked up now; addresses elsewhere are asked once a "
        "week, the day is given."
    )
    columns = [
        TitleColumn("page", label=PAGE, accessor=lambda row: row.page.title, get_url=_of_page("page")),
        Column("kind", label=_("Leads to")),
        Column("target", label=_("Address or key"), accessor="link.target"),
        Column("why", label=_("What is wrong")),
        DateColumn("checked_at", label=_("Asked")),
    ]
    list_export = ["page.title", "kind", "link.target", "why", "checked_at"]
    export_headings = {
        "page.title": PAGE, "kind": _("Leads to"), "link.target": _("Address or key"),
        "why": _("What is wrong"), "checked_at": _("Asked"),
    }  # fmt: skip
    export_filename = "broken-links"

    def get_queryset(self) -> Any:
        return reports.broken_links()


REPORTS: tuple[tuple[type[RegisterReport], str], ...] = (
    (TranslationsReport, "translations"),
    (BrokenLinks, "broken-links"),
    (UnusedImages, "unused-pictures"),
    (UnusedFiles, "unused-files"),
)


class WritersItem(MenuItem):  # type: ignore[misc]
    """A line of the menu for those who write pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(page_permission_policy.user_has_any_permission(request.user, WRITES))


def menu_items() -> list[WritersItem]:
    """Lines of the menu "Reports"."""
    return [
        WritersItem(view.page_title, reverse(view.index_url_name), name=name, icon_name=view.header_icon, order=at)
        for at, (view, name) in enumerate(REPORTS)
    ]


def calendar_item() -> WritersItem:
    """The line of the main menu that leads to the calendar."""
    address = reverse("register_calendar")
    return WritersItem(_("Publishing calendar"), address, name="publishing-calendar", icon_name="calendar", order=250)


def calendar(request: HttpRequest) -> HttpResponse:
    """What goes live, ends or waits, by week."""
    if not page_permission_policy.user_has_any_permission(request.user, WRITES):
        raise PermissionDenied
    context = {
        "weeks": publishing_calendar.weeks(), "waiting": publishing_calendar.waiting(),
        "header_title": gettext("Publishing calendar"), "header_icon": "calendar",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": gettext("Home")},
            {"url": "", "label": gettext("Publishing calendar")},
        ],
    }  # fmt: skip
    return TemplateResponse(request, "wagtailadmin/register/calendar.html", context)


def addresses() -> list[Any]:
    """Addresses below that of the editor."""
    found: list[Any] = [path("register/calendar/", calendar, name="register_calendar")]
    for view, name in REPORTS:
        found.append(path(f"register/{name}/", view.as_view(), name=view.index_url_name))
        found.append(
            path(f"register/{name}/results/", view.as_view(results_only=True), name=view.index_results_url_name)
        )
    return found
