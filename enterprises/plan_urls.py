"""Addresses of coverage and plans at the desk."""

from django.urls import path

from enterprises.views import desk_coverage, desk_figures, desk_measures, desk_plans

urlpatterns = [
    path("coverage/", desk_coverage.index, name="desk_coverage"),
    path("plans/new/", desk_plans.new, name="desk_plan_new"),
    path("plans/<slug:reference>/", desk_plans.plan_page, name="desk_plan"),
    path("plans/<slug:reference>/edit/", desk_plans.edit, name="desk_plan_edit"),
    path("plans/<slug:reference>/step/<slug:name>/", desk_plans.step, name="desk_plan_step"),
    path("plans/<slug:reference>/release/", desk_plans.release, name="desk_plan_release"),
    path("plans/<slug:reference>/measures/<slug:kind>/", desk_measures.measure, name="desk_measure"),
    path("plans/<slug:reference>/measures/<slug:kind>/remove/", desk_measures.remove, name="desk_measure_remove"),
    path("plans/<slug:reference>/figures/new/", desk_figures.new, name="desk_figure_new"),
    path("plans/<slug:reference>/figures/<int:pk>/", desk_figures.correct, name="desk_figure"),
]
