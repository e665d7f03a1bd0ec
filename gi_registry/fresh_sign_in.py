"""READER. Decisions, revocations and changes of roles need a proof of who somebody is that is five minutes old at most.

What was typed waits in the session meanwhile, and is sent on as soon as the person has proved who they are, by
allauth's own pages: a password, a one-time code or a passkey. A session that somebody else has taken over, or an
unlocked screen, decides nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records  # type: ignore[import-untyped]
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode

from gi_registry.late_forms import send_again

View = Callable[..., Any]
WAITING = "fresh_sign_in"  # in the session: what waits, by token
AGAIN = "again"  # in the address: the token of what waits
MOST_WAITING = 5
WAITS_FOR = 900  # seconds; what nobody came back to is forgotten and never sent


def proved_lately(request: HttpRequest) -> bool:
    """Whether the person of this session proved who they are within `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds."""
    records = get_authentication_records(request, request.user)
    age = time.time() - max((one["at"] for one in records), default=0.0)
    return age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def asks_again(*steps: str) -> Callable[[View], View]:
    """For a view whose POST decides: first the person proves who they are, where the last proof is too old.

    It stands above all other decorators. With `steps` it asks only for these values of the address's `name`. Who is
    not signed in is left to the view.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            asked = request.user.is_authenticated and (not steps or kwargs.get("name") in steps)
            if asked and request.method == "POST" and not proved_lately(request):
                return _ask(request)
            if asked and request.method == "GET" and AGAIN in request.GET and proved_lately(request):
                kept = _taken(request)
                if kept and kept["files"]:  # they are gone: the text is shown, to be sent with them once more
                    return send_again(request, files=True)
            return view(request, *args, **kwargs)

        return asking

    return decorate


def _ask(request: HttpRequest) -> HttpResponse:
    """Keep what was sent under a token, and ask who it is; the way back names the token."""
    token, now = secrets.token_urlsafe(12), time.time()
    waiting = {key: one for key, one in request.session.get(WAITING, {}).items() if now - one["at"] < WAITS_FOR}
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    waiting[token] = {"path": request.path, "post": sent.urlencode(), "files": bool(request.FILES), "at": now}
    request.session[WAITING] = dict(list(waiting.items())[-MOST_WAITING:])
    query = request.GET.copy()
    query[AGAIN] = token
    back = f"{request.path}?{query.urlencode()}"
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def _taken(request: HttpRequest) -> dict[str, Any] | None:
    """What waits under the token of the address, once; the request becomes the POST that it was.

    It passed the CSRF check then, in this very session.
    """
    waiting: dict[str, Any] = request.session.get(WAITING, {})
    kept = waiting.get(request.GET[AGAIN])
    if not kept or kept["path"] != request.path or time.time() - kept["at"] >= WAITS_FOR:
        return None
    del waiting[request.GET[AGAIN]]
    request.session[WAITING] = waiting
    request.method = "POST"
    request.POST = QueryDict(kept["post"])
    request._files = MultiValueDict()  # type: ignore[attr-defined]
    found: dict[str, Any] = kept
    return found
