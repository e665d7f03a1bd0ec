"""Report something suspect, from a scan or freely, and see behind a secret link what came of it. Nobody signs in."""

from __future__ import annotations

import datetime
import math
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import label_codes, report_facts, report_photos, suspect_reports
from enterprises.authorisation_facts import Line
from enterprises.label_codes import NotACode
from enterprises.label_states import ReportOutcome, ReportState
from enterprises.report_forms import CODE_LENGTH, ReportForm
from enterprises.report_photos import MOST_PHOTOS
from enterprises.report_words import OUTCOMES, WHAT_NEXT
from enterprises.scan_models import SuspectReport
from enterprises.verification import Label
from gi_registry import networks, throttle
from gi_registry.moves import MoveRefused
from gi_registry.throttle import REPORTS, UNKNOWN_CODES, VALID_CODES
from gi_registry.uploads import Cleaned, UploadRefused

NAME_LENGTH = 60  # characters of a file's name that are shown again
STORED = ("nonce", "suspicion", "text", "goods", "bought_at", "bought_on", "division", "contact")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form, prefilled with ?code=… from a scan; a POST sends it and leads to the page of the report."""
    if request.method == "POST":
        return _send(request)
    text = request.GET.get("code", "")[:CODE_LENGTH].replace("\0", "").strip()
    return _show(request, ReportForm(initial={"label": _shown(text)}), text)


def _shown(text: str) -> str:
    """A code in groups, anything else as it came."""
    try:
        return label_codes.grouped(label_codes.read(text))
    except NotACode:
        return text


def _told_label(request: HttpRequest, text: str) -> Label | None:
    """The label to be named beside the form. Counts as a look-up, so that this page tells no more than /v/ does."""
    if not text:
        return None
    found = report_facts.label_behind(text)
    waits = throttle.spend(VALID_CODES if found else UNKNOWN_CODES, networks.network_of(request))
    return None if waits else found


def _show(request: HttpRequest, form: ReportForm, code: str, waits: int = 0) -> HttpResponse:
    """The form, also with what was typed. `waits`: seconds until this network may send another report."""
    context = {
        "form": form,
        "label": _told_label(request, code),
        "from_scan": bool(code) and not form.is_bound,
        "photos_again": bool(request.FILES),
        "wait_words": _wait_words(waits) if waits else "",
        "counts": report_facts.public_counts(timezone.localdate()),
        "contact_days": suspect_reports.CONTACT_DAYS,
        "most_photos": MOST_PHOTOS,
    }
    response = render(request, "enterprises/report/form.html", context, status=429 if waits else 200)
    if waits:
        response["Retry-After"] = str(waits)
    patch_cache_control(response, private=True)  # the form is marked, so that sending it twice counts once
    return response


def _wait_words(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    text = ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)
    return _(
        "From your connection, which others may share, many reports came within an hour. Yours has not been sent yet. "
        "Nothing is lost: leave this page open and send it in {time}."
    ).format(time=text)


# --- Sending ---


def _send(request: HttpRequest) -> HttpResponse:
    form = ReportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, form)
    values = form.cleaned_data
    try:
        before = suspect_reports.sent_before(values["nonce"], values["suspicion"], values["text"])
        if before is not None:
            return _to_status(before[1])
        if waits := throttle.spend(REPORTS, networks.network_of(request)):
            return _again(request, form, waits)
        pictures = clean_pictures(form)
        if form.errors:
            return _again(request, form)
        return _to_status(_receive(form, pictures))
    except MoveRefused as refusal:
        form.add_error(None, str(refusal))
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["nonce"] = str(uuid.uuid4())
        return _again(request, form)


def _again(request: HttpRequest, form: ReportForm, waits: int = 0) -> HttpResponse:
    text = str(form.data.get("label", ""))[:CODE_LENGTH].replace("\0", "").strip()
    return _show(request, form, text, waits)


def clean_pictures(form: ReportForm) -> list[Cleaned]:
    """The chosen pictures as they may be kept; each that is refused is named beside the field."""
    cleaned = []
    for upload in form.cleaned_data["photos"]:
        try:
            cleaned.append(report_photos.clean(upload))
        except UploadRefused as refusal:
            sentence = _("{name}: {reason}").format(name=upload.name[:NAME_LENGTH], reason=refusal)
            form.add_error("photos", sentence)
            form.cleaned_data["photos"] = []
    return cleaned


def _receive(form: ReportForm, pictures: list[Cleaned]) -> str:
    """Keep the pictures, store the report, return the token of its link."""
    values: dict[str, Any] = {key: form.cleaned_data[key] for key in STORED}
    code = form.cleaned_data["label"]
    names: list[str] = []
    try:
        for picture in pictures:
            names.append(report_photos.keep(picture))
        photos = zip(pictures, names, strict=True)
        return suspect_reports.receive(**values, code=code, photos=photos)[1]
    finally:
        report_photos.forget_unnamed(names)


def _to_status(token: str) -> HttpResponse:
    return redirect("enterprises:report_status", token)


# --- Behind the link ---


@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """What has become of a report. Nothing of what was written stands here: links are passed on, and found."""
    found = report_facts.by_token(token)
    if found is None:
        raise Http404
    closed_on = found.closed_on
    context = {
        "report": found,
        "next": WHAT_NEXT[ReportState(found.state)],
        "is_new": found.state == ReportState.RECEIVED,
        "meaning": OUTCOMES[ReportOutcome(found.outcome)] if found.outcome else "",
        "lines": _lines(found),
        "erased_on": closed_on + datetime.timedelta(days=suspect_reports.CONTACT_DAYS)
        if closed_on and found.contact else None,
    }  # fmt: skip
    response = render(request, "enterprises/report/status.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _lines(found: SuspectReport) -> list[Line]:
    days = [
        (ReportState.RECEIVED, timezone.localdate(found.received_at)),
        (ReportState.TAKEN_UP, found.taken_up_on),
        (ReportState.CLOSED, found.closed_on),
    ]
    return [Line(day, capfirst(str(state.label))) for state, day in days if day is not None]
