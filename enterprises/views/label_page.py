"""The page that answers for a label: rendered once for a batch and an answer, then filled in for each label.

Most people who ever meet the register meet this page, on an old phone with a weak network. It is one file without
script, and its frame is kept ready-made; only the code and what its scans tell differ from label to label.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext, override, pgettext

from enterprises.label_codes import grouped
from enterprises.scanning import Seen, as_time
from enterprises.verdict_words import AS_KNOWN, BAND_WORDS, EARLIER_GOODS, REASONS, WORDS
from enterprises.verdicts import Stop, Verdict, band
from enterprises.verification import Label
from gi_registry import figures
from gi_registry.content_policy import style_policy
from gi_registry.ready_pages import ReadyPage, takes_gzip

PAGES_KEPT = 4000
# Stand for what differs; private characters that no name, reason or translation contains.
CODE, GROUPED, FIRST, TIMES = "\ue0f0", "\ue0f1", "\ue0f2", "\ue0f3"
MARKS = CODE + GROUPED + FIRST + TIMES
_pages: OrderedDict[tuple[Any, ...], ReadyPage] = OrderedDict()


def host() -> str:
    """The domain that stands in every printed symbol; readers compare it with their browser."""
    return urlsplit(settings.SITE_URL).netloc


def answer_page(
    request: HttpRequest, label: Label, seen: Seen, language: str, known_at: datetime.datetime | None = None
) -> HttpResponse:
    """The answer for a label that this register has issued; `known_at`: as it was known then, and not since."""
    verdict, stops = label.answer(unusual=seen.unusual)
    figures.SCANS.labels(verdict.value).inc()
    page = _ready(label, verdict, stops, language, known_at)
    first = _day(seen.first_minute // 60 * 60) if seen.count else "–"
    words = {CODE: label.code, GROUPED: grouped(label.code), FIRST: first, TIMES: _times(band(seen.count), language)}
    return _filled(request, page, words, language, 200)


def unknown_page(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """The answer for a well-formed code that no label has; it costs as little as any, because it may be a guess."""
    figures.SCANS.labels(Verdict.NOT_ISSUED.value).inc()
    return _filled(request, _unknown(language, host()), {CODE: code, GROUPED: grouped(code)}, language, 404)


@lru_cache(maxsize=4)
def _unknown(language: str, _host: str) -> ReadyPage:
    verdict = Verdict.NOT_ISSUED
    with override(language):
        context = base_context(language, CODE)
        context |= {"verdict": verdict, "words": WORDS[verdict], "typed": GROUPED, "sentences": []}
        html = render_to_string("enterprises/verify/no_answer.html", context)
    return _packed(html)


def _packed(html: str) -> ReadyPage:
    return ReadyPage(_without_indents(html), MARKS)


def _filled(
    request: HttpRequest, page: ReadyPage, words: Mapping[str, str], language: str, status: int
) -> HttpResponse:
    if takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        response = finished(page.gzipped(words), language, status)
        response["Content-Encoding"] = "gzip"
        return response
    return finished(page.filled(words), language, status)


def _ready(
    label: Label, verdict: Verdict, stops: list[Stop], language: str, known_at: datetime.datetime | None
) -> ReadyPage:
    """The page without what differs from label to label."""
    key = (label.facts.shown, verdict, tuple(stops), language, known_at)
    page = _pages.get(key)
    if page is None:
        with override(language):
            context = base_context(language, CODE) | _about(label, verdict, stops, known_at)
            html = render_to_string("enterprises/verify/answer.html", context)
        page = _pages[key] = _packed(html)
        if len(_pages) > PAGES_KEPT:
            _pages.popitem(last=False)
    return page


@lru_cache(maxsize=2000)
def _day(minute: int) -> str:
    return timezone.localtime(as_time(minute)).date().isoformat()


@lru_cache(maxsize=20)
def _times(band_name: str, language: str) -> str:
    with override(language):
        times = str(BAND_WORDS[band_name])
        included = gettext("(this time included)")
        return times if band_name == "0" else f"{times} {included}"


def base_context(language: str, code: str) -> dict[str, Any]:
    """What every page about a code needs."""
    other = "en" if language == "zh-hans" else "zh-hans"
    name = get_language_info(other)["name_local"]
    return {
        "language": language, "other_language": other, "other_name": name, "code": code, "host": host(),
        "site": settings.SITE_URL, "report_url": reverse("enterprises:report"),
        "check_url": reverse("enterprises:check_label"), "home_url": reverse("home"),
    }  # fmt: skip


def _about(
    label: Label, verdict: Verdict, stops: list[Stop], known_at: datetime.datetime | None
) -> dict[str, Any]:
    batch = label.facts.batch
    authorisation = batch.season.authorisation
    return {
        "verdict": verdict,
        "words": WORDS[verdict],
        "stops": [stop_sentence(stop) for stop in stops],
        "earlier_goods": any(stop.kind in EARLIER_GOODS for stop in stops) and verdict == Verdict.STOPPED,
        "grouped": GROUPED,
        "first": FIRST,
        "times": TIMES,
        "batch": batch,
        "authorisation": authorisation,
        "enterprise": authorisation.enterprise,
        "product": authorisation.product,
        "known_at": timezone.localtime(known_at) if known_at else None,
        "as_known": AS_KNOWN,
        "photo": reverse("label_photo", args=[batch.photo]) if batch.photo else "",
    }


def stop_sentence(stop: Stop) -> dict[str, Any]:
    """What stands against a label, in words of the language that is set: title, day, reason."""
    reason = REASONS[stop.kind].get(stop.reason, "")
    return {"title": str(stop.kind.label), "on": stop.on, "reason": capfirst(str(reason)) if reason else ""}


def finished(html: str | bytes, language: str, status: int) -> HttpResponse:
    """A page about a code: never stored on the way, in one language, for whoever asks in another one too."""
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = "zh-Hans" if language == "zh-hans" else language
    response["Vary"] = "Accept-Language, Accept-Encoding"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Security-Policy"] = _policy()
    return response


@lru_cache(maxsize=1)
def _policy() -> str:
    """The page's style is allowed as it stands in the file and without blanks before its lines."""
    style = render_to_string("enterprises/verify/_style.css")
    return style_policy(style, _without_indents(style))


def _without_indents(text: str) -> str:
    return re.sub(r"\n\s*", "\n", text)


# --- The same answer for machines ---


def as_json(label: Label, seen: Seen, known_at: datetime.datetime | None = None) -> dict[str, Any]:
    """The answer as the open interface gives it; words in both languages, values that never change.

    `known_at`: as it was known then, which the answer says; what scans tell is not known in that case.
    """
    verdict, stops = label.answer(unusual=seen.unusual)
    batch = label.facts.batch
    authorisation = batch.season.authorisation
    product, enterprise = authorisation.product, authorisation.enterprise
    told = verdict_json(verdict) | {
        "code": label.code,
        "stops": [_stop_json(stop) for stop in stops],
        "product": {"number": product.number, "name_zh": product.name_zh, "name_en": product.name_en}
        if product else {"number": None, "name_zh": authorisation.product_text, "name_en": ""},
        "enterprise": {"uscc": enterprise.uscc, "name_zh": enterprise.name_zh, "name_en": enterprise.name_en},
        "authorisation": authorisation.reference,
        "batch": {
            "reference": batch.reference, "variety": batch.variety, "pack": batch.pack_text,
            "packed_on": batch.packed_on, "printed_at_the_mark": batch.mark_text,
        },
        "scans": {
            "first_on": timezone.localtime(as_time(seen.first_minute)).date() if seen.count else None,
            "band": band(seen.count),
        },
        "demonstration": enterprise.is_demo,
    }  # fmt: skip
    if known_at is not None:
        told |= {"as_of": _written(known_at), "last_known": True, "note": _in_both(AS_KNOWN)}
        told["scans"] = {"first_on": None, "band": None}
    return told


def _stop_json(stop: Stop) -> dict[str, Any]:
    return {"kind": stop.kind.value, "on": stop.on, "reason": stop.reason or None}


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """An answer alone."""
    return {"verdict": verdict.value, "domain": host(), "words": _in_both(WORDS[verdict].title, WORDS[verdict].meaning),
            "as_of": _written(timezone.now())}  # fmt: skip


def _in_both(*sentences: str | Promise) -> Mapping[str, str]:
    words = {}
    for language, name in (("zh-hans", "zh"), ("en", "en")):
        with override(language):
            words[name] = pgettext("end of a sentence", ". ").join(str(sentence) for sentence in sentences)
    return words


def _written(moment: datetime.datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")


def json_response(data: Mapping[str, Any], status: int) -> HttpResponse:
    """JSON in UTF-8, dates as ISO 8601."""
    text = json.dumps(data, ensure_ascii=False, default=datetime.date.isoformat)
    response = HttpResponse(text, content_type="application/json; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    response["Access-Control-Allow-Origin"] = "*"
    return response
