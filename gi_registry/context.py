"""What every page needs: its address, also in the other language, what stands around it, and the size of its text."""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.translation import get_language

from gi_registry import navigation, text_size

OTHER_LANGUAGE = {"zh-hans": ("en", "English"), "en": ("zh-hans", "中文")}
LONGEST_WAY = 600  # characters
# The place of the official special mark: the register ships none, the authority may put its own file here.
OFFICIAL_MARK = "img/official-mark.svg"


@cache
def official_mark() -> str:
    """The authority's own file, or "" where it has given none. Looked for once in each process."""
    return OFFICIAL_MARK if finders.find(OFFICIAL_MARK) else ""


def _way_back(request: HttpRequest) -> str:
    """The page itself, for links that lead back to it; without its query where that is longer than any of ours."""
    return next((way for way in (request.get_full_path(), request.path) if len(way) <= LONGEST_WAY), "/")


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor for every template; no query."""
    code, name = OTHER_LANGUAGE[get_language() or settings.LANGUAGE_CODE]
    return {
        "other_language_code": code,
        "other_language_name": name,
        "other_language_url": translate_url(request.get_full_path(), code),
        "canonical_url": settings.SITE_URL + request.path,
        "official_mark": official_mark(),
        "navigation": navigation.around(request.path, reverse("home")),
        "way_back": _way_back(request),
        "has_session": settings.SESSION_COOKIE_NAME in request.COOKIES,
        "text_is_big": request.COOKIES.get(text_size.COOKIE) == text_size.BIG,
    }
