"""Addresses of an enterprise's yearly reports, below portal/."""

from django.urls import path

from enterprises.views import portal_use

REPORT = "use-reports/<slug:reference>/<int:year>/"

urlpatterns = [
    path("use-reports/", portal_use.index, name="portal_use_reports"),
    path(REPORT, portal_use.report, name="portal_use_report"),
    path(REPORT + "edit/", portal_use.edit, name="portal_use_edit"),
    path(REPORT + "submit/", portal_use.submit, name="portal_use_submit"),
]
