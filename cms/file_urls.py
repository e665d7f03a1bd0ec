"""Files that machines look for at the root, the same in every language: site map and rules for robots."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
