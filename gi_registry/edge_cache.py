"""READER. What a CDN in front (`GI_CDN_BACKEND`) may keep for a minute: pages that nobody in particular asked for.

A page that was asked for with any cookie (a session, a size of text, a form's token), that sets one, or that holds a
form's token is one reader's own. Labels are never kept: each answer counts a scan.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from gi_registry.replicas import is_public

KEPT = 60  # seconds


class EdgeCacheMiddleware:
    """Says it of each response that says nothing itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.WAGTAILFRONTENDCACHE:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            if response.status_code == 200 and may_be_kept(request, response):
                patch_cache_control(response, public=True, max_age=0, s_maxage=KEPT)
            else:
                patch_cache_control(response, private=True)
        return response


def may_be_kept(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether another visitor would get the same."""
    has_token = "CSRF_COOKIE" in request.META  # a template asked for one
    return is_public(request) and not (request.COOKIES or response.cookies or has_token)
