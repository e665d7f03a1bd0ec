"""Addresses of who may use the special mark: public pages, portal, desk."""

from django.urls import include, path

from enterprises.views import directory

app_name = "enterprises"
urlpatterns = [
    path("enterprises/", directory.index, name="directory"),
    path("enterprises/<slug:key>/", directory.record, name="record"),
    path("verify/", directory.check_label, name="check_label"),
    path("portal/", include("enterprises.portal_urls")),
    path("portal/", include("enterprises.people_urls")),
    path("desk/", include("enterprises.desk_urls")),
]
