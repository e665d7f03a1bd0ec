"""Site checks and documents of a file at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import case_files, document_store, drafts, workflow
from enterprises.application_models import Document, MarkApplication, ProductionSite
from enterprises.desk_forms import SiteCheckForm, UploadForm
from enterprises.states import OPEN, ApplicationState, DocumentKind, SiteResult
from enterprises.views.desk_access import at_desk, crumbs, file_or_404
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.uploads import UploadRefused
from products.area_check import where_is


def _reviewer_or_404(actors: Sequence[Actor], file: MarkApplication) -> Actor:
    """The role in which somebody reviews a file; nobody else checks sites or adds documents."""
    for actor in actors:
        if territory.may(actor, Permission.REVIEW_MARK_USE, file.division):
            return actor
    raise Http404


# --- Site checks ---


@require_http_methods(["GET", "POST"])
@at_desk()
def site_check(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> HttpResponse:
    """What was found at a production site; every check stays, the last one counts."""
    file = file_or_404(actors, reference)
    reviewer = _reviewer_or_404(actors, file)
    site = get_object_or_404(file.sites.select_related("division__parent__parent"), pk=pk)
    if request.method == "GET":
        if file.state != ApplicationState.FIRST_REVIEW:
            messages.warning(request, _("Sites are checked during the first review."))
            return redirect("enterprises:desk_file", file.reference)
        return _show_site(request, actors, file, site, SiteCheckForm(initial={"checked_on": timezone.localdate()}))
    form = SiteCheckForm(request.POST, request.FILES)
    form.full_clean()
    if form.is_valid() and _check(site, reviewer, form):
        messages.success(request, _("The site check is in the file."))
        return redirect(reverse("enterprises:desk_file", args=[file.reference]) + "#sites")
    return _show_site(request, actors, file, site, form, status=409 if form.non_field_errors() else 200)


def _check(site: ProductionSite, by: Actor, form: SiteCheckForm) -> bool:
    """Store report and check together; what is refused is said in the form."""
    values = form.cleaned_data
    try:
        kept = document_store.keep(values["report"]) if values["report"] else None
        with transaction.atomic():
            _nothing_new(site, values["seen"])
            report = _add(site.application, by, DocumentKind.SITE_REPORT, "", kept) if kept else None
            workflow.check_site(
                site, by=by, checked_on=values["checked_on"], result=SiteResult(values["result"]),
                findings=values["findings"], report=report,
            )  # fmt: skip
    except UploadRefused as refused:
        form.add_error("report", str(refused))
    except MoveRefused as refused:
        form.add_error("report" if refused.code == "too_many" else None, str(refused))
    else:
        return True
    return False


def _nothing_new(site: ProductionSite, seen: int | None) -> None:
    """Of a form that is sent twice the second is told; the file is held meanwhile."""
    case_files.locked(site.application)
    last = site.checks.last()
    if last is not None and last.pk != seen:
        raise MoveRefused(
            "someone_was_faster",
            _("A check of this site has been written down meanwhile, perhaps by your first click. Look at it below; "
              "send this one only if it is another check."),
        )  # fmt: skip


def _show_site(
    request: HttpRequest, actors: Sequence[Actor], file: MarkApplication, site: ProductionSite, form: SiteCheckForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    checks = list(site.checks.select_related("report"))
    context = {
        "crumbs": crumbs(file, _("Site check")),
        "file": file,
        "site": site,
        "place": where_is(file.product, site.division),
        "checks": checks,
        "seen": checks[-1].pk if checks else 0,
        "possible": file.state == ApplicationState.FIRST_REVIEW,
        "form": form,
        "back": reverse("enterprises:desk_file", args=[file.reference]),
    }
    return render(request, "desk/site_check.html", context, status=status)


# --- Documents ---


@require_safe
@at_desk()
def document(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> HttpResponseBase:
    """One document of a file, shown by the browser itself."""
    found = get_object_or_404(file_or_404(actors, reference).documents, pk=pk)
    try:
        return document_store.respond(found, inline=True)
    except FileNotFoundError:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
@at_desk()
def upload(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Add a document to an open file."""
    file = file_or_404(actors, reference)
    reviewer = _reviewer_or_404(actors, file)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid() and _take_in(file, reviewer, form):
        messages.success(request, _("The document is in the file."))
        return redirect(reverse("enterprises:desk_file", args=[file.reference]) + "#documents")
    context = {
        "crumbs": crumbs(file, pgettext("to a file", "Add a document")),
        "file": file,
        "possible": file.state in OPEN,
        "form": form,
        "back": reverse("enterprises:desk_file", args=[file.reference]),
    }
    return render(request, "desk/upload.html", context, status=409 if form.non_field_errors() else 200)


def _take_in(file: MarkApplication, by: Actor, form: UploadForm) -> bool:
    values = form.cleaned_data
    try:
        kept = document_store.keep(values["file"])
        _add(file, by, DocumentKind(values["kind"]), values["title"], kept)
    except UploadRefused as refused:
        form.add_error("file", str(refused))
    except MoveRefused as refused:
        form.add_error(None, str(refused))
    else:
        return True
    return False


def _add(file: MarkApplication, by: Actor, kind: DocumentKind, title: str, kept: Any) -> Document:
    cleaned, name = kept
    return drafts.add_document(file, by=by, kind=kind, title=title or str(kind.label), cleaned=cleaned, name=name)
