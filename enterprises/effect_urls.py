"""Addresses of what the mark brings: public sums of yearly use reports."""

from typing import Any

urlpatterns: list[Any] = []
