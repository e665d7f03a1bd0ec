"""READER. What pages of editors and their files answer to a text."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, IntegerField, Q, Value, When
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.text import capfirst
from wagtail.models import Page

from cms.excerpts import excerpt, marked
from cms.found_hits import Hit, Results
from cms.models import FileText, HomePage, NewsPage, PageText
from cms.page_words import words_of
from cms.visible_pages import offered_files, visible, whole
from gi_registry.search_text import parse_query
from gi_registry.text_forms import IS_HAN

CHINESE, ENGLISH = "zh-Hans", "en"
Words = tuple[str, ...]


def pages(text: str, words: Words, language: str) -> Results:
    """Published pages in the tree of a language: those with the text in their title first, then the newest."""
    query = parse_query(text)
    matching = PageText.objects.filter(tokens__matches=query) if query else PageText.objects.none()
    in_title = Q(pk__in=[])
    for word in words:
        in_title |= Q(title__icontains=word)
    rank = Case(When(in_title, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = visible(language).filter(pk__in=matching.values("page")).not_type(HomePage)
    ordered = rows.order_by(rank, F("last_published_at").desc(nulls_last=True), "-pk")
    return Results(ordered, lambda page: [_page_hit(row, words, language) for row in whole(page)])


def _page_hit(page: Page, words: Words, language: str) -> Hit:
    published = page.date if isinstance(page, NewsPage) else None
    if published is None and page.last_published_at:
        published = timezone.localdate(page.last_published_at)
    spoken = language_of(page)
    return Hit(
        url=page.get_url() or "",
        names=[(marked(page.title, words), spoken)],
        facts=[(capfirst(str(page._meta.verbose_name)), "")],
        day=published,
        excerpt=excerpt(" ".join(words_of(page)), words),
        excerpt_language=spoken,
    )


def language_of(page: Page) -> str:
    """The language a page is written in: what is not translated speaks the other one."""
    code: str = getattr(page, "text_language", page.locale.language_code)
    return CHINESE if code.startswith("zh") else ENGLISH


def files(text: str, words: Words, language: str) -> Results:
    """Files that visible pages offer, by title and file name."""
    query = parse_query(text)
    matching = FileText.objects.filter(tokens__matches=query) if query else FileText.objects.none()
    rows = offered_files(language).filter(pk__in=matching.values("document")).order_by("title", "pk")
    return Results(rows, lambda page: [_file_hit(row, words) for row in page])


def _file_hit(document: Any, words: Words) -> Hit:
    facts = [(document.file_extension.upper(), "")]
    if document.file_size:
        facts.append((filesizeformat(document.file_size), ""))
    return Hit(
        url=document.url,
        names=[(marked(document.title, words), CHINESE if IS_HAN.search(document.title) else ENGLISH)],
        facts=facts,
    )
