"""EDGE. Addresses of the API on what is protected, below /api/v1/."""

from django.urls import path

import gi_registry.converters  # noqa: F401 - makes <number:…> and <division:…> known
from products.api import lists, views

urlpatterns = [
    path("products/", views.Products.as_view(), name="api_products"),
    path("products/<number:number>/", views.OneProduct.as_view(), name="api_product"),
    path("areas/", views.Areas.as_view(), name="api_areas"),
    path("announcements/", lists.Announcements.as_view(), name="api_announcements"),
    path("announcements/<number:id>/", lists.OneAnnouncement.as_view(), name="api_announcement"),
    path("agreements/", lists.Agreements.as_view(), name="api_agreements"),
    path("agreements/<slug:slug>/entries/", lists.Entries.as_view(), name="api_entries"),
    path("coverage/", lists.CoverageView.as_view(), name="api_coverage"),
    path("coverage/<slug:slug>/", lists.Units.as_view(), name="api_units"),
    path("divisions/", views.Divisions.as_view(), name="api_divisions"),
    path("divisions/<division:code>/", views.OneDivision.as_view(), name="api_division"),
    path("divisions/<division:code>/children/", views.Children.as_view(), name="api_children"),
]
