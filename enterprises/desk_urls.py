"""Addresses of the desk, where officials review and decide."""

from django.urls import path  # noqa: F401

urlpatterns = []
