"""EDGE. What is asked where pages are published without their form, and which buttons an editor is shown.

The form asks first (`cms/page_forms.py`), and the permission of a page says who may publish it (`cms/moderation.py`).
These hooks close what is left: many pages at once, copies, and a form that was sent by other means.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.models import Page

from cms import page_work
from cms.moderation import TwoPersonPage, missing_button, needs_second_person, second_person_classes
from cms.page_forms import in_words, refusal, unanswered

PUBLISHED_BY_APPROVAL = ("action-publish",)


def before_publishing(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A page that takes two people is never published from its form; what was typed stays as a draft."""
    specific = page.specific
    found = unanswered(specific)
    if not isinstance(specific, TwoPersonPage) and not found:
        return None
    page_work.keep_as_draft(page=page)
    why = in_words(found) if found else missing_button(specific, request.user)
    messages.error(request, why)
    return redirect("wagtailadmin_pages:edit", page.pk)


def before_many(request: HttpRequest, action_type: str, pages: list[Any], action: Any) -> HttpResponse | None:
    """None of many pages is published while one of them may not be: no form asks for it here."""
    if action_type != "publish" or not all(isinstance(page, Page) for page in pages):
        return None
    below = bool(action.cleaned_form and action.cleaned_form.cleaned_data.get("include_descendants"))
    for page in _going_live(pages, below):
        newest = page.get_latest_revision_as_object()
        if why := refusal(newest):
            messages.error(request, f"{newest.get_admin_display_title()}: {why}")
            return redirect(action.next_url)
    return None


def _going_live(pages: list[Page], below: bool) -> list[Page]:
    chosen = [page.specific for page in pages]
    return chosen + [one for page in pages if below for one in page.get_descendants().not_live().specific()]


def before_copying(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Why a part of the tree cannot be copied, said before somebody fills in the form."""
    if not needs_second_person(page.get_descendants()):
        return None
    if request.method == "POST" and request.POST.get("copy_subpages"):
        messages.error(request, _("Pages that two people publish are below this one; they are not copied along."))
        return redirect("wagtailadmin_pages:copy", page.pk)
    return None


def buttons_of_a_page(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Without the button to publish where two people are needed: it could not do what it says."""
    if issubclass(class_in_hand(request, context), TwoPersonPage):
        items[:] = [item for item in items if item.name not in PUBLISHED_BY_APPROVAL]


def class_in_hand(request: HttpRequest, context: dict[str, Any]) -> type:
    """The class of the page that is written; a new one is known by the address of its form."""
    if page := context.get("page"):
        return type(page)
    names = {model._meta.model_name: model for model in second_person_classes()}
    match = request.resolver_match
    return names.get(match.kwargs.get("content_type_model_name", ""), Page) if match else Page
