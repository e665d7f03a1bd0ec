"""Labels: type or scan a code, and the answer for it. No cookie is set and nothing of the visitor is kept."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from enterprises import (
    credit_codes,
    label_codes,
    label_facts,
    last_known,
    scanning,
    signal_facts,
    verification,
)
from enterprises.label_codes import NotACode
from enterprises.label_keys import SealBroken
from enterprises.label_models import LabelBatch
from enterprises.scanning import Seen, Visit
from enterprises.verdict_words import LOOK_AT_GROUP, PROBLEMS, WORDS
from enterprises.verdicts import Verdict
from enterprises.views import label_page
from gi_registry import database_circuit, figures, networks, places, throttle, visitors
from gi_registry.database_circuit import DatabaseAway
from gi_registry.throttle import TYPED_LOOKUPS, UNKNOWN_CODES, VALID_CODES

log = logging.getLogger(__name__)
TYPED_LENGTH = 200
MOST_IN_A_LINE = 60
RETRY_AFTER = "60"  # seconds, where the register cannot tell or only what it last knew


@require_safe
def label(request: HttpRequest, text: str, language: str = "") -> HttpResponse:
    """The answer for a code. Counted as a scan when a person looks at it."""
    language, network = language or wanted_language(request), networks.network_of(request)
    try:
        code = label_codes.read(text)
        with database_circuit.asked():
            return _answer(request, code, network, language)
    except NotACode as problem:
        return _wrong(request, network, language, Verdict.TYPING_ERROR, text, problem)
    except DatabaseAway:
        return _last_known(request, code, network, language)
    except SealBroken as fault:
        log.error("A label cannot be answered: %s", fault)
        return unavailable(language)


def _answer(request: HttpRequest, code: str, network: str, language: str) -> HttpResponse:
    found = verification.find(code, at_once=True)
    if found is None:
        return _wrong(request, network, language, Verdict.NOT_ISSUED, code)
    if seconds := throttle.spend(VALID_CODES, network):
        return throttle.too_many(request, seconds)
    if visitors.is_preview(request):
        seen = scanning.look(found.key)
    else:
        seen = scanning.record(found.key, _visit(request, network), strange=found.strange)
    if not found.is_as_of(seen.version):  # something has changed in the register since we last knew
        found = verification.find(code) or found
    return label_page.answer_page(request, found, seen, language)


def _last_known(request: HttpRequest, code: str, network: str, language: str) -> HttpResponse:
    """The answer while the database is away: as last known, marked as such, counted as no scan."""
    if seconds := throttle.spend(VALID_CODES, network):
        return throttle.too_many(request, seconds)
    try:
        found = last_known.find(code)
    except SealBroken as fault:
        log.error("A label cannot be answered: %s", fault)
        found = None
    if found is None:
        return unavailable(language, well_formed=True)
    response = label_page.answer_page(request, found.label, Seen(0, 0, found.unusual), language, found.at)
    response["Retry-After"] = RETRY_AFTER
    return response


def wanted_language(request: HttpRequest) -> str:
    """The one that was chosen; else Chinese, or English for browsers that prefer another language."""
    if request.META.get("QUERY_STRING"):  # most addresses have none
        chosen = request.GET.get("lang", "")
        if chosen in dict(settings.LANGUAGES):
            return chosen
    return "zh-hans" if visitors.prefers_chinese(request.META.get("HTTP_ACCEPT_LANGUAGE", "")) else "en"


def _visit(request: HttpRequest, network: str) -> Visit:
    device = visitors.device_family(request.META.get("HTTP_USER_AGENT", ""))
    return Visit(network, device, places.province_of(network)[:2])


def _wrong(
    request: HttpRequest, network: str, language: str, verdict: Verdict, text: str, problem: NotACode | None = None
) -> HttpResponse:
    """No label of this register; after some tries a network has to wait, because such a code may be a guess."""
    with override(language):
        if seconds := throttle.spend(UNKNOWN_CODES, network):
            return throttle.too_many(request, seconds)
        if problem is None:
            return label_page.unknown_page(request, text, language)
        figures.SCANS.labels(verdict.value).inc()
        context = label_page.base_context(language, "")
        context |= {
            "verdict": verdict, "words": WORDS[verdict], "typed": text.rstrip("/")[:MOST_IN_A_LINE],
            "sentences": sentences(problem),
        }  # fmt: skip
        html = render_to_string("enterprises/verify/no_answer.html", context)
    return label_page.finished(html, language, 404)


def sentences(problem: NotACode) -> list[str]:
    """What is wrong with a text, and where to look."""
    values = {"found": problem.found, "letter": problem.letter, "group": problem.group}
    said = [str(PROBLEMS[problem.kind]).format(**values)]
    if problem.kind == "check" and problem.group:
        said.append(str(LOOK_AT_GROUP).format(**values))
    return said


def unavailable(language: str, *, well_formed: bool = False) -> HttpResponse:
    """The register cannot tell: never to be mistaken for "not issued". `well_formed`: more than that it cannot tell."""
    with override(language):
        context = label_page.base_context(language, "") | {"well_formed": well_formed}
        html = render_to_string("enterprises/verify/unavailable.html", context)
    response = label_page.finished(html, language, 503)
    response["Retry-After"] = RETRY_AFTER
    return response


@require_safe
def label_json(request: HttpRequest, text: str) -> HttpResponse:
    """The same answer for machines; it counts as no scan."""
    network = networks.network_of(request)
    try:
        told, status = _told(label_codes.read(text))
    except NotACode:
        told, status = label_page.verdict_json(Verdict.TYPING_ERROR), 404
    except SealBroken as fault:
        log.error("A label cannot be answered: %s", fault)
        told, status = {"error": "unavailable"}, 503
    if seconds := throttle.spend(UNKNOWN_CODES if status == 404 else VALID_CODES, network):
        told, status = {"error": "too many requests", "retry_after": seconds}, 429
    response = label_page.json_response(told, status)
    if status == 503 or "last_known" in told:
        response["Retry-After"] = RETRY_AFTER
    elif status == 429:
        response["Retry-After"] = str(seconds)
    return response


def _told(code: str) -> tuple[dict[str, Any], int]:
    """What machines are told of a code, and the status."""
    try:
        with database_circuit.asked():
            found = verification.find(code)
            if found is None:
                return label_page.verdict_json(Verdict.NOT_ISSUED), 404
            return label_page.as_json(found, scanning.look(found.key)), 200
    except DatabaseAway:
        known = last_known.find(code)
    if known is None:
        return {"error": "unavailable"}, 503
    return label_page.as_json(known.label, Seen(0, 0, known.unusual), known.at), 200


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Where a shopper types or scans what stands at the mark: a credit code, or the code of a label."""
    text = request.GET.get("q", "")[:TYPED_LENGTH].replace("\0", " ").strip()
    context: dict[str, Any] = {"text": text, "host": label_page.host(), "verify_prefix": "/v/"}
    if text:
        if seconds := throttle.spend(TYPED_LOOKUPS, networks.network_of(request)):
            return throttle.too_many(request, seconds)
        if credit_codes.looks_like(text):
            return redirect("enterprises:record", credit_codes.normalise(text))
        try:
            return redirect(address_of(label_codes.read(text), request))
        except NotACode as problem:
            context |= {"sentences": sentences(problem), "code_length": credit_codes.LENGTH}
    today = timezone.localdate()
    counts = signal_facts.public_counts(today)
    context |= {"today": today, "counts": [(state.label, sum(kinds.values())) for state, kinds in counts.items()]}
    return render(request, "enterprises/check_label.html", context)


def address_of(code: str, request: HttpRequest) -> str:
    """The page of a code in the language of the present page."""
    address = reverse("label", args=[code])
    return f"{address}?lang={request.LANGUAGE_CODE}" if request.LANGUAGE_CODE != settings.LANGUAGE_CODE else address


@require_safe
def photo(request: HttpRequest, name: str) -> FileResponse:
    """The reference photo of a batch, for comparison. Only of batches with codes; the name cannot be guessed."""
    if not LabelBatch.objects.with_codes().filter(photo=name).exists():
        raise Http404
    file = label_facts.photo_folder() / name  # known to the database
    if not file.is_file():
        raise Http404
    kind = "image/png" if name.endswith(".png") else "image/jpeg"
    response = FileResponse(file.open("rb"), content_type=kind)
    response["Cache-Control"] = "public, max-age=86400"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
