"""Addresses of the desk, where officials review and decide."""

from django.urls import path

from enterprises.views import desk, desk_announcements, desk_authorisations, desk_moves, desk_sites, operation

urlpatterns = [
    path("", desk.queue, name="desk"),
    path("notices/read/", desk.notices_read, name="desk_notices_read"),
    path("operation/", operation.page, name="desk_operation"),
    path("files/<slug:reference>/", desk.file_page, name="desk_file"),
    path("files/<slug:reference>/move/<slug:name>/", desk_moves.move, name="desk_move"),
    path("files/<slug:reference>/assign/", desk.assign, name="desk_assign"),
    path("files/<slug:reference>/message/", desk.message, name="desk_message"),
    path("files/<slug:reference>/sites/<int:pk>/", desk_sites.site_check, name="desk_site_check"),
    path("files/<slug:reference>/documents/add/", desk_sites.upload, name="desk_upload"),
    path("files/<slug:reference>/documents/<int:pk>/", desk_sites.document, name="desk_document"),
    path("announcements/", desk_announcements.announce, name="desk_announce"),
    path("announcements/<int:pk>/correct/", desk_announcements.correct, name="desk_correct"),
    path("authorisations/", desk_authorisations.index, name="desk_authorisations"),
    path("authorisations/<slug:reference>/", desk_authorisations.authorisation, name="desk_authorisation"),
    path(
        "authorisations/<slug:reference>/step/<slug:name>/", desk_authorisations.step, name="desk_authorisation_step"
    ),
]
