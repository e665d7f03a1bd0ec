"""Public addresses of objections."""

from django.urls import path

from products.views import objections

urlpatterns = [
    path("objections/", objections.index, name="objections"),
]
