"""Addresses of poverty lists at the desk."""

from typing import Any

urlpatterns: list[Any] = []
