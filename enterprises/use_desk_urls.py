"""Addresses of yearly use reports at the desk."""

from django.urls import path

from enterprises.views import desk_use

urlpatterns = [
    path("use-reports/", desk_use.index, name="desk_use_reports"),
    path("use-reports/return/", desk_use.yearly, name="desk_yearly_return"),
    path("use-reports/<slug:reference>/", desk_use.report_page, name="desk_use_report"),
    path("use-reports/<slug:reference>/<slug:name>/", desk_use.step, name="desk_use_step"),
]
