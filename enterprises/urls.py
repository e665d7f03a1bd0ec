"""Public addresses of who may use the special mark."""

from django.urls import path

from enterprises.views import directory

app_name = "enterprises"
urlpatterns = [
    path("enterprises/", directory.index, name="directory"),
    path("enterprises/<slug:key>/", directory.record, name="record"),
    path("verify/", directory.check_label, name="check_label"),
]
