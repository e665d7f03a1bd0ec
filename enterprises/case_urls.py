"""Addresses of protection cases at the desk."""

from django.urls import path

from enterprises.views import (
    desk_case_announcing,
    desk_case_forms,
    desk_case_papers,
    desk_case_past,
    desk_case_steps,
    desk_cases,
)

urlpatterns = [
    path("cases/", desk_cases.index, name="desk_cases"),
    path("cases/new/", desk_case_forms.new, name="desk_case_new"),
    path("cases/past/", desk_case_past.past, name="desk_case_past"),
    path("cases/announce/<slug:step>/", desk_case_announcing.announce, name="desk_case_announce"),
    path("cases/<slug:reference>/", desk_cases.case_page, name="desk_case"),
    path("cases/<slug:reference>/edit/<slug:step>/", desk_case_forms.step_form, name="desk_case_step_form"),
    path("cases/<slug:reference>/discard/", desk_case_forms.discard, name="desk_case_discard"),
    path("cases/<slug:reference>/move/<slug:name>/", desk_case_steps.move, name="desk_case_move"),
    path("cases/<slug:reference>/review/", desk_case_steps.review, name="desk_case_review"),
    path("cases/<slug:reference>/papers/<int:pk>/", desk_case_papers.paper, name="desk_case_paper"),
    path(
        "cases/<slug:reference>/papers/<int:pk>/remove/", desk_case_papers.remove, name="desk_case_paper_remove"
    ),
]
