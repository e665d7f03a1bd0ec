"""The steps of a protection case that need no announcement, each on a page of its own, and the technical review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from enterprises import case_facts
from enterprises.case_facts import NOT_AT_THE_CASE
from enterprises.case_forms import ReviewForm
from enterprises.case_words import TEXT_HELP, TEXT_LABELS, WHAT_HAPPENS
from enterprises.desk_forms import ReasonForm, StepForm
from enterprises.desk_queue import Option, option
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_cases import case_or_404, frame
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import cases, protecting
from products.case_models import ProtectionCase
from products.case_states import CaseState, ReviewResult, needs_announcement

WRITERS: dict[str, Callable[..., object]] = {
    "submit": protecting.submit,
    "request": protecting.request,
    "send_back": protecting.send_back,
    "give_opinion": protecting.give_opinion,
    "notify_defects": protecting.notify_defects,
    "reply": protecting.reply,
    "accept": protecting.accept,
    "not_accept": protecting.not_accept,
    "begin_review": protecting.begin_review,
    "refuse": protecting.refuse,
    "keep": protecting.keep,
    "withdraw": protecting.withdraw,
}
DECISIONS = ("send_back", "give_opinion", "notify_defects", "accept", "not_accept", "refuse", "keep")
SENDING = frozenset({"submit", "reply", "request"})  # the whole form has to be complete
MOVED_ON = gettext_lazy(
    "The case has moved on since you opened this page: it is now “{state}”. Perhaps somebody was faster, or your first "
    "click did it already. What you wrote is kept here."
)


@asks_again(*DECISIONS)
@require_http_methods(["GET", "POST"])
@at_desk(*cases.HANDLING)
def move(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it."""
    case = case_or_404(actors, reference)
    found = _option(case, name, actors)
    if request.method == "POST":
        return _take(request, actors, case, found)
    if case.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_case", case.reference)
    return _show(request, actors, case, found, _form(found, None))


def _option(case: ProtectionCase, name: str, actors: Sequence[Actor]) -> Option:
    """A step of the law of the case that has its page here, for somebody whose role allows it; else not found."""
    step = case_facts.move_named(case, name)
    if step is None or name in NOT_AT_THE_CASE or needs_announcement(step, case.legal_basis):
        raise Http404
    found = option(case, step, actors, case.division)
    if found is None:
        raise Http404
    return found


def _has_text(found: Option) -> bool:
    return found.move.needs_reason or found.move.name == "request"


def _form(found: Option, data: Any) -> StepForm:
    if not _has_text(found):
        return StepForm(data)
    return ReasonForm(data, label=TEXT_LABELS.get(found.move.name), help_text=TEXT_HELP)


def _take(request: HttpRequest, actors: Sequence[Actor], case: ProtectionCase, found: Option) -> HttpResponse:
    """Take the step, or show the page again with what was typed and why not."""
    form = _form(found, request.POST)
    form.full_clean()
    if request.POST.get("state") != case.state:
        form.add_error(None, MOVED_ON.format(state=case.get_state_display()))
        return _show(request, actors, case, found, form, status=409)
    if not form.is_valid():
        return _show(request, actors, case, found, form)
    words = {"text": form.cleaned_data["text"]} if _has_text(found) else {}
    try:
        WRITERS[found.move.name](case, by=found.by, **words)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        fresh = case_or_404(actors, case.reference)
        return _show(request, actors, fresh, found, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}. The case is now “{state}”.").format(
        step=found.move.label, state=case.get_state_display()))  # fmt: skip
    return redirect(_after(actors, case))


def _after(actors: Sequence[Actor], case: ProtectionCase) -> str:
    """The case, or the queue where the step took it out of somebody's sight, as sending a draft back does."""
    if case_facts.by_reference(actors, case.reference) is None:
        return reverse("enterprises:desk_cases")
    return reverse("enterprises:desk_case", args=[case.reference])


def _show(
    request: HttpRequest, actors: Sequence[Actor], case: ProtectionCase, found: Option, form: StepForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    step = found.move
    possible = case.state in step.sources
    context = frame(actors, case, capfirst(str(step.label))) | {
        "what_happens": WHAT_HAPPENS[step.name],
        "clock_until": case_facts.clock_begun_by(step, case.legal_basis),
        "gaps": cases.lacking(case) if possible and step.name in SENDING else [],
        "possible": possible and not found.refusal,
        "refusal": found.refusal if possible else None,
        "notes": case_facts.notes(case),
        "review": case.last_review,
        "form": form,
    }
    return render(request, "desk/case_move.html", context, status=status)


# --- The technical review ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.EXAMINE_CASES)
def review(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """The meeting of experts; every review stays, the last one counts."""
    case = case_or_404(actors, reference)
    if request.method == "GET" and case.state != CaseState.TECHNICAL:
        messages.warning(request, _("The experts meet during the technical review."))
        return redirect("enterprises:desk_case", case.reference)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _record(case, actors[0], form):
        messages.success(request, _("The technical review is in the case."))
        return redirect(reverse("enterprises:desk_case", args=[case.reference]) + "#reviews")
    reviews = list(case.reviews.all())
    context = frame(actors, case, _("Technical review")) | {
        "form": form, "reviews": reviews, "seen": reviews[-1].pk if reviews else 0,
        "possible": case.state == CaseState.TECHNICAL,
    }  # fmt: skip
    return render(request, "desk/case_review.html", context, status=409 if form.non_field_errors() else 200)


def _record(case: ProtectionCase, by: Actor, form: ReviewForm) -> bool:
    """Store the review; what is refused is said in the form."""
    values = form.cleaned_data
    try:
        with transaction.atomic():
            _nothing_new(case, values["seen"])
            protecting.record_review(
                case, by=by, held_on=values["held_on"], experts=values["experts"], opinion=values["opinion"],
                result=ReviewResult(values["result"]), site_checked_on=values["site_checked_on"],
            )  # fmt: skip
    except MoveRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _nothing_new(case: ProtectionCase, seen: int | None) -> None:
    """Of a form that is sent twice the second is told; the case is held meanwhile."""
    last = cases.held(case).reviews.order_by("pk").last()
    if last is not None and last.pk != seen:
        raise MoveRefused(
            "someone_was_faster",
            _("A review has been written down meanwhile, perhaps by your first click. Look at it below; send this one "
              "only if it is another review."),
        )  # fmt: skip
