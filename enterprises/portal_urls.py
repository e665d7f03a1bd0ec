"""Addresses of the portal, where enterprises apply."""

from django.urls import path  # noqa: F401

urlpatterns = []
