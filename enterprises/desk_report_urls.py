"""Addresses of suspect reports at the desk."""

from django.urls import path

from enterprises.views import desk_reports

urlpatterns = [
    path("reports/", desk_reports.index, name="desk_reports"),
    path("reports/<slug:reference>/", desk_reports.report_page, name="desk_report"),
    path("reports/<slug:reference>/photos/<int:pk>/", desk_reports.photo, name="desk_report_photo"),
    path("reports/<slug:reference>/<slug:name>/", desk_reports.step, name="desk_report_step"),
]
