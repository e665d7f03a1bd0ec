"""EDGE. Translating a page: the button, and the page that it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.widgets import Button
from wagtail.models import Page

from cms import page_work, translations
from cms.translations import State
from cms.two_languages import CHINESE


def translate(request: HttpRequest, page_id: int) -> HttpResponse:
    """Says what will happen; sent as a form, begins the translation and opens it."""
    page = get_object_or_404(Page.objects.filter(depth__gt=1), pk=page_id).specific
    page = page.alias_of.specific if page.alias_of_id else page
    if not page_work.may_translate(page=page, by=request.user):
        raise PermissionDenied
    if request.method == "POST":
        twin = page_work.begin_translation(page=page, by=request.user)
        messages.success(request, _("Write the translation over the text. Visitors see it once it is published."))
        return redirect("wagtailadmin_pages:edit", twin.pk)
    return TemplateResponse(request, "wagtailadmin/register/translate.html", {"page": page, "into": into(page)})


def into(page: Page) -> str:
    """The button's words: into which language a page is translated."""
    return _("Translate into English") if page.locale.language_code == CHINESE else _("Translate into Chinese")


def buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """The button at the head of a page: to translate it, or to its translation."""
    if page.depth == 1 or not user.has_perm(page_work.TRANSLATE):
        return
    row = translations.of(page)
    if row is None:
        return
    original = page.alias_of if page.alias_of_id else page
    if row.translation == State.MISSING:
        address = reverse("register_translate", args=[original.pk])
        yield Button(into(original), address, icon_name="globe", priority=5)
    else:
        other = row.twin if row.pk == page.pk else row.pk
        label = _("Other language: %(state)s") % {"state": State(row.translation).label}
        yield Button(label, reverse("wagtailadmin_pages:edit", args=[other]), icon_name="globe", priority=5)


def addresses() -> list[Any]:
    """Addresses below that of the editor."""
    return [path("register/translate/<int:page_id>/", translate, name="register_translate")]
