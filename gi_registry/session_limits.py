"""EDGE. How long somebody stays signed in where they work: at the desk and in the editor shorter than in the portal.

The time of the sign-in and of the last page stand in the session itself, noted once a minute at most. Public pages
neither ask nor note anything. A form that comes after the end is shown again with its text, whatever view it was for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from gi_registry.accounts import SecondFactorMiddleware
from gi_registry.late_forms import send_again

BEGAN, SEEN = "limit_began", "limit_seen"
NOTED_EVERY = 60  # seconds
MOST_OF_AN_EDITOR = 1000  # fields of a form whose text is kept; pages of many pieces have hundreds


class SessionLimitsMiddleware:
    """Ends a session that rested, or lasted, too long for the page that is asked for.

    It acts before the view and after the CSRF check, so that a form of another site is never offered for sending.
    """

    DESK = re.compile(r"^/(en/)?desk(/|$)")
    WORK = re.compile(r"^/(en/)?(portal|account)(/|$)")
    BY_ITSELF = re.compile(r"/editing-sessions/")  # the editor asks this every few seconds while a page is open
    SIGNING_IN = re.compile(r"/login/$")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        path = request.path_info
        office = bool(SecondFactorMiddleware.GUARDED.match(path))
        if not office and not self.WORK.match(path):
            return None
        if not request.user.is_authenticated:
            editor = office and not self.DESK.match(path) and not self.SIGNING_IN.search(path)
            return _again(request) if editor and request.method == "POST" else None
        if not _is_over(request, office, counts=not self.BY_ITSELF.search(path)):
            return None
        logout(request)
        if request.method == "POST":
            return _again(request)
        messages.info(request, gettext("You were signed out because nothing was done here for a while."))
        return None


def _again(request: HttpRequest) -> HttpResponse:
    return send_again(request, signed_out=True, most_fields=MOST_OF_AN_EDITOR)


def _is_over(request: HttpRequest, office: bool, *, counts: bool) -> bool:
    """Whether the session has ended by its limits; else the time of this page is noted, if it `counts`."""
    idle, lasts = settings.OFFICE_LIMITS if office else settings.PORTAL_LIMITS
    now, session = time.time(), request.session
    began, seen = session.get(BEGAN, now), session.get(SEEN, now)
    stays = not office and not session.get_expire_at_browser_close()  # "stay signed in on this device"
    if now - began >= lasts or (now - seen >= idle and not stays):
        return True
    if SEEN not in session or (counts and now - seen >= NOTED_EVERY):
        session[BEGAN], session[SEEN] = began, now
    return False
