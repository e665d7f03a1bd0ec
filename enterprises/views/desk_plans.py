"""Plans at the desk: how one stands; drafting, amending, adopting, closing it and making it public."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.desk_queue import option
from enterprises.plan_forms import PlanForm, StepForm, field_of
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_batches import history
from gi_registry import charts
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import list_exits, plan_counts, plan_forecast, plan_progress, planning
from products.plan_models import Plan
from products.plan_progress import MeasureProgress
from products.plan_states import PLAN_MOVES, STANDING, MeasureKind, PlanState
from products.plan_words import WHAT_HAPPENS

DONE = 302
NOT_NOW = gettext_lazy("This step is not possible in the present state.")


def plan_or_404(actors: Sequence[Actor], reference: str) -> Plan:
    """A plan that one of the roles may see."""
    plan = plan_progress.visible(actors).filter(reference=reference).first()
    if plan is None:
        raise Http404
    return plan


def kept_or_404(actors: Sequence[Actor], reference: str) -> tuple[Plan, Actor]:
    """A plan, and the role in which somebody may change it."""
    plan = plan_or_404(actors, reference)
    by = plan_progress.keeper(actors, plan)
    if by is None:
        raise Http404
    return plan, by


def crumbs(plan: Plan | None, last: str = "") -> list[tuple[str, str]]:
    """The way from the coverage of the territory to a plan, or to a page behind it."""
    way = [(_("Coverage"), reverse("enterprises:desk_coverage"))]
    if plan is not None:
        way.append((plan.name_zh, reverse("enterprises:desk_plan", args=[plan.reference]) if last else ""))
    return [*way, (last, "")] if last else way


def head(actors: Sequence[Actor], plan: Plan | None, title: str) -> dict[str, Any]:
    """What every page about a plan needs."""
    way = crumbs(plan, title if plan is None or title != plan.name_zh else "")
    back = way[-2][1] if len(way) > 1 else way[0][1]
    return {"plan": plan, "title": title, "crumbs": way, "back": back}


def attempt(
    request: HttpRequest, plan: Plan | None, make: Callable[[Any, Plan | None], Any], act: Callable[[Any], object]
) -> tuple[Any, int]:
    """The form of a page and the status of the answer: 302 once `act` has done what was asked.

    A refusal stands beside its field and nothing typed is lost. Who was too late gets the form as it is made for the
    plan as it is now; sent once more, what was typed is weighed against that.
    """
    form = make(request.POST if request.method == "POST" else None, plan)
    if not form.is_bound or not form.is_valid():
        return form, 200
    try:
        act(form)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        now = plan_progress.plans().get(pk=plan.pk) if plan else None
        data = request.POST.copy()
        data["version"] = str(now.version if now else 0)
        form = make(data, now)
        form.full_clean()
        form.add_error(field_of(form, refusal.code), str(refusal))
        return form, status_of(refusal.code)
    return form, 302


@require_safe
@at_desk()
def plan_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One plan: its measures against their lines, what sources report, what may be done."""
    plan, today = plan_or_404(actors, reference), timezone.localdate()
    found = plan_progress.progress([plan], today)[0]
    oversees = plan_progress.oversees(actors, plan)
    context = head(actors, plan, plan.name_zh) | _steps(actors, plan) | {
        "found": found,
        "measures": [_measure(one, oversees) for one in found.measures],
        "unset": [kind for kind in MeasureKind if kind not in {one.measure.kind for one in found.measures}],
        "completeness": list_exits.completeness(min(today, plan.period_to), plan_counts.rule_of(plan)),
        "months": (plan_forecast.DECISION_MONTHS, plan_forecast.PROVINCE_MONTHS + plan_forecast.DECISION_MONTHS),
        "changes": plan.changes.all() if oversees else [],
        "history": history("plan", plan.reference),
    }  # fmt: skip
    return render(request, "desk/plan.html", context)


def _steps(actors: Sequence[Actor], plan: Plan) -> dict[str, Any]:
    """What somebody may do with a plan now."""
    keeps = plan_progress.keeper(actors, plan) is not None
    options = [option(plan, move, actors, plan.division) for move in PLAN_MOVES if plan.state in move.sources]
    return {
        "keeps": keeps,
        "may_change": keeps and plan.state != PlanState.CLOSED,
        "may_release": keeps and plan.state in STANDING and plan.released_on is None,
        "options": [one for one in options if one is not None],
    }


def _measure(one: MeasureProgress, oversees: bool) -> dict[str, Any]:
    plan, kind = one.measure.plan, one.measure.kind
    forecast = plan_forecast.forecast(plan, kind) if oversees and plan.state == PlanState.ADOPTED else None
    return {"one": one, "forecast": forecast, "chart": _chart(one)}


def _chart(one: MeasureProgress) -> charts.Chart:
    """The straight line and the count, by day."""
    days = [point.on for point in one.points]
    named = {days[0], days[-1], *(point.on for point in one.points if point.step is not None)}
    columns = [(float(day.toordinal()), str(day.year) if day in named else "", day.isoformat()) for day in days]
    asked = [point.asked for point in one.points]
    counted = [point.reading.value if point.reading else None for point in one.points]
    names = capfirst(one.measure.get_kind_display()), _("The line from baseline to target, and the register's count.")
    series = [charts.Series(_("the line"), "is-listed", asked), charts.Series(_("counted"), "is-covered", counted)]
    return charts.line_chart(f"measure-{one.measure.kind}", *names, _("Day"), columns, series)


# --- Drafting and amending ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """A draft for a territory."""
    home = next((actor.division for actor in actors if actor.division is not None), None)
    initial = {"division": home.code if home else ""}
    made: list[Plan] = []

    def act(form: PlanForm) -> None:
        division = form.cleaned_data["division"]
        by = next((one for one in actors if planning.may_keep(one, division)), None)
        if by is None:
            raise MoveRefused("elsewhere", _("This lies outside of your territory."))
        made.append(planning.enter_plan(by=by, nonce=form.cleaned_data["nonce"], division=division, **form.of_plan))

    form, status = attempt(request, None, lambda data, plan: PlanForm(data, initial=initial), act)
    if made:
        messages.success(request, _("The draft is kept. Now set what it wants to reach."))
        return redirect("enterprises:desk_plan", made[0].reference)
    context = head(actors, None, _("New plan")) | {"form": form}
    return render(request, "desk/plan_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def edit(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Change what a plan says."""
    plan, by = kept_or_404(actors, reference)

    def act(form: PlanForm) -> None:
        values = form.cleaned_data
        planning.amend_plan(plan, by=by, version=values["version"], reason=values.get("reason", ""), **form.of_plan)

    form, status = attempt(request, plan, lambda data, now: PlanForm(data, plan=now), act)
    if status == DONE:
        messages.success(request, _("The plan is changed."))
        return redirect("enterprises:desk_plan", plan.reference)
    context = head(actors, plan, _("Change the plan")) | {"form": form}
    return render(request, "desk/plan_form.html", context, status=status)


# --- Steps ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """Adopt or close a plan: GET says what will happen, POST does it."""
    plan, by = kept_or_404(actors, reference)
    move = next((one for one in PLAN_MOVES if one.name == name), None)
    if move is None:
        raise Http404
    refusal = NOT_NOW if plan.state not in move.sources else move.guard(plan, by) or ""

    def act(form: StepForm) -> None:
        write = {"adopt": planning.adopt, "close": planning.close}[name]
        write(plan, by=by, **form.cleaned_data)

    closes = move.needs_reason
    form, status = attempt(request, plan, lambda data, now: StepForm(data, plan=now or plan, close=closes), act)
    if status == DONE:
        messages.success(request, _("Done: {step}.").format(step=move.label))
        return redirect("enterprises:desk_plan", plan.reference)
    context = head(actors, plan, capfirst(str(move.label))) | {
        "form": form, "what_happens": WHAT_HAPPENS[name], "possible": not refusal, "refusal": refusal, "shown": [],
    }  # fmt: skip
    return render(request, "desk/plan_step.html", context, status=status)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def release(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Make a plan public: GET shows exactly what the public will read."""
    plan, by = kept_or_404(actors, reference)
    possible = plan.state in STANDING and plan.released_on is None

    def act(form: StepForm) -> None:
        planning.release(plan, by=by, version=form.cleaned_data["version"])

    form, status = attempt(request, plan, lambda data, now: StepForm(data, plan=now or plan, close=False), act)
    if status == DONE:
        messages.success(request, _("The plan is public now."))
        return redirect("enterprises:desk_plan", plan.reference)
    context = head(actors, plan, _("Make the plan public")) | {
        "form": form, "what_happens": WHAT_HAPPENS["release"], "possible": possible,
        "refusal": "" if possible else NOT_NOW,
        "shown": plan_progress.progress([plan]) if possible else [],
    }  # fmt: skip
    return render(request, "desk/plan_step.html", context, status=status)
