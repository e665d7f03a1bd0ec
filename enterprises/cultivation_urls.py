"""Addresses of candidates, trainings and funding projects at the desk."""

from django.urls import path

from enterprises.views import desk_candidates, desk_trainings

urlpatterns = [
    path("candidates/", desk_candidates.index, name="desk_candidates"),
    path("candidates/new/", desk_candidates.new, name="desk_candidate_new"),
    path("candidates/<slug:reference>/", desk_candidates.candidate_page, name="desk_candidate"),
    path("candidates/<slug:reference>/edit/", desk_candidates.edit, name="desk_candidate_edit"),
    path("candidates/<slug:reference>/release/", desk_candidates.release, name="desk_candidate_release"),
    path("candidates/<slug:reference>/step/<slug:name>/", desk_candidates.step, name="desk_candidate_step"),
    path("trainings/", desk_trainings.trainings, name="desk_trainings"),
    path("trainings/new/", desk_trainings.training_new, name="desk_training_new"),
    path("trainings/<int:pk>/edit/", desk_trainings.training_edit, name="desk_training_edit"),
    path("trainings/<int:pk>/strike/", desk_trainings.training_strike, name="desk_training_strike"),
    path("projects/", desk_trainings.projects, name="desk_projects"),
    path("projects/new/", desk_trainings.project_new, name="desk_project_new"),
    path("projects/<int:pk>/edit/", desk_trainings.project_edit, name="desk_project_edit"),
    path("projects/<int:pk>/strike/", desk_trainings.project_strike, name="desk_project_strike"),
]
