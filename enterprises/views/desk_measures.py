"""The measures of a plan: what it wants to reach, and by when."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises.plan_forms import MeasureForm, StepForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_plans import DONE, NOT_NOW, attempt, head, kept_or_404
from gi_registry.journal import Actor
from gi_registry.roles import Permission
from products import plan_counts, planning
from products.plan_models import Plan
from products.plan_states import FLOWS, MeasureKind, PlanState
from products.plan_words import COUNTED


def _kind_or_404(kind: str) -> MeasureKind:
    try:
        return MeasureKind(kind)
    except ValueError:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def measure(request: HttpRequest, actors: Sequence[Actor], reference: str, kind: str) -> HttpResponse:
    """Set or change what a plan wants to reach."""
    (plan, by), wanted = kept_or_404(actors, reference), _kind_or_404(kind)

    def act(form: MeasureForm) -> None:
        planning.set_measure(plan, wanted, by=by, version=form.cleaned_data["version"], **form.of_measure)

    form, status = attempt(request, plan, lambda data, now: MeasureForm(data, plan=now or plan, kind=kind), act)
    if status == DONE:
        messages.success(request, _("The measure is set."))
        return redirect("enterprises:desk_plan", plan.reference)
    set_before = any(one.kind == kind for one in plan.measures.all())
    context = head(actors, plan, capfirst(str(wanted.label))) | {
        "form": form,
        "kind": wanted,
        "how": COUNTED[wanted],
        "counted": _counted_before(plan, wanted),
        "before": plan.period_from - datetime.timedelta(days=1),
        "removable": set_before and plan.state == PlanState.DRAFT,
    }
    return render(request, "desk/plan_measure.html", context, status=status)


def _counted_before(plan: Plan, kind: MeasureKind) -> int | None:
    """What the register itself counts on the day of the baseline; None for what begins at 0."""
    if kind in FLOWS:
        return None
    day = plan.period_from - datetime.timedelta(days=1)
    return plan_counts.readings(kind, {plan: [day]})[plan.pk][day].value


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def remove(request: HttpRequest, actors: Sequence[Actor], reference: str, kind: str) -> HttpResponse:
    """Take a measure out of a draft."""
    (plan, by), wanted = kept_or_404(actors, reference), _kind_or_404(kind)

    def act(form: StepForm) -> None:
        planning.remove_measure(plan, wanted, by=by, version=form.cleaned_data["version"])

    form, status = attempt(request, plan, lambda data, now: StepForm(data, plan=now or plan, close=False), act)
    if status == DONE:
        messages.success(request, _("The measure is taken out."))
        return redirect("enterprises:desk_plan", plan.reference)
    possible = plan.state == PlanState.DRAFT and any(one.kind == kind for one in plan.measures.all())
    context = head(actors, plan, _("Take the measure out")) | {
        "form": form, "what_happens": capfirst(str(wanted.label)), "possible": possible, "shown": [],
        "refusal": "" if possible else NOT_NOW,
    }  # fmt: skip
    return render(request, "desk/plan_step.html", context, status=status)
