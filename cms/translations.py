"""How far each page is in the other language. READER.

A page and its twin are one row. The Chinese page is the original unless it only repeats an English one. A translation
is older when its original was published after it.
"""

from __future__ import annotations

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.two_languages import CHINESE


class State(TextChoices):
    """How a translation stands."""

    MISSING = "missing", _("not translated")
    DRAFT = "draft", _("translation not published yet")
    OLDER = "older", _("older than the other language")
    CURRENT = "current", _("up to date")


def pages() -> QuerySet[Page]:
    """Every page of the site once, in the order of the tree, with its twin and the state of its translation.

    Annotations: `twin` (key of the page in the other language, None where there is none), `twin_title`,
    `twin_published` (when it was last published), `translation` (a State).
    """
    twins = Page.objects.filter(translation_key=OuterRef("translation_key")).exclude(locale=OuterRef("locale"))
    has_original = twins.filter(locale__language_code=CHINESE)
    rows = Page.objects.filter(depth__gt=1).filter(Q(locale__language_code=CHINESE) | ~Exists(has_original))
    annotated: QuerySet[Page] = (
        rows.select_related("locale", "content_type")
        .annotate(
            twin=Subquery(twins.values("pk")[:1]),
            twin_title=Subquery(twins.values("title")[:1]),
            twin_live=Subquery(twins.values("live")[:1]),
            twin_repeats=Subquery(twins.values("alias_of")[:1]),
            twin_published=Subquery(twins.values("last_published_at")[:1]),
            twin_shown=Subquery(twins.values("live_revision__created_at")[:1]),
        )
        .annotate(translation=_STATE)
        .order_by("path")
    )
    return annotated


_STATE = Case(
    When(Q(twin=None) | Q(twin_repeats__isnull=False) | Q(alias_of__isnull=False), then=Value(State.MISSING.value)),
    # What was the other language's text when its translation was begun, and is still shown.
    When(Q(twin_live=False) | Q(twin_shown__gt=F("twin_published")), then=Value(State.DRAFT.value)),
    When(last_published_at__gt=F("twin_published"), then=Value(State.OLDER.value)),
    default=Value(State.CURRENT.value),
    output_field=CharField(),
)


def of(page: Page) -> Page | None:
    """The row of `pages()` for a page in either language. One query."""
    return pages().filter(translation_key=page.translation_key).first()


def by_key(found: list[Page]) -> dict[str, State]:
    """The states of several pages by translation key. One query."""
    rows = pages().filter(translation_key__in=[page.translation_key for page in found])
    return {str(key): State(state) for key, state in rows.values_list("translation_key", "translation")}
