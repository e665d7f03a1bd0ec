"""Notes of the page editor: who may publish, and how the other language stands. EDGE."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.timezone import localtime
from wagtail.models import Page

from cms import translations
from cms.moderation import missing_button
from cms.page_work import TRANSLATE
from cms.translating import into
from cms.translations import State

register = template.Library()
TONES = {State.MISSING: "", State.DRAFT: "", State.OLDER: "look", State.CURRENT: "good"}


@register.inclusion_tag("wagtailadmin/register/_editor_notes.html", takes_context=True)
def editor_notes(context: dict[str, Any], page: Page) -> dict[str, Any]:
    """What stands above the form of a page. Two queries, three for a page that takes two people."""
    user = context["request"].user
    row = translations.of(page) if page.pk else None
    return {
        "why_no_button": missing_button(page, user),
        "other": None if row is None else _other(page, row, user),
    }


def _other(page: Page, row: Any, user: Any) -> dict[str, Any]:
    """The other language of a page: {"state", "label", "url", "action", "since"}."""
    state = State(row.translation)
    is_original = row.pk == page.pk
    original = page.alias_of if page.alias_of_id else page
    other = row.twin if is_original else row.pk
    may = user.has_perm(TRANSLATE)
    return {
        "state": state, "tone": TONES[state], "is_original": is_original, "is_live": page.live,
        "original_published": localtime(row.last_published_at) if row.last_published_at else None,
        "twin_published": localtime(row.twin_published) if row.twin_published else None,
        "url": reverse("wagtailadmin_pages:edit", args=[other]) if other and state != State.MISSING else "",
        "begin": reverse("register_translate", args=[original.pk]) if may and state == State.MISSING else "",
        "into": into(original),
    }  # fmt: skip


@register.simple_tag(takes_context=True)
def translation_state(context: dict[str, Any], page: Page) -> State | None:
    """The state of the translation of a page in a list. One query for all pages of the list."""
    table = context["table"]
    if not hasattr(table, "translation_states"):
        table.translation_states = translations.by_key(list(table.data))
    found: State | None = table.translation_states.get(str(page.translation_key))
    return found
