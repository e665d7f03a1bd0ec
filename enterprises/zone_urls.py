"""Addresses of demonstration zones at the desk."""

from django.urls import path

from enterprises.views import desk_zones

urlpatterns = [
    path("zones/", desk_zones.index, name="desk_zones"),
    path("zones/new/", desk_zones.new, name="desk_zone_new"),
    path("zones/historic/", desk_zones.historic, name="desk_zone_historic"),
    path("zones/<slug:reference>/", desk_zones.zone_page, name="desk_zone"),
    path("zones/<slug:reference>/edit/", desk_zones.edit, name="desk_zone_edit"),
    path("zones/<slug:reference>/step/<slug:name>/", desk_zones.step, name="desk_zone_step"),
    path("zones/<slug:reference>/summary/<int:year>/", desk_zones.summary, name="desk_zone_summary"),
]
