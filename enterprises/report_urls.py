"""Addresses of suspect reports for everybody: the form, and the page of one report behind its secret link."""

from django.urls import path

from enterprises.views import report

urlpatterns = [
    path("", report.report, name="report"),
    path("<str:token>/", report.status, name="report_status"),
]
