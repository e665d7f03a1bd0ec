"""EDGE. Addresses of the API on who may use the special mark, and on labels, below /api/v1/."""

from django.urls import path

from enterprises.api import views

urlpatterns = [
    path("enterprises/", views.Enterprises.as_view(), name="api_enterprises"),
    path("enterprises/<slug:key>/", views.OneEnterprise.as_view(), name="api_enterprise"),
    path("authorisations/", views.Authorisations.as_view(), name="api_authorisations"),
    path("authorisations/<slug:reference>/", views.OneAuthorisation.as_view(), name="api_authorisation"),
    path("labels/<path:text>/", views.Label.as_view(), name="label_json"),
]
