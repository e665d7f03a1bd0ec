"""READER. Forms that come too late lose nothing: the typed text is shown again, ready to be sent once more.

A form comes too late when the sign-in has ended, or when its token is of an earlier one. Nothing is stored here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

NEVER_SHOWN = re.compile("password|code|csrf|credential", re.IGNORECASE)
MOST_FIELDS = 200
MOST_TEXT = 200_000


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: shown again with its text, for one more press of a button.

    Only where the token alone is at fault. A form that another site made is not offered for sending.
    """
    return send_again(request, offered=reason.startswith("CSRF "))


def keeps_text(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views that need somebody signed in: as `login_required`, but what was typed is kept.

    A form that arrives after the sign-in ended is shown again with its text. Signing in elsewhere in the same
    browser changes the token, so that sending leads through `csrf_failure` once before it arrives.
    """

    @wraps(view)
    def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            return send_again(request, signed_out=True)
        return redirect_to_login(request.get_full_path())

    return keeping


def send_again(
    request: HttpRequest, *, signed_out: bool = False, offered: bool = True, files: bool = False,
    most_fields: int = MOST_FIELDS,
) -> HttpResponse:  # fmt: skip
    """The page with the typed text; without it where the form is huge or not to be offered. `files`: some were lost."""
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if not NEVER_SHOWN.search(name)
    ]
    size = sum(len(name) + len(value) for name, value in fields)
    page = {
        "fields": fields if offered and len(fields) <= most_fields and size <= MOST_TEXT else [],
        "files": files or bool(request.FILES),
        "signed_out": signed_out,
        "address": request.get_full_path(),
    }
    return render(request, "403_csrf.html", page, status=403)
