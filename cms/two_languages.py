"""A page in two languages: in which one its text really is. MODEL.

Every page has a twin in the other tree. Until somebody translates it the twin is an alias, which Wagtail keeps the
same as its original. When a translation is begun the alias becomes a page of its own, and what visitors see stays the
text of the original until the translation is published.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.models import Page, Revision

CHINESE, ENGLISH = "zh-hans", "en"


class TwoLanguages:
    """Mixin of pages: the questions that templates ask."""

    @cached_property
    def is_untranslated(self: Any) -> bool:
        """Whether visitors see the text of the other language here. At most one query, mostly none."""
        return bool(self.alias_of_id) or stands_in(self)

    @property
    def text_language(self: Any) -> str:
        """Code of the language that visitors read here; `|html_lang` writes it for the attribute `lang`."""
        own: str = self.locale.language_code
        return other_language(own) if self.is_untranslated else own

    @property
    def original(self: Any) -> Page | None:
        """The page whose text is shown here instead; search engines are told that it is the true address."""
        if not self.is_untranslated:
            return None
        return self.alias_of or self.get_translations().first()


def stands_in(page: Page) -> bool:
    """Whether a page that was an alias still shows the text of its original: its translation is not published yet.

    The version that was made when the alias became a page is newer than the last publication, which was that of the
    original; every other published version was written before it was published.
    """
    if not (page.live and page.live_revision_id and page.last_published_at and page.latest_revision_created_at):
        return False
    if page.latest_revision_created_at <= page.last_published_at:
        return False
    shown = Revision.objects.filter(pk=page.live_revision_id, created_at__gt=page.last_published_at)
    return bool(shown.exists())


def other_language(code: str) -> str:
    """The other one of the two."""
    return ENGLISH if code == CHINESE else CHINESE
