"""Addresses of random inspections and credit grades: public pages, desk."""

from django.urls import path

from enterprises.views import desk_inspections, desk_inspections_people, desk_inspections_results, inspections

people = desk_inspections_people
urlpatterns = [
    path("inspections/", inspections.index, name="inspections"),
    path("inspections/<slug:reference>/", inspections.draw_page, name="inspection"),
    path("inspections/<slug:reference>/draw.json", inspections.draw_json, name="inspection_json"),
    path("desk/inspections/", desk_inspections.index, name="desk_inspections"),
    path("desk/inspections/draws/", desk_inspections.draws, name="desk_inspection_draws"),
    path("desk/inspections/draws/new/", desk_inspections.new, name="desk_inspection_new"),
    path("desk/inspections/draws/<slug:reference>/", desk_inspections.draw_page, name="desk_inspection_draw"),
    path(
        "desk/inspections/draws/<slug:reference>/step/<slug:name>/", desk_inspections.draw_step,
        name="desk_inspection_draw_step",
    ),
    path(
        "desk/inspections/draws/<slug:reference>/<int:place>/", desk_inspections_results.inspection_page,
        name="desk_inspection",
    ),
    path(
        "desk/inspections/draws/<slug:reference>/<int:place>/step/<slug:name>/", desk_inspections_results.step,
        name="desk_inspection_step",
    ),
    path("desk/inspections/inspectors/", people.inspectors, name="desk_inspectors"),
    path("desk/inspections/inspectors/new/", people.inspector_new, name="desk_inspector_new"),
    path("desk/inspections/inspectors/<slug:code>/", people.inspector_page, name="desk_inspector"),
    path("desk/inspections/inspectors/<slug:code>/edit/", people.inspector_edit, name="desk_inspector_edit"),
    path("desk/inspections/inspectors/<slug:code>/conflict/", people.conflict_new, name="desk_inspector_conflict"),
    path(
        "desk/inspections/inspectors/<slug:code>/conflict/<int:pk>/end/", people.conflict_end,
        name="desk_inspector_conflict_end",
    ),
    path("desk/inspections/grades/", people.grades, name="desk_grades"),
    path("desk/inspections/grades/<slug:key>/", people.grade, name="desk_grade"),
]  # fmt: skip
