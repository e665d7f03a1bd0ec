"""The officer gathers approved files into one announcement, looks at it as it will be, and publishes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises import announcing, desk_queue
from enterprises.desk_forms import AnnounceForm, CorrectionForm, NumberForm
from enterprises.views.desk_access import at_desk, status_of
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products.models import Announcement

RECENT = 10


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.ANNOUNCE_MARK_USE)
def announce(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """What waits to be announced, and the form; POST shows the announcement as it will be, or publishes it."""
    if request.method == "GET":
        return _show(request, actors, AnnounceForm(initial={"published_on": timezone.localdate()}))
    form = AnnounceForm(request.POST)
    form.full_clean()
    action = request.POST.get("action")
    if not form.is_valid() or action not in ("preview", "publish"):
        gone = form.has_error("files", "invalid_choice") or form.has_error("stops", "invalid_choice")
        return _show(request, actors, form, status=409 if gone else 200)
    if action == "preview":
        return _preview(request, actors, form)
    values = form.cleaned_data
    published = _publish(form, lambda: announcing.publish(
        values["files"], stops=values["stops"], by=_officer(actors), **_heading(values)))  # fmt: skip
    if isinstance(published, Announcement):
        messages.success(request, _("Published: {title}.").format(title=published.text))
        return redirect(published)
    return _show(request, actors, form, status=published)


def _officer(actors: Sequence[Actor]) -> Actor:
    return next(actor for actor in actors if actor.has(Permission.ANNOUNCE_MARK_USE))


def _heading(values: dict[str, Any]) -> dict[str, Any]:
    names = ("issuer", "issuer_text", "year", "number", "text", "published_on", "body")
    return {name: values[name] for name in names}


def _publish(form: NumberForm, write: Callable[[], Announcement]) -> Announcement | int:
    """The announcement; or, where it is refused, the status of the answer, with the reason in the form."""
    try:
        return write()
    except MoveRefused as refusal:
        # The form has asked for the number already: somebody took it between the question and the answer.
        form.add_error("number" if refusal.code == "number_taken" else None, str(refusal))
        return status_of(refusal.code)


def _show(request: HttpRequest, actors: Sequence[Actor], form: AnnounceForm, status: int = 200) -> HttpResponse:
    files, stops = list(desk_queue.approved()), list(desk_queue.ended())
    chosen = {name: set(form.data.getlist(name)) if form.is_bound else set() for name in ("files", "stops")}  # type: ignore[attr-defined]
    context = {
        "groups": [
            (demo, [_row(file, chosen["files"]) for file in files if file.enterprise.is_demo == demo],
             [_row(case, chosen["stops"]) for case in stops if case.authorisation.enterprise.is_demo == demo])
            for demo in (False, True)
        ],
        "nothing": not files and not stops,
        "made": _made_here()[:RECENT],
        "form": form,
    }  # fmt: skip
    return render(request, "desk/announce.html", context, status=status)


def _row(record: Any, chosen: set[str]) -> dict[str, Any]:
    face = desk_queue.face(record) if hasattr(record, "deadlines") else None
    return {"record": record, "chosen": str(record.pk) in chosen, "face": face}


def _preview(request: HttpRequest, actors: Sequence[Actor], form: AnnounceForm) -> HttpResponse:
    """The announcement exactly as it would be published; nothing is stored."""
    values = form.cleaned_data
    context = {
        "crumbs": [(_("Announcements"), reverse("enterprises:desk_announce")), (_("Look before you publish"), "")],
        "values": values,
        "files": sorted(values["files"], key=lambda file: (file.product.name_zh, file.enterprise.name_zh)),
        "stops": values["stops"],
        "demonstration": any(file.enterprise.is_demo for file in values["files"])
        or any(case.authorisation.enterprise.is_demo for case in values["stops"]),
        "typed": [
            (name, value) for name, value in _heading(values).items() if value not in (None, "")
        ],
    }  # fmt: skip
    return render(request, "desk/announce_preview.html", context)


# --- Corrections ---


def _made_here() -> QuerySet[Announcement]:
    """Announcements of this register's own decisions, and their corrections; the latest first."""
    made = Q(terms__isnull=False) | Q(stop_cases__isnull=False) | Q(corrects__isnull=False)
    return Announcement.objects.filter(made).distinct().order_by("-published_on", "-pk")


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.ANNOUNCE_MARK_USE)
def correct(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """A new announcement that names an old one and puts it right."""
    old = get_object_or_404(_made_here(), pk=pk)
    form, status = CorrectionForm(request.POST) if request.method == "POST" else _first_correction(old), 200
    if form.is_bound and form.is_valid():
        heading = _heading(form.cleaned_data)
        published = _publish(form, lambda: announcing.publish(by=_officer(actors), corrects=old, **heading))
        if isinstance(published, Announcement):
            messages.success(request, _("Published: {title}.").format(title=published.text))
            return redirect(published)
        status = published
    context = {
        "crumbs": [(_("Announcements"), reverse("enterprises:desk_announce")), (_("Correct"), "")],
        "old": old,
        "form": form,
        "back": reverse("enterprises:desk_announce"),
    }
    return render(request, "desk/correct.html", context, status=status)


def _first_correction(old: Announcement) -> CorrectionForm:
    """A correction comes from the same body, in the same series, today."""
    same = {name: getattr(old, name) for name in ("issuer", "issuer_text", "year")}
    return CorrectionForm(initial=same | {"published_on": timezone.localdate()})
