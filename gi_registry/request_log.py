"""EDGE. The outermost middleware: gives each request its reference, counts it, and writes one line about it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gi_registry import figures, logs

log = logging.getLogger("gi.requests")
QUIET = frozenset({"file", "operation"})  # areas whose answers are told only when they fail
EDITOR = settings.CMS_PATH.split("/")[0]
WHERE = {"portal": "enterprise", "desk": "official", "editor": "editor"}


def watched(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware. A query is never made here."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        token = logs.begin(request)
        try:
            response = get_response(request)
            response["X-Request-ID"] = logs.reference()
            _note(request, response.status_code, time.perf_counter() - begun)
            return response
        finally:
            logs.end(token)

    return answer


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    area = figures.area_of(request.path_info, EDITOR)
    figures.REQUESTS.labels(area, status).inc()
    figures.SECONDS.labels(area).observe(seconds)
    if log.isEnabledFor(logging.INFO) and (status >= 400 or area not in QUIET):
        extra = {"method": request.method, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("answered", extra=extra | {"user": user_kind(request, area)})


def user_kind(request: HttpRequest, area: str) -> str:
    """none, enterprise, official, editor by where somebody works, or signed_in elsewhere. Asks nobody anew."""
    user = getattr(request, "_cached_user", None)
    return WHERE.get(area, "signed_in") if user is not None and user.is_authenticated else "none"
