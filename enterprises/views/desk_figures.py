"""What sources report of a plan: noted beside the register's own count, and corrected."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises.plan_forms import FigureForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_plans import DONE, attempt, head, kept_or_404
from gi_registry.journal import Actor
from gi_registry.roles import Permission
from products import plan_reports
from products.plan_models import ReportedFigure


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def new(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """A figure that a source reports for one of the measures."""
    plan, by = kept_or_404(actors, reference)
    measures = list(plan.measures.all())
    if not measures:
        messages.warning(request, _("Set at least one measure first."))
        return redirect("enterprises:desk_plan", plan.reference)

    def act(form: FigureForm) -> None:
        values, about = form.cleaned_data, next(one for one in measures if one.kind == form.cleaned_data["kind"])
        plan_reports.enter_reported(about, by=by, on=values["on"], source=values["source"], **form.of_figure)

    form, status = attempt(request, plan, lambda data, now: FigureForm(data, measures=measures), act)
    if status == DONE:
        messages.success(request, _("The figure is noted."))
        return redirect("enterprises:desk_plan", plan.reference)
    context = head(actors, plan, _("Note a reported figure")) | {"form": form, "figure": None}
    return render(request, "desk/plan_figure.html", context, status=status)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_PLANS)
def correct(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> HttpResponse:
    """Correct what was noted of a source."""
    plan, by = kept_or_404(actors, reference)
    rows = ReportedFigure.objects.filter(measure__plan=plan).select_related("measure__plan__division__parent__parent")
    figure = get_object_or_404(rows, pk=pk)
    measures = [figure.measure]

    def act(form: FigureForm) -> None:
        plan_reports.amend_reported(figure, by=by, **form.of_figure)

    form, status = attempt(request, plan, lambda data, now: FigureForm(data, measures=measures, figure=figure), act)
    if status == DONE:
        messages.success(request, _("The figure is corrected."))
        return redirect("enterprises:desk_plan", plan.reference)
    context = head(actors, plan, _("Correct a reported figure")) | {"form": form, "figure": figure}
    return render(request, "desk/plan_figure.html", context, status=status)
