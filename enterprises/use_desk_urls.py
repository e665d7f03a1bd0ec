"""Addresses of yearly use reports at the desk."""

from typing import Any

urlpatterns: list[Any] = []
