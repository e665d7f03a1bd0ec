"""What every page needs: its address in the other language and the date the register answers for."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

OTHER_LANGUAGE = {"zh-hans": ("en", "English"), "en": ("zh-hans", "简体中文")}


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor for every template; no query."""
    code, name = OTHER_LANGUAGE[get_language() or settings.LANGUAGE_CODE]
    return {
        "other_language_code": code,
        "other_language_name": name,
        "other_language_url": translate_url(request.get_full_path(), code),
        "canonical_url": settings.SITE_URL + request.path,
        "section": None,
    }
