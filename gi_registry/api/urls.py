"""EDGE. Addresses of the API itself, below /api/v1/; after those of the apps, for the last one takes what is left."""

from django.urls import path, re_path

from gi_registry.api import changes, views

urlpatterns = [
    path("", views.Begin.as_view(), name="api"),
    path("changes/", changes.ChangesView.as_view(), name="api_changes"),
    path("schema/", views.SchemaView.as_view(), name="api_schema"),
    re_path(r"^(?!docs/)(?:[\w\W]*/)?\Z", views.Nothing.as_view()),
]
