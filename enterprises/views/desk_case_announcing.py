"""The officer takes a step with some cases by one announcement, or ends one protection; each is looked at before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises import case_effects, case_facts, case_queue, protection, supervision
from enterprises.case_entry_forms import AnnounceCasesForm, HeadingForm, RevokeForm
from enterprises.case_words import WHEN_ANNOUNCED
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_cases import asked, crumbs, frame
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from products.case_models import ProtectionCase
from products.case_states import CaseKind, moves_of
from products.models import Announcement
from products.objection_states import notice_rule, term_of

CASES_A_PAGE = 30
# A step by its name, in the words of the first table that has it: laws and kinds share names.
MOVES: dict[str, Move] = {
    move.name: move
    for kind, law in reversed(case_queue.TABLES) for move in moves_of(kind, law)
    if move.name in WHEN_ANNOUNCED and case_queue.cases_need_announcement(move.name, law)
}  # fmt: skip


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.EXAMINE_CASES, Permission.END_PROTECTION)
def announce(request: HttpRequest, actors: Sequence[Actor], step: str) -> HttpResponse:
    """Choose cases and write the announcement; POST shows it as it will be, or publishes it."""
    move = MOVES.get(step)
    by = next((actor for actor in actors if move and actor.has(move.permission)), None)
    if move is None or by is None:
        raise Http404
    if step == "revoke":
        return _revoke(request, actors, by, move)
    if request.method == "GET":
        return _show(request, actors, by, AnnounceCasesForm(move=move), move)
    form, action = AnnounceCasesForm(request.POST, move=move), request.POST.get("action")
    _ask_guards(form, by, move)
    if not form.is_valid() or action not in ("preview", "publish"):
        gone = form.has_error("cases", "invalid_choice")
        return _show(request, actors, by, form, move, status=409 if gone else 200)
    if action == "preview":
        return _preview(request, actors, form, move)
    values = form.cleaned_data
    published = _publish(form, lambda: protection.publish(
        list(values["cases"]), step=step, by=by, reason=values.get("reason", ""), **form.heading))  # fmt: skip
    if isinstance(published, int):
        return _show(request, actors, by, form, move, status=published)
    return _published(request, published)


def _ask_guards(form: AnnounceCasesForm, by: Actor, move: Move) -> None:
    """Say of each chosen case why it cannot take the step; the writer asks again."""
    form.full_clean()
    for case in form.cleaned_data.get("cases", ()):
        if refusal := _own(case, move).guard(case, by):
            form.add_error("cases", f"{case.name_zh} {case.reference}: {refusal}")


def _publish(form: HeadingForm, write: Callable[[], Announcement]) -> Announcement | int:
    """The announcement; or, where it is refused, the status of the answer, with the reason in the form."""
    try:
        return write()
    except MoveRefused as refusal:
        beside = {"number_taken": "number", "wrong_day": "published_on", "in_the_future": "published_on"}
        form.add_error(beside.get(refusal.code), str(refusal))
        return status_of(refusal.code)


def _published(request: HttpRequest, announcement: Announcement) -> HttpResponse:
    messages.success(request, _("Published: {title}.").format(title=announcement.text))
    return redirect(announcement)


def _show(
    request: HttpRequest, actors: Sequence[Actor], by: Actor, form: AnnounceCasesForm, move: Move, status: int = 200
) -> HttpResponse:
    """The cases from whose state the step leads on, those that cannot take it now with the reason."""
    page = Paginator(case_queue.announceable(move.name), CASES_A_PAGE).get_page(request.GET.get("page"))
    chosen = set(form.data.getlist("cases")) if form.is_bound else set()  # type: ignore[attr-defined]
    wished = request.GET.get("case")
    rows = [
        {"case": case, "refusal": _own(case, move).guard(case, by),
         "chosen": str(case.pk) in chosen or case.reference == wished}
        for case in page
    ]  # fmt: skip
    context = frame(actors, None, capfirst(str(move.label))) | {
        "form": form, "rows": rows, "page": page, "move": move, "what_happens": WHEN_ANNOUNCED[move.name],
        "fields": [field for field in form.visible_fields() if field.name != "cases"],
    }  # fmt: skip
    return render(request, "desk/case_announce.html", context, status=status)


def _own(case: ProtectionCase, move: Move) -> Move:
    """The row of the case's own table: laws and kinds share names, and differ in their guards."""
    return case_facts.move_named(case, move.name) or move


def _preview(
    request: HttpRequest, actors: Sequence[Actor], form: AnnounceCasesForm, move: Move
) -> HttpResponse:
    """The announcement as it would be published, and what it does; nothing is stored."""
    values, found = form.cleaned_data, list(form.cleaned_data["cases"])
    rules = {case.pk: notice_rule(move.target, case.legal_basis) for case in found}
    context = frame(actors, None, _("Look before you publish")) | _told(form, move) | {
        "demonstration": any(case.demonstration for case in found),
        "rows": [
            {"case": case, "areas": case.areas.select_related("division"),
             "effect": case_effects.area_effect(case) if case.kind == CaseKind.CHANGE else None,
             "until": term_of(rule, values["published_on"]) if (rule := rules[case.pk]) else None}
            for case in found
        ],
    }  # fmt: skip
    return render(request, "desk/case_announce_preview.html", context)


def _told(form: HeadingForm, move: Move) -> dict[str, Any]:
    """What a preview shows of the announcement itself, and the fields that carry it on."""
    sent = form.heading | {"reason": form.cleaned_data.get("reason", "")}
    return {
        "form": form, "values": form.cleaned_data, "move": move, "what_happens": WHEN_ANNOUNCED[move.name],
        "typed": [(name, value) for name, value in sent.items() if value not in (None, "")],
    }  # fmt: skip


# --- The end of a protection ---


def _revoke(request: HttpRequest, actors: Sequence[Actor], by: Actor, move: Move) -> HttpResponse:
    """One case at a time, with what stops; without a case, those that wait for their decision."""
    waiting = case_queue.announceable("revoke")
    if not (reference := request.GET.get("case")):
        more = {"rows": waiting[:CASES_A_PAGE], "what_happens": WHEN_ANNOUNCED["revoke"]}
        context = frame(actors, None, capfirst(str(move.label))) | more
        return render(request, "desk/case_revoke_choose.html", context)
    rows = ProtectionCase.objects.select_related("division__parent__parent", "right__product__province")
    case = get_object_or_404(rows, reference=reference, kind=CaseKind.REVOCATION)
    if request.method == "GET":
        return _show_end(request, actors, by, case, RevokeForm(move=move), move)
    form, status = RevokeForm(request.POST, move=move), 200
    if form.is_valid() and request.POST.get("action") == "publish":
        published = _publish(form, lambda: _end(case, by, form))
        if not isinstance(published, int):
            return _published(request, published)
        status = published
    confirmed = request.POST.get("action") == "preview" and form.is_valid()
    return _show_end(request, actors, by, case, form, move, confirmed=confirmed, status=status)


def _end(case: ProtectionCase, by: Actor, form: RevokeForm) -> Announcement:
    if form.cleaned_data["state"] != case.state:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    supervision.decide_revocation(case, by=by, reason=form.cleaned_data["reason"], **form.heading)
    return Announcement.objects.get(text=form.heading["text"])


def _show_end(
    request: HttpRequest, actors: Sequence[Actor], by: Actor, case: ProtectionCase, form: RevokeForm, move: Move, *,
    confirmed: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Before it is confirmed the form, after that the announcement as it will be; always with what stops."""
    possible = case.state in move.sources
    title = capfirst(str(move.label))
    context = frame(actors, case, title) | asked(case) | {"crumbs": crumbs(case, title), "possible": possible} | {
        "form": form, "refusal": move.guard(case, by) if possible else _("This case has been decided."),
        "what_happens": WHEN_ANNOUNCED["revoke"], "notes": case_facts.notes(case), "confirmed": confirmed,
    }  # fmt: skip
    if confirmed:
        context |= _told(form, move)
    return render(request, "desk/case_revoke.html", context, status=status)
