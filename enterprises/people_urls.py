"""Addresses of the portal on who acts for an enterprise."""

from django.urls import path  # noqa: F401

urlpatterns = []
