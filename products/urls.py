"""Public addresses of what is protected."""

from django.urls import include, path

import gi_registry.converters  # noqa: F401 - makes <number:…> and <division:…> known
from products.views import announcements, coverage, records, regions, search

app_name = "products"
urlpatterns = [
    path("products/", search.search, name="search"),
    path("products/<number:number>/", records.record, name="record"),
    path("products/<number:number>/qr.svg", records.record_qr, name="record_qr"),
    path("regions/", regions.country, name="country"),
    path("regions/<division:code>/", regions.region, name="region"),
    path("announcements/", announcements.index, name="announcements"),
    path("announcements/<number:pk>/", announcements.announcement, name="announcement"),
    path("coverage/", coverage.index, name="coverage"),
    path("coverage/<slug:slug>/", coverage.poverty_list, name="coverage_list"),
    path("coverage/<slug:slug>/report/", coverage.report, name="coverage_report"),
    path("", include("products.case_urls")),
    path("", include("products.objection_urls")),
    path("", include("products.recognition_urls")),
    path("", include("products.system_urls")),
    path("", include("products.zone_urls")),
]
