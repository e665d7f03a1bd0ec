"""Public addresses of demonstration zones."""

from django.urls import path

from products.views import zones

urlpatterns = [
    path("zones/", zones.index, name="zones"),
    path("zones/<slug:reference>/", zones.zone, name="zone"),
]
