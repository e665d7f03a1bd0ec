"""Documents of an application: the step that adds them, removing, reading, and the receipt as PDF."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from enterprises import document_store, drafts, portal_words
from enterprises.application_models import MarkApplication
from enterprises.case_files import actor_of
from enterprises.models import Membership
from enterprises.papers import Line, Paper, PaperTable
from enterprises.papers import render as render_paper
from enterprises.portal_forms import DocumentForm
from enterprises.portal_words import day_words
from enterprises.states import ApplicationState, DocumentKind
from enterprises.views.portal_access import acting, file_or_404, frame
from gi_registry.moves import MoveRefused
from gi_registry.uploads import UploadRefused


def documents(request: HttpRequest, membership: Membership, file: MarkApplication) -> HttpResponse:
    """The step of documents; a POST adds one and leads on. Called by the view of all steps."""
    form = DocumentForm(request.POST or None, request.FILES or None, file=file)
    if request.method == "POST":
        action, chosen = request.POST.get("action"), request.FILES.get("file")
        if chosen is None and action == "add":
            form.add_error("file", _("Choose a file first."))
        if form.is_valid() and (chosen is None or _add(request, membership, file, form)):
            if action == "stop":
                messages.success(request, _("Saved. You can go on at any time."))
                return redirect("enterprises:portal")
            return redirect("enterprises:portal_step", file.reference, "documents" if action == "add" else "check")
    return _show(request, file, form)


def _add(request: HttpRequest, membership: Membership, file: MarkApplication, form: DocumentForm) -> bool:
    """Keep the file, or say beside the field why not; what else was typed stays."""
    kind = DocumentKind(form.cleaned_data["kind"])
    try:
        if file.documents.count() >= drafts.MAX_DOCUMENTS:
            text = _("A file holds at most %(number)d documents.") % {"number": drafts.MAX_DOCUMENTS}
            raise MoveRefused("too_many", text)  # before anything is put on the disk
        cleaned, name = document_store.keep(form.cleaned_data["file"])
        drafts.add_document(
            file, by=actor_of(membership), kind=kind, title=form.cleaned_data["title"], cleaned=cleaned, name=name
        )
    except (UploadRefused, MoveRefused) as refusal:
        if refusal.code in ("not_permitted", "gone"):
            raise Http404 from None
        form.add_error("file", str(refusal))
        return False
    messages.success(request, _("Added: {kind}.").format(kind=kind.label))
    return True


def _show(request: HttpRequest, file: MarkApplication, form: DocumentForm) -> HttpResponse:
    number = file.documents.count()
    context = frame(file, "documents") | {
        "form": form,
        "kinds": portal_words.documents_by_kind(file),
        "removable": file.state == ApplicationState.DRAFT,
        "full": number >= drafts.MAX_DOCUMENTS,
        "left": drafts.MAX_DOCUMENTS - number,
    }
    return render(request, "portal/step_documents.html", context)


@require_POST
@acting
def remove(request: HttpRequest, membership: Membership, reference: str, pk: int) -> HttpResponse:
    """Take a document out of a draft; pressed twice, it is gone all the same."""
    file = file_or_404(membership, reference)
    document = portal_words.own_documents(file).filter(pk=pk).first()
    try:
        if document is not None:
            drafts.remove_document(document, by=actor_of(membership))
    except MoveRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("enterprises:portal_step", file.reference, "documents")
    messages.success(request, _("Removed."))
    return redirect("enterprises:portal_step", file.reference, "documents")


@require_safe
@acting
def document(request: HttpRequest, membership: Membership, reference: str, pk: int) -> HttpResponseBase:
    """A document of the own enterprise, to be kept; never shown in a page of ours."""
    file = file_or_404(membership, reference)
    found = portal_words.own_documents(file).filter(pk=pk).first()
    if found is None:
        raise Http404
    return document_store.respond(found)


# --- The receipt ---


@require_safe
@acting
def receipt(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """The receipt as PDF, once the application was sent."""
    file = file_or_404(membership, reference)
    if file.state == ApplicationState.DRAFT:
        raise Http404
    response = HttpResponse(render_paper(paper(file), style="receipt"), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="receipt-{file.reference}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def paper(file: MarkApplication) -> Paper:
    """What stands on the receipt."""
    assert file.submitted_at is not None
    separator, received = _("、"), timezone.localtime(file.submitted_at)
    said = [*portal_words.said(file, "product"), *portal_words.said(file, "goods")]
    lines = [
        Line(_("Received"), f"{day_words(received.date())} {received:%H:%M}"),
        Line(_("Enterprise"), file.enterprise.name_zh),
        Line(_("Credit code"), file.enterprise.uscc or _("not on record")),
        Line(_("Asks"), capfirst(file.get_kind_display())),
        *(Line(one.label, separator.join(one.values)) for one in said if one.values),
        *(Line(_("Production site"), f"{place} · {address}") for place, address, _where in portal_words.sites(file)),
    ]
    rows = [
        [capfirst(row.get_kind_display()), row.title, str(row.pages), row.sha256]
        for row in portal_words.own_documents(file)
    ]
    columns = [_("Kind"), _("Title"), _("Number of pages"), _("Fingerprint (SHA-256)")]
    table = PaperTable(pgettext("papers of a file", "Documents"), columns, rows)
    return Paper(
        title=_("Receipt of an application to use the special mark"),
        number=file.reference,
        date_text=_("As on {date}").format(date=day_words(timezone.localdate())),
        lines=lines,
        notes=[
            _("This receipt says that the application arrived. It is no decision, and the mark may not be used yet."),
            _("Fingerprints prove later which documents were sent: any change of a document changes its fingerprint."),
        ],
        demonstration=file.enterprise.is_demo,
        footer=_("Register of Geographical Indications"),
        tables=[table] if rows else [],
    )  # fmt: skip
