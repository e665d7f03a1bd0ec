"""READER. Public pages may be read from a copy of the database (`GI_READ_DATABASE_URL`); all else asks the primary.

Who is signed in, who has just sent a form, whoever follows a link from a letter, and every answer about a label sees
the primary: a copy is some moments behind. So does everybody while the copy does not answer, or is behind by more
than ten seconds: that shows in the journal, which only grows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse

from gi_registry.models import JournalHead

log = logging.getLogger(__name__)

COPY = "replica"
REST = 10.0  # seconds for which a copy that failed is left alone
LOOK = 10.0  # seconds between two comparisons with the primary
JUST_WROTE = "wrote"  # a cookie that says only that
WROTE_FOR = 10  # seconds
# Work, what belongs to one person or one letter, and labels. The first piece of an address, or two.
PRIMARY_ONLY = frozenset(
    {
        "v", "V", "verify", "label-photos", "api/v1/labels", "portal", "desk", "account", "_util", "follow", "report",
        "objections", "find", "documents", "healthz", "readyz", "metrics", "static", "media",
    }
)  # fmt: skip

_from_copy: ContextVar[bool] = ContextVar("reads_from_copy", default=False)
_copy = {"away until": 0.0, "compared at": 0.0, "primary's head": 0.0}


class Router:
    """DATABASE_ROUTERS: reads of a public page go to the copy, everything else to the primary."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return COPY if _from_copy.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


class ReplicaMiddleware:
    """Says of each request from where it reads, and remembers for ten seconds who sent a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if COPY not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _from_copy.set(is_public(request) and fit())
        try:
            response = self.get_response(request)
        finally:
            _from_copy.reset(token)
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _place(request).startswith(("v/", "V/", "verify")):
            response.set_cookie(
                JUST_WROTE, "1", max_age=WROTE_FOR, secure=settings.SESSION_COOKIE_SECURE, httponly=True,
                samesite="Lax",
            )  # fmt: skip
        return response


def is_public(request: HttpRequest) -> bool:
    """Whether anybody would get the same page, a moment later too."""
    if request.method not in ("GET", "HEAD") or request.headers.get("Authorization"):
        return False
    if settings.SESSION_COOKIE_NAME in request.COOKIES or JUST_WROTE in request.COOKIES:
        return False
    place = _place(request)
    if place.startswith(settings.CMS_PATH) or getattr(request, "is_dummy", False):  # the editor and its previews
        return False
    return not any(place == one or place.startswith(f"{one}/") for one in PRIMARY_ONLY)


def _place(request: HttpRequest) -> str:
    return request.path_info.removeprefix("/en").removeprefix("/")


def fit() -> bool:
    """Whether the copy answers and keeps up. Raises nothing."""
    now = time.monotonic()
    if now < _copy["away until"]:
        return False
    try:
        connections[COPY].close_if_health_check_failed()
        connections[COPY].ensure_connection()
        if now >= _copy["compared at"] + LOOK:
            behind = _head(COPY) < _copy["primary's head"]
            with suppress(OperationalError, InterfaceError):  # without its primary the copy is all there is
                _copy["primary's head"] = _head(DEFAULT_DB_ALIAS)
            _copy["compared at"] = now
            if behind:
                return _rest(now, "is more than ten seconds behind")
    except (OperationalError, InterfaceError) as error:
        return _rest(now, f"does not answer ({type(error).__name__})")
    return True


def _rest(now: float, fault: str) -> bool:
    _copy.update({"away until": now + REST, "compared at": 0.0})
    log.warning("The copy of the database %s; public pages are read from the primary.", fault)
    return False


def _head(alias: str) -> int:
    return JournalHead.objects.using(alias).values_list("sequence", flat=True).first() or 0
