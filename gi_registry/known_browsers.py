"""LEAF. Browsers in which somebody has signed in before: their tries are counted apart from those of everybody else.

Wrong passwords are counted by account, so that nobody guesses from many networks at once. Whoever guesses would shut
the rightful owner out with that; a browser that has signed in to the account carries a signed cookie for half a year
and has a count of its own. The cookie holds no name: keyed hashes of the names that were signed in with.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "known"
SALT = "gi_registry.known_browsers"
LASTS = 180 * 86400  # seconds
MOST_NAMES = 10


def own_count(request: HttpRequest, login: str) -> str:
    """What the tries of this browser at this account are counted by; "" for a browser that is not known to it."""
    known = _read(request)
    return str(known["browser"]) if _sealed(login) in known["names"] else ""


def remember(request: HttpRequest, response: HttpResponse, logins: Iterable[str]) -> None:
    """Somebody signed in here with one of these names."""
    known = _read(request)
    names = [*dict.fromkeys([*map(_sealed, filter(None, logins)), *known["names"]])][:MOST_NAMES]
    value = signing.dumps({"browser": known["browser"] or secrets.token_urlsafe(9), "names": names}, salt=SALT)
    response.set_cookie(
        COOKIE, value, max_age=LASTS, secure=bool(settings.SESSION_COOKIE_SECURE), httponly=True, samesite="Lax"
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        found: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {"browser": "", "names": []}
    return found


def _sealed(login: str) -> str:
    return salted_hmac(SALT, login.strip().lower(), algorithm="sha256").hexdigest()[:24]
