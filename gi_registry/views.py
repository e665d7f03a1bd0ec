"""Health, error pages, the one search box, and the public journal."""

import sys

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gi_registry import busy, exports, journal
from gi_registry.event_types import EventType
from gi_registry.journal_pages import subject_address
from gi_registry.models import JournalEntry, JournalHead
from gi_registry.query_values import FormatField, read
from gi_registry.roles import Role

ENTRIES_A_PAGE = 50


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


class JournalForm(forms.Form):
    """Which entries are shown: of one kind of event, on one subject ('product:365')."""

    type = forms.ChoiceField(
        choices=[("", gettext_lazy("All")), *EventType.choices], required=False, label=gettext_lazy("Event")
    )
    subject = forms.RegexField(r"^[a-z_]{1,30}:[^\s:]{1,40}$", required=False, label=gettext_lazy("Subject"))
    format = FormatField(["json"])


@require_safe
def journal_log(request: HttpRequest) -> HttpResponseBase:
    """The public journal, newest entry first; as a file oldest first, with all that the hashes cover."""
    values, notices = read(JournalForm(request.GET))
    entries = JournalEntry.objects.all()
    if values["type"]:
        entries = entries.filter(event_type=values["type"])
    if values["subject"]:
        entries = entries.about(*values["subject"].split(":"))
    if values["format"]:
        rows = (journal.as_json(entry) | {"hash": entry.hash} for entry in entries.order_by("sequence").iterator())
        columns = [*journal.HASHED, "hash"]
        return exports.respond(exports.Table("journal", columns, rows, total=entries.count()), "json")
    page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(entry, Role(entry.actor_role).label, subject_address(entry)) for entry in page],
        "head": JournalHead.objects.first(),
        "form": JournalForm(initial=values),
        "values": values,
        "notices": notices,
    }
    return render(request, "gi_registry/journal.html", context)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """No context and no query: whatever broke may be what a template needs. Called while the error is handled."""
    if busy.is_busy(sys.exception()):
        return busy.answer(request)
    return render(None, "500.html", status=500)  # type: ignore[arg-type]
