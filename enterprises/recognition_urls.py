"""Addresses of agreements, their names, reviews and files at the desk."""

from django.urls import path

from enterprises.views import (
    desk_annexes,
    desk_matches,
    desk_recognition,
    desk_recognition_comments,
    desk_recognition_names,
)

urlpatterns = [
    path("recognition/", desk_recognition.index, name="desk_recognition"),
    path("recognition/new/", desk_recognition.new, name="desk_agreement_new"),
    path("recognition/matches/", desk_matches.index, name="desk_matches"),
    path("recognition/matches/<int:pk>/", desk_matches.one, name="desk_match"),
    path("recognition/imports/<uuid:nonce>/", desk_annexes.preview, name="desk_annex"),
    path("recognition/imports/<uuid:nonce>/undo/", desk_annexes.undo, name="desk_annex_undo"),
    path("recognition/<slug:code>/", desk_recognition.agreement_page, name="desk_recognition_agreement"),
    path("recognition/<slug:code>/edit/", desk_recognition.edit, name="desk_agreement_edit"),
    path("recognition/<slug:code>/comments/", desk_recognition_comments.comments, name="desk_agreement_comments"),
    path("recognition/<slug:code>/import/", desk_annexes.send, name="desk_annex_new"),
    path("recognition/<slug:code>/names.<str:kind>", desk_annexes.names_file, name="desk_annex_file"),
    path("recognition/<slug:code>/names/<int:pk>/", desk_recognition_names.entry_page, name="desk_agreement_entry"),
    path("recognition/<slug:code>/names/<int:pk>/edit/", desk_recognition_names.edit, name="desk_agreement_entry_edit"),
    path("recognition/<slug:code>/names/<int:pk>/<slug:name>/", desk_recognition_names.move,
         name="desk_agreement_entry_move"),
]  # fmt: skip
