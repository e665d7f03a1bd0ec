"""Small template words of the register: dates known by halves, names in two languages, status pills.

They read what they are given and never query. EDGE.
"""

import datetime
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import template
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext, to_locale

from gi_registry import language_runs, logs
from gi_registry.data_words import announcement_name, in_words
from gi_registry.partial_dates import iso

register = template.Library()

# Longer or more numerous parameters than any page of ours makes are not carried along.
KEPT_PARAMETERS: Final = 40
KEPT_LENGTH: Final = 200

# What a state means to a reader: "live" counts today, "look" asks for a closer look, "stopped" is over.
PILL_KINDS: Final[dict[str, str]] = {
    # rights of a product
    "approved": "live",
    "mark_use_listed": "live",
    "agreement_listed": "look",
    "in_procedure": "look",
    "reported": "look",
    "revoked": "stopped",
    # candidates for protection
    "used": "live",
    "paying_off": "live",
    "dropped": "stopped",
    "replaced": "stopped",
    "adopted": "live",
    # authorisations of an enterprise
    "in_force": "live",
    "rectifying": "look",
    "suspended": "stopped",
    "ended": "stopped",
    # applications to use the mark
    "draft": "info",
    "submitted": "info",
    "defects": "look",
    "accepted": "info",
    "first_review": "info",
    "provincial_review": "info",
    "national_review": "info",
    "announced": "live",
    "refused": "stopped",
    "not_accepted": "stopped",
    # names on agreement lists
    "agreed": "look",
    "decided": "look",
    "objected": "look",
    "pending": "info",
    # protection cases and objections
    "recognised": "live",
    "changed": "live",
    "kept": "live",
    "preliminary": "look",
    "opposed": "look",
    "upheld": "look",
    "not_admitted": "stopped",
    # output, label batches and labels
    "stated": "info",
    "certified": "live",
    "requested": "info",
    "issued": "live",
    "recalled": "stopped",
    "waiting": "info",
    "active": "live",
    "void": "stopped",
    "returned": "stopped",
    # copy signals and suspect reports
    "open": "look",
    "watched": "look",
    "dismissed": "stopped",
    "case": "look",
    "received": "look",
    "taken_up": "info",
    "closed": "stopped",
    # entries of an agreement
    "protected": "live",
    "listed": "look",
    "proposed": "look",
    "withdrawn": "stopped",
    "lapsed": "stopped",
    # divisions
    "current": "live",
    "historic": "stopped",
}
# A label may be a word and its explanation, as in "reported only: not confirmed".
EXPLANATION: Final = re.compile(r"\s*[:;：；]\s*")


def _page_is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


@register.filter
def html_lang(code: str) -> str:
    """A language code of the settings as HTML writes it: zh-hans becomes zh-Hans."""
    return to_locale(code).replace("_", "-")


@register.filter
def partial_date(value: datetime.date | None, precision: str = "day") -> str:
    """A date as exactly as it is known: `value` is the last possible day, `precision` day, month or year.

    Returns a <time> element (2014 · July 2014 · 31 July 2014), or "" where no date is known.
    """
    if not value:
        return ""
    if isinstance(value, datetime.datetime):
        value = timezone.localdate(value)
    precision = precision or "day"
    chinese = _page_is_chinese()
    if precision == "year":
        return format_html(
            '<time datetime="{}">{}</time>',
            iso(value, precision),
            # Translators: Django date format of a year alone; Chinese adds the character for year.
            date_format(value, pgettext("date format of a year", "Y")),
        )
    if precision == "month":
        return format_html(
            '<time datetime="{}">{}</time>', iso(value, precision), date_format(value, "YEAR_MONTH_FORMAT")
        )
    shown = date_format(value, "DATE_FORMAT" if chinese else "j F Y")
    return format_html('<time datetime="{}">{}</time>', iso(value, precision), shown)


def _names(thing: Any) -> list[tuple[str, str]]:
    """(name, lang) of a record, best first for the language of the page; at most two, never equal."""
    chinese = (str(getattr(thing, "name_zh", "") or ""), "zh-Hans")
    english = (str(getattr(thing, "name_en", "") or ""), "en")
    pinyin = (str(getattr(thing, "name_pinyin", "") or ""), "zh-Latn")
    latin = english if english[0] else pinyin
    order = (chinese, latin) if _page_is_chinese() else (latin, chinese)
    found = [name for name in order if name[0]]
    return found or [(str(thing), "")]


def _marked(name: str, lang: str) -> SafeString:
    """The name, in a span that states its language where that differs from the page's."""
    if lang in ("", "zh-Hans" if _page_is_chinese() else "en"):
        return format_html("{}", name)
    return format_html('<span lang="{}">{}</span>', lang, name)


@register.simple_tag
def display_name(thing: Any, alt: bool = True) -> SafeString:
    """The name a reader of this page expects, then (unless alt=False) the other one, smaller.

    Chinese pages show name_zh and then name_en or name_pinyin, English pages the other way round.
    """
    names = _names(thing)
    main = format_html('<span class="name">{}</span>', _marked(*names[0]))
    if not alt or len(names) < 2:
        return main
    return format_html('{} <span class="name-alt">{}</span>', main, _marked(*names[1]))


@register.filter
def plain_name(thing: Any) -> str:
    """The main name as plain text, for titles and attributes."""
    return _names(thing)[0][0]


@register.filter
def division_name(division: Any, with_code: str = "") -> SafeString | str:
    """The main name of a division; `division|division_name:"code"` adds its six-digit code. "" for none."""
    if division is None:
        return ""
    name = _marked(*_names(division)[0])
    if with_code == "code":
        return format_html('{} <span class="code soft">{}</span>', name, division.code)
    return name


@register.filter
def announcement_title(text: str) -> SafeString | str:
    """The number of an announcement as it was issued, marked as Chinese; or what is known of one without."""
    return announcement_name(text) or _of_tables(text)


def _of_tables(words: str) -> SafeString:
    """Words of the tables, which are Chinese, English, or English with Chinese names."""
    return marked(words) if re.search(r"[\u4e00-\u9fff]", words) else _marked(words, "en")


@register.filter
def source_words(text: str) -> SafeString:
    """Set phrases of the reference tables in the reader's language; what is not known stays, marked as what it is."""
    parts = [
        format_html("{}", words) if translated else _of_tables(words)
        for words, translated in in_words(text)
    ]
    return format_html_join("；" if _page_is_chinese() else "; ", "{}", ((part,) for part in parts))


@register.filter
def marked(text: Any, language: str = "") -> SafeString:
    """A text in which words of the other language than the page's, or than `language`, state their language.

    For names and quoted data within sentences, what people typed, and form fields with such words to choose from.
    Not for our own sentences, where a missing translation would hide behind it, nor for attributes.
    """
    return language_runs.marked(text, language or get_language() or "zh-hans")


@register.inclusion_tag("components/pill.html")
def status_pill(thing: Any, word: str = "", note: str = "", brief: bool = False) -> dict[str, str]:
    """Word, shape and colour of a state.

    `thing` is a record with a field `status` or `state`, a member of a choices class, or a bare value with
    its `word` beside it. The part of the label after a colon or semicolon is its explanation: set lighter,
    or left out if `brief`. A value without a known kind is shown neutrally rather than as protected.
    """
    value = thing
    for field in ("status", "state"):
        if hasattr(thing, field):
            value = getattr(thing, field)
            shown = getattr(thing, f"get_{field}_display", None)
            word = word or str(shown() if shown else getattr(value, "label", value))
            break
    word, *explanation = EXPLANATION.split(word or str(getattr(value, "label", value)), maxsplit=1)
    if explanation and not brief:
        note = note or explanation[0]
    return {"kind": PILL_KINDS.get(str(value), "info"), "word": capfirst(word), "note": note}


@register.simple_tag(takes_context=True)
def keep_params(context: template.Context, *dropped: str) -> SafeString:
    """Hidden inputs that carry the parameters of this page through a form, but for those named."""
    request = getattr(context, "request", None) or context.get("request")
    if request is None:
        return SafeString("")
    kept = [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in dropped and value and len(name) + len(value) <= KEPT_LENGTH
    ]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', kept[:KEPT_PARAMETERS])


@register.filter
def grouped(number: Any) -> str:
    """A whole number with a thin space between thousands: 12345 becomes 12 345. Anything else unchanged."""
    if isinstance(number, int):
        return f"{number:,}".replace(",", "\u202f")
    return str(number)


@register.filter
def facet_head(items: Sequence[Any], limit: int | str) -> list[Any]:
    """The entries of a facet that stand open: the first `limit`, and every active one after them."""
    return [entry for i, entry in enumerate(items) if _stands_open(items, i, entry, limit)]


@register.filter
def facet_rest(items: Sequence[Any], limit: int | str) -> list[Any]:
    """The entries of a facet that fold away: neither among the first `limit` nor active."""
    return [entry for i, entry in enumerate(items) if not _stands_open(items, i, entry, limit)]


def _stands_open(items: Sequence[Any], index: int, entry: Any, limit: int | str) -> bool:
    active = entry.get("active") if isinstance(entry, dict) else getattr(entry, "active", False)
    # A fold that hides one or two entries takes as much room as the entries.
    return index < int(limit) or bool(active) or len(items) <= int(limit) + 2


@register.filter
def page_numbers(paginator: "Paginator[Any]", number: int) -> list[int | None]:
    """Page numbers around `number`, with None where some are left out."""
    return [
        n if isinstance(n, int) else None
        for n in paginator.get_elided_page_range(number, on_each_side=2, on_ends=1)
    ]


@register.filter
def label_urls(items: Iterable[Any]) -> list[dict[str, str]]:
    """Links given as {"label", "url"} or as (label, url) pairs, all in the first form; url may be empty."""
    return [
        {"label": item["label"], "url": item.get("url") or ""}
        if isinstance(item, dict)
        else {"label": item[0], "url": item[1] or ""}
        for item in items
    ]


@register.simple_tag
def request_reference() -> str:
    """What somebody may quote when an answer went wrong; it needs no context, so that error pages can show it."""
    return logs.reference()
