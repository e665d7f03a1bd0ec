"""System checks of what is protected."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

from products import maps


@register()
def boundary_approval(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """gi.W004: outlines without a map approval number are not drawn in production."""
    stored = maps.loaded_outlines()
    if not settings.PRODUCTION or stored is None or stored["approval_number"]:
        return []
    return [
        Warning(
            "The loaded boundaries have no map approval number (审图号): maps fall back to the grid.",
            hint="manage.py load_boundaries FILE --approval-number N",
            id="gi.W004",
        )
    ]
