"""WRITER. Search tokens of published pages and of files: what a text finds them by.

Titles are found like names, by characters, readings and initials; texts by their words and pairs of characters only,
for readings of whole texts would make every short query answer everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from wagtail.models import Page

from cms.models import FileText, PageText, RegisterDocument
from cms.page_words import words_of
from gi_registry.search_text import MARK, tokens_for
from gi_registry.text_forms import WORD_LENGTH, grams, runs, spell

MOST_WORDS = 8_000  # different words and stretches of a text that are kept; PostgreSQL counts positions to 16,383


def keep_page(page: Page) -> None:
    """Bring the tokens of a page in step with what is stored of it: a page that is not published has none."""
    if not page.live:
        PageText.objects.filter(page=page.pk).delete()
        return
    page = page.specific
    PageText.objects.update_or_create(page_id=page.pk, defaults={"tokens": _tokens([page.title], words_of(page))})


def keep_file(document: RegisterDocument) -> None:
    """Bring the tokens of a file in step: its title and the words of its file name."""
    name = document.filename.rpartition(".")[0].replace("_", " ").replace("-", " ")
    tokens = _tokens([document.title], [name])
    FileText.objects.update_or_create(document_id=document.pk, defaults={"tokens": tokens})


@transaction.atomic
def rebuild() -> tuple[int, int]:
    """Make all tokens anew; the numbers of pages and files that have some."""
    PageText.objects.filter(page__live=False).delete()
    for page in Page.objects.live().filter(depth__gt=1).specific().iterator(chunk_size=200):
        keep_page(page)
    for document in RegisterDocument.objects.iterator(chunk_size=200):
        keep_file(document)
    return PageText.objects.count(), FileText.objects.count()


def _tokens(titles: Iterable[str], texts: Iterable[str]) -> str:
    titles = list(titles)
    return f"{tokens_for(titles, latin=titles)} {_tokens_of_text(texts)}".strip()


def _tokens_of_text(texts: Iterable[str]) -> str:
    """Pairs of characters and single words, each stretch once; a mark keeps stretches apart."""
    found: dict[tuple[str, ...], None] = {}
    for text in texts:
        for is_chinese, group in runs(text):
            if is_chinese:
                found[(*grams(group[0]), MARK)] = None
            else:
                found |= dict.fromkeys((spell(word[:WORD_LENGTH]),) for word in group)
    return " ".join(token for one in list(found)[:MOST_WORDS] for token in one)
