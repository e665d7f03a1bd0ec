"""Addresses of yearly use reports in the portal."""

from typing import Any

urlpatterns: list[Any] = []
