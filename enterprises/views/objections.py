"""Object while a public notice runs, and see behind a secret link what came of it. Nobody signs in."""

from __future__ import annotations

import datetime
import math
import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import objection_facts, objection_files
from enterprises.authorisation_facts import Line
from enterprises.objection_forms import Evidence, ObjectionForm
from enterprises.objection_words import WHAT_NEXT
from gi_registry import networks, throttle, uploads
from gi_registry.moves import MoveRefused
from gi_registry.throttle import Limit
from gi_registry.uploads import Cleaned, UploadRefused
from products import notices, objecting
from products.notices import Standing
from products.objection_models import Objection
from products.objection_rules import CONTACT_DAYS, INSIDE_CHINA, MOST_FILES
from products.objection_states import ObjectionState

OBJECTIONS = Limit("objections", 20, 3600)
NAME_LENGTH = 60  # characters of a file's name that are shown again


@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for a notice that runs; else when it runs or ran. A POST sends it and leads to its own page."""
    notice = notices.by_key(pk)
    if notice is None:
        raise Http404
    about = notices.standing(notice)
    if request.method == "POST":
        return _send(request, about)
    if not about.is_open:
        context = {"crumbs": _crumbs(), "standing": about, "notice": notice}
        return render(request, "enterprises/objection/closed.html", context)
    return _show(request, about, _form(about))


def _form(about: Standing, *data: object) -> ObjectionForm:
    names = notices.names_of(about.notice) if about.notice.agreement is not None else None
    return ObjectionForm(*data, names=names)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Announcements"), reverse("products:announcements")), (_("Object"), "")]


def _show(request: HttpRequest, about: Standing, typed: ObjectionForm, waits: int = 0) -> HttpResponse:
    """The form, also with what was typed. `waits`: seconds until this network may send another objection."""
    context = {
        "crumbs": _crumbs(),
        "standing": about,
        "notice": about.notice,
        "form": typed,
        "inside_only": about.notice.rule in INSIDE_CHINA,
        "files_again": bool(request.FILES),
        "more_files": any(typed[f"title{number}"].value() for number in range(2, MOST_FILES + 1)),
        "wait_words": _wait_words(waits) if waits else "",
        "contact_days": CONTACT_DAYS,
        "most_files": MOST_FILES,
    }
    response = render(request, "enterprises/objection/form.html", context, status=429 if waits else 200)
    if waits:
        response["Retry-After"] = str(waits)
    patch_cache_control(response, private=True)  # the form is marked, so that sending it twice counts once
    return response


def _wait_words(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    text = ngettext("{minutes} minute", "{minutes} minutes", minutes).format(minutes=minutes)
    return _(
        "From your connection, which others may share, many objections came within an hour. Yours has not been sent "
        "yet. Nothing is lost: leave this page open and send it in {time}."
    ).format(time=text)


# --- Sending ---


def _send(request: HttpRequest, about: Standing) -> HttpResponse:
    typed = _form(about, request.POST, request.FILES)
    if not typed.is_valid():
        return _show(request, about, typed)
    values = typed.values()
    marks = {name: values[name] for name in ("nonce", "ground", "text")}
    try:
        if before := objecting.sent_before(**marks, notice=about.notice):
            return _to_status(before[1])
        if waits := throttle.spend(OBJECTIONS, networks.network_of(request)):
            return _show(request, about, typed, waits)
        cleaned = _clean(typed)
        if typed.errors:
            return _show(request, about, typed)
        return _to_status(_receive(about, typed, cleaned))
    except MoveRefused as refusal:
        typed.add_error(None, str(refusal))
        typed.data = typed.data.copy()  # type: ignore[attr-defined]
        typed.data["nonce"] = str(uuid.uuid4())
        return _show(request, about, typed)


def _clean(typed: ObjectionForm) -> list[tuple[Cleaned, Evidence]]:
    """The chosen files as they may be kept; each that is refused is named beside its field."""
    found = []
    for one in typed.evidence():
        try:
            found.append((uploads.clean(one.upload), one))
        except UploadRefused as refusal:
            sentence = _("{name}: {reason}").format(name=one.upload.name[:NAME_LENGTH], reason=refusal)
            typed.add_error(one.field, sentence)
    return found


def _receive(about: Standing, typed: ObjectionForm, cleaned: list[tuple[Cleaned, Evidence]]) -> str:
    """Keep the files, store the objection, return the token of its link."""
    names: list[str] = []
    try:
        for content, _one in cleaned:
            names.append(objection_files.keep(content))
        files = [(content, name, one.title) for (content, one), name in zip(cleaned, names, strict=True)]
        return objecting.receive(about.notice, **typed.values(), files=files)[1]
    finally:
        objection_files.forget_unnamed(names)


def _to_status(token: str) -> HttpResponse:
    return redirect("enterprises:objection_status", token)


# --- Behind the link ---


@require_safe
def status(request: HttpRequest, token: str) -> HttpResponse:
    """The receipt, and what has become of an objection. Nothing of what was written stands here: links are found."""
    found = objection_facts.by_token(token)
    if found is None:
        raise Http404
    context = {
        "objection": found,
        "notice": found.notice,
        "next": WHAT_NEXT[ObjectionState(found.state)],
        "files": list(found.files.all()),
        "lines": _lines(found),
        "erased_on": found.decided_on + datetime.timedelta(days=CONTACT_DAYS)
        if found.decided_on and found.contact else None,
    }  # fmt: skip
    response = render(request, "enterprises/objection/status.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _lines(found: Objection) -> list[Line]:
    days = [
        (ObjectionState.RECEIVED.label, objection_facts.received_on(found)),
        (_("admitted"), found.admitted_on),
        (ObjectionState.ANSWERED.label, found.answered_on),
        (found.get_state_display(), found.decided_on),
    ]
    return [Line(day, capfirst(str(label))) for label, day in days if day is not None]
