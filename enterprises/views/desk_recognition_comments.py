"""Times to comment on the proposed names of an agreement: those on record, and a new one."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises import recognition_facts
from enterprises.recognition_forms import CommentsForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_lists import able
from enterprises.views.desk_recognition import agreement_or_404, crumbs, sent
from enterprises.views.kept_forms import store
from gi_registry.journal import Actor
from products import agreement_registrar
from products.objection_models import PublicNotice
from products.states import EntryStatus


@require_http_methods(["GET", "POST"])
@at_desk()
def comments(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """Everybody at the desk reads; an officer opens a new time to comment."""
    agreement, by = agreement_or_404(code), able(actors)
    if request.method == "POST" and by is None:
        raise Http404
    form = CommentsForm(sent(request))

    def write() -> PublicNotice:
        typed = form.cleaned_data
        return agreement_registrar.open_comments(
            agreement, by=by, published_on=typed["on"], note=typed["note"], announcement=typed["paper"]
        )

    outcome = store(form, write)
    if outcome.row is not None:
        messages.success(request, _("Objections are taken until {date}.").format(date=outcome.row.last_day.isoformat()))
        return redirect("enterprises:desk_agreement_comments", code)
    listed = recognition_facts.standing().filter(agreement=agreement, status=EntryStatus.LISTED)
    context = {
        "crumbs": crumbs(agreement, (_("Time to comment"), "")), "agreement": agreement, "keeps": by is not None,
        "form": form, "notices": agreement.notices.select_related("announcement"), "listed": listed.count(),
    }  # fmt: skip
    return render(request, "desk/recognition_comments.html", context, status=outcome.status)
