"""LEAF. What this software calls itself, for backups and the operator."""

import tomllib
from functools import cache

from django.conf import settings


@cache
def version() -> str:
    """The version as `pyproject.toml` names it."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
