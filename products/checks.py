"""System checks of what is protected."""

import json
from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from products import maps


@register()
def boundary_approval(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.W007: outlines without a map approval number are not drawn in production."""
    stored = [json.loads(file.read_text(encoding="utf-8")) for file in maps.outline_file().parent.glob("*.json")]
    if not settings.PRODUCTION or all(one["approval_number"] for one in stored):
        return []
    return [
        Warning(
            "The loaded boundaries have no map approval number (审图号): maps fall back to the grid.",
            hint="manage.py load_boundaries FILE --approval-number N",
            id="gi.W007",
        )
    ]
