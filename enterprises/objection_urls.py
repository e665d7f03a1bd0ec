"""Addresses of objections: the form and the page behind its secret link for everybody, and those at the desk."""

from django.urls import path

from enterprises.views import desk_objections, objections

urlpatterns = [
    path("announcements/objections/<int:pk>/", objections.form, name="object"),
    path("objections/status/<str:token>/", objections.status, name="objection_status"),
    path("desk/objections/", desk_objections.index, name="desk_objections"),
    path("desk/objections/<slug:reference>/", desk_objections.objection_page, name="desk_objection"),
    path(
        "desk/objections/<slug:reference>/files/<int:pk>/", desk_objections.file, name="desk_objection_file"
    ),
    path("desk/objections/<slug:reference>/<slug:name>/", desk_objections.step, name="desk_objection_step"),
]
