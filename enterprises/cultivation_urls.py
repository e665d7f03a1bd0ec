"""Addresses of candidates, trainings and funding projects at the desk."""

from typing import Any

urlpatterns: list[Any] = []
