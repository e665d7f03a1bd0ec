"""Documents of a protection case: the step that adds them, removing, reading."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprises import case_facts, case_papers
from enterprises.case_forms import PaperForm
from enterprises.case_words import STEPS
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_cases import case_or_404, frame, preparer_or_404, steps_head
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.uploads import UploadRefused
from products import drafting
from products.case_models import ProtectionCase
from products.case_states import CaseState, PaperKind


def papers(request: HttpRequest, actors: Sequence[Actor], case: ProtectionCase, by: Actor) -> HttpResponse:
    """The documents; a POST adds one. They can be added as long as the case is open.

    Called by the view of all steps.
    """
    form = PaperForm(request.POST or None, request.FILES or None, case=case)
    if request.method == "POST" and form.is_valid() and _add(case, by, form):
        messages.success(request, _("Added: {kind}.").format(kind=PaperKind(form.cleaned_data["kind"]).label))
        return redirect("enterprises:desk_case_step_form", case.reference, "papers")
    context = frame(actors, case, str(STEPS["papers"])) | steps_head(case, "papers") | {
        "form": form, "kinds": case_facts.papers_by_kind(case), "open": case_facts.takes_papers(case),
        "removable": case.state == CaseState.DRAFT and not case_facts.was_filed(case),
    }  # fmt: skip
    return render(request, "desk/case_step_papers.html", context, status=409 if form.non_field_errors() else 200)


def _add(case: ProtectionCase, by: Actor, form: PaperForm) -> bool:
    """Keep the file, or say beside the field why not; what else was typed stays."""
    kind, name = PaperKind(form.cleaned_data["kind"]), ""
    with translation.override(settings.LANGUAGE_CODE):  # what is stored does not depend on who reads in which language
        title = form.cleaned_data["title"] or str(kind.label)
    try:
        cleaned, name = case_papers.keep(form.cleaned_data["file"])
        drafting.add_paper(case, by=by, kind=kind, title=title, cleaned=cleaned, name=name)
    except (UploadRefused, MoveRefused) as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None if refusal.code == "wrong_state" else "file", str(refusal))
        return False
    except ProtectionCase.DoesNotExist:  # the draft was thrown away meanwhile
        raise Http404 from None
    finally:
        case_papers.forget([name] if name else [])  # the same file was there before, or it was refused
    return True


@require_POST
@at_desk(Permission.PREPARE_CASES)
def remove(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> HttpResponse:
    """Take a document out of a draft; pressed twice, it is gone all the same."""
    case = case_or_404(actors, reference)
    by, found = preparer_or_404(actors, case), case.papers.filter(pk=pk).first()
    try:
        if found is not None:
            case_papers.forget([drafting.remove_paper(found, by=by)])
            messages.success(request, _("Removed."))
    except MoveRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("enterprises:desk_case_step_form", case.reference, "papers")


@require_safe
@at_desk()
def paper(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> HttpResponseBase:
    """One document of a case, shown by the browser itself."""
    found = get_object_or_404(case_or_404(actors, reference).papers, pk=pk)
    try:
        return case_papers.respond(found)
    except FileNotFoundError:
        raise Http404 from None
