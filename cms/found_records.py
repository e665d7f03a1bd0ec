"""READER. What records answer to a text: products, enterprises, places, names of agreements, announcements, cases."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.core.cache import cache
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cms.excerpts import LENGTH, excerpt, holds, marked
from cms.found_hits import Hit, Name, Results
from enterprises import directory
from enterprises.models import EnterpriseSearchText
from gi_registry.data_words import announcement_name
from gi_registry.models import Division, DivisionLevel, DivisionStatus, JournalHead
from gi_registry.search_text import parse_query
from gi_registry.text_forms import IS_HAN, both_digits, normalise
from products import agreements, case_pages, foreign_records, lookup, maps
from products.agreement_words import country_name
from products.models import Announcement
from products.recognition_names import names_on
from products.recognition_standing import Standing

CHINESE, ENGLISH, PINYIN = "zh-Hans", "en", "zh-Latn"
Words = tuple[str, ...]


def names_of(thing: Any) -> list[tuple[str, str]]:
    """(name, language) of a record, the one for the page's language first; each once."""
    latin = (thing.name_en, ENGLISH) if thing.name_en else (getattr(thing, "name_pinyin", ""), PINYIN)
    order = [(thing.name_zh, CHINESE), latin]
    return [name for name in (order if maps.is_chinese() else reversed(order)) if name[0]]


def first_name(thing: Any) -> tuple[str, str]:
    """The name of a record for the page's language, with the language it is in."""
    return names_of(thing)[0]


def _names(thing: Any, words: Words) -> list[Name]:
    return [(marked(text, words), language) for text, language in names_of(thing)]


def _place(division: Division | None) -> list[tuple[str, str]]:
    return [first_name(division)] if division else []


# --- products and enterprises


def products(found: lookup.Found, words: Words) -> Results:
    """Products in their best order; what answers only with a character forgiven is a suggestion, no result."""
    rows = found.products.none() if found.forgiven else found.products

    def show(page: list[Any]) -> list[Hit]:
        return [
            Hit(
                url=row.get_absolute_url(),
                names=_names(row, words),
                facts=[(capfirst(str(row.get_category_display())), ""), *_place(row.province),
                       *([(str(row.first_year), "")] if row.first_year else [])],
                status=row,
            )
            for row in page
        ]  # fmt: skip

    return Results(rows.select_related("province"), show)


def enterprises(text: str, words: Words, on: datetime.date) -> Results:
    """Enterprises of the directory; those whose own name answers stand first."""
    query = parse_query(text)
    own = EnterpriseSearchText.objects.filter(tokens__matches=query) if query else EnterpriseSearchText.objects.none()
    rows = directory.enterprises(directory.Wanted(q=text or " ", on=on)).prefetch_related(None)
    rows = rows.annotate(
        by_product=Case(
            When(pk__in=own.values("enterprise"), then=Value(0)), default=Value(1), output_field=IntegerField()
        )
    )

    def show(page: list[Any]) -> list[Hit]:
        return [
            Hit(
                url=row.get_absolute_url(),
                names=_names(row, words),
                facts=[*([(row.uscc, "")] if row.uscc else []), *_place(row.province),
                       *([(_("found by its product"), "")] if row.by_product else [])],
            )
            for row in page
        ]  # fmt: skip

    return Results(rows.order_by("by_product", "name_zh", "pk") if query else rows.none(), show)


# --- places


def places(text: str, words: Words) -> Results:
    """Divisions of today by their names, and those of the past that became or joined one; exact names first."""
    rows = Division.objects.exclude(status=DivisionStatus.STATISTICAL)
    rows = rows.filter(Q(status=DivisionStatus.CURRENT) | Q(successor__isnull=False))
    wanted, exact = _place_names(normalise(text))
    rank = Case(When(exact, then=Value(0)), default=Value(1), output_field=IntegerField())
    past = Case(When(status=DivisionStatus.CURRENT, then=Value(0)), default=Value(1), output_field=IntegerField())
    levels = Case(
        *(When(level=level, then=Value(at)) for at, level in enumerate(DivisionLevel)), output_field=IntegerField()
    )
    found = rows.filter(wanted).select_related("parent__parent")
    return Results(
        found.order_by(past, rank, levels, "code", "pk"), lambda page: [_place_hit(row, words) for row in page]
    )


def _place_names(text: str) -> tuple[Q, Q]:
    """Conditions: a name that holds every word of the text; a name that is the text."""
    if not parse_query(text):
        return Q(pk__in=[]), Q(pk__in=[])
    wanted = Q()
    for word in text.split():
        begins = Q(name_en__istartswith=word) | Q(name_en__icontains=f" {word}") | Q(name_pinyin__istartswith=word)
        wanted &= Q(name_zh__contains=word) if IS_HAN.search(word) else begins | Q(code=word)
    return wanted, Q(name_zh=text) | Q(name_en__iexact=text) | Q(name_pinyin__iexact=text)


def _place_hit(row: Division, words: Words) -> Hit:
    above = [first_name(one) for one in row.lineage()[:-1]]
    is_past = row.status != DivisionStatus.CURRENT
    facts = [(capfirst(str(row.get_level_display())), ""), *above, (row.code, "")]
    return Hit(row.get_absolute_url(), _names(row, words), facts, status=row if is_past else None)


# --- names of agreements


def names(text: str, words: Words, on: datetime.date) -> Results:
    """Names on the lists of agreements and foreign GIs, in any writing, without regard to accents."""
    wanted = agreements.plain(text).split() if parse_query(text) else []
    rows = [row for row in _listed_names(on) if wanted and all(_has(row[0], word) for word in wanted)]
    return Results(rows, lambda page: [_name_hit(row, words) for row in page])


def _has(searched: str, word: str) -> bool:
    """A short Latin word must begin a word: 'an' is in too many names."""
    if len(word) > 3 or IS_HAN.search(word):
        return word in searched
    return re.search(rf"(?<!\w){re.escape(word)}", searched) is not None


def _listed_names(on: datetime.date) -> list[tuple[Any, ...]]:
    """(searched text, writings, countries, standing, view, key) of every name; kept until the journal grows."""
    sequence = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    found: list[tuple[Any, ...]] = cache.get_or_set(
        f"names-found:{sequence}:{on}", lambda: _all_names(on), timeout=86_400
    )  # type: ignore[assignment]
    return found


def _all_names(on: datetime.date) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for name in names_on(agreements.every_line(on)):
        entry = name.first.entry
        goods = {line.entry.product_category for line in name.lines}
        where = ("products:agreement", entry.agreement.code)
        if entry.foreign_gi_id:
            where = ("products:foreign_gi", str(entry.foreign_gi.number))  # type: ignore[union-attr]
        searched = agreements.plain(" / ".join([text for text, _lang in name.writings])) + " / "
        searched += agreements.plain(" / ".join(sorted(goods)))
        rows.append((searched, name.writings, name.countries, str(name.standing), *where))
    for foreign in foreign_records.every_row(on):
        if foreign.name is None:
            writings = [*foreign.parts, *foreign.other_names]
            searched = agreements.plain(" / ".join(text for text, _lang in writings))
            rows.append((searched, writings, foreign.countries, "", "products:foreign_gi", str(foreign.record.number)))
    return rows


def _name_hit(row: tuple[Any, ...], words: Words) -> Hit:
    _searched, writings, countries, standing, view, key = row
    url = reverse(view, args=[key])
    if view == "products:agreement":
        url += "?" + urlencode({"q": writings[0][0]})
    return Hit(
        url=url,
        names=[(marked(text, words), language) for text, language in writings[:3]],
        facts=[(country_name(code), "") for code in countries],
        status=Standing(standing) if standing else None,
    )


# --- announcements and cases


def announcements(text: str, words: Words) -> Results:
    """Announcements by number, title and wording, the latest first."""
    wanted = Q()
    for word in normalise(text).split():
        forms = [form for form in both_digits(word).split() if parse_query(form)]
        number = Q(number=int(word)) if re.fullmatch(r"[0-9]{1,6}", word) else Q(pk__in=[])
        for form in forms:
            number |= Q(text__icontains=form) | Q(body__icontains=form)
        wanted &= number
    rows: QuerySet[Announcement] = Announcement.objects.real()
    rows = rows.filter(wanted) if parse_query(text) else rows.none()
    return Results(rows, lambda page: [_announcement_hit(row, words) for row in page])


def _announcement_hit(row: Announcement, words: Words) -> Hit:
    title = announcement_name(row.text) or row.text
    return Hit(
        url=row.get_absolute_url(),
        names=[(marked(title, words), CHINESE if IS_HAN.search(title) else ENGLISH)],
        facts=[(str(row.get_issuer_display()), "")] if row.number is None else [],
        day=row.published_on,
        precision=row.published_precision or "day",
        excerpt=excerpt(row.body[: 10 * LENGTH], words) if row.body and holds(row.body, words) else [],
        excerpt_language=CHINESE,
    )


def cases(text: str, words: Words) -> Results:
    """Protection cases that are public, the latest first."""
    rows = case_pages.listed(case_pages.Wanted(q=text))
    rows = rows.prefetch_related(None) if parse_query(text) else rows.none()
    return Results(rows, lambda page: [_case_hit(row, words) for row in page])


def _case_hit(row: Any, words: Words) -> Hit:
    return Hit(
        url=reverse("products:case", args=[row.reference]),
        names=_names(row, words),
        facts=[(capfirst(str(row.get_kind_display())), ""), (row.reference, "")],
        status=row,
        day=row.public_from,
    )
