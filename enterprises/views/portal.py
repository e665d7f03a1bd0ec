"""The portal of an enterprise: what waits for it, one file on one page, replies, messages, withdrawal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import drafts, file_history, notifications, portal_facts, portal_words, workflow
from enterprises.application_models import MarkApplication
from enterprises.case_files import actor_of
from enterprises.completeness import missing
from enterprises.models import Authorisation, Membership
from enterprises.portal_forms import MessageForm, ReplyForm, WithdrawForm
from enterprises.states import WITHDRAW, ApplicationState, NoteKind
from enterprises.views.portal_access import acting, begins, file_crumbs, file_or_404
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role


@require_safe
@begins
@acting
def dashboard(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What waits for the enterprise and by when; its files, its authorisations, what was not read yet."""
    found = portal_facts.dashboard(membership)
    context = {
        "membership": membership,
        "enterprise": membership.enterprise,
        "owns": membership.role == Role.ENTERPRISE_OWNER,
        "found": found,
        "notices": [(notice, notifications.sentence(notice.event)) for notice in found.notices],
    }
    return render(request, "portal/dashboard.html", context)


@require_POST
@acting
def notices_read(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What stands on the dashboard was read."""
    notifications.mark_read(membership.user)
    return redirect("enterprises:portal")


# --- One file ---


@require_safe
@acting
def file_page(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Where a file stands and what stands in it; of a draft, the step to go on with."""
    file = file_or_404(membership, reference)
    if file.state == ApplicationState.DRAFT:
        gaps = missing(file)
        return redirect("enterprises:portal_step", file.reference, gaps[0].step if gaps else "check")
    return show_file(request, membership, file)


def show_file(
    request: HttpRequest, membership: Membership, file: MarkApplication, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """The page of a file, with the forms that are being filled."""
    context = {
        "crumbs": file_crumbs(file),
        "file": file,
        "row": portal_facts.row_of(file),
        "sentence": portal_facts.sentence(file),
        "notes": portal_facts.notes(file),
        "thread": portal_facts.thread(file),
        "person": membership.user_id,
        "blocks": [portal_words.said(file, step) for step in ("product", "goods")],
        "sites": portal_words.sites(file),
        "documents": portal_words.documents_by_kind(file),
        "history": file_history.sentences(file.reference),
        "mending": file.state == ApplicationState.DEFECTS,
        "gaps": missing(file) if file.state == ApplicationState.DEFECTS else [],
        "withdrawable": file.state in WITHDRAW.sources,
        "authorisation": Authorisation.objects.filter(terms__application=file).first(),
        "reply_form": forms.get("reply_form", ReplyForm()),
        "message_form": forms.get("message_form", MessageForm()),
    }
    return render(request, "portal/file.html", context, status=status)


@require_POST
@acting
def reply(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Answer the notice of defects and send the mended file in again."""
    file, form = file_or_404(membership, reference), ReplyForm(request.POST)
    if file.state == ApplicationState.DRAFT:
        raise Http404
    if file.state != ApplicationState.DEFECTS and _is_last(file, membership, NoteKind.REPLY, form):
        messages.info(request, _("Your reply was sent before; nothing was sent twice."))
        return redirect("enterprises:portal_file", file.reference)
    if form.is_valid():
        try:
            workflow.reply(file, by=actor_of(membership), text=form.cleaned_data["text"])
        except MoveRefused as refusal:
            form.add_error("text" if refusal.code == "reason_missing" else None, str(refusal))
        else:
            messages.success(request, _("Your reply was sent. The office looks at the file again."))
            return redirect("enterprises:portal_file", file.reference)
    fresh = file_or_404(membership, reference)
    status = 200 if fresh.state == ApplicationState.DEFECTS else 409
    return show_file(request, membership, fresh, reply_form=form, status=status)


def _is_last(file: MarkApplication, membership: Membership, kind: NoteKind, form: Any) -> bool:
    """Whether the same person wrote the same text as the last of its kind: the form was sent twice."""
    name = next(iter(form.fields))
    last = file.notes.filter(kind=kind).last()
    typed = form.cleaned_data.get(name, "") if form.is_valid() else ""
    return last is not None and last.by_id == membership.user_id and last.text == typed


@require_POST
@acting
def message(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Write to the office."""
    file, form = file_or_404(membership, reference), MessageForm(request.POST)
    if file.state == ApplicationState.DRAFT:
        raise Http404
    if _is_last(file, membership, NoteKind.MESSAGE, form):
        messages.info(request, _("This message was sent before; nothing was sent twice."))
        return redirect("enterprises:portal_file", file.reference)
    if form.is_valid():
        try:
            workflow.write_message(file, by=actor_of(membership), text=form.cleaned_data["message"])
        except MoveRefused as refusal:
            form.add_error("message", str(refusal))
        else:
            messages.success(request, _("Your message was sent."))
            return redirect("enterprises:portal_file", file.reference)
    return show_file(request, membership, file, message_form=form)


@require_http_methods(["GET", "POST"])
@acting
def withdraw(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Take the application back: GET asks, POST does it."""
    file = file_or_404(membership, reference)
    if file.state == ApplicationState.DRAFT:
        raise Http404
    if file.state not in WITHDRAW.sources:
        withdrawn = file.state == ApplicationState.WITHDRAWN
        messages.info(request, _("It was withdrawn before.") if withdrawn else _("It is too late for that."))
        return redirect("enterprises:portal_file", file.reference)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.withdraw(file, by=actor_of(membership), text=form.cleaned_data["text"])
        except MoveRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Withdrawn. Nobody works on this file any more."))
        return redirect("enterprises:portal_file", file.reference)
    context = {"file": file, "form": form, "crumbs": file_crumbs(file, _("Withdraw"))}
    return render(request, "portal/withdraw.html", context)


@require_http_methods(["GET", "POST"])
@acting
def discard(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Throw a draft away: GET asks, POST does it."""
    file = file_or_404(membership, reference)
    if file.state != ApplicationState.DRAFT:
        messages.info(request, _("This application was sent. You can withdraw it, but not throw it away."))
        return redirect("enterprises:portal_file", file.reference)
    if request.method == "POST":
        try:
            drafts.discard(file, by=actor_of(membership))
        except MoveRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The draft was thrown away."))
        return redirect("enterprises:portal")
    context = {"file": file, "crumbs": file_crumbs(file, _("Throw away"))}
    return render(request, "portal/discard.html", context)
