"""Addresses of coverage and plans at the desk."""

from typing import Any

urlpatterns: list[Any] = []
